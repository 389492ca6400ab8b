"""What may be added up over several members, and which rates and means can be worked out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from datasets.errors import QueryInvalid
from datasets.release import MeasureDescription
from datasets.said import joined, said
from portal.query.model import invalid
from portal.query.plan import Plan
from portal.query.ratios import Ratio
from portal.query.schema import Cube
from portal.query.selection import Use

_RATIOS = frozenset({"rate", "mean"})


def plan_sums(plan: Plan, cube: Cube) -> Plan:
    """Return ``plan`` with the rates and means to work out; what cannot be added up raises QueryInvalid.

    Where one province alone is left of those that are joined, what cannot be added up may still be its own.
    """
    summed, ended = [use for use in plan.uses if use.sums], [use for use in plan.uses if use.ended]
    rules = {measure.name: _why_not(measure, summed, cube.measures) for measure in plan.measures if summed}
    for name, rule in rules.items():
        if rule:
            others = ",".join(each for each, against in rules.items() if not against)
            raise _refused(name, rule, summed, others)
    alone = [measure for measure in plan.measures if ended and _why_not(measure, ended, cube.measures)]
    divided = [measure for measure in plan.measures if measure.type in _RATIOS and (summed or ended)]
    ratios = [_ratio(measure, cube) for measure in divided if measure not in alone]
    above = {measure.name: measure.numerator or "" for measure in alone}
    beside = tuple((name, found if found in cube.measures else "") for name, found in above.items())
    return replace(plan, ratios=tuple(ratios), alone=beside)


def _ratio(measure: MeasureDescription, cube: Cube) -> Ratio:
    above, below = cube.measures[measure.numerator or ""], cube.measures[measure.denominator or ""]
    return Ratio(measure, above, below, cube.fewest)


def _refused(name: str, rule: str, summed: Sequence[Use], others: str) -> QueryInvalid:
    # Where time is among them it is what stands in the way.
    first = min(summed, key=lambda use: use.axis.description.role != "time").name
    return invalid(
        name,
        rule,
        joined(
            said("group=%(name)s gives a row for each, %(name)s=… one of them.", name=first),
            said("select=%(measures)s asks for what can be added up.", measures=others) if others else "",
        ),
    )


def _why_not(measure: MeasureDescription, summed: Sequence[Use], measures: Mapping[str, MeasureDescription]) -> str:
    """Return why a measure cannot be told of several members at once; empty where it can."""
    times = ", ".join(use.name for use in summed if use.axis.description.role == "time")
    if times and measure.type == "population":
        return said("is a number of people at one time, which does not add up over %(dimensions)s", dimensions=times)
    if times and measure.type == "rate":
        return said("would be a rate of a longer time over several members of %(dimensions)s", dimensions=times)
    if measure.type in _RATIOS:
        return _why_not_divided(measure, summed, measures)
    if measure.additive or measure.type == "population":
        return ""
    what = said("distinct persons") if measure.type == "persons" else said("changed counts")
    over = ", ".join(use.name for use in summed)
    return said("%(what)s cannot be added up over %(dimensions)s", what=what, dimensions=over)


def _why_not_divided(
    measure: MeasureDescription, summed: Sequence[Use], measures: Mapping[str, MeasureDescription]
) -> str:
    if measure.numerator is None:
        return said("of several members needs the sum of its values, which is not published")
    if measure.denominator is None:
        if measure.type == "rate":
            return said("of several members needs the population that it is divided by, which is not published")
        return said("of several members needs the number of its values, which is not published")
    for name in (measure.numerator, measure.denominator):
        part = measures.get(name)
        if part is None:
            return said("of several members needs %(part)s, which is not in this table", part=name)
        if part.field_type != "integer":
            return said("of several members needs whole numbers, and %(part)s has decimals", part=name)
        if rule := _why_not(part, summed, measures):
            return said("of several members needs %(part)s: %(rule)s", part=name, rule=rule)
    return ""
