"""Letters about releases: to whom, once, after kills, refusals, damage and a full disk."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from datasets.errors import JobRunning, StoreUnavailable
from datasets.text import Bilingual
from portal.letter_rounds import DAY, MOST_REFUSALS, REST
from portal.public.subscriptions.letter_texts import MOST_TOLD
from portal.public.subscriptions.subjects import Subject
from portal.public.subscriptions.subscribers import Subscribers
from portal.public.topics.topic import Topic
from tests.support.letters import SITE, Lettered
from tests.support.mail_receiver import MailReceiver, mail_receiver
from tests.support.notified_store import NotifiedStore

HOUR = timedelta(hours=1, minutes=1)


@pytest.fixture
def receiver() -> Iterator[MailReceiver]:
    with mail_receiver() as receiver:
        yield receiver


@pytest.fixture
def lettered(tmp_path: Path, receiver: MailReceiver) -> Lettered:
    made = Lettered(NotifiedStore(tmp_path / "store"), receiver.port)
    made.store.publish()
    made.store.now += 2 * HOUR
    return made


def receivers(receiver: MailReceiver) -> list[str]:
    return [had.receiver.partition("@")[0] for had in receiver.had]


def test_everybody_is_told_what_they_asked_for(lettered: Lettered, receiver: MailReceiver) -> None:
    lettered.subscribe("all@example.org")
    lettered.subscribe("sexes@example.org", Subject("datasets", "sexes"))
    lettered.subscribe("ages@example.org", Subject("datasets", "ages"))
    lettered.subscribe("theme@example.org", Subject("themes", "administration"))
    lettered.subscribe("other@example.org", Subject("themes", "vaccination"))
    lettered.subscribe("all@example.org", Subject("datasets", "ages"))
    lettered.store.publish("ages")
    assert lettered.send().sent == 3
    assert sorted(receivers(receiver)) == ["ages", "all", "theme"]
    assert lettered.send().sent == 0


def test_a_topic_takes_in_what_names_it(lettered: Lettered, receiver: MailReceiver) -> None:
    both = Bilingual(vi="Giới", en="Sexes")
    for name, term in (("sex", "Giới tính"), ("rabies", "bệnh dại")):
        lettered.topics[name] = Topic(id=name, title=both, sentence=both, terms=(term,))
        lettered.subscribe(f"{name}@example.org", Subject("topics", name))
    lettered.subscribe("gone@example.org", Subject("topics", "no-more"))
    lettered.store.publish("ages")
    assert lettered.send().sent == 1
    assert receivers(receiver) == ["sex"]


def test_what_comes_within_an_hour_comes_in_one_letter(lettered: Lettered, receiver: MailReceiver) -> None:
    lettered.subscribe()
    lettered.store.publish("ages")
    assert lettered.send().sent == 1
    for edition in ("2026", "2027"):
        lettered.store.publish("ages", edition)
        told = lettered.send()
        assert (told.sent, told.waiting) == (0, 1)
    lettered.store.now += timedelta(seconds=REST)
    assert lettered.send().sent == 1
    assert [len(had.links("/datasets/")) for had in receiver.had] == [1, 2]


def test_a_release_under_embargo_is_told_of_when_it_is_out(lettered: Lettered, receiver: MailReceiver) -> None:
    lettered.subscribe()
    lettered.store.publish("ages", embargo=24)
    assert lettered.send().sent == 0
    lettered.store.now += timedelta(hours=25)
    assert lettered.send().sent == 1
    assert "ages" in receiver.had[0].text


def test_more_than_fits_says_so(lettered: Lettered, receiver: MailReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_TOLD > 10
    monkeypatch.setattr("portal.public.subscriptions.letter_texts.MOST_TOLD", 2)
    lettered.subscribe()
    for edition in ("2026", "2027", "2028"):
        lettered.store.publish("ages", edition)
    assert lettered.send().sent == 1
    (had,) = receiver.had
    assert len(had.links("/datasets/")) == 2
    assert had.links("/calendar") == [f"{SITE}/calendar"]
    assert had.message["subject"].startswith("3 ")


def test_what_is_damaged_is_told_of_once_it_is_whole_again(lettered: Lettered, receiver: MailReceiver) -> None:
    lettered.subscribe()
    lettered.store.publish("ages")
    events = lettered.rounds().news.events
    release = next(each.release for each in events if each.dataset == "ages")
    entry = release.manifest.files[0]
    path = next((lettered.store.root / "objects").rglob(entry.sha256))
    content = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(b"x" * len(content))
    lettered.store.publish("sexes", "2026")
    told = lettered.send()
    assert told.sent == 1
    assert told.problems
    assert "ages" not in receiver.had[0].text
    path.write_bytes(content)
    lettered.store.now += HOUR
    assert lettered.send().sent == 1
    assert receiver.had[1].links("/datasets/") == [f"{SITE}/datasets/ages/releases/2025.1"]


def test_who_leaves_while_letters_are_sent_gets_none(lettered: Lettered, receiver: MailReceiver) -> None:
    first, second = lettered.subscribe("first@example.org"), lettered.subscribe("second@example.org")
    lettered.store.publish("ages")

    def leave(command: str) -> str | None:
        if command == "END OF DATA":
            for each in (first, second):
                if each.address != receiver.had[0].receiver:
                    lettered.subscriptions.stop(each)
        return None

    receiver.answer = leave
    told = lettered.send()
    assert (told.sent, told.waiting, len(receiver.had)) == (1, 0, 1)


# Mailboxes that are not there -----------------------------------------------------------------------------------------


def gone(*names: str, code: str = "550 5.1.1 no such user here") -> object:
    return lambda command: code if any(command.startswith(f"RCPT TO:<{name}@") for name in names) else None


def test_an_address_that_is_gone_is_deleted_after_some_days(lettered: Lettered, receiver: MailReceiver) -> None:
    lettered.subscribe("gone@example.org")
    lettered.subscribe("here@example.org")
    receiver.answer = gone("gone")  # type: ignore[assignment]
    lettered.store.publish("ages")
    for day in range(1, MOST_REFUSALS + 1):
        told = lettered.send()
        assert (told.refused, told.deleted) == (1, int(day == MOST_REFUSALS))
        assert lettered.send().refused == 0, "it counts once in a day"
        lettered.store.now += timedelta(seconds=DAY)
        lettered.store.publish("ages", str(2030 + day))
    assert [each.address for each in lettered.subscriptions.subscribers.all()] == ["here@example.org"]


@pytest.mark.parametrize(
    "code", ["550 5.7.1 relaying denied", "554 no", "552 5.2.2 full", "550 5.2.2 full", "450 greylisted", "452 later"]
)
def test_a_refusal_that_is_no_matter_of_the_mailbox_deletes_nobody(
    lettered: Lettered, receiver: MailReceiver, code: str
) -> None:
    lettered.subscribe("lan@example.org")
    lettered.subscribe("here@example.org")
    receiver.answer = gone("lan", code=code)  # type: ignore[assignment]
    lettered.store.publish("ages")
    for _ in range(2 * MOST_REFUSALS):
        told = lettered.send()
        assert (told.failed, told.refused) == (1, 0)
        lettered.store.now += timedelta(seconds=DAY)
    receiver.answer = lambda _: None
    assert lettered.send().sent == 1
    assert sorted(receivers(receiver)) == ["here", "lan"]


def test_a_server_that_knows_no_mailbox_at_all_deletes_nobody(lettered: Lettered, receiver: MailReceiver) -> None:
    for name in ("lan", "binh"):
        lettered.subscribe(f"{name}@example.org")
    receiver.answer = gone("lan", "binh")  # type: ignore[assignment]
    lettered.store.publish("ages")
    for _ in range(2 * MOST_REFUSALS):
        told = lettered.send()
        assert (told.refused, told.deleted) == (2, 0)
        assert "whether it may pass on letters" in str(told.problems[-1])
        lettered.store.now += timedelta(seconds=DAY)
    assert len(lettered.subscriptions.subscribers.all()) == 2


@pytest.mark.parametrize("where", ["EHLO", "MAIL", "RCPT TO:<second", "DATA", "END OF DATA"])
@pytest.mark.parametrize("answer", ["421 closing", ""])
def test_a_server_that_goes_away_is_gone_on_with(
    lettered: Lettered, receiver: MailReceiver, where: str, answer: str
) -> None:
    for name in ("first", "second", "third"):
        lettered.subscribe(f"{name}@example.org")
    lettered.store.publish("ages")
    failing = [True]

    def fail(command: str) -> str | None:
        return answer if failing[0] and command.replace("HELO", "EHLO").startswith(where) else None

    receiver.answer = fail
    told = lettered.send()
    assert told.problems
    assert told.waiting == 3 - told.sent
    failing[0] = False
    lettered.send()
    lettered.store.now += HOUR
    lettered.send()
    lettered.send()
    had = receivers(receiver)
    assert set(had) == {"first", "second", "third"}
    # What the server took before it went without a word comes twice, under the same name.
    assert len(had) == (4 if where == "END OF DATA" else 3)
    assert len({each.message["message-id"] for each in receiver.had}) == 3


# Being ended anywhere -------------------------------------------------------------------------------------------------


def test_a_disk_that_takes_no_note_sends_no_letter_again_and_again(
    lettered: Lettered, receiver: MailReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    lettered.subscribe()
    lettered.store.publish("ages")

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Subscribers, "sent", full)
        with pytest.raises(sqlite3.OperationalError):
            lettered.send()
        assert lettered.send().waiting == 1
    with monkeypatch.context() as patched:
        patched.setattr(Subscribers, "begin", full)
        lettered.store.now += HOUR
        with pytest.raises(sqlite3.OperationalError):
            lettered.send()
    assert len(receiver.had) == 1
    assert lettered.send().sent == 1
    assert lettered.send().waiting == 0
    first, second = receiver.had
    assert first.message["message-id"] == second.message["message-id"]


def test_a_run_that_is_killed_repeats_one_letter_and_loses_none(tmp_path: Path, receiver: MailReceiver) -> None:
    lettered = Lettered(NotifiedStore(tmp_path / "store", now=datetime.now(UTC) - timedelta(hours=5)), receiver.port)
    lettered.store.publish()
    lettered.store.now = datetime.now(UTC) - timedelta(minutes=9)
    for name in ("first", "second", "third"):
        lettered.subscribe(f"{name}@example.org")
    lettered.store.publish("ages")
    arrived, go_on = threading.Event(), threading.Event()

    def hold(command: str) -> str | None:
        if command == "END OF DATA" and len(receiver.had) == 2:
            arrived.set()
            go_on.wait(30)
        return None

    receiver.answer = hold
    settings = {
        "YTEMO_DATA_DIR": str(lettered.store.root),
        "YTEMO_BASE_URL": SITE,
        "YTEMO_SMTP_URL": receiver.url,
        "YTEMO_MAIL_FROM": "news@example.gov.vn",
    }
    command = [str(Path(sys.executable).with_name("ytemo")), "notify"]
    running = subprocess.Popen(command, env={**os.environ, **settings}, stderr=subprocess.PIPE)
    assert arrived.wait(30)
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=30)
    go_on.set()
    receiver.answer = lambda _: None
    lettered.store.now = datetime.now(UTC)
    assert lettered.send().sent == 1
    lettered.store.now += HOUR
    assert lettered.send().sent == 1
    assert lettered.send().sent == 0
    had = receivers(receiver)
    assert sorted(had) == sorted(["first", "second", "third", had[1]])
    assert len({each.message["message-id"] for each in receiver.had}) == 3


def test_two_runs_at_once_send_nothing_twice(lettered: Lettered, receiver: MailReceiver) -> None:
    lettered.subscribe()
    lettered.store.publish("ages")

    def run_again(command: str) -> str | None:
        if command.startswith("RCPT"):
            with pytest.raises(JobRunning):
                lettered.send()
        return None

    receiver.answer = run_again
    assert lettered.send().sent == 1
    assert len(receiver.had) == 1


def test_a_database_that_is_none_is_told_and_left_alone(lettered: Lettered) -> None:
    lettered.subscribe()
    file = lettered.subscriptions.database.file
    file.write_bytes(b"not a database, but something of somebody's" * 50)
    with pytest.raises(StoreUnavailable, match=r"subscriptions\.sqlite3"):
        lettered.send()
    assert file.read_bytes().startswith(b"not a database")
