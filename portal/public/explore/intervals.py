"""The interval around a rate: how far chance alone would move a number of events."""

from __future__ import annotations

from math import sqrt

LEVEL = 95
"""Per cent of such intervals that hold what they are around."""
SHOWN = 6
"""Digits after the point of the limits of a rate whose digits nobody has said."""
_Z = 1.959964


def byar(events: float) -> tuple[float, float]:
    """Return the 95 % interval around a number of events that happen independently of one another.

    Byar's approximation of the exact Poisson interval (Breslow and Day, Statistical Methods in Cancer Research, volume
    II, 1987, page 69), within 2 % of it from 10 events on and within 8 % from 2. Of no event the lower limit is 0.

    >>> tuple(round(limit, 1) for limit in byar(100))
    (81.4, 121.6)
    >>> byar(0)[0]
    0.0
    """
    low = events * (1 - 1 / (9 * events) - _Z / (3 * sqrt(events))) ** 3 if events > 0 else 0.0
    above = events + 1
    return max(0.0, low), above * (1 - 1 / (9 * above) + _Z / (3 * sqrt(above))) ** 3


def rate_interval(events: float, people: float, per: int) -> tuple[float, float] | None:
    """Return the interval around ``events`` / ``people`` times ``per``; None where there are no people."""
    if people <= 0:
        return None
    low, high = byar(events)
    return low / people * per, high / people * per
