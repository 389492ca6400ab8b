"""Tables in memory: what fits is found by arithmetic, what does not is left to DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.cell_status import CellStatus
from datasets.errors import QueryInvalid
from portal.query import cell_reader
from portal.query.answer import Reader, SqlReader
from portal.query.cell_reader import CellReader, can_read
from portal.query.cells import Cells, load_cells
from portal.query.cursor import Cursor
from portal.query.model import Filter, Order, Query
from portal.query.plan import Plan
from portal.query.planning import plan_data, plan_rows
from portal.query.run import Engine, EngineLimits
from portal.query.schema import Cube
from portal.query.tables import Tables
from tests.support.cubes import Cells as PublishedCells
from tests.support.cubes import ask, axis, by_arithmetic, cube, measure, register, write_cells

SCHEMA = cube(
    [axis("unit", ["a", "b", "c"]), axis("sex", ["M", "F"])], [measure("cases"), measure("cost", number=True)]
)
OBSERVED = CellStatus.OBSERVED
ALL: PublishedCells = {
    (unit, sex): {"cases": (number, OBSERVED), "cost": (number / 4, OBSERVED)}
    for number, (unit, sex) in enumerate(((u, s) for u in ("_T", "a", "b", "c") for s in ("_T", "M", "F")), start=1)
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.getbasetemp(), EngineLimits(threads=1, memory_mb=64, seconds=30))
    yield engine
    engine.close()


def load(path: Path, **columns: pa.Array) -> Cells | None:
    """Load cells after some columns of their file were replaced."""
    table = write_table(path)
    for name, column in columns.items():
        table = table.set_column(table.column_names.index(name), name, column)
    pq.write_table(table, path)
    return load_cells(path, SCHEMA)


def write_table(path: Path) -> pa.Table:
    return pq.read_table(write_cells(path, SCHEMA, ALL))


def test_a_full_table_needs_no_keys(tmp_path: Path) -> None:
    cells = load(tmp_path / "cells")
    assert cells is not None
    assert cells.keys is None
    assert cells.rows == 12
    assert cells.bytes == 12 * (9 + 9)
    thin = {key: cell for key, cell in ALL.items() if key != ("b", "M")}
    thinner = load_cells(write_cells(tmp_path / "thin", SCHEMA, thin), SCHEMA)
    assert thinner is not None
    assert thinner.keys is not None
    assert thinner.keys.tolist() == [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11]
    assert thinner.places is not None
    assert thinner.places.tolist() == [0, 1, 2, 3, 4, 5, 6, -1, 7, 8, 9, 10]
    assert thinner.bytes == 11 * (4 + 9 + 9) + 12 * 4


def test_rows_of_a_table_that_is_rather_empty_are_searched_for(engine: Engine, tmp_path: Path) -> None:
    few = {key: cell for key, cell in ALL.items() if key[0] in {"a", "c"} and key[1] != "M"}
    path = write_cells(tmp_path / "few", SCHEMA, few)
    cells = load_cells(path, SCHEMA)
    assert cells is not None
    assert cells.places is None
    assert cells.keys is not None
    assert cells.keys.tolist() == [3, 5, 9, 11]
    for asked in (plan(group=("unit", "sex")), plan(Filter("unit", "in", ("a", "b")), group=("sex",)), plan()):
        assert ask(engine, asked, by_arithmetic(path, SCHEMA))[1] == ask(engine, asked, path)[1]


def test_what_is_left_behind_a_cursor_is_counted(tmp_path: Path) -> None:
    cells = load_cells(write_cells(tmp_path / "cells", SCHEMA, ALL), SCHEMA)
    assert cells is not None
    reader, asked = CellReader(cells), replace(plan(group=("unit",)), after=Cursor((), 6))
    assert reader.count(asked) == 3
    assert reader.count(asked, paged=True) == 1
    assert reader.count(replace(asked, after=None), paged=True) == 3


@pytest.mark.parametrize(
    "columns",
    [
        {"unit": pa.array(["z"] * 12)},
        {"unit": pa.array([None, *["a"] * 11], pa.string())},
        {"unit": pa.array(["a"] * 12)},
        {"cases_status": pa.array(["imputed"] * 12)},
        {"cases_status": pa.array(["suppressed", *["observed"] * 11])},
        {"cost": pa.array([None] * 12, pa.float64())},
    ],
)
def test_what_is_not_as_described_is_left_to_duckdb(tmp_path: Path, columns: dict[str, pa.Array]) -> None:
    assert load(tmp_path / "cells", **columns) is None


def test_an_empty_table_is_left_to_duckdb(tmp_path: Path) -> None:
    assert load_cells(write_cells(tmp_path / "cells", SCHEMA, {}), SCHEMA) is None


def plan(*filters: Filter, group: tuple[str, ...] = (), order: tuple[Order, ...] = ()) -> Plan:
    return plan_data(Query("cases-table", ("cases",), filters, group, order), SCHEMA)


@pytest.mark.parametrize(
    ("filters", "units"),
    [
        ((Filter("cases", "eq", ("7",)),), ["b"]),
        ((Filter("cases", "in", ("4", "10")),), ["a", "c"]),
        ((Filter("cases", "gt", ("4",)), Filter("cases", "lte", ("10",))), ["b", "c"]),
        ((Filter("cases", "null", ("true",)),), []),
        ((Filter("cases", "null", ("false",)),), ["a", "b", "c"]),
        ((Filter("cases_status", "ne", ("observed",)),), []),
        ((Filter("cases_status", "in", ("observed", "zero")),), ["a", "b", "c"]),
    ],
)
def test_conditions_in_memory(engine: Engine, tmp_path: Path, filters: tuple[Filter, ...], units: list[str]) -> None:
    opener = by_arithmetic(write_cells(tmp_path / "cells", SCHEMA, ALL), SCHEMA)
    assert [row["unit"] for row in ask(engine, plan(*filters, group=("unit",)), opener)[1]] == units


def test_a_cursor_to_a_row_that_is_not_in_the_answer_is_refused(engine: Engine, tmp_path: Path) -> None:
    opener = by_arithmetic(write_cells(tmp_path / "cells", SCHEMA, ALL), SCHEMA)
    forged = replace(plan(group=("unit",)), after=Cursor((), 999))
    with pytest.raises(QueryInvalid, match="is not a cursor of this question"):
        ask(engine, forged, opener)


def test_a_listing_in_memory_is_the_whole_table(engine: Engine, tmp_path: Path) -> None:
    path = write_cells(tmp_path / "cells", SCHEMA, ALL)
    listing = plan_rows(Query("cases-table"), SCHEMA)
    assert ask(engine, listing, by_arithmetic(path, SCHEMA))[1] == pq.read_table(path).to_pylist()


def test_a_sum_beyond_an_integer_is_refused(engine: Engine, tmp_path: Path) -> None:
    huge: PublishedCells = {key: {"cases": (2**62, OBSERVED), "cost": (0.5, OBSERVED)} for key in ALL}
    opener = by_arithmetic(write_cells(tmp_path / "cells", SCHEMA, huge), SCHEMA)
    with pytest.raises(QueryInvalid, match="too large"):
        ask(engine, plan(Filter("unit", "in", ("a", "b"))), opener)


def test_decimals_are_rounded_in_memory_too(engine: Engine, tmp_path: Path) -> None:
    schema = cube([axis("unit", ["a", "b", "c"])], [measure("cost", "sum", number=True, decimals=1)])
    cells: PublishedCells = {(unit,): {"cost": (0.1, OBSERVED)} for unit in ("_T", "a", "b", "c")}
    opener = by_arithmetic(write_cells(tmp_path / "cells", schema, cells), schema)
    three = plan_data(Query("cases-table", filters=(Filter("unit", "in", ("a", "b")),)), schema)
    assert ask(engine, three, opener)[1] == [{"cost": 0.2, "cost_status": "observed"}]


def test_a_large_question_is_left_to_duckdb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_reader, "MAX_COMBINATIONS", 5)
    whole = plan_rows(Query("cases-table"), SCHEMA)
    assert can_read(plan(group=("unit",)))
    assert not can_read(plan(group=("unit", "sex")))
    assert can_read(whole)
    assert not can_read(plan_rows(Query("cases-table", order=(Order("cases"),)), SCHEMA))
    assert not can_read(plan_rows(Query("cases-table", filters=(Filter("cases", "gt", ("1",)),)), SCHEMA))
    facilities = register({"name": "string"})
    assert not can_read(plan_data(Query("register"), facilities))


def opened(tables: Tables, engine: Engine, schema: Cube, path: Path) -> Reader:
    asked = plan(group=("unit",))
    return engine.run(lambda session: tables.opener(schema, path)(session, asked))


def test_tables_are_kept_as_long_as_they_fit(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Tables(1)
    first, second = (write_cells(tmp_path / name, SCHEMA, ALL) for name in ("first", "second"))
    for path in (first, second, first):
        assert isinstance(opened(tables, engine, SCHEMA, path), CellReader)
    assert list(tables._kept) == [second, first]
    monkeypatch.setattr(tables, "_bytes", 12 * 18)
    third = write_cells(tmp_path / "third", SCHEMA, ALL)
    assert isinstance(opened(tables, engine, SCHEMA, third), CellReader)
    assert list(tables._kept) == [third]


def test_a_table_too_large_for_memory_is_read_by_duckdb(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_cells(tmp_path / "cells", SCHEMA, ALL)
    large = replace(SCHEMA, table=SCHEMA.table.model_copy(update={"rows": 10**9}))
    assert isinstance(opened(Tables(1), engine, large, path), SqlReader)
    # One that memory could hold, but that adds up a million cells at once, is read by DuckDB too.
    plans = [plan(group=("unit",)), plan_rows(Query("cases-table", order=(Order("cases"),)), SCHEMA)]
    monkeypatch.setattr(cell_reader, "MAX_COMBINATIONS", 5)
    opener = Tables(1).opener(SCHEMA, path)
    readers = engine.run(lambda session: [opener(session, asked) for asked in plans])
    assert [type(reader) for reader in readers] == [CellReader, SqlReader]


def test_a_table_that_another_thread_has_loaded_meanwhile_is_not_loaded_again(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = Tables(1)
    path = write_cells(tmp_path / "cells", SCHEMA, ALL)
    cells = load_cells(path, SCHEMA)

    class Meanwhile:
        def acquire(self, *, blocking: bool) -> bool:
            tables._keep(path, cells)
            return not blocking

        def release(self) -> None: ...

    monkeypatch.setattr(tables, "_loading", Meanwhile())
    monkeypatch.setattr(tables, "_load", lambda *_: pytest.fail("loaded twice"))
    reader = opened(tables, engine, SCHEMA, path)
    assert isinstance(reader, CellReader)
