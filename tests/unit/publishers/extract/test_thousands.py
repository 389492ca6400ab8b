"""``1.234``: refused where nothing shows whether it is one and a bit or a thousand and more."""

from __future__ import annotations

import sqlite3
from decimal import Decimal

import pytest
from rustpy_xlsxwriter import write_worksheet

from datasets.source import Column, Source
from publishers.extract.cells import Notation
from tests.unit.publishers.extract.conftest import Intake

COST = {"cost": Column(type="number", required=False)}
ROWS = "cost\n1.234\n12.500\n300\n\n"


@pytest.mark.parametrize("text", [ROWS, "cost\n2.000\n30.000\n", "cost\n-1.234\n", "cost\n+1.234\n999999\n"])
def test_numbers_that_may_be_thousands_are_refused(intake: Intake, text: str) -> None:
    intake.put("x.csv", text)
    (problem,) = intake.problems("x.csv", columns=COST)
    assert problem.startswith("x.csv, column cost: has ")
    assert "exactly three digits after it" in problem
    assert 'declare decimal: "."' in problem
    assert "12.500" not in problem


def test_what_the_mark_means_can_be_declared(intake: Intake) -> None:
    intake.put("x.csv", ROWS)
    assert intake.rows("x.csv", columns=COST, decimal=".") == [(1.234,), (12.5,), (300.0,)]
    intake.put("y.tsv", ROWS.replace(".", ","))
    assert intake.rows("y.tsv", columns=COST, decimal=",") == [(1.234,), (12.5,), (300.0,)]


@pytest.mark.parametrize("decimal", [None, ".", ","])
def test_thousands_with_the_other_mark_were_never_read(intake: Intake, decimal: str | None) -> None:
    intake.put("x.tsv", "cost\n" + ("1.234" if decimal == "," else "1,234") + "\n")
    assert "must be a number with the decimal mark" in intake.problems("x.tsv", columns=COST, decimal=decimal)[0]


@pytest.mark.parametrize("proof", ["0.125", "1234.567", "1.5", "2.0000", "1,234.567", "1.5e3"])
def test_one_text_that_is_no_thousands_proves_the_mark(intake: Intake, proof: str) -> None:
    intake.put("x.tsv", f"cost\n1.234\n{proof}\n12.500\n")
    assert len(intake.rows("x.tsv", columns=COST)) == 3


def test_whole_numbers_are_no_matter(intake: Intake) -> None:
    intake.put("x.csv", "cost\n1\n20\n")
    assert intake.rows("x.csv", columns=COST) == [(1.0,), (20.0,)]


def test_a_bad_row_that_is_left_out_proves_nothing(intake: Intake) -> None:
    intake.put("x.csv", "cost\n1.2.3\n1.234\n")
    assert "column cost: has 1 cell with" in intake.problems("x.csv", columns=COST, max_bad_rows=1)[0]


def test_rows_that_are_not_used_prove_nothing(intake: Intake) -> None:
    intake.put("x.csv", "kind,cost\na,1.5\nb,1.234\n")
    columns = {"kind": Column(), **COST}
    assert len(intake.problems("x.csv", columns=columns, where={"kind": ["b"]})) == 1


def test_numbers_of_workbooks_and_databases_are_what_they_are(intake: Intake) -> None:
    write_worksheet([{"cost": 1.234}, {"cost": 12.125}], str(intake.folder / "x.xlsx"))
    assert intake.rows("x.xlsx", columns=COST) == [(1.234,), (12.125,)]
    with sqlite3.connect(intake.folder / "x.db") as database:
        database.execute("CREATE TABLE t (cost)")
        database.executemany("INSERT INTO t VALUES (?)", [(1.234,), (12.125,)])
    intake.environ["DB"] = f"sqlite:///{intake.folder / 'x.db'}"
    given = {"path": "", "database": "DB", "query": "SELECT cost FROM t"}
    assert intake.rows("", columns=COST, database="DB", query=given["query"]) == [(1.234,), (12.125,)]
    with sqlite3.connect(intake.folder / "x.db") as database:
        database.execute("UPDATE t SET cost = '1.234'")
    assert len(intake.problems("", columns=COST, database="DB", query=given["query"])) == 1


def test_a_text_in_a_workbook_is_doubted(intake: Intake) -> None:
    write_worksheet([{"cost": "1.234"}], str(intake.folder / "x.xlsx"))
    assert len(intake.problems("x.xlsx", columns=COST)) == 1


def test_a_typed_cell_gets_a_fourth_decimal_only_where_the_mark_is_in_doubt() -> None:
    notation = Notation.of(Source.model_validate({"path": "x", "columns": COST}))
    assert notation.text(Decimal("1.500"), "cost") == "1.5000"
    assert notation.text(1.234, "other") == "1.234"
    declared = Notation.of(Source.model_validate({"path": "x", "columns": COST, "decimal": ","}))
    assert declared.text(1.234, "cost") == "1,234"
