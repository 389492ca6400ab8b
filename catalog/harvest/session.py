"""Asking a source politely: one request at a time, again after a pause where it failed, longer where it asks so."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from catalog.harvest.limits import Limits
from datasets.outbound.faults import RemoteFault
from datasets.outbound.transport import Answer, Transport
from datasets.outbound.waiting import moment_of, seconds_asked

T = TypeVar("T")
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})


def wall_clock() -> datetime:
    """Return the time now."""
    return datetime.now(UTC)


@dataclass
class Session:
    """One run of one source."""

    transport: Transport
    limits: Limits = field(default_factory=Limits)
    now: Callable[[], datetime] = wall_clock
    sleep: Callable[[float], None] = time.sleep
    started: datetime | None = field(default=None, init=False)
    """When the run began by the clock of the remote, where it tells; only that clock dates its records."""
    _ends: float = field(default=0.0, init=False)

    def get(self, address: str, headers: Mapping[str, str] | None = None, *, most: int | None = None) -> Answer:
        """Ask once; raises RemoteFault for what the remote says may be better later, and returns all other answers."""
        self._check_time()
        answer = self.transport.get(address, headers, most=most)
        self.started = self.started or self._date(answer)
        if answer.status in _LATER:
            after = seconds_asked(answer.headers.get("retry-after", ""), self.now())
            raise RemoteFault(f"answered {answer.status}", is_temporary=True, after=after)
        return answer

    def read(self, address: str, parse: Callable[[Answer], T], headers: Mapping[str, str] | None = None) -> T:
        """Return what ``parse`` makes of the answer, which is asked again where either fails for a while."""

        def ask() -> T:
            answer = self.get(address, headers)
            if answer.status not in (200, 304):
                raise RemoteFault(
                    f"answered {answer.status}", "correct the address, or tell those who keep the catalog"
                )
            return parse(answer)

        return self.attempt(ask)

    def attempt(self, ask: Callable[[], T]) -> T:
        """Do ``ask``; where that fails for a while, wait and try again, a few times."""
        for number in range(self.limits.tries):
            try:
                return ask()
            except RemoteFault as fault:
                if not fault.is_temporary or number + 1 == self.limits.tries:
                    raise
                self._wait(fault, number)
        raise AssertionError

    def _wait(self, fault: RemoteFault, number: int) -> None:
        if fault.after > self.limits.longest_pause:
            raise RemoteFault(
                f"asks to be left alone for {fault.after:.0f} seconds", "run the same command later"
            ) from fault
        self.transport.traffic.retries += 1
        self.sleep(max(fault.after, self.limits.pause * 2**number))

    def _check_time(self) -> None:
        clock = self.transport.clock()
        self._ends = self._ends or clock + self.limits.run
        if clock > self._ends:
            raise RemoteFault("takes longer than one run may", "run the same command again: it goes on where it was")

    def _date(self, answer: Answer) -> datetime:
        return moment_of(answer.headers.get("date", "")) or self.now()
