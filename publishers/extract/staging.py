"""A staged table: cells as text in a Parquet file of the work folder, each row with the number that a person sees."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import pyarrow as pa
from pyarrow import parquet

from datasets.file_sql import read_parquet
from publishers.extract.raw_table import ROW, RawTable

_BATCH = 50_000
_MAX_CELLS = 2_000_000
"""Cells kept in memory before they are written, however wide the table is."""


class Staging:
    """Takes rows of text and writes them in batches."""

    def __init__(self, target: Path, *, width: int) -> None:
        self._target = target
        self._columns = [f"c{place}" for place in range(width)]
        types = [(ROW, pa.int64()), *((column, pa.string()) for column in self._columns)]
        self._schema = pa.schema(types)
        self._batch = max(1, min(_BATCH, _MAX_CELLS // max(width, 1)))
        self._numbers: list[int] = []
        self._rows: list[Sequence[str | None]] = []

    def __enter__(self) -> Staging:
        self._writer = parquet.ParquetWriter(self._target, self._schema, compression="zstd")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._write()
        finally:
            self._writer.close()

    def add(self, row: int, cells: Sequence[str | None]) -> None:
        """Take one row; ``row`` is its number as a person sees it."""
        self._numbers.append(row)
        self._rows.append(cells)
        if len(self._rows) >= self._batch:
            self._write()

    def _write(self) -> None:
        if not self._rows:
            return
        arrays = [pa.array(column, pa.string()) for column in zip(*self._rows, strict=True)]
        numbers = pa.array(self._numbers, pa.int64())
        self._writer.write_table(pa.Table.from_arrays([numbers, *arrays], schema=self._schema))
        self._numbers, self._rows = [], []


def staged_table(
    target: Path, *, name: str, headers: Sequence[str], row_word: str, blank_rows: bool = True
) -> RawTable:
    """Return what was staged in ``target``, once it is closed."""
    columns = ", ".join([ROW, *(f"c{place}" for place in range(len(headers)))])
    relation = f"(SELECT {columns} FROM {read_parquet(target)})"
    return RawTable(name, relation, ROW, row_word, tuple(headers), ("VARCHAR",) * len(headers), blank_rows=blank_rows)
