"""Which members of a dimension a query means, and what may be said of several of them at once."""

from __future__ import annotations

import operator
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from textwrap import shorten
from typing import Any, Literal, NoReturn

from catalog.vietnamese import strip_marks
from datasets.codelist import Codelist, Member
from datasets.errors import QueryInvalid
from datasets.hints import SHOWN, is_same, listed, nearest
from datasets.names import TOTAL
from datasets.said import Said, SaidInBoth, said
from datasets.text import LANGUAGES, Bilingual
from portal.query.model import Filter, clip, invalid, unknown
from portal.query.operators import operators_of
from portal.query.schema import Axis, shape

Role = Literal["total", "pinned", "grouped", "folded", "summed", "listed"]
"""How a dimension takes part: at its published total; at one member; a row for each member; several members that
are exactly a published parent; several members added up; or every row as it stands."""

_NAMED = 2_000
"""So many members are also known by their names when one is misspelt."""
_LONGEST_NAME = 40
"""Characters of a name in a list of codes."""
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
_OPPOSITES = {"gt": "lte", "gte": "lt", "lt": "gte", "lte": "gt"}


@dataclass(frozen=True)
class Use:
    """How one dimension takes part in a query; ``members`` are in published order, ``None`` means every row."""

    axis: Axis
    role: Role
    members: tuple[str, ...] | None
    parts: tuple[tuple[str, ...], ...] = ()
    """The stored members that each of ``members`` is a sum of, where the table is stored by another list."""
    stored: Axis | None = None
    """The axis that the table is stored by, where a question names its members by another list."""
    ended: frozenset[str] = frozenset()
    """Stored members among them that had ended before any time that is asked: late records may still name them, but
    their people are counted in what they were joined to."""

    @property
    def sums(self) -> bool:
        """Whether cells are added up along it, but for what is left of members that had ended."""
        return self.role == "summed" or any(len({*part} - self.ended) > 1 for part in self.parts)

    @property
    def name(self) -> str:
        return self.axis.name

    @property
    def shown(self) -> bool:
        """Whether the answer has a column for it."""
        return self.role in {"pinned", "grouped", "listed"}

    @property
    def crosses(self) -> bool:
        """Whether it needs a margin that this dimension takes part in."""
        return self.members is not None and self.members != (TOTAL,)


def use_axis(axis: Axis, filters: Sequence[Filter], *, grouped: bool) -> Use:
    """Return how ``axis`` takes part in a query over cells; what has no single meaning raises QueryInvalid."""
    if not filters:
        return Use(axis, "grouped", axis.finest) if grouped else _total(axis)
    members = chosen(axis, filters, scope=axis.finest)
    if grouped:
        return Use(axis, "grouped", members)
    if len(members) == 1:
        return Use(axis, "pinned", members)
    _check_disjoint(axis, filters[0].place, members)
    return Use(axis, "summed", members)


def list_axis(axis: Axis, filters: Sequence[Filter]) -> Use:
    """Return how ``axis`` takes part in a listing of the cells as they were published, totals included."""
    return Use(axis, "listed", chosen(axis, filters, scope=tuple(axis.positions)) if filters else None)


def fold(use: Use) -> Use:
    """Return ``use`` at the one published parent whose children are exactly its members, where there is one.

    Children stand for their parent at every level: all provinces of all regions are the whole country.
    """
    # A published parent may lack people because none are told of a member that had ended; the others' sum does not.
    if use.role != "summed" or use.members is None or use.ended:
        return use
    left = set(use.members)
    while len(left) > 1:
        parent = next((code for code, below in use.axis.children.items() if below <= left), None)
        if parent is None:
            return use
        left = left - use.axis.children[parent] | {parent}
    return Use(use.axis, "folded", tuple(left))


def chosen(axis: Axis, filters: Sequence[Filter], *, scope: tuple[str, ...]) -> tuple[str, ...]:
    """Return the published members that satisfy every filter, in published order; none at all raises QueryInvalid.

    Ranges, prefixes and ``ne`` look at ``scope``; a named level or named members widen or narrow it.
    """
    keys = {condition.operator for condition in filters}
    if scope is axis.finest and keys <= _COMPARISONS.keys() and axis.calendar:
        return _between(axis, filters) or _no_member(axis, filters)
    candidates: Collection[str] = tuple(axis.positions) if keys & {"eq", "in", "level"} else scope
    for condition in filters:
        candidates = _keep(axis, condition, candidates)
    return tuple(candidates) or _no_member(axis, filters)


def _no_member(axis: Axis, filters: Sequence[Filter]) -> NoReturn:
    raise invalid(
        ", ".join(condition.place for condition in filters),
        said("no published member of %(name)s satisfies this", name=axis.name),
        _extent(axis),
    )


def _between(axis: Axis, filters: Sequence[Filter]) -> tuple[str, ...]:
    """Return the periods that satisfy every comparison, as ``_compare_periods`` does, by bisection."""
    first, end = 0, len(axis.finest)
    for condition in filters:
        value = condition.values[0]
        if not axis.calendar.startswith(shape(value)):
            raise _no_period(condition, axis.finest)
        find = bisect_left if condition.operator in {"gte", "lt"} else bisect_right
        place = find(axis.finest, value, key=itemgetter(slice(len(value))))
        first, end = (max(first, place), end) if condition.operator in {"gt", "gte"} else (first, min(end, place))
    return axis.finest[first:end]


def tested_members(use: Use, condition: Filter, *, negated: bool) -> tuple[str, ...]:
    """Return the codes of a shown dimension for which a condition on rows holds, or its opposite; perhaps none.

    Codes that cannot be compared, such as the total with a month, are in neither.
    """
    among = tuple(use.axis.positions) if use.members is None else use.members
    if negated and condition.operator in _OPPOSITES:
        return _keep(use.axis, replace(condition, operator=_OPPOSITES[condition.operator]), among)
    kept = _keep(use.axis, condition, among)
    return tuple(code for code in among if code not in frozenset(kept)) if negated else kept


def _extent(axis: Axis) -> str:
    if not axis.members:
        return ""
    return said(
        "%(name)s has %(count)s members, from %(first)s to %(last)s",
        name=axis.name,
        count=len(axis.members),
        first=clip(axis.members[0]),
        last=clip(axis.members[-1]),
    )


def _total(axis: Axis) -> Use:
    if not axis.description.total:
        raise invalid(
            axis.name,
            said("has no published total, so one member must be chosen"),
            said(
                "Write %(name)s=… with one of its codes, or group=%(name)s. Known here: %(names)s",
                name=axis.name,
                names=listed(axis.members),
            ),
        )
    return Use(axis, "total", (TOTAL,))


def _keep(axis: Axis, condition: Filter, candidates: Collection[str]) -> tuple[str, ...]:
    if condition.operator in {"eq", "in"}:
        wanted = frozenset(_known(axis, condition, code) for code in condition.values)
        if len(candidates) == len(axis.positions):
            # All of them, in their order: to look each of the few up beats looking all through.
            return tuple(sorted(wanted, key=axis.positions.__getitem__))
        return tuple(code for code in candidates if code in wanted)
    value = condition.values[0]
    if condition.operator == "ne":
        _known(axis, condition, value)
        return tuple(code for code in candidates if code != value)
    if condition.operator == "level":
        if value not in axis.levels:
            raise unknown(condition.place, value, axis.levels)
        return tuple(code for code in candidates if axis.level(code) == value)
    if condition.operator == "prefix":
        return tuple(code for code in candidates if code.startswith(value) and code != TOTAL)
    if condition.operator == "contains":
        return tuple(code for code in candidates if _has_text(axis, code, strip_marks(value)))
    if condition.operator not in _COMPARISONS:
        raise invalid(
            condition.place,
            said("is not for %(kind)s fields", kind="dimension"),
            said("Use one of: %(names)s", names=", ".join(operators_of("dimension"))),
        )
    compare = _compare_periods if axis.description.role == "time" else _compare_positions
    return compare(axis, condition, candidates)


def _has_text(axis: Axis, code: str, text: str) -> bool:
    label = axis.codelist.label(code)
    return any(text in strip_marks(each) for each in (code, label.vi, label.en))


def _known(axis: Axis, condition: Filter, code: str) -> str:
    if code in axis.positions:
        return code
    if code == TOTAL:
        names = listed(axis.members)
        remedy = said("Choose members, or group=%(name)s. Known here: %(names)s", name=axis.name, names=names)
        raise invalid(condition.place, said("%(name)s has no published total", name=axis.name), remedy)
    if code in axis.codelist.by_code:
        level = axis.codelist.by_code[code].level
        raise invalid(
            condition.place,
            said(
                "%(code)s is of the level %(level)s, which is not published",
                code=clip(code),
                level=level or said("without a name"),
            ),
            said("The published levels are: %(names)s", names=listed(axis.levels)),
        )
    members = [axis.codelist.by_code[each] for each in axis.members]
    told = () if axis.description.role == "time" else with_names(axis.codelist, axis.positions)
    raise unknown(condition.place, code, axis.positions, near=meant_member(code, members), told=told)


def with_names(codelist: Codelist, codes: Iterable[str]) -> list[str]:
    """Return codes with their names, as errors list them: whoever wrote a wrong code seldom knows the others."""
    given = list(codes)
    return [*(_with_name(code, codelist.label(code)) for code in given[:SHOWN]), *given[SHOWN:]]


def _with_name(code: str, label: Bilingual) -> str:
    if label.en == label.vi == code:
        return code
    vi, en = (shorten(label.of(language), _LONGEST_NAME, placeholder="…") for language in LANGUAGES)
    return Said.of("%(code)s (%(name)s)", {"code": code, "name": SaidInBoth.named(vi=vi, en=en)})


def meant_member(text: str, members: Sequence[Member]) -> str:
    """Return the code that ``text`` was probably meant to be: people write names where codes are asked for."""
    codes = [member.code for member in members]
    labels = {label: member.code for member in members[:_NAMED] for label in (member.label.vi, member.label.en)}
    code, label = nearest(text, codes), nearest(text, labels)
    if label and (not code or (is_same(label, text) and not is_same(code, text))):
        return f"{labels[label]} ({label})"
    return code


def _compare_periods(_axis: Axis, condition: Filter, candidates: Collection[str]) -> tuple[str, ...]:
    """Compare periods as far as the value goes: ``month__lte=2025`` keeps December 2025."""
    value = condition.values[0]
    comparable = [code for code in candidates if code != TOTAL and shape(code).startswith(shape(value))]
    if candidates and not comparable:
        raise _no_period(condition, candidates)
    compare = _COMPARISONS[condition.operator]
    return tuple(code for code in comparable if compare(code[: len(value)], value))


def _no_period(condition: Filter, candidates: Collection[str]) -> QueryInvalid:
    example = next((code for code in candidates if code != TOTAL), "")
    rule = said("%(given)s is not a period of this kind", given=clip(condition.values[0]))
    return invalid(condition.place, rule, said("Write it like %(example)s", example=example))


def _compare_positions(axis: Axis, condition: Filter, candidates: Collection[str]) -> tuple[str, ...]:
    """Compare members of one level by their place in the code list."""
    value = _known(axis, condition, condition.values[0])
    level = axis.level(value)
    comparable = [code for code in candidates if axis.level(code) == level]
    if candidates and not comparable:
        raise invalid(
            condition.place,
            said("%(given)s is of another level", given=clip(value)),
            said("Add %(name)s__level with the level you mean", name=axis.name),
        )
    compare, positions = _COMPARISONS[condition.operator], axis.positions
    return tuple(code for code in comparable if compare(positions[code], positions[value]))


def _check_disjoint(axis: Axis, place: str, members: tuple[str, ...]) -> None:
    """Refuse to add up members that overlap, or that are of several levels."""
    among = frozenset(members)
    for code in members:
        above = next((parent for parent in axis.above[code] if parent in among), None)
        if above is not None:
            raise invalid(
                place,
                said(
                    "%(part)s is part of %(whole)s, so adding them up would count it twice",
                    part=clip(code),
                    whole=clip(above),
                ),
                said("Name members of one level, or group=%(name)s for a row each", name=axis.name),
            )
    levels = {axis.level(code) for code in members}
    if len(levels) > 1:
        raise invalid(
            place,
            said("the members are of several levels (%(names)s), which do not add up", names=", ".join(sorted(levels))),
            said("Name members of one level, or group=%(name)s for a row each", name=axis.name),
        )
