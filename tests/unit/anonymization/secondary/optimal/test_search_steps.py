"""Single steps of the search in one part: what is counted, what is remembered, and where else is looked."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from anonymization.relations import Flags
from anonymization.secondary.optimal.attacker import Attack, Cut
from anonymization.secondary.optimal.master import Cheapest, Relaxed
from anonymization.secondary.optimal.search import AROUND, Search, Witnesses
from tests.unit.anonymization.secondary.optimal.examples import line
from tests.unit.anonymization.secondary.optimal.test_search import MUCH, everything, triangle

NOTHING = np.zeros(3, dtype=np.bool_)


def begun() -> Search:
    part = triangle()
    return Search(part, everything(part), effort=MUCH)


def test_what_mending_takes_adds_up() -> None:
    search = begun()

    def mend(pattern: Flags) -> tuple[Flags | None, int]:
        return None, 5

    before = search.work
    search._learn(Cheapest(0.0, NOTHING), mend)
    search._learn(Cheapest(0.0, NOTHING), mend)
    assert search._mending == 10
    assert search.work == search._attacker.work + search._master.work + 10 > before


def test_every_side_that_is_not_protected_counts_with_its_cut_and_those_around(monkeypatch: pytest.MonkeyPatch) -> None:
    search = begun()
    monkeypatch.setattr(search, "_add", lambda cut, shares, least: True)
    monkeypatch.setattr(search, "_around", lambda side, shares: 3)
    assert search._test(NOTHING) == (3, 3 * (1 + 3))
    # Two cells of two protect all three; with the first of them alone, the third side is not protected.
    assert search._test(np.array([True, True, False])) == (0, 0)
    assert begun()._test(np.array([True, False, False]))[0] == 1


def test_other_cuts_are_looked_for_a_little_around_the_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    search, seen = begun(), list[npt.NDArray[np.float64]]()

    def attack(side: Any, shares: npt.NDArray[np.float64]) -> None:
        seen.append(shares)

    monkeypatch.setattr(search._attacker, "attack", attack)
    shares = np.array([1.0, 0.0, 0.0])
    assert search._around(search._part.sides[0], shares) == 0
    assert len(seen) == AROUND
    for one in seen:
        assert one[0] == 1
        assert 0 < one[1:].max() <= 0.1
    assert len({one[1] for one in seen}) == AROUND


def test_cuts_that_the_best_pattern_breaks_or_shares_do_not_are_not_kept() -> None:
    search = begun()
    search._best = np.array([True, True, False])
    need_third = Cut(np.array([2]), np.ones(1), 1.0)
    need_first = Cut(np.array([0]), np.ones(1), 1.0)
    shares = np.array([0.5, 0.5, 0.5])
    assert not search._add(None, shares, 0.1)
    assert not search._add(need_third, shares, 0.1)  # the best pattern, which is safe, does without
    assert not search._add(need_first, shares, 0.6)  # broken by a half only
    assert search._add(need_first, shares, 0.5)
    assert not search._add(need_first, shares, 0.5)  # a second time


def test_reduced_costs_rule_out_what_no_cheaper_pattern_withholds() -> None:
    search = begun()  # the best pattern costs seven
    search._best = np.array([True, True, False])  # and now four
    for third, free in ((1.1, False), (1.0, True)):
        relaxed = Relaxed(3.0, np.ones(3), np.array([5.0, 0.0, third]))
        assert search._free(relaxed).tolist() == [True, True, free]


def test_a_change_is_remembered_by_what_it_needs() -> None:
    """The side needs four; the first part can give two and the second five: half and all of it."""
    part = line(4.0)
    witnesses = Witnesses(part)
    assert witnesses.missing(np.ones(4)).tolist() == [0]
    witnesses.keep(0, np.array([1.0, 0.0, -0.5, -0.5, 0.0]))
    # Cells: the total, two, five, ten; the change is in units of the level: 0.5 of a room of 0.5, and of one.
    assert witnesses._needed[0, 0].tolist() == pytest.approx([0, 1, 0.5, 0])
    assert witnesses.knows(0, np.array([0.0, 1.0, 0.5, 0.0]))
    assert not witnesses.knows(0, np.array([0.0, 0.9, 0.5, 0.0]))
    assert witnesses.missing(np.array([0.0, 1.0, 0.5, 0.0])).tolist() == []
    assert witnesses.missing(np.array([1.0, 1.0, 0.4, 1.0])).tolist() == [0]


def test_an_attack_that_gives_up_leaves_a_side_unsafe_without_a_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    search = begun()
    monkeypatch.setattr(search._attacker, "attack", lambda side, shares: None)
    assert search._test(NOTHING) == (3, 0)
    short = Attack(0.99, np.zeros(6), np.zeros(3))
    monkeypatch.setattr(search._attacker, "attack", lambda side, shares: short)
    monkeypatch.setattr(search._attacker, "cut", lambda side, multipliers: None)
    assert search._test(NOTHING) == (3, 0)
