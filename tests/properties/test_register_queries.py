"""A register in memory answers whatever is asked as DuckDB answers from the file, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from datasets.errors import QueryInvalid
from portal.query.answer import Counts, OpenTable, SqlReader, chunks, read_answer
from portal.query.model import AGGREGATES, Aggregate, AllOf, AnyOf, Filter, Not, Order, Query, Term
from portal.query.plan import Plan
from portal.query.planning import plan_data
from portal.query.register_reader import RegisterReader, can_read
from portal.query.register_rows import load_rows
from portal.query.run import Engine, EngineLimits
from tests.support.cubes import register

SCHEMA = register({"code": "string", "kind": "string", "beds": "integer", "score": "number", "opened": "date"})
TYPES = {"code": pa.string(), "kind": pa.string(), "beds": pa.int64(), "score": pa.float64(), "opened": pa.date32()}
KINDS = ("", "a", "aa", "ab", "b", "Đ", "\U0001f600", "\uffff")
FIRST = date(1969, 12, 30)
TEXTS = {
    "code": tuple(f"c{number}" for number in range(12)),
    "kind": KINDS[1:],
    "beds": ("-3", "0", "2", "7", "99"),
    "score": ("-1.5", "0", "0.25", "3"),
    "opened": ("1969-12-30", "1970-01-01", "1970-01-03"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("registers")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    engine = Engine(folder, EngineLimits(threads=1, memory_mb=256, seconds=30))
    yield engine
    engine.close()


def rows() -> st.SearchStrategy[list[dict[str, Any]]]:
    def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.one_of(st.none(), values, values)

    row = st.fixed_dictionaries(
        {
            "code": st.sampled_from(TEXTS["code"]),
            "kind": maybe(st.sampled_from(KINDS)),
            "beds": maybe(st.integers(-3, 8)),
            "score": maybe(st.sampled_from((-1.5, 0.0, 0.25, 3.0, 1e300))),
            "opened": maybe(st.integers(0, 5).map(lambda days: FIRST + timedelta(days))),
        }
    )
    return st.one_of(st.lists(row, max_size=12), st.lists(row, min_size=40, max_size=60))


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    field = draw(st.sampled_from(list(TYPES)))
    operators = ["eq", "ne", "gt", "gte", "lt", "lte", "in", "null"] + (
        ["prefix"] if TYPES[field] == pa.string() else []
    )
    operator = draw(st.sampled_from(operators))
    if operator == "null":
        return Filter(field, operator, (draw(st.sampled_from(("true", "false"))),))
    many = draw(st.lists(st.sampled_from(TEXTS[field]), min_size=1, max_size=3, unique=True))
    return Filter(field, operator, tuple(many if operator == "in" else many[:1]))


def conditions() -> st.SearchStrategy[Term]:
    def joined(parts: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
        several = st.lists(parts, min_size=1, max_size=3).map(tuple)
        return st.one_of(several.map(AllOf), several.map(AnyOf), parts.map(Not))

    single: st.SearchStrategy[Term] = filters()
    return st.recursive(single, joined, max_leaves=4)


@st.composite
def questions(draw: st.DrawFn) -> Query:
    group = tuple(draw(st.lists(st.sampled_from(("code", "kind")), max_size=2, unique=True)))
    gathered = bool(group) or draw(st.booleans())
    pairs = st.tuples(st.sampled_from(AGGREGATES), st.sampled_from(list(TYPES)))
    drawn = draw(st.lists(pairs, max_size=3)) if gathered else []
    aggregates = tuple(Aggregate(function, "" if function == "count" else field) for function, field in drawn)
    aggregates = tuple(dict.fromkeys(aggregates))
    names = (
        [*group, *(each.name for each in aggregates or (Aggregate("count"),))] if group or aggregates else list(TYPES)
    )
    order = draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
    return Query(
        "register",
        filters=tuple(draw(st.lists(filters(), max_size=2))),
        where=draw(st.none() | conditions()),
        group=group,
        aggregates=aggregates,
        order=tuple(Order(name, draw(st.booleans())) for name in order),
        limit=draw(st.sampled_from((1, 2, 5, 1000))),
        offset=draw(st.sampled_from((0, 0, 1, 7))),
    )


def pages(engine: Engine, query: Query, opener: OpenTable) -> list[Any]:
    """Return every page of an answer with what is said about it, from the first to the last."""
    told: list[Any] = []
    while True:
        plan = plan_data(query, SCHEMA)
        counts = Counts()
        answer = engine.run(partial(read_answer, plan=plan, open_table=opener, counts=counts))
        found = [row for chunk in chunks(answer, engine) for row in chunk.to_pylist()]
        told.append((answer.total, answer.returned, answer.next_cursor, found))
        if not answer.next_cursor or len(told) > 70:
            return told
        query = Query(**(vars(query) | {"offset": 0, "after": answer.next_cursor}))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows(), questions())
def test_a_register_in_memory_answers_as_duckdb(
    folder: Path, engine: Engine, held: list[dict[str, Any]], query: Query
) -> None:
    path = folder / "register.parquet"
    columns = {name: pa.array([row[name] for row in held], kind) for name, kind in TYPES.items()}
    # One file for each example: what the engine has read once is taken to be true for ever.
    path = folder / f"register-{len(list(folder.iterdir()))}.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=16)
    kept = load_rows(path, SCHEMA)
    assert kept is not None
    try:
        plan: Plan = plan_data(query, SCHEMA)
    except QueryInvalid:
        event("refused")
        return
    if not can_read(plan, kept):
        event("left to DuckDB")
        return
    event("grouped" if plan.grouped else "rows")
    in_memory = pages(engine, query, lambda *_: RegisterReader(kept))
    assert in_memory == pages(engine, query, lambda session, _: SqlReader(session, path))
