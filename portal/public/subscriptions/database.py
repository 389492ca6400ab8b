"""The database of subscriptions: one file in a folder of its own, which its owner alone can read."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from datasets import disk
from datasets.errors import Problem, StoreUnavailable
from portal.public.subscriptions.sealing import Seal

_WAIT = 5.0
"""Seconds to wait for another process that writes."""
_KEPT = "SELECT value FROM secret"
_TABLES = (
    "CREATE TABLE IF NOT EXISTS secret (only INTEGER PRIMARY KEY CHECK (only = 1), value BLOB NOT NULL)",
    # Numbers of subscribers are never given to somebody else.
    "CREATE TABLE IF NOT EXISTS subscribers (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE,"
    " address TEXT NOT NULL UNIQUE COLLATE NOCASE, language TEXT NOT NULL, told INTEGER NOT NULL,"
    " next_at REAL NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, refusals INTEGER NOT NULL DEFAULT 0)",
    "CREATE TABLE IF NOT EXISTS subjects (subscriber INTEGER NOT NULL REFERENCES subscribers ON DELETE CASCADE,"
    " about TEXT NOT NULL, since REAL NOT NULL, PRIMARY KEY (subscriber, about)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS outbox (id TEXT PRIMARY KEY, address TEXT NOT NULL COLLATE NOCASE,"
    " about TEXT NOT NULL, language TEXT NOT NULL, asked_at REAL NOT NULL, next_at REAL NOT NULL,"
    " tries INTEGER NOT NULL DEFAULT 0, UNIQUE (address, about))",
    # Letters to strangers are counted by a hash of the mailbox, which says whose it is to nobody without the secret.
    "CREATE TABLE IF NOT EXISTS counted (mailbox BLOB NOT NULL, sent_at REAL NOT NULL, until REAL NOT NULL)",
    "CREATE INDEX IF NOT EXISTS counted_mailbox ON counted (mailbox)",
    "CREATE TABLE IF NOT EXISTS news (number INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL UNIQUE)",
)


def subscriptions_folder(data_dir: Path) -> Path:
    """Return where subscriptions are: not among what can be derived anew, and not where web servers look."""
    return data_dir / "subscriptions"


@dataclass(frozen=True)
class Database:
    """The file; safe for many threads and processes, each of which opens it for what it does at once."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "subscriptions.sqlite3"

    @property
    def is_begun(self) -> bool:
        """Whether there is one: only who subscribes makes it."""
        return self.file.is_file()

    @property
    def seal(self) -> Seal:
        """The seal of this installation; its secret is made once, by whichever process is first."""
        with self.reading() as database:
            if found := database.execute(_KEPT).fetchone():
                return Seal(found["value"])
        with self.writing() as database:
            database.execute("INSERT OR IGNORE INTO secret VALUES (1, ?)", [secrets.token_bytes(32)])
            return Seal(database.execute(_KEPT).fetchone()["value"])

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open the file for changes that are made together or not at all, and are on the disk when this ends.

        Raises StoreUnavailable where it cannot be written.
        """
        with self._open() as database:
            # Begun as a writer: a reader that becomes one may be refused without being let wait.
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    database.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open the file; raises StoreUnavailable where it cannot be read."""
        with self._open() as database:
            yield database

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._make()
            with closing(sqlite3.connect(self.file, timeout=_WAIT, isolation_level=None)) as database:
                database.row_factory = sqlite3.Row
                # What is deleted is overwritten, and a change is on the disk before anything else happens.
                for pragma in ("foreign_keys = ON", "secure_delete = ON", "synchronous = FULL"):
                    database.execute(f"PRAGMA {pragma}")
                for table in _TABLES:
                    database.execute(table)
                yield database
        except (OSError, sqlite3.Error) as error:
            raise _unusable(self.file, error) from None

    def _make(self) -> None:
        if self.file.exists():
            return
        disk.make_folders(self.folder, mode=0o700)
        # The library would let the process's umask decide who can read it.
        with suppress(FileExistsError):
            disk.write_new(self.file, b"", mode=0o600)


def _unusable(path: Path, error: OSError | sqlite3.Error) -> StoreUnavailable:
    # Of an error of the database only the kind is told: its text may quote what was to be written.
    why = error.strerror if isinstance(error, OSError) else getattr(error, "sqlite_errorname", type(error).__name__)
    remedy = "run as its owner, make room on the disk, and correct its rights"
    problem = Problem(str(path), f"cannot be read and written: {why or 'refused'}", remedy)
    return StoreUnavailable("The subscriptions cannot be used", problems=[problem])
