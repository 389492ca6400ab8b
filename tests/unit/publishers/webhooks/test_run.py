"""A run tells every subscriber of what is out, and nobody of what is not; one that fails holds up no other."""

from __future__ import annotations

import errno
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from datasets import disk
from datasets.errors import JobRunning, StoreUnavailable
from publishers.webhooks import side_by_side
from publishers.webhooks.run import look, try_out
from tests.support.disk_faults import NthCall, refuse, replaced
from tests.support.notified_store import NotifiedStore, problems_of
from tests.support.webhooks import NOON, Had, Reply, is_signed, receiving, silent, subscriber


@pytest.fixture
def store(tmp_path: Path) -> NotifiedStore:
    return NotifiedStore(tmp_path / "store")


def kinds(had: list[Had]) -> list[str]:
    return [f"{each.event['type']} {each.event['subject']}" for each in had]


def test_a_release_its_revision_and_a_withdrawal_are_told_of(store: NotifiedStore) -> None:
    with receiving() as receiver:
        whom = subscriber(receiver.address)
        store.publish()
        (report,) = store.notify(whom)
        assert (report.past, report.state, receiver.had) == (1, "active", [])
        store.publish()
        store.publish("ages")
        store.withdraw(version=1)
        (report,) = store.notify(whom)
        assert kinds(receiver.had) == [
            "ytemo.revision sexes/2025.2", "ytemo.release ages/2025.1", "ytemo.withdrawal sexes/2025.1",
        ]  # fmt: skip
        assert all(map(is_signed, receiver.had))
        assert (len(report.delivered), report.delivered_ever, report.past) == (3, 3, None)
        store.notify(whom)
        assert len(receiver.had) == 3


def test_nobody_begins_while_the_clock_is_behind_or_all_of_the_past_would_be_news(store: NotifiedStore) -> None:
    with receiving() as receiver:
        whom = subscriber(receiver.address)
        for edition in ("2023", "2024", "2025"):
            store.publish(edition=edition)
        right, store.now = store.now, datetime(1970, 1, 1, tzinfo=UTC)
        (problem,) = problems_of(store.notify(whom))
        assert "cannot begin while a release was signed at a moment still to come" in problem
        assert "correct the clock" in problem
        store.now = right
        (report,) = store.notify(whom)
        assert (report.past, report.problems, receiver.had) == (3, (), [])


def test_what_failed_and_was_withdrawn_is_not_failing_any_more(store: NotifiedStore) -> None:
    with receiving(lambda number, _: Reply(500 if number == 1 else 204)) as receiver:
        whom = subscriber(receiver.address)
        store.notify(whom)
        store.publish()
        assert store.notify(whom)[0].state == "failing"
        store.withdraw()
        (report,) = store.notify(whom)
        assert (report.delivered, report.waiting, report.state) == (("withdrawal sexes 2025.1",), (), "active")


@pytest.mark.parametrize("lock", [False, True])
def test_a_folder_that_cannot_be_used_is_told(store: NotifiedStore, lock: bool) -> None:
    if lock:
        (store.folder / "run.lock").mkdir(parents=True)
    else:
        store.folder.write_text("no folder", encoding="utf-8")
    with pytest.raises(StoreUnavailable, match="cannot be read and written") as raised:
        store.notify(subscriber())
    assert raised.value.problems[0].place == str(store.folder)


def test_nothing_under_embargo_is_told_before_its_hour(store: NotifiedStore) -> None:
    with receiving() as receiver:
        whom = subscriber(receiver.address)
        store.notify(whom)
        store.publish(embargo=5)
        for _ in range(5):
            (report,) = store.notify(whom)
            assert (receiver.had, report.waiting) == ([], ())
            assert "sexes" not in json.dumps(report.as_json())
            store.now += timedelta(hours=1)
        store.notify(whom)
        assert kinds(receiver.had) == ["ytemo.release sexes/2025.1"]
        assert receiver.had[0].event["time"] == "2026-03-01T17:00:00Z"


def test_one_that_begins_after_an_embargo_was_set_is_told_when_it_ends(store: NotifiedStore) -> None:
    store.publish(embargo=5)
    with receiving() as receiver:
        assert store.notify(subscriber(receiver.address))[0].past == 0
        store.now += timedelta(hours=6)
        store.notify(subscriber(receiver.address))
        assert kinds(receiver.had) == ["ytemo.release sexes/2025.1"]


def test_who_does_not_answer_holds_up_nobody(store: NotifiedStore) -> None:
    with receiving() as receiver, silent() as dead:
        dead_ones = [subscriber(dead, id=f"dead-{number}") for number in range(20)]
        everybody = [*dead_ones, subscriber(receiver.address)]
        store.notify(*everybody)
        store.publish()
        store.publish("ages")
        began = time.monotonic()
        reports = store.notify(*everybody)
        assert time.monotonic() - began < 5
        assert len(receiver.had) == 2
        assert {report.state for report in reports[:-1]} == {"failing"}
        assert all(len(report.waiting) == 2 and report.next for report in reports[:-1])
        assert problems_of(reports) == []


def test_one_that_is_paused_loses_nothing(store: NotifiedStore) -> None:
    with receiving() as receiver:
        store.notify(subscriber(receiver.address))
        store.publish()
        (report,) = store.notify(subscriber(receiver.address, active=False))
        assert (report.state, report.waiting, receiver.had) == ("paused", ("release sexes 2025.1",), [])
        store.notify(subscriber(receiver.address))
        assert len(receiver.had) == 1


def test_without_its_secret_one_is_told_of_and_others_go_on(store: NotifiedStore) -> None:
    with receiving() as receiver:
        pair = [subscriber(receiver.address, id="lost", secret_variable="NONE"), subscriber(receiver.address)]
        assert "NONE, the secret_variable of lost: holds no secret" in problems_of(store.notify(*pair))[0]
        store.publish()
        reports = store.notify(*pair)
        assert len(receiver.had) == 1
        assert reports[0].state == "new"


def test_a_log_that_cannot_be_used_is_told_of_and_others_go_on(store: NotifiedStore) -> None:
    with receiving() as receiver:
        pair = [subscriber(receiver.address, id="lost"), subscriber(receiver.address)]
        store.notify(*pair)
        store.publish()
        (store.folder / "lost.jsonl").rename(store.folder / "elsewhere.jsonl")
        (store.folder / "lost.jsonl").symlink_to("elsewhere.jsonl")
        assert "cannot be read and written" in problems_of(store.notify(*pair))[0]
        (store.folder / "lost.jsonl").unlink()
        (store.folder / "lost.jsonl").mkdir()
        assert "must be a file" in problems_of(store.notify(*pair))[0]
        assert len(receiver.had) == 1


def test_a_damaged_release_is_not_announced(store: NotifiedStore) -> None:
    with receiving() as receiver:
        whom = subscriber(receiver.address)
        store.notify(whom)
        store.publish()
        (path,) = [
            each for each in (store.root / "objects").rglob("*") if each.is_file() and b"M,Nam" in each.read_bytes()
        ]
        sound = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(sound.replace(b"Male", b"Mole"))
        assert problems_of(store.notify(whom)) != []
        assert receiver.had == []
        path.write_bytes(sound)
        assert problems_of(store.notify(whom)) == []
        assert len(receiver.had) == 1


def test_nobody_begins_while_the_past_is_not_known(store: NotifiedStore) -> None:
    store.publish()
    store.publish("ages")
    (envelope,) = (store.root / "releases" / "sexes").iterdir()
    sound = envelope.read_bytes()
    envelope.chmod(0o644)
    envelope.write_bytes(b"{}")
    with receiving() as receiver:
        whom = subscriber(receiver.address)
        assert "what is its past is not known" in problems_of(store.notify(whom))[0]
        envelope.write_bytes(sound)
        assert store.notify(whom)[0].past == 2
        assert receiver.had == []


def test_a_ping_is_sent_and_switches_on_again(store: NotifiedStore) -> None:
    status = 410

    def answer(_number: int, _had: Had) -> Reply:
        return Reply(status)

    with receiving(answer) as receiver:
        whom = subscriber(receiver.address)
        store.notify(whom)
        store.publish()
        assert "410" in problems_of(store.notify(whom))[0]
        assert try_out(whom, store.folder, store.news(), store.conditions()).fault == "answered 410"
        store.now += timedelta(days=2)
        assert store.notify(whom)[0].state == "gone"
        assert len(receiver.had) == 2
        status = 204
        assert try_out(whom, store.folder, store.news(), store.conditions()).fault == ""
        assert receiver.had[-1].event["type"] == "ytemo.ping"
        assert is_signed(receiver.had[-1])
        assert store.notify(whom)[0].delivered == ("release sexes 2025.1",)


def test_what_is_sent_again_has_its_name(store: NotifiedStore) -> None:
    with receiving() as receiver:
        whom = subscriber(receiver.address)
        store.notify(whom)
        store.publish()
        store.notify(whom)
        store.notify(whom, since=NOON)
        first, second = receiver.had
        assert (first.id, first.body) == (second.id, second.body)


def test_two_runs_at_once_are_one_too_many(store: NotifiedStore) -> None:
    disk.make_folders(store.folder, mode=0o700)
    lock = disk.try_lock(store.folder / "run.lock")
    assert lock is not None
    with pytest.raises(JobRunning, match="another run of ytemo notify"):
        store.notify(subscriber())
    disk.close(lock)
    assert store.notify(subscriber())[0].past == 0
    assert store.folder.stat().st_mode & 0o777 == 0o700


def test_looking_writes_nothing(store: NotifiedStore) -> None:
    store.publish()
    (report,) = look([subscriber()], store.folder, store.news())
    assert (report.state, report.waiting) == ("new", ())
    assert not store.folder.exists()


def test_where_the_disk_is_full_nothing_is_sent_again_and_again(store: NotifiedStore) -> None:
    with receiving() as receiver:
        whom = subscriber(receiver.address)
        store.notify(whom)
        store.publish()
        for _ in range(3):
            with replaced(NthCall(1, refuse(errno.ENOSPC))), pytest.raises(OSError, match="injected"):
                store.notify(whom)
        assert receiver.had == []
        store.notify(whom)
        assert len(receiver.had) == 1


def test_a_run_that_is_stopped_waits_for_no_receiver(store: NotifiedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "_GRACE", 0.1)
    arrived = threading.Event()

    def answer(number: int, _had: Had) -> Reply:
        arrived.set()
        return Reply(wait=5.0 if number == 1 else 0.0)

    class Interrupted(threading.Thread):
        def join(self, timeout: float | None = None) -> None:
            super().join(timeout)
            if arrived.is_set() and self.is_alive() and timeout == 0.1:
                raise KeyboardInterrupt

    with receiving(answer) as receiver:
        whom = subscriber(receiver.address)
        store.notify(whom)
        store.publish()
        store.publish("ages")
        with monkeypatch.context() as patch:
            patch.setattr(threading, "Thread", Interrupted)
            began = time.monotonic()
            with pytest.raises(KeyboardInterrupt):
                store.notify(whom)
            assert time.monotonic() - began < 2
        time.sleep(0.7)
        store.now += timedelta(hours=1)
        store.notify(whom)
        assert len(receiver.had) == 3
        assert receiver.had[0].id == receiver.had[1].id
