"""What a new release is held against: what was offered before, and what was announced of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from publishers.promises import Offer

NOTICE_DAYS = 90
"""How long callers are told before a name stops being answered, counted from the first release that tells them.

A quarter: whoever runs a report each quarter meets the notice once at least while both names are answered.
"""


@dataclass(frozen=True)
class Standing:
    """What a new release is held against, on the day on which readers begin to see it."""

    day: date
    before: Offer
    """The release that it follows: the one that readers of its edition, or of the newest one, are given until then."""
    newest: Offer
    """The newest release; for most the same. A correction of an older edition may lack what that one lacks too."""
    name: str
    """What the release before is called, for messages."""
    same_lists: frozenset[tuple[str, str]] = frozenset()
    """Code lists of then, each with one of now that has another name and all of its members."""

    def told_renaming(self, old: str) -> date | None:
        """Return until when an older name was promised to be answered."""
        found = [one.until for offer in (self.before, self.newest) for one in offer.renamed if one.old == old]
        return max(found, default=None)

    def still_renamed(self, old: str) -> date | None:
        """Return until when an older name was promised to be answered, if that day has not passed."""
        told = self.told_renaming(old)
        return told if told is not None and self.day <= told else None

    def told_retirement(self, place: str) -> date | None:
        """Return until when a part was promised to stay."""
        found = [one.until for offer in (self.before, self.newest) for one in offer.retiring if one.place == place]
        return max(found, default=None)

    def is_over(self, *places: str) -> bool:
        """Say whether one of ``places`` was announced to go, and its last day has passed."""
        days = [day for place in places if (day := self.told_retirement(place)) is not None]
        return any(day < self.day for day in days)


def first_day(standing: Standing) -> date:
    """Return the earliest last day of a name of which readers are told now."""
    return standing.day + timedelta(days=NOTICE_DAYS)
