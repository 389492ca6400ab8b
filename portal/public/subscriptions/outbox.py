"""Letters that ask whether an address is meant: they wait here until they are sent, and nothing of them is kept."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field

from datasets.text import LANGUAGES, Language
from portal.public.subscriptions.database import Database
from portal.public.subscriptions.mail_addresses import mailbox
from portal.public.subscriptions.subjects import EVERYTHING, Subject, subject

MOST_WAITING = 1_000
"""Letters that may wait; more are not taken: somebody plays, or the mail server has been away for long."""
MOST_TO_ONE = 3
"""Letters to one mailbox in a day, whoever asks for them."""
MOST_IN_AN_HOUR = 500
"""Letters to strangers in an hour; others wait."""
_KEPT = 24 * 3_600.0
_DAY = 24 * 3_600.0
_REFUSED = 365 * _DAY
_DELAYS = (420.0, 600.0)
"""Seconds until the next try after each one, then always the last: longer than any try takes."""


@dataclass(frozen=True)
class Waiting:
    """A letter that is to be sent now."""

    id: str
    address: str = field(repr=False)
    about: Subject
    language: Language


class Outbox:
    """The letters that wait in one database."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def put(self, address: str, about: Subject, language: Language) -> bool:
        """Have somebody asked; False where too many letters wait.

        Whoever asks learns nothing of an address by it, not even by how long it takes: whether it has had letters
        enough is looked at when it would be sent, and who has subscribed is not looked at at all.
        """
        now = self._clock()
        with self._database.writing() as database:
            (waiting,) = database.execute("SELECT count(*) FROM outbox").fetchone()
            if waiting >= MOST_WAITING:
                return False
            database.execute(
                "INSERT INTO outbox (id, address, about, language, asked_at, next_at) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (address, about) DO UPDATE SET language = excluded.language",
                [secrets.token_hex(16), address, str(about), language, now, now],
            )
        return True

    def is_due(self) -> bool:
        """Say whether a letter is to be sent now; what has waited too long is forgotten."""
        if not self._database.is_begun:
            return False
        now = self._clock()
        with self._database.writing() as database:
            _forget(database, now)
            return _next(database, now) is not None

    def take(self) -> Waiting | None:
        """Return the next letter that is due, None where there is none; it is due again some time later.

        What ends the program before ``done`` is called leaves a letter that may be sent once more, and never one that
        is lost.
        """
        now, hashed = self._clock(), self._database.seal.hashed
        with self._database.writing() as database:
            while row := _next(database, now):
                letters = _Counted(database, hashed(mailbox(row["address"])), now)
                if row["tries"] == 0:
                    if letters.are_many():
                        return None
                    if not letters.count():
                        database.execute("DELETE FROM outbox WHERE id = ?", [row["id"]])
                        continue
                delay = _DELAYS[min(row["tries"], len(_DELAYS) - 1)]
                database.execute(
                    "UPDATE outbox SET tries = tries + 1, next_at = ? WHERE id = ?", [now + delay, row["id"]]
                )
                return _waiting(row)
        return None

    def done(self, letter: Waiting) -> None:
        """Forget a letter that was sent, or that its mail server will never take."""
        with self._database.writing() as database:
            database.execute("DELETE FROM outbox WHERE id = ?", [letter.id])

    def may_have_arrived(self, letter: Waiting) -> None:
        """Count a letter as sent of which that is not known; it is sent again only if its mailbox may get one more."""
        now, hashed = self._clock(), self._database.seal.hashed(mailbox(letter.address))
        with self._database.writing() as database:
            if not _Counted(database, hashed, now).count():
                database.execute("DELETE FROM outbox WHERE id = ?", [letter.id])

    def refuse(self, address: str) -> None:
        """Send no more such letters to an address for a year; what is kept does not tell the address."""
        now, hashed = self._clock(), self._database.seal.hashed(mailbox(address))
        with self._database.writing() as database:
            database.execute("DELETE FROM outbox WHERE address = ?", [address])
            database.execute("DELETE FROM counted WHERE mailbox = ?", [hashed])
            rows = [(hashed, 0.0, now + _REFUSED)] * MOST_TO_ONE
            database.executemany("INSERT INTO counted VALUES (?, ?, ?)", rows)

    def waiting(self) -> int:
        """Return how many letters wait."""
        with self._database.reading() as database:
            (count,) = database.execute("SELECT count(*) FROM outbox").fetchone()
            return int(count)

    def kept_of(self, address: str) -> list[Waiting]:
        """Return the letters that wait for an address."""
        with self._database.reading() as database:
            return list(map(_waiting, database.execute("SELECT * FROM outbox WHERE address = ?", [address])))


@dataclass(frozen=True)
class _Counted:
    """What was sent to strangers of late, while the database is open for changes."""

    database: sqlite3.Connection
    mailbox: bytes
    now: float

    def are_many(self) -> bool:
        """Say whether so many were sent to all of them that others have to wait."""
        since = self.now - 3_600
        (sent,) = self.database.execute("SELECT count(*) FROM counted WHERE sent_at > ?", [since]).fetchone()
        return bool(sent >= MOST_IN_AN_HOUR)

    def count(self) -> bool:
        """Count one more to the mailbox; False where it has had as many as it may."""
        (sent,) = self.database.execute("SELECT count(*) FROM counted WHERE mailbox = ?", [self.mailbox]).fetchone()
        if sent >= MOST_TO_ONE:
            return False
        self.database.execute("INSERT INTO counted VALUES (?, ?, ?)", [self.mailbox, self.now, self.now + _DAY])
        return True


def _forget(database: sqlite3.Connection, now: float) -> None:
    """Delete what has waited too long, and what needs no longer be counted; also what a clock ahead has written."""
    database.execute("DELETE FROM outbox WHERE asked_at < ? OR asked_at > ?", [now - _KEPT, now + _KEPT])
    database.execute("DELETE FROM counted WHERE until < ? OR sent_at > ?", [now, now + _DAY])


def _next(database: sqlite3.Connection, now: float) -> sqlite3.Row | None:
    found = database.execute("SELECT * FROM outbox WHERE next_at <= ? ORDER BY next_at, id LIMIT 1", [now])
    row: sqlite3.Row | None = found.fetchone()
    return row


def _waiting(row: sqlite3.Row) -> Waiting:
    language: Language = next(each for each in LANGUAGES if each == row["language"])
    return Waiting(row["id"], row["address"], subject(row["about"]) or EVERYTHING, language)
