"""Read a whole table as it is stored, one row group after the other: memory stays what one group takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from portal.query.plan import Plan
from portal.query.statement import ROW, is_stored


@dataclass(frozen=True)
class FileReader:
    """Reads the rows of a Parquet file in stored order; no page crosses the end of a row group."""

    path: Path

    def page(self, plan: Plan, *, rows: int, skip: int = 0) -> pa.Table:
        """Return rows from where the cursor points to the end of their row group, ``rows`` at most."""
        first = _first(plan) + skip
        with pq.ParquetFile(self.path, page_checksum_verification=True) as file:
            group, before = _group_of(file.metadata, first)
            names = [column.name for column in plan.stored]
            if group is None:
                empty: pa.Table = file.schema_arrow.empty_table().select(names)
                return empty.append_column(ROW, pa.array([], pa.int64()))
            table: pa.Table = file.read_row_group(group, columns=names, use_threads=False)
        part = table.select(names).slice(first - before, rows)
        return part.append_column(ROW, pa.array(np.arange(first, first + part.num_rows)))

    def count(self, plan: Plan, *, paged: bool = False) -> int:
        """Return the number of rows of the table; with ``paged``, of those from where the cursor points."""
        rows = int(pq.read_metadata(self.path).num_rows)
        return max(0, rows - _first(plan)) if paged else rows


def reads_whole(plan: Plan) -> bool:
    """Return whether a plan asks for rows as they are stored, all of them or the first so many."""
    return is_stored(plan) and plan.whole and not plan.conditions


def _first(plan: Plan) -> int:
    return 0 if plan.after is None else plan.after.row + 1


def _group_of(metadata: pq.FileMetaData, row: int) -> tuple[int | None, int]:
    """Return the row group that holds a row, and how many rows are before the group; None behind the last."""
    before = 0
    for group in range(metadata.num_row_groups):
        rows = metadata.row_group(group).num_rows
        if row < before + rows:
            return group, before
        before += rows
    return None, before
