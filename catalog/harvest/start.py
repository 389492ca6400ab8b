"""Where a run of a source begins: whom to ask, since when, and what was had in earlier runs and in a broken one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from catalog.harvest.records import Document, Entry, Page
from catalog.harvest.session import Session
from catalog.harvest.sources import Source

_OVERLAP = timedelta(minutes=10)
"""A record is listed some time after it was changed; what comes twice is known by its hash."""


@dataclass(frozen=True)
class Start:
    """The beginning of a run, or its middle where an earlier one was killed."""

    source: Source
    session: Session
    since: str = ""
    """Only what changed since then is wanted; empty: everything."""
    entries: Mapping[str, Entry] = field(default_factory=dict)
    documents: Mapping[str, Document] = field(default_factory=dict)
    """What may be asked for as "if it changed", by address; none where everything is wanted."""
    pages: Sequence[Page] = ()
    """What this run has had before it was killed."""

    @property
    def overlapping(self) -> datetime:
        """Since when changes are asked for; only of use where ``since`` is not empty."""
        return datetime.fromisoformat(self.since).astimezone(UTC) - _OVERLAP

    @property
    def next(self) -> str:
        """Where the run goes on; empty at its beginning."""
        return self.pages[-1].next if self.pages else ""

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield identifier and name of each record that is there, as far as this is known."""
        if self.since:
            yield from ((each.remote_id, each.name) for each in self.entries.values() if not each.gone_since)
        for page in self.pages:
            yield from ((each.remote_id, each.name) for each in page.items)
