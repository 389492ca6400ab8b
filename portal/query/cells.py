"""The cells of one table in memory, found by arithmetic: a cell's place follows from its codes.

A cube's rows are stored in the order of their code lists. With every code as its position in its list, a row has a
whole number as its key, and the keys of any question are an outer sum of the positions asked for. DuckDB answers what
does not fit: registers, tables too large for memory, and tables that are not what this module expects.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from datasets.cell_status import status_column
from portal.query.ranks import RANKS, Ranks, has_value
from portal.query.schema import Axis, Cube

Integers = NDArray[np.int64]
Narrow = NDArray[np.int32]
Numbers = NDArray[np.int64] | NDArray[np.float64]

_FEW_TEXTS = 50
_FULL = 1.5
"""Up to so many keys for each row, the rows are found in a list of all keys."""
_KEY_BYTES = 4 + 4 * _FULL
_RANKS = {status.value: rank for status, rank in RANKS.items()}


class Texts:
    """Texts that columns are made of, known by their places."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._array = pa.array(texts, pa.string())

    def column(self, places: Integers | Ranks) -> pa.Array:
        """Return the texts of some places; for a few of them plain Python is faster than Arrow's own way."""
        if len(places) > _FEW_TEXTS:
            return self._array.take(pa.array(places))
        return pa.array([self._texts[place] for place in places.tolist()], pa.string())


@dataclass(frozen=True)
class MeasureCells:
    """One measure: its values (zero where there is none), and the rank of each status in ``WEAKEST_FIRST``."""

    values: Numbers
    ranks: Ranks


@dataclass(frozen=True)
class Cells:
    """All rows of a table, in stored order."""

    axes: Mapping[str, Axis]
    rows: int
    keys: Integers | Narrow | None
    """The key of each row, ascending; None where every combination has a row, whose number is then its key."""
    measures: Mapping[str, MeasureCells]
    places: Narrow | None = None
    """The row of each key, -1 where there is none; None where so few keys have one that it is searched for."""
    used: Mapping[str, NDArray[np.bool_]] | None = None
    """Which positions of each axis have rows, where every combination of them has one; None where some have none."""

    @cached_property
    def codes(self) -> Mapping[str, Texts]:
        """The codes of each axis, by their positions."""
        return {name: Texts(tuple(axis.positions)) for name, axis in self.axes.items()}

    @cached_property
    def strides(self) -> Mapping[str, int]:
        """What one step along each axis adds to a key."""
        strides, step = {}, 1
        for name, axis in reversed(list(self.axes.items())):
            strides[name] = step
            step *= len(axis.positions)
        return strides

    @property
    def bytes(self) -> int:
        """How much memory they take."""
        own = sum(each.nbytes for each in (self.keys, self.places) if each is not None)
        return own + sum(each.values.nbytes + each.ranks.nbytes for each in self.measures.values())

    def find(self, keys: Integers) -> tuple[Integers, NDArray[np.bool_]]:
        """Return the row of each key, and whether there is one; where there is none the row means nothing."""
        if self.keys is None:
            return keys, np.ones(keys.shape, np.bool_)
        if self.places is not None:
            found = self.places[keys].astype(np.int64)
            return found, found >= 0
        # Keys of another type would have all of the stored ones converted to theirs.
        rows = np.searchsorted(self.keys, keys.astype(self.keys.dtype))
        rows[rows == self.rows] = 0
        return rows, self.keys[rows] == keys

    def keys_of(self, rows: Integers) -> Integers:
        """Return the key of each row."""
        return rows if self.keys is None else self.keys[rows].astype(np.int64)

    def positions(self, name: str, keys: Integers) -> Integers:
        """Return the position of each key's code along one axis."""
        found: Integers = keys // self.strides[name] % len(self.axes[name].positions)
        return found


def estimated_bytes(cube: Cube, rows: int) -> float:
    """Return how much memory the cells of a table will take at most."""
    return rows * (_KEY_BYTES + 9 * len(cube.measures))


def load_cells(path: Path, cube: Cube) -> Cells | None:
    """Read the cells of ``cube``; return None where they are not in the order or not of the kinds it describes."""
    statuses = [status_column(name) for name in cube.measures]
    coded = [*cube.axes, *statuses]
    file = pq.ParquetFile(path, read_dictionary=coded, page_checksum_verification=True)
    table = file.read(columns=[*coded, *cube.measures], use_threads=False)
    if table.num_rows == 0:
        return None
    found_keys = _keys(table, cube.axes)
    measures = {name: _measure(table, name) for name in cube.measures}
    if found_keys is None:
        return None
    keys, used = found_keys
    if bool(np.any(np.diff(keys) <= 0)):
        return None
    found = {name: cells for name, cells in measures.items() if cells is not None}
    if len(found) < len(measures):
        return None
    combinations = math.prod(len(axis.positions) for axis in cube.axes.values())
    whole = used if math.prod(int(each.sum()) for each in used.values()) == table.num_rows else None
    if table.num_rows == combinations:
        return Cells(cube.axes, table.num_rows, None, found, used=whole)
    narrow = combinations < 2**31
    places = _places(keys, combinations) if narrow and combinations <= _FULL * table.num_rows else None
    return Cells(cube.axes, table.num_rows, keys.astype(np.int32) if narrow else keys, found, places, whole)


def _places(keys: Integers, combinations: int) -> Narrow:
    places = np.full(combinations, -1, np.int32)
    places[keys] = np.arange(len(keys), dtype=np.int32)
    return places


def _keys(table: pa.Table, axes: Mapping[str, Axis]) -> tuple[Integers, Mapping[str, NDArray[np.bool_]]] | None:
    """Return the key of each row, and which positions of each axis have rows; None where a code is none of its axis."""
    keys = np.zeros(table.num_rows, np.int64)
    used = {}
    for name, axis in axes.items():
        positions = _translated(table.column(name), axis.positions)
        if positions is None:
            return None
        keys *= len(axis.positions)
        keys += positions
        used[name] = np.bincount(positions, minlength=len(axis.positions)) > 0
    return keys, used


def _measure(table: pa.Table, name: str) -> MeasureCells | None:
    found = _translated(table.column(status_column(name)), _RANKS)
    if found is None:
        return None
    column, ranks = table.column(name).combine_chunks(), found.astype(np.int8)
    if not np.array_equal(column.is_valid().to_numpy(zero_copy_only=False), has_value(ranks)):
        return None
    return MeasureCells(column.fill_null(0).to_numpy(), ranks)


def _translated(column: pa.ChunkedArray, numbers: Mapping[str, int]) -> Integers | None:
    """Return the number of every text of a column; None where a text has no number."""
    encoded = column.unify_dictionaries().combine_chunks()
    texts: Sequence[str] = encoded.dictionary.to_pylist()
    if encoded.null_count or not set(texts) <= numbers.keys():
        return None
    found: Integers = np.array([numbers[text] for text in texts], np.int64)[encoded.indices.to_numpy()]
    return found
