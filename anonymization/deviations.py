"""How the rules of a dataset differ from the policy that they name: what is weaker is always told."""

from __future__ import annotations

from pydantic import BaseModel

from anonymization.policies import find_policy, weaker_keys, weaker_sums
from anonymization.words import Text
from datasets.disclosure import DisclosureRules, SafetyRules


def deviation(rules: DisclosureRules) -> Text | None:
    """Return how ``rules`` differ from their policy, with the numbers that are used; None where they do not.

    >>> rules = DisclosureRules(policy="vn_proposed", method="suppression", threshold=9, zeros="publish")
    >>> deviation(rules).en.partition(": ")[2]
    'it withholds fewer than 9 people, the policy fewer than 5.'
    """
    policy = find_policy(rules.policy)
    if rules.method != policy.method:
        parts = [_method(rules)]
    elif rules.method == "none":
        parts = []
    else:
        parts = [
            *([_threshold(rules.threshold, policy.threshold)] if rules.threshold != policy.threshold else []),
            *([_zeros(rules)] if rules.zeros != policy.zeros else []),
            *_sums(rules),
        ]
    if not parts:
        return None
    vi, en = "; ".join(part.vi for part in parts), "; ".join(part.en for part in parts)
    return Text(
        vi=f"Bộ dữ liệu này khác với quy tắc mà nó dựa vào: {vi}.",
        en=f"This dataset differs from the policy that its rules come from: {en}.",
    )


def _method(rules: DisclosureRules) -> Text:
    if rules.method == "none":
        return Text(
            vi="không áp dụng biện pháp bảo vệ nào, mọi ô đều được công bố",
            en="nothing is protected, every cell is shown",
        )
    if rules.perturbation is not None:
        return Text(
            vi="các số đếm được thay đổi chút ít, thay vì không công bố ô nhỏ",
            en="it changes counts a little, and withholds none",
        )
    return Text(
        vi=f"ô có dưới {rules.threshold} người không được công bố",
        en=f"it withholds fewer than {rules.threshold} people",
    )


def _threshold(used: int, of_policy: int) -> Text:
    return Text(
        vi=f"ô có dưới {used} người thì không công bố, theo quy tắc là dưới {of_policy} người",
        en=f"it withholds fewer than {used} people, the policy fewer than {of_policy}",
    )


def _zeros(rules: DisclosureRules) -> Text:
    if rules.zeros == "publish":
        return Text(vi="số 0 được công bố, theo quy tắc thì không", en="it shows zeros, which the policy withholds")
    return Text(vi="số 0 không được công bố, theo quy tắc thì có", en="it withholds zeros, which the policy shows")


def _sums(rules: DisclosureRules) -> tuple[Text, ...]:
    """Say which rules for sums are not applied. Without a reason there is no sum that they could be applied to."""
    missing = () if rules.reason is None else weaker_sums(find_policy(rules.policy), rules.concentration)
    if not missing:
        return ()
    vi, en = " và ".join(missing), " and ".join(missing)
    return (
        Text(
            vi=f"các tổng số lượng không được xét theo {vi} như quy tắc yêu cầu",
            en=f"it does not look at sums of amounts by {en}, as the policy does",
        ),
    )


def is_weaker(rules: DisclosureRules) -> bool:
    """Say whether a dataset protects less than the policy that it names.

    >>> is_weaker(DisclosureRules(policy="cms_cell", method="suppression", threshold=5, zeros="publish"))
    True
    """
    policy = find_policy(rules.policy)
    if rules.perturbation is not None:
        return False  # it protects otherwise; what that is worth is measured for every release
    if rules.method == "none":
        return policy.method != "none"
    return bool(weaker_keys(policy, threshold=rules.threshold, zeros=rules.zeros) or _sums(rules))


_TOLD = tuple(key for key in SafetyRules.model_fields if key not in ("policy", "reason", "cost"))
"""The keys of stand-alone rules that bear on protection, in the order of declaration."""


def safety_deviation(rules: SafetyRules) -> Text | None:
    """Return how stand-alone ``rules`` differ from their policy; None where they do not, or where they name none.

    >>> safety_deviation(SafetyRules(policy="cms_cell", frequency=5)).en.partition(": ")[2]
    'frequency is 5, in the policy 11.'
    """
    policy = None if rules.policy is None else find_policy(rules.policy).safety
    if policy is None:
        return None
    differing = [key for key in _TOLD if getattr(rules, key) != getattr(policy, key)]
    if not differing:
        return None
    told = [(key, rule_text(rules, key), rule_text(policy, key)) for key in differing]
    vi = "; ".join(f"{key} là {own}, theo quy tắc là {of_policy}" for key, own, of_policy in told)
    en = "; ".join(f"{key} is {own}, in the policy {of_policy}" for key, own, of_policy in told)
    return Text(
        vi=f"Các quy tắc này khác với quy tắc mà chúng dựa vào: {vi}.",
        en=f"These rules differ from the policy that they come from: {en}.",
    )


def rule_text(rules: SafetyRules, key: str) -> str:
    """Return the value of a key as a person would write it in a file of rules.

    >>> rule_text(SafetyRules(p_percent={"p": 10}), "p_percent")
    '{p: 10, coalition: 1}'
    """
    return _written(getattr(rules, key))


def _written(value: object) -> str:
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(_written(one) for one in value)}]"
    if isinstance(value, BaseModel):
        given = {key: own for key, own in value if own is not None}
        return "{" + ", ".join(f"{key}: {_written(own)}" for key, own in given.items()) + "}"
    return f"{value:.15g}" if isinstance(value, float) else str(value)
