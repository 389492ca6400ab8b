"""One run of one source: from what was known, through the pages of the remote, to the next generation."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from catalog.harvest.ckan import read_ckan
from catalog.harvest.dcat import read_dcat
from catalog.harvest.frictionless import read_frictionless
from catalog.harvest.journal import Journal
from catalog.harvest.limits import MAX_KEPT, MAX_RECORDS, MAX_TOLD, Limits
from catalog.harvest.merging import Counts, Merged, is_present, merge, problems_of
from catalog.harvest.oai import read_oai
from catalog.harvest.records import Page
from catalog.harvest.session import Session, wall_clock
from catalog.harvest.sources import Source
from catalog.harvest.start import Start
from catalog.harvest.state import Header, State, read_state, write_state
from datasets import disk
from datasets.errors import JobRunning, Problem
from datasets.outbound.addresses import Resolve, resolve
from datasets.outbound.connections import Traffic
from datasets.outbound.faults import RemoteFault
from datasets.outbound.transport import Transport
from datasets.text import legible

MAPPING = 4
"""Raised whenever records are made otherwise of what is received, so that all are made anew."""
_REPORT = "please report it with the address; what was had of it is kept"
READERS: Mapping[str, Callable[[Start], Iterator[Page]]] = {
    "ckan": read_ckan,
    "dcat": read_dcat,
    "oai-pmh": read_oai,
    "frictionless": read_frictionless,
}


@dataclass(frozen=True)
class Conditions:
    """What a run depends on beside its source; tests give their own."""

    now: Callable[[], datetime] = wall_clock
    sleep: Callable[[float], None] = time.sleep
    resolver: Resolve = resolve
    limits: Limits = field(default_factory=Limits)
    everything: bool = False
    """Ask for everything, not only for what changed."""
    accept_fewer: bool = False
    """Believe a source that lists far fewer records than before."""


@dataclass(frozen=True)
class Report:
    """What a run of a source did."""

    source: str
    is_done: bool
    everything: bool
    """Whether everything was asked, or only what changed."""
    resumed: int
    """Pages that an earlier run, which was killed, had had."""
    counts: Counts
    traffic: Traffic
    failure: Problem | None = None
    problems: tuple[Problem, ...] = ()
    more_problems: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the report to be printed as JSON."""
        return asdict(self)


def harvest(source: Source, folder: Path, conditions: Conditions | None = None) -> Report:
    """Run one source; what is known of it is kept in ``folder``.

    A remote that fails leaves what was known as it was, and the pages that were had for the next run. Raises JobRunning
    where another run of the same source is under way, and OSError where the disk takes no more.
    """
    conditions = conditions or Conditions()
    disk.make_folders(folder)
    lock = disk.try_lock(folder / "run.lock")
    if lock is None:
        problem = Problem(source.id, "is harvested by another process at this moment", "wait until that ends")
        raise JobRunning("A run of this source is under way", problems=[problem])
    try:
        return _Run(source, folder, conditions).report()
    finally:
        disk.close(lock)


class _Run:
    def __init__(self, source: Source, folder: Path, conditions: Conditions) -> None:
        self._source = source
        self._folder = folder
        self._conditions = conditions
        self._now = conditions.now()
        self._state = read_state(folder)
        self._everything = conditions.everything or self._is_time_for_everything(self._state)
        transport = Transport(source.allow_private, conditions.limits, conditions.resolver)
        self._session = Session(transport, conditions.limits, conditions.now, conditions.sleep)
        header = self._state.header
        self._since = "" if self._everything else header.since
        asked = [source.protocol, source.address, source.set, MAPPING]
        self._journal = Journal(folder / "run", [*asked, self._since, self._state.number], self._now)
        self._resumed = len(self._journal.pages)

    def report(self) -> Report:
        """Do the run and tell of it."""
        failure = None
        counts = Counts(present=sum(map(is_present, self._state.entries.values())))
        problems = list(self._state.problems)
        try:
            self._read()
        except RemoteFault as fault:
            remedy = fault.remedy or "run the same command again later: it goes on where it was"
            failure = Problem(f"{self._source.id} ({self._source.address})", fault.rule, remedy)
            return self._told(counts, problems, failure)
        finally:
            self._session.transport.close()
        merged = merge(
            self._state.entries,
            self._journal.pages,
            moment=self._now.isoformat(timespec="seconds"),
            accept_fewer=self._conditions.accept_fewer,
            is_resumed=self._resumed > 0,
        )
        self._keep(merged)
        problems += self._problems(merged)
        return self._told(merged.counts, problems, None)

    def _read(self) -> None:
        known = {each.address: each for each in self._state.header.documents}
        start = Start(
            source=self._source,
            session=self._session,
            since=self._since,
            entries=self._state.entries,
            documents={} if self._everything else known,
            pages=tuple(self._journal.pages),
        )
        if start.pages and not start.next:
            return  # It was killed between its last page and the end.
        for page in _guarded(READERS[self._source.protocol](start)):
            self._write_down(page)

    def _write_down(self, page: Page) -> None:
        began = (self._session.started or self._now).isoformat(timespec="seconds")
        try:
            self._journal.add(page.model_copy(update={"started": began}))
        except ValueError:
            raise RemoteFault("sent what cannot be written down", _REPORT) from None
        if self._journal.size > MAX_KEPT:
            raise RemoteFault(f"has more than {MAX_KEPT >> 20} MiB of records", "harvest a part of it (set)")

    def _keep(self, merged: Merged) -> None:
        before = self._state.header
        pages = self._journal.pages
        is_believed = not merged.disbelieved and not any(page.is_broken for page in pages) and self._is_sure(pages[-1])
        moment = self._now.isoformat(timespec="seconds")
        header = Header(
            mapping=MAPPING,
            asked=self._asked(),
            # What was not believed, or could not be had, is asked again next time.
            since=pages[0].started if is_believed else self._since,
            full_at=moment if self._everything and is_believed else before.full_at,
            run_at=moment,
            documents=tuple(page.document for page in pages if page.document) if is_believed else (),
        )
        write_state(self._folder, header, merged.entries, after=self._state.number)
        self._journal.end()

    def _is_sure(self, last: Page) -> bool:
        """Say whether no record can have slipped from a page that was not read yet to one that was.

        Of a run that lay still that is so where each page is asked again by itself, or all that is missed is known.
        """
        return not self._resumed or last.document is not None or (self._everything and last.is_list)

    def _is_time_for_everything(self, state: State) -> bool:
        header = state.header
        if state.problems or header.mapping != MAPPING or header.asked != self._asked() or not header.full_at:
            return True
        age = self._now - datetime.fromisoformat(header.full_at)
        return age >= timedelta(days=self._source.full_after_days) or age < timedelta(0)

    def _asked(self) -> str:
        return " ".join((self._source.protocol, self._source.address, self._source.set)).strip()

    def _problems(self, merged: Merged) -> list[Problem]:
        place = self._source.id
        found = [Problem(place, told.rule, told.remedy) for page in self._journal.pages for told in page.problems]
        unnamed = sum(not item.remote_id for page in self._journal.pages for item in page.items)
        if unnamed:
            found.append(Problem(place, f"{unnamed} records have no identifier", "tell those who keep the catalog"))
        if merged.overflow:
            found.append(Problem(place, f"has more than {MAX_RECORDS:,} records", "tell those who keep the catalog"))
        if merged.disbelieved:
            rule = f"lists {merged.disbelieved:,} records no more, too many at once to be believed: all were kept"
            found.append(Problem(place, rule, f"look at it; if it is so: ytemo harvest --only {place} --accept-fewer"))
        for remote_id, told in problems_of(merged.entries, merged.entries):
            found.append(Problem(f"{place} record {legible(remote_id)[:200]}", told.rule, told.remedy))
        return found

    def _told(self, counts: Counts, problems: list[Problem], failure: Problem | None) -> Report:
        return Report(
            source=self._source.id,
            is_done=failure is None,
            everything=self._everything,
            resumed=self._resumed,
            counts=counts,
            traffic=self._session.transport.traffic,
            failure=failure,
            problems=tuple(problems[:MAX_TOLD]),
            more_problems=max(0, len(problems) - MAX_TOLD),
        )


def _guarded(pages: Iterator[Page]) -> Iterator[Page]:
    """Yield pages; what a remote sends that nobody thought of ends its own run, and not the runs of others."""
    while True:
        try:
            page = next(pages)
        except StopIteration:
            return
        except (RemoteFault, OSError, MemoryError):
            raise
        except Exception as error:
            rule = f"answered what this program does not understand ({type(error).__name__})"
            raise RemoteFault(rule, _REPORT) from error
        yield page
