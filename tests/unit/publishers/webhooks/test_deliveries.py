"""What is due to one subscriber is sent in order, tried again as it must be, and given up when it must be."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from datasets.errors import Problem, ReleaseWithdrawn, VerificationFailed
from publishers.webhooks import deliveries
from publishers.webhooks.attempts import Result
from publishers.webhooks.deliveries import Round, Told, begin, deliver, pass_over, send_again
from publishers.webhooks.delivery_log import DeliveryLog
from publishers.webhooks.events import Event
from publishers.webhooks.report import report_of
from publishers.webhooks.retries import DELAYS, MOST_ATTEMPTS
from publishers.webhooks.subscribers import Subscriber
from tests.support.webhooks import NOON, events, release, subscriber

TAKEN = Result(204)
REFUSED = Result(422, "answered 422")
BROKEN = Result(500, "answered 500")
DOWN = Result(fault="did not answer in time", is_down=True)
GONE = Result(410, "answered 410")
TWO = events(release("ages", hours=1), release("sexes", hours=2), release("ages", "2026", hours=3))


@dataclass
class Scene:
    """One subscriber, what its receiver answers, and what it was sent."""

    log: DeliveryLog
    now: datetime = NOON + timedelta(hours=10)
    answers: dict[str, Result] = field(default_factory=dict)
    """By the name of an event; what is not named is taken."""
    sent: list[str] = field(default_factory=list)
    whom: Subscriber = field(default_factory=subscriber)
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, told: Sequence[Event] = TWO) -> Told:
        """Send what is due, and return what came of it; ``sent`` holds what this run sent."""
        self.sent.clear()
        done = Told()
        bodies = {event.name.encode(): event for event in told}

        def send(_name: str, body: bytes) -> Result:
            self.sent.append(bodies[body].name)
            self.now += timedelta(seconds=1)
            return self.answers.get(self.sent[-1], TAKEN)

        deliver(self.log, told, Round(self.whom, self.body, send, lambda: self.now, self.stopping), done)
        return done

    def body(self, event: Event) -> bytes:
        return event.name.encode()


@contextmanager
def scene_in(folder: Path) -> Iterator[Scene]:
    with DeliveryLog(folder / "portal.jsonl") as log:
        begin(log, (), NOON)
        yield Scene(log)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with scene_in(tmp_path) as scene:
        yield scene


def test_all_is_sent_the_oldest_first_and_once(scene: Scene) -> None:
    names = ["release ages 2025.1", "release sexes 2025.1", "release ages 2026.1"]
    assert scene.run().delivered == names
    assert scene.sent == names
    assert scene.run().delivered == []
    assert scene.sent == []


def test_a_dataset_waits_for_its_oldest_event_and_others_go_on(scene: Scene) -> None:
    scene.answers["release ages 2025.1"] = REFUSED
    told = scene.run()
    assert scene.sent == ["release ages 2025.1", "release sexes 2025.1"]
    assert "answered 422; release ages 2025.1 is tried again after 2026-03-01 22:01 UTC" in str(told.failed[0])
    scene.answers.clear()
    assert scene.run().delivered == []
    scene.now += timedelta(minutes=1)
    assert scene.run().delivered == ["release ages 2025.1", "release ages 2026.1"]


def test_a_receiver_that_is_down_is_asked_once_in_a_run_and_rests(scene: Scene) -> None:
    scene.answers = dict.fromkeys(["release ages 2025.1", "release sexes 2025.1"], DOWN)
    scene.run()
    assert scene.sent == ["release ages 2025.1"]
    scene.run()
    assert scene.sent == []
    scene.answers.clear()
    scene.now += timedelta(minutes=2)
    assert len(scene.run().delivered) == 3


def test_after_three_refusals_it_is_left_alone(scene: Scene) -> None:
    many = events(*(release(f"ages-{number}", hours=number) for number in range(6)))
    scene.answers = {each.name: BROKEN for each in many if each.dataset != "ages-1"}
    scene.run(many)
    assert scene.sent == [each.name for each in many[:5]]


def test_it_waits_longer_each_time_and_gives_up(scene: Scene) -> None:
    (one,) = events(release(hours=1))
    scene.answers[one.name] = BROKEN
    for delay in DELAYS:
        assert scene.run([one]).problems == []
        due = scene.log.standing.due(one.id)
        assert due == scene.now + delay
        scene.now = due - timedelta(seconds=1)
        scene.run([one])
        assert scene.sent == []
        scene.now = due
    (problem,) = scene.run([one]).problems
    assert f"given up after {MOST_ATTEMPTS} attempts" in problem.rule
    assert "--only portal --since 2026-03-01" in problem.remedy
    assert scene.log.standing.given_up == {one.id: one.name}
    assert (
        "1 given up; last fault: answered 500." in report_of(scene.whom, scene.log.standing, [one], Told()).in_words()
    )
    assert scene.run([one]).problems == []
    later = events(release(hours=1), release(version=2, hours=2))
    scene.answers.clear()
    assert scene.run(later).delivered == ["revision sexes 2025.2"]


def test_a_receiver_says_how_long_it_wants_to_be_left_alone(scene: Scene) -> None:
    (one,) = events(release(hours=1))
    for asked, hours in ((7_200.0, 2), (1e9, 24)):
        scene.answers[one.name] = Result(503, "answered 503", asked=asked, is_down=True)
        scene.run([one])
        assert scene.log.standing.rests_until == scene.now + timedelta(hours=hours)
        scene.now += timedelta(hours=hours)


def test_a_clock_that_ran_ahead_holds_nothing_up(scene: Scene) -> None:
    scene.answers = dict.fromkeys(["release ages 2025.1", "release sexes 2025.1"], DOWN)
    scene.now += timedelta(days=3_650)
    scene.run()
    scene.now -= timedelta(days=3_650)
    scene.answers.clear()
    assert len(scene.run().delivered) == 3


def test_410_switches_it_off_until_its_address_changes(scene: Scene) -> None:
    scene.answers["release ages 2025.1"] = GONE
    (problem,) = scene.run().problems
    assert "410" in problem.rule
    assert "?" not in str(problem)
    scene.answers.clear()
    scene.now += timedelta(days=30)
    scene.run()
    assert scene.sent == []
    assert report_of(scene.whom, scene.log.standing, TWO, Told()).state == "gone"
    scene.whom = subscriber(url="https://receiver.example.org/new")
    assert len(scene.run().delivered) == 3


def test_what_needs_somebody_is_told_as_a_problem_at_once(scene: Scene) -> None:
    scene.answers["release ages 2025.1"] = Result(
        fault="leads into a private network", remedy="correct it", is_down=True, needs_somebody=True
    )
    told = scene.run()
    assert told.failed == []
    assert told.problems[0].remedy == "correct it"


def test_a_damaged_release_is_not_announced_and_holds_its_dataset(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def body(_scene: Scene, event: Event) -> bytes:
        if event.name == "release ages 2025.1":
            raise VerificationFailed("damaged", problems=[Problem("x.csv", "is not as it was signed")])
        if event.dataset == "sexes":
            raise ReleaseWithdrawn("withdrawn meanwhile")
        return event.name.encode()

    monkeypatch.setattr(Scene, "body", body)
    told = scene.run()
    assert scene.sent == []
    assert [problem.place for problem in told.problems] == ["x.csv"]


def test_it_ends_when_it_is_told_to_and_after_its_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.stopping.set()
    scene.run()
    assert scene.sent == []
    scene.stopping.clear()
    monkeypatch.setattr(deliveries, "LONGEST_ROUND", timedelta(seconds=1.5))
    scene.run()
    assert len(scene.sent) == 2


def test_what_was_not_asked_for_stays_the_past(scene: Scene) -> None:
    scene.whom = subscriber(datasets=["sexes"])
    pass_over(scene.log, TWO, scene.whom, scene.now)
    assert scene.run().delivered == ["release sexes 2025.1"]
    scene.whom = subscriber()
    assert scene.run().delivered == []


def test_a_new_one_is_told_of_nothing_that_was_before(tmp_path: Path) -> None:
    with DeliveryLog(tmp_path / "portal.jsonl") as log:
        assert begin(log, TWO, NOON) == 3
        assert Scene(log).run().delivered == []
    with DeliveryLog(tmp_path / "other.jsonl") as log:
        assert begin(log, TWO, NOON, since=NOON + timedelta(hours=2)) == 1
        assert Scene(log).run().delivered == ["release sexes 2025.1", "release ages 2026.1"]


def test_what_was_delivered_or_given_up_can_be_sent_again(scene: Scene) -> None:
    scene.run()
    send_again(scene.log, TWO, scene.now, NOON + timedelta(hours=2))
    assert scene.run().delivered == ["release sexes 2025.1", "release ages 2026.1"]
    send_again(scene.log, TWO, scene.now, scene.now)
    assert scene.run().delivered == []


def test_an_announcement_that_became_untrue_is_not_sent(scene: Scene) -> None:
    scene.answers["release sexes 2025.1"] = DOWN
    scene.run(events(release(hours=1)))
    scene.answers.clear()
    scene.now += timedelta(hours=1)
    assert scene.run(events(release(hours=1, withdrawn=3))).delivered == ["withdrawal sexes 2025.1"]


def test_each_attempt_is_in_the_log_before_it_is_made(scene: Scene) -> None:
    seen: list[bytes] = []

    def send(_name: str, _body: bytes) -> Result:
        seen.append(scene.log.path.read_bytes().splitlines()[-1])
        return TAKEN

    stopping = threading.Event()
    deliver(scene.log, TWO, Round(scene.whom, scene.body, send, lambda: scene.now, stopping), Told())
    assert [b'"sending"' in line and b'"webhook_id":"msg_' in line for line in seen] == [True] * 3
