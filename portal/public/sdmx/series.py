"""Gather observations that come one after another into series, across the tables that they come in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Run:
    """Observations of one series that stand together; ``begins`` is false where they go on from the table before."""

    row: int
    """The place of the first of them in its table."""
    text: str
    begins: bool


def runs(
    tables: Iterable[tuple[pa.Table, pa.Array]], names: tuple[str, ...], separator: str
) -> Iterator[tuple[pa.Table, list[Run]]]:
    """Yield each table with its runs; ``tables`` come with a text for each row, and ``names`` are those of a key."""
    last: tuple[object, ...] = ()
    for table, texts in tables:
        starts = _starts(table, names)
        joined = _joined(texts, starts, separator)
        found = []
        for number, row in enumerate(starts):
            key = tuple(table.column(name)[int(row)].as_py() for name in names) if number == 0 else ()
            begins = number > 0 or not last or key != last
            found.append(Run(int(row), joined[number], begins))
        last = tuple(table.column(name)[table.num_rows - 1].as_py() for name in names)
        yield table, found


def _starts(table: pa.Table, names: tuple[str, ...]) -> np.ndarray:
    changes = np.zeros(table.num_rows, np.bool_)
    changes[:1] = True
    for name in names:
        codes = table.column(name).combine_chunks().dictionary_encode().indices.to_numpy()
        changes[1:] |= codes[1:] != codes[:-1]
    return np.flatnonzero(changes)


def _joined(texts: pa.Array, starts: np.ndarray, separator: str) -> list[str]:
    """Join the texts of each run in one pass."""
    offsets = pa.array([*starts.tolist(), len(texts)], pa.int32())
    joined: list[str] = pc.binary_join(pa.ListArray.from_arrays(offsets, texts), separator).to_pylist()
    return joined
