"""What every report of a release says of its rules: the policy that they start from, and how they differ from it."""

from __future__ import annotations

from dataclasses import dataclass

from anonymization.deviations import deviation
from anonymization.policies import find_policy
from anonymization.words import Text
from datasets.disclosure import DisclosureRules


@dataclass(frozen=True, kw_only=True)
class ToldRules:
    """What a report says of rules, whatever their method."""

    policy: str
    policy_text: Text
    citation: Text
    version: Text
    checked: bool
    method: str
    threshold: int
    deviation: Text | None
    """How the rules differ from the policy; None where they do not."""
    reason: Text | None

    @staticmethod
    def of(rules: DisclosureRules) -> ToldRules:
        """Return what is said of rules; raises `DisclosureRuleInvalid` for a policy that has no name here."""
        policy, reason = find_policy(rules.policy), rules.reason
        return ToldRules(
            policy=policy.name,
            policy_text=policy.text,
            citation=policy.citation,
            version=policy.version,
            checked=policy.checked,
            method=rules.method,
            threshold=rules.threshold,
            deviation=deviation(rules),
            reason=None if reason is None else Text(vi=reason.vi, en=reason.en),
        )

    def differences(self) -> tuple[Text, ...]:
        """Return in a sentence how the rules differ from the policy; nothing where they do not."""
        return () if self.deviation is None else (self.deviation,)
