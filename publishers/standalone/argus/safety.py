"""Safety rules as tau-ARGUS writes them, `P(20,3)|NK(3,75)|FREQ(5,30)`, as rules of this project."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite, nan

from datasets.disclosure import Dominance, PPercent, PriorPosterior, SafetyRules
from datasets.errors import DisclosureRuleInvalid, Problem

USUAL_MARGIN = 20.0
"""The protection level, in percent, of a cell that was found unsafe by hand, where MAN does not say."""

_COUNTS = {"P": (1, 2, 3), "NK": (2,), "FREQ": (2,), "ZERO": (1,), "MAN": (1,), "WGT": (1,), "MIS": (1,)}
"""How many numbers each rule may have."""

_RULE = re.compile(r"([A-Z]+)\(([^()]*)\)")


@dataclass(frozen=True)
class ArgusRules:
    """What a line of safety rules asks for; a cell is unsafe where any of `rules` finds it so."""

    rules: tuple[SafetyRules, ...]
    margin: float = USUAL_MARGIN


def parse_safety(text: str, *, place: str = "--safety-rule") -> ArgusRules:
    """Return the rules of a line.

    P(p), P(p,n) and P(p,q,n), NK(n,k), FREQ(n,percent), ZERO(range) and MAN(percent) are understood; a rule whose first
    number is 0 is not used, as there. WGT(0) and MIS(0) ask for what is done anyway. Raises `DisclosureRuleInvalid` for
    anything else, REQ included: a rule that is not applied must not look as if it were.

    >>> [rule.frequency for rule in parse_safety("FREQ(3,10)|NK(1,85)").rules]
    [3]
    """
    found: dict[str, list[list[float]]] = {}
    for part in (part.strip().upper() for part in text.split("|") if part.strip()):
        match = _RULE.fullmatch(part)
        if match is None:
            raise _invalid(place, "a rule is not written as NAME(number,number)", "such as FREQ(3,10)")
        if match[1] not in _COUNTS:
            raise _invalid(place, f"{match[1]} cannot be applied here", "use P, NK, FREQ, ZERO and MAN")
        found.setdefault(match[1], []).append(_numbers(match[2], match[1], place))
    for name in ("WGT", "MIS"):
        if any(numbers != [0.0] for numbers in found.get(name, [])):
            raise _invalid(
                place, f"{name} may only be 0: tables have neither weights nor missing codes", "leave it out"
            )
    for name in ("FREQ", "ZERO", "MAN"):
        if len(found.get(name, [])) > 1:
            raise _invalid(place, f"{name} is there twice; holdings need records", "keep one")
    return ArgusRules(_rules(found, place), found.get("MAN", [[USUAL_MARGIN]])[0][0])


def _numbers(text: str, name: str, place: str) -> list[float]:
    try:
        numbers = [float(one) for one in text.split(",")]
    except ValueError:
        numbers = [nan]
    if not all(map(isfinite, numbers)):
        raise _invalid(place, f"{name} has something that is not a number", "such as FREQ(3,10)")
    allowed = _COUNTS[name]
    if len(numbers) not in allowed:
        raise _invalid(place, f"{name} has {len(numbers)} numbers", f"give {' or '.join(map(str, allowed))}")
    return numbers


def _rules(found: dict[str, list[list[float]]], place: str) -> tuple[SafetyRules, ...]:
    try:
        closeness = [_closeness(numbers) for numbers in found.get("P", []) if numbers[0]]
        keys: dict[str, object] = {}
        if dominance := [Dominance(n=int(n), k=k) for n, k in found.get("NK", []) if n and k]:
            keys["dominance"] = tuple(dominance)
        if frequency := [numbers for numbers in found.get("FREQ", []) if numbers[0]]:
            keys |= {"frequency": int(frequency[0][0]), "interval_percent": frequency[0][1] or 1e-6}
        if ranges := found.get("ZERO", []):
            keys |= {"zeros": "protect", "zero_range": ranges[0][0]}
        several: list[dict[str, object]] = [dict(keys)] if keys else []
        for at, one in enumerate(closeness):
            own: dict[str, object] = {"p_percent" if isinstance(one, PPercent) else "p_q": one}
            if several and at == 0:
                several[0] |= own
            else:
                several.append(own)
        return tuple(SafetyRules.model_validate(one) for one in several)
    except ValueError as error:
        reason = str(error).splitlines()[-1].strip() if str(error) else "is out of range"
        raise _invalid(place, f"a number is out of range: {reason.partition(' [')[0]}", "correct the rule") from None


def _closeness(numbers: list[float]) -> PPercent | PriorPosterior:
    if len(numbers) == 3 and numbers[1] < 100:
        return PriorPosterior(p=numbers[0], q=numbers[1], coalition=int(numbers[2]))
    return PPercent(p=numbers[0], coalition=int(numbers[-1]) if len(numbers) > 1 else 1)


def _invalid(place: str, rule: str, remedy: str) -> DisclosureRuleInvalid:
    return DisclosureRuleInvalid("The safety rule cannot be applied", problems=[Problem(place, rule, remedy)])
