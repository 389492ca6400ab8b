"""What was published when, what comes next and what is overdue: read from the releases, as of a day in Viet Nam.

Whether an edition is late is reckoned where the quality of a dataset is judged, so that no two pages differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from catalog.quality.reading import first_appeared
from catalog.quality.timeliness import Expected, announced_day, expected_edition, has_stopped
from datasets.errors import DatasetNotFound, VerificationFailed
from datasets.moments import VIETNAM_TIME
from datasets.names import DEMONSTRATION
from datasets.public_releases import PublicRelease, PublicReleases

SOON = 30
"""Days before an announced day from which on an edition is due soon."""
PAST = timedelta(days=366)
"""What appeared longer ago is history, which the pages of the datasets tell."""

State = Literal["current", "soon", "due", "overdue", "unannounced", "unpromised", "stopped"]


@dataclass(frozen=True)
class Standing:
    """A dataset as its newest release leaves it."""

    release: PublicRelease
    appeared: date
    """The day in Viet Nam on which the newest edition first appeared."""
    expected: Expected | None
    """When the next edition is due; None where none is promised, or the series has stopped."""
    state: State


@dataclass(frozen=True)
class Appearance:
    """A release that appeared, on a day in Viet Nam."""

    release: PublicRelease
    day: date


@dataclass(frozen=True)
class Schedule:
    """The whole portal on a day."""

    today: date
    standings: tuple[Standing, ...]
    """Every dataset, in alphabetical order of its identifier."""
    appeared: tuple[Appearance, ...]
    """What came out in the past year, the newest first."""

    @property
    def shows_demonstration(self) -> bool:
        """Say whether any dataset is one of those that come with ytemo, real or made up: no setting can hide it."""
        return any(each.release.description.publisher.id == DEMONSTRATION for each in self.standings)

    @property
    def coming(self) -> tuple[Standing, ...]:
        """What has an announced day and is not overdue, the next one first; what is only just late among it."""
        return self._by_day(lambda each: _is_announced(each) and not _is_overdue(each))

    @property
    def overdue(self) -> tuple[Standing, ...]:
        """What is overdue, the longest first."""
        return self._by_day(_is_overdue)

    @property
    def unannounced(self) -> tuple[Standing, ...]:
        """What is promised to come and not overdue, but has no announced day."""
        return self._by_day(lambda each: not _is_announced(each) and not _is_overdue(each))

    def _by_day(self, wanted: Callable[[Standing], bool]) -> tuple[Standing, ...]:
        found = [(each.expected.day, each) for each in self.standings if each.expected and wanted(each)]
        return tuple(each for _, each in sorted(found, key=lambda pair: (pair[0], pair[1].release.dataset)))


def schedule_of(releases: PublicReleases, today: date) -> Schedule:
    """Read the schedule as of ``today``; a dataset that is damaged is left out, as on all pages."""
    names = releases.datasets_ever()
    standings = tuple(each for name in names for each in _standing(releases, name, today))
    appeared = [each for name in names for each in _appeared(releases, name, today)]
    newest = sorted(appeared, key=_newest_first)
    return Schedule(today, standings, tuple(newest))


def state_of(expected: Expected | None, today: date) -> State:
    """Return how a dataset stands whose next edition is expected as told."""
    if expected is None:
        return "unpromised"
    if expected.overdue(today):
        return "overdue"
    if expected.late(today) > 0:
        return "due"
    if not expected.announced:
        return "unannounced"
    return "soon" if -expected.late(today) <= SOON else "current"


def _standing(releases: PublicReleases, name: str, today: date) -> Iterator[Standing]:
    known = _known(releases, name)
    release = next((each for each in known if each.withdrawal is None), None)
    if release is None:
        return
    about, appeared = release.description, first_appeared(release, known)
    expected = expected_edition(about.frequency, appeared, announced_day(about))
    if has_stopped(about.frequency, about.period_end, appeared) and not (expected and expected.announced):
        yield Standing(release, appeared, None, "stopped")
    else:
        yield Standing(release, appeared, expected, state_of(expected, today))


def _newest_first(each: Appearance) -> tuple[float, str, str]:
    return -each.release.manifest.came_out.timestamp(), each.release.dataset, each.release.name


def _appeared(releases: PublicReleases, name: str, today: date) -> Iterator[Appearance]:
    for release in _known(releases, name):
        day = release.manifest.came_out.astimezone(VIETNAM_TIME).date()
        if day > today - PAST:
            yield Appearance(release, day)


def _known(releases: PublicReleases, name: str) -> tuple[PublicRelease, ...]:
    try:
        return releases.releases(name)
    except (DatasetNotFound, VerificationFailed):
        return ()


def _is_overdue(standing: Standing) -> bool:
    return standing.state == "overdue"


def _is_announced(standing: Standing) -> bool:
    return standing.expected is not None and standing.expected.announced
