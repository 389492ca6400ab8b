"""How often each dataset was used in each month: numbers alone, added up in memory and kept in a small database."""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from datasets.moments import VIETNAM_TIME
from portal.public.usage.uses import Use

_log = logging.getLogger("ytemo.portal")
_FILE = "usage.sqlite3"
_WAIT = 5.0
"""Seconds to wait for another process that writes."""
_TABLE = (
    "CREATE TABLE IF NOT EXISTS uses (month TEXT, dataset TEXT, use TEXT, times INTEGER NOT NULL,"
    " PRIMARY KEY (month, dataset, use)) WITHOUT ROWID"
)
_ADD = (
    "INSERT INTO uses VALUES (?, ?, ?, ?)"
    " ON CONFLICT (month, dataset, use) DO UPDATE SET times = times + excluded.times"
)


@dataclass(frozen=True)
class Used:
    """How often a dataset was used in one way in one month."""

    month: str
    """As ``2026-11``, in Viet Nam."""
    dataset: str
    use: str
    times: int

    @property
    def kind(self) -> str:
        """The use without the format of what was downloaded."""
        return self.use.partition("-")[0]


class UsageCounts:
    """Counts uses; safe for many threads, and for several processes over one folder.

    What is counted since the last ``keep`` is lost when the process is killed: the counts are then a little too low,
    never too high.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = Lock()
        self._new: Counter[tuple[str, str, str]] = Counter()

    def count(self, dataset: str, use: Use) -> None:
        """Count one use, now."""
        month = f"{self._clock().astimezone(VIETNAM_TIME):%Y-%m}"
        with self._lock:
            self._new[month, dataset, use] += 1

    def keep(self) -> None:
        """Add what was counted to the database; where that is not possible now, keep it for the next time."""
        with self._lock:
            new, self._new = self._new, Counter()
        if not new:
            return
        try:
            with _opened(self._folder) as database, database:
                database.executemany(_ADD, [(*key, times) for key, times in sorted(new.items())])
        except (OSError, sqlite3.Error) as error:
            _log.warning("The counts of uses cannot be kept now: %s", error)
            with self._lock:
                self._new.update(new)

    def used(self) -> tuple[Used, ...]:
        """Return all counts, by month, dataset and use; those that cannot be read are left out, and logged."""
        counts: Counter[tuple[str, str, str]] = Counter()
        try:
            counts.update({(each.month, each.dataset, each.use): each.times for each in kept_counts(self._folder)})
        except (OSError, sqlite3.Error) as error:
            _log.warning("The counts of uses cannot be read: %s", error)
        with self._lock:
            counts.update(self._new)
        return tuple(Used(*key, times) for key, times in sorted(counts.items()))


def kept_counts(folder: Path) -> tuple[Used, ...]:
    """Return the counts that are kept in a folder, by month, dataset and use; none where nothing was counted yet.

    Raises OSError or sqlite3.Error where they cannot be read.
    """
    if not (folder / _FILE).exists():
        return ()
    with _opened(folder) as database:
        return tuple(
            Used(*row) for row in database.execute("SELECT month, dataset, use, times FROM uses ORDER BY 1, 2, 3")
        )


@contextmanager
def _opened(folder: Path) -> Iterator[sqlite3.Connection]:
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / _FILE, timeout=_WAIT)) as database:
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(_TABLE)
        yield database
