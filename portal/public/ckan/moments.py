"""Moments as CKAN writes them: UTC, without an offset."""

from __future__ import annotations

from datetime import UTC, datetime

from datasets.public_releases import PublicRelease


def written(moment: datetime) -> str:
    """Return a moment as a naive ISO 8601 text.

    >>> written(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
    '2026-11-23T09:30:00.000000'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def last_change(releases: tuple[PublicRelease, ...]) -> datetime:
    """Return when something happened to a dataset for the last time: a release came out, or one was withdrawn."""
    out = [release.manifest.available_from for release in releases]
    gone = [release.withdrawal.withdrawn_at for release in releases if release.withdrawal]
    return max(out + gone)
