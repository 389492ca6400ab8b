"""Rules that differ from their policy: a weaker one needs a reason, and what is used is what is told."""

from __future__ import annotations

import pytest

from anonymization import protect
from anonymization.deviations import deviation, is_weaker, rule_text, safety_deviation
from anonymization.policies import resolve, resolve_safety
from anonymization.report import describe
from datasets.disclosure import (
    DisclosureChoice,
    DisclosureRules,
    Dominance,
    PerturbationRules,
    SafetyChoice,
    SafetyRules,
    Units,
)
from datasets.errors import DisclosureRuleInvalid
from datasets.text import Bilingual
from tests.unit.anonymization.builders import cube

REASON = Bilingual(vi="số liệu đã cũ 40 năm", en="the data is 40 years old")


@pytest.mark.parametrize(
    ("choice", "keys"),
    [
        (DisclosureChoice(policy="vn_proposed", threshold=3), ["disclosure.threshold"]),
        (DisclosureChoice(policy="cdc_wonder", zeros="publish"), ["disclosure.zeros"]),
        (
            DisclosureChoice(policy="cdc_wonder", threshold=9, zeros="publish"),
            ["disclosure.threshold", "disclosure.zeros"],
        ),
    ],
)
def test_a_weaker_rule_needs_a_reason_and_is_told(choice: DisclosureChoice, keys: list[str]) -> None:
    with pytest.raises(DisclosureRuleInvalid, match="weaker than its policy") as caught:
        resolve(choice)
    assert [problem.place for problem in caught.value.problems] == keys
    rules = resolve(choice.model_copy(update={"reason": REASON}))
    assert is_weaker(rules)
    assert deviation(rules) is not None


@pytest.mark.parametrize("policy", ["vn_proposed", "already_public"])
def test_a_threshold_of_one_is_no_protection(policy: str) -> None:
    choice = DisclosureChoice(policy=policy, method="suppression", threshold=1, reason=REASON)
    with pytest.raises(DisclosureRuleInvalid, match="method: none"):
        resolve(choice)


def test_a_stricter_rule_needs_no_reason_and_is_told_too() -> None:
    rules = resolve(DisclosureChoice(policy="vn_proposed", threshold=9, zeros="protect"))
    assert not is_weaker(rules)
    told = deviation(rules)
    assert told is not None
    assert told.en.endswith(
        "it withholds fewer than 9 people, the policy fewer than 5; it withholds zeros, which the policy shows."
    )
    assert "dưới 9 người" in told.vi


def test_rules_as_the_policy_has_them_do_not_differ() -> None:
    for policy in ("vn_proposed", "cdc_wonder"):
        rules = resolve(DisclosureChoice(policy=policy))
        assert deviation(rules) is None
        assert not is_weaker(rules)
    assert deviation(resolve(DisclosureChoice(policy="already_public", reason=REASON))) is None


def test_protection_that_a_policy_does_not_have_is_told() -> None:
    rules = resolve(DisclosureChoice(policy="already_public", method="suppression", threshold=5))
    assert not is_weaker(rules)
    told = deviation(rules)
    assert told is not None
    assert "dưới 5 người" in told.vi
    assert "fewer than 5" in told.en


def test_counts_that_are_changed_where_the_policy_withholds_are_told_in_both_languages() -> None:
    changed = DisclosureRules(
        policy="vn_proposed",
        method="random_rounding",
        threshold=5,
        zeros="protect",
        perturbation=PerturbationRules(base=5),
        reason=REASON,
    )
    told = deviation(changed)
    assert told is not None
    assert told.en.endswith(": it changes counts a little, and withholds none.")
    assert told.vi.endswith(": các số đếm được thay đổi chút ít, thay vì không công bố ô nhỏ.")
    assert not is_weaker(changed)


def test_the_report_tells_the_numbers_that_were_used() -> None:
    choice = DisclosureChoice(policy="vn_proposed", threshold=3, reason=REASON)
    report = describe(protect(cube([[2, 20], [30, 40]]), resolve(choice)))
    assert report.deviation is not None
    assert "fewer than 3 people, the policy fewer than 5" in report.text[1].en
    assert "dưới 3 người" in report.text[1].vi
    open_choice = DisclosureChoice(policy="vn_proposed", method="none", reason=REASON)
    shown = describe(protect(cube([[2, 20], [30, 40]]), resolve(open_choice)))
    assert "nothing is protected" in shown.text[1].en
    assert is_weaker(resolve(open_choice))


def test_stand_alone_rules_as_the_policy_has_them_do_not_differ() -> None:
    assert safety_deviation(resolve_safety(SafetyChoice(policy="aihw", cost="count"))) is None
    assert safety_deviation(SafetyRules(frequency=5)) is None


def test_every_key_that_differs_from_the_policy_is_told_with_both_values() -> None:
    choice = SafetyChoice(policy="aihw", frequency=10, denominators=None, guarantee="exact", reason=REASON)
    told = safety_deviation(resolve_safety(choice))
    assert told is not None
    assert told.en == (
        "These rules differ from the policy that they come from: frequency is 10, in the policy 5; "
        "denominators is none, in the policy {events: 20, population: 1000}; "
        "guarantee is exact, in the policy interval."
    )
    assert "frequency là 10, theo quy tắc là 5" in told.vi


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("frequency", "none"),
        ("group_disclosure", "true"),
        ("dominance", "[{n: 1, k: 80}, {n: 2, k: 92.5}]"),
        ("p_percent", "none"),
        ("units", "{fewest: 3}"),
        ("zero_range", "1234567.5"),
        ("zeros", "publish"),
    ],
)
def test_rules_are_told_as_a_person_would_write_them(key: str, text: str) -> None:
    rules = SafetyRules(
        group_disclosure=True,
        dominance=(Dominance(n=1, k=80), Dominance(n=2, k=92.5)),
        units=Units(fewest=3),
        zero_range=1234567.5,
    )
    assert rule_text(rules, key) == text
    assert rule_text(SafetyRules(frequency=5), "group_disclosure") == "false"
