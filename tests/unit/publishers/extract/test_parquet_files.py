"""Parquet sources: used as they are when nothing has to change, rewritten or refused otherwise."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.source import Column
from tests.unit.publishers.extract.conftest import Intake, table_rows

COLUMNS = {
    "n": Column(type="integer", minimum=0, unique=True),
    "x": Column(type="number", required=False),
    "d": Column(type="date"),
    "s": Column(values=("M", "F", "é"), required=False),
}


def _write(intake: Intake, **columns: pa.Array) -> None:
    pq.write_table(pa.table(columns), intake.folder / "x.parquet")


def _clean() -> dict[str, pa.Array]:
    days = pa.array([date(2024, 1, 1), date(2024, 1, 2)], pa.date32())
    return {"n": pa.array([1, 2], pa.int64()), "x": pa.array([0.5, None]), "d": days, "s": pa.array(["M", None])}


def test_a_clean_file_is_used_as_it_is(intake: Intake) -> None:
    _write(intake, **_clean())
    found = intake.run("x.parquet", columns=COLUMNS)
    assert found.path == (intake.folder / "x.parquet").resolve()
    assert (found.rows, found.bad_rows) == (2, 0)


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("n", pa.array([1, 2], pa.int32()), 1),
        ("n", pa.array([1.0, 2.0]), 1),
        ("n", pa.array(["1", " 2"]), 1),
        ("n", pa.array([Decimal("1.00"), Decimal("2.00")]), 1),
        ("x", pa.array([float("nan"), 1.0]), None),
        ("x", pa.array(["", "1.5"]), None),
        ("x", pa.array([1, 2], pa.int8()), 1.0),
        ("d", pa.array([datetime.fromisoformat("2024-01-01T08:00")] * 2, pa.timestamp("us")), date(2024, 1, 1)),
        ("d", pa.array(["2024-01-01"] * 2), date(2024, 1, 1)),
        ("s", pa.array(["", "M"]), None),
        ("s", pa.array([" M", "F"]), "M"),
        ("s", pa.array(["e\u0301", "F"]), "é"),
        ("s", pa.array(["M", "F"]).dictionary_encode(), "M"),
    ],
)
def test_what_can_be_read_exactly_is_rewritten(intake: Intake, name: str, column: pa.Array, value: object) -> None:
    _write(intake, **{**_clean(), name: column})
    found = intake.run("x.parquet", columns=COLUMNS)
    place = list(COLUMNS).index(name)
    assert table_rows(found)[0][place] == value
    assert pq.read_schema(found.path).types == [pa.int64(), pa.float64(), pa.date32(), pa.string()]


@pytest.mark.parametrize(
    ("name", "column", "words"),
    [
        ("n", pa.array([1, -2]), "column n, record 2: must be at least 0"),
        ("n", pa.array([1, None]), "column n, record 2: must not be missing"),
        ("n", pa.array([1.5, 2.0]), "column n, record 1: must be a whole number"),
        ("n", pa.array([2, 2]), "column n, record 2: must not repeat"),
        ("x", pa.array([float("inf"), 1.0]), "column x, record 1: must be a number"),
        ("s", pa.array(["M", "Q"]), "column s, record 2: must be one of the declared values"),
        ("s", pa.array([1.5, 2.5]), "holds DOUBLE, which cannot be read as string"),
        ("d", pa.array([[1], [2]]), "which cannot be read as date"),
    ],
)
def test_what_cannot_be_read_exactly_is_refused(intake: Intake, name: str, column: pa.Array, words: str) -> None:
    _write(intake, **{**_clean(), name: column})
    assert words in intake.problems("x.parquet", columns=COLUMNS)[0]


def test_names_and_order_become_those_of_the_declaration(intake: Intake) -> None:
    _write(intake, **{"Số ca": pa.array([7]), "extra": pa.array([0]), "b": pa.array(["x"])})
    columns = {"b": Column(), "a": Column(header="Số ca", type="integer")}
    assert intake.rows("x.parquet", columns=columns, extra_columns="ignore") == [("x", 7)]
    assert "column 2: is not declared" in intake.problems("x.parquet", columns=columns)[0]


def test_bad_records_can_be_left_out(intake: Intake) -> None:
    _write(intake, a=pa.array([1, None, 3]), b=pa.array(["x", "y", "z"]))
    assert intake.rows("x.parquet", max_bad_rows=1) == [(1, "x"), (3, "z")]


def test_where_compares_values_as_text(intake: Intake) -> None:
    _write(intake, a=pa.array([1, 2, 3]), b=pa.array(["x", "y", "z"]))
    assert intake.rows("x.parquet", where={"a": ["2"]}) == [(2, "y")]


def test_two_columns_of_one_name_are_refused(intake: Intake) -> None:
    pq.write_table(
        pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array(["x"])], ["a", "a", "b"]),
        intake.folder / "x.parquet",
    )
    assert "columns 1, 2: have the same header" in intake.problems("x.parquet")[0]


def test_a_cut_file_is_refused(intake: Intake) -> None:
    _write(intake, **_clean())
    path = intake.folder / "x.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    assert "is not a complete Parquet file" in intake.problems("x.parquet", columns=COLUMNS)[0]
