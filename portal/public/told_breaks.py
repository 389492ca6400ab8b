"""Breaks in the series of a table, as every dialect tells them beside its cells."""

from __future__ import annotations

from collections.abc import Iterator

from datasets.breaks import BREAK, Break, broken_series
from datasets.public_releases import PublicRelease
from datasets.release import ReleaseDescription, TableDescription
from datasets.text import Bilingual
from portal.query.answer import Answer


def breaks_of(description: ReleaseDescription, table: TableDescription) -> Iterator[Break]:
    """Yield the breaks that concern a table: it runs along time, and has what they name."""
    if not any(description.dimension(name).role == "time" for name in table.dimensions):
        return
    measures = [description.measure(name) for name in table.measures]
    below = [name for each in measures for name in (each.numerator, each.denominator) if name]
    for one in description.breaks:
        if one.concerns(table.dimensions, (*table.measures, *below)):
            yield one


def breaks_asked(release: PublicRelease, answer: Answer) -> Iterator[Break]:
    """Yield the breaks that concern the table that was asked; a register has none."""
    for table in release.description.tables:
        if table.id == answer.plan.table:
            yield from breaks_of(release.description, table)


def break_notes(description: ReleaseDescription, table: TableDescription) -> tuple[Bilingual, ...]:
    """Return a sentence for each break that concerns a table."""
    return tuple(map(break_note, breaks_of(description, table)))


def break_note(one: Break) -> Bilingual:
    """Return a sentence that tells of a break."""
    told = broken_series(one)
    return Bilingual(vi=f"{BREAK.vi}: {told.vi}", en=f"{BREAK.en}: {told.en}")
