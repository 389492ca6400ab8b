"""The largest contributions: grouping, linking, consent, weights, and input that cannot be used."""

from __future__ import annotations

import numpy as np
import pytest

from anonymization.primary.concentration import dominance, p_percent
from anonymization.primary.contributions import (
    NOBODY,
    Records,
    given_contributions,
    largest_contributions,
    link_agents,
)
from datasets.disclosure import Dominance, PPercent
from datasets.errors import DisclosureRuleInvalid


def records(
    cell: list[int],
    agent: list[int],
    value: list[float],
    *,
    weight: list[float] | None = None,
    waived: list[bool] | None = None,
) -> Records:
    return Records(
        np.array(cell, dtype=np.int64),
        np.array(agent, dtype=np.int64),
        np.array(value, dtype=np.float64),
        None if weight is None else np.array(weight),
        None if waived is None else np.array(waived, dtype=np.bool_),
    )


def test_a_contributor_with_several_records_has_one_contribution() -> None:
    found = largest_contributions(records([0, 0, 0, 1], [5, 5, 6, 6], [30, 40, 50, 9]), 3)
    assert found.total.tolist() == [120.0, 9.0, 0.0]
    assert found.target.tolist() == [70.0, 9.0, 0.0]
    assert found.coalition(1).tolist() == [50.0, 0.0, 0.0]
    assert found.agents.tolist() == [2.0, 1.0, 0.0]
    assert found.protected.tolist() == [2, 1, 0]
    assert found.sole.tolist() == [NOBODY, 6, NOBODY]
    assert len(found) == 3


def test_fractions_add_up_alike_in_every_order() -> None:
    one, other = (
        largest_contributions(records([0] * 3, [1] * 3, own), 1) for own in ([0.1, 0.2, 0.3], [0.3, 0.2, 0.1])
    )
    assert one.target.tolist() == other.target.tolist()


def test_numbers_of_agents_may_be_large() -> None:
    found = largest_contributions(records([1, 1, 1, 0], [2**62, 0, 2**62, 7], [0.1, 0.7, 0.2, 5]), 2)
    assert found.target.tolist() == [5.0, 0.7]
    assert found.agents.tolist() == [1.0, 2.0]
    assert found.sole.tolist() == [7, NOBODY]


def test_large_numbers_of_agents_and_cells_do_not_meet() -> None:
    """Four times 2^62 and one is four more than the numbers that a computer counts with."""
    found = largest_contributions(records([0, 4, 0, 0], [4, 0, 4, 2**62], [10, 5, 20, 1]), 5)
    assert found.target.tolist() == [30.0, 0.0, 0.0, 0.0, 5.0]
    assert found.agents.tolist() == [2.0, 0.0, 0.0, 0.0, 1.0]


def test_no_records_are_empty_cells() -> None:
    found = largest_contributions(records([], [], []), 2)
    assert found.total.tolist() == [0.0, 0.0]
    assert found.target.tolist() == [0.0, 0.0]
    assert found.sole.tolist() == [NOBODY, NOBODY]
    assert not found.consented.any()


def test_who_consents_for_a_part_has_not_consented() -> None:
    found = largest_contributions(records([0, 0, 1], [5, 5, 5], [30, 40, 9], waived=[True, False, True]), 2)
    assert found.protected.tolist() == [1, 0]
    assert found.consented.tolist() == [False, True]
    assert found.target.tolist() == [70.0, 0.0]
    assert found.coalition(1).tolist() == [0.0, 9.0]


def test_the_target_may_stand_far_behind_those_who_consent() -> None:
    values = [900.0, 800.0, 700.0, 600.0, 5.0]
    consent = [True, True, True, True, False]
    found = largest_contributions(records([0] * 5, [1, 2, 3, 4, 5], values, waived=consent), 1, width=2)
    assert found.target.tolist() == [5.0]
    assert found.coalition(2).tolist() == [1700.0]


def test_weights_count_a_contribution_as_often_as_they_say_and_the_last_one_partly() -> None:
    found = largest_contributions(records([0, 0], [1, 2], [100, 10], weight=[1.5, 7.0]), 1)
    assert found.total.tolist() == [220.0]
    assert found.agents.tolist() == [8.5]
    assert found.coalition(1).tolist() == [0.5 * 100 + 0.5 * 10]
    assert found.coalition(2).tolist() == [0.5 * 100 + 1.5 * 10]


def test_a_weight_below_one_counts_as_one_towards_the_largest() -> None:
    found = largest_contributions(records([0, 0, 0], [1, 2, 3], [100, 50, 10], weight=[0.5, 0.5, 4.0]), 1)
    assert found.total.tolist() == [115.0]
    assert found.coalition(1).tolist() == [50.0]
    assert p_percent(found, PPercent(p=10)).sensitive.tolist() == [True]


def test_linked_agents_are_one_group_whatever_the_order_of_links() -> None:
    assert link_agents(6, np.array([[5, 3], [3, 4], [0, 1]])).tolist() == [0, 0, 2, 3, 3, 3]
    assert link_agents(2, np.zeros((0, 2), dtype=np.int64)).tolist() == [0, 1]
    assert link_agents(0, np.zeros((0, 2), dtype=np.int64)).tolist() == []


def test_more_contributions_than_are_known_cannot_be_asked_for() -> None:
    found = largest_contributions(records([0], [1], [100]), 1, width=1)
    with pytest.raises(DisclosureRuleInvalid, match="needs the 3 largest contributions of each cell, and 2 are given"):
        p_percent(found, PPercent(p=10, coalition=2))
    given = given_contributions(np.array([100.0]), np.array([[60.0, 20.0]]), np.array([5]))
    assert dominance(given, Dominance(n=2, k=75)).sensitive.tolist() == [True]
    with pytest.raises(DisclosureRuleInvalid, match="needs the 3 largest"):
        dominance(given, Dominance(n=3, k=75))


def test_largest_contributions_that_come_with_the_table() -> None:
    given = given_contributions(np.array([100.0, 0.0]), np.array([[20.0, 60.0], [0.0, 0.0]]), np.array([5, 0]))
    assert given.target.tolist() == [60.0, 0.0]
    assert given.coalition(1).tolist() == [20.0, 0.0]
    assert given.agents.tolist() == [5.0, 0.0]
    assert given.sole.tolist() == [NOBODY, NOBODY]
    assert not given.consented.any()


@pytest.mark.parametrize(
    ("totals", "largest", "contributors", "message"),
    [
        ([np.nan], [[1.0]], [1], "must be given"),
        ([-1.0], [[0.0]], [1], "not be negative"),
        ([10.0], [[-1.0]], [1], "not be negative"),
        ([10.0], [[1.0]], [-1], "not be negative"),
        ([10.0, 10.0], [[8.0, 2.0], [8.0, 3.0]], [2, 2], "more than the total"),
        ([10.0, 10.0], [[5.0, 3.0], [5.0, 3.0]], [2, 1], "more than the contributors"),
        ([1.0], [[0.5, 0.3]], [1], "more than the contributors"),
    ],
)
def test_contributions_that_contradict_the_table_are_refused(
    totals: list[float], largest: list[list[float]], contributors: list[int], message: str
) -> None:
    with pytest.raises(DisclosureRuleInvalid, match=message):
        given_contributions(np.array(totals), np.array(largest), np.array(contributors))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: records([0], [1, 2], [1.0]), "a cell, an agent and a value"),
        (lambda: records([0], [-1], [1.0]), "numbered from zero"),
        (lambda: records([0], [1], [np.nan]), "missing or infinite"),
        (lambda: records([0], [1], [np.inf]), "missing or infinite"),
        (lambda: records([0], [1], [2.0**53]), "too large"),
        (lambda: records([0], [1], [1.0], weight=[0.0]), "not a positive number"),
        (lambda: records([0], [1], [1.0], weight=[np.nan]), "not a positive number"),
        (lambda: largest_contributions(records([2], [1], [1.0]), 2), "not one of the cells"),
        (lambda: largest_contributions(records([-1], [1], [1.0]), 2), "not one of the cells"),
        (lambda: largest_contributions(records([0, 0], [1, 2], [2.0**52, -(2.0**52)]), 1), "sum is too large"),
        (lambda: largest_contributions(records([0, 0], [1, 1], [2.0**52, -(2.0**52)]), 1), "sum is too large"),
        (lambda: largest_contributions(records([0], [1], [2.0**52], weight=[2.0]), 1), "sum is too large"),
        (lambda: largest_contributions(records([0, 0], [1, 1], [1.0, 2.0], weight=[2.0, 2.0]), 1), "several records"),
    ],
)
def test_records_that_cannot_be_used_are_refused_without_telling_a_value(make: object, message: str) -> None:
    with pytest.raises(DisclosureRuleInvalid, match=message) as caught:
        make()  # type: ignore[operator]
    assert [problem.place for problem in caught.value.problems] == ["records"]
    assert "9007" not in str(caught.value)
    assert "4503" not in str(caught.value)
