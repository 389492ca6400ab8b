"""Patterns stay proved whatever is called, and what is taken back is as it was."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from anonymization.protect_system import demand_of
from anonymization.secondary.interval import pattern as pattern_module
from anonymization.secondary.interval.choose import widen
from anonymization.secondary.interval.demand import Demand
from anonymization.secondary.interval.flow import Flow
from anonymization.secondary.interval.pattern import Pattern
from anonymization.system import LinearSystem
from tests.support.linear_oracle import everything, made_up, narrow


@cache
def systems(count: int) -> list[LinearSystem]:
    """Systems in which something is asked for, and can be had."""
    found = []
    for seed in range(10 * count):
        system = made_up(seed)
        asked = (system.wanted_fall > 0) | (system.wanted_rise > 0)
        if asked.any() and not narrow(system, everything(system)):
            found.append(system)
    assert len(found) > count
    return found[:count]


def begun(system: LinearSystem) -> Pattern:
    demand = demand_of(system)
    pattern = Pattern(demand, np.zeros(demand.width, dtype=np.bool_))
    assert pattern.widen(pattern.proofs.sides()) == []
    return pattern


def proved(system: LinearSystem, pattern: Pattern) -> None:
    """Check what a pattern promises: every side has a deviation within it that goes far enough and changes no sum."""
    sides = pattern.proofs.sides()
    assert pattern.proofs.missing(sides) == []
    for column, direction in sides:
        flow = pattern.proofs._flows[pattern.proofs._proof[column, direction]]
        assert pattern.withheld[flow.columns].all()
        change = np.zeros(len(system))
        change[flow.columns] = flow.amounts
        level = pattern.proofs.level((column, direction))
        forward = change[column] * direction > 0
        times = min(flow.most if forward else flow.least, level / abs(change[column]))
        change *= times if forward else -times
        assert change[column] * direction >= level * (1 - 1e-5)
        assert np.abs(system.matrix @ change).max(initial=0) < 1e-6 * max(1.0, np.abs(change).max())
        assert (change <= system.rise + 1e-6).all()
        assert (change >= -system.fall - 1e-6).all()
    assert not (pattern.withheld & ~everything(system)).any()
    assert pattern.withheld[system.sensitive | system.forced].all()
    counted = (system.matrix.toarray() != 0).astype(np.int64) @ pattern.withheld
    assert (pattern._strands._count == counted).all()
    assert not narrow(system, pattern.withheld)


def test_widened_thinned_and_improved_patterns_stay_proved_and_become_no_dearer() -> None:
    for system in systems(40):
        pattern = begun(system)
        proved(system, pattern)
        costs = [pattern.cost]
        pattern.publish(pattern.chosen())
        proved(system, pattern)
        costs.append(pattern.cost)
        pattern.improve(np.random.default_rng(3), effort=4_000)
        proved(system, pattern)
        costs.append(pattern.cost)
        pattern.drop_idle()
        proved(system, pattern)
        costs.append(pattern.cost)
        assert costs == sorted(costs, reverse=True)
        free = pattern.withheld & ~system.sensitive & ~system.forced
        assert pattern.cost == pytest.approx(system.cost[free].sum())
        assert pattern.chosen().tolist() == np.flatnonzero(free).tolist()
        assert (pattern._price == Pattern(demand_of(system), pattern.withheld)._price).all()


def test_publishing_one_more_column_would_leave_a_side_without_a_deviation() -> None:
    """After thinning without an end to effort, no column can be published alone."""
    for system in systems(25):
        pattern = begun(system)
        pattern.publish(pattern.chosen())
        for column in pattern.chosen().tolist():
            fewer = pattern.withheld.copy()
            fewer[column] = False
            assert narrow(system, fewer)


def test_dear_columns_are_tried_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for system in systems(25):
        demand = demand_of(system)
        pattern = Pattern(demand, everything(system))
        assert pattern.widen(pattern.proofs.sides()) == []
        order: list[int] = []
        monkeypatch.setattr(pattern, "_spare", order.append)
        pattern.publish(pattern.chosen())
        assert sorted(order) == pattern.chosen().tolist()
        costs = demand.cost[order].tolist()
        assert costs == sorted(costs, reverse=True)


def test_without_effort_only_what_no_deviation_goes_through_is_published() -> None:
    for system in systems(25):
        pattern = Pattern(demand_of(system), everything(system))
        pattern.widen(pattern.proofs.sides())
        before = pattern.work
        needed = [column for column in pattern.chosen().tolist() if pattern.proofs.broken_by(column)]
        pattern.publish(pattern.chosen(), effort=0)
        assert pattern.work == before
        assert pattern.chosen().tolist() == needed
        proved(system, pattern)


def test_a_replacement_that_is_dearer_or_impossible_is_taken_back() -> None:
    for system in systems(40):
        pattern = begun(system)
        pattern.publish(pattern.chosen())
        random = np.random.default_rng(1)
        for column in pattern.chosen().tolist():
            before, cost = pattern.withheld.copy(), pattern.cost
            if not before[column]:
                continue
            pattern._replace(np.array([column]), random)
            assert pattern.cost <= cost + 1e-9
            proved(system, pattern)
            assert (pattern._noise == 1).all()


def test_mending_that_finds_nothing_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    system = next(one for one in systems(40) if len(begun(one).chosen()))
    pattern = begun(system)
    before = pattern.withheld.copy()
    monkeypatch.setattr(pattern, "widen", lambda sides: [*sides])
    pattern._replace(pattern.chosen(), np.random.default_rng(0))
    assert (pattern.withheld == before).all()
    proved(system, pattern)


def test_improving_ends_where_nothing_is_chosen_or_no_effort_is_left() -> None:
    system = systems(1)[0]
    pattern = begun(system)
    before = pattern.withheld.copy()
    pattern.improve(np.random.default_rng(0), effort=0)
    assert (pattern.withheld == before).all()
    pattern.withheld[pattern.chosen()] = False
    pattern.improve(np.random.default_rng(0), effort=1_000)
    assert len(pattern.chosen()) == 0


def test_improving_finds_what_thinning_misses() -> None:
    """Over many systems the search must pay: it finds cheaper patterns in some of them."""
    gained = 0
    for system in systems(40):
        pattern = begun(system)
        pattern.publish(pattern.chosen())
        before = pattern.cost
        pattern.improve(np.random.default_rng(0), effort=20_000)
        gained += pattern.cost < before - 1e-9
    assert gained >= 3


def test_sides_beyond_help_are_told_and_others_are_still_protected() -> None:
    told = 0
    for seed in range(300):
        system = made_up(seed)
        beyond = narrow(system, everything(system))
        withheld, lost = widen(demand_of(system), system.sensitive, seed=0, effort=0)
        assert {column for column, _ in lost} == beyond
        told += bool(beyond)
        assert not (withheld & ~everything(system)).any()
    assert told > 20


def test_proving_looks_only_at_what_is_withheld() -> None:
    for system in systems(30):
        pattern = begun(system)
        demand = demand_of(system)
        again = Pattern(demand, pattern.withheld)
        assert again.prove(again.proofs.sides()) == []
        assert (again.withheld == pattern.withheld).all()
        assert again.prove(again.proofs.sides()) == []
        bare = Pattern(demand, np.zeros(demand.width, dtype=np.bool_))
        assert {column for column, _ in bare.prove(bare.proofs.sides())} == narrow(system, bare.withheld)


def test_everything_unknown_costs_nothing() -> None:
    """Where no column has a price, nothing is chosen, whatever is asked for."""
    system = systems(1)[0]
    usual = demand_of(system)
    free = Demand(
        usual.matrix, usual.fall, usual.rise, usual.lower, usual.upper, usual.cost, np.ones(usual.width, dtype=np.bool_)
    )
    pattern = Pattern(free, np.zeros(usual.width, dtype=np.bool_))
    assert pattern.widen(pattern.proofs.sides()) == []
    assert pattern.cost == 0
    assert len(pattern.chosen()) == 0
    assert pattern._stay == pattern_module.STAY


def test_the_same_seed_gives_the_same_and_more_effort_no_dearer_pattern() -> None:
    for system in systems(15):
        demand = demand_of(system)
        results = [widen(demand, system.sensitive, seed=5, effort=effort)[0] for effort in (3_000, 3_000, 0)]
        assert (results[0] == results[1]).all()
        costs = [np.where(np.isfinite(demand.cost), demand.cost, 0)[one].sum() for one in results]
        assert costs[0] <= costs[2] + 1e-9


def test_thinning_is_left_out_where_even_publishing_everything_new_would_not_be_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pattern = begun(systems(1)[0])
    asked: list[object] = []
    monkeypatch.setattr(pattern, "publish", asked.append)
    pattern._thin([], pattern.withheld, pattern.cost)
    assert asked == []
    pattern._thin([], np.zeros_like(pattern.withheld), pattern.cost)
    assert [np.asarray(one).tolist() for one in asked] == [pattern.chosen().tolist()]


def test_a_deviation_that_is_too_inexact_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    system = systems(1)[0]
    demand = demand_of(system)
    for way in ("widen", "prove"):
        pattern = Pattern(demand, everything(system))
        side = pattern.proofs.sides()[0]
        sign = side[1] * pattern.proofs.level(side)
        short = Flow(np.array([side[0]]), np.array([sign]), 0.999, 0.0)
        monkeypatch.setattr(pattern._router, "find", lambda *given, short=short, **how: short)
        assert getattr(pattern, way)([side]) == [side]
        assert pattern.proofs.missing([side]) == [side]
