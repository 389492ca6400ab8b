"""The release calendar of a store as of today, read once for each day and each change of the store."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from catalog.schedule import Schedule, schedule_of
from datasets.public_releases import PublicReleases


def schedule_today(releases: PublicReleases) -> Schedule:
    """Return the schedule as of today in Viet Nam."""
    return _schedule(releases, releases.stamp(), releases.today())


@lru_cache(maxsize=8)
def _schedule(releases: PublicReleases, _stamp: str, today: date) -> Schedule:
    return schedule_of(releases, today)
