"""Rules that differ from their policy: a weaker one needs a reason, and what is used is what is told."""

from __future__ import annotations

import pytest

from anonymization import protect
from anonymization.deviations import deviation, is_weaker
from anonymization.policies import resolve
from anonymization.report import describe
from datasets.disclosure import DisclosureChoice
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
