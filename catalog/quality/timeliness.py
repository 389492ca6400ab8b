"""Whether what the frequency promises is kept, at a given day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from catalog.quality.evidence import Evidence
from catalog.quality.findings import Finding, met, not_asked, not_met, partly
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


def frequency_finding(frequency: str, appeared: date | None, today: date, announced: date | None = None) -> Finding:
    """The newest edition must be as new as promised: met within period and grace, partly when one is missing.

    ``announced`` is the day on which the next edition was said to come; it counts instead of the frequency.
    """
    promise = PROMISES.get(frequency)
    if promise is None or appeared is None:
        return not_asked(_free(frequency))
    due = announced.toordinal() if announced and announced > appeared else appeared.toordinal() + promise.days
    late = today.toordinal() - due
    if late <= promise.grace:
        return met(said("The newest edition came as often as promised."))
    reason = said("The next edition has been due since %(day)s.", day=date.fromordinal(due))
    remedy = said("Publish the next edition, or correct frequency and calendar.")
    return (partly if late <= promise.grace + promise.days else not_met)(reason, remedy, "frequency", "calendar")


def own_frequency_finding(evidence: Evidence, today: date) -> Finding:
    """As above, of a release."""
    about = evidence.about
    announced = date.fromisoformat(about.next_release) if about.next_release else None
    return frequency_finding(about.frequency, evidence.appeared, today, announced)


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
