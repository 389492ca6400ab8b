"""Read provinces by the other list of them: tables of the 63 by the 34 of 1 July 2025, and back where that is the same.

The 63 nest in the 34, so that a new province is a sum of old ones. An old one cannot be taken out of a new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from datasets.errors import QueryInvalid
from datasets.hints import listed
from datasets.names import TOTAL
from datasets.periods import period_of
from datasets.said import said
from datasets.text import Bilingual
from portal.query.model import Filter, Geography, clip, invalid, unknown
from portal.query.schema import Areas, Axis, Cube
from portal.query.selection import Use, fold, use_axis

JOINED = Bilingual(vi="34 tỉnh, thành phố (địa giới từ 1/7/2025)", en="The 34 provinces (boundaries of 1 July 2025)")
"""What old provinces that are read as new ones are called, whatever time their numbers are of."""


def use_provinces(cube: Cube, axis: Axis, filters: Sequence[Filter], wanted: Geography, *, grouped: bool) -> Use:
    """Return how ``axis`` takes part in a question that names provinces by the list ``wanted``.

    A part of a province that has one figure raises QueryInvalid.
    """
    own = None if cube.areas is None else cube.areas.geography(axis)
    if cube.areas is None or own in {None, wanted}:
        return use_axis(axis, filters, grouped=grouped)
    if own == "legacy":
        return _joined(cube.areas, axis, filters, grouped=grouped)
    if grouped and not filters:
        rule = said("a province that was merged has no figure of its own, so the 34 cannot be divided into the 63")
        raise invalid("geography", rule, said("Choose old provinces by their codes, or leave out geography"))
    return use_axis(axis, [_renamed(cube.areas, condition) for condition in filters], grouped=grouped)


def check_provinces(cube: Cube) -> None:
    """Raise QueryInvalid where a table has no provinces of either list."""
    if cube.areas is None or not any(map(cube.areas.geography, cube.axes.values())):
        raise no_provinces()


def no_provinces() -> QueryInvalid:
    """Make the error for a table that is not by provinces of either list."""
    rule = said("is for tables of the 63 or the 34 provinces")
    return invalid("geography", rule, said("Leave it out: codes are those of the release"))


def check_borders(cube: Cube, uses: Sequence[Use]) -> None:
    """Raise QueryInvalid where new provinces are made of old ones for a time in which those had other borders."""
    if cube.areas is None or not any(use.stored for use in uses):
        return
    settled = cube.areas.crosswalk.settled
    codes = [code for use in uses if use.axis.description.role == "time" for code in _periods(use)]
    for code in codes or [cube.period_start]:
        period = period_of(code)
        if period is None or period[0] < settled:
            remedy = said("Choose later periods, or leave out geography")
            raise invalid("geography", said("the provinces had other borders before %(day)s", day=settled), remedy)


def _periods(use: Use) -> Sequence[str]:
    members = use.members or ()
    return use.axis.finest if TOTAL in members else members


# The 63 read as the 34 ------------------------------------------------------------------------------------------------


def _joined(areas: Areas, axis: Axis, filters: Sequence[Filter], *, grouped: bool) -> Use:
    """Return how old provinces take part where new ones are asked for; ``stored`` says that they were joined."""
    if not filters and not grouped:
        return use_axis(axis, filters, grouped=False)
    new, parts = joined_axis(areas, axis)
    use = use_axis(new, filters, grouped=grouped)
    old = tuple(parts[code] for code in use.members or ())
    ended = frozenset().union(*map(areas.crosswalk.ended_in, use.members or ())) & axis.positions.keys()
    if use.shown:
        return replace(use, parts=old, stored=axis, ended=ended)
    # In published order, as whoever reads them takes for granted: new provinces are in another one than their parts.
    members = tuple(sorted((code for codes in old for code in codes), key=axis.positions.__getitem__))
    return replace(fold(Use(axis, "summed", members, ended=ended)), stored=axis)


def joined_axis(areas: Areas, axis: Axis) -> tuple[Axis, Mapping[str, tuple[str, ...]]]:
    """Return an axis of old provinces as one of new ones, and the published old ones that each is a sum of."""
    parts = {**_parts(areas, axis), TOTAL: (TOTAL,)}
    members = tuple(member for member in areas.provinces.members if member.code in parts)
    total = [member for member in axis.codelist.members if member.code == TOTAL]
    description = axis.description.model_copy(update={"title": JOINED, "levels": ()})
    return Axis(description, replace(areas.provinces, members=(*total, *members))), parts


def _parts(areas: Areas, axis: Axis) -> Mapping[str, tuple[str, ...]]:
    """Return the published old provinces that make up each new one; one that is not published whole is not there.

    What had ended in it before is among them where the release has it: late records may be counted there.
    """
    found = {}
    for member in areas.provinces.members:
        parts = areas.crosswalk.parts_of(member.code)
        if parts and parts <= axis.positions.keys():
            ended = areas.crosswalk.ended_in(member.code) & axis.positions.keys()
            found[member.code] = tuple(sorted(parts | ended, key=axis.positions.__getitem__))
    return found


# The 34 asked by the codes of the 63 ----------------------------------------------------------------------------------


def _renamed(areas: Areas, condition: Filter) -> Filter:
    """Return a condition on old codes as one on new codes, where old ones are whole new ones."""
    if condition.operator not in {"eq", "in"}:
        rule = said("old provinces are chosen by their codes only")
        raise invalid(condition.place, rule, said("Write %(name)s__in=01,79", name=condition.field))
    walk = areas.crosswalk
    known = [member.code for member in walk.legacy.at_levels([walk.level]) if walk.existed(member.code)]
    for code in condition.values:
        if code not in known:
            raise unknown(condition.place, code, known)
    new = tuple(dict.fromkeys(walk.successor_of(code) or "" for code in condition.values))
    for code in new:
        missing = sorted(walk.parts_of(code) - set(condition.values))
        if missing:
            part = next(each for each in condition.values if walk.successor_of(each) == code)
            whole = areas.provinces.label(code).vi
            rule = said("%(part)s became a part of %(whole)s, which has one figure", part=clip(part), whole=whole)
            remedy = said("Name its other parts too (%(parts)s), or ask for it by its new code", parts=listed(missing))
            raise invalid(condition.place, rule, remedy)
    return replace(condition, operator="in", values=new)
