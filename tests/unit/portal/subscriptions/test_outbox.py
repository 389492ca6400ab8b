"""Questions wait until they can be sent, are sent by one of several processes, and leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from datasets import disk
from datasets.errors import StoreUnavailable
from portal.public.subscriptions import outbox
from portal.public.subscriptions.mail_server import MailServerUnusable
from portal.public.subscriptions.subjects import EVERYTHING, Subject
from tests.support.letters import Lettered
from tests.support.mail_receiver import MailReceiver, mail_receiver
from tests.support.notified_store import NotifiedStore

LAN = "lan@example.org"


@pytest.fixture
def receiver() -> Iterator[MailReceiver]:
    with mail_receiver() as receiver:
        yield receiver


@pytest.fixture
def lettered(tmp_path: Path, receiver: MailReceiver) -> Lettered:
    return Lettered(NotifiedStore(tmp_path / "store"), receiver.port)


def put(lettered: Lettered, address: str = LAN, about: Subject = EVERYTHING) -> bool:
    return lettered.subscriptions.outbox.put(address, about, "vi")


def test_a_letter_is_sent_once_and_forgotten(lettered: Lettered, receiver: MailReceiver) -> None:
    for _ in range(3):
        assert put(lettered)
    lettered.postman().deliver()
    lettered.postman().deliver()
    assert len(receiver.had) == 1
    content = lettered.subscriptions.database.file.read_bytes()
    assert b"lan@" not in content
    assert lettered.subscriptions.outbox.waiting() == 0


def test_several_processes_send_each_letter_once(lettered: Lettered, receiver: MailReceiver) -> None:
    for number in range(40):
        assert put(lettered, f"somebody-{number}@example.org")
    with ThreadPoolExecutor(4) as threads:
        for each in [threads.submit(lettered.postman().deliver) for _ in range(4)]:
            each.result()
    assert len({had.receiver for had in receiver.had}) == len(receiver.had) == 40


def test_a_letter_that_was_not_noted_as_sent_comes_once_more(lettered: Lettered, receiver: MailReceiver) -> None:
    put(lettered)
    box = lettered.subscriptions.outbox
    assert box.take() is not None
    assert box.take() is None, "the process that took it may still be sending it"
    lettered.store.now += timedelta(minutes=8)
    lettered.postman().deliver()
    lettered.postman().deliver()
    assert len(receiver.had) == 1


def test_letters_wait_and_end(lettered: Lettered, receiver: MailReceiver) -> None:
    put(lettered)
    receiver.answer = lambda command: "451 later" if command.startswith("RCPT") else None
    for _ in range(5):
        lettered.postman().deliver()
        lettered.store.now += timedelta(minutes=11)
    assert len([each for each in receiver.commands if each.startswith("RCPT")]) == 5
    receiver.answer = lambda command: "421 closing" if command.startswith(("EHLO", "HELO")) else None
    with pytest.raises(MailServerUnusable):
        lettered.postman().deliver()
    lettered.store.now += timedelta(hours=25)
    receiver.answer = lambda _: None
    lettered.postman().deliver()
    assert receiver.had == []
    assert b"lan@" not in lettered.subscriptions.database.file.read_bytes()


@pytest.mark.parametrize("code", ["550 no such user", "550 5.7.1 not wanted"])
def test_a_letter_that_will_never_be_taken_is_forgotten(lettered: Lettered, receiver: MailReceiver, code: str) -> None:
    put(lettered)
    receiver.answer = lambda command: code if command.startswith("RCPT") else None
    lettered.postman().deliver()
    assert lettered.subscriptions.outbox.waiting() == 0


def test_a_mailbox_gets_so_many_in_a_day(lettered: Lettered, receiver: MailReceiver) -> None:
    def all_of(address: str) -> int:
        for name in ("a", "b", "c", "d", "e"):
            put(lettered, address, Subject("datasets", name))
        lettered.postman().deliver()
        return len(receiver.had)

    assert all_of(LAN) == 3
    assert all_of("L.A.N+x@example.org") == 3
    assert all_of("binh@example.org") == 6
    lettered.store.now += timedelta(hours=23)
    assert all_of(LAN) == 6
    lettered.store.now += timedelta(hours=2)
    assert all_of(LAN) == 9
    assert b"lan@" not in lettered.subscriptions.database.file.read_bytes().lower()


def test_a_server_that_takes_letters_and_does_not_say_so_fills_no_mailbox(
    lettered: Lettered, receiver: MailReceiver
) -> None:
    put(lettered)
    receiver.answer = lambda command: "" if command == "END OF DATA" else None
    for _ in range(outbox.MOST_TO_ONE):
        with pytest.raises(MailServerUnusable):
            lettered.postman().deliver()
        lettered.store.now += timedelta(minutes=11)
    lettered.postman().deliver()
    assert len(receiver.had) == outbox.MOST_TO_ONE
    assert lettered.subscriptions.outbox.waiting() == 0


def test_a_clock_that_was_ahead_keeps_nobody_from_being_asked(lettered: Lettered, receiver: MailReceiver) -> None:
    lettered.store.now += timedelta(days=400)
    for name in ("a", "b", "c"):
        put(lettered, about=Subject("datasets", name))
    lettered.postman().deliver()
    lettered.store.now -= timedelta(days=400)
    put(lettered)
    lettered.postman().deliver()
    assert len(receiver.had) == 4


def test_all_together_get_so_many_in_an_hour(
    lettered: Lettered, receiver: MailReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_IN_AN_HOUR", 2)
    for number in range(3):
        put(lettered, f"somebody-{number}@example.org")
    lettered.postman().deliver()
    assert len(receiver.had) == 2
    lettered.store.now += timedelta(minutes=61)
    lettered.postman().deliver()
    assert len(receiver.had) == 3


def test_a_full_outbox_takes_no_more(lettered: Lettered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST_WAITING", 2)
    assert [put(lettered, f"somebody-{number}@example.org") for number in range(3)] == [True, True, False]


def test_a_full_disk_is_told(lettered: Lettered, monkeypatch: pytest.MonkeyPatch) -> None:
    put(lettered)
    with lettered.subscriptions.database.reading() as database:
        (pages,) = database.execute("PRAGMA page_count").fetchone()

    def fill() -> None:
        with lettered.subscriptions.database.writing() as database:
            database.execute(f"PRAGMA max_page_count = {pages}")
            database.execute("INSERT INTO news (event) VALUES (?)", ["canary" * 10_000])

    with pytest.raises(StoreUnavailable, match="cannot be read and written: SQLITE_FULL") as told:
        fill()
    assert "canary" not in str(told.value)
    assert lettered.subscriptions.outbox.waiting() == 1


def test_a_folder_that_cannot_be_made_is_told(lettered: Lettered, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "make_folder", full)
    with pytest.raises(StoreUnavailable, match="No space left"):
        put(lettered)


def test_a_subject_that_is_public_no_longer_is_not_asked_about(lettered: Lettered, receiver: MailReceiver) -> None:
    put(lettered)
    postman = lettered.postman()
    postman._named = lambda _: None
    postman.deliver()
    assert receiver.had == []
    assert lettered.subscriptions.outbox.waiting() == 0
