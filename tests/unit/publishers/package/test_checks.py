"""The finished files are read back: what a writer got wrong does not leave the ministry."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from datasets.errors import ReleaseRejected
from publishers.package import checks
from publishers.package.build import Package
from publishers.package.checks import check_package
from tests.support.packages import limits_beside


@pytest.fixture
def copy(visits: Package, tmp_path: Path) -> Path:
    return shutil.copytree(visits.folder, tmp_path / "copy")


def test_a_sound_package_passes(visits: Package, copy: Path) -> None:
    check_package(copy, visits.description, limits_beside(copy))

    assert (copy / "datapackage.json").is_file()


def test_a_csv_file_with_other_rows_is_refused(visits: Package, copy: Path) -> None:
    path = copy / "data" / "visits.csv"
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join(lines[:-3]) + b"\r\n")
    with pytest.raises(ReleaseRejected, match=r"data/visits\.csv: must have 25 rows, not 23"):
        check_package(copy, visits.description, limits_beside(copy))


def test_what_frictionless_finds_is_refused_and_placed(visits: Package, copy: Path) -> None:
    path = copy / "data" / "visits.csv"
    content = path.read_bytes()
    # Only Frictionless compares the hash of a file with its descriptor.
    path.write_bytes(content.replace(b'"_T","_T",27800', b'"_T","_T",27801', 1))
    with pytest.raises(ReleaseRejected, match=r"datapackage\.json"):
        check_package(copy, visits.description, limits_beside(copy))


@pytest.mark.parametrize("most_rows", [0, 100_000])
def test_a_descriptor_that_is_none_is_refused(
    visits: Package, copy: Path, most_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "MOST_ROWS_FOR_FRICTIONLESS", most_rows)
    path = copy / "datapackage.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"type": "integer"', '"type": "whole"'), encoding="utf-8")
    with pytest.raises(ReleaseRejected, match=r"datapackage\.json"):
        check_package(copy, visits.description, limits_beside(copy))
