"""The counts that every perturbation starts from, what it returns, and the checks that both have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from anonymization.relations import Flags, Ints
from anonymization.words import Text
from datasets.errors import DisclosureRuleInvalid, Problem

WITHHELD = -1
"""Stands for a cell that is not shown: it can be taken neither for a zero nor for a count."""

MOST = 2**53
"""Counts from here on cannot be told apart in floating point, which solvers calculate in."""


@dataclass(frozen=True)
class Perturbed:
    """What a method of perturbation publishes, and what a reader who knows the method can infer from each cell alone.

    `values` is int64 (cells,), `WITHHELD` where `shown`, bool (cells,), is false. The true count of a cell lies from
    `lowest` to `highest`, int64 (cells,), both included; several cells taken together may tell more, which
    `anonymization/perturbation/averaging.py` measures. `statement` says what is promised and what is not.
    """

    values: Ints
    shown: Flags
    lowest: Ints
    highest: Ints
    statement: Text
    within: int | None = None
    """Of noise that has no greatest amount: how far nearly all counts lie from the true ones at most."""


def refuse(rule: str, remedy: str, *, place: str = "perturbation") -> DisclosureRuleInvalid:
    """Return the error for input that no method can take; the caller raises it."""
    return DisclosureRuleInvalid("These counts cannot be perturbed.", problems=[Problem(place, rule, remedy)])


def require_counts(values: Ints) -> Ints:
    """Return counts as int64 (cells,); anything but whole numbers from 0 to 2^53 is refused.

    >>> require_counts(np.array([3, 0], dtype=np.int32))
    array([3, 0])
    """
    values = np.asarray(values)
    if values.ndim != 1 or not np.issubdtype(values.dtype, np.integer):
        raise refuse("counts must be one row of whole numbers", "count persons; leave out rates and missing values")
    bad = int(np.count_nonzero((values < 0) | (values >= MOST)))
    if bad:
        raise refuse(f"{bad} counts are negative or not below 2^53", "correct the counts")
    return values.astype(np.int64)


def require_base(base: int) -> None:
    """Refuse a base that would not change anything, or that is no whole number."""
    if isinstance(base, bool) or not isinstance(base, int) or not 2 <= base < 2**31:
        raise refuse("the base must be a whole number from 2 on", "round to 3, 5 or 10")


def require_sums(matrix: sparse.csr_array, values: Ints, *, modulus: int | None = None) -> None:
    """Refuse values, int64 (cells,), for which a row of `matrix`, int64 (relations, cells), is not zero.

    With a modulus the sums need to hold only up to multiples of it, as those of cell keys do.
    """
    if matrix.shape[1] != len(values):
        raise refuse(f"{matrix.shape[1]} cells have relations and {len(values)} have values", "give one value each")
    if float((abs(matrix).astype(np.float64) @ values.astype(np.float64)).max(initial=0.0)) >= 2.0**62:
        raise refuse("a sum is too large to be calculated exactly", "divide the values")
    rest = matrix @ values
    broken = np.flatnonzero(rest if modulus is None else rest % modulus)
    if len(broken):
        place = f"relation {int(broken[0]) + 1} of {matrix.shape[0]}"
        what = "counts" if modulus is None else "cell keys"
        rule = f"{what} do not add up here, nor in {len(broken) - 1} other relations"
        raise refuse(rule, "tabulate all cells from the same records", place=place)
