"""Whether what the frequency promises is kept, at a given day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from catalog.quality.evidence import Evidence
from catalog.quality.findings import Finding, met, not_asked, not_met, partly
from datasets.release import ReleaseDescription
from datasets.said import Said, said


@dataclass(frozen=True)
class Promise:
    """How often an edition appears, in days, and how late one may be before anybody is told."""

    days: int
    grace: int


PROMISES: Mapping[str, Promise] = {
    "weekly": Promise(7, 4),
    "monthly": Promise(31, 15),
    "quarterly": Promise(92, 31),
    "yearly": Promise(366, 92),
}
"""The grace is about half of a short period and a quarter of a long one; ``once`` and ``irregular`` promise nothing."""


_PERIODS_WITHOUT_DATA = 4
_DAYS_WITHOUT_DATA = 2 * 366


@dataclass(frozen=True)
class Expected:
    """When the edition after the newest one is due."""

    day: date
    announced: bool
    """Whether the day was said beforehand; otherwise it follows from the frequency."""
    grace: int
    """So many days after its day an edition is late, but not yet overdue."""

    def late(self, today: date) -> int:
        """Return by how many days the edition is late; negative while there is time."""
        return (today - self.day).days

    def overdue(self, today: date) -> bool:
        return self.late(today) > self.grace


def expected_edition(frequency: str, appeared: date, announced: date | None = None) -> Expected | None:
    """Return when the next edition is due: on the announced day, else by the frequency; None where none is promised.

    A day that is not after the newest edition was of an earlier one, and says nothing.
    """
    promise = PROMISES.get(frequency)
    if announced and announced > appeared:
        return Expected(announced, announced=True, grace=promise.grace if promise else 0)
    if promise is None:
        return None
    return Expected(date.fromordinal(appeared.toordinal() + promise.days), announced=False, grace=promise.grace)


def has_stopped(frequency: str, last_day: str, appeared: date) -> bool:
    """Say whether the newest numbers were so old when they came out that the frequency promises no next ones."""
    promise = PROMISES.get(frequency)
    if promise is None or not last_day:
        return False
    age = (appeared - date.fromisoformat(last_day)).days
    return age > max(_PERIODS_WITHOUT_DATA * promise.days, _DAYS_WITHOUT_DATA)


def frequency_finding(frequency: str, appeared: date | None, today: date, announced: date | None = None) -> Finding:
    """The newest edition must be as new as promised: met within period and grace, partly when one is missing.

    ``announced`` is the day on which the next edition was said to come; it counts instead of the frequency.
    """
    promise = PROMISES.get(frequency)
    expected = expected_edition(frequency, appeared, announced) if appeared else None
    if promise is None or expected is None:
        return not_asked(_free(frequency))
    if not expected.overdue(today):
        return met(said("The newest edition came as often as promised."))
    reason = said("The next edition has been due since %(day)s.", day=expected.day)
    remedy = said("Publish the next edition, or correct frequency and calendar.")
    late = expected.late(today)
    return (partly if late <= promise.grace + promise.days else not_met)(reason, remedy, "frequency", "calendar")


def own_frequency_finding(evidence: Evidence, today: date) -> Finding:
    """As above, of a release."""
    about = evidence.about
    return frequency_finding(about.frequency, evidence.appeared, today, announced_day(about))


def announced_day(about: ReleaseDescription) -> date | None:
    """Return the day that a release names for the edition after it."""
    return date.fromisoformat(about.next_release) if about.next_release else None


def calendar_finding(evidence: Evidence) -> Finding:
    """Who waits for the next edition must be told the day."""
    if evidence.about.frequency not in PROMISES:
        return not_asked(_free(evidence.about.frequency))
    if evidence.about.next_release:
        return met(said("The day of the next edition is announced."))
    reason = said("No day is announced for the next edition.")
    return not_met(reason, said("Name the next editions and their days."), "calendar")


def _free(frequency: str) -> Said:
    once = said("The data is published once.")
    return once if frequency == "once" else said("No regular frequency is promised.")
