"""Conditions of any nesting mean the same in DuckDB, in memory and in plain Python: true, false, or neither."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from datasets.cell_status import STATUS_MEANINGS, CellStatus
from datasets.codelist import Codelist, Member
from portal.query import answer as answer_module
from portal.query.model import Aggregate, AllOf, AnyOf, Filter, Not, Order, Query, Term
from portal.query.planning import plan_data, plan_rows
from portal.query.run import Engine, EngineLimits
from tests.support.cubes import Cells, ask, axis, both, by_arithmetic, cube, measure, register, write_cells

AREA = axis(
    "area", [("R", "region", ""), ("a", "province", "R"), ("b", "province", "R")], levels=("region", "province")
)
MONTH = axis("month", ["2024-01", "2024-02", "2024-03"], role="time")
SCHEMA = cube([AREA, MONTH], [measure("cases"), measure("cost", "sum", number=True)])
FACILITIES = register(
    {"licence": "string", "kind": "string", "beds": "integer", "rating": "number"},
    kind=Codelist("kinds", both("kinds"), (Member("h", both("Hospital")), Member("c", both("Clinic")))),
)
STATUSES = (CellStatus.OBSERVED, CellStatus.ZERO, CellStatus.SUPPRESSED, CellStatus.MISSING)
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("conditions")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    engine = Engine(folder, EngineLimits(threads=1, memory_mb=256, seconds=30))
    yield engine
    engine.close()


def nested(single: st.SearchStrategy[Filter]) -> st.SearchStrategy[Term]:
    def deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        several = st.lists(inner, max_size=3).map(tuple)
        return inner.map(Not) | several.map(AllOf) | several.map(AnyOf)

    return st.recursive(single, deeper, max_leaves=8)


def numbers(field: str) -> st.SearchStrategy[Filter]:
    value = st.integers(0, 6).map(str)
    compared = st.builds(lambda key, each: Filter(field, key, (each,)), st.sampled_from(sorted(COMPARE)), value)
    among = st.lists(value, min_size=1, max_size=3, unique=True).map(lambda each: Filter(field, "in", tuple(each)))
    return compared | among | st.sampled_from(["true", "false"]).map(lambda each: Filter(field, "null", (each,)))


CELL_FILTERS = (
    numbers("cases")
    | numbers("cost")
    | st.builds(
        lambda key, status: Filter("cases_status", key, (status.value,)),
        st.sampled_from(["eq", "ne", "in"]),
        st.sampled_from(STATUSES),
    )
    | st.builds(
        lambda key, code: Filter("area", key, (code,)), st.sampled_from(["eq", "ne", "in"]), st.sampled_from("ab")
    )
    | st.sampled_from(["region", "province"]).map(lambda level: Filter("area", "level", (level,)))
    | st.builds(
        lambda key, code: Filter("month", key, (code,)),
        st.sampled_from(sorted(COMPARE)),
        st.sampled_from(MONTH.members),
    )
)
QUERIES = st.builds(
    lambda where, group, offset: Query("cases-table", where=where, group=group, offset=offset),
    nested(CELL_FILTERS),
    st.sampled_from([(), ("area", "month")]),
    st.integers(0, 4),
)


@st.composite
def published_cells(draw: st.DrawFn) -> Cells:
    seed = draw(st.randoms(use_true_random=False))

    def cell(number: bool) -> tuple[int | float | None, CellStatus]:
        status = seed.choice(STATUSES)
        if not STATUS_MEANINGS[status].has_value:
            return None, status
        value = 0 if status is CellStatus.ZERO else seed.randint(1, 6)
        return float(value) if number else value, status

    keys = itertools.product(*(tuple(each.positions) for each in SCHEMA.axes.values()))
    return {key: {"cases": cell(False), "cost": cell(True)} for key in keys if seed.random() < 0.9 or key[0] == "_T"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(published_cells(), QUERIES)
def test_conditions_on_cells(folder: Path, engine: Engine, cells: Cells, query: Query) -> None:
    path = write_cells(folder / "cells", SCHEMA, cells)
    listing, where = not query.group, query.where
    assert where is not None
    plan = (plan_rows if listing else plan_data)(query, SCHEMA)
    answer, rows = ask(engine, plan, path)
    assert ask(engine, plan, by_arithmetic(path, SCHEMA))[1] == rows
    with pytest.MonkeyPatch.context() as small:
        small.setattr(answer_module, "SORTED_ROWS", 0)
        small.setattr(answer_module, "WINDOW_ROWS", 3)
        assert ask(engine, plan, path)[1] == rows
    wanted = [
        row
        for row in stored(cells)
        if (listing or (row["area"] in AREA.finest and row["month"] in MONTH.finest)) and says(where, row) is True
    ]
    event("some rows" if wanted else "no row")
    assert rows == wanted[query.offset :]
    assert answer.total == len(wanted)


def stored(cells: Cells) -> Iterator[dict[str, Any]]:
    for area, month in itertools.product(AREA.positions, MONTH.positions):
        if (area, month) in cells:
            row: dict[str, Any] = {"area": area, "month": month}
            for name, (value, status) in cells[area, month].items():
                row |= {name: value, f"{name}_status": status.value}
            yield row


FACILITY_FILTERS = (
    numbers("beds")
    | numbers("rating")
    | st.builds(
        lambda key, code: Filter("kind", key, (code,)), st.sampled_from(["eq", "ne", "in"]), st.sampled_from("hc")
    )
    | st.builds(lambda key, text: Filter("licence", key, (text,)), st.sampled_from(["prefix"]), st.sampled_from("AB"))
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["A1", "A2", "B1", "B2"]),
        st.sampled_from(["h", "c", None]),
        st.none() | st.integers(0, 6),
        st.none() | st.integers(0, 6).map(float),
    ),
    max_size=12,
)
FIGURES = tuple(
    Aggregate(function, field)
    for field in ("beds", "rating")
    for function in ("count_distinct", "sum", "min", "max", "avg")
)


@st.composite
def register_questions(draw: st.DrawFn) -> Query:
    group = draw(st.sampled_from([(), ("kind",), ("kind", "licence")]))
    aggregates = draw(st.lists(st.sampled_from([Aggregate("count"), *FIGURES]), max_size=3, unique=True).map(tuple))
    ordered = (*group, *(each.name for each in aggregates))[:1]
    return Query(
        "register",
        where=draw(st.none() | nested(FACILITY_FILTERS)),
        group=group,
        aggregates=aggregates,
        order=tuple(Order(name, draw(st.booleans())) for name in ordered),
        limit=2,
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, register_questions())
def test_conditions_and_groups_of_a_register(
    folder: Path, engine: Engine, facilities: list[tuple[Any, ...]], query: Query
) -> None:
    rows = [dict(zip(FACILITIES.fields, each, strict=True)) for each in facilities]
    path = folder / "register"
    kinds = {"licence": pa.string(), "kind": pa.string(), "beds": pa.int64(), "rating": pa.float64()}
    pq.write_table(pa.table({name: pa.array([r[name] for r in rows], kinds[name]) for name in kinds}), path)
    kept = [row for row in rows if query.where is None or says(query.where, row) is True]
    expected = grouped(kept, query) if query.group or query.aggregates else kept
    found = list(every_page(query, engine, path, total=len(expected)))
    assert sorted(map(repr, found)) == sorted(map(repr, expected))
    for order in query.order:
        values = [row[order.field] for row in found]
        known = [value for value in values if value is not None]
        assert values == sorted(known, reverse=order.descending) + [None] * (len(values) - len(known))
    if not query.order:
        assert found == expected


def every_page(query: Query, engine: Engine, path: Path, *, total: int) -> Iterator[dict[str, Any]]:
    after = ""
    while True:
        answer, rows = ask(engine, plan_data(replace(query, after=after), FACILITIES), path)
        assert answer.total == total
        yield from rows
        after = answer.next_cursor
        if not after:
            return


def grouped(rows: Sequence[dict[str, Any]], query: Query) -> list[dict[str, Any]]:
    parts: dict[tuple[Any, ...], list[dict[str, Any]]] = {} if query.group else {(): []}
    for row in rows:
        parts.setdefault(tuple(row[name] for name in query.group), []).append(row)
    return [
        dict(zip(query.group, key, strict=True))
        | {each.name: figure(each, part) for each in query.aggregates or (Aggregate("count"),)}
        for key, part in parts.items()
    ]


def figure(aggregate: Aggregate, rows: Sequence[dict[str, Any]]) -> Any:
    if not aggregate.field:
        return len(rows)
    values = [row[aggregate.field] for row in rows if row[aggregate.field] is not None]
    if aggregate.function == "count_distinct":
        return len(set(values))
    if not values:
        return None
    functions: dict[str, Callable[[list[Any]], Any]] = {"sum": sum, "min": min, "max": max, "avg": fmean}
    return functions[aggregate.function](values)


# The oracle: conditions with three answers, as SQL has them. ----------------------------------------------------------


def says(term: Term, row: Mapping[str, Any]) -> bool | None:
    """Whether a condition holds for a row; None where that cannot be said."""
    if isinstance(term, Filter):
        return single(term, row)
    if isinstance(term, Not):
        inner = says(term.part, row)
        return None if inner is None else not inner
    answers = [says(part, row) for part in term.parts]
    decisive = isinstance(term, AnyOf)
    if decisive in answers:
        return decisive
    return None if None in answers else not decisive


def single(condition: Filter, row: Mapping[str, Any]) -> bool | None:
    value, key = row[condition.field], condition.operator
    if key == "null":
        return (value is None) is (condition.values[0] == "true")
    if value is None:
        return None
    if key == "level":
        return AREA.level(value) == condition.values[0]
    if key == "prefix":
        return bool(value.startswith(condition.values[0]))
    wanted = [type(value)(each) for each in condition.values]
    if key == "in":
        return value in wanted
    if condition.field == "month" and value == "_T" and key not in {"eq", "ne"}:
        return None
    return COMPARE[key](value, wanted[0])
