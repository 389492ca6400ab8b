"""Which versions of editions belong together: sums across releases hold among them and not among any others.

The first quarter is its three months. Where all four were corrected since, the older quarter is the older months and
the newer one the newer months; nobody says so, but the numbers that are shown do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from anonymization.relations import Flags, Ints


@dataclass(frozen=True)
class Taken:
    """Sums in one picture: `picture` says from which release each cell is taken, int64 (cells,).

    `matrix` has a row for each sum, over columns in which the same number of two releases has one place; `allowed`,
    bool (sums,), says that shown numbers do not deny it. `wrong` and `right` say whether those of additive measures
    deny it or agree.
    """

    picture: Ints
    matrix: sparse.csr_array
    allowed: Flags
    wrong: Flags
    right: Flags


def pictures(carried: Sequence[Flags], here: Flags) -> Iterator[Ints]:
    """Yield from which release each cell is taken, int64 (cells,); the present one is numbered after all others.

    First the newest of everything; then for each release what was the newest of the others when it came out, and what
    came out of them next: a whole may be as old as its parts, or have late reports that they have only later.
    `carried` says by release, in the order in which they came out, which cells it has, and `here` the present one.

    >>> for one in pictures([np.array([True, False]), np.array([True, True])], np.array([True, False])):
    ...     print(one.tolist())
    [2, 1]
    [0, 1]
    [0, 1]
    [1, 1]
    [1, 1]
    """
    every = [*carried, here]
    newest = np.full(len(here), -1, dtype=np.int64)
    for number, own in enumerate(every):
        newest[own] = number
    yield newest
    for number in range(len(carried)):
        before, after = (np.full(len(here), -1, dtype=np.int64) for _ in range(2))
        for other in range(number + 1):
            before[every[other]] = other
        for other in range(len(carried), number - 1, -1):
            after[every[other]] = other
        yield np.where(before >= 0, before, after)
        yield np.where(after >= 0, after, before)


def that_hold(sums: sparse.csr_array, taken: Sequence[Taken], carried: Sequence[Flags]) -> Iterator[Flags]:
    """Yield which sums hold in each picture of `pictures`, bool (sums,), as far as shown numbers tell.

    The sums between the same releases hold together or not at all: where one of them does not, one of these releases
    has been corrected since, and what they withheld does not add up either. A whole is not the sum of its parts before
    they were corrected and after: it is that of before, unless shown numbers speak for the other alone. Of the newest,
    those are kept all the same of which nobody knows better.
    """
    newest = taken[0]
    unfit, proved = _denied(sums, newest, len(carried))
    better = np.zeros(sums.shape[0], dtype=np.bool_)
    others = []
    for number, own in enumerate(carried):
        left = np.asarray(abs(sums) @ own.astype(np.int64) > 0)
        for one in taken[1 + 2 * number : 3 + 2 * number]:
            if one.matrix is newest.matrix:
                others.append(np.zeros_like(left))
                left &= unfit
                continue
            denied, agreed = _denied(sums, one, len(carried))
            sides = [_differ(one.matrix, newest.matrix, sign) for sign in (1, -1)]
            clash = sides[0] ^ sides[1]
            kept = left & ~denied & (sides[0] | sides[1]) & ~(clash & proved & ~agreed)
            better |= kept & clash
            others.append(kept)
            # What came out next is only looked at where what was there does not fit.
            left &= denied
    yield newest.allowed & ~better
    yield from others


def _differ(one: sparse.csr_array, other: sparse.csr_array, sign: int) -> Flags:
    """Return in which rows the parts (1) or the wholes (-1) are in other columns, bool (rows,)."""
    between = (one * sign).maximum(0) - (other * sign).maximum(0)
    return np.asarray(abs(between).sum(axis=1) > 0)


def _denied(sums: sparse.csr_array, taken: Taken, releases: int) -> tuple[Flags, Flags]:
    """Return the sums between releases of which a shown sum does not hold, and those of which all do, bool (sums,)."""
    cells = np.arange(len(taken.picture))
    own = sparse.csr_array((np.ones(len(cells)), (cells, taken.picture)), shape=(len(cells), releases + 1))
    touched = np.asarray((abs(sums) @ own).toarray() > 0)
    _, between = np.unique(touched @ _random(releases + 1), return_inverse=True)
    count = int(between.max(initial=-1)) + 1
    wrong = np.bincount(between[taken.wrong], minlength=count) > 0
    right = np.bincount(between[taken.right], minlength=count) > 0
    return wrong[between], (right & ~wrong)[between]


def first_of_each(matrix: sparse.csr_array, order: Ints) -> Ints:
    """Return the rows of a matrix without repetitions, int64, in ascending order of `order` and then of themselves."""
    digest = matrix.astype(np.int64) @ _random(matrix.shape[1])
    sequence = np.lexsort((np.arange(len(order)), order))
    _, first = np.unique(digest[sequence], return_index=True)
    return np.asarray(np.sort(sequence[first]))


def _random(size: int) -> Ints:
    """Return numbers of which no two small sums are the same, int64 (size,)."""
    return np.random.default_rng(0).integers(1, 1 << 50, size=size)
