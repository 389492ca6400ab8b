"""Answer an address of the explorer: settle what it shows, read its cells, and say them in a language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from datasets.errors import FileNotFound, QueryInvalid
from datasets.public_releases import PublicRelease
from datasets.said import said
from portal.public.explore.asked import Asked, read_asked
from portal.public.explore.exploration import Exploration
from portal.public.explore.grid import Grid, read_grid
from portal.public.explore.settling import settle
from portal.public.explore.telling import Telling
from portal.public.table_reading import TableReading
from portal.query.run import Job, Session
from portal.query.schema import Cube
from portal.shared.wording import Wording


@dataclass(frozen=True)
class Refused:
    """An exploration that the table publishes no numbers for, and why."""

    exploration: Exploration
    reason: QueryInvalid


def explored(reading: TableReading, release: PublicRelease, parameters: Sequence[tuple[str, str]]) -> Exploration:
    """Return what an address shows of a release; raise FileNotFound where it has no table of numbers."""
    asked = read_asked(parameters)
    return settle(asked, _cube(reading, release, asked))


def answer(
    reading: TableReading, release: PublicRelease, exploration: Exploration, words: Wording
) -> Job[Telling | Refused]:
    """Begin to read what is shown; the job raises what opening a file raises."""

    def read(session: Session) -> Telling | Refused:
        try:
            shown, grid = fullest(exploration, partial(read_grid, reading, session, release))
        except QueryInvalid as reason:
            return Refused(exploration, reason)
        return Telling(release, shown, grid, words)

    return reading.submit(read)


def fullest(exploration: Exploration, read: Callable[[Exploration], Grid]) -> tuple[Exploration, Grid]:
    """Return what is asked; where no level was chosen, at the one that shows most: fine ones are withheld more."""
    shown, grid = exploration, read(exploration)
    for other in exploration.others:
        if other.size > grid.shown:
            with suppress(QueryInvalid):
                found = read(other)
                if found.shown > grid.shown:
                    shown, grid = other, found
    return shown, grid


def _cube(reading: TableReading, release: PublicRelease, asked: Asked) -> Cube:
    tables = [table.id for table in release.description.tables]
    if not tables:
        raise FileNotFound(said("This release has no table of numbers to explore"))
    schema = reading.schema(release, asked.table if asked.table in tables else tables[0], pinned=True)
    assert isinstance(schema, Cube)
    return schema
