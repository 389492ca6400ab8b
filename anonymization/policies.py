"""Named disclosure policies: what other offices do, with where it was read, and our own proposal."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from types import MappingProxyType

from pydantic import ValidationError

from anonymization.named_policies import other_countries, united_kingdom, united_states, viet_nam
from anonymization.named_policies.policy import Policy
from datasets.concentration import Concentration
from datasets.disclosure import (
    PERTURBATION_METHODS,
    Denominators,
    DisclosureChoice,
    DisclosureRules,
    Dominance,
    PerturbationChoice,
    PerturbationRules,
    PPercent,
    PriorPosterior,
    SafetyChoice,
    SafetyRules,
    Units,
    ZeroPolicy,
)
from datasets.errors import DisclosureRuleInvalid, Problem

POLICIES = MappingProxyType(
    {
        policy.name: policy
        for policy in (
            *viet_nam.POLICIES,
            *united_states.POLICIES,
            *united_kingdom.POLICIES,
            *other_countries.POLICIES,
        )
    }
)
"""Every named policy, by name."""

UNAVAILABLE = MappingProxyType(
    {policy.name: policy for policy in (*united_kingdom.UNAVAILABLE, *other_countries.UNAVAILABLE)}
)
"""Every policy that is known and cannot be applied here, by name."""


def find_policy(name: str) -> Policy:
    """Return the policy of this name, or raise `DisclosureRuleInvalid` with the nearest name and the whole list.

    >>> find_policy("cms_cell").threshold
    11
    """
    if name in POLICIES:
        return POLICIES[name]
    if name in UNAVAILABLE:
        problem = Problem("disclosure.policy", f"{name!r} cannot be applied here", UNAVAILABLE[name].reason.en)
        raise DisclosureRuleInvalid("The disclosure policy is known, but not available.", problems=[problem])
    near = get_close_matches(name, [*POLICIES, *UNAVAILABLE], n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    remedy = f"{hint}known policies: {', '.join(sorted(POLICIES))}"
    problem = Problem("disclosure.policy", f"{name!r} is not a known policy", remedy)
    raise DisclosureRuleInvalid("The disclosure policy is unknown.", problems=[problem])


def resolve(choice: DisclosureChoice | PerturbationChoice) -> DisclosureRules:
    """Fill the gaps of a choice from its policy; keys that the dataset sets itself win.

    Raises `DisclosureRuleInvalid` for an unknown policy, for one with rules that publication jobs do not apply, for a
    threshold that protects nobody, and for anything weaker than the policy, the method `none` included, without a
    reason.
    """
    if not isinstance(choice, DisclosureChoice):
        return _resolve_perturbation(choice)
    policy = find_policy(choice.policy)
    if choice.method in PERTURBATION_METHODS:
        problem = Problem("disclosure.method", f"{choice.method} has keys of its own", "give them, such as base")
        raise DisclosureRuleInvalid("The disclosure choice is not of its method.", problems=[problem])
    if not policy.definition:
        remedy = "name another policy, or set threshold and zeros yourself; `ytemo protect` applies all its rules"
        problem = Problem("disclosure.policy", f"{policy.name} has rules that a definition cannot apply", remedy)
        raise DisclosureRuleInvalid("The disclosure policy is not for definitions.", problems=[problem])
    method = choice.method or policy.method
    if method == "none" and choice.reason is None:
        remedy = "say in both languages which public source already publishes these counts"
        problem = Problem("disclosure.reason", "method none needs a reason", remedy)
        raise DisclosureRuleInvalid("The disclosure choice gives no reason.", problems=[problem])
    if method != "suppression":
        _check_no_rules_about_cells(choice, method)
    threshold = policy.threshold if choice.threshold is None else choice.threshold
    zeros = choice.zeros or policy.zeros
    if method == "suppression":
        _check_threshold(threshold)
        _check_reason(choice, weaker_keys(policy, threshold=threshold, zeros=zeros), "disclosure")
    return DisclosureRules(
        policy=policy.name,
        method=method,
        threshold=threshold,
        zeros=zeros,
        guarantee=choice.guarantee or "interval",
        units=choice.units,
        concentration=choice.concentration,
        denominators=choice.denominators,
        always_shown=choice.always_shown,
        always_withheld=choice.always_withheld,
        cost=choice.cost or "value",
        weights=choice.weights,
        reason=choice.reason,
    )


def _resolve_perturbation(choice: PerturbationChoice) -> DisclosureRules:
    """Return the rules of a dataset that changes counts: its policy says which are small, and none is withheld."""
    policy = find_policy(choice.policy)
    if policy.threshold == 1:
        rule = f"{policy.name} does not say which counts are small, so that nothing can be measured"
        problem = Problem("disclosure.policy", rule, "name a policy with a threshold, such as vn_proposed")
        raise DisclosureRuleInvalid("The policy is not for changed counts.", problems=[problem])
    if choice.method == "small_count_rounding" and choice.base < policy.threshold:
        rule = f"is below {policy.threshold}, the threshold of {policy.name}: counts from {choice.base} on are shown"
        problem = Problem("disclosure.base", rule, f"use {policy.threshold} or more, or another method")
        raise DisclosureRuleInvalid("The base leaves small counts as they are.", problems=[problem])
    made = PerturbationRules.model_validate(
        {key: getattr(choice, key) for key in PerturbationRules.model_fields if hasattr(choice, key)}
    )
    return DisclosureRules(
        policy=policy.name,
        method=choice.method,
        threshold=policy.threshold,
        zeros="protect",
        perturbation=made,
        reason=choice.reason,
    )


def resolve_safety(choice: SafetyChoice) -> SafetyRules:
    """Fill the keys that a choice leaves out from its policy; a key that it names wins, also where it says null.

    Raises `DisclosureRuleInvalid` for an unknown policy, for one that protects nothing, for keys that leave nothing
    protected, and for anything weaker than the policy without a reason in both languages.

    >>> resolve_safety(SafetyChoice(policy="cms_cell", group_disclosure=True)).frequency
    11
    """
    policy = find_policy(choice.policy)
    if policy.safety is None:
        problem = Problem("rules.policy", f"{policy.name} protects nothing", "name a policy that does")
        raise DisclosureRuleInvalid("The policy cannot protect a table.", problems=[problem])
    own = {key: getattr(choice, key) for key in choice.model_fields_set}
    filled = {key: getattr(policy.safety, key) for key in SafetyRules.model_fields} | own
    try:
        rules = SafetyRules.model_validate(filled)
    except ValidationError as error:
        problems = [Problem("rules", str(one["msg"]).removeprefix("Value error, ")) for one in error.errors()]
        raise DisclosureRuleInvalid("The rules cannot be used.", problems=problems) from None
    _check_reason(choice, weaker_safety(policy.safety, rules), "rules")
    return rules


def weaker_keys(policy: Policy, *, threshold: int, zeros: ZeroPolicy) -> tuple[str, ...]:
    """Return the keys of a dataset that protect less than ``policy`` does.

    >>> weaker_keys(find_policy("cdc_wonder"), threshold=9, zeros="publish")
    ('threshold', 'zeros')
    """
    weaker = {
        "threshold": threshold < policy.threshold,
        "zeros": (zeros, policy.zeros) == ("publish", "protect"),
    }
    return tuple(key for key, found in weaker.items() if found)


def weaker_safety(policy: SafetyRules, rules: SafetyRules) -> tuple[str, ...]:
    """Return the keys of `rules` that protect less than those of `policy`, in the order of declaration.

    Each rule is compared with its own kind: a p % rule does not make up for a dominance rule left out.

    >>> weaker_safety(SafetyRules(frequency=5), SafetyRules(frequency=3))
    ('frequency',)
    """
    weaker = {
        "frequency": (rules.frequency or 0) < (policy.frequency or 0),
        "zeros": (rules.zeros, policy.zeros) == ("publish", "protect"),
        "group_disclosure": policy.group_disclosure and not rules.group_disclosure,
        "dominance": not all(_covered(one, rules.dominance) for one in policy.dominance),
        "p_percent": not _covered(policy.p_percent, [rules.p_percent]),
        "p_q": not _covered(policy.p_q, [rules.p_q]),
        "units": not _covered(policy.units, [rules.units]),
        "population_floor": (rules.population_floor or 0) < (policy.population_floor or 0),
        "denominators": not _covered(policy.denominators, [rules.denominators]),
        "interval_percent": rules.interval_percent < policy.interval_percent,
        "zero_range": rules.zero_range < policy.zero_range,
    }
    return tuple(key for key, found in weaker.items() if found)


def weaker_sums(policy: Policy, concentration: Concentration | None) -> tuple[str, ...]:
    """Return the rules for sums of a policy that a dataset's rules about contributors do not cover.

    >>> weaker_sums(find_policy("acro_default"), None)
    ('dominance', 'p_percent')
    """
    if policy.safety is None:
        return ()
    keys = ("dominance", "p_percent", "p_q")
    given = {} if concentration is None else {key: getattr(concentration, key) for key in keys}
    weaker = weaker_safety(policy.safety, SafetyRules.model_validate({"frequency": 2} | given))
    return tuple(key for key in weaker if key in keys)


_Rule = Dominance | PPercent | PriorPosterior | Units | Denominators


def _covered(wanted: _Rule | None, given: Sequence[_Rule | None]) -> bool:
    """Say whether one of the rules `given`, all of the same kind, is as strict as the rule `wanted`."""
    if wanted is None:
        return True
    return any(one is not None and one.as_strict_as(wanted) for one in given)  # type: ignore[arg-type]


def _check_threshold(threshold: int) -> None:
    if threshold == 1:
        rule = "1 withholds nothing: a cell of one person would be shown"
        remedy = "raise it, or say that nothing is protected: method: none with a reason"
        problem = Problem("disclosure.threshold", rule, remedy)
        raise DisclosureRuleInvalid("The threshold protects nobody.", problems=[problem])


def _check_no_rules_about_cells(choice: DisclosureChoice, method: str) -> None:
    problems = [
        Problem(
            f"disclosure.{key}",
            f"is for method suppression, and the method is {method}",
            f"leave {key} out, or use method: suppression",
        )
        for key in ("units", "concentration", "always_shown", "always_withheld", "cost", "weights")
        if getattr(choice, key)
    ]
    if problems:
        raise DisclosureRuleInvalid("The method does not apply this rule.", problems=problems)


def _check_reason(choice: DisclosureChoice | SafetyChoice, weaker: tuple[str, ...], place: str) -> None:
    if not weaker or choice.reason is not None:
        return
    remedy = f"write {place}.reason in both languages: readers are told it; or leave the key out"
    problems = [
        Problem(f"{place}.{key}", f"protects less than the policy {choice.policy}, without a reason", remedy)
        for key in weaker
    ]
    raise DisclosureRuleInvalid("A rule weaker than its policy needs a reason.", problems=problems)
