"""The rows of a register in memory, column by column, every column as numbers that sort as its values do.

A text is the place of its word in the sorted list of all words of its column, so that comparing, sorting, grouping and
looking up are work on whole numbers. DuckDB answers what does not fit: registers too large for memory, and questions
that this module does not take.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from datasets.release import FieldType
from portal.query.schema import Register

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

_TYPES: Mapping[FieldType, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
}
_NUMBERS: Mapping[FieldType, pa.DataType] = {"integer": pa.int64(), "number": pa.float64(), "date": pa.int32()}
_BYTES: Mapping[FieldType, int] = {"string": 72, "integer": 9, "number": 9, "date": 5}
"""How much memory a value takes, of a text that is found nowhere else in its column."""
_EXACT = 2.0**53
"""Whole numbers below this are added up exactly as floating-point numbers too."""


@dataclass(frozen=True)
class Values:
    """One column."""

    type: FieldType
    numbers: NDArray[Any]
    """What sorts as the values do: themselves, days, or places in ``words``; where a value is missing, anything."""
    missing: Mask | None
    """Where there is no value; None where every row has one."""
    words: pa.Array | None
    """The different texts of a column of texts, in the order of their bytes."""

    @cached_property
    def adds_up(self) -> bool:
        """Whether sums of any of its rows are exact as floating-point numbers."""
        largest = float(np.abs(self.numbers.astype(np.float64)).max(initial=0))
        return self.type == "integer" and largest * len(self.numbers) < _EXACT

    @cached_property
    def by_word(self) -> tuple[NDArray[np.int32], Rows]:
        """All rows sorted by their words, and where those of each word begin."""
        assert self.words is not None
        kinds = self.kinds()
        order = np.argsort(kinds, kind="stable").astype(np.int32)
        return order, np.concatenate([[0], np.cumsum(np.bincount(kinds, minlength=len(self.words) + 1))])

    def kinds(self, rows: Rows | slice = slice(None)) -> NDArray[Any]:
        """Return the place of each row's word; rows without a text have the place behind the last."""
        assert self.words is not None
        numbers = self.numbers[rows]
        return numbers if self.missing is None else np.where(self.missing[rows], len(self.words), numbers)

    def of_word(self, place: int) -> Rows:
        """Return the rows that hold one word, in stored order."""
        order, begins = self.by_word
        return order[begins[place] : begins[place + 1]].astype(np.int64)

    def place(self, text: str, *, behind: bool = False, letters: int | None = None) -> int:
        """Return where ``text`` belongs among the words, before or behind its equals in their first ``letters``."""
        assert self.words is not None
        words = self.words
        find = bisect_right if behind else bisect_left
        return find(range(len(words)), text, key=lambda place: words[place].as_py()[:letters])

    def known(self, rows: Rows) -> Mask | None:
        """Return which rows have a value; None where all do."""
        return None if self.missing is None else ~self.missing[rows]

    def array(self, numbers: NDArray[Any], missing: Mask | None) -> pa.Array:
        """Return numbers such as this column holds as values."""
        if self.words is not None:
            return self.words.take(pa.array(numbers, mask=missing))
        kind = _NUMBERS[self.type]
        return pa.array(numbers.astype(kind.to_pandas_dtype()), kind, mask=missing).cast(_TYPES[self.type])

    def take(self, rows: Rows) -> pa.Array:
        """Return the values of some rows."""
        return self.array(self.numbers[rows], None if self.missing is None else self.missing[rows])

    @property
    def bytes(self) -> int:
        """How much memory they take, the list by words included."""
        words = 0 if self.words is None else self.words.nbytes + 4 * len(self.numbers) + 8 * len(self.words)
        return int(self.numbers.nbytes + words + (0 if self.missing is None else self.missing.nbytes))


@dataclass(frozen=True)
class RegisterRows:
    """All rows of a register, in stored order."""

    rows: int
    columns: Mapping[str, Values]

    @property
    def bytes(self) -> int:
        return sum(values.bytes for values in self.columns.values())


def estimated_bytes(register: Register, rows: int) -> int:
    """Return how much memory the rows of a register will take at most, unless their texts are long."""
    return rows * sum(_BYTES[field.type] for field in register.fields.values())


def load_rows(path: Path, register: Register) -> RegisterRows | None:
    """Read the rows of ``register``; return None where they are not of the kinds it describes, or no numbers."""
    table = pq.ParquetFile(path, page_checksum_verification=True).read(columns=list(register.fields), use_threads=False)
    found = {}
    for name, field in register.fields.items():
        values = _values(table.column(name), field.type)
        if values is None:
            return None
        found[name] = values
    return RegisterRows(table.num_rows, found)


def _values(column: pa.ChunkedArray, kind: FieldType) -> Values | None:
    if column.type != _TYPES[kind]:
        return None
    missing = pc.is_null(column).to_numpy() if column.null_count else None
    if kind == "string":
        return _texts(column, missing)
    numbers = column.combine_chunks().cast(_NUMBERS[kind]).fill_null(0).to_numpy()
    # What is no number compares in ways of its own.
    if kind == "number":
        return Values(kind, numbers, missing, None) if np.isfinite(numbers).all() else None
    return Values(kind, _narrowed(numbers), missing, None)


def _narrowed(numbers: NDArray[Any]) -> NDArray[Any]:
    """Return whole numbers in the smallest type that holds them all and more: they are looked up here and there."""
    least, most = int(numbers.min(initial=0)), int(numbers.max(initial=0))
    for kind in (np.int16, np.int32):
        if np.iinfo(kind).min < least and most < np.iinfo(kind).max:
            return numbers.astype(kind)
    return numbers


def _texts(column: pa.ChunkedArray, missing: Mask | None) -> Values:
    encoded = column.combine_chunks().dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    places = np.empty(len(order), np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    if not len(order):
        return Values("string", np.zeros(len(column), np.int32), missing, encoded.dictionary)
    numbers = places[encoded.indices.fill_null(0).to_numpy()]
    return Values("string", _narrowed(numbers), missing, encoded.dictionary.take(pa.array(order)))
