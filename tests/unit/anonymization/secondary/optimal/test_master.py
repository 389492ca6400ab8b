"""The cheapest within all cuts so far, in shares and in whole cells."""

from __future__ import annotations

import numpy as np
import pytest

from anonymization.secondary.optimal import master as module
from anonymization.secondary.optimal.attacker import Cut
from anonymization.secondary.optimal.master import Master

ALL = np.ones(3, dtype=np.bool_)


def pairs() -> Master:
    """Of three cells that cost 3, 2 and 2, one of each pair is needed."""
    master = Master(np.array([3.0, 2.0, 2.0]))
    for pair in ([0, 1], [1, 2], [0, 2]):
        assert master.add(Cut(np.array(pair), np.ones(2), 1.0))
    return master


def test_shares_are_cheaper_than_whole_cells() -> None:
    master = pairs()
    relaxed = master.relaxed()
    assert relaxed is not None
    assert relaxed.cost == pytest.approx(3.5)
    assert relaxed.shares == pytest.approx([0.5, 0.5, 0.5])
    assert relaxed.reduced == pytest.approx([0, 0, 0])
    whole = master.cheapest(ALL, 100)
    assert whole is not None
    assert whole.bound == pytest.approx(4)
    assert whole.pattern.tolist() == [False, True, True]
    assert master.work > 2_000


def test_what_is_not_free_is_not_withheld_and_free_again_the_next_time() -> None:
    master = pairs()
    some = master.cheapest(np.array([True, False, True]), 100)
    assert some is not None
    assert some.bound == pytest.approx(5)
    every = master.cheapest(ALL, 100)
    assert every is not None
    assert every.bound == pytest.approx(4)


def test_reduced_costs_tell_what_a_cell_would_add() -> None:
    master = Master(np.array([3.0, 2.0]))
    master.add(Cut(np.array([0, 1]), np.ones(2), 1.0))
    relaxed = master.relaxed()
    assert relaxed is not None
    assert relaxed.reduced == pytest.approx([1, 0])


def test_the_same_cut_counts_once() -> None:
    master = pairs()
    assert not master.add(Cut(np.array([1, 2]), np.ones(2) + 1e-12, 1.0))
    assert master.add(Cut(np.array([1, 2]), np.array([1.0, 0.5]), 1.0))


def test_without_cuts_nothing_is_withheld() -> None:
    relaxed = Master(np.ones(2)).relaxed()
    assert relaxed is not None
    assert relaxed.cost == 0
    assert relaxed.shares.tolist() == [0, 0]


def test_where_the_solver_finds_nothing_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    master = pairs()
    assert master.cheapest(np.zeros(3, dtype=np.bool_), 100) is None
    monkeypatch.setattr(module, "optimum", lambda solver: None)
    assert master.relaxed() is None
