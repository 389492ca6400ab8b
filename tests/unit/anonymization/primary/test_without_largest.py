"""What the rules find of a cell when its largest contributor, who knows their own part, leaves it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from anonymization.primary.assess import CellFacts, WithoutLargest, assess, assess_without_largest
from anonymization.primary.contributions import (
    NOBODY,
    Contributions,
    Records,
    given_contributions,
    largest_contributions,
)
from datasets.disclosure import Dominance, PPercent, PriorPosterior, SafetyRules, Units
from datasets.errors import DisclosureRuleInvalid

CELLS: list[list[float]] = [[900, 60, 20, 20], [900, 95, 5], [900, 30, 30, 30, 10], [900, 7], [900], [], [50, 50, 0]]
"""The contributions to each cell, all of different contributors."""


def contributed(cells: list[list[float]], **more: Any) -> Contributions:
    """Return the contributions to each cell, each of somebody else."""
    sizes = [size for cell in cells for size in cell]
    places = [place for place, cell in enumerate(cells) for _ in cell]
    return largest_contributions(
        Records(np.array(places, dtype=np.int64), np.arange(len(sizes)), np.array(sizes, dtype=np.float64), **more),
        len(cells),
    )


def facts(cells: list[list[float]] = CELLS, **more: Any) -> CellFacts:
    people = np.array([len(cell) for cell in cells])
    values = np.array([sum(cell) for cell in cells], dtype=np.float64)
    given: dict[str, Any] = {"counts": False, "contributions": contributed(cells)}
    return CellFacts(people, values, **(given | more))


def found(cells: CellFacts, **rules: Any) -> WithoutLargest:
    return assess_without_largest(cells, [SafetyRules(**rules)])


@pytest.mark.parametrize(
    "rules",
    [
        {"dominance": (Dominance(n=1, k=75),)},
        {"dominance": (Dominance(n=1, k=75), Dominance(n=2, k=85))},
        {"frequency": 3},
        {"frequency": 3, "p_percent": PPercent(p=30), "interval_percent": 50},
        {"p_percent": PPercent(p=30, coalition=2)},
        {"p_q": PriorPosterior(p=30, q=50)},
    ],
)
def test_it_is_what_the_rules_find_of_the_others(rules: dict[str, Any]) -> None:
    one = found(facts(), **rules)
    others = assess(facts([cell[1:] for cell in CELLS]), SafetyRules(**rules)).sensitivity
    assert one.judged.all()
    assert one.largest.tolist() == [900, 900, 900, 900, 900, 0, 50]
    for name in ("sensitive", "lower", "upper", "reason"):
        assert getattr(one.finding, name).tolist() == getattr(others, name).tolist()
    assert others.sensitive.any()
    assert not others.sensitive.all()


def test_largest_contributions_that_come_with_the_table_are_one_less_then() -> None:
    totals, largest = np.array([100.0, 100.0, 0.0]), np.array([[80.0, 16.0], [100.0, 0.0], [0.0, 0.0]])
    given = given_contributions(totals, largest, np.array([4, 1, 0]))
    left = given.without_largest(np.array([True, True, False]))
    assert left.target.tolist() == [16.0, 0.0, 0.0]
    assert left.total.tolist() == [20.0, 0.0, 0.0]
    assert left.agents.tolist() == left.protected.tolist() == [3, 0, 0]
    assert left.sole.tolist() == [NOBODY] * 3
    assert left.width == 0
    with pytest.raises(DisclosureRuleInvalid, match="needs the 2 largest contributions"):
        left.coalition(1)
    cells = CellFacts(np.array([4, 1, 0]), totals, counts=False, contributions=given)
    one = found(cells, dominance=(Dominance(n=1, k=75),))
    assert one.judged.all()
    assert one.finding.sensitive.tolist() == [True, False, False]
    assert one.finding.upper[0] == pytest.approx(100 / 75 * 16 - 20)


def test_where_too_few_of_the_largest_are_known_nothing_is_judged() -> None:
    given = given_contributions(np.array([100.0]), np.array([[80.0]]), np.array([4]))
    cells = CellFacts(np.array([4]), np.array([100.0]), counts=False, contributions=given)
    for rules in ({"dominance": (Dominance(n=1, k=75),)}, {"dominance": (Dominance(n=1, k=75),), "frequency": 9}):
        one = found(cells, **rules)
        assert np.isnan(one.largest).all()
        assert not one.judged.any()
        assert not one.finding.sensitive.any()
    # Counting needs the largest one only.
    counted = found(cells, frequency=4)
    assert (counted.judged.tolist(), counted.finding.sensitive.tolist()) == ([True], [True])


@pytest.mark.parametrize(
    ("rules", "columns", "judged"),
    [
        ({"dominance": (Dominance(n=2, k=85),)}, 3, True),
        ({"dominance": (Dominance(n=2, k=85),)}, 2, False),
        ({"p_percent": PPercent(p=10)}, 3, True),
        ({"p_percent": PPercent(p=10)}, 2, False),
        ({"p_q": PriorPosterior(p=10, q=50, coalition=2)}, 3, False),
    ],
)
def test_how_many_have_to_be_known(rules: dict[str, Any], columns: int, judged: bool) -> None:
    largest = np.array([[80.0, 10.0, 5.0]])[:, :columns]
    given = given_contributions(np.array([100.0]), largest, np.array([4]))
    several = [SafetyRules(frequency=3), SafetyRules(**rules)]
    cells = CellFacts(np.array([4]), np.array([100.0]), counts=False, contributions=given)
    assert bool(assess_without_largest(cells, several).judged[0]) is judged


def test_without_contributions_or_rules_nothing_is_known() -> None:
    for one in (found(facts(contributions=None), frequency=3), assess_without_largest(facts(), [])):
        assert np.isnan(one.largest).all()
        assert not one.judged.any()


def test_a_rule_that_lacks_something_stops() -> None:
    with pytest.raises(DisclosureRuleInvalid, match="cannot be applied without the cells' units"):
        found(facts(), units=Units(fewest=2))


@pytest.mark.parametrize(
    ("more", "rules", "judged"),
    [
        ({"units": np.array([1, 9, 9])}, {"units": Units(fewest=2)}, [False, True, True]),
        ({"population": np.array([9, 1, 9])}, {"population_floor": 5}, [True, False, True]),
        ({}, {"zeros": "protect"}, [True, True, False]),
        ({"relations": sparse.csr_array(np.array([[-1, 1, 1]]))}, {"group_disclosure": True}, [True, False, True]),
    ],
)
def test_what_another_rule_finds_is_not_about_contributors(
    more: dict[str, Any], rules: dict[str, Any], judged: list[bool]
) -> None:
    cells = facts([[90, 5, 5], [90, 5, 5], []], **more)
    one = found(cells, dominance=(Dominance(n=1, k=75),), **rules)
    assert one.judged.tolist() == judged


def test_consent_weights_and_negative_values_blur_who_is_the_largest() -> None:
    cells: list[list[float]] = [[90, 10], [80, 20]]
    blurred: list[dict[str, Any]] = [
        {"contributions": contributed(cells, waived=np.array([True, False, False, False]))},
        {"contributions": contributed(cells, waived=np.array([False, True, False, False]))},
        {"contributions": contributed([[90, 10], [80, 20]], weight=np.array([2.0, 1.0, 1.0, 1.0]))},
        {"contributions": contributed([[90, 10], [80, 20]], weight=np.array([1.5, 0.5, 1.0, 1.0]))},
        {"contributions": contributed([[90, -10], [80, 20]]), "values": np.array([80.0, 100.0])},
        {"contributions": contributed([[-90, -10], [80, 20]]), "values": np.array([-100.0, 100.0])},
    ]
    for more in blurred:
        values = more.pop("values", np.array([100.0, 100.0]))
        one = found(CellFacts(np.array([2, 2]), values, counts=False, **more), dominance=(Dominance(n=1, k=75),))
        assert one.judged.tolist() == [False, True]
        assert np.isnan(one.largest).tolist() == [True, False]
        assert not one.finding.sensitive[0]


def test_linked_contributors_are_not_told_apart() -> None:
    cells = CellFacts(
        np.array([3]), np.array([100.0]), counts=False, contributions=contributed([[90, 10]])
    )  # three companies, of which two belong together
    assert not found(cells, dominance=(Dominance(n=1, k=75),)).judged.any()


def test_sums_of_decimals_may_differ_in_their_last_digits() -> None:
    cells = CellFacts(
        np.array([3]), np.array([0.6]), counts=False, contributions=contributed([[0.1, 0.2, 0.3]])
    )  # 0.1 + 0.2 + 0.3 is 0.6000000000000001
    assert found(cells, dominance=(Dominance(n=1, k=75),)).judged.all()


def test_a_count_in_which_the_others_have_less_than_one_each_is_not_judged() -> None:
    given = given_contributions(np.array([100.0, 100.0]), np.array([[98.0, 1.0], [99.0, 1.0]]), np.array([3, 3]))
    cells = CellFacts(np.array([3, 3]), np.array([100.0, 100.0]), contributions=given)
    assert found(cells, frequency=3).judged.tolist() == [True, False]
