"""Named policies: frozen numbers with a citation, and what happens with a name or an override that does not fit."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from anonymization.policies import POLICIES, UNAVAILABLE, find_policy, resolve, resolve_safety, weaker_safety
from datasets.cell_rules import ChosenCells, Facilities, WeightedCells
from datasets.disclosure import (
    Concentration,
    Denominators,
    DisclosureChoice,
    DisclosureRules,
    Dominance,
    PPercent,
    PriorPosterior,
    SafetyChoice,
    SafetyRules,
    Units,
)
from datasets.errors import DisclosureRuleInvalid
from datasets.text import Bilingual

REASON = Bilingual(vi="niên giám 2023 đã công bố", en="the yearbook of 2023 shows them")


@pytest.mark.parametrize(
    ("name", "threshold", "zeros", "checked"),
    [
        ("vn_proposed", 5, "publish", True),
        ("cdc_wonder", 10, "protect", True),
        ("cms_cell", 11, "publish", True),
        ("us_state_cancer", 16, "protect", True),
        ("opensafely", 8, "protect", True),
        ("acro_default", 10, "protect", True),
        ("nhs_hes", 8, "publish", False),
        ("cdc_wisqars", 10, "protect", True),
        ("aihw", 5, "publish", True),
        ("hipaa_safe_harbor", 1, "publish", True),
        ("already_public", 1, "publish", True),
    ],
)
def test_the_numbers_of_each_policy(name: str, threshold: int, zeros: str, checked: bool) -> None:
    policy = POLICIES[name]
    assert (policy.threshold, policy.zeros, policy.checked) == (threshold, zeros, checked)
    assert policy.citation.en in policy.text.en
    assert policy.citation.vi in policy.text.vi
    assert ("have not been checked" in policy.text.en) is not checked
    assert ("chưa được đối chiếu" in policy.text.vi) is not checked


def test_our_own_proposal_says_that_it_has_no_legal_force() -> None:
    text = find_policy("vn_proposed").text
    assert "without legal force" in text.en
    assert "không có giá trị pháp lý" in text.vi


def test_a_misspelt_policy_is_refused_with_the_nearest_name_and_the_list() -> None:
    with pytest.raises(DisclosureRuleInvalid, match="did you mean 'cms_cell'") as caught:
        resolve(DisclosureChoice(policy="cms-cell"))
    assert "vn_proposed" in str(caught.value)
    with pytest.raises(DisclosureRuleInvalid, match="known policies: acro_default"):
        resolve(DisclosureChoice(policy="?"))


def test_a_dataset_overrides_what_it_names_and_nothing_else() -> None:
    rules = resolve(DisclosureChoice(policy="cms_cell", threshold=20, zeros="protect", reason=REASON))
    assert (rules.policy, rules.threshold, rules.zeros, rules.method) == ("cms_cell", 20, "protect", "suppression")
    assert resolve(DisclosureChoice(policy="cms_cell")).threshold == 11


@pytest.mark.parametrize(
    "choice", [DisclosureChoice(policy="already_public"), DisclosureChoice(policy="cms_cell", method="none")]
)
def test_publishing_everything_needs_a_reason(choice: DisclosureChoice) -> None:
    with pytest.raises(DisclosureRuleInvalid, match="method none needs a reason"):
        resolve(choice)
    assert resolve(choice.model_copy(update={"reason": REASON})).method == "none"


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_a_policy_has_its_own_name_in_its_rules_and_can_be_chosen(name: str) -> None:
    policy = POLICIES[name]
    assert policy.name == name
    if policy.safety is not None:
        assert resolve_safety(SafetyChoice(policy=name)) == policy.safety
        assert policy.safety.policy == name


@pytest.mark.parametrize("name", sorted(UNAVAILABLE))
def test_a_policy_that_cannot_be_applied_is_refused_with_the_reason(name: str) -> None:
    assert name not in POLICIES
    with pytest.raises(DisclosureRuleInvalid, match="known, but not available") as caught:
        find_policy(name)
    assert UNAVAILABLE[name].reason.en in str(caught.value)


def test_a_definition_cannot_name_a_policy_that_jobs_apply_in_part() -> None:
    for name in ("aihw", "aihw_hospitalisations", "cdc_wisqars", "hipaa_safe_harbor", "ons_mortality"):
        with pytest.raises(DisclosureRuleInvalid, match="not for definitions"):
            resolve(DisclosureChoice(policy=name))


def test_contributors_are_looked_at_by_suppression_alone() -> None:
    rule = Concentration(column="hospital", dominance=(Dominance(n=2, k=85),))
    assert resolve(DisclosureChoice(policy="vn_proposed", concentration=rule)).concentration == rule
    with pytest.raises(DisclosureRuleInvalid, match=r"disclosure\.concentration: is for method suppression"):
        resolve(DisclosureChoice(policy="vn_proposed", method="none", concentration=rule, reason=REASON))
    with pytest.raises(ValidationError, match="method none withholds no cells: leave concentration out"):
        DisclosureRules(policy="test", method="none", threshold=5, zeros="publish", reason=REASON, concentration=rule)


def test_facilities_are_looked_at_by_suppression_alone() -> None:
    units = Facilities(column="hospital", fewest=3)
    assert resolve(DisclosureChoice(policy="vn_proposed", units=units)).units == units
    with pytest.raises(DisclosureRuleInvalid, match=r"disclosure\.units: is for method suppression") as caught:
        resolve(DisclosureChoice(policy="vn_proposed", method="none", units=units, reason=REASON))
    assert "leave units out" in str(caught.value)
    with pytest.raises(ValidationError, match="method none withholds no cells: leave units out"):
        DisclosureRules(policy="test", method="none", threshold=5, zeros="publish", reason=REASON, units=units)


def test_what_is_shown_and_what_it_costs_is_for_suppression_alone() -> None:
    shown = ChosenCells.model_validate({"cells": {"area": "_T"}})
    dear = WeightedCells.model_validate({"cells": {"area": ["_T", "north"]}, "weight": "2.5"})
    choice = DisclosureChoice(
        policy="vn_proposed", always_shown=(shown,), always_withheld=(dear,), cost="count", weights=(dear,)
    )
    rules = resolve(choice)
    assert (rules.always_shown, rules.always_withheld) == ((shown,), (dear,))
    assert (rules.cost, rules.weights) == ("count", (dear,))
    assert resolve(DisclosureChoice(policy="vn_proposed")).cost == "value"
    assert shown.cells == {"area": ("_T",)}
    with pytest.raises(DisclosureRuleInvalid) as caught:
        resolve(choice.model_copy(update={"method": "none", "reason": REASON}))
    assert [one.place for one in caught.value.problems] == [
        f"disclosure.{key}" for key in ("always_shown", "always_withheld", "cost", "weights")
    ]
    for key, given in (
        ("always_shown", (shown,)),
        ("always_withheld", (shown,)),
        ("cost", "count"),
        ("weights", (dear,)),
    ):
        with pytest.raises(ValidationError, match=f"method none withholds no cells: leave {key} out"):
            DisclosureRules.model_validate(
                {"policy": "x", "method": "none", "threshold": 5, "zeros": "publish", "reason": REASON, key: given}
            )


def test_a_definition_may_ask_what_rates_rest_on_whatever_its_method() -> None:
    fewest = Denominators(events=20)
    assert resolve(DisclosureChoice(policy="vn_proposed", denominators=fewest)).denominators == fewest
    shown = DisclosureChoice(policy="already_public", reason=REASON, denominators=fewest)
    assert resolve(shown).denominators == fewest


@pytest.mark.parametrize("weight", [0, -1, "nan", "inf", 2_000_000])
def test_weights_are_positive_numbers(weight: object) -> None:
    with pytest.raises(ValidationError):
        WeightedCells.model_validate({"cells": {}, "weight": weight})


def test_no_members_are_no_choice() -> None:
    with pytest.raises(ValidationError):
        ChosenCells.model_validate({"cells": {"area": []}})


def test_stand_alone_rules_override_what_they_name_and_nothing_else() -> None:
    rules = resolve_safety(SafetyChoice(policy="aihw", frequency=10, guarantee="exact", cost="count"))
    assert (rules.policy, rules.frequency, rules.population_floor) == ("aihw", 10, 300)
    assert rules.denominators == Denominators(events=20, population=1_000)
    assert (rules.guarantee, rules.cost) == ("exact", "count")
    assert resolve_safety(SafetyChoice(policy="aihw")).guarantee == "interval"


def test_stand_alone_rules_weaker_than_their_policy_need_a_reason() -> None:
    weaker = SafetyChoice(policy="aihw", frequency=3, denominators=None)
    with pytest.raises(DisclosureRuleInvalid, match="weaker than its policy") as caught:
        resolve_safety(weaker)
    assert [problem.place for problem in caught.value.problems] == ["rules.frequency", "rules.denominators"]
    rules = resolve_safety(weaker.model_copy(update={"reason": REASON}))
    assert (rules.frequency, rules.denominators, rules.reason) == (3, None, REASON)


def test_rules_that_protect_nobody_are_refused() -> None:
    with pytest.raises(DisclosureRuleInvalid, match="protects nothing"):
        resolve_safety(SafetyChoice(policy="already_public", frequency=5))
    with pytest.raises(DisclosureRuleInvalid, match="protect nobody"):
        resolve_safety(SafetyChoice(policy="cms_cell", frequency=None, reason=REASON))


FULL = SafetyRules(
    frequency=5,
    zeros="protect",
    group_disclosure=True,
    dominance=(Dominance(n=1, k=80), Dominance(n=2, k=90)),
    p_percent=PPercent(p=10),
    p_q=PriorPosterior(p=10, q=50),
    units=Units(fewest=3, largest_percent=90),
    population_floor=300,
    denominators=Denominators(events=20, population=1_000),
)


@pytest.mark.parametrize(
    ("key", "stricter", "weaker"),
    [
        ("frequency", [6], [4, None]),
        ("zeros", [], ["publish"]),
        ("group_disclosure", [], [False]),
        (
            "dominance",
            [(Dominance(n=2, k=80),), (Dominance(n=2, k=90), Dominance(n=3, k=75))],
            [(), (Dominance(n=1, k=80),), (Dominance(n=2, k=85),)],
        ),
        ("p_percent", [PPercent(p=20), PPercent(p=10, coalition=2)], [PPercent(p=5, coalition=2), None]),
        (
            "p_q",
            [PriorPosterior(p=20, q=100), PriorPosterior(p=10, q=50, coalition=2)],
            [PriorPosterior(p=10, q=60), None],
        ),
        (
            "units",
            [Units(fewest=4, largest_percent=80)],
            [Units(fewest=3), Units(fewest=2, largest_percent=90), Units(fewest=3, largest_percent=91), None],
        ),
        ("population_floor", [301], [299, None]),
        (
            "denominators",
            [Denominators(events=20, population=1_001)],
            [Denominators(events=20), Denominators(population=1_000), None],
        ),
        ("interval_percent", [15.0], [5.0]),
        ("zero_range", [2.0], [0.5]),
    ],
)
def test_what_protects_less_is_named(key: str, stricter: list[object], weaker: list[object]) -> None:
    assert weaker_safety(FULL, FULL) == ()
    for value in stricter:
        assert weaker_safety(FULL, FULL.model_copy(update={key: value})) == ()
    for value in weaker:
        assert weaker_safety(FULL, FULL.model_copy(update={key: value})) == (key,)


def test_facilities_without_a_share_are_compared_by_their_number() -> None:
    wanted = SafetyRules(units=Units(fewest=3))
    assert weaker_safety(wanted, SafetyRules(units=Units(fewest=3, largest_percent=90))) == ()
    assert weaker_safety(wanted, SafetyRules(units=Units(fewest=2, largest_percent=90))) == ("units",)
