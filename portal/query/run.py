"""Run planned questions on DuckDB: a few threads of our own, each with a connection that can read one folder only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import duckdb
import pyarrow as pa

from datasets.errors import QueryTimeout
from datasets.plain_name import PlainName
from datasets.sql_text import literal
from portal.query.model import too_large
from portal.query.statement import Statement

Result = TypeVar("Result")

_WAITING_PER_THREAD = 32
"""How many questions may wait for each thread; more are turned away at once rather than answered late."""


@dataclass(frozen=True)
class EngineLimits:
    """What one engine may use."""

    threads: int = 2
    memory_mb: int = 512
    """For each question."""
    seconds: float = 10.0
    """From the moment of asking, waiting included."""


class Session:
    """The connection of one thread while it works on one question; it ends as soon as the question is given up."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, folder: PlainName) -> None:
        self._cursor = cursor
        self.folder = folder
        """The folder that can be read, under the name by which the engine knows it."""
        self._lock = threading.Lock()
        self._reading = False
        self._stopped = False

    def read(self, statement: Statement) -> pa.Table:
        """Run one statement to its end. A question given up raises QueryTimeout."""
        with self._lock:
            if self._stopped:
                raise _stopped()
            self._reading = True
        try:
            return self._cursor.sql(statement.sql, params=list(statement.values)).to_arrow_table()
        except duckdb.InterruptException:
            raise _stopped() from None
        except duckdb.OutOfMemoryException:
            raise QueryTimeout("The question needs more memory than one may use; ask for fewer cells") from None
        except (duckdb.ConversionException, duckdb.OutOfRangeException):
            raise too_large() from None
        finally:
            with self._lock:
                self._reading = False

    def stop(self) -> None:
        """Give the question up: interrupt what runs, and let nothing more of it start."""
        with self._lock:
            self._stopped = True
            if self._reading:
                self._cursor.interrupt()


class Job(Generic[Result]):
    """One question in the hands of the engine."""

    def __init__(self, future: Future[Result], deadline: float, stop: Callable[[], None]) -> None:
        self.future = future
        self.deadline = deadline
        """On the clock of ``time.monotonic``."""
        self._stop = stop

    def stop(self) -> None:
        """Give it up, whether it waits or runs."""
        self.future.cancel()
        self._stop()

    def result(self) -> Result:
        """Wait for the answer until the deadline; then give up and raise QueryTimeout."""
        try:
            return self.future.result(max(0.0, self.deadline - time.monotonic()))
        except FutureTimeoutError:
            self.stop()
            raise _stopped() from None


class Engine:
    """A bounded pool of hardened connections. Only SQL from ``portal.query.statement`` ever reaches them."""

    def __init__(self, folder: Path, limits: EngineLimits) -> None:
        """``folder`` holds the released objects; nothing outside it can be read, and nothing can be loaded."""
        self._limits = limits
        self._folder = PlainName(folder)
        self._database = _hardened(self._folder.path, limits)
        self._local = threading.local()
        self._places = threading.BoundedSemaphore(limits.threads * (_WAITING_PER_THREAD + 1))
        self._pool = ThreadPoolExecutor(limits.threads, thread_name_prefix="query")

    def submit(self, work: Callable[[Session], Result]) -> Job[Result]:
        """Queue ``work``; a queue that is full raises QueryTimeout at once."""
        if not self._places.acquire(blocking=False):
            raise QueryTimeout("Too many questions are waiting; ask again in a moment")
        holder: list[Session] = []
        given_up = threading.Event()

        def stop() -> None:
            given_up.set()
            for session in holder:
                session.stop()

        def run() -> Result:
            session = Session(self._cursor(), self._folder)
            holder.append(session)
            if given_up.is_set():
                raise _stopped()
            return work(session)

        future = self._pool.submit(run)
        future.add_done_callback(lambda _: self._places.release())
        return Job(future, time.monotonic() + self._limits.seconds, stop)

    def run(self, work: Callable[[Session], Result]) -> Result:
        """Queue ``work`` and wait for it, no longer than the deadline."""
        return self.submit(work).result()

    def close(self) -> None:
        """Wait for what runs, drop what waits, and close every connection."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._database.close()
        self._folder.close()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self._database.cursor()
        return cursor


def _hardened(folder: Path, limits: EngineLimits) -> duckdb.DuckDBPyConnection:
    # One thread for each question: the pool decides how many run at once, and a large one cannot starve the small.
    memory = f"{limits.memory_mb * limits.threads}MiB"
    database = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": memory, "temp_directory": ""})
    for setting in (
        "LOAD parquet",
        "SET parquet_metadata_cache = true",
        # Objects never change: what was read once is still true.
        "SET validate_external_file_cache = 'NO_VALIDATION'",
        f"SET allowed_directories = [{literal(str(folder))}]",
        "SET enable_external_access = false",
        "SET python_enable_replacements = false",
        "SET autoload_known_extensions = false",
        "SET autoinstall_known_extensions = false",
        "SET lock_configuration = true",
    ):
        database.execute(setting)
    return database


def _stopped() -> QueryTimeout:
    return QueryTimeout("The question took too long and was stopped; ask for fewer cells, or download the table")
