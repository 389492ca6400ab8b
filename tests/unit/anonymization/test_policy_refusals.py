"""Every refusal of a policy or of a choice, word for word where it is told: what is wrong where, and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from anonymization.policies import (
    POLICIES,
    UNAVAILABLE,
    find_policy,
    resolve,
    resolve_safety,
    weaker_keys,
    weaker_safety,
)
from datasets.disclosure import DisclosureChoice, SafetyChoice, SafetyRules
from datasets.errors import DisclosureRuleInvalid
from datasets.perturbation_choice import CellKey, RandomRounding, SmallCountRounding
from datasets.text import Bilingual

REASON = Bilingual(vi="số liệu đã cũ", en="the data is old")


def choice(**given: Any) -> DisclosureChoice:
    return DisclosureChoice(**{"policy": "vn_proposed", **given})


def refusal(wanted: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(DisclosureRuleInvalid) as caught:
        resolve_safety(wanted) if isinstance(wanted, SafetyChoice) else resolve(wanted)
    return [(one.place, one.rule, one.remedy) for one in caught.value.problems]


def test_unknown_and_unavailable_policies() -> None:
    known = ", ".join(sorted(POLICIES))
    rule = "'vn_propos' is not a known policy"
    remedy = f"did you mean 'vn_proposed'? known policies: {known}"
    assert refusal(choice(policy="vn_propos")) == [("disclosure.policy", rule, remedy)]
    assert refusal(choice(policy="?")) == [
        ("disclosure.policy", "'?' is not a known policy", f"known policies: {known}")
    ]
    name = min(UNAVAILABLE)
    reason = UNAVAILABLE[name].reason.en
    assert refusal(choice(policy=name)) == [("disclosure.policy", f"{name!r} cannot be applied here", reason)]
    # A name close to a policy that is not available is told as well.
    with pytest.raises(DisclosureRuleInvalid, match=f"did you mean '{name}'"):
        find_policy(f"{name}_")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            choice(method="cell_key"),
            ("disclosure.method", "cell_key has keys of its own", "give them, such as base"),
        ),
        (
            choice(policy="aihw"),
            (
                "disclosure.policy",
                "aihw has rules that a definition cannot apply",
                "name another policy, or set threshold and zeros yourself; `ytemo protect` applies all its rules",
            ),
        ),
        (
            choice(method="none"),
            (
                "disclosure.reason",
                "method none needs a reason",
                "say in both languages which public source already publishes these counts",
            ),
        ),
        (
            choice(threshold=1, reason=REASON),
            (
                "disclosure.threshold",
                "1 withholds nothing: a cell of one person would be shown",
                "raise it, or say that nothing is protected: method: none with a reason",
            ),
        ),
        (
            choice(method="none", cost="count", reason=REASON),
            (
                "disclosure.cost",
                "is for method suppression, and the method is none",
                "leave cost out, or use method: suppression",
            ),
        ),
        (
            choice(threshold=4),
            (
                "disclosure.threshold",
                "protects less than the policy vn_proposed, without a reason",
                "write disclosure.reason in both languages: readers are told it; or leave the key out",
            ),
        ),
        (
            choice(policy="cdc_wonder", zeros="publish"),
            (
                "disclosure.zeros",
                "protects less than the policy cdc_wonder, without a reason",
                "write disclosure.reason in both languages: readers are told it; or leave the key out",
            ),
        ),
        (
            RandomRounding(policy="already_public", method="random_rounding", base=5, reason=REASON),
            (
                "disclosure.policy",
                "already_public does not say which counts are small, so that nothing can be measured",
                "name a policy with a threshold, such as vn_proposed",
            ),
        ),
        (
            SmallCountRounding(policy="vn_proposed", method="small_count_rounding", base=4, reason=REASON),
            (
                "disclosure.base",
                "is below 5, the threshold of vn_proposed: counts from 4 on are shown",
                "use 5 or more, or another method",
            ),
        ),
        (
            SafetyChoice(policy="already_public", frequency=5),
            ("rules.policy", "already_public protects nothing", "name a policy that does"),
        ),
        (
            SafetyChoice(policy="cms_cell", frequency=10),
            (
                "rules.frequency",
                "protects less than the policy cms_cell, without a reason",
                "write rules.reason in both languages: readers are told it; or leave the key out",
            ),
        ),
    ],
)
def test_what_is_refused_is_told_with_its_place_and_its_remedy(given: Any, expected: tuple[str, str, str]) -> None:
    assert refusal(given) == [expected]


def test_rules_that_cannot_be_used_are_told_without_the_prefix_of_the_checking_library() -> None:
    (problem,) = refusal(SafetyChoice(policy="cms_cell", frequency=None, reason=REASON))
    assert problem[0] == "rules"
    assert not problem[1].startswith("Value error")


def test_what_is_not_chosen_comes_from_the_policy() -> None:
    rules = resolve(choice(policy="cdc_wonder"))
    assert (rules.policy, rules.method, rules.threshold, rules.zeros) == ("cdc_wonder", "suppression", 10, "protect")
    assert (rules.guarantee, rules.cost, rules.reason) == ("interval", "value", None)
    own = resolve(choice(policy="cdc_wonder", threshold=12, guarantee="exact", cost="count", reason=REASON))
    assert (own.threshold, own.guarantee, own.cost, own.reason) == (12, "exact", "count", REASON)
    # Two people are the least that a threshold may be, and five of five is not weaker than the policy.
    assert resolve(choice(threshold=2, reason=REASON)).threshold == 2
    assert resolve(choice(threshold=5)).threshold == 5


def test_a_choice_to_change_counts_takes_its_threshold_from_the_policy_and_all_its_other_keys_along() -> None:
    rounded = SmallCountRounding(policy="vn_proposed", method="small_count_rounding", base=5, reason=REASON)
    rules = resolve(rounded)
    assert (rules.policy, rules.method, rules.threshold, rules.zeros) == (
        "vn_proposed",
        "small_count_rounding",
        5,
        "protect",
    )
    assert rules.reason == REASON
    assert rules.perturbation is not None
    assert rules.perturbation.base == 5
    # Only rounding of small counts has to round all of them.
    assert resolve(RandomRounding(policy="vn_proposed", method="random_rounding", base=3, reason=REASON)).threshold == 5
    keyed = CellKey(
        policy="vn_proposed", method="cell_key", record_key="person", variance=1.5, largest=4, keys=512, reason=REASON
    )
    made = resolve(keyed).perturbation
    assert made is not None
    assert (made.variance, made.largest, made.keys) == (1.5, 4, 512)


@pytest.mark.parametrize(
    ("threshold", "zeros", "expected"),
    [
        (10, "protect", ()),
        (11, "protect", ()),
        (9, "protect", ("threshold",)),
        (10, "publish", ("zeros",)),
        (9, "publish", ("threshold", "zeros")),
    ],
)
def test_keys_weaker_than_the_policy(threshold: int, zeros: Any, expected: tuple[str, ...]) -> None:
    assert weaker_keys(find_policy("cdc_wonder"), threshold=threshold, zeros=zeros) == expected


def test_zeros_that_the_policy_shows_may_be_withheld_without_a_reason() -> None:
    assert weaker_keys(find_policy("vn_proposed"), threshold=5, zeros="protect") == ()
    shown, withheld = SafetyRules(frequency=5, zeros="publish"), SafetyRules(frequency=5, zeros="protect")
    assert weaker_safety(shown, withheld) == ()
    assert weaker_safety(withheld, shown) == ("zeros",)
