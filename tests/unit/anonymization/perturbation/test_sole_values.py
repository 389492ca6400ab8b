"""Counts of which nothing else is possible: programs one by one, and all whole numbers that fit, say the same."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from anonymization.perturbation import sole_values
from anonymization.perturbation.averaging import measure_averaging, narrow
from anonymization.perturbation.rounding import round_by_draws, round_nearest
from anonymization.perturbation.sole_values import have_one_value
from anonymization.relations import Ints
from tests.unit.anonymization.builders import cube


def two_programs(matrix: sparse.csr_array, ranges: tuple[Ints, Ints], counts: Ints, cell: int) -> bool:
    """Say whether a cell can be no unit away from its count: the greatest and the least by another solver."""
    cost = np.zeros(len(counts))
    bounds = list(zip(*(one.tolist() for one in ranges), strict=True))
    reach = []
    for sign in (1.0, -1.0):
        cost[cell] = sign
        found = linprog(cost, A_eq=matrix.toarray(), b_eq=np.zeros(matrix.shape[0]), bounds=bounds)
        assert found.fun is not None
        reach.append(sign * found.fun)
    return bool(counts[cell] - reach[0] < 1 - 1e-6 and reach[1] - counts[cell] < 1 - 1e-6)


@pytest.mark.parametrize("base", [2, 3, 5])
@pytest.mark.parametrize("seed", range(6))
def test_it_finds_what_two_programs_for_every_cell_find(base: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    tables = cube(random.poisson(random.exponential(2.5, size=(3, 3, 2))))
    matrix, counts = tables.relations.matrix, tables.contributors
    shown = (
        round_nearest(counts, base=base)
        if seed % 2
        else round_by_draws(counts, random.integers(0, base, len(counts)), base=base)
    )
    ranges = shown.lowest, shown.highest
    cells = np.arange(len(counts))
    found = have_one_value(matrix, ranges, counts, cells)
    assert found.tolist() == [two_programs(matrix, ranges, counts, cell) for cell in cells.tolist()]


def test_what_has_one_value_has_it_among_all_whole_numbers_that_fit() -> None:
    # Every square of numbers below 6 with its margins, in the order of nodes: totals first.
    inside = np.array(list(product(range(6), repeat=4))).reshape(-1, 2, 2)
    squares = np.zeros((len(inside), 3, 3), dtype=np.int64)
    squares[:, 1:, 1:], squares[:, 0, 1:], squares[:, 1:, 0] = inside, inside.sum(axis=1), inside.sum(axis=2)
    squares[:, 0, 0] = inside.sum(axis=(1, 2))
    every = squares.reshape(len(inside), 9)
    pinned = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        inner = random.integers(0, 4, (2, 2))
        tables = cube(inner)
        shown = round_nearest(tables.contributors, base=3)
        matrix, ranges = tables.relations.matrix, (shown.lowest, shown.highest)
        found = have_one_value(matrix, ranges, tables.contributors, np.arange(9))
        fitting = every[((every >= ranges[0]) & (every <= ranges[1])).all(axis=1)]
        assert len(fitting)
        for cell in np.flatnonzero(found):
            pinned += 1
            assert set(fitting[:, cell].tolist()) == {int(tables.contributors[cell])}
    assert pinned > 10


def test_all_sums_together_tell_more_than_one_by_one() -> None:
    # x + y = 4 and x + z = 4 and y + z = 4 are told; each of them by itself leaves 0 to 4.
    matrix = sparse.csr_array(np.array([[1, 1, 0, -1, 0, 0], [1, 0, 1, 0, -1, 0], [0, 1, 1, 0, 0, -1]], dtype=np.int64))
    counts = np.array([2, 2, 2, 4, 4, 4])
    ranges = np.array([0, 0, 0, 4, 4, 4]), np.array([4, 4, 4, 4, 4, 4])
    by_one = narrow(matrix, *ranges)
    assert (by_one[0][:3] == 0).all()
    assert (by_one[1][:3] == 4).all()
    assert have_one_value(matrix, ranges, counts, np.arange(3)).tolist() == [True] * 3


def test_a_program_that_cannot_be_solved_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sole_values, "solved", lambda _: False)
    matrix = sparse.csr_array(np.array([[1, 1, -1]], dtype=np.int64))
    ranges = np.array([0, 0, 0]), np.array([9, 9, 9])
    assert have_one_value(matrix, ranges, np.array([3, 4, 7]), np.array([0, 2])).tolist() == [True, True]


def test_no_cells_have_no_value() -> None:
    matrix = sparse.csr_array(np.array([[1, 1, -1]], dtype=np.int64))
    ranges = np.array([0, 0, 0]), np.array([9, 9, 9])
    assert have_one_value(matrix, ranges, np.array([3, 4, 7]), np.zeros(0, dtype=np.int64)).tolist() == []


def test_large_tables_are_not_taken_together(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = cube(np.random.default_rng(1).poisson(4, (5, 4)))
    shown = round_nearest(tables.contributors, base=5)
    assert measure_averaging(tables.relations.matrix, tables.contributors, shown).together
    monkeypatch.setattr("anonymization.perturbation.averaging.MOST_CELLS", 29)
    found = measure_averaging(tables.relations.matrix, tables.contributors, shown)
    assert not found.together
