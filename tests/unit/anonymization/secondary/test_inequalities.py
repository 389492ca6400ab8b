"""Sums of persons that need not hold: what holds in their place, written out by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy import sparse

from anonymization.secondary.inequalities import loosened

Rows = dict[tuple[int, tuple[int, ...], int], int]

SUMS = [[-1, 1, 1, 0, 0], [0, 0, -1, 1, 1], [-1, -1, 0, 1, 1]]
"""A total of two parts, a part of two others, and two totals of the same two."""


def written(exact: Sequence[bool]) -> Counter[tuple[int, tuple[int, ...], int]]:
    """Return for each row the relation it comes from, its coefficients and how many gaps it has."""
    rows, origin = loosened(sparse.csr_array(np.array(SUMS)), np.array(exact))
    dense = rows.toarray()
    width = len(SUMS[0])
    assert rows.dtype == np.int64
    assert len(origin) == len(dense)
    gaps = dense[:, width:]
    assert set(np.unique(gaps).tolist()) <= {0, -1}
    assert (gaps.sum(axis=0) == -1).all()  # each gap stands in one row
    return Counter(
        (relation, tuple(row), -total)
        for relation, row, total in zip(
            origin.tolist(), dense[:, :width].tolist(), gaps.sum(axis=1).tolist(), strict=True
        )
    )


def test_what_holds_stays_as_it_is() -> None:
    assert written([True, True, True]) == Counter({(at, tuple(row), 0): 1 for at, row in enumerate(SUMS)})


def test_each_side_of_a_sum_is_at_most_the_other() -> None:
    """All is at least a and at least b, and at most both together."""
    first: Rows = {(0, (1, -1, 0, 0, 0), 1): 1, (0, (1, 0, -1, 0, 0), 1): 1, (0, (-1, 1, 1, 0, 0), 1): 1}
    kept: Rows = {(1, tuple(SUMS[1]), 0): 1, (2, tuple(SUMS[2]), 0): 1}
    assert written([False, True, True]) == Counter({**first, **kept})


def test_with_two_margins_no_cell_is_more_than_the_whole_other_side() -> None:
    third: Rows = {
        (2, (1, 1, 0, -1, 0), 1): 1,
        (2, (1, 1, 0, 0, -1), 1): 1,
        (2, (-1, 0, 0, 1, 1), 1): 1,
        (2, (0, -1, 0, 1, 1), 1): 1,
    }
    second: Rows = {(1, (0, 0, 1, -1, 0), 1): 1, (1, (0, 0, 1, 0, -1), 1): 1, (1, (0, 0, -1, 1, 1), 1): 1}
    assert written([True, False, False]) == Counter({(0, tuple(SUMS[0]), 0): 1, **second, **third})
