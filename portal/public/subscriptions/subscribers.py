"""Who gets letters of what: kept from the moment somebody confirms an address until that address is taken out."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from datasets.text import LANGUAGES, Language
from portal.public.subscriptions.database import Database
from portal.public.subscriptions.subjects import Subject, subject

_ALL = (
    "SELECT id, key, address, language, told, next_at, tries, refusals, about, since FROM subscribers"
    " JOIN subjects ON subscriber = id"
)


@dataclass(frozen=True)
class Subscriber:
    """One address, and what its letters are about."""

    id: int
    key: str = field(repr=False)
    """By which its letters are stopped; nobody can guess it."""
    address: str = field(repr=False)
    language: Language
    subjects: Mapping[Subject, float]
    """With the moment at which each was confirmed, in seconds since 1970."""
    told: int
    """The number of the newest event that needs nothing more."""
    next_at: float
    """Before this moment it gets no letter: it has just had one, or one could not be sent."""
    tries: int
    """How often in turn a letter could not be sent."""
    refusals: int
    """How often in turn its mail server said that there is no such mailbox."""


class Subscribers:
    """The subscribers of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def confirm(self, address: str, about: Subject, language: Language, now: float) -> Subscriber:
        """Keep a subscription that was confirmed; one that is there already stays as it is."""
        with self._database.writing() as database:
            database.execute(
                "INSERT INTO subscribers (key, address, language, told)"
                " VALUES (?, ?, ?, (SELECT coalesce(max(number), 0) FROM news))"
                " ON CONFLICT (address) DO UPDATE SET language = excluded.language, refusals = 0",
                [secrets.token_urlsafe(16), address, language],
            )
            (number,) = database.execute("SELECT id FROM subscribers WHERE address = ?", [address]).fetchone()
            database.execute("INSERT OR IGNORE INTO subjects VALUES (?, ?, ?)", [number, str(about), now])
            return _found(database, "id = ?", number)[0]

    def all(self) -> list[Subscriber]:
        """Return everybody, who has waited longest first."""
        with self._database.reading() as database:
            return _found(database, "TRUE")

    def by_key(self, key: str) -> Subscriber | None:
        """Return whose letters ``key`` stops."""
        return self._one("key = ?", key)

    def by_address(self, address: str) -> Subscriber | None:
        """Return the subscriber of an address."""
        return self._one("address = ?", address)

    def stop(self, subscriber: Subscriber, about: Subject | None = None) -> None:
        """Stop the letters about one subject; without one, or where it was the last, delete the address."""
        with self._database.writing() as database:
            if about is not None:
                database.execute("DELETE FROM subjects WHERE subscriber = ? AND about = ?", [subscriber.id, str(about)])
            database.execute(
                "DELETE FROM subscribers WHERE id = ?"
                " AND (? OR NOT EXISTS (SELECT * FROM subjects WHERE subscriber = id))",
                [subscriber.id, about is None],
            )

    def erase(self, address: str) -> bool:
        """Delete an address wherever it stands, letters that wait for it too; say whether it stood anywhere."""
        with self._database.writing() as database:
            found = [
                database.execute(f"DELETE FROM {table} WHERE address = ?", [address]).rowcount
                for table in ("subscribers", "outbox")
            ]
        return any(found)

    def counts(self) -> dict[tuple[str, Language], int]:
        """Return how many have subscribed to each subject in each language, and show nobody."""
        counted = dict[tuple[str, Language], int]()
        for each in self.all():
            for about in each.subjects:
                counted[str(about), each.language] = counted.get((str(about), each.language), 0) + 1
        return dict(sorted(counted.items()))

    # Letters ----------------------------------------------------------------------------------------------------------

    def begin(self, subscriber: Subscriber, retry_at: float) -> bool:
        """Note that a letter is about to be sent; say whether the subscriber is still there.

        What ends the program now leaves a letter that is tried again at ``retry_at``, and not before: where the disk
        takes no note of what was sent, nobody gets the same letter at each run.
        """
        with self._database.writing() as database:
            changed = database.execute(
                "UPDATE subscribers SET tries = tries + 1, next_at = ? WHERE id = ?", [retry_at, subscriber.id]
            )
            return changed.rowcount == 1

    def sent(self, subscriber: Subscriber, told: int, next_at: float) -> None:
        """Note that a letter was taken, which told of everything up to the event ``told``."""
        with self._database.writing() as database:
            database.execute(
                "UPDATE subscribers SET told = ?, tries = 0, refusals = 0, next_at = ? WHERE id = ?",
                [told, next_at, subscriber.id],
            )

    def pass_over(self, subscribers: Sequence[Subscriber], told: int) -> None:
        """Note that there is nothing to tell ``subscribers`` up to the event ``told``."""
        with self._database.writing() as database:
            database.executemany(
                "UPDATE subscribers SET told = ? WHERE id = ?", [(told, each.id) for each in subscribers]
            )

    def refuse(self, subscribers: Iterable[Subscriber], most: int, retry_at: float) -> int:
        """Count a refusal of each mailbox, and delete those with ``most`` of them; return how many were deleted."""
        deleted = 0
        with self._database.writing() as database:
            for each in subscribers:
                database.execute(
                    "UPDATE subscribers SET refusals = refusals + 1, tries = 0, next_at = ? WHERE id = ?",
                    [retry_at, each.id],
                )
                gone = database.execute("DELETE FROM subscribers WHERE id = ? AND refusals >= ?", [each.id, most])
                deleted += gone.rowcount
        return deleted

    # News -------------------------------------------------------------------------------------------------------------

    def numbers(self) -> dict[str, int]:
        """Return the number of each event that was seen."""
        with self._database.reading() as database:
            return dict(database.execute("SELECT event, number FROM news").fetchall())

    def see(self, events: Iterable[str]) -> None:
        """Give each new event the next number."""
        with self._database.writing() as database:
            database.executemany("INSERT OR IGNORE INTO news (event) VALUES (?)", [(each,) for each in events])

    def _one(self, condition: str, value: str) -> Subscriber | None:
        with self._database.reading() as database:
            found = _found(database, condition, value)
        return found[0] if found else None


def _found(database: sqlite3.Connection, condition: str, *values: object) -> list[Subscriber]:
    rows = database.execute(f"{_ALL} WHERE {condition} ORDER BY next_at, id, since", values).fetchall()
    return list(_gathered(rows))


def _gathered(rows: Iterable[sqlite3.Row]) -> Iterator[Subscriber]:
    """Yield a subscriber for the rows of its subjects."""
    found: dict[int, tuple[sqlite3.Row, dict[Subject, float]]] = {}
    for row in rows:
        about = subject(row["about"])
        _, subjects = found.setdefault(row["id"], (row, {}))
        if about is not None:
            subjects[about] = row["since"]
    for row, subjects in found.values():
        language: Language = next(each for each in LANGUAGES if each == row["language"])
        known = {name: row[name] for name in ("id", "key", "address", "told", "next_at", "tries", "refusals")}
        yield Subscriber(**known, language=language, subjects=subjects)
