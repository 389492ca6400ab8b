"""What stands in the place of a folder or a file of a harvest makes nobody wait, and costs no other source."""

from __future__ import annotations

import os
import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.harvest.command import FAILED, Conditions, harvest_all
from catalog.harvest.state import read_state
from catalog.harvest.store import read_harvested, remembered_sources
from tests.support.harvested import described, keep, source
from tests.support.remote_catalogs import Ckan, Remote, listening, package

CONDITIONS = Conditions(sleep=lambda _: None)


def _file(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.write_text("x", encoding="utf-8")


def _link(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(path.parents[2])


def _pipe(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    os.mkfifo(path)


SPOILT: list[tuple[str, Callable[[Path], None], int]] = [
    ("one", _file, FAILED),
    ("one/run", _file, FAILED),
    ("one/run", _link, FAILED),
    ("one/run.lock", _link, FAILED),
    ("one/gen-2.jsonl", Path.mkdir, FAILED),
    ("one/run/plan.json", _pipe, 0),
    ("one/gen-7.jsonl", _pipe, 0),
]


@pytest.mark.parametrize(("name", "spoil", "code"), SPOILT)
def test_a_spoilt_folder_costs_no_other_source(
    name: str, spoil: Callable[[Path], None], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, listed = tmp_path / "harvest", tmp_path / "sources.yaml"
    with listening(Remote(Ckan({"1": package(1)}))) as remote:
        each = f"title: {{vi: x, en: x}}, protocol: ckan, address: '{remote.address}', allow_private: true"
        listed.write_text(f"sources: [{{id: one, {each}}}, {{id: two, {each}}}]", encoding="utf-8")
        assert harvest_all(listed, root, CONDITIONS, only=["one"]) == 0
        spoil(root / name)
        assert harvest_all(listed, root, CONDITIONS) == code
    assert "two: 1 records: 1 new" in (told := capsys.readouterr()).out
    assert ("move it away" in told.err) == bool(code)
    assert len(read_harvested(root, remembered_sources(root)).found) >= 1


def test_a_file_that_was_spoilt_into_gigabytes_is_not_read_into_memory(tmp_path: Path) -> None:
    city = source("city")
    keep(tmp_path, {city: [described(city, "beds")]})
    path = tmp_path / "city" / "gen-1.jsonl"
    os.truncate(path, 8 << 30)
    tracemalloc.start()
    state = read_state(tmp_path / "city")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (state.entries, [each.rule for each in state.problems]) == ({}, ["is not as it was written"])
    assert most < 100 << 20


def test_the_name_of_a_record_writes_no_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = tmp_path / "sources.yaml"
    package_of_lines = package(
        1, id="a\nnational: 5 records: harvested", extras=[{"key": "temporal_start", "value": "x"}]
    )
    with listening(Remote(Ckan({"1": package_of_lines}))) as remote:
        each = f"title: {{vi: x, en: x}}, protocol: ckan, address: '{remote.address}', allow_private: true"
        listed.write_text(f"sources: [{{id: one, {each}}}]", encoding="utf-8")
        assert harvest_all(listed, tmp_path / "harvest", CONDITIONS) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert "record a national: 5 records" in line
