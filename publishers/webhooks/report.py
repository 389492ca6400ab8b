"""How it stands with one subscriber, for people and for machines; nothing of it holds a secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from datasets.errors import Problem
from publishers.webhooks.attempts import address_key
from publishers.webhooks.deliveries import Told, waiting
from publishers.webhooks.events import Event
from publishers.webhooks.standing import Standing
from publishers.webhooks.subscribers import Subscriber

State = Literal["new", "active", "failing", "paused", "gone"]


@dataclass(frozen=True)
class Report:
    """What a run did for a subscriber, and what is left."""

    subscriber: str
    origin: str
    state: State
    waiting: tuple[str, ...]
    """In words, the oldest first."""
    next: datetime | None
    """When the next attempt is due; None where nothing waits for a moment."""
    delivered_ever: int
    last_delivered: datetime | None
    last_fault: str
    given_up: tuple[str, ...]
    delivered: tuple[str, ...] = ()
    """In this run."""
    failed: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
    past: int | None = None
    """Of one that begins with this run: how many events are its past."""

    def as_json(self) -> dict[str, Any]:
        """Return the report to be printed as JSON."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        told = {name: [vars(each) for each in fields[name]] for name in ("failed", "problems")}
        moments = {name: fields[name] and fields[name].isoformat() for name in ("next", "last_delivered")}
        return {**fields, **told, **moments}

    def in_words(self) -> str:
        """Return the report in one line."""
        told = [f"{self.subscriber} ({self.origin}): {self.state}"]
        if self.past is not None:
            told.append(f"begins now, {self.past} earlier events are not sent")
        if self.delivered:
            told.append(f"{len(self.delivered)} delivered")
        told.append(f"{self.delivered_ever} delivered in all, {len(self.waiting)} waiting")
        if self.next:
            told.append(f"next attempt {self.next:%Y-%m-%d %H:%M} UTC")
        if self.given_up:
            told.append(f"{len(self.given_up)} given up")
        if self.last_fault:
            told.append(f"last fault: {self.last_fault}")
        return "; ".join(told) + "."


def report_of(
    subscriber: Subscriber,
    standing: Standing,
    events: Sequence[Event],
    told: Told,
    *,
    past: int | None = None,
) -> Report:
    """Return how it stands with ``subscriber``."""
    is_begun = standing.begun_at is not None
    left = waiting(standing, events, subscriber) if is_begun else []
    return Report(
        subscriber=subscriber.id,
        origin=subscriber.origin,
        state=_state(subscriber, standing, left),
        waiting=tuple(each.name for each in left),
        next=_next(standing, left),
        delivered_ever=standing.delivered,
        last_delivered=standing.last_delivered,
        last_fault=standing.last_fault,
        given_up=tuple(standing.given_up.values()),
        delivered=tuple(told.delivered),
        failed=tuple(told.failed),
        problems=tuple(told.problems),
        past=past,
    )


def _state(subscriber: Subscriber, standing: Standing, left: Sequence[Event]) -> State:
    if not subscriber.active:
        return "paused"
    if standing.gone_from == address_key(subscriber.url):
        return "gone"
    # What failed and was withdrawn since then is waited for no more.
    if any(standing.failed_before(each.id) for each in left):
        return "failing"
    return "active" if standing.begun_at else "new"


def _next(standing: Standing, left: Sequence[Event]) -> datetime | None:
    found = [due for each in left if (due := standing.due(each.id))]
    soonest = min(found, default=None)
    if soonest and standing.rests_until:
        return max(soonest, standing.rests_until)
    return soonest
