"""What a log of deliveries amounts to: which events are settled, which wait and until when, and who is switched off."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from datasets.text import Model

What = Literal["begun", "passed", "again", "sending", "delivered", "failed", "given-up", "gone", "ping"]


class Entry(Model):
    """One line of a log."""

    at: AwareDatetime
    what: What = Field(
        description="begun: from here on, the events are the past; passed: not asked for; again: to be sent once more;"
        " sending: an attempt begins; delivered, failed, given-up, gone (410): how it ended; ping: a trial."
    )
    event: str = ""
    about: str = ""
    """The event in words."""
    webhook_id: str = ""
    status: int = 0
    """Of the answer; 0 where there was none."""
    fault: str = ""
    next: AwareDatetime | None = None
    """When it is tried again."""
    rests: bool = False
    """Whether the receiver is down, so that nothing else is sent to it until then."""
    address: str = ""
    """What tells the address apart from others, without telling it."""
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """An event that could not be delivered so far."""

    count: int
    next: datetime


@dataclass
class Standing:
    """What is known of one subscriber."""

    begun_at: datetime | None = None
    settled: set[str] = field(default_factory=set)
    """Events that need nothing more."""
    failures: dict[str, Failure] = field(default_factory=dict)
    given_up: dict[str, str] = field(default_factory=dict)
    """In words, by event."""
    rests_until: datetime | None = None
    gone_from: str = ""
    """The address that answered 410."""
    delivered: int = 0
    last_delivered: datetime | None = None
    last_fault: str = ""

    def take(self, entry: Entry) -> None:
        """Take one more line of the log into account."""
        match entry.what:
            case "begun":
                self.begun_at = entry.at
                self.settled.update(entry.events)
            case "passed":
                self.settled.update(entry.events)
            case "again":
                self._again(entry)
            case "delivered":
                self._delivered(entry)
            case "failed" | "gone":
                self._failed(entry)
            case "given-up":
                self._settle(entry.event)
                self.given_up[entry.event] = entry.about
                self.last_fault = _fault(entry)
            case "ping" if not entry.fault:
                self.gone_from, self.rests_until = "", None
            case _:
                pass

    def due(self, event: str) -> datetime | None:
        """Return when a waiting event may be tried again; None where it was not tried, or not since it was asked."""
        failure = self.failures.get(event)
        return failure.next if failure else None

    def failed_before(self, event: str) -> int:
        """Return how often in turn an event could not be delivered."""
        failure = self.failures.get(event)
        return failure.count if failure else 0

    def _again(self, entry: Entry) -> None:
        self.rests_until = None
        self.settled.difference_update(entry.events)
        for event in entry.events:
            self.failures.pop(event, None)
            self.given_up.pop(event, None)

    def _delivered(self, entry: Entry) -> None:
        self._settle(entry.event)
        self.delivered += 1
        self.last_delivered, self.last_fault = entry.at, ""
        self.rests_until = None

    def _failed(self, entry: Entry) -> None:
        self.last_fault = _fault(entry)
        if entry.what == "gone":
            self.gone_from = entry.address
        if entry.next is not None:
            self.failures[entry.event] = Failure(self.failed_before(entry.event) + 1, entry.next)
            self.rests_until = entry.next if entry.rests else self.rests_until

    def _settle(self, event: str) -> None:
        self.settled.add(event)
        self.failures.pop(event, None)


def _fault(entry: Entry) -> str:
    return entry.fault or f"answered {entry.status}"
