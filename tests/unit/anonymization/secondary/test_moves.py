"""Moves: the cheapest change of unseen values that leaves all sums alone, real or whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import sparse

from anonymization.secondary.knowledge import Knowledge
from anonymization.secondary.moves import Move, Moves


def known(
    rows: Sequence[Sequence[int]], truth: Sequence[float], *, lowest: float = 0.0, integer: bool = True
) -> Knowledge:
    width = len(truth)
    return Knowledge(
        matrix=sparse.csr_array(np.array(rows, dtype=np.int64).reshape(-1, width)),
        truth=np.array(truth, dtype=np.float64),
        lower=np.full(width, lowest),
        integer=integer,
        exact=True,
        present=np.ones(width, dtype=np.bool_),
        shown=np.ones(width, dtype=np.bool_),
        guarded=np.zeros(width, dtype=np.bool_),
    )


def find(what: Knowledge, *, prices: Sequence[float] | None = None, whole: bool = True) -> Move | None:
    width = len(what.truth)
    return Moves(what).find(np.arange(width), np.array(prices or [1.0] * width), whole=whole)


def changes(move: Move | None, width: int) -> list[float]:
    assert move is not None
    found = np.zeros(width)
    found[move.columns] = move.change
    return found.tolist()


def test_what_one_gains_the_cheapest_other_loses() -> None:
    assert changes(find(known([[1, 1, 1]], [3, 4, 5]), prices=[1, 9, 2]), 3) == [1, 0, -1]


def test_at_its_lowest_value_a_cell_can_only_be_joined_from_above() -> None:
    assert find(known([[1, 1]], [1, 1], lowest=1.0)) is None
    assert changes(find(known([[1, 1]], [1, 2], lowest=1.0)), 2) == [1, -1]


def test_down_is_tried_where_up_is_impossible() -> None:
    assert changes(find(known([[1, -1]], [3, 3])), 2) == [1, 1]
    assert changes(find(known([[1, 1]], [2, 1], lowest=1.0)), 2) == [-1, 1]


HALVES = [[1, -1, -1, -1, 0], [0, 1, -1, 0, 0], [1, 0, 0, 0, 1]]
"""The first is the sum of two equal numbers and a dear third; the fifth has room for one step only."""


def test_whole_numbers_take_a_dearer_way_than_halves() -> None:
    what = known(HALVES, [5, 2, 2, 1, 1])
    prices = [1.0, 1.0, 1.0, 50.0, 1.0]
    assert changes(find(what, prices=prices, whole=False), 5) == [1, 0.5, 0.5, 0, -1]
    assert changes(find(what, prices=prices), 5) == [1, 0, 0, 1, -1]


def test_where_only_halves_are_possible_there_is_no_whole_move() -> None:
    rows = [*HALVES, [0, 0, 0, 1, 0]]
    what = known(rows, [4, 2, 2, 0, 1], lowest=0.0)
    what.lower[0] = 4.0
    assert find(what) is None
    assert find(what, whole=False) is not None


def test_a_solution_in_halves_is_doubled_where_there_is_room() -> None:
    assert changes(find(known(HALVES, [5, 2, 2, 1, 9]), prices=[1, 1, 1, 50, 1]), 5) == [2, 1, 1, 0, -2]


@pytest.mark.parametrize("parts", [3, 4, 6])
def test_a_solution_in_parts_is_multiplied_until_it_is_whole(parts: int) -> None:
    """The first is the sum of equal numbers, and what it gains the last loses."""
    equal = [[0, 1, *(-1 if other == part else 0 for other in range(1, parts)), 0] for part in range(1, parts)]
    what = known([[1, *([-1] * parts), 0], *equal, [1, *([0] * parts), 1]], [2 * parts, *([2] * parts), 9])
    assert changes(find(what), parts + 2) == [parts, *([1] * parts), -parts]


def test_amounts_move_by_a_share_of_their_size() -> None:
    move = find(known([[1, 1]], [5000.0, 70.0], integer=False), whole=False)
    assert changes(move, 2) == pytest.approx([5.0, -5.0])
