"""The choice of secondary cells by elimination: sufficient, not wasteful, the cheapest first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anonymization.primary.frequency import sensitive
from anonymization.relations import Flags
from anonymization.secondary import gauss
from anonymization.secondary.gauss import choose, determined
from anonymization.table import TableSet
from tests.unit.anonymization.builders import cube, rules


def chosen(tables: TableSet, primary: Flags) -> Flags:
    order = np.flatnonzero(~primary & (tables.contributors > 0))
    order = order[np.argsort(tables.contributors[order], kind="stable")]
    matrix = tables.relations.matrix
    random = np.random.default_rng(0)
    secondary, helpless = choose(matrix, unknown=primary, protect=primary, candidates=order, random=random)
    assert not helpless.any()
    return secondary


def random_cube(seed: int) -> TableSet:
    random = np.random.default_rng(seed)
    return cube(random.choice([0, 1, 2, 6, 9, 30], size=(4, 5, 3)))


@pytest.mark.parametrize("seed", range(5))
def test_nothing_stays_determined_and_no_cell_can_be_spared(seed: int) -> None:
    tables = random_cube(seed)
    matrix, primary = tables.relations.matrix, sensitive(tables.contributors, rules(5))
    secondary = chosen(tables, primary)
    random = np.random.default_rng(1)
    assert not determined(matrix, primary | secondary, random).any()
    for node in np.flatnonzero(secondary):
        fewer = primary | secondary
        fewer[node] = False
        assert (determined(matrix, fewer, random) & primary).any()


def test_nothing_sensitive_needs_nothing() -> None:
    tables = cube([[6, 7], [8, 9]])
    assert not chosen(tables, np.zeros(len(tables.nodes), dtype=np.bool_)).any()


def test_the_cheapest_rectangle_is_chosen() -> None:
    tables = cube([[3, 90, 20], [70, 80, 60], [10, 50, 11]])
    secondary = chosen(tables, sensitive(tables.contributors, rules(5)))
    assert sorted(tables.contributors[secondary].tolist()) == [10, 11, 20]


def test_what_nothing_can_protect_does_not_stop_the_rest() -> None:
    # The south has one cell that is not empty: with zeros shown, it equals its margins.
    tables = cube([[3, 20], [0, 0]])
    primary = sensitive(tables.contributors, rules(5))
    candidates = np.zeros(0, dtype=np.int64)
    matrix = tables.relations.matrix
    random = np.random.default_rng(0)
    none, helpless = choose(matrix, unknown=primary, protect=primary, candidates=candidates, random=random)
    assert not none.any()
    assert (helpless == primary).all()


@pytest.mark.parametrize("batch", [1, 7, 100])
def test_the_choice_does_not_depend_on_how_many_are_decided_between_two_eliminations(
    batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = random_cube(4)
    primary = sensitive(tables.contributors, rules(5))
    expected = chosen(tables, primary)
    assert expected.any()
    monkeypatch.setattr(gauss, "BATCH", batch)
    assert (chosen(tables, primary) == expected).all()


@pytest.mark.parametrize("vectors", [4, 64])
def test_interpreted_kernels_and_fewer_vectors_choose_the_same(vectors: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = random_cube(3)
    primary = sensitive(tables.contributors, rules(5))
    expected = chosen(tables, primary)
    monkeypatch.setattr(gauss, "VECTORS", vectors)
    for name in ["_walk", "_add", "_fixes_any"]:
        kernel: Any = getattr(gauss, name)
        monkeypatch.setattr(gauss, name, kernel.py_func)
    assert (chosen(tables, primary) == expected).all()
