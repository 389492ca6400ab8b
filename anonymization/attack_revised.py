"""Which cells of earlier releases have another value now, and by what name a cell is known in whatever release."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from anonymization.dimension import TOTAL
from anonymization.ledger import EarlierRelease, EarlierTable, Members

if TYPE_CHECKING:
    from anonymization.published import Published, PublishedMeasure


class Named(NamedTuple):
    """A number of a population at a place, in whatever release; it stands for a cell that no present table has."""

    population: str
    place: Members
    rest: bool = False


def named_cells(release: EarlierRelease, table: EarlierTable, population: str) -> list[Named]:
    """Return the cell behind each row of a table of an earlier release."""
    members = {one.name: one.members for one in release.dimensions}
    columns = [
        [(name, members[name][number]) for number in table.coordinates[name].tolist()] for name in table.dimensions
    ]
    rows = zip(*columns, strict=True) if columns else iter([()] * len(table))
    return [Named(population, frozenset(pair for pair in row if pair[1] != TOTAL)) for row in rows]


def revised(published: Published) -> tuple[Mapping[str, frozenset[Named]], ...]:
    """Return, for each earlier release and by measure, the cells that it showed and that have another value now.

    What is withheld now is taken to be the same, unless the audit was given the true values to tell.
    """
    now = {one.name: values_now(published, one) for one in published.measures}
    found = []
    for release in published.earlier:
        changed: dict[str, set[Named]] = {one.name: set() for one in published.measures}
        uncounted: dict[str, set[Named]] = defaultdict(set)
        for table in release.tables:
            for measure in published.measures:
                if measure.population in table.withheld and measure.name in table.values:
                    changed[measure.name].update(_changed(release, table, measure, now[measure.name]))
                    changed[measure.name].update(_flagged(release, table, measure))
                    if measure.counts_contributors and not release.changes_known:
                        uncounted[measure.name].update(_uncounted(release, table, measure))
        for measure in published.measures:
            # Where a release did not tell how many there were, a change of another number is the only sign of one.
            others = (one.name for one in published.measures if one.population == measure.population)
            changed[measure.name] |= uncounted[measure.name].intersection(
                set().union(*(changed[one] for one in others))
            )
        found.append({name: frozenset(cells) for name, cells in changed.items()})
    return tuple(found)


def _flagged(release: EarlierRelease, table: EarlierTable, measure: PublishedMeasure) -> Iterator[Named]:
    own = table.changed.get(measure.population) if measure.counts_contributors else None
    flags = [one for one in (own, table.changed_values.get(measure.name)) if one is not None]
    if flags:
        cells = named_cells(release, table, measure.population)
        yield from (cell for cell, *one in zip(cells, *(own.tolist() for own in flags), strict=True) if any(one))


def _uncounted(release: EarlierRelease, table: EarlierTable, measure: PublishedMeasure) -> Iterator[Named]:
    cells = named_cells(release, table, measure.population)
    unknown = np.isnan(table.values[measure.name].astype(np.float64))
    yield from (cell for cell, silent in zip(cells, unknown.tolist(), strict=True) if silent)


def _changed(
    release: EarlierRelease, table: EarlierTable, measure: PublishedMeasure, now: Mapping[Named, float]
) -> Iterator[Named]:
    rows = zip(
        named_cells(release, table, measure.population),
        table.values[measure.name].tolist(),
        table.withheld[measure.population].tolist(),
        strict=True,
    )
    slack = table.rounding.get(measure.name, 0.0)
    for cell, value, gone in rows:
        if not gone and cell in now and not np.isnan(value):
            after = now[cell]
            tiny = 0.0 if isinstance(after, int) and isinstance(value, int) else 1e-9 * max(abs(value), abs(after))
            if abs(value - after) > slack + tiny:
                yield cell


def values_now(published: Published, measure: PublishedMeasure) -> dict[Named, float]:
    """Return the present values that are shown; all of them where the audit was given the true ones."""
    found: dict[Named, float] = {}
    for number, table in enumerate(published.tables):
        if measure.name in table.values:
            values = published.truth[number][measure.name] if published.truth else table.values[measure.name]
            hidden = np.zeros(len(values), np.bool_) if published.truth else table.withheld[measure.population]
            columns = [
                [(one.name, one.members[member]) for member in table.coordinates[one.name].tolist()]
                for one in published.dimensions
                if one.name in table.dimensions
            ]
            rows = zip(*columns, strict=True) if columns else iter([()] * len(values))
            for row, value, gone in zip(rows, values.tolist(), hidden.tolist(), strict=True):
                if not gone:
                    place = frozenset(pair for pair in row if pair[1] != TOTAL)
                    found[Named(measure.population, place)] = value
    return found
