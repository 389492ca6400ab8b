"""All that is due to one subscriber: in order for each dataset, logged before and after, until its receiver fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from datasets.errors import Problem, ReleaseWithdrawn, YtemoError
from publishers.webhooks.attempts import Result, address_key
from publishers.webhooks.delivery_log import DeliveryLog
from publishers.webhooks.events import Event, is_asked_for, webhook_id
from publishers.webhooks.retries import LONGEST_ASKED, MOST_ATTEMPTS, next_attempt
from publishers.webhooks.standing import Entry, Standing
from publishers.webhooks.subscribers import Subscriber

MOST_REFUSALS = 3
"""After so many refusals one after the other, the receiver is left alone until the next run."""
LONGEST_ROUND = timedelta(minutes=10)
"""How long one run goes on with one subscriber."""

Send = Callable[[str, bytes], Result]


class Stopping(Protocol):
    """Says whether somebody wants the run to end."""

    def is_set(self) -> bool: ...


@dataclass(frozen=True)
class Round:
    """What a run does for one subscriber, and with what."""

    subscriber: Subscriber
    body_of: Callable[[Event], bytes]
    """Raises what readers of a release raise where it is damaged, or was withdrawn meanwhile."""
    send: Send
    now: Callable[[], datetime]
    stopping: Stopping


@dataclass
class Told:
    """What came of it."""

    delivered: list[str] = field(default_factory=list)
    failed: list[Problem] = field(default_factory=list)
    """What is tried again later."""
    problems: list[Problem] = field(default_factory=list)
    """What somebody has to look at."""


def begin(log: DeliveryLog, events: Sequence[Event], now: datetime, *, since: datetime | None = None) -> int:
    """Begin with a subscriber that is new: what has happened before is the past, but what ``since`` takes in.

    Return how many events are the past.
    """
    past = tuple(event.id for event in events if since is None or event.time < since)
    log.add(Entry(at=now, what="begun", events=past))
    return len(past)


def send_again(log: DeliveryLog, todo: Iterable[Event], now: datetime, since: datetime) -> None:
    """Have all of ``todo`` sent that happened ``since`` then, also what was delivered, given up or not asked for."""
    wanted = tuple(event.id for event in todo if event.time >= since)
    if wanted:
        log.add(Entry(at=now, what="again", events=wanted))


def pass_over(log: DeliveryLog, events: Iterable[Event], subscriber: Subscriber, now: datetime) -> None:
    """Note which new events a subscriber did not ask for: should it ask for more some day, they stay the past."""
    settled = log.standing.settled
    others = tuple(each.id for each in events if each.id not in settled and not is_asked_for(each, subscriber))
    if others:
        log.add(Entry(at=now, what="passed", events=others))


def waiting(standing: Standing, events: Iterable[Event], subscriber: Subscriber) -> list[Event]:
    """Return what is still to be delivered, the oldest first."""
    return [each for each in events if each.id not in standing.settled and is_asked_for(each, subscriber)]


def deliver(log: DeliveryLog, events: Sequence[Event], todo: Round, told: Told) -> None:
    """Send what is due now. A dataset whose oldest event cannot be delivered waits; other datasets go on."""
    held, refusals, began = set[str](), 0, todo.now()
    for event in waiting(log.standing, events, todo.subscriber):
        now = todo.now()
        if todo.stopping.is_set() or now - began > LONGEST_ROUND or _rests(log.standing, todo.subscriber, now):
            break
        if event.dataset in held or _is_to_come(log.standing.due(event.id), now):
            held.add(event.dataset)
            continue
        result = _attempt(log, event, todo, told)
        if result is not None and result.is_delivered:
            refusals = 0
            continue
        held.add(event.dataset)
        refusals += result is not None
        if result is not None and (result.is_down or result.is_gone or refusals == MOST_REFUSALS):
            break


def _rests(standing: Standing, subscriber: Subscriber, now: datetime) -> bool:
    is_gone = standing.gone_from == address_key(subscriber.url)
    return is_gone or _is_to_come(standing.rests_until, now)


def _is_to_come(moment: datetime | None, now: datetime) -> bool:
    """Say whether to wait for a moment; for none that only a clock that ran ahead can have named."""
    return moment is not None and now < moment <= now + LONGEST_ASKED


def _attempt(log: DeliveryLog, event: Event, todo: Round, told: Told) -> Result | None:
    """Try to deliver an event; None where there is nothing that could be sent."""
    try:
        body = todo.body_of(event)
    except ReleaseWithdrawn:
        return None  # The next run tells of the withdrawal instead.
    except YtemoError as error:
        told.problems += error.problems or [Problem(event.name, error.message, "run ytemo verify")]
        return None
    name = webhook_id(todo.subscriber, event.id)
    # Where the disk takes no line, nothing is sent: it would be sent again and again.
    log.add(Entry(at=todo.now(), what="sending", event=event.id, about=event.name, webhook_id=name))
    result = todo.send(name, body)
    _keep(log, event, todo, result, told)
    return result


def _keep(log: DeliveryLog, event: Event, todo: Round, result: Result, told: Told) -> None:
    now = todo.now()
    entry = Entry(at=now, what="delivered", event=event.id, about=event.name, status=result.status)
    if result.is_delivered:
        log.add(entry)
        told.delivered.append(event.name)
        return
    retry = next_attempt(log.standing.failed_before(event.id) + 1, now, result.asked)
    what = "gone" if result.is_gone else "failed" if retry else "given-up"
    about = {"what": what, "fault": result.fault, "next": retry, "rests": result.is_down}
    log.add(entry.model_copy(update={**about, "address": address_key(todo.subscriber.url)}))
    _tell(event, todo.subscriber, result, retry, told)


def _tell(event: Event, subscriber: Subscriber, result: Result, retry: datetime | None, told: Told) -> None:
    place = f"{subscriber.id} ({subscriber.origin})"
    if result.is_gone:
        remedy = f"correct its url or write active: false; ytemo notify --test {subscriber.id} switches it on again"
        told.problems.append(Problem(place, "answered 410, Gone: nothing more is sent to it", remedy))
    elif retry is None:
        rule = f"{result.fault}; {event.name} was given up after {MOST_ATTEMPTS} attempts"
        day = f"{event.time:%Y-%m-%d}"
        remedy = f"ask who keeps it; then ytemo notify --only {subscriber.id} --since {day} sends it again"
        told.problems.append(Problem(place, rule, remedy))
    else:
        rule = f"{result.fault}; {event.name} is tried again after {retry:%Y-%m-%d %H:%M} UTC"
        (told.problems if result.needs_somebody else told.failed).append(Problem(place, rule, result.remedy))
