"""Deviations against linear programs over the whole system."""

from __future__ import annotations

import highspy
import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse
from scipy.optimize import linprog

from anonymization.secondary.interval import flow
from anonymization.secondary.interval.demand import Demand
from anonymization.secondary.interval.flow import Flow, Router
from anonymization.secondary.interval.simplex import IMPOSSIBLE, UNDECIDED

Flags = npt.NDArray[np.bool_]
Reals = npt.NDArray[np.float64]


def made_up(seed: int) -> tuple[Demand, tuple[Flags, Reals], int]:
    """A system of sums, what is usable at which price, and the column that should move."""
    random = np.random.default_rng(seed)
    shape = (int(random.integers(1, 10)), int(random.integers(2, 22)))
    dense = np.where(random.random(shape) < random.uniform(0.15, 0.5), random.choice([-1.0, 1.0, 1.0, 3.0], shape), 0.0)
    fall, rise = (random.choice([0.0, 1.0, 4.0, 30.0, np.inf], shape[1]) for _ in range(2))
    none = np.zeros(shape[1])
    demand = Demand(sparse.csr_array(dense), fall, rise, none, none, np.ones(shape[1]), none > 0)
    column = int(random.integers(0, shape[1]))
    usable = random.random(shape[1]) < 0.9
    usable[column] = True
    return demand, (usable, random.choice([0.5, 1.0, 9.0], shape[1])), column


def best(demand: Demand, terms: tuple[Flags, Reals], column: int, amount: float) -> float | None:
    """The cost of the cheapest deviation that there is; levels stay within what readers know."""
    usable, price = terms
    rise, fall = np.where(usable, demand.rise, 0.0), np.where(usable, demand.fall, 0.0)
    bounds = [(0.0, high) for high in [*rise.tolist(), *fall.tolist()]]
    width, up = demand.width, amount > 0
    bounds[column], bounds[width + column] = ((amount, amount), (0, 0)) if up else ((0, 0), (-amount, -amount))
    dense = demand.matrix.toarray()
    answer = linprog(np.tile(price, 2), A_eq=np.hstack([dense, -dense]), b_eq=np.zeros(len(dense)), bounds=bounds)
    assert answer.status in {0, 2}
    return float(answer.fun or 0.0) if answer.status == 0 else None


def holds(demand: Demand, found: Flow, column: int, amount: float) -> None:
    """Check that a deviation moves the column, changes no sum and may be taken as often as it says."""
    change = np.zeros(demand.width)
    change[found.columns] = found.amounts
    assert change[column] == pytest.approx(amount)
    assert (found.amounts != 0).all()
    assert np.abs(demand.matrix @ change).max(initial=0) < 1e-6 * abs(amount)
    for times, way in ((found.most, change), (found.least, -change)):
        if np.isfinite(times):
            left = np.append(demand.rise - times * way, demand.fall + times * way)
            assert left.min() == pytest.approx(0, abs=1e-6 * max(1.0, times) * abs(amount))
        else:
            assert np.isinf(np.where(way > 0, demand.rise, np.inf)).all()
            assert np.isinf(np.where(way < 0, demand.fall, np.inf)).all()


def agrees(seed: int, *, near: bool) -> bool:
    demand, terms, column = made_up(seed)
    random = np.random.default_rng(seed)
    room = demand.rise[column], demand.fall[column]
    sign = 1 if random.random() < 0.5 else -1
    amount = sign * min(float(random.choice([0.001, 1.0, 3.0, 1e6])), room[0] if sign > 0 else room[1])
    if amount == 0:
        return False
    router = Router(demand)
    found = router.find(column, amount, terms, near=near)
    expected = best(demand, terms, column, amount)
    assert (found is None) == (expected is None), seed
    if found is not None and expected is not None:
        holds(demand, found, column, amount)
        assert found.most >= 1 - 1e-6
        assert terms[1][found.columns] @ np.abs(found.amounts) == pytest.approx(expected, rel=1e-6)
        assert router.work > 0
    return found is not None


@pytest.mark.parametrize("near", [True, False])
def test_the_cheapest_deviation_is_found_where_there_is_one(near: bool) -> None:
    """Systems this small are looked at as a whole even when only what is near is asked for."""
    found = [agrees(seed, near=near) for seed in range(200)]
    assert 40 < sum(found) < 160


def test_the_solver_finds_the_same_as_the_own_method(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "SMALL", -1)
    assert sum(agrees(seed, near=False) for seed in range(120)) > 20


def test_what_the_own_method_leaves_undecided_the_solver_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "cheapest", lambda rows, price, limits, wanted: (UNDECIDED, np.zeros(len(price))))
    assert sum(agrees(seed, near=True) for seed in range(60)) > 10


def test_a_program_that_is_not_solved_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "SMALL", -1)
    monkeypatch.setattr(highspy.HighsModelStatus, "kOptimal", highspy.HighsModelStatus.kUnknown)
    demand, terms, column = made_up(next(seed for seed in range(99) if agrees_found(seed)))
    assert Router(demand).find(column, 0.001, terms) is None


def agrees_found(seed: int) -> bool:
    demand, terms, column = made_up(seed)
    return bool(demand.rise[column]) and best(demand, terms, column, 0.001) is not None


def ladder(rungs: int) -> Demand:
    """Column 0 balances 1, which balances 2, and so on to the last: all must move together."""
    dense = np.eye(rungs - 1, rungs) - np.eye(rungs - 1, rungs, 1)
    whole, none = np.full(rungs, np.inf), np.zeros(rungs)
    return Demand(sparse.csr_array(dense), whole, whole, none, none, np.ones(rungs), none > 0)


def test_neighbourhoods_grow_until_they_hold_a_deviation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "NEAR", (2, 4, 6))
    terms = (np.ones(100, dtype=np.bool_), np.ones(100))
    assert Router(ladder(100)).find(0, 5.0, terms, near=True) is None
    found = Router(ladder(100)).find(0, 5.0, terms, near=False)
    assert found is not None
    assert found.columns.tolist() == list(range(100))
    assert np.allclose(found.amounts, 5.0)
    assert (found.most, found.least) == (np.inf, np.inf)


def test_nothing_is_found_where_nothing_can_balance() -> None:
    terms = (np.array([True, False, True]), np.ones(3))
    assert Router(ladder(3)).find(0, 1.0, terms, near=False) is None
    assert Router(ladder(3)).find(0, 1.0, terms) is None


def test_where_it_must_be_sure_the_solver_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "cheapest", lambda rows, price, limits, wanted: (IMPOSSIBLE, np.zeros(len(price))))
    terms = (np.ones(5, dtype=np.bool_), np.ones(5))
    assert Router(ladder(5)).find(0, 2.0, terms, near=True) is None
    found = Router(ladder(5)).find(0, 2.0, terms, near=False)
    assert found is not None
    assert found.amounts.tolist() == pytest.approx([2.0] * 5)


def test_effort_is_the_same_wherever_it_is_counted() -> None:
    terms = (np.ones(5, dtype=np.bool_), np.ones(5))
    spent = []
    for _ in range(2):
        router = Router(ladder(5))
        router.find(0, 2.0, terms)
        spent.append(router.work)
    assert spent[0] == spent[1] > 0


def test_small_room_beside_a_large_move_is_kept_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first rises by a hundred million; the second, cheap, can give 1, and the third gives the rest."""
    monkeypatch.setattr(flow, "SMALL", -1)
    fall, none = np.array([0.0, 1.0, np.inf]), np.zeros(3)
    matrix = sparse.csr_array(np.array([[1.0, 1.0, 1.0]]))
    demand = Demand(matrix, fall, np.full(3, np.inf), none, none, np.ones(3), none > 0)
    router = Router(demand)
    for amount in (1e8, 2.0, 1e8):
        found = router.find(0, amount, (np.ones(3, dtype=np.bool_), np.array([1.0, 1.0, 5.0])))
        assert found is not None
        assert dict(zip(found.columns.tolist(), found.amounts.tolist(), strict=True)) == pytest.approx(
            {0: amount, 1: -1.0, 2: 1.0 - amount}, rel=1e-6
        )
        assert found.most >= 1 - 1e-6
