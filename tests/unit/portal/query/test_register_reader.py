"""Registers in memory: what is kept, what is left to DuckDB, and the edges that random questions seldom meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.errors import QueryInvalid
from portal.query import register_reader
from portal.query.answer import Reader, SqlReader
from portal.query.cursor import Cursor
from portal.query.model import Aggregate, Filter, Order, Query
from portal.query.planning import plan_data
from portal.query.register_reader import RegisterReader, can_read
from portal.query.register_rows import RegisterRows, load_rows
from portal.query.run import Engine, EngineLimits
from portal.query.tables import Tables
from tests.support.cubes import ask, register

SCHEMA = register({"code": "string", "kind": "string", "beds": "integer", "score": "number"})
ROWS: dict[str, pa.Array] = {
    "code": pa.array(["c1", "c2", "c3", "c4"]),
    "kind": pa.array(["a", "b", "a", None], pa.string()),
    "beds": pa.array([5, None, 7, 0], pa.int64()),
    "score": pa.array([0.5, 1.0, None, 2.0], pa.float64()),
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.getbasetemp(), EngineLimits(threads=1, memory_mb=64, seconds=30))
    yield engine
    engine.close()


def write(path: Path, **columns: pa.Array) -> Path:
    pq.write_table(pa.table(ROWS | columns), path)
    return path


def kept(path: Path) -> RegisterRows:
    found = load_rows(path, SCHEMA)
    assert found is not None
    return found


def opened(engine: Engine, path: Path, query: Query, *, rows: int = 4, megabytes: int = 1) -> Reader:
    schema = replace(SCHEMA, description=SCHEMA.description.model_copy(update={"rows": rows}))
    opener = Tables(megabytes).opener(schema, path)
    return engine.run(lambda session: opener(session, plan_data(query, schema)))


def test_a_register_that_fits_is_read_from_memory(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "register")
    assert isinstance(opened(engine, path, Query("register")), RegisterReader)
    assert isinstance(opened(engine, path, Query("register"), rows=1_000_000), SqlReader)
    rows = kept(path)
    words = sum(values.words.nbytes + 8 * len(values.words) for values in rows.columns.values() if values.words)
    assert rows.bytes == words + 2 * 4 * (2 + 4) + 4 * (2 + 8) + 3 * 4


@pytest.mark.parametrize(
    "columns",
    [
        {"score": pa.array([0.5, float("nan"), 1.0, 2.0])},
        {"score": pa.array([0.5, float("inf"), 1.0, 2.0])},
        {"beds": pa.array([1, 2, 3, 4], pa.int32())},
    ],
)
def test_what_is_no_number_or_of_another_kind_is_left_to_duckdb(
    engine: Engine, tmp_path: Path, columns: dict[str, pa.Array]
) -> None:
    path = write(tmp_path / "register", **columns)
    assert load_rows(path, SCHEMA) is None
    assert isinstance(opened(engine, path, Query("register")), SqlReader)


@pytest.mark.parametrize(
    "query",
    [
        Query("register", filters=(Filter("code", "contains", ("c",)),)),
        Query("register", distinct=True),
        Query("register", group=("beds",)),
        Query("register", aggregates=(Aggregate("sum", "score"),)),
        Query("register", aggregates=(Aggregate("avg", "score"),)),
        Query("register", aggregates=(Aggregate("max", "score"),)),
        Query("register", aggregates=(Aggregate("count_distinct", "beds"),)),
    ],
)
def test_what_memory_might_answer_otherwise_is_left_to_duckdb(engine: Engine, tmp_path: Path, query: Query) -> None:
    path = write(tmp_path / "register")
    assert not can_read(plan_data(query, SCHEMA), kept(path))
    assert isinstance(opened(engine, path, query), SqlReader)


def test_numbers_of_any_size_are_kept(engine: Engine, tmp_path: Path) -> None:
    for largest, kind in ((32_766, "int16"), (32_767, "int32"), (2**31 - 1, "int64")):
        path = write(tmp_path / kind, beds=pa.array([largest, -largest, 0, None]))
        rows = kept(path)
        assert rows.columns["beds"].numbers.dtype == kind
        for query in (Query("register", order=(Order("beds"),)), Query("register", order=(Order("beds", True),))):
            plan = plan_data(query, SCHEMA)
            assert ask(engine, plan, lambda *_, rows=rows: RegisterReader(rows))[1] == ask(engine, plan, path)[1]


def test_sums_that_are_not_exact_are_left_to_duckdb(tmp_path: Path) -> None:
    path = write(tmp_path / "register", beds=pa.array([2**53, 1, 0, 0]))
    total = plan_data(Query("register", aggregates=(Aggregate("sum", "beds"),)), SCHEMA)
    assert not can_read(total, kept(path))
    assert can_read(total, kept(write(tmp_path / "small")))


def test_a_column_without_any_text_has_no_words(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "register", kind=pa.array([None] * 4, pa.string()))
    rows = kept(path)
    for query in (
        Query("register", group=("kind",)),
        Query("register", filters=(Filter("kind", "eq", ("a",)),)),
        Query("register", filters=(Filter("kind", "in", ("a", "b")),)),
        Query("register", filters=(Filter("kind", "null", ("true",)),)),
    ):
        plan = plan_data(query, SCHEMA)
        assert ask(engine, plan, lambda *_: RegisterReader(rows))[1] == ask(engine, plan, path)[1]


@pytest.mark.parametrize("always", [65_536, 0])
def test_groups_of_many_combinations_are_the_same(
    engine: Engine, tmp_path: Path, always: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register_reader, "_ALWAYS", always)
    monkeypatch.setattr(register_reader, "_SCATTERED", 0)
    path = write(tmp_path / "register")
    rows = kept(path)
    plan = plan_data(Query("register", group=("kind", "code"), aggregates=(Aggregate("sum", "beds"),)), SCHEMA)
    found: list[dict[str, Any]] = ask(engine, plan, lambda *_: RegisterReader(rows))[1]
    assert found == ask(engine, plan, path)[1]
    assert found[3] == {"kind": None, "code": "c4", "beds_sum": 0}


def test_a_cursor_to_a_row_that_is_not_in_the_answer_is_refused(engine: Engine, tmp_path: Path) -> None:
    rows = kept(write(tmp_path / "register"))
    forged = replace(plan_data(Query("register"), SCHEMA), after=Cursor((), 99))
    with pytest.raises(QueryInvalid, match="is not a cursor of this question"):
        ask(engine, forged, lambda *_: RegisterReader(rows))


def test_what_is_left_behind_a_cursor_is_counted(tmp_path: Path) -> None:
    reader = RegisterReader(kept(write(tmp_path / "register")))
    plan = replace(plan_data(Query("register"), SCHEMA), after=Cursor((), 1))
    assert reader.count(plan) == 4
    assert reader.count(plan, paged=True) == 2
    assert reader.count(replace(plan, after=None), paged=True) == 4
