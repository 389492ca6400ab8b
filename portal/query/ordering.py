"""Put rows in memory in order: all of them, or the first few without sorting the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Term = tuple[NDArray[Any], NDArray[np.bool_] | None]
"""What to sort by, ascending, and which rows have no value, all with one number, and come last; None where all have."""

_BLOCKS = 16
"""So many blocks of numbers are looked at for each row wanted."""
_FEW = 4
"""Where more than so many times the rows wanted were found, the others are put aside before sorting."""


class Orderable(Protocol):
    """Rows that can be put in another order; those that tie stay in the order of ``rows``."""

    @property
    def rows(self) -> NDArray[np.int64]: ...

    def __len__(self) -> int: ...

    def take(self, places: NDArray[Any] | slice) -> Any: ...


Found = TypeVar("Found", bound=Orderable)


def first_in_order(found: Found, terms: Sequence[Term], wanted: int) -> Found:
    """Return rows in order, the most important term first: all of them, or at least the first ``wanted``."""
    if not terms:
        return found
    if 0 < wanted * _FEW < len(found):
        places = _leading(terms[0], wanted)
        if places is not None:
            few = [_taken(term, places) for term in terms]
            return first_in_order(found.take(places), few, len(places))  # type: ignore[no-any-return]
    # The last term of lexsort is looked at first.
    arrays = [array for term in reversed(terms) for array in term if array is not None]
    return found.take(np.lexsort([found.rows, *arrays]))  # type: ignore[no-any-return]


def _leading(term: Term, wanted: int) -> NDArray[np.int64] | None:
    """Return where the first ``wanted`` by one term are, with all that tie; None where those without a value count."""
    numbers, missing = term
    empty = np.inf if numbers.dtype.kind == "f" else np.iinfo(numbers.dtype).max
    leading = numbers if missing is None else np.where(missing, empty, numbers)
    # That many blocks of numbers begin at this bound or below: partitioning the smallest of each is much less work than
    # partitioning all.
    size = max(1, len(leading) // (wanted * _BLOCKS))
    smallest = leading[: len(leading) // size * size].reshape(-1, size).min(axis=1)
    places = np.flatnonzero(leading <= _smallest(smallest, wanted))
    near = leading[places]
    last = _smallest(near, wanted)
    return places[near <= last] if last < empty else None


def _smallest(numbers: NDArray[Any], wanted: int) -> Any:
    """Return the number than which fewer than ``wanted`` are smaller."""
    return np.partition(numbers, wanted - 1)[wanted - 1]


def _taken(term: Term, places: NDArray[np.int64]) -> Term:
    numbers, missing = term
    return numbers[places], None if missing is None else missing[places]
