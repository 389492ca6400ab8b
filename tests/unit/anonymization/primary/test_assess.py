"""All rules at once: what they need, what they count, and cells that contradict themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from anonymization.primary.assess import CellFacts, RuleCount, assess, known_lower
from anonymization.primary.contributions import Records, given_contributions, largest_contributions
from anonymization.primary.rates import Rates
from anonymization.primary.sensitivity import Reason
from anonymization.primary.units import NO_AREA
from datasets.disclosure import Denominators, Dominance, PPercent, PriorPosterior, SafetyRules, Units
from datasets.errors import DisclosureRuleInvalid

PEOPLE = np.array([0, 3, 20])


def facts(**more: Any) -> CellFacts:
    return CellFacts(**{"contributors": PEOPLE, "values": PEOPLE, **more})


@pytest.mark.parametrize(
    ("rules", "name", "lacking"),
    [
        (SafetyRules(dominance=(Dominance(n=2, k=90),)), "dominance, p_percent and p_q", "contributions"),
        (SafetyRules(p_percent=PPercent(p=10)), "dominance, p_percent and p_q", "contributions"),
        (SafetyRules(p_q=PriorPosterior(p=10, q=50)), "dominance, p_percent and p_q", "contributions"),
        (SafetyRules(group_disclosure=True), "group_disclosure", "relations"),
        (SafetyRules(units=Units(fewest=3)), "units", "units"),
        (SafetyRules(units=Units(fewest=3, largest_percent=90)), "units.largest_percent", "largest_unit"),
        (SafetyRules(population_floor=300), "population_floor", "population"),
        (SafetyRules(denominators=Denominators(events=3)), "denominators", "rates"),
    ],
)
def test_a_rule_without_what_it_needs_stops(rules: SafetyRules, name: str, lacking: str) -> None:
    with pytest.raises(DisclosureRuleInvalid, match=f"{name}: cannot be applied without the cells' {lacking}"):
        assess(facts(), rules)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"values": PEOPLE[:2]}, "one entry for each cell"),
        ({"structural": np.zeros(2, np.bool_)}, "one entry for each cell"),
        ({"relations": sparse.csr_array((1, 2), dtype=np.int64)}, "one column for each cell"),
        ({"values": np.array([0.0, 3.0, np.nan])}, "missing or infinite"),
        ({"values": np.array([0.0, 3.0, np.inf])}, "missing or infinite"),
        ({"contributors": np.array([0, -3, 20])}, "negative"),
        ({"units": np.array([0, -1, 2])}, "negative"),
        ({"units": np.array([0, 0, 2])}, "has no facility"),
        ({"contributors": np.array([0, 1, 20]), "units": np.array([0, 0, 2])}, "has no facility"),
        ({"largest_unit": np.array([0, 1, 0])}, "has no facility"),
        ({"largest_unit": np.array([0, 4, 9])}, "more contributors than the cell"),
        ({"population": np.array([NO_AREA, -2, 5])}, "population is negative"),
        ({"values": np.array([1, 3, 20])}, "without contributors has a value"),
        ({"values": np.array([0, 2, 20])}, "declare it as a sum"),
        ({"structural": np.array([True, True, False])}, "has to be empty has contributors"),
        (
            {"contributions": given_contributions(np.array([0, 0, 9]), np.array([[0], [0], [9]]), np.array([0, 0, 9]))},
            "without contributions",
        ),
    ],
)
def test_cells_that_contradict_themselves_are_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(DisclosureRuleInvalid, match=message):
        facts(**more)


def test_what_each_rule_did_is_counted_and_what_it_did_alone() -> None:
    cells = CellFacts(
        np.array([2, 9, 9]), np.array([2, 9, 9]), units=np.array([1, 1, 5]), population=np.array([10, 900, 10])
    )
    found = assess(cells, SafetyRules(frequency=5, units=Units(fewest=3), population_floor=300))
    assert found.rules == (
        RuleCount("frequency", 1, 0),
        RuleCount("units", 2, 1),
        RuleCount("population_floor", 2, 1),
    )
    assert found.sensitivity.reason.tolist() == [Reason.FREQUENCY, Reason.UNITS, Reason.POPULATION_FLOOR]


def test_what_no_rule_asks_for_is_not_looked_at() -> None:
    cells = facts(
        relations=sparse.csr_array(np.array([[1, 1, -1]])),
        units=np.array([0, 1, 1]),
        largest_unit=np.array([0, 3, 20]),
        population=np.array([1, 1, 1]),
        contributions=given_contributions(PEOPLE, PEOPLE[:, None], PEOPLE),
    )
    assert [one.rule for one in assess(cells, SafetyRules(frequency=5)).rules] == ["frequency"]
    without_share = assess(cells, SafetyRules(units=Units(fewest=2)))
    assert [one.rule for one in without_share.rules] == ["units"]


def test_rules_about_rates_alone_find_no_cell() -> None:
    none = Rates(np.zeros(0, np.int64), np.zeros(0, np.int64))
    found = assess(facts(rates=none), SafetyRules(denominators=Denominators(events=3)))
    assert found.rules == ()
    assert not found.sensitivity.sensitive.any()


def test_a_zero_that_has_to_be_so_is_exempt_from_every_rule() -> None:
    cells = facts(structural=np.array([True, False, False]), population=np.array([10, 10, 10]))
    found = assess(cells, SafetyRules(frequency=5, zeros="protect", population_floor=300))
    assert found.sensitivity.sensitive.tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("rules", "lowest"),
    [
        (SafetyRules(frequency=5), 1.0),
        (SafetyRules(frequency=5, zeros="protect"), 0.0),
        (SafetyRules(frequency=5, group_disclosure=True), 0.0),
        (SafetyRules(frequency=5, population_floor=300), 0.0),
    ],
)
def test_what_readers_know_of_a_withheld_count(rules: SafetyRules, lowest: float) -> None:
    assert known_lower(rules) == lowest


def test_a_sum_withheld_by_group_disclosure_has_levels_of_its_own_unit() -> None:
    relations = sparse.csr_array(np.array([[-1, 1, 1]]))
    cells = CellFacts(np.array([20, 20, 0]), np.array([5000, 5000, 0]), counts=False, relations=relations)
    found = assess(cells, SafetyRules(group_disclosure=True, interval_percent=20)).sensitivity
    assert found.sensitive.tolist() == [False, True, False]
    assert (found.lower[1], found.upper[1]) == (1000.0, 1000.0)


def test_a_withheld_sum_of_zero_has_the_range_that_is_asked_for() -> None:
    cells = CellFacts(np.array([7]), np.array([0.0]), counts=False)
    found = assess(cells, SafetyRules(frequency=5, zeros="protect", zero_range=50)).sensitivity
    assert (found.lower.tolist(), found.upper.tolist()) == ([0.0], [50.0])
    assert found.reason.tolist() == [Reason.ZERO]


def test_linked_contributors_count_once_and_consent_lifts_rules_about_contributors_alone() -> None:
    listed = Records(
        np.array([0, 0, 0, 1, 1]),
        np.array([1, 1, 2, 1, 2]),
        np.array([9.0, 9.0, 9.0, 9.0, 9.0]),
        waived=np.array([False, False, True, True, True]),
    )
    cells = CellFacts(
        np.array([3, 2]),
        np.array([27.0, 18.0]),
        counts=False,
        contributions=largest_contributions(listed, 2),
        units=np.array([1, 1]),
    )
    few = assess(cells, SafetyRules(frequency=3)).sensitivity
    assert few.sensitive.tolist() == [True, False]
    places = assess(cells, SafetyRules(frequency=3, units=Units(fewest=2))).sensitivity
    assert places.sensitive.tolist() == [True, True]
