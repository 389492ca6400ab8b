"""What readers know of a measure: its own sums, exactly where it adds up, after earlier releases too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anonymization.dimension import Dimension
from anonymization.published import as_earlier, publish
from anonymization.secondary.knowledge import what_is_known
from anonymization.table import Measure, Population, TableSet
from tests.unit.anonymization.builders import flat, knowing_changes, listed, rules

A = flat("a", 3)


def costs(values: list[float], *, whole: bool = False, people: tuple[int, ...] = (90, 20, 30, 40)) -> TableSet:
    """One table with its people and what they cost, which always adds up."""
    dimensions: tuple[Dimension, ...] = (A,)
    measures = (Measure("n", "all"), Measure("cost", "all", integer=whole))
    counts = list(people)
    own = listed("t", {"a": [0, 1, 2, 3]}, {"all": counts}, {"n": counts, "cost": values})
    return TableSet(dimensions, (Population("all"),), measures, (own,))


def test_amounts_add_up_although_computers_round() -> None:
    tables = costs([0.3, 0.1, 0.2, 0.0])
    assert (tables.relations.matrix @ np.array([0.3, 0.1, 0.2, 0.0])).any()
    people, cost = what_is_known(tables, rules())
    assert people.counting
    assert people.exact
    assert cost.exact
    assert not cost.integer
    assert cost.matrix.shape == (1, 4)
    assert np.abs(cost.matrix.toarray()).tolist() == [[1, 1, 1, 1]]


def test_whole_amounts_are_known_in_units() -> None:
    _, cost = what_is_known(costs([60, 10, 20, 30], whole=True), rules())
    assert cost.truth.tolist() == [6, 1, 2, 3]
    assert cost.lower.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(("people", "alike"), [((90, 20, 30, 40), False), ((91, 21, 30, 40), True)])
def test_where_costs_have_changed_and_people_have_not_each_has_its_own_sums(
    people: tuple[int, ...], alike: bool
) -> None:
    then, now = costs([60, 10, 20, 30], whole=True), costs([61, 11, 20, 30], whole=True, people=people)
    hidden = np.isin(np.arange(len(then.nodes)), then.nodes.of_block[0][[1, 2]])
    first = knowing_changes(as_earlier(publish(then, hidden, rules()), "2024.1"), then, now)
    tables = replace(now, earlier=(first,))
    assert tables.ledger.alike is alike
    found = what_is_known(tables, rules())
    assert [one.counting for one in found] == [True, False]
    assert [one.exact for one in found] == [alike, alike]
    for one in found:
        assert not (one.matrix @ one.truth).any()
        assert one.matrix.shape[0] > 1
