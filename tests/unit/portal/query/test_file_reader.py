"""A whole table is read as it is stored, a row group at a time, and gives what DuckDB gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from portal.query import answer as answer_module
from portal.query import tables as tables_module
from portal.query.answer import SqlReader
from portal.query.cursor import Cursor
from portal.query.file_reader import FileReader, reads_whole
from portal.query.model import Filter, Order, Query
from portal.query.plan import Plan
from portal.query.planning import plan_data, plan_rows
from portal.query.run import Engine, EngineLimits
from portal.query.tables import Tables
from tests.support.cubes import ask, axis, cube, measure, register

SCHEMA = cube([axis("unit", [f"u{number:03d}" for number in range(97)])], [measure("cases")])
FACILITIES = register({"name": "string", "beds": "integer"})
ROWS = 98


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("file") / "cells"
    units = list(SCHEMA.axes["unit"].positions)
    columns = {"unit": units, "cases": list(range(ROWS)), "cases_status": ["observed"] * ROWS}
    pq.write_table(pa.table(columns), path, row_group_size=30, write_page_checksum=True)
    return path


@pytest.fixture(scope="module")
def engine(path: Path) -> Iterator[Engine]:
    engine = Engine(path.parent, EngineLimits(threads=1, memory_mb=64, seconds=30))
    yield engine
    engine.close()


def listing(**more: object) -> Plan:
    return plan_rows(replace(Query("cases-table", limit=1000), **more), SCHEMA)  # type: ignore[arg-type]


@pytest.mark.parametrize("after", [None, 0, 29, 30, 59, 96, 97, 200])
@pytest.mark.parametrize("skip", [0, 1, 30, 95, 1000])
def test_a_page_ends_with_its_row_group_and_is_what_duckdb_reads(
    engine: Engine, path: Path, after: int | None, skip: int
) -> None:
    plan = replace(listing(), after=None if after is None else Cursor((), after))
    expected = engine.run(lambda session: SqlReader(session, path).page(plan, rows=1000, skip=skip))
    reader = FileReader(path)
    found = reader.page(plan, rows=1000, skip=skip)
    first = (0 if after is None else after + 1) + skip
    assert found.num_rows == min(30 - first % 30, max(0, ROWS - first))
    assert found.column_names == expected.column_names
    assert found.to_pylist() == expected.slice(0, found.num_rows).to_pylist()
    assert reader.page(plan, rows=2, skip=skip).num_rows == min(2, found.num_rows)
    assert reader.count(plan) == ROWS
    assert reader.count(plan, paged=True) == max(0, ROWS - (0 if after is None else after + 1))


@pytest.mark.parametrize(("limit", "offset"), [(1000, 0), (50, 0), (50, 45), (1000, 97), (1000, 500)])
def test_a_long_answer_is_read_from_the_file(
    engine: Engine, path: Path, limit: int, offset: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (answer_module, tables_module):
        monkeypatch.setattr(module, "CHUNK_ROWS", 40)
    used: list[type] = []

    def opener(session: object, plan: Plan) -> object:
        reader = Tables(64).opener(SCHEMA, path)(session, plan)  # type: ignore[arg-type]
        used.append(type(reader))
        return reader

    plan = listing(limit=limit, offset=offset)
    answer, rows = ask(engine, plan, opener)  # type: ignore[arg-type]
    assert set(used) == {FileReader}
    assert [row["cases"] for row in rows] == list(range(ROWS))[offset : offset + limit]
    assert (answer.total, answer.returned) == (ROWS, len(rows))
    assert answer.truncated is (offset + limit < ROWS)
    if answer.truncated:
        following = plan_rows(Query("cases-table", limit=1000, after=answer.next_cursor), SCHEMA)
        assert [row["cases"] for row in ask(engine, following, path)[1]] == list(range(ROWS))[offset + limit :]


def test_only_what_is_asked_whole_and_unsorted_is_read_so() -> None:
    assert reads_whole(listing())
    assert reads_whole(listing(columns=("unit",)))
    assert not reads_whole(listing(order=(Order("cases"),)))
    assert not reads_whole(listing(distinct=True))
    assert not reads_whole(listing(filters=(Filter("unit", "eq", ("u001",)),)))
    assert not reads_whole(listing(where=Filter("cases", "gt", ("3",))))
    assert not reads_whole(plan_data(Query("cases-table", group=("unit",)), SCHEMA))
    assert reads_whole(plan_data(Query("register"), FACILITIES))
    assert not reads_whole(plan_data(Query("register", group=("name",)), FACILITIES))
