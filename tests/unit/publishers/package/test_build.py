"""A package is whole, the same every time, and refuses what must not be published."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from datasets.errors import ReleaseRejected
from publishers.package.build import EditionContents, Package
from tests.support.packages import build_package
from tests.support.releases import (
    disease_contents,
    disease_definition,
    register_contents,
    visit_contents,
    visit_definition,
)


def test_a_package_holds_what_its_manifest_says(diseases: Package) -> None:
    assert [entry.path for entry in diseases.files] == [
        "CHANGELOG.md",
        "README.md",
        "changelog.json",
        "checksums.txt",
        "csv-metadata.json",
        "datapackage.json",
        "disclosure-report.json",
        "methods.md",
        "ro-crate-metadata.json",
        "codelists/months.csv",
        "codelists/provinces-demo.csv",
        "codelists/sex-demo.csv",
        "data/by-month.csv",
        "data/by-month.parquet",
        "data/by-month.xlsx",
        "data/by-province.csv",
        "data/by-province.parquet",
        "data/by-province.xlsx",
    ]
    for entry in diseases.files:
        content = (diseases.folder / entry.path).read_bytes()
        assert (entry.sha256, entry.bytes) == (sha256(content).hexdigest(), len(content))
        assert "/" in entry.media_type


def test_checksums_are_those_of_all_other_files(diseases: Package) -> None:
    lines = (diseases.folder / "checksums.txt").read_text().splitlines()

    assert lines == [f"{e.sha256}  {e.path}" for e in diseases.files if e.path != "checksums.txt"]


@pytest.mark.parametrize(
    "contents",
    [
        lambda: disease_contents(disease_definition(), "2024"),
        lambda: visit_contents(visit_definition(), "2024"),
        register_contents,
    ],
)
def test_the_same_contents_give_the_same_bytes(contents: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build_package(contents(), tmp_path / "first")
    # Another time zone, another day in files: nothing of the machine may leak into a package.
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    second = build_package(contents(), tmp_path / "second")

    assert first.files == second.files
    assert first.description == second.description


def test_every_kind_has_the_files_of_its_kind(register: Package, codelists: Package, visits: Package) -> None:
    names = [{entry.path for entry in package.files} for package in (register, codelists, visits)]

    assert {"data/register.csv", "data/register.parquet", "data/register.xlsx"} < names[0]
    assert {"codelists/provinces-demo.csv", "README.md"} < names[1]
    assert not any(path.startswith("data/") for path in names[1])
    assert ["disclosure-report.json" in found for found in names] == [False, False, True]


def test_the_disclosure_report_is_packed_as_given(diseases: Package) -> None:
    report = json.loads((diseases.folder / "disclosure-report.json").read_text())

    assert report == {
        "synthetic": False,
        "policy": "strict",
        "withheld": {"by-month": {"cases": 12, "mean_stay": 12}, "by-province": {"cases": 0}},
    }


def test_a_folder_with_other_files_is_refused(folder: Path) -> None:
    folder.mkdir()
    (folder / "other").touch()
    with pytest.raises(ReleaseRejected, match="must be empty"):
        build_package(register_contents(), folder)


# What must not be published -------------------------------------------------------------------------------------------


def with_cells(change: Any, contents: EditionContents | None = None) -> EditionContents:
    """Return contents whose table ``visits`` went through ``change``."""
    contents = contents or visit_contents(visit_definition(), "2024")
    table = contents.tables["visits"]
    return replace(contents, tables={"visits": replace(table, data=change(table.data))})


def column(table: pa.Table, name: str, values: list[Any], type_: pa.DataType | None = None) -> pa.Table:
    """Replace the first values of a column."""
    rest = table.column(name).to_pylist()[len(values) :]
    return table.set_column(table.column_names.index(name), name, pa.array([*values, *rest], type_))


REFUSED: dict[str, tuple[Any, str]] = {
    "unknown status": (lambda t: column(t, "visits_status", ["secret"]), "visits_status must be a known status"),
    "no status": (lambda t: column(t, "visits_status", [None]), "visits_status must be a known status"),
    "value withheld and shown": (
        lambda t: column(t, "visits_status", ["suppressed"]),
        "must have a value exactly where its status says so",
    ),
    "value missing": (lambda t: column(t, "visits", [None], pa.int64()), "must have a value exactly where"),
    "zero that is none": (lambda t: column(t, "visits_status", ["zero"]), "must be 0 where its status is zero"),
    "unknown code": (lambda t: column(t, "province", ["99"]), "1 codes are not in codelists/provinces-demo.csv"),
    "no code": (lambda t: column(t, "province", [None]), "no part of a key may be missing"),
    "empty code": (lambda t: column(t, "province", [""]), "no part of a key may be missing"),
    "cell twice": (lambda t: pa.concat_tables([t, t.slice(0, 2)]), "2 keys are there twice"),
    "column missing": (lambda t: t.drop_columns(["visits_status"]), "exactly the columns"),
    "column more": (lambda t: t.append_column("person_id", pa.array(["x"] * t.num_rows)), "exactly the columns"),
    "another type": (lambda t: column(t, "visits", [1.5], pa.float64()), "must be int64"),
    "text for numbers": (
        lambda t: t.set_column(2, "visits", pa.array(["many"] * t.num_rows)),
        "column visits: must be int64",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_cells_that_break_a_rule_are_refused(name: str, folder: Path) -> None:
    change, rule = REFUSED[name]
    with pytest.raises(ReleaseRejected, match=rule):
        build_package(with_cells(change), folder)


def test_more_withheld_cells_than_told_are_refused(folder: Path) -> None:
    contents = with_cells(lambda t: column(column(t, "visits", [None], pa.int64()), "visits_status", ["suppressed"]))
    with pytest.raises(ReleaseRejected, match="as many cells as the release says: 0, not 1"):
        build_package(contents, folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_refused(value: float, folder: Path) -> None:
    contents = disease_contents(disease_definition(), "2024")
    table = contents.tables["by-month"]
    data = column(table.data, "mean_stay", [value], pa.float64())
    with pytest.raises(ReleaseRejected, match="must be finite"):
        build_package(replace(contents, tables={**contents.tables, "by-month": replace(table, data=data)}), folder)


def test_tables_that_disagree_on_a_type_are_refused(folder: Path) -> None:
    contents = disease_contents(disease_definition(), "2024")
    other = replace(contents.tables["by-province"], field_types={"cases": "number"})
    with pytest.raises(ReleaseRejected, match="one type in all tables"):
        build_package(replace(contents, tables={**contents.tables, "by-province": other}), folder)


FORMULAS = ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "-", "+84 24 3", "-1-1", "=", "--1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_a_spreadsheet_would_run_is_refused(text: str, folder: Path) -> None:
    names = ["Bệnh viện", text, "Nhà thuốc", "Phòng khám"]
    with pytest.raises(ReleaseRejected, match="register row 2, column name") as caught:
        build_package(register_contents(name=names), folder)

    (problem,) = caught.value.problems
    assert text not in problem.place + problem.rule


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\x7f", "\x08a"])
def test_text_with_control_characters_is_refused(text: str, folder: Path) -> None:
    with pytest.raises(ReleaseRejected, match="register row 2, column name: text must not hold control characters"):
        build_package(register_contents(name=["a", text, "c", "d"]), folder)


@pytest.mark.parametrize("text", ["-5", "+84243", "-1.5", "-1,5", "a=b", " =1", "A-B", "Số 5-7", "(+84) 24"])
def test_signed_numbers_and_other_text_pass(text: str, folder: Path) -> None:
    package = build_package(register_contents(name=["a", text, "c", "d"]), folder)

    assert text in (folder / "data" / "register.csv").read_text(encoding="utf-8")
    assert package.description.register_ is not None


def test_only_the_first_problems_are_told(folder: Path) -> None:
    rows = 30
    contents = register_contents(
        licence_number=[str(n) for n in range(rows)], name=["=1"] * rows, beds=[1] * rows, issued=[None] * rows
    )
    with pytest.raises(ReleaseRejected, match="30 problems; the first 20") as caught:
        build_package(contents, folder)

    assert len(caught.value.problems) == 20


def test_a_register_with_a_key_twice_is_refused(folder: Path) -> None:
    with pytest.raises(ReleaseRejected, match="1 keys are there twice"):
        build_package(register_contents(licence_number=["1", "1", "2", "3"]), folder)


def test_labels_are_one_line_and_no_formulas(folder: Path) -> None:
    contents = visit_contents(visit_definition(), "2024")
    codelist = contents.codelists["provinces-demo"]
    for label in ("=HYPERLINK(1)", "two\nlines", "a\x00b"):
        member = replace(codelist.members[0], label=codelist.members[0].label.model_copy(update={"en": label}))
        changed = replace(codelist, members=(member, *codelist.members[1:]))
        with pytest.raises(ReleaseRejected, match="code list provinces-demo, code N"):
            build_package(
                replace(contents, codelists={**contents.codelists, "provinces-demo": changed}), folder / label[:1]
            )


def test_made_up_data_cannot_hide_its_mark(folder: Path) -> None:
    contents = register_contents()
    assert contents.register is not None
    renamed = contents.register.rename_columns(["licence_number", "name", "synthetic", "issued"])
    values = contents.definition.model_dump()
    values["synthetic"] = True
    values["fields"] = ("licence_number", "name", "synthetic", "issued")
    values["source"]["columns"]["synthetic"] = values["source"]["columns"].pop("beds")
    definition = type(contents.definition).model_validate(values)
    with pytest.raises(ReleaseRejected, match="column synthetic"):
        build_package(
            replace(contents, loaded=replace(contents.loaded, definition=definition), register=renamed), folder
        )
