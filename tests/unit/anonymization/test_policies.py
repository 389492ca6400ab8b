"""Named policies: frozen numbers with a citation, and what happens with a name or an override that does not fit."""

from __future__ import annotations

import pytest

from anonymization.policies import POLICIES, find_policy, resolve
from datasets.disclosure import DisclosureChoice
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
