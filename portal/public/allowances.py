"""What a caller may use: units of work that come back with time, a quota of a day, and requests at once. No clock."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal, NamedTuple

SECONDS_PER_UNIT = 0.02
"""Processor time of a question that costs one unit of work; each call costs one at least, which covers as much."""
BYTES_PER_UNIT = 1_000_000
"""Bytes of an answer, before compression, that cost one unit of work more."""
MINUTE = 60
DAY = 86_400
_AHEAD = 7 * 3_600
"""Seconds by which clocks in Viet Nam are ahead of UTC: a quota is for a day there, where there is no summer time."""

_OFF = 2.5e-7
"""Seconds by which clocks and sums of them are off: who waits as long as told finds a whole unit all the same."""

Rule = Literal["minute", "day", "at-once"]


@dataclass(frozen=True)
class Allowance:
    """What one kind of caller may use; 0 stands for no limit.

    ``per_minute`` units can be used at once after a minute of rest, and come back evenly: within any stretch of s
    seconds a caller uses at most ``per_minute * (1 + s / 60)``, and what its last requests cost beyond one unit each.
    """

    per_minute: int = 0
    per_day: int = 0
    at_once: int = 0


class Wait(NamedTuple):
    """A request that has to wait: which rule it meets, and after how many seconds it may come again."""

    rule: Rule
    seconds: int


class Left(NamedTuple):
    """What is left: whole units, and the seconds until nothing is used any more. None where there is no limit."""

    minute: int | None
    minute_seconds: int
    day: int | None
    day_seconds: int


class Account:
    """What one caller has left. ``now`` is seconds of one clock; where that is set back, nothing comes back meanwhile.

    A request is let in as long as one unit is left, and what it costs is known only afterwards: what is left may thus
    become less than nothing, and the caller waits until it has come back.
    """

    __slots__ = ("_day", "_left", "_open", "_seen", "_used", "allowance")

    def __init__(self, allowance: Allowance, now: float) -> None:
        self.allowance = allowance
        self._left = float(allowance.per_minute)
        self._seen = now
        self._day = day_of(now)
        self._used = 0.0
        self._open = 0

    def begin(self, now: float) -> Wait | None:
        """Take the unit that any request costs; return why and how long it has to wait where none is left."""
        allowance = self.allowance
        self._come_back(now)
        if allowance.at_once and self._open >= allowance.at_once:
            return Wait("at-once", 1)
        if allowance.per_day and self._used + 1 > allowance.per_day:
            return Wait("day", _to_midnight(now))
        if allowance.per_minute and self._left + _OFF * allowance.per_minute / MINUTE < 1:
            return Wait("minute", max(1, math.ceil((1 - self._left) * MINUTE / allowance.per_minute)))
        self._open += 1
        self.spend(1)
        return None

    def spend(self, units: float) -> None:
        """Charge what a request costs beyond its unit."""
        self._left -= units
        self._used += units

    def end(self) -> None:
        """A request is answered."""
        self._open -= 1

    def left(self, now: float) -> Left:
        """Return what is left now."""
        self._come_back(now)
        allowance = self.allowance
        minute = max(0, math.floor(self._left)) if allowance.per_minute else None
        missing = allowance.per_minute - self._left
        seconds = math.ceil(missing * MINUTE / allowance.per_minute) if allowance.per_minute else 0
        day = max(0, math.floor(allowance.per_day - self._used)) if allowance.per_day else None
        return Left(minute, seconds, day, _to_midnight(now) if allowance.per_day else 0)

    def _come_back(self, now: float) -> None:
        allowance = self.allowance
        passed = now - self._seen
        self._seen = now
        if passed > 0:
            self._left = min(allowance.per_minute, self._left + passed * allowance.per_minute / MINUTE)
        if allowance.per_day and day_of(now) != self._day:
            self._day, self._used = day_of(now), 0.0


class Accounts:
    """The accounts of the callers seen last, no more than ``most``. Who is forgotten begins anew."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[Hashable, Account] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def of(self, caller: Hashable, allowance: Allowance, now: float) -> Account:
        """Return the account of ``caller``, who may use ``allowance`` from now on."""
        account = self._known.get(caller)
        if account is None:
            account = self._known[caller] = Account(allowance, now)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
            return account
        self._known.move_to_end(caller)
        account.allowance = allowance
        return account


def day_of(now: float) -> int:
    """Return the number of the day in Viet Nam, where ``now`` is seconds since 1970 in UTC."""
    return math.floor((now + _AHEAD) / DAY)


def _to_midnight(now: float) -> int:
    return max(1, math.ceil((day_of(now) + 1) * DAY - _AHEAD - now))
