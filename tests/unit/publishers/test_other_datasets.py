"""Datasets side by side that may be of the same people: found by file, columns or query, and told once."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets.definition_files import load_definition
from datasets.errors import Problem
from publishers.other_datasets import of_other_datasets
from tests.support.clinic import write_clinic
from tests.support.publication import Ministry


def told(folder: Path) -> list[Problem]:
    return list(of_other_datasets(load_definition(folder)))


def other(root: Path, *changes: tuple[str, str]) -> Path:
    """Write the same clinic under another id, with some further changes."""
    folder = write_clinic(root / "other", rows=300)
    text = (folder / "dataset.yaml").read_text(encoding="utf-8")
    for old, new in (("id: clinic-visits", "id: stays"), *changes):
        assert old in text
        text = text.replace(old, new)
    (folder / "dataset.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return write_clinic(tmp_path / "clinic", rows=300)


def test_a_dataset_alone_is_not_warned_of(clinic: Path) -> None:
    assert told(clinic) == []


def test_the_same_columns_are_told(clinic: Path) -> None:
    other(clinic.parent, ("visits-{edition}.csv", "stays-{edition}.csv"))
    (problem,) = told(clinic)
    assert problem.place == "clinic-visits, source"
    assert problem.rule.startswith("has the same columns as that of the dataset stays: where they are the same people")
    assert "tables of one dataset" in problem.remedy


def test_so_is_a_file_of_the_same_name_with_fewer_columns(clinic: Path) -> None:
    other(clinic.parent, ("    patient: {", "    visitor: {"), ("person: patient", "person: visitor"))
    (problem,) = told(clinic)
    assert problem.rule.startswith("has a file of the same name, and some of the same columns, as that of the dataset")


def test_other_columns_in_another_file_are_not(clinic: Path) -> None:
    changes = ("visits-{edition}.csv", "stays-{edition}.csv"), ("    patient: {", "    visitor: {")
    other(clinic.parent, *changes, ("person: patient", "person: visitor"))
    assert told(clinic) == []


def test_the_same_query_is_told(clinic: Path) -> None:
    query = ("path: visits-{edition}.csv", "database: YTEMO_TEST\n  query: select * from visits where year = :edition")
    folder = other(clinic.parent, query, ("    patient: {", "    visitor: {"), ("person: patient", "person: visitor"))
    text = (clinic / "dataset.yaml").read_text(encoding="utf-8").replace(*query)
    (clinic / "dataset.yaml").write_text(text, encoding="utf-8")
    (problem,) = told(folder)
    assert problem.rule.startswith("has the same query as that of the dataset clinic-visits")


def test_a_definition_that_is_not_sound_stops_nothing(clinic: Path) -> None:
    folder = other(clinic.parent)
    (folder / "dataset.yaml").write_text("- no mapping\n", encoding="utf-8")
    assert told(clinic) == []


def test_what_withholds_nothing_on_either_side_is_not_told(clinic: Path) -> None:
    none = "disclosure:\n  policy: vn_proposed\n  method: none\n  reason: {vi: Không có ai, en: Nobody is in it}\n"
    folder = other(clinic.parent)
    for one in (clinic, folder):
        assert len(told(clinic)) == 1
        text = (one / "dataset.yaml").read_text(encoding="utf-8")
        (one / "dataset.yaml").write_text(text[: text.index("disclosure:")] + none, encoding="utf-8")
    assert told(clinic) == []


def test_a_job_tells_it_once(clinic: Path) -> None:
    other(clinic.parent)
    found: list[Problem] = []
    Ministry(clinic.parent / "store").publish(
        clinic, "2026", clinic, told=lambda outcome: found.extend(outcome.warnings)
    )
    assert [one.rule[:20] for one in found if one.place == "clinic-visits, source"] == ["has the same columns"]
