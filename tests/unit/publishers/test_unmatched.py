"""Values without a member are told with the rows where they stand, and with what may be done to the code list."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from datasets.errors import SourceInvalid
from publishers import steps
from publishers.extract.extract import Extract
from tests.support.clinic import write_clinic
from tests.support.publication import Ministry

SECRET = "Nguyễn Thị Bí Mật"


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """The tutorial's dataset, whose definition leaves it to the code list which values a column has."""
    folder = write_clinic(tmp_path / "visits", rows=100)
    edit(folder, "sex: {values: [F, M]}", "sex: {required: false}")
    return folder


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "dataset.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def put(folder: Path, rows: dict[int, str]) -> None:
    """Write rows at the places that a spreadsheet numbers so."""
    path = folder / "visits-2026.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, row in rows.items():
        lines[number - 1] = row
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def problems(folder: Path) -> list[str]:
    with pytest.raises(SourceInvalid, match="cannot be counted under any member") as caught:
        Ministry(folder.parent / "store").publish(folder, "2026", folder)
    assert SECRET not in str(caught.value)
    assert type(caught.value) is SourceInvalid, "the exit code is that of the class"
    return [str(problem) for problem in caught.value.problems]


def test_the_first_rows_are_told_and_never_the_value(clinic: Path) -> None:
    put(clinic, {7: f"p1,{SECRET},5", 9: f"p2,{SECRET},6", 11: "p3,,7"})
    missing, unknown = problems(clinic)
    assert missing.startswith("visits-2026.csv, column sex, row 11: has no value in 1 row")
    assert unknown.startswith("visits-2026.csv, column sex, 2 rows: 7, 9: has a value in 2 rows that finds no member")
    assert "comes with ytemo and is shared by all datasets: do not edit it" in unknown


def test_blank_lines_and_rows_left_out_do_not_shift_the_numbers(clinic: Path) -> None:
    edit(clinic, "path: visits-{edition}.csv", "path: visits-{edition}.csv\n  max_bad_rows: 1")
    put(clinic, {3: "", 5: "p1,F,old", 20: f"p2,{SECRET},6"})
    assert problems(clinic)[0].startswith("visits-2026.csv, column sex, row 20:")


def test_the_rows_of_many_are_capped(clinic: Path) -> None:
    put(clinic, {number: f"p{number},{SECRET},6" for number in range(40, 80)})
    (problem,) = problems(clinic)
    assert "40 rows: 40, 41, " in problem
    assert "59 and 20 more" in problem
    put(clinic, {number: f"p{number},{SECRET},6" for number in range(2, 102)})
    assert "column sex, every row (100): " in problems(clinic)[0]


@pytest.mark.parametrize(
    ("codes", "listed", "says"),
    [
        (("1", "1", "4"), "provinces", "its codes have lost their leading zeros, as Excel does to them"),
        (("Hà Nội", "Cao Bằng"), "provinces", "its values are names of the code list, and its codes are wanted"),
        (
            ("02", "06"),
            "provinces",
            "codes of the list provinces-legacy, in force until 30/06/2025, and not of provinces",
        ),
        (
            ("02", "XX", "YY"),
            "provinces",
            "correct the source, or add the value to dimensions.sex.map. The list provinces",
        ),
    ],
)
def test_what_most_values_are_is_told_and_never_one_of_them(
    clinic: Path, codes: tuple[str, ...], listed: str, says: str
) -> None:
    edit(clinic, "codelist: sex\n    role: sex", f"codelist: {listed}\n    role: geography")
    put(clinic, {number: f"p{number},{codes[number % len(codes)]},6" for number in range(2, 102)})
    (problem,) = problems(clinic)
    assert says in problem
    assert not any(code in problem for code in ("Hà Nội", "XX"))


def test_a_list_beside_the_definition_may_be_edited(clinic: Path) -> None:
    lists = clinic / "codelists"
    lists.mkdir()
    shutil.copy(Path(__file__).parents[3] / "datasets" / "codelists" / "sex.csv", lists / "kinds.csv")
    index = "codelists:\n  kinds:\n    title: {vi: A, en: A}\n    source: {vi: A, en: A}\n"
    (lists / "index.yaml").write_text(index, encoding="utf-8")
    edit(clinic, "codelist: sex", "codelist: kinds")
    put(clinic, {7: f"p1,{SECRET},5"})
    assert (
        f"or add the code to {lists / 'kinds.csv'}, which belongs to this definition and may be edited"
        in problems(clinic)[0]
    )


def test_records_of_a_parquet_file_are_numbered_too(clinic: Path) -> None:
    put(clinic, {7: f"p1,{SECRET},5"})
    source, target = clinic / "visits-2026.csv", clinic / "visits-2026.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT patient, sex, CAST(age AS BIGINT) AS age FROM '{source}') TO '{target}'")
    edit(clinic, "visits-{edition}.csv", "visits-{edition}.parquet")
    assert problems(clinic)[0].startswith("visits-2026.parquet, column sex, record 6:")


def test_a_date_outside_the_edition_is_told_as_such(clinic: Path) -> None:
    edit(clinic, "    patient: {}", "    patient: {}\n    seen: {type: date}")
    edit(
        clinic,
        "dimensions:\n  sex:",
        "dimensions:\n  month:\n    title: {vi: Tháng, en: Month}\n    codelist: months\n"
        "    column: seen\n    match: month\n    role: time\n  sex:",
    )
    edit(clinic, "dimensions: [sex, age_group]", "dimensions: [month, sex]")
    lines = [f"p{number},2026-03-01,F,4" for number in range(30)]
    text = "\n".join(["patient,seen,sex,age", *lines, "p1,2025-12-31,F,4"]) + "\n"
    (clinic / "visits-2026.csv").write_text(text, encoding="utf-8")
    (problem,) = problems(clinic)
    assert problem.startswith("visits-2026.csv, column seen, row 32:")
    assert "the dates must lie in it" in problem
    assert "map" not in problem


def test_a_source_that_is_gone_meanwhile_hides_no_problem(clinic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(clinic, {7: f"p1,{SECRET},5"})
    first = steps.extracted_source

    def once(given: steps.Job, *, numbered: bool = False) -> Extract:
        if numbered:
            (clinic / "visits-2026.csv").unlink()
        return first(given, numbered=numbered)

    monkeypatch.setattr(steps, "extracted_source", once)
    assert problems(clinic)[0].startswith("visits-2026.csv, column sex: has a value in 1 row")
