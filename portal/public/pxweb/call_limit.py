"""How often one caller may ask within a window of time, as the configuration tells clients of PxWeb."""

from __future__ import annotations

import ipaddress
import math
import threading
from collections import OrderedDict, deque

from datasets.errors import Problem, QueryTimeout
from datasets.said import said

MAX_CALLS = 120
"""Calls of one caller within the window."""
WINDOW = 10
"""Seconds."""

_REMEMBERED_CALLERS = 10_000


class TooManyCalls(QueryTimeout):
    """A caller asks more often than is allowed; after ``seconds`` it may ask again."""

    code = "too-many-calls"
    title = "Too many calls"

    def __init__(self, seconds: int, *, calls: int, window: float) -> None:
        rule = said("%(count)s calls within %(seconds)s seconds are allowed", count=calls, seconds=window)
        remedy = said("Ask again in %(seconds)s seconds", seconds=seconds)
        super().__init__(said("Too many calls"), problems=[Problem("calls", rule, remedy)])
        self.seconds = seconds


class CallLimit:
    """Remembers the last calls of each caller, those of the last callers only. Safe for many threads at once."""

    def __init__(self, calls: int = MAX_CALLS, window: float = WINDOW) -> None:
        self._most = calls
        self._window = window
        self._calls: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, address: str, now: float) -> None:
        """Count a call at ``now``, a moment of a clock that never goes back; one too many raises TooManyCalls."""
        caller = _caller(address)
        with self._lock:
            calls = self._calls.setdefault(caller, deque())
            self._calls.move_to_end(caller)
            while len(self._calls) > _REMEMBERED_CALLERS:
                self._calls.popitem(last=False)
            while calls and calls[0] <= now - self._window:
                calls.popleft()
            if len(calls) >= self._most:
                wait = max(1, math.ceil(calls[0] + self._window - now))
                raise TooManyCalls(wait, calls=self._most, window=self._window)
            calls.append(now)


def _caller(address: str) -> str:
    """Return what stands for one caller: an IPv6 network of 64 bits is given to one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
