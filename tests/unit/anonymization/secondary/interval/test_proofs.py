"""Which deviations prove what, kept up to date and taken back."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from scipy import sparse

from anonymization.secondary.interval.demand import Demand
from anonymization.secondary.interval.flow import Flow
from anonymization.secondary.interval.proofs import ENOUGH, Proofs


def demand(lower: list[float], upper: list[float]) -> Demand:
    width = len(lower)
    free = np.full(width, np.inf)
    matrix = sparse.csr_array((0, width))
    return Demand(matrix, free, free, np.array(lower), np.array(upper), np.ones(width), np.zeros(width, dtype=np.bool_))


def flow(amounts: dict[int, float], most: float, least: float) -> Flow:
    return Flow(np.array([*amounts]), np.array([*amounts.values()]), most, least)


def state(proofs: Proofs) -> object:
    through = {column: flows for column, flows in proofs._through.items() if flows}
    return copy.deepcopy((sorted(proofs._flows), proofs._proves, proofs._proof, through))


def test_sides_are_what_something_is_asked_for_the_largest_first() -> None:
    proofs = Proofs(demand([0.0, 2.0, 5.0], [3.0, 0.0, 5.0]))
    assert proofs.sides() == [(2, -1), (2, 1), (0, 1), (1, -1)]
    assert [proofs.level(side) for side in proofs.sides()] == [5.0, 5.0, 3.0, 2.0]
    assert proofs.missing(proofs.sides()) == proofs.sides()


def test_a_deviation_proves_what_it_moves_far_enough_either_way_round() -> None:
    proofs = Proofs(demand([4.0, 4.0, 1.0], [6.0, 6.0, 1.0]))
    one = flow({0: 2.0, 1: -2.0}, 3.0, 2.0)
    # Taken 3 times it moves 0 up and 1 down by 6; turned round, twice, 0 down and 1 up by 4, which is too little.
    assert proofs.served(one) == [(0, 1), (0, -1), (1, -1)]
    proofs.adopt(one)
    assert proofs.missing(proofs.sides()) == [(1, 1), (2, -1), (2, 1)]
    assert proofs.through((0, 1)).tolist() == [0, 1]
    assert proofs.broken_by(1) == [(0, 1), (0, -1), (1, -1)]
    assert proofs.broken_by(2) == []
    assert proofs.beside(0) == [0, 1]
    assert proofs.beside(2) == []


@pytest.mark.parametrize(("part", "proved"), [(1.0, True), (ENOUGH, True), (ENOUGH - 1e-9, False)])
def test_nearly_all_of_a_level_is_enough(part: float, proved: bool) -> None:
    proofs = Proofs(demand([0.0], [10.0]))
    assert (proofs.served(flow({0: 10.0}, part, 0.0)) == [(0, 1)]) == proved


def test_what_is_proved_already_is_left_to_the_first() -> None:
    proofs = Proofs(demand([0.0, 0.0], [1.0, 1.0]))
    proofs.adopt(flow({0: 1.0}, 1.0, 0.0))
    proofs.adopt(flow({0: 1.0, 1: 1.0}, 1.0, 0.0))
    assert proofs.through((0, 1)).tolist() == [0]
    assert proofs.broken_by(0) == [(0, 1), (1, 1)]
    proofs.drop(1)
    assert proofs.missing(proofs.sides()) == [(1, 1)]


@pytest.mark.parametrize("seed", range(60))
def test_undo_takes_back_exactly_what_was_done_since(seed: int) -> None:
    random = np.random.default_rng(seed)
    width = 8
    proofs = Proofs(demand(random.integers(0, 3, width).tolist(), random.integers(0, 3, width).tolist()))
    marks = []
    for _ in range(40):
        kind = random.integers(0, 4)
        if kind == 0:
            marks.append((proofs.moment(), state(proofs)))
        elif kind == 1:
            proofs.drop(int(random.integers(0, width)))
        elif kind == 2 and marks:
            moment, before = marks.pop()
            proofs.undo(moment)
            assert state(proofs) == before
        else:
            columns = random.permutation(width)[: random.integers(1, 5)].tolist()
            amounts = {column: float(random.choice([-2, -1, 1, 2])) for column in columns}
            proofs.adopt(flow(amounts, float(random.integers(0, 3)), float(random.integers(0, 3))))
    for moment, before in reversed(marks):
        proofs.undo(moment)
        assert state(proofs) == before


def test_settling_makes_what_was_done_final() -> None:
    proofs = Proofs(demand([0.0], [1.0]))
    proofs.adopt(flow({0: 1.0}, 1.0, 0.0))
    proofs.settle()
    assert proofs.moment() == 0
    proofs.undo(0)
    assert proofs.missing([(0, 1)]) == []
