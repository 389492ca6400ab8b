"""Breaks in the series of a table, as every dialect tells them beside its cells."""

from __future__ import annotations

from collections.abc import Iterator

from datasets.breaks import BREAK, Break, broken_series
from datasets.release import ReleaseDescription, TableDescription
from datasets.text import Bilingual


def breaks_of(description: ReleaseDescription, table: TableDescription) -> Iterator[Break]:
    """Yield the breaks that concern a table: it runs along time, and has what they name."""
    if not any(description.dimension(name).role == "time" for name in table.dimensions):
        return
    measures = [description.measure(name) for name in table.measures]
    below = [name for each in measures for name in (each.numerator, each.denominator) if name]
    for one in description.breaks:
        if one.concerns(table.dimensions, (*table.measures, *below)):
            yield one


def break_notes(description: ReleaseDescription, table: TableDescription) -> tuple[Bilingual, ...]:
    """Return a sentence for each break that concerns a table."""
    told = map(broken_series, breaks_of(description, table))
    return tuple(Bilingual(vi=f"{BREAK.vi}: {each.vi}", en=f"{BREAK.en}: {each.en}") for each in told)
