"""What programs are asked for and what they cost: counted in steps, so that every machine stops at the same point."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import highspy
import numpy as np
import pytest

from anonymization.secondary.optimal import master as module
from anonymization.secondary.optimal.attacker import MOST_STEPS, Attacker, Cut
from anonymization.secondary.optimal.master import Master
from anonymization.secondary.optimal.parts import Part, Side, parts_of
from anonymization.secondary.solver import quiet_solver
from tests.unit.anonymization.secondary.optimal.examples import demand, line


def option(solver: Any, name: str) -> object:
    return solver.getOptionValue(name)[1]


def steps(solver: Any) -> int:
    return int(solver.getInfo().simplex_iteration_count)


def test_the_attacker_uses_the_simplex_method_from_where_it_stopped() -> None:
    solver = Attacker(line(4.0))._solver
    assert (option(solver, "presolve"), option(solver, "solver")) == ("off", "simplex")
    assert option(solver, "simplex_iteration_limit") == MOST_STEPS


def wide(width: int) -> Part:
    """One sum of so many columns, of which the first is unknown."""
    (part,) = parts_of(demand([[1.0] * width], unknown=[0], room=[5.0] * width), [Side(0, 1, 4.0)])
    return part


@pytest.mark.parametrize(("width", "expected"), [(98, 319 + 7 * 5), (99, 319 + 7 * 6), (100, 320 + 7 * 6)])
def test_an_attack_costs_more_in_larger_parts(width: int, expected: int) -> None:
    part = wide(width)
    attacker = Attacker(part)
    assert attacker.work == 0
    attacker._solver = SimpleNamespace(
        **{name: lambda *given: None for name in ("changeColsBounds", "changeColCost", "run", "clearSolver")},
        getInfo=lambda: SimpleNamespace(simplex_iteration_count=7),
        getModelStatus=lambda: highspy.HighsModelStatus.kIterationLimit,
        getSolution=lambda: SimpleNamespace(row_dual=[0.0]),
    )
    for times in (1, 2):
        assert attacker.attack(part.sides[0], np.ones(width - 1)) is None
        assert attacker.work == times * expected


def test_an_attack_leaves_nothing_behind_for_the_next() -> None:
    given = demand([[-1, 1, 1, 1]], unknown=[1, 2], room=[20, 3, 4, 5])
    (part,) = parts_of(given, [Side(1, 1, 10.0), Side(2, -1, 1.0)])
    again = Attacker(part)
    again.attack(part.sides[0], np.zeros(2))
    for side in part.sides:
        found, fresh = again.attack(side, np.zeros(2)), Attacker(part).attack(side, np.zeros(2))
        assert found is not None
        assert fresh is not None
        assert found.reach == pytest.approx(fresh.reach)
        assert found.change == pytest.approx(fresh.change)
        # The second unknown falls by 4 of 10 for the first, and the first rises without end for the second.
        assert found.reach == pytest.approx(0.4 if side.sign > 0 else 1)


def test_any_room_at_all_hides_a_candidate() -> None:
    """The other cell of the second sum can hardly fall, but readers must only not work the first one out."""
    rows = [[-1, 1, 1, 1, 0, 0], [0, 0, 1, 0, -1, 1]]
    given = demand(rows, unknown=[1], room=[9, 3, 4, 5, 9, 1e-4])
    (part,) = parts_of(given, [Side(1, 1, 1.0)])
    names = part.candidates.tolist()
    assert Attacker(part).company(names.index(2), np.array([float(cell in (2, 5)) for cell in names])) is None


def test_rooms_are_divided_by_the_level_in_both_directions() -> None:
    given = demand([[-1, 1, 1]], unknown=[1], room=[8, 6, 4], rise=[2.0, 4.0, 12.0])
    (part,) = parts_of(given, [Side(1, 1, 4.0)])
    fall, rise = part.rooms(part.sides[0])
    assert (fall.tolist(), rise.tolist()) == ([1.5, 2, 1], [1, 0.5, 3])


def needing(width: int) -> Master:
    """One of so many cells is needed, of which each costs more than the last."""
    master = Master(np.arange(1, width + 1, dtype=np.float64))
    master.add(Cut(np.arange(width), np.ones(width), 1.0))
    return master


@pytest.mark.parametrize(("width", "expected"), [(48, 1_200), (49, 1_220), (98, 1_220), (99, 1_240)])
def test_a_relaxed_program_costs_more_with_more_cells_and_cuts(width: int, expected: int) -> None:
    master = needing(width)
    assert master.work == 0
    master._solver = SimpleNamespace(
        run=lambda: None,
        getInfo=lambda: SimpleNamespace(simplex_iteration_count=20),
        getNumRow=lambda: 1,
        getModelStatus=lambda: highspy.HighsModelStatus.kUnknown,
    )
    for times in (1, 2):
        assert master.relaxed() is None
        assert master.work == times * expected


def test_whole_patterns_are_searched_for_with_these_options_and_cost_ten_times_as_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    master, made = needing(3), list[Any]()

    def remembered() -> Any:
        made.append(quiet_solver())
        return made[-1]

    monkeypatch.setattr(module, "quiet_solver", remembered)
    found = master.cheapest(np.ones(3, dtype=np.bool_), 77)
    assert found is not None
    assert found.pattern.tolist() == [True, False, False]
    (solver,) = made
    assert option(solver, "mip_max_nodes") == 77
    assert option(solver, "mip_heuristic_effort") == 0
    assert option(solver, "mip_rel_gap") == 1e-7
    info = solver.getInfo()
    assert master.work == 10 * (1_000 + steps(solver) * 10) + 5_000 * int(info.mip_node_count)


@pytest.mark.parametrize(
    ("valid", "bound", "pattern"),
    [
        (True, 2.0, [True, False, True]),
        (False, 2.0, None),
        (True, np.inf, None),
        (True, -np.inf, None),
        (False, np.inf, None),
    ],
)
def test_nothing_is_told_without_a_pattern_and_a_bound(
    valid: bool, bound: float, pattern: list[bool] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = needing(3)
    solver = SimpleNamespace(
        setOptionValue=lambda *given: None,
        passModel=lambda model: None,
        run=lambda: None,
        getInfo=lambda: SimpleNamespace(mip_dual_bound=bound, mip_node_count=3, simplex_iteration_count=20),
        getSolution=lambda: SimpleNamespace(value_valid=valid, col_value=[0.51, 0.5, 1.0]),
    )
    monkeypatch.setattr(module, "quiet_solver", lambda: solver)
    found = master.cheapest(np.ones(3, dtype=np.bool_), 1)
    assert (None if found is None else found.pattern.tolist()) == pattern
    assert found is None or found.bound == bound
    assert master.work == 10 * (1_000 + 20 * 10) + 15_000
