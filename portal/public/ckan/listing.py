"""Lists the rows of a table as they were published, for every door of the datastore."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from datasets.errors import QueryInvalid
from datasets.public_releases import PublicRelease
from portal.public.ckan.failures import invalid_field
from portal.public.ckan.filters import RowRange
from portal.public.table_reading import TableReading
from portal.query.answer import Answer
from portal.query.cursor import Cursor
from portal.query.model import AllOf, Filter, Query, Term
from portal.query.plan import Column, Plan
from portal.query.planning import plan_rows
from portal.query.run import Session
from portal.query.schema import Cube, Register

ALL_ROWS = 2_000_000_000
"""The limit of who wants every row."""


@dataclass(frozen=True)
class Source:
    """The table that is asked, and what reads it."""

    reading: TableReading
    release: PublicRelease
    schema: Cube | Register
    identifier: str
    """The id of the table, whatever alias it was asked by."""
    pinned: str
    """The id under which the same rows stay when another release comes out."""


@dataclass(frozen=True)
class Listed:
    """The rows of one page, and how many there are in all."""

    answer: Answer
    total: int
    limit: int

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the rows."""
        return self.answer.plan.columns

    @property
    def rows(self) -> pa.Table:
        """The rows of a page that is short enough to be read at once."""
        return self.answer.first.slice(0, self.limit)


def listing(query: Query, rows: RowRange, where: Term | None, schema: Cube | Register) -> tuple[Query, RowRange]:
    """Return ``query`` with a condition: members that are named outright are looked up, which is faster."""
    axes = schema.axes if isinstance(schema, Cube) else {}
    parts = where.parts if isinstance(where, AllOf) else (where,) if where is not None else ()
    named: dict[str, Filter] = {}
    left: list[Term] = []
    for part in parts:
        first = isinstance(part, Filter) and part.field in axes and part.field not in named
        if isinstance(part, Filter) and first and part.operator in {"eq", "in"}:
            named[part.field] = part
        else:
            left.append(part)
    rest = AllOf(tuple(left)) if len(left) > 1 else left[0] if left else None
    return replace(query, filters=tuple(named.values()), where=rest), rows


def list_rows(session: Session, source: Source, query: Query, rows: RowRange) -> Listed:
    """Read a page of the rows in ``rows`` that ``query`` asks for; what has no answer raises QueryInvalid."""
    limit = query.limit
    # A page without rows still says what columns and how many rows there are.
    plan = plan_rows(replace(query, limit=max(1, limit)), source.schema)
    if rows == RowRange():
        answer = source.reading.read(session, source.release, plan)
        return Listed(answer, answer.total, limit)
    if plan.keys or plan.distinct:
        raise invalid_field(filters=["_id: a range of it cannot be asked together with sort or distinct"])
    if not plan.conditions and all(use.members is None for use in plan.uses):
        return _window(session, source, plan, rows, limit)
    if rows.last is not None:
        raise invalid_field(filters=["_id: together with other conditions it can only be more than a number"])
    return _following(session, source, plan, rows.first - 2, limit)


def _window(session: Session, source: Source, plan: Plan, rows: RowRange, limit: int) -> Listed:
    """Read rows by their numbers alone: the number of a row is its place."""
    whole = source.reading.read(session, source.release, replace(plan, limit=1, offset=0)).total
    last = whole if rows.last is None else min(whole, rows.last)
    total = max(0, last - rows.first + 1)
    left = max(0, min(limit, total - plan.offset))
    window = replace(plan, offset=plan.offset + rows.first - 1, limit=max(1, left))
    return Listed(source.reading.read(session, source.release, window), total, left)


def _following(session: Session, source: Source, plan: Plan, row: int, limit: int) -> Listed:
    """Read what satisfies a condition after a row, whether or not that row satisfies it too."""
    after = replace(plan, after=Cursor((), row)) if row >= 0 else plan
    try:
        answer = source.reading.read(session, source.release, after)
    except QueryInvalid:
        # In memory a page begins at a row of the answer; with no two rows alike, distinct ones are the same rows.
        after = replace(after, distinct=True)
        answer = source.reading.read(session, source.release, after)
    left = source.reading.read(session, source.release, replace(after, limit=ALL_ROWS, offset=0))
    return Listed(answer, left.returned, limit)


def tables_of(source: Source, listed: Listed) -> Iterator[pa.Table]:
    """Yield the rows of a page of any length, a few at a time."""
    left = listed.limit
    for table in source.reading.chunks(listed.answer):
        yield table.slice(0, left)
        left -= min(left, table.num_rows)
