"""Named disclosure policies: what other offices do, with where it was read, and our own proposal."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from datasets.disclosure import DisclosureChoice, DisclosureRules, Method, ZeroPolicy
from datasets.errors import DisclosureRuleInvalid, Problem


@dataclass(frozen=True)
class Policy:
    """One policy with the source of its numbers.

    `checked` says that the numbers were read in the cited source. A policy that is not checked must not be presented
    with that office's authority, and its text says so.
    """

    name: str
    summary: str
    citation: str
    version: str
    checked: bool
    threshold: int
    zeros: ZeroPolicy
    method: Method = "suppression"

    @property
    def text(self) -> str:
        """The summary with its citation, and a warning where the numbers were not checked."""
        warning = "" if self.checked else " These numbers have not been checked against the source."
        return f"{self.summary} Source: {self.citation} ({self.version}).{warning}"


_POLICIES = (
    Policy(
        name="vn_proposed",
        summary="Fewer than 5 people are withheld; true zeros are shown. A proposal of this project without legal "
        "force: Viet Nam has not published a rule of this kind.",
        citation="ytemo project",
        version="proposal of 2026",
        checked=True,
        threshold=5,
        zeros="publish",
    ),
    Policy(
        name="cdc_wonder",
        summary="Counts under 10 are withheld, zeros included, as CDC WONDER does with deaths.",
        citation="US Centers for Disease Control and Prevention, wonder.cdc.gov",
        version="read without a dated version",
        checked=False,
        threshold=10,
        zeros="protect",
    ),
    Policy(
        name="cms_cell",
        summary="Cells of 1 to 10 people are never shown nor derivable, percentages included; zero may be shown.",
        citation="US Centers for Medicare & Medicaid Services, resdac.org/node/1506",
        version="2024-01-26",
        checked=True,
        threshold=11,
        zeros="publish",
    ),
    Policy(
        name="us_state_cancer",
        summary="Counts under 16 are withheld; the source does not say that zero may be shown, so zeros are withheld.",
        citation="US State Cancer Profiles, statecancerprofiles.cancer.gov",
        version="read without a dated version",
        checked=True,
        threshold=16,
        zeros="protect",
    ),
    Policy(
        name="opensafely",
        summary="Counts of 7 or fewer are withheld, zeros included. OpenSAFELY also rounds the rest to 5; this policy "
        "does not round.",
        citation="opensafely-core/ehrql issue 1746",
        version="read without a dated version",
        checked=True,
        threshold=8,
        zeros="protect",
    ),
    Policy(
        name="acro_default",
        summary="Fewer than 10 are withheld and zeros are disclosive. ACRO's dominance and p-ratio rules for "
        "magnitudes are not part of this policy.",
        citation="ACRO, default.yaml",
        version="read without a dated version",
        checked=True,
        threshold=10,
        zeros="protect",
    ),
    Policy(
        name="already_public",
        summary="Every cell is shown, because a public source already shows it; the source must be named.",
        citation="the source that the dataset's definition names",
        version="not dated",
        checked=True,
        threshold=1,
        zeros="publish",
        method="none",
    ),
)

POLICIES = MappingProxyType({policy.name: policy for policy in _POLICIES})
"""Every named policy, by name."""


def find_policy(name: str) -> Policy:
    """Return the policy of this name, or raise `DisclosureRuleInvalid` with the nearest name and the whole list.

    >>> find_policy("cms_cell").threshold
    11
    """
    if name in POLICIES:
        return POLICIES[name]
    near = get_close_matches(name, POLICIES, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    remedy = f"{hint}known policies: {', '.join(sorted(POLICIES))}"
    problem = Problem("disclosure.policy", f"{name!r} is not a known policy", remedy)
    raise DisclosureRuleInvalid("The disclosure policy is unknown.", problems=[problem])


def resolve(choice: DisclosureChoice) -> DisclosureRules:
    """Fill the gaps of a choice from its policy; keys that the dataset sets itself win.

    Raises `DisclosureRuleInvalid` for an unknown policy and for a method `none` without a reason.
    """
    policy = find_policy(choice.policy)
    method = choice.method or policy.method
    if method == "none" and not choice.reason.strip():
        remedy = "say which public source already publishes these counts"
        problem = Problem("disclosure.reason", "method none needs a reason", remedy)
        raise DisclosureRuleInvalid("The disclosure choice gives no reason.", problems=[problem])
    return DisclosureRules(
        policy=policy.name,
        method=method,
        threshold=policy.threshold if choice.threshold is None else choice.threshold,
        zeros=choice.zeros or policy.zeros,
        reason=choice.reason,
    )
