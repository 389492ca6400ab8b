"""Records of single people as columns of codes: what a public-use file is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from anonymization.microdata.numbering import fits, number_rows, numbered
from anonymization.relations import Flags, Ints
from datasets.errors import DisclosureRuleInvalid, Problem

WITHHELD = -1
"""The code of a value that is withheld."""

MARK = "*"
"""What stands for a withheld value in text."""

_KINDS = "biuUf"


@dataclass(frozen=True)
class Column:
    """One column: `codes` int64 (records,) into `categories`, sorted and distinct; -1 where the value is withheld."""

    codes: Ints
    categories: npt.NDArray[Any]

    def text(self) -> npt.NDArray[np.str_]:
        """Return the values as text, `*` where withheld: what a file shows."""
        shown = np.concatenate([self.categories.astype(np.str_), np.array([MARK])])
        return shown[self.codes]


@dataclass(frozen=True)
class Records:
    """Columns of the same records by name."""

    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())).codes)

    def column(self, name: str) -> Column:
        """Return one column; raises `DisclosureRuleInvalid` where there is none of this name."""
        if name not in self.columns:
            problem = Problem(f"column {name!r}", "is not in the records", "correct the name")
            raise DisclosureRuleInvalid("A column is unknown.", problems=[problem])
        return self.columns[name]

    def take(self, chosen: Flags | Ints) -> Records:
        """Return the records chosen by flags (records,) or by index, with the same categories."""
        return Records({name: replace(one, codes=one.codes[chosen]) for name, one in self.columns.items()})

    def changed(self, columns: Mapping[str, Column]) -> Records:
        """Return the records with these columns in the place of those of the same names."""
        return Records({**self.columns, **columns})


def encode(data: Mapping[str, npt.NDArray[Any]]) -> Records:
    """Return the records of a mapping of arrays (records,): text, whole numbers, floats or booleans.

    A missing value is a value like others: code it as one, such as `?`, before. Raises `DisclosureRuleInvalid` where
    there are no columns or records, the lengths differ, or a column is not one-dimensional, of another type, holds NaN
    or an infinite number, or the mark `*` of withheld values.

    >>> encode({"age": np.array([40, 30, 40])}).column("age").codes
    array([1, 0, 1])
    """
    lengths = {len(column) for column in data.values() if column.ndim == 1}
    if len(lengths) != 1 or 0 in lengths:
        problem = Problem("records", "must be columns of one length that is not zero", "give at least one record")
        raise DisclosureRuleInvalid("The records cannot be read.", problems=[problem])
    problems = [one for name, column in data.items() for one in _problems(name, column)]
    if problems:
        raise DisclosureRuleInvalid("The records cannot be read.", problems=problems)
    return Records({name: _encoded(column) for name, column in data.items()})


def _problems(name: str, column: npt.NDArray[Any]) -> list[Problem]:
    place = f"column {name!r}"
    if column.ndim != 1:
        return [Problem(place, "must have one dimension")]
    if isinstance(column, np.ma.MaskedArray) or column.dtype.kind not in _KINDS:
        return [
            Problem(place, "must be text, numbers or booleans", "convert it, missing values to a value of their own")
        ]
    if column.dtype.kind == "f" and not np.isfinite(column).all():
        return [Problem(place, "must not hold NaN or infinite numbers", "code missing values as a value of their own")]
    if column.dtype.kind == "U" and (column == MARK).any():
        return [Problem(place, f"must not hold {MARK!r}, which marks withheld values", "code it otherwise")]
    return []


def _encoded(column: npt.NDArray[Any]) -> Column:
    if column.dtype.kind == "U" and column.dtype.itemsize:
        return _of_text(column)
    if column.dtype.kind in "iu":
        lowest, highest = int(column.min()), int(column.max())
        if highest < 2**63 and fits(highest - lowest + 1, len(column)):
            return _first_of_each(column, numbered(column.astype(np.int64) - lowest))
    categories, codes = np.unique(column, return_inverse=True)
    return Column(codes.reshape(-1), categories)


def _of_text(column: npt.NDArray[Any]) -> Column:
    """Number text letter by letter: several times faster than sorting it, and in the same order."""
    native = np.ascontiguousarray(column, dtype=column.dtype.newbyteorder("="))
    letters = native.view(np.uint32).reshape(len(column), -1)
    codes = number_rows((numbered(letters[:, at].astype(np.int64)) for at in range(letters.shape[1])), len(column))
    return _first_of_each(native, codes)


def _first_of_each(column: npt.NDArray[Any], codes: Ints) -> Column:
    where = np.zeros(int(codes.max()) + 1, dtype=np.int64)
    where[codes] = np.arange(len(codes))
    return Column(codes, column[where])
