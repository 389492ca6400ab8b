"""The search in one part: what it finds, what it proves, and where it stops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anonymization.protect_system import demand_of
from anonymization.relations import Flags
from anonymization.secondary.optimal import search as module
from anonymization.secondary.optimal.attacker import Attack, Attacker, Cut
from anonymization.secondary.optimal.master import Cheapest, Master
from anonymization.secondary.optimal.parts import Part, Side, parts_of
from anonymization.secondary.optimal.proof import sides_of
from anonymization.secondary.optimal.search import Search, Witnesses
from datasets.disclosure import Guarantee
from tests.support.linear_oracle import made_up, safe
from tests.unit.anonymization.secondary.optimal.examples import demand, line

MUCH = 10_000_000


def triangle() -> Part:
    """Three unknown cells, one in each of three sums, of which every pair shares a cell that costs 2.

    Half of each of the three is enough in shares; whole cells are needed of two.
    """
    rows = [[1, 0, 0, 1, 1, 0], [0, 1, 0, 1, 0, 1], [0, 0, 1, 0, 1, 1]]
    cost = [np.inf] * 3 + [2.0, 2.0, 3.0]
    given = demand(rows, unknown=[0, 1, 2], room=[9] * 6, cost=cost)
    (part,) = parts_of(given, [Side(cell, 1, 1.0) for cell in range(3)])
    return part


def everything(part: Part) -> Flags:
    return np.ones(len(part.cost), dtype=np.bool_)


def unmended(pattern: Flags) -> tuple[Flags | None, int]:
    return None, 5


def test_the_cheapest_pattern_is_found_and_proven() -> None:
    part = triangle()
    found = Search(part, everything(part), effort=MUCH).run(unmended)
    assert found.pattern.tolist() == [True, True, False]
    assert found.bound == pytest.approx(4)
    assert found.proven
    assert 0 < found.work < MUCH


def test_shares_that_reach_the_cost_of_the_first_pattern_prove_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Master, "cheapest", lambda *given: pytest.fail("no branches are needed"))
    part = line(4.0)
    # The total costs 1, which nothing is below; part 3 would be enough as well.
    found = Search(part, np.array([True, False, False, False]), effort=MUCH).run(unmended)
    assert found.pattern.tolist() == [True, False, False, False]
    assert found.proven
    assert found.bound == pytest.approx(1)


def test_without_effort_the_sums_of_each_side_still_give_a_bound() -> None:
    part = triangle()
    found = Search(part, everything(part), effort=0).run(unmended)
    assert found.pattern.all()
    assert found.bound == pytest.approx(3.5)
    assert not found.proven


def test_what_is_mended_is_kept_where_it_is_cheaper(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search ends after one round, so that what is found is what was mended."""
    part = triangle()
    proposed: list[list[bool]] = []

    def mend(pattern: Flags) -> tuple[Flags | None, int]:
        proposed.append(pattern.tolist())
        return np.array([True, False, True]), MUCH

    monkeypatch.setattr(Attacker, "attack", lambda *given: Attack(0.0, np.zeros(6), np.zeros(3)))
    found = Search(part, everything(part), effort=MUCH).run(mend)
    assert proposed == [[True, True, False]]
    assert found.pattern.tolist() == [True, False, True]
    assert found.bound == pytest.approx(4)
    assert not found.proven
    assert found.work > MUCH


def test_dearer_mended_patterns_are_not_kept() -> None:
    part = triangle()
    search = Search(part, np.array([True, True, False]), effort=MUCH)
    search._learn(Cheapest(0.0, np.zeros(3, dtype=np.bool_)), lambda pattern: (everything(part), 0))
    assert search._best.tolist() == [True, True, False]


def test_a_pattern_is_taken_where_it_is_safe() -> None:
    part = triangle()
    search = Search(part, everything(part), effort=MUCH)
    two = np.array([True, True, False])
    assert search._learn(Cheapest(0.0, np.array([False, False, True])), unmended)
    assert search._best.all()
    assert not search._learn(Cheapest(4.0, two), unmended)
    assert search._best.tolist() == two.tolist()
    assert search._proven


def test_a_safe_pattern_of_the_same_cost_changes_nothing() -> None:
    part = triangle()
    first = np.array([True, False, True])
    search = Search(part, first, effort=MUCH)
    search._learn(Cheapest(4.0, first.copy()), unmended)
    assert search._best is first


def test_cuts_that_a_safe_pattern_breaks_are_wrong_and_left_out() -> None:
    part = triangle()
    search = Search(part, np.array([True, True, False]), effort=MUCH)
    wrong = Cut(np.array([2]), np.ones(1), 1.0)
    right = Cut(np.array([1, 2]), np.ones(2), 1.0)
    assert not search._add(wrong, np.zeros(3), 0.1)
    assert search._add(right, np.zeros(3), 0.1)
    assert not search._add(right, np.array([0, 1.0, 0]), 0.1)
    assert not search._add(None, np.zeros(3), 0.1)


@pytest.mark.parametrize("lost", ["relaxed", "cheapest"])
def test_where_the_solver_gives_up_the_first_pattern_and_the_bound_so_far_are_left(
    lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Master, lost, lambda *given: None)
    part = triangle()
    found = Search(part, everything(part), effort=MUCH).run(unmended)
    assert found.pattern.all()
    assert not found.proven
    assert found.bound == pytest.approx(0 if lost == "relaxed" else 3.5)


def test_what_an_attack_does_not_tell_is_not_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Attacker, "attack", lambda *given: None)
    part = triangle()
    found = Search(part, everything(part), effort=MUCH).run(unmended)
    assert found.pattern.all()
    assert not found.proven
    assert found.bound == pytest.approx(4)


def test_attacks_stop_when_effort_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Side] = []
    attack = Attacker.attack

    def counted(self: Attacker, side: Side, *given: Any) -> Attack | None:
        calls.append(side)
        return attack(self, side, *given)

    monkeypatch.setattr(Attacker, "attack", counted)
    part = triangle()
    for effort, expected in ((1, 0), (1_200, 1)):
        calls.clear()
        search = Search(part, everything(part), effort=MUCH)
        search._master.work = 1_000
        search._separate(np.zeros(3), effort)
        assert len(calls) == expected
    calls.clear()
    search = Search(part, everything(part), effort=1_500)
    search._master.work = 1_000
    # What is left is not enough for every candidate.
    search._companions(everything(part))
    assert [side.free for side in calls] == [True, True]


def test_patterns_are_attacked_to_the_end_but_give_no_cuts_when_effort_is_used_up() -> None:
    part = triangle()
    tired, fresh = (
        Search(part, everything(part), effort=effort)._test(np.zeros(3, dtype=bool)) for effort in (0, MUCH)
    )
    assert tired == (3, 0)
    assert fresh[0] == 3
    assert fresh[1] >= 3


def test_attacks_from_other_sides_that_tell_nothing_give_no_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    attack, calls = Attacker.attack, [0]

    def sometimes(self: Attacker, *given: Any) -> Attack | None:
        calls[0] += 1
        return attack(self, *given) if calls[0] == 1 else None

    monkeypatch.setattr(Attacker, "attack", sometimes)
    part = line(4.0)
    assert Search(part, everything(part), effort=MUCH)._test(np.zeros(4, dtype=bool)) == (1, 1)
    assert calls[0] == 1 + module.AROUND


@pytest.mark.parametrize("guarantee", ["interval", "exact"])
def test_patterns_are_proposed_until_one_is_safe(guarantee: Guarantee, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that takes several rounds; none is withheld in vain once its pattern is proven."""
    proposed = []
    cheapest = Master.cheapest

    def noted(self: Master, *given: Any) -> Cheapest | None:
        proposed.append(cheapest(self, *given))
        return proposed[-1]

    monkeypatch.setattr(Master, "cheapest", noted)
    system = made_up(37)
    demand_ = demand_of(system)
    sides = sides_of(demand_, system.whole_matrix, guarantee=guarantee, seed=0)
    (part,) = parts_of(demand_, sides)
    found = Search(part, everything(part), effort=MUCH).run(unmended)
    assert found.proven
    bounds = [one.bound for one in proposed if one is not None]
    assert len(bounds) > 1
    assert bounds == sorted(bounds)
    withheld = system.sensitive | system.forced
    withheld[part.candidates] = found.pattern
    assert safe(system, withheld, guarantee)


def test_changes_serve_again_wherever_the_shares_allow_them() -> None:
    part = line(4.0)
    witnesses = Witnesses(part)
    assert witnesses.missing(np.ones(4)).tolist() == [0]
    # Columns: the unknown part, the total, parts 2, 3 and 4; part 2 has room for half a level.
    witnesses.keep(0, np.array([1.0, 0.5, -0.25, -0.25, 0.0]))
    assert witnesses.missing(np.array([0.5, 0.5, 0.25, 0.0])).tolist() == []
    assert witnesses.missing(np.array([0.5, 0.4, 0.25, 0.0])).tolist() == [0]
    assert witnesses.missing(np.array([0.4, 0.5, 0.25, 0.0])).tolist() == [0]


def test_one_change_serves_all_sides_that_it_moves_far_enough() -> None:
    rows = [[1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1]]
    given = demand(rows, unknown=[0, 1, 2], room=[9] * 6)
    sides = [Side(0, 1, 2.0), Side(1, -1, 1.0), Side(1, 1, 1.0), Side(2, -1, 1.5), Side(2, -1, 0.5)]
    (part,) = parts_of(given, [*sides, Side(0, 1, 1.0, free=True)])
    witnesses = Witnesses(part)
    # In units of the first level, 2: the second falls by 1, the third by 1, the candidate by none.
    witnesses.serve(0, np.array([1.0, -0.5, -0.5, 0.0]), np.zeros(1))
    assert witnesses.missing(np.zeros(1)).tolist() == [2, 3, 5]
    assert witnesses.knows(1, np.zeros(1))
    assert not witnesses.knows(2, np.zeros(1))


def test_a_change_of_what_must_only_be_open_serves_either_way() -> None:
    given = demand([[1, 1, 1, 1]], unknown=[0, 1, 2], room=[9] * 4)
    (part,) = parts_of(given, [*(Side(cell, 1, 1.0, free=True) for cell in range(3)), Side(1, -1, 1.0)])
    witnesses = Witnesses(part)
    witnesses.serve(0, np.array([1.0, -2.0, 0.5, 0.5]), np.array([0.5]))
    assert witnesses.missing(np.array([0.5])).tolist() == [2, 3]
    # Served with half of the change, the second needs half as much of the candidate.
    assert witnesses.missing(np.array([0.25])).tolist() == [0, 2, 3]


def test_known_changes_are_not_pushed_out_by_others() -> None:
    given = demand([[1, 1, 1]], unknown=[0, 1], room=[9] * 3)
    (part,) = parts_of(given, [Side(cell, 1, 1.0, free=True) for cell in range(2)])
    witnesses = Witnesses(part)
    witnesses.keep(1, np.array([0.0, 1.0, -0.25]))
    for _ in range(module.KEPT):
        witnesses.serve(0, np.array([1.0, -1.0, 0.0]), np.array([0.5]))
    assert witnesses._next.tolist() == [module.KEPT, 1]


def test_the_latest_changes_are_kept() -> None:
    part = line(4.0)
    witnesses = Witnesses(part)
    through = np.array([1.0, 1.0, 0, 0, 0]), np.array([1.0, 0, 0, -1.0, 0])
    witnesses.keep(0, through[0])
    for _ in range(module.KEPT - 1):
        witnesses.keep(0, through[1])
    assert witnesses.missing(np.array([1.0, 0, 0, 0])).tolist() == []
    witnesses.keep(0, through[1])
    assert witnesses.missing(np.array([1.0, 0, 0, 0])).tolist() == [0]
