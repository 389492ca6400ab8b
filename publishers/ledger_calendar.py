"""How the periods of editions stand in the dimension of time: the total of one edition is a member of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from anonymization.ledger import NamedSum
from datasets.names import TOTAL
from datasets.periods import period_of
from datasets.release import PublicRelease
from publishers.ledger_people import Period, period_of_release, present_period
from publishers.tabulate.plan import TabulationPlan

EDITION = "edition"
"""The dimension that tells editions apart where no table has a dimension of time."""


@dataclass(frozen=True)
class Calendar:
    """The periods of all editions; `dimension` is the one whose total is the whole edition.

    `period` is what the present total covers.
    """

    dimension: str
    edition: str
    period: Period | None
    editions: Mapping[str, Period]

    @classmethod
    def of(cls, plan: TabulationPlan, releases: Sequence[PublicRelease]) -> Calendar:
        own = [one.name for one in plan.dimensions if one.is_time]
        theirs = [one.name for release in releases for one in release.description.dimensions if one.role == "time"]
        # With two dimensions of time, an edition is the total of neither by itself.
        names = own or list(dict.fromkeys(theirs))
        periods = {release.edition: period for release in releases if (period := period_of_release(release))}
        return cls(names[0] if len(names) == 1 else EDITION, plan.edition, present_period(plan), periods)

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
        return min((name for name, own in self.editions.items() if own == period), default=code)

    def sums(self) -> Iterator[NamedSum]:
        """Yield which editions make up another: every way to fill it follows from these.

        Editions lead from the day on which they begin to the day after they end. For each that lies on some way from
        end to end of another, the shortest such way is told; any other way is a sum and difference of these.
        """
        names = {period: self.member(name) for name, period in self.editions.items()}
        if self.period is not None:
            names[self.period] = TOTAL
        for whole in sorted(names):
            inside = sorted(one for one in names if one != whole and whole[0] <= one[0] and one[1] <= whole[1])
            for parts in dict.fromkeys(_ways(inside, whole)):
                yield names[whole], tuple(names[part] for part in parts)


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
