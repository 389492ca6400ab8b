"""Breaks in the series that are shown: those that the release declares, and those that its list of provinces knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

from datasets.breaks import Break
from datasets.geography import Crosswalk
from datasets.names import TOTAL
from datasets.periods import period_of
from datasets.text import Bilingual
from portal.public.explore.exploration import Exploration
from portal.query.schema import Axis


@dataclass(frozen=True)
class SeriesBreak:
    """A break inside the span that is shown."""

    since: str
    """The first period after it, or the first day."""
    periods: tuple[str, ...]
    """The first shown period after it, of each level that is shown."""
    reason: Bilingual | None = None
    """As the release says it; None where the list of members knows of the break."""
    axis: Axis | None = None
    """The dimension of which it concerns some members; None where it concerns everything that is shown."""
    members: tuple[str, ...] = ()
    joined: tuple[Bilingual, ...] = ()
    """What became a part of the member. Where there is neither this nor a reason, members are there since then."""


@dataclass(frozen=True)
class Series:
    """What is shown along time."""

    exploration: Exploration
    time: Axis
    periods: tuple[str, ...]
    """In the order in which they are shown."""
    members: Mapping[str, tuple[str, ...]]
    """Of each other dimension: the members that are shown, or the one that it is held at."""

    @cached_property
    def beside(self) -> str:
        """The dimension that is shown beside time, of several that of places; empty where there is none."""
        others = [along.axis for along in self.exploration.shown if along.name != self.time.name]
        return min(others, key=lambda axis: axis.description.role != "geography").name if others else ""

    def breaks(self, declared: Iterable[Break]) -> tuple[SeriesBreak, ...]:
        """Return the breaks between the periods that are shown, the earliest first."""
        told = [each for one in declared if (each := self._declared(one)) is not None]
        known = [each for one in self._known() if (each := self._untold(one, told)) is not None]
        return tuple(sorted([*told, *known], key=lambda each: _first_day(each.since)))

    def concerns(self, one: SeriesBreak, member: str) -> bool:
        """Say whether a break concerns a member of the dimension beside time; every one where that is not its own."""
        return one.axis is None or one.axis.name != self.beside or member in one.members

    # What the release declares ----------------------------------------------------------------------------------------

    def _declared(self, one: Break) -> SeriesBreak | None:
        measure = self.exploration.measure
        if one.measures and not {measure.name, measure.numerator, measure.denominator} & set(one.measures):
            return None
        concerned = {name: self._among(name, codes) for name, codes in one.members.items()}
        periods = self._first_from(_first_day(one.from_))
        if not periods or not all(concerned.values()):
            return None
        if self.beside not in concerned:
            return SeriesBreak(one.from_, periods, one.reason)
        return SeriesBreak(one.from_, periods, one.reason, self._axis(self.beside), concerned[self.beside])

    def _among(self, name: str, codes: Sequence[str]) -> tuple[str, ...]:
        """Return the shown members that ``codes`` name; a sum of old provinces breaks where one of these does."""
        walk = self._walk(name)
        if walk is not None and self.exploration.geography == "2025":
            parts = {code: walk.parts_of(code) | walk.ended_in(code) for code in self.members[name]}
            return tuple(code for code, olds in parts.items() if not olds.isdisjoint(codes))
        return tuple(code for code in self.members.get(name, ()) if code in codes)

    # What the list of members knows -----------------------------------------------------------------------------------

    def _known(self) -> Iterator[SeriesBreak]:
        for name, codes in self.members.items():
            axis, walk = self._axis(name), self._walk(name)
            # Sums of old provinces are asked only for times in which nothing changed.
            if axis.description.role == "geography" and not (walk and self.exploration.geography == "2025"):
                yield from self._formed(axis, codes)
                yield from self._joined(axis, codes, walk)

    def _formed(self, axis: Axis, codes: Sequence[str]) -> Iterator[SeriesBreak]:
        days = _formed_on(axis, codes)
        for day in sorted(set(days.values())):
            if periods := self._first_from(date.fromisoformat(day)):
                members = tuple(code for code in codes if days.get(code) == day)
                yield SeriesBreak(day, periods, axis=axis, members=members)

    def _joined(self, axis: Axis, codes: Sequence[str], walk: Crosswalk | None) -> Iterator[SeriesBreak]:
        for code in codes if walk is not None else ():
            for part in walk.joined.get(code, ()) if walk is not None else ():
                day = date.fromisoformat(part.valid_to) + timedelta(days=1)
                if periods := self._first_from(day):
                    yield SeriesBreak(str(day), periods, axis=axis, members=(code,), joined=(part.label,))

    def _untold(self, known: SeriesBreak, told: Sequence[SeriesBreak]) -> SeriesBreak | None:
        """Leave out the members of which the release tells a break itself, at the same place."""
        assert known.axis is not None
        of_same = [one for one in told if one.periods == known.periods]
        left = tuple(code for code in known.members if not any(self._tells(one, known.axis, code) for one in of_same))
        return replace(known, members=left) if left else None

    @staticmethod
    def _tells(one: SeriesBreak, axis: Axis, code: str) -> bool:
        return one.axis is None or one.axis.name != axis.name or code in one.members

    # Places -----------------------------------------------------------------------------------------------------------

    def _first_from(self, day: date) -> tuple[str, ...]:
        """Return the first shown period that ends on ``day`` or later, of each level that begins before it."""
        after = ((ends[0][0], next((code for code, end in ends if end >= day), "")) for ends in self._ends)
        return tuple(code for first, code in after if code and code != first)

    @cached_property
    def _ends(self) -> tuple[tuple[tuple[str, date], ...], ...]:
        """The shown periods of each level, each with its last day."""
        found = [(self.time.level(code), code, period[1]) for code in self.periods if (period := period_of(code))]
        levels = dict.fromkeys(level for level, _, _ in found)
        return tuple(tuple((code, end) for of, code, end in found if of == level) for level in levels)

    def _axis(self, name: str) -> Axis:
        held = {axis.name: axis for axis, _ in self.exploration.held}
        return held.get(name) or next(along.axis for along in self.exploration.shown if along.name == name)

    def _walk(self, name: str) -> Crosswalk | None:
        """Return how old provinces changed, where a dimension is of them in the release."""
        areas, axis = self.exploration.cube.areas, self.exploration.cube.axes.get(name)
        return areas.crosswalk if areas and axis and areas.geography(axis) == "legacy" else None


def series_of(exploration: Exploration, rows: Sequence[str], columns: Sequence[str]) -> Series | None:
    """Return what is shown along time, of the rows and columns that are there; None where time is not shown."""
    found = {exploration.rows.name: tuple(rows)}
    found |= {exploration.columns.name: tuple(columns)} if exploration.columns else {}
    time = next((along.axis for along in exploration.shown if along.is_time), None)
    if time is None:
        return None
    held = {axis.name: (code,) for axis, code in exploration.held}
    return Series(exploration, time, found.pop(time.name), {**found, **held})


def series_since(exploration: Exploration, shown: Mapping[str, tuple[str, ...]]) -> Series | None:
    """Return what is shown at one period as it would go on from there; None where it is of several, or of no time.

    ``shown`` are the members of each dimension that is shown.
    """
    held = {axis.name: (code,) for axis, code in exploration.held}
    at = next(((axis, code) for axis, code in exploration.held if axis.description.role == "time"), None)
    if at is None or at[1] == TOTAL:
        return None
    time, period = at
    later = tuple(code for code in time.at(time.level(period)) if code >= period)
    return Series(exploration, time, later, {**shown, **held})


def _formed_on(axis: Axis, codes: Sequence[str]) -> Mapping[str, str]:
    """Return the day on which each of the members was formed that were formed while others of its level were there.

    A list all of whose members begin on one day is of the borders of that day: numbers of before are counted in these
    too, for there are no others in it. Where a dataset has some of before in other borders, it declares the break.
    """
    known = [axis.codelist.by_code[code] for code in codes if code in axis.codelist.by_code]
    begun: dict[str, str] = {}
    for member in axis.codelist.members:
        begun[member.level] = min(begun.get(member.level, member.valid_from), member.valid_from)
    return {one.code: one.valid_from for one in known if one.valid_from > begun[one.level]}


def _first_day(since: str) -> date:
    """Return the day on which a period begins; of one that is none, a day that no series reaches."""
    period = period_of(since)
    return period[0] if period else date.max
