"""Read the answer to a planned question, at once or chunk by chunk, and say how much of the whole it is."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from portal.query.cursor import Cursor, CursorValue, write_cursor
from portal.query.plan import Plan
from portal.query.run import Engine, Session
from portal.query.statement import ROW, count_statement, is_stored, order_columns, page_statement

CHUNK_ROWS = 125_000
"""How many rows are held at once: no fewer than a row group has, so that none is read twice for a long answer."""

SORTED_ROWS = 20_000
"""So many rows of an answer the engine puts in order in little memory, however many it looks through."""
WINDOW_ROWS = 1_000_000
"""How many stored rows one statement looks at where rows are given as they are stored."""
_REMEMBERED_COUNTS = 10_000


class Reader(Protocol):
    """Reads the rows of planned questions about one table."""

    def page(self, plan: Plan, *, rows: int, skip: int = 0) -> pa.Table:
        """Return rows from where the cursor points: the stored columns, the order values and the row number."""

    def count(self, plan: Plan, *, paged: bool = False) -> int:
        """Return the number of rows of the whole answer; with ``paged``, of those from where the cursor points."""


OpenTable = Callable[[Session, Plan], Reader]
"""Returns a reader of the table that a plan is about."""


@dataclass(frozen=True)
class SqlReader:
    """Reads a Parquet file through DuckDB."""

    session: Session
    path: Path

    def page(self, plan: Plan, *, rows: int, skip: int = 0) -> pa.Table:
        if rows > SORTED_ROWS and is_stored(plan) and not skip:
            stored = pq.read_metadata(self.path).num_rows
            if stored > WINDOW_ROWS:
                return pa.concat_tables(self._windows(plan, rows, stored))
        return self.session.read(page_statement(plan, self._place(), rows=rows, skip=skip))

    def _windows(self, plan: Plan, rows: int, stored: int) -> Iterator[pa.Table]:
        """Yield rows in stored order, looking at a part of the file at a time: the whole may be too large to sort."""
        first = 0 if plan.after is None else plan.after.row + 1
        while rows:
            before = first + WINDOW_ROWS
            window = replace(plan, after=Cursor((), first - 1))
            part = self.session.read(page_statement(window, self._place(), rows=rows, before=before))
            yield part
            rows, first = rows - part.num_rows, before
            if first >= stored:
                return

    def count(self, plan: Plan, *, paged: bool = False) -> int:
        return int(self.session.read(count_statement(plan, self._place(), paged=paged)).column(0)[0].as_py())

    def _place(self) -> Path:
        return self.session.folder.of(self.path)


@dataclass(frozen=True)
class Answer:
    """How much an answer holds, and its first chunk; the rest is read by ``chunks``."""

    plan: Plan
    open_table: OpenTable
    total: int
    """Rows of the whole answer, on whatever page."""
    returned: int
    next_cursor: str
    """Empty on the last page."""
    first: pa.Table
    """The stored columns, then the order values and the row number."""

    @property
    def truncated(self) -> bool:
        return bool(self.next_cursor)


class Counts:
    """How many rows a question has, remembered: a release never changes, so neither does a count."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def read(self, reader: Reader, plan: Plan) -> int:
        """Return the number of rows of the whole answer."""
        with self._lock:
            known = self._known.get(plan.fingerprint)
        return known if known is not None else self.keep(plan, reader.count(plan))

    def keep(self, plan: Plan, total: int) -> int:
        """Remember ``total``, and return it."""
        with self._lock:
            self._known[plan.fingerprint] = total
            if len(self._known) > _REMEMBERED_COUNTS:
                self._known.popitem(last=False)
        return total


def read_answer(session: Session, plan: Plan, open_table: OpenTable, counts: Counts) -> Answer:
    """Read the first chunk of an answer, and how many rows it and the whole have."""
    reader = open_table(session, plan)
    if plan.limit <= CHUNK_ROWS:
        return _read_short(reader, plan, open_table, counts)
    total = counts.read(reader, plan)
    left = max(0, total - plan.offset) if plan.after is None else reader.count(plan, paged=True)
    returned = min(plan.limit, left)
    next_cursor = ""
    if left > plan.limit:
        next_cursor = _cursor_text(plan, reader.page(plan, rows=1, skip=plan.offset + plan.limit - 1), 0)
    first = reader.page(plan, rows=min(CHUNK_ROWS, returned), skip=plan.offset)
    return Answer(plan, open_table, total, returned, next_cursor, first)


def read_at_hand(reader: Reader, plan: Plan, counts: Counts) -> Answer:
    """Read an answer of one chunk from rows that are in memory."""
    return _read_short(reader, plan, lambda _session, _plan: reader, counts)


def chunks(answer: Answer, engine: Engine) -> Iterator[pa.Table]:
    """Yield the rows of an answer, chunk by chunk.

    Each chunk is a short question of its own that begins where the one before ended, so a slow reader holds no
    connection, and one that leaves stops the reading.
    """
    chunk, seen = answer.first, answer.first.num_rows
    yield chunk
    while seen < answer.returned and chunk.num_rows:
        plan = replace(answer.plan, offset=0, after=_cursor(answer.plan, chunk, chunk.num_rows - 1))
        chunk = engine.run(partial(_read_chunk, answer.open_table, plan, min(CHUNK_ROWS, answer.returned - seen)))
        seen += chunk.num_rows
        yield chunk


def _read_chunk(open_table: OpenTable, plan: Plan, rows: int, session: Session) -> pa.Table:
    return open_table(session, plan).page(plan, rows=rows)


def _read_short(reader: Reader, plan: Plan, open_table: OpenTable, counts: Counts) -> Answer:
    # One row more than asked for tells whether there is a next page.
    table = reader.page(plan, rows=plan.limit + 1, skip=plan.offset)
    page = table.slice(0, plan.limit)
    truncated = table.num_rows > plan.limit
    whole = plan.after is None and not plan.offset and not truncated
    total = counts.keep(plan, page.num_rows) if whole else counts.read(reader, plan)
    next_cursor = _cursor_text(plan, page, plan.limit - 1) if truncated else ""
    return Answer(plan, open_table, total, page.num_rows, next_cursor, page)


def _cursor_text(plan: Plan, table: pa.Table, row: int) -> str:
    return write_cursor(_cursor(plan, table, row), fingerprint=plan.fingerprint)


def _cursor(plan: Plan, table: pa.Table, row: int) -> Cursor:
    values = tuple(_cursor_value(table.column(name)[row].as_py()) for name in order_columns(plan))
    return Cursor(values, int(table.column(ROW)[row].as_py()))


def _cursor_value(value: object) -> CursorValue:
    if isinstance(value, date):
        return value.isoformat()
    assert value is None or isinstance(value, str | int | float)
    return value
