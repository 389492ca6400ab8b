"""When a delivery that failed is tried again: longer each time, as the receiver asks, and not for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
"""After each failure in turn: nine attempts in about three days."""
MOST_ATTEMPTS = len(DELAYS) + 1
LONGEST_ASKED = timedelta(hours=24)
"""What ``Retry-After`` may ask for at most; a receiver that asks for more is tried before."""


def next_attempt(failures: int, now: datetime, asked: float = 0.0) -> datetime | None:
    """Return when to try again after so many failures; None where it is given up. ``asked`` is in seconds.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> [str(next_attempt(failures, noon))[11:16] for failures in (1, 2, 3)]
    ['12:01', '12:05', '12:30']
    >>> str(next_attempt(1, noon, asked=120))[11:16], next_attempt(9, noon)
    ('12:02', None)
    """
    if failures > len(DELAYS):
        return None
    wanted = min(timedelta(seconds=asked), LONGEST_ASKED)
    return now + max(DELAYS[failures - 1], wanted)
