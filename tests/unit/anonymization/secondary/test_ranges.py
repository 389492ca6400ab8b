"""Ranges of what earlier releases withheld and the present one has no more: as much as can be had."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from anonymization.primary.cells import SensitiveCells
from anonymization.secondary.knowledge import Knowledge
from anonymization.secondary.ranges import Ranges

NO_NODES = np.zeros(2, dtype=np.bool_)


def then(was: float, total: float) -> Knowledge:
    """Two nodes that are shown, 20 and 30; a cell of then, its neighbour (the second node), and their known sum."""
    return Knowledge(
        matrix=sparse.csr_array(np.array([[0, 1, 1, -1]])),
        truth=np.array([20.0, total - was, was, total]),
        lower=np.array([1.0, 1.0, 1.0, -np.inf]),
        integer=True,
        exact=True,
        present=np.ones(2, dtype=np.bool_),
        shown=np.ones(2, dtype=np.bool_),
        guarded=np.array([False, False, True, False]),
        told=np.array([3]),
        counting=True,
    )


def widened(known: Knowledge, before: float) -> tuple[list[bool], list[bool]]:
    wanted = SensitiveCells(NO_NODES, NO_NODES[:0], np.zeros(2), np.zeros(0))
    ranges = Ranges(known, wanted, np.ones(2), before=before, seed=1)
    withheld, helpless = ranges.widen(NO_NODES, ~NO_NODES)
    return withheld.tolist(), helpless.tolist()


def test_a_cell_of_then_can_seem_to_reach_the_threshold() -> None:
    assert widened(then(3, 33), before=10) == ([False, True], [False, False])


@pytest.mark.parametrize(("was", "before"), [(3, 0), (12, 10)])
def test_what_is_large_enough_or_asked_for_nothing_needs_no_range(was: float, before: float) -> None:
    assert widened(then(was, 33), before) == ([False, False], [False, False])


def test_a_cell_of_then_that_its_own_release_left_no_range_stops_nothing() -> None:
    """With a sum of five it can never have been ten."""
    _, helpless = widened(then(3, 5), before=10)
    assert helpless == [False, False]
