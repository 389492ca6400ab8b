"""How long a remote asks to be left alone: ``Retry-After``, as a number of seconds or a moment (RFC 9110)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds_asked(told: str, now: datetime) -> float:
    """Return how many seconds ``Retry-After`` means; 0 for what is neither a number nor a moment to come."""
    if told.strip().isascii() and told.strip().isdigit():
        return float(told.strip()[:9])
    moment = moment_of(told)
    return max(0.0, (moment - now).total_seconds()) if moment else 0.0


def moment_of(told: str) -> datetime | None:
    """Return the moment that a header names; None where it names none."""
    try:
        found = parsedate_to_datetime(told)
        # The last hours of the year 9999 west of Greenwich are in no year that there is.
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
