"""How the periods of editions stand in the dimension of time: the total of one edition is a member of another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import cast

import numpy as np

from anonymization.ledger import NamedSum
from datasets.errors import Problem
from datasets.names import TOTAL
from datasets.periods import TIME_LEVELS, TimeList, period_of, time_codelist
from datasets.release import PublicRelease
from publishers.ledger_people import Period, period_of_release, present_period
from publishers.tabulate.plan import TabulationPlan

EDITION = "edition"
"""The dimension that tells editions apart where no table has a dimension of time."""
_SHOWN = 3


@dataclass(frozen=True)
class Calendar:
    """The periods of all editions; `dimension` is the one whose total is the whole edition.

    `period` is what the present total covers.
    """

    dimension: str
    edition: str
    period: Period | None
    editions: Mapping[str, Period]
    members: Mapping[str, Period] = field(default_factory=lambda: MappingProxyType({}))
    """The periods that tables have as members, those of the present ones first: a quarter is its months there, too."""

    @classmethod
    def of(cls, plan: TabulationPlan, releases: Sequence[PublicRelease]) -> Calendar:
        own = [one.name for one in plan.dimensions if one.is_time]
        theirs = [one.name for release in releases for one in release.description.dimensions if one.role == "time"]
        # With two dimensions of time, an edition is the total of neither by itself.
        names = own or list(dict.fromkeys(theirs))
        periods = {release.edition: period for release in releases if (period := period_of_release(release))}
        dimension, present = names[0] if len(names) == 1 else EDITION, present_period(plan)
        codes = [code for one in plan.dimensions if one.name == dimension for code in one.members.codes]
        codes += [code for release in releases for code in _codes(release, theirs if dimension != EDITION else ())]
        told = {code: period for code in codes if (period := period_of(code)) and period != present}
        return cls(dimension, plan.edition, present, periods, told)

    def is_whole(self, release: PublicRelease) -> bool:
        """Say whether a release covers the same time as the present one, or may."""
        theirs = period_of_release(release)
        return release.edition == self.edition or None in (theirs, self.period) or theirs == self.period

    def total(self, release: PublicRelease) -> str:
        """Return the name of the whole of a release's time."""
        return TOTAL if self.is_whole(release) else self.member(release.edition)

    def member(self, code: str) -> str:
        """Return the name of a member of time as the present release has it: its whole period is its total.

        Of editions that cover the same time, all are called as the first of them.
        """
        period = self.editions.get(code) or period_of(code)
        if code == self.edition or (period is not None and period == self.period):
            return TOTAL
        told = next((name for name, own in self.members.items() if own == period), None)
        return told or min((name for name, own in self.editions.items() if own == period), default=code)

    def sums(self) -> Iterator[NamedSum]:
        """Yield which editions make up another: every way to fill it follows from these.

        Editions lead from the day on which they begin to the day after they end. For each that lies on some way from
        end to end of another, the shortest such way is told; any other way is a sum and difference of these. Periods
        that cross can make up the same days although none of them holds all: what they make up gets a name of its own.
        """
        names = {period: self.member(name) for name, period in (*self.editions.items(), *self.members.items())}
        if self.period is not None:
            names[self.period] = TOTAL
        wholes = []
        for whole in sorted(names):
            inside = sorted(one for one in names if one != whole and whole[0] <= one[0] and one[1] <= whole[1])
            for parts in dict.fromkeys(_ways(inside, whole)):
                wholes.append(((whole,), parts))
                yield names[whole], tuple(names[part] for part in parts)
        for one, other in _that_cross(sorted(names), wholes):
            sides = [tuple(names[period] for period in side) for side in (one, other)]
            both = " and ".join(sides[0])
            yield both, sides[0]
            yield both, sides[1]


def of_no_period(
    calendar: Calendar, release: PublicRelease, plan: TabulationPlan, codes: Mapping[str, Sequence[str]]
) -> Iterator[Problem]:
    """Yield the dimensions of time whose members are no periods, beside a release of other days.

    The month `01` of a year is the edition of January, and nothing says so: both would be protected by themselves.
    `codes` are the members of each dimension that the release has.
    """
    if calendar.is_whole(release):
        return
    times = {one.name for one in release.description.dimensions if one.role == "time"}
    theirs = [(f"{release.dataset} {release.name}", name, own) for name, own in codes.items() if name in times]
    ours = [(f"{plan.dataset} {plan.edition}", one.name, one.members.codes) for one in plan.dimensions if one.is_time]
    for place, name, own in (*theirs, *ours):
        unknown = [code for code in own if code != TOTAL and period_of(code) is None]
        if unknown:
            yield Problem(
                f"{place}, dimension {name}",
                f"has members that are no periods ({', '.join(unknown[:_SHOWN])}), beside {release.name}: nothing tells"
                " how they hang together, and whoever has both can subtract",
                "use codelist: months, quarters or years, or codes such as 2026-01, 2026-W05 or 2026-01-31; what is no"
                " stretch of days, such as days of the week, has role: other",
            )


class CutPeriods:
    """Which days of a week, or of another period, the tables of each release have: editions cut those at their ends."""

    def __init__(self) -> None:
        self._seen: dict[Period, tuple[Period, str]] = {}

    def see(self, name: str, edition: Period | None, codes: Iterable[str]) -> Iterator[Problem]:
        """Yield which members of a release have other days than in another; `edition` is what all of it covers.

        The last days of January and the first of February are together a week that may be an edition of its own. What
        fills a whole edition is its total, and known to be.
        """
        if edition is None:
            return
        whole = [period for code in codes if (period := period_of(code)) is not None]
        for period in dict.fromkeys([edition, *whole]):
            there = (max(period[0], edition[0]), min(period[1], edition[1]))
            if period == edition or (there[0] <= there[1] and there != edition):
                days, other = self._seen.setdefault(period, (there, name))
                if days != there:
                    yield Problem(
                        f"{name} and {other}",
                        f"have {there[0]} to {there[1]} and {days[0]} to {days[1]} of {period[0]} to {period[1]}:"
                        " nothing tells how they hang together, and whoever has both can subtract",
                        "publish whole weeks (or quarters): give the edition a coverage that starts and ends with one",
                    )


def _ways(inside: Sequence[Period], whole: Period) -> Iterator[tuple[Period, ...]]:
    """Yield, for each period on some way from end to end of the whole, the shortest way through it."""
    start, end = whole[0].toordinal(), whole[1].toordinal() + 1
    before: dict[int, tuple[Period, ...]] = {start: ()}
    for one in inside:
        first, after = one[0].toordinal(), one[1].toordinal() + 1
        if first in before and (after not in before or len(before[first]) + 1 < len(before[after])):
            before[after] = (*before[first], one)
    behind: dict[int, tuple[Period, ...]] = {end: ()}
    for one in sorted(inside, key=lambda period: period[1], reverse=True):
        first, after = one[0].toordinal(), one[1].toordinal() + 1
        if after in behind and (first not in behind or len(behind[after]) + 1 < len(behind[first])):
            behind[first] = (one, *behind[after])
    for one in inside:
        first, after = one[0].toordinal(), one[1].toordinal() + 1
        if first in before and after in behind:
            yield *before[first], one, *behind[after]


_Sides = tuple[tuple[Period, ...], tuple[Period, ...]]
"""Periods that have the same days together as others have."""


def _codes(release: PublicRelease, dimensions: Sequence[str]) -> Iterator[str]:
    """Yield the codes of periods that tables of a release may have as members of some dimensions."""
    period = period_of_release(release)
    for one in release.description.dimensions:
        if period is not None and one.name in dimensions and one.codelist in TIME_LEVELS:
            members = time_codelist(cast("TimeList", one.codelist), *period).members
            yield from (member.code for member in members if member.level in one.levels)


def _that_cross(periods: Sequence[Period], known: Sequence[_Sides]) -> Iterator[_Sides]:
    """Yield which periods make up the same days as others, as far as that does not follow from what is known.

    Periods are links between the days on which they begin and those after they end: a link between days that hang
    together already closes a ring, and those that go round it one way make up what the others do.
    """
    number = {period: at for at, period in enumerate(periods)}
    rows = [_weights(sides, number) for sides in known]
    ways: dict[int, dict[int, tuple[_Link, ...]]] = {}
    for period in periods:
        first, after = period[0].toordinal(), period[1].toordinal() + 1
        for day in (first, after):
            ways.setdefault(day, {day: ()})
        if after in ways[first]:
            ring = ((period, -1), *ways[first][after])
            one, other = (tuple(link for link, sign in ring if sign == own) for own in (-1, 1))
            more = [*rows, _weights((one, other), number)]
            if not rows or np.linalg.matrix_rank(np.array(more)) > np.linalg.matrix_rank(np.array(rows)):
                rows = more
                yield one, other
        else:
            _join(ways, (first, after), period)


_Link = tuple[Period, int]
"""A period, and whether it leads forward (1) or back (-1)."""


def _weights(sides: _Sides, number: Mapping[Period, int]) -> list[int]:
    row = [0] * len(number)
    for side, sign in zip(sides, (-1, 1), strict=True):
        for period in side:
            row[number[period]] = sign
    return row


def _join(ways: dict[int, dict[int, tuple[_Link, ...]]], days: tuple[int, int], period: Period) -> None:
    """Link two groups of days: `ways` has, for each day, the links that lead to every other one of its group."""
    first, after = days
    left, right = dict(ways[first]), dict(ways[after])
    for one, there in left.items():
        back = tuple((link, -sign) for link, sign in reversed(there))
        for other, onward in right.items():
            way = (*back, (period, 1), *onward)
            ways[one][other] = way
            ways[other][one] = tuple((link, -sign) for link, sign in reversed(way))
