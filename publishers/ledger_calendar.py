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
        """Return the name of a member of time as the present release has it: its whole period is its total."""
        period = self.editions.get(code) or period_of(code)
        return TOTAL if code == self.edition or (period is not None and period == self.period) else code

    def sums(self) -> Iterator[NamedSum]:
        """Yield which editions, all of one kind, make up another."""
        every = dict(self.editions)
        if self.period is not None:
            every[self.edition] = self.period
        for whole, (start, end) in every.items():
            by_length: dict[int, list[str]] = {}
            for name, period in every.items():
                if name != whole and start <= period[0] and period[1] <= end:
                    by_length.setdefault((period[1] - period[0]).days // 27, []).append(name)
            for names in [*by_length.values(), [name for own in by_length.values() for name in own]]:
                if parts := _tiling(names, every, (start, end)):
                    yield self.member(whole), tuple(self.member(part) for part in parts)


def _tiling(names: Sequence[str], periods: Mapping[str, Period], whole: Period) -> list[str]:
    """Return the names in order where their periods follow each other and fill the whole; none where they do not."""
    ordered = sorted(names, key=lambda name: periods[name])
    ends = [whole[0].toordinal() - 1, *(periods[name][1].toordinal() for name in ordered)]
    follow = all(periods[name][0].toordinal() == end + 1 for name, end in zip(ordered, ends, strict=False))
    return ordered if len(ordered) > 1 and follow and ends[-1] == whole[1].toordinal() else []
