"""Whatever receivers answer, and wherever runs are killed, each event arrives, in order, under one name."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.release import PublicRelease
from publishers.webhooks.attempts import Result
from publishers.webhooks.deliveries import MOST_REFUSALS, Round, Told, begin, deliver, pass_over
from publishers.webhooks.delivery_log import DeliveryLog, read_log
from publishers.webhooks.events import Event, events_of, is_asked_for, webhook_id
from publishers.webhooks.retries import MOST_ATTEMPTS
from tests.support.disk_faults import NthCall, replaced
from tests.support.webhooks import NOON, release, subscriber

WHOM = subscriber(datasets=["ages", "sexes"])
TAKEN = Result(204)
OUTCOMES = {
    "taken": TAKEN,
    "refused": Result(422, "answered 422"),
    "broken": Result(500, "answered 500"),
    "busy": Result(503, "answered 503", asked=90.0, is_down=True),
    "dead": Result(fault="did not answer in time", is_down=True),
}


class Killed(BaseException):
    """Stands for the end of the process."""


def kill(_name: str, _args: object) -> None:
    raise Killed


@dataclass(frozen=True)
class Step:
    """One run: what is published before it, how the receiver answers, and where the run is killed."""

    publishes: tuple[str, ...]
    withdraws: bool
    minutes: int
    outcomes: tuple[str, ...]
    killed_at: int
    """A change of the disk, counted from 1; 0 for none."""
    killed_in: int
    """An attempt, which has reached the receiver; 0 for none."""


STEPS = st.lists(
    st.builds(
        Step,
        publishes=st.lists(st.sampled_from(["ages", "sexes", "units"]), max_size=4).map(tuple),
        withdraws=st.sampled_from([False, False, True]),
        minutes=st.sampled_from([0, 1, 6, 60, 1_500]),
        outcomes=st.lists(st.sampled_from(sorted(OUTCOMES)), max_size=4).map(tuple),
        killed_at=st.sampled_from([0, 0, *range(1, 16)]),
        killed_in=st.sampled_from([0, 0, 0, 1, 2, 3]),
    ),
    min_size=2,
    max_size=8,
)


@dataclass
class World:
    """A store, a receiver that notes what it takes, and the runs between them."""

    path: Path
    now: datetime = NOON
    releases: dict[tuple[str, int], PublicRelease] = field(default_factory=dict)
    told: dict[str, Event] = field(default_factory=dict)
    """Every event that there ever was, by its name for the receiver."""
    past: set[str] = field(default_factory=set)
    arrived: list[str] = field(default_factory=list)
    """Names of what reached the receiver, whatever it answered."""
    taken: list[str] = field(default_factory=list)
    sure: set[str] = field(default_factory=set)
    """What was taken in a run that ended by itself."""
    knows_past: bool = False

    @property
    def events(self) -> tuple[Event, ...]:
        return events_of(self.releases.values())

    def publish(self, step: Step) -> None:
        for dataset in step.publishes:
            version = 1 + sum(name == dataset for name, _ in self.releases)
            self.now += timedelta(seconds=1)
            hours = (self.now - NOON) / timedelta(hours=1)
            self.releases[dataset, version] = release(dataset, version=version, hours=hours)
        standing = [key for key, each in self.releases.items() if each.withdrawal is None]
        if step.withdraws and standing:
            key = standing[0]
            self.now += timedelta(seconds=1)
            before = self.releases[key].manifest
            hours = (before.published_at - NOON) / timedelta(hours=1)
            after = (self.now - NOON) / timedelta(hours=1)
            self.releases[key] = release(key[0], version=key[1], hours=hours, withdrawn=after)
        self.told |= {webhook_id(WHOM, each.id): each for each in self.events}

    def run(self, step: Step) -> None:
        """Run once, as the command does; a run that is killed leaves what it has written."""
        answers = iter(step.outcomes)
        attempts, before = 0, len(self.taken)

        def send(name: str, _body: bytes) -> Result:
            nonlocal attempts
            attempts += 1
            outcome = OUTCOMES[next(answers, "taken")]
            assert name not in self.sure
            self.arrived.append(name)
            if outcome.is_delivered:
                self.taken.append(name)
            if attempts == step.killed_in:
                raise Killed
            return outcome

        try:
            with replaced(NthCall(step.killed_at, kill)):
                self._deliver(send)
            self.sure.update(self.taken[before:])
        except Killed:
            pass
        if not self.knows_past and read_log(self.path)[0].begun_at:
            self.knows_past = True
            self.past = {webhook_id(WHOM, each.id) for each in self.events}

    def _deliver(self, send: object) -> None:
        with DeliveryLog(self.path) as log:
            if log.standing.begun_at is None:
                begin(log, self.events, self.now)
            pass_over(log, self.events, WHOM, self.now)
            todo = Round(WHOM, lambda each: each.name.encode(), send, lambda: self.now, threading.Event())  # type: ignore[arg-type]
            deliver(log, self.events, todo, Told())

    def due(self) -> Iterator[str]:
        """Yield what must have been taken in the end, by an oracle that knows nothing of logs."""
        for event in self.events:
            name = webhook_id(WHOM, event.id)
            if is_asked_for(event, WHOM) and name not in self.past:
                yield name


FINAL = Step((), withdraws=False, minutes=3_000, outcomes=(), killed_at=0, killed_in=0)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, has_begun=st.booleans())
def test_each_event_arrives_in_order_and_under_one_name(steps: list[Step], *, has_begun: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "portal.jsonl")
        for step in (*([FINAL] if has_begun else []), *steps, FINAL):
            world.now += timedelta(minutes=step.minutes)
            world.publish(step)
            world.run(step)
        standing, problems = read_log(world.path)
        assert problems == ()
        # Each run fails at most once for an event, and these are fewer than attempts.
        assert len(steps) < MOST_ATTEMPTS
        assert standing.given_up == {}
        assert set(world.due()) <= set(world.taken)
        assert not set(world.arrived) & world.past
        assert all(is_asked_for(world.told[name], WHOM) for name in world.arrived)
        for dataset in WHOM.datasets:
            firsts = [name for name in dict.fromkeys(world.arrived) if world.told[name].dataset == dataset]
            times = [world.told[name].time for name in firsts]
            assert times == sorted(times)
            _assert_nothing_overtakes(world, dataset)


def _assert_nothing_overtakes(world: World, dataset: str) -> None:
    """After an event of a dataset has arrived, an older one that still stands was taken before."""
    taken: set[str] = set()
    still_told = set(world.due())
    arrivals = iter(world.taken)
    for name in arrivals:
        event = world.told[name]
        if event.dataset == dataset:
            older = {each for each in still_told if _is_older(world.told[each], event)}
            assert older <= taken
        taken.add(name)


def _is_older(one: Event, other: Event) -> bool:
    return one.dataset == other.dataset and one.time < other.time


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(["refused", "broken"]), min_size=1, max_size=30), st.integers(1, 6))
def test_one_run_asks_a_refusing_receiver_a_few_times_alone(outcomes: list[str], datasets: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "portal.jsonl")
        world.run(FINAL)
        for number in range(datasets):
            world.releases[str(number), 1] = release(
                "sexes" if number % 2 else "ages", str(2000 + number), hours=number
            )
        world.told |= {webhook_id(WHOM, each.id): each for each in world.events}
        world.run(Step((), withdraws=False, minutes=0, outcomes=tuple(outcomes), killed_at=0, killed_in=0))
        assert len(world.arrived) <= len(world.taken) + MOST_REFUSALS
