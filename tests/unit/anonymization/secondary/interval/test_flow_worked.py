"""Where deviations are looked for, what that costs, and what is made of them: small cases worked out by hand."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
import pytest
from scipy import sparse

from anonymization.secondary.interval import flow as module
from anonymization.secondary.interval.demand import Demand
from anonymization.secondary.interval.flow import Flow, Router

INF = np.inf
ALL = np.ones(4, dtype=np.bool_)


def demand(fall: list[float] | None = None, rise: list[float] | None = None) -> Demand:
    """Three parts and their total."""
    return Demand(
        matrix=sparse.csr_array(np.array([[1.0, 1.0, 1.0, -1.0]])),
        fall=np.array(fall or [INF] * 4),
        rise=np.array(rise or [INF] * 4),
        lower=np.zeros(4),
        upper=np.zeros(4),
        cost=np.ones(4),
        unknown=~ALL,
    )


def moved(found: Flow | None) -> tuple[dict[int, float], float, float] | None:
    if found is None:
        return None
    return dict(zip(found.columns.tolist(), found.amounts.tolist(), strict=True)), found.most, found.least


def test_the_solver_goes_on_from_where_it_stopped_and_takes_numbers_as_they_are() -> None:
    router = Router(demand())
    options = ("presolve", "solver", "simplex_scale_strategy", "threads")
    assert [router._solver.getOptionValue(one)[1] for one in options] == ["off", "simplex", 0, 1]
    assert router._solver.getOptionValue("primal_feasibility_tolerance")[1] == module.USUAL


def test_where_is_looked_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    router = Router(demand())
    around, along = router._map.around, router._map.along_totals
    assert router._looks(near=True) == [(around, 40), (around, 160), (around, 640)]
    totals = [(along, 160), (along, 640), (along, 2560), (around, 4)]
    assert router._looks(near=False) == [(around, 160), (around, 640), (around, 4)]
    router._wide = module.WIDE - 1
    assert router._looks(near=False) == [(around, 160), (around, 640), (around, 4)]
    router._wide = module.WIDE
    assert router._looks(near=False) == [(around, 160), (around, 640), *totals]
    router._wide = 0
    monkeypatch.setattr(module, "LARGE", 4)
    assert router._looks(near=False) == [(around, 160), (around, 640), (around, 4)]
    monkeypatch.setattr(module, "LARGE", 3)
    assert router._looks(near=False) == [(around, 160), *totals]


@pytest.mark.parametrize(("size", "counted"), [(2560, False), (2561, True)])
@pytest.mark.parametrize("amount", [1.0, 2.0])
def test_what_it_takes_to_look_at_everything_is_counted_whether_there_is_a_deviation_or_not(
    size: int, counted: bool, amount: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = Router(demand([INF, 0.5, 0.5, INF], [INF, INF, INF, 0.5]))  # one and a half at most
    monkeypatch.setattr(router, "_looks", lambda *, near: [(router._map.around, size)])
    assert (router.find(0, amount, (ALL, np.ones(4))) is None) == (amount == 2.0)
    assert router._wide == (router.work if counted else 0)
    router.find(0, amount, (ALL, np.ones(4)))
    assert router.work > 0
    assert router._wide == (router.work if counted else 0)


def test_only_what_is_near_is_looked_at_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    router = Router(demand())
    asked: list[bool] = []

    def looks(*, near: bool) -> list[Any]:
        asked.append(near)
        return []

    monkeypatch.setattr(router, "_looks", looks)
    assert router.find(0, 1.0, (ALL, np.ones(4))) is None
    assert router.find(0, 1.0, (ALL, np.ones(4)), near=False) is None
    assert asked == [True, False]


@pytest.mark.parametrize(
    ("amount", "price", "limits", "expected"),
    [
        (2.0, [1, 1, 3, 9], (None, None), ({0: 2.0, 1: -2.0}, INF, INF)),
        (-2.0, [1, 1, 3, 9], (None, None), ({0: -2.0, 1: 2.0}, INF, INF)),
        (2.0, [1, 9, 9, 1], (None, None), ({0: 2.0, 3: 2.0}, INF, INF)),  # the total rises with its part
        (2.0, [1, 1, 3, 9], ([INF, 6, INF, INF], None), ({0: 2.0, 1: -2.0}, 3.0, INF)),
        (2.0, [1, 1, 3, 9], ([1, 6, INF, INF], [8, 5, INF, INF]), ({0: 2.0, 1: -2.0}, 3.0, 0.5)),
        (2.0, [1, 1, 3, 9], ([INF, 1, INF, INF], None), ({0: 2.0, 1: -1.0, 2: -1.0}, 1.0, INF)),
        # One and a half at most.
        (2.0, [1, 1, 1, 1], ([INF, 0.5, 0.5, INF], [INF, INF, INF, 0.5]), None),
    ],
)
@pytest.mark.parametrize("small", [20_000, -1])
def test_the_cheapest_deviation_and_how_often_it_may_be_taken(  # noqa: PLR0917 (each is a column of the table above)
    amount: float, price: list[float], limits: Any, expected: Any, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SMALL", small)  # the own method, then the solver
    found = Router(demand(*limits)).find(0, amount, (ALL, np.array(price, dtype=np.float64)), near=False)
    assert moved(found) == expected


def test_the_own_method_costs_two_for_each_column() -> None:
    router = Router(demand())
    assert router.work == 0
    router.find(0, 2.0, (ALL, np.ones(4)))
    assert router.work == 2 * 4
    router.find(0, 2.0, (np.array([True, True, False, True]), np.ones(4)))
    assert router.work == 2 * 4 + 2 * 3


@pytest.mark.parametrize(("size", "expected"), [(49, 300 + 20 * 10), (50, 300 + 20 * 11), (100, 300 + 20 * 12)])
def test_the_solver_costs_its_steps_more_in_larger_programs(
    size: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Solver:
        def run(self) -> None:
            pass

        def getInfo(self) -> Any:  # noqa: N802 (as the solver has it)
            return type("Info", (), {"simplex_iteration_count": 20})

        def getModelStatus(self) -> Any:  # noqa: N802
            return highspy.HighsModelStatus.kUnknown

    router = Router(demand())
    monkeypatch.setattr(router, "_solver", Solver())
    for times in (1, 2):
        assert router._run(size) is None
        assert router.work == times * expected


def test_what_hardly_moves_is_left_out() -> None:
    found = Router(demand())._flow(np.array([3, 1, 0]), np.array([2.0, 2e-9 * 1.01, -2e-9]))
    assert found.columns.tolist() == [3, 1]
    assert found.amounts.tolist() == [2.0, 2e-9 * 1.01]


@pytest.mark.parametrize(
    ("changes", "upper", "coarse"),
    [
        ([1.0, 0.5], [1.0, 0.5], False),
        ([1.0, 0.5 * (1 + 2e-7)], [1.0, 0.5], True),  # a bound is missed
        ([1.0, 0.5 * (1 + 0.5e-7)], [1.0, 0.5], False),
        ([1.0, 0.9e-4], [1.0, 1.0], True),  # what moves least moves little
        ([1.0, 1.1e-4], [1.0, 1.0], False),
        ([1.0, 1e-9], [1.0, 1.0], False),  # what does not move at all
        ([1.0, 1e-6], [1.0, 1.0], True),
        ([0.0, 0.0], [1.0, 1.0], False),
    ],
)
def test_an_answer_is_too_coarse_where_bounds_are_missed_or_little_moves(
    changes: list[float], upper: list[float], coarse: bool
) -> None:
    assert module._coarse(np.array(changes), np.array(upper)) is coarse


def test_the_second_copy_of_each_row_stands_behind_its_first() -> None:
    starts = np.array([0, 2, 2, 5])
    first, second = np.array([1, 2, 3, 4, 5]), np.array([10, 20, 30, 40, 50])
    assert module._both(starts, first, second).tolist() == [1, 2, 10, 20, 3, 4, 5, 30, 40, 50]
