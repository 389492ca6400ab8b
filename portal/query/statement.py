"""Write a plan as SQL. Names are those that the release declares, the path is ours; every value is bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from datasets.cell_status import status_column
from datasets.file_sql import read_parquet
from datasets.release import MeasureDescription
from datasets.sql_text import quoted
from portal.query.cursor import CursorValue
from portal.query.model import Aggregate
from portal.query.plan import Key, Plan
from portal.query.row_tests import Among, Condition, Every, RowTest, Value, single_conditions
from portal.query.selection import Use
from portal.query.sql_names import parts_of
from portal.query.sql_sums import figures

ROW = "_row"
"""The row number in the stored table, or the first of those added up: it ends every order, so that no two rows tie."""

_FEW = 64
"""Up to so many members are compared one by one, which lets whole row groups be skipped."""

Bound = Value | CursorValue | Sequence[str] | Sequence[int]


@dataclass(frozen=True)
class Statement:
    """SQL with its bound values, in their order."""

    sql: str
    values: tuple[Bound, ...]


@dataclass
class _Writer:
    """Collects bound values in the order in which their marks are written."""

    values: list[Bound] = field(default_factory=list)

    def bind(self, *values: Bound) -> None:
        self.values.extend(values)


def page_statement(plan: Plan, path: Path, *, rows: int, skip: int = 0, before: int | None = None) -> Statement:
    """Read ``rows`` rows of the answer from where the cursor points, with the order values behind the columns.

    With ``before``, only what is stored before that row is looked at; for plans that ``is_stored`` holds for.
    """
    writer = _Writer()
    answer = _answer(plan, path, writer, before=before)
    names = [quoted(column.name) for column in plan.stored]
    where = _page(plan, writer)
    order = ", ".join(_order_terms(plan.keys))
    writer.bind(rows, skip)
    columns = ", ".join([*names, *order_columns(plan), ROW])
    return Statement(f"SELECT {columns} FROM ({answer}){where} ORDER BY {order} LIMIT ? OFFSET ?", tuple(writer.values))


def count_statement(plan: Plan, path: Path, *, paged: bool = False) -> Statement:
    """Count the rows of the whole answer; with ``paged``, only those from where the cursor points."""
    writer = _Writer()
    plan = plan if paged else replace(plan, after=None)
    answer = _answer(plan, path, writer)
    where = _page(plan, writer)
    return Statement(f"SELECT count(*) FROM ({answer}){where}", tuple(writer.values))


def answer_statement(plan: Plan, path: Path) -> Statement:
    """Read all rows of the answer in any order, whatever page the plan is of, for figures about them."""
    writer = _Writer()
    answer = _answer(replace(plan, after=None), path, writer)
    return Statement(answer, tuple(writer.values))


def order_columns(plan: Plan) -> list[str]:
    """Return the names of the columns that hold the order values of a row."""
    return [f"_key{number}" for number in range(len(plan.keys))]


def is_stored(plan: Plan) -> bool:
    """Return whether the rows of an answer are stored rows, in the order in which they are stored."""
    return not (plan.keys or plan.sums or plan.grouped or plan.distinct)


def _answer(plan: Plan, path: Path, writer: _Writer, *, before: int | None = None) -> str:
    """Write the sub-select of all rows of the answer, with their order values and their place."""
    tested = f"({_body(plan, path, writer, before)}){_where(plan, writer)}"
    if plan.grouped:
        return _groups(plan, tested)
    names = ", ".join([*(quoted(column.name) for column in plan.stored), *order_columns(plan)])
    if plan.distinct:
        return f"SELECT {names}, min({ROW}) AS {ROW} FROM {tested} GROUP BY {names}"
    return f"SELECT {names}, {ROW} FROM {tested}"


# The cells ------------------------------------------------------------------------------------------------------------


def _body(plan: Plan, path: Path, writer: _Writer, before: int | None) -> str:
    """Write the sub-select of all rows before conditions on measures, order and page."""
    outputs = [f"{sql} AS {quoted(name)}" for name, sql in _outputs(plan)]
    row = f"min(cells.file_row_number) AS {ROW}" if plan.sums else f"cells.file_row_number AS {ROW}"
    sources = [] if plan.grouped else zip(order_columns(plan), _key_sources(plan), strict=True)
    keys = [f"{sql} AS {name}" for name, sql in sources]
    joins = "".join(_parts(use, writer) for use in plan.uses if use.parts or use.ended)
    joins += "".join(_join(number, key, plan, writer) for number, key in enumerate(plan.keys) if key.codes is not None)
    restricted = [use for use in plan.uses if use.members is not None and not (use.parts or use.ended)]
    restrictions = [_restriction(use, writer) for use in restricted]
    restrictions += _window(plan, before, writer)
    where = f" WHERE {' AND '.join(restrictions)}" if restrictions else ""
    source = f"{read_parquet(path, row_numbers=True)} AS cells{joins}"
    return f"SELECT {', '.join([*outputs, *keys, row])} FROM {source}{where}{_grouping(plan)}"


def _outputs(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield every column that the answer or its conditions name, with its SQL."""
    for use in plan.uses:
        if use.shown:
            yield use.name, _code(use)
    for measure in plan.measures:
        yield from figures(plan, measure) if plan.sums else _plain(measure)
    if not plan.uses:
        yield from ((name, f"cells.{quoted(name)}") for name in _fields(plan))


def _fields(plan: Plan) -> Iterable[str]:
    """Return every field of a register that the answer, its groups or its conditions are made of."""
    grouped = [*plan.groups, *(aggregate.field for aggregate in plan.aggregates if aggregate.field)]
    tested = [single.column for test in plan.conditions for single in single_conditions(test)]
    return dict.fromkeys([*(grouped if plan.grouped else (column.name for column in plan.stored)), *tested])


def _plain(measure: MeasureDescription) -> Iterator[tuple[str, str]]:
    for name in (measure.name, status_column(measure.name)):
        yield name, f"cells.{quoted(name)}"


def _grouping(plan: Plan) -> str:
    if not plan.sums:
        return ""
    shown = [_code(use) for use in plan.uses if use.shown]
    positions = [sql for key, sql in zip(plan.keys, _key_sources(plan), strict=True) if key.codes is not None]
    return f" GROUP BY {', '.join([*shown, *positions])}" if shown else ""


def _code(use: Use) -> str:
    """Return what holds the code that a row of the answer has along one dimension."""
    return f"{parts_of(use)}.whole" if use.parts else f"cells.{quoted(use.name)}"


def _parts(use: Use, writer: _Writer) -> str:
    """Give every stored member the one that it is a part of, and leave out those that are no part of any."""
    wholes = zip(use.members or (), use.parts, strict=True) if use.parts else [("", use.members or ())]
    listed = [(part, code, len(parts), part in use.ended) for code, parts in wholes for part in parts]
    writer.bind(*map(list, zip(*listed, strict=True)))
    types = {"part": "VARCHAR", "whole": "VARCHAR", "parts": "INTEGER", "ended": "BOOLEAN"}
    rows = ", ".join(f"unnest(?::{kind}[]) AS {name}" for name, kind in types.items())
    return f" JOIN (SELECT {rows}) AS {parts_of(use)} ON {parts_of(use)}.part = cells.{quoted(use.name)}"


def _restriction(use: Use, writer: _Writer) -> str:
    column = f"cells.{quoted(use.name)}"
    members = use.members or ()
    if not members:
        return "false"
    if len(members) <= _FEW:
        writer.bind(*members)
        return f"{column} IN ({_marks(members)})"
    others = tuple(use.axis.positions.keys() - set(members))
    if len(others) <= _FEW:
        writer.bind(*others)
        return f"{column} NOT IN ({_marks(others)})" if others else "true"
    writer.bind(members)
    return f"{column} IN (SELECT unnest(?::VARCHAR[]))"


def _window(plan: Plan, before: int | None, writer: _Writer) -> Iterator[str]:
    """Yield where stored rows begin and end: row groups outside are not even opened."""
    if plan.after is not None and is_stored(plan):
        writer.bind(plan.after.row)
        yield "cells.file_row_number > ?"
    if before is not None:
        writer.bind(before)
        yield "cells.file_row_number < ?"


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


# Groups of a register -------------------------------------------------------------------------------------------------

_FUNCTIONS = {
    "count_distinct": "count(DISTINCT {})",
    "min": "min({})",
    "max": "max({})",
    "avg": "favg({})",
}


def _groups(plan: Plan, rows: str) -> str:
    names = [quoted(name) for name in plan.groups]
    figures = [f"{_figure(aggregate, plan)} AS {quoted(aggregate.name)}" for aggregate in plan.aggregates]
    by = f" GROUP BY {', '.join(names)}" if names else ""
    grouped = f"SELECT {', '.join([*names, *figures])}, coalesce(min({ROW}), 0) AS {ROW} FROM {rows}{by}"
    keys = [f"{quoted(key.column)} AS _key{number}" for number, key in enumerate(plan.keys)]
    return f"SELECT {', '.join(['*', *keys])} FROM ({grouped})"


def _figure(aggregate: Aggregate, plan: Plan) -> str:
    if not aggregate.field:
        return "count(*)"
    field = quoted(aggregate.field)
    if aggregate.function == "sum":
        column = next(each for each in plan.columns if each.name == aggregate.name)
        return f"sum({field})::BIGINT" if column.type == "integer" else f"fsum({field})"
    return _FUNCTIONS[aggregate.function].format(field)


# Conditions, order, page ----------------------------------------------------------------------------------------------


def _join(number: int, key: Key, plan: Plan, writer: _Writer) -> str:
    """Give every member of a dimension its position, so that rows sort as the code list does."""
    codes = key.codes or ()
    code = next(_code(use) for use in plan.uses if use.name == key.column)
    writer.bind(codes, len(codes))
    members = "SELECT unnest(?::VARCHAR[]) AS code, unnest(range(?)) AS position"
    return f" JOIN ({members}) AS order{number} ON order{number}.code = {code}"


def _key_sources(plan: Plan) -> list[str]:
    measures = dict(_outputs(plan)) if plan.sums else {}
    return [
        f"order{number}.position" if key.codes is not None else measures.get(key.column, f"cells.{quoted(key.column)}")
        for number, key in enumerate(plan.keys)
    ]


def _where(plan: Plan, writer: _Writer) -> str:
    return f" WHERE {' AND '.join(_test(test, writer) for test in plan.conditions)}" if plan.conditions else ""


def _test(test: RowTest, writer: _Writer) -> str:
    if isinstance(test, Among):
        writer.bind(test.members)
        return f"{quoted(test.column)} IN (SELECT unnest(?::VARCHAR[]))"
    if isinstance(test, Condition):
        writer.bind(*test.values)
        holds = test.operator.sql(quoted(test.column), len(test.values))
        return f"(NOT {holds})" if test.negated else f"({holds})"
    between, empty = (" AND ", "true") if isinstance(test, Every) else (" OR ", "false")
    return f"({between.join(_test(part, writer) for part in test.parts) or empty})"


def _page(plan: Plan, writer: _Writer) -> str:
    if plan.after is None or is_stored(plan):
        return ""
    return f" WHERE {_after(plan, plan.after.values, plan.after.row, writer)}"


def _order_terms(keys: Iterable[Key]) -> Iterator[str]:
    for number, key in enumerate(keys):
        yield f"_key{number} {'DESC' if key.descending else 'ASC'} NULLS LAST"
    yield ROW


def _after(plan: Plan, values: Sequence[CursorValue], row: int, writer: _Writer) -> str:
    """Write "comes after these order values": later in the first key; or the same there and later in the next; …"""
    alternatives = []
    for depth in range(len(values) + 1):
        same = [_same(number, values[number], plan, writer) for number in range(depth)]
        if depth == len(values):
            writer.bind(row)
            later = f"{ROW} > ?"
        else:
            later = _later(depth, values[depth], plan, writer)
        alternatives.append(" AND ".join([*same, later]))
    return " OR ".join(f"({alternative})" for alternative in alternatives)


def _same(number: int, value: CursorValue, plan: Plan, writer: _Writer) -> str:
    if value is None:
        return f"_key{number} IS NULL"
    writer.bind(value)
    return f"_key{number} = {_mark(plan.keys[number])}"


def _later(number: int, value: CursorValue, plan: Plan, writer: _Writer) -> str:
    if value is None:
        # Empty values come last: nothing of this key comes after them.
        return "false"
    key = plan.keys[number]
    writer.bind(value)
    return f"(_key{number} {'<' if key.descending else '>'} {_mark(key)} OR _key{number} IS NULL)"


def _mark(key: Key) -> str:
    return "?::DATE" if key.type == "date" else "?"
