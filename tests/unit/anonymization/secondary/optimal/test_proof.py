"""The proof for a whole system: which sides it is about, how effort is shared, and what is too large."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anonymization.relations import Flags
from anonymization.secondary.interval.demand import Demand
from anonymization.secondary.optimal import proof as module
from anonymization.secondary.optimal.parts import Part, Side
from anonymization.secondary.optimal.proof import prove, sides_of, worth_trying
from anonymization.secondary.optimal.search import Mend, Outcome, Search
from tests.unit.anonymization.secondary.optimal.examples import demand

TWO_SUMS = [[-1, 1, 1, 1, 0, 0, 0], [0, 0, 0, 0, -1, 1, 1]]
"""Cells 1 and 2 are unknown in the first sum, cell 5 in the second."""

SIDES = [Side(1, 1, 5.0), Side(5, 1, 1.0)]


def two_sums() -> Demand:
    return demand(TWO_SUMS, unknown=[1, 2, 5], room=[9, 4, 2, 5, 9, 3, 6], cost=[5, np.inf, np.inf, 4, 3, np.inf, 7])


def unmended(pattern: Flags) -> tuple[Flags | None, int]:
    return None, 0


def flags(*cells: int) -> Flags:
    return np.isin(np.arange(7), cells)


def test_the_cheapest_pattern_of_all_parts_is_proven_and_nothing_else_is_withheld() -> None:
    found = prove(two_sums(), SIDES, flags(0, 1, 2, 3, 4, 5, 6), unmended, effort=1_000_000)
    assert found is not None
    assert np.flatnonzero(found.withheld).tolist() == [1, 2, 3, 4, 5]
    assert found.bound == pytest.approx(4 + 3)
    assert (found.parts, found.proven) == (2, 2)


def test_without_sides_what_is_unknown_anyway_is_enough() -> None:
    found = prove(two_sums(), [], flags(1, 2, 5, 6), unmended, effort=1_000_000)
    assert found is not None
    assert np.flatnonzero(found.withheld).tolist() == [1, 2, 5]
    assert (found.bound, found.parts, found.proven) == (0, 0, 0)


def test_parts_that_are_too_large_keep_their_pattern_and_add_nothing_to_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_ENTRIES", 3)
    found = prove(two_sums(), SIDES, flags(0, 1, 2, 4, 5, 6), unmended, effort=1_000_000)
    assert found is not None
    assert np.flatnonzero(found.withheld).tolist() == [0, 1, 2, 4, 5]
    assert found.bound == pytest.approx(3)
    assert (found.parts, found.proven) == (2, 1)
    monkeypatch.setattr(module, "MOST_ENTRIES", 2)
    assert prove(two_sums(), SIDES, flags(0, 1, 2, 4, 5, 6), unmended, effort=1_000_000) is None


def test_mending_sees_the_whole_pattern_and_answers_for_the_part(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[int]] = []

    class Asking:
        def __init__(self, part: Part, pattern: Flags, *, effort: int) -> None:
            assert effort > 0
            assert len(part.cost) == len(pattern)
            self.pattern = pattern

        def run(self, mend: Mend) -> Outcome:
            safe, work = mend(np.zeros_like(self.pattern))
            return Outcome(self.pattern if safe is None else safe, 1.0, proven=False, work=work)

    def mend(pattern: Flags) -> tuple[Flags | None, int]:
        seen.append(np.flatnonzero(pattern).tolist())
        return (flags(1, 2, 3, 4, 5) if pattern[0] else None), 7

    monkeypatch.setattr(module, "Search", Asking)
    found = prove(two_sums(), SIDES, flags(0, 1, 2, 4, 5, 6), mend, effort=1_000)
    assert found is not None
    # The second part, which is smaller, comes first: its cells 4 and 6 are taken away, those of the first one are not.
    assert seen == [[0, 1, 2, 5], [1, 2, 4, 5, 6]]
    assert np.flatnonzero(found.withheld).tolist() == [0, 1, 2, 4, 5]
    assert (found.bound, found.proven) == (2, 0)


def test_parts_share_the_effort_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []

    def noted(*arguments: object, effort: int) -> Search:
        given.append(effort)
        return Search(*arguments, effort=effort)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "Search", noted)
    prove(two_sums(), SIDES, flags(0, 1, 2, 3, 4, 5, 6), unmended, effort=1_000_000)
    assert given[0] == 500_000
    assert 900_000 < given[1] < 1_000_000
    given.clear()
    prove(two_sums(), SIDES, flags(0, 1, 2, 3, 4, 5, 6), unmended, effort=10)
    assert given == [5, 0]


def test_sides_are_those_that_unknown_cells_do_not_protect_among_themselves() -> None:
    plain = two_sums()
    whole = plain.matrix.astype(np.int64)
    lower, upper = np.zeros(7), np.zeros(7)
    lower[1], upper[1], upper[2], upper[5] = 2.0, 3.0, 4.0, 1.0
    given = replace(plain, lower=lower, upper=upper)
    # Cell 1 falls by 2 while cell 2 rises, and cell 2 rises by 4 of cell 1; but it has only 2 to give for a rise.
    assert sides_of(given, whole, guarantee="interval", seed=0) == [Side(1, 1, 3.0), Side(5, 1, 1.0)]
    assert sides_of(given, whole, guarantee="exact", seed=0) == [Side(5, 1, 1.0, free=True)]
    assert sides_of(plain, whole, guarantee="interval", seed=0) == [Side(5, 1, 1.0, free=True)]


def test_no_more_sides_are_looked_for_where_every_part_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    upper = np.zeros(7)
    upper[[1, 5]] = 3.0, 1.0
    given = replace(two_sums(), upper=upper)
    # The second part has one side and three columns.
    for most, free in ((3, [False, False]), (2, [True])):
        monkeypatch.setattr(module, "MOST_ENTRIES", most)
        found = sides_of(given, given.matrix.astype(np.int64), guarantee="interval", seed=0)
        assert [side.free for side in found] == free


def test_what_everybody_can_tell_has_no_side() -> None:
    told = replace(two_sums(), rise=np.array([np.inf] * 5 + [0.0, np.inf]), fall=np.array([9, 4, 2, 5, 9, 0, 6.0]))
    assert sides_of(told, told.matrix.astype(np.int64), guarantee="exact", seed=0) == []


def test_systems_with_too_many_candidates_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    assert worth_trying(two_sums())
    monkeypatch.setattr(module, "MOST_CANDIDATES", 3)
    assert not worth_trying(two_sums())
