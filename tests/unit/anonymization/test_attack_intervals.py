"""Bounds against one linear program for each end of each range."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse
from scipy.optimize import linprog

from anonymization import attack_intervals
from anonymization.attack_intervals import NEARLY, Bounds, bound
from anonymization.secondary.solver import quiet_solver

Reals = npt.NDArray[np.float64]
Pair = tuple[Reals, Reals]


def made_up(seed: int) -> tuple[sparse.csr_array, Pair, Pair]:
    """Sums over unknown columns, how far each can move at most, and how far it should."""
    random = np.random.default_rng(seed)
    shape = (int(random.integers(0, 9)), int(random.integers(1, 16)))
    dense = np.where(random.random(shape) < random.uniform(0.15, 0.6), random.choice([-1.0, 1.0], shape), 0.0)
    fall, rise = (random.choice([0.0, 1.0, 3.0, 10.0, np.inf], shape[1]) for _ in range(2))
    wanted = [np.minimum(random.choice([0.0, 0.0, 0.5, 2.0, 8.0], shape[1]), room) for room in (fall, rise)]
    return sparse.csr_array(dense), (fall, rise), (wanted[0], wanted[1])


def furthest(matrix: sparse.csr_array, room: Pair, column: int, sign: int) -> float:
    price = np.zeros(matrix.shape[1])
    price[column] = -sign
    bounds = [*zip((-room[0]).tolist(), room[1].tolist(), strict=True)]
    answer = linprog(price, A_eq=matrix.toarray(), b_eq=np.zeros(matrix.shape[0]), bounds=bounds)
    return np.inf if answer.status == 3 else -float(answer.fun or 0.0)


def agrees(seed: int) -> Bounds:
    matrix, room, wanted = made_up(seed)
    found = bound(matrix, room, wanted, np.random.default_rng(seed))
    for column in range(matrix.shape[1]):
        for side, sign, reached in ((0, -1, found.fall), (1, 1, found.rise)):
            truth = furthest(matrix, room, column, sign)
            assert reached[column] <= truth + 1e-5
            level = wanted[side][column]
            if level > 0:
                assert (reached[column] >= level * NEARLY) == (truth >= level * (1 - 1e-7)), seed
            if found.exact[side, column]:
                assert reached[column] == pytest.approx(min(truth, max(level, reached[column])), abs=1e-5)
    return found


def test_what_is_reached_is_what_can_be_reached() -> None:
    found = [agrees(seed) for seed in range(250)]
    assert sum(one.exact.sum() for one in found) > 50
    assert sum(one.programs for one in found) < 250 * 20


def test_every_column_by_itself_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attack_intervals, "BUNDLES", 0)
    assert sum(agrees(seed).exact.sum() for seed in range(80)) > 80


def test_an_interior_point_method_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attack_intervals, "LARGE", 0)
    for seed in range(60):
        agrees(seed)


def test_nothing_asked_takes_no_program() -> None:
    matrix, room, wanted = made_up(5)
    none = np.zeros(len(wanted[0]))
    found = bound(matrix, room, (none, none), np.random.default_rng(0))
    assert found.programs == 0
    assert not found.exact.any()


def test_one_deviation_serves_many_columns() -> None:
    """A hundred pairs that balance each other, or forty groups of nine: a few programs for hundreds of ends."""
    dense = np.kron(np.eye(100), np.array([[1.0, 1.0]]))
    whole, wanted = np.full(200, 10.0), np.full(200, 5.0)
    found = bound(sparse.csr_array(dense), (whole, whole), (wanted, wanted), np.random.default_rng(0))
    assert (found.fall >= 5.0 * NEARLY).all()
    assert (found.rise >= 5.0 * NEARLY).all()
    assert found.programs <= 3
    groups, levels = np.kron(np.eye(40), np.ones((1, 9))), (np.full(360, 4.0), np.full(360, 4.0))
    found = bound(sparse.csr_array(groups), levels, levels, np.random.default_rng(0))
    assert (np.minimum(found.fall, found.rise) >= 4.0 * NEARLY).all()
    assert found.programs <= 6


def test_bounds_of_a_sum_by_hand() -> None:
    """3 + 7 + 20: the first can fall by 3, and rise by what the others can fall, 27; all that is asked is 2 and 50."""
    matrix = sparse.csr_array(np.array([[1.0, 1.0, 1.0]]))
    room = (np.array([3.0, 7.0, 20.0]), np.full(3, np.inf))
    wanted = (np.array([2.0, 0.0, 0.0]), np.array([50.0, 0.0, 0.0]))
    found = bound(matrix, room, wanted, np.random.default_rng(0))
    assert 2.0 <= found.fall[0] <= 3.0
    assert found.rise[0] == pytest.approx(27.0)
    assert found.exact.tolist()[1] == [True, False, False]


def test_a_program_that_is_not_solved_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highspy.HighsModelStatus, "kOptimal", highspy.HighsModelStatus.kUnknown)
    matrix, room = sparse.csr_array((0, 2)), (np.ones(2), np.ones(2))
    found = bound(matrix, room, (np.ones(2), np.ones(2)), np.random.default_rng(0))
    assert not found.fall.any()
    assert not found.rise.any()
    assert found.exact.all()


def test_a_solution_that_changes_a_sum_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sloppy:
        """A solver whose solutions leave sums by a part in a thousand."""

        def __init__(self, *, interior: bool = False) -> None:
            self._solver = quiet_solver(interior=interior)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._solver, name)

        def getSolution(self) -> Any:  # noqa: N802 (the solver's own name)
            class Solution:
                col_value = (1.0, -0.999)

            return Solution()

    monkeypatch.setattr(attack_intervals, "quiet_solver", Sloppy)
    matrix, room = sparse.csr_array(np.array([[1.0, 1.0]])), (np.ones(2), np.ones(2))
    found = bound(matrix, room, (np.ones(2), np.ones(2)), np.random.default_rng(0))
    assert not found.fall.any()
    assert not found.rise.any()
    assert found.exact.all()


def test_programs_are_counted_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without bundles, each end of a range that is asked for and not yet reached takes one."""
    monkeypatch.setattr(attack_intervals, "BUNDLES", 0)
    room = (np.full(3, 9.0), np.full(3, 9.0))
    found = bound(
        sparse.csr_array((0, 3)), room, (np.array([1.0, 0, 0]), np.array([0, 2.0, 0])), np.random.default_rng(0)
    )
    assert found.programs == 2
    assert found.exact.tolist() == [[True, False, False], [False, True, False]]
