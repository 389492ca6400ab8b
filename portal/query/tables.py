"""Open tables to be read: from memory where they fit, as stored where all is asked, through DuckDB otherwise."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from portal.query.answer import CHUNK_ROWS, OpenTable, Reader, SqlReader
from portal.query.cell_reader import CellReader, can_read
from portal.query.cells import Cells, estimated_bytes, load_cells
from portal.query.file_reader import FileReader, reads_whole
from portal.query.plan import Plan
from portal.query.run import Session
from portal.query.schema import Cube, Register


class Tables:
    """Keeps the cells of the tables asked for last, within a bound of memory. Safe for many threads at once."""

    def __init__(self, memory_mb: int) -> None:
        self._bytes = memory_mb * 2**20
        self._kept: OrderedDict[Path, Cells | None] = OrderedDict()
        self._lock = Lock()
        self._loading = Lock()

    def opener(self, schema: Cube | Register, path: Path) -> OpenTable:
        """Return what opens the table that ``schema`` describes, stored at ``path``, for each question about it."""

        def open_table(session: Session, plan: Plan) -> Reader:
            if plan.limit > CHUNK_ROWS and reads_whole(plan):
                return FileReader(path)
            cells = self._cells(schema, path) if isinstance(schema, Cube) and can_read(plan) else None
            return SqlReader(session, path) if cells is None else CellReader(cells)

        return open_table

    def _cells(self, cube: Cube, path: Path) -> Cells | None:
        """Return the cells of a table, None where they do not fit; what is read is the file of a released object."""
        with self._lock:
            if path in self._kept:
                self._kept.move_to_end(path)
                return self._kept[path]
        # One at a time: loading the same table twice would take its memory twice.
        with self._loading:
            if path not in self._kept:
                self._keep(path, self._load(cube, path))
            return self._kept.get(path)

    def _load(self, cube: Cube, path: Path) -> Cells | None:
        return load_cells(path, cube) if estimated_bytes(cube, cube.table.rows) <= self._bytes else None

    def _keep(self, path: Path, cells: Cells | None) -> None:
        with self._lock:
            self._kept[path] = cells
            while sum(each.bytes for each in self._kept.values() if each is not None) > self._bytes:
                self._kept.popitem(last=False)
