"""Open tables to be read: from memory where they fit, as stored where all is asked, through DuckDB otherwise."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from portal.query.answer import CHUNK_ROWS, OpenTable, Reader, SqlReader
from portal.query.cell_reader import CellReader, can_read, combinations
from portal.query.cells import Cells, estimated_bytes, load_cells
from portal.query.file_reader import FileReader, reads_whole
from portal.query.plan import Plan
from portal.query.register_reader import RegisterReader, groups_at_most, rows_looked_at
from portal.query.register_reader import can_read as can_read_register
from portal.query.register_rows import RegisterRows, load_rows
from portal.query.register_rows import estimated_bytes as register_bytes
from portal.query.run import Session
from portal.query.schema import Cube, Register

Kept = Cells | RegisterRows

FEW_ROWS = 200
FEW_LOOKED_AT = 50_000
"""An answer of so few rows, for which no more are looked at, takes about as long as handing the question over."""


class Tables:
    """Keeps what the tables asked for last hold, within a bound of memory. Safe for many threads at once."""

    def __init__(self, memory_mb: int) -> None:
        self._bytes = memory_mb * 2**20
        self._kept: OrderedDict[Path, Kept | None] = OrderedDict()
        self._lock = Lock()
        self._loading = Lock()

    def opener(self, schema: Cube | Register, path: Path) -> OpenTable:
        """Return what opens the table that ``schema`` describes, stored at ``path``, for each question about it."""

        def open_table(session: Session, plan: Plan) -> Reader:
            if plan.limit > CHUNK_ROWS and reads_whole(plan):
                return FileReader(path)
            if isinstance(schema, Cube) and not can_read(plan):
                return SqlReader(session, path)
            kept = self._find(schema, path)
            if isinstance(kept, Cells):
                return CellReader(kept)
            if kept is not None and can_read_register(plan, kept):
                return RegisterReader(kept)
            return SqlReader(session, path)

        return open_table

    def at_hand(self, plan: Plan, path: Path) -> Reader | None:
        """Return what answers a question from memory with little work; None where it is not there, or takes more."""
        with self._lock:
            kept = self._kept.get(path)
            if kept is not None:
                self._kept.move_to_end(path)
        if isinstance(kept, Cells) and can_read(plan):
            looked_at = combinations(plan)
            return CellReader(kept) if _is_little(plan, looked_at, looked_at // max(1, plan.cells_per_row)) else None
        if isinstance(kept, RegisterRows) and can_read_register(plan, kept):
            looked_at = rows_looked_at(plan, kept)
            given = min(looked_at, groups_at_most(plan, kept)) if plan.grouped else looked_at
            return RegisterReader(kept) if _is_little(plan, looked_at, given) else None
        return None

    def _find(self, schema: Cube | Register, path: Path) -> Kept | None:
        """Return what a table holds, None where it does not fit; what is read is the file of a released object."""
        with self._lock:
            if path in self._kept:
                self._kept.move_to_end(path)
                return self._kept[path]
        # One at a time: loading the same table twice would take its memory twice. Nobody waits for it, which may take
        # seconds: DuckDB gives the same answers meanwhile.
        if not self._loading.acquire(blocking=False):
            return None
        try:
            if path not in self._kept:
                self._keep(path, self._load(schema, path))
            return self._kept.get(path)
        finally:
            self._loading.release()

    def _load(self, schema: Cube | Register, path: Path) -> Kept | None:
        if isinstance(schema, Register):
            fits = register_bytes(schema, schema.description.rows) <= self._bytes
            return load_rows(path, schema) if fits else None
        return load_cells(path, schema) if estimated_bytes(schema, schema.table.rows) <= self._bytes else None

    def _keep(self, path: Path, kept: Kept | None) -> None:
        with self._lock:
            self._kept[path] = kept
            while sum(each.bytes for each in self._kept.values() if each is not None) > self._bytes:
                self._kept.popitem(last=False)


def _is_little(plan: Plan, looked_at: int, given: int) -> bool:
    return looked_at <= FEW_LOOKED_AT and min(given, plan.limit) <= FEW_ROWS
