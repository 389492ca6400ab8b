"""What must hold of earlier releases before they can be reckoned with: names, shapes, members and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from anonymization.ledger import EarlierRelease, EarlierTable
from datasets.errors import Problem

if TYPE_CHECKING:
    from anonymization.table import TableSet


def problems_of_ledger(tables: TableSet) -> list[Problem]:
    """Return what is wrong with the earlier releases of a table set, table by table."""
    problems = list(_repeated("earlier releases", (one.name for one in tables.earlier)))
    problems += _period_problems("release", tables.days)
    for release in tables.earlier:
        problems += _period_problems(release.name, release.days)
        whole = release.whole
        if whole is not None and all(one.name != whole[0] or whole[1] not in one.members for one in release.dimensions):
            problems.append(Problem(release.name, "has no member that stands for its whole period", "name one it has"))
        problems += _repeated(f"{release.name}, dimensions", (one.name for one in release.dimensions))
        problems += _repeated(f"{release.name}, tables", (one.name for one in release.tables))
        for table in release.tables:
            problems += _table_problems(tables, release, table)
    return problems


def _period_problems(place: str, days: tuple[int, int] | None) -> Iterator[Problem]:
    if days is not None and days[0] >= days[1]:
        remedy = "give its first day, and the day after the last"
        yield Problem(place, "has a period that ends before it begins", remedy)


def _repeated(place: str, names: Iterable[str]) -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Problem(place, f"must give {name!r} once", "rename or remove the other")


def _table_problems(tables: TableSet, release: EarlierRelease, table: EarlierTable) -> list[Problem]:
    place = f"{release.name}, table {table.name!r}"
    sizes = {one.name: len(one.members) for one in release.dimensions}
    if set(table.coordinates) != set(table.dimensions) or len(set(table.dimensions)) < len(table.dimensions):
        return [Problem(place, "must have coordinates for each of its dimensions, and for no other")]
    known = {
        "dimension": (table.dimensions, sizes.keys()),
        "population": (
            (*table.withheld, *table.changed, *table.people, *table.versions),
            {one.name for one in tables.populations},
        ),
        "measure": (
            (*table.values, *table.rounding, *table.changed_values, *table.versions_of_values),
            {one.name for one in tables.measures},
        ),
    }
    problems = [
        Problem(place, f"{kind} {name!r} is unknown", "leave it out of what is reckoned with, or declare it")
        for kind, (names, those) in known.items()
        for name in dict.fromkeys(names)
        if name not in those
    ]
    if problems or not table.withheld:
        return problems or [Problem(place, "must say of a population which cells are withheld")]
    flags = [*table.withheld.values(), *table.changed.values(), *table.changed_values.values()]
    numbers = [*table.people.values(), *table.versions.values(), *table.versions_of_values.values()]
    arrays = [*table.coordinates.values(), *table.values.values(), *numbers, *flags]
    if any(array.shape != (len(table),) for array in arrays):
        return [Problem(place, "all arrays must be one-dimensional and of one length")]
    return [*_member_problems(place, table, sizes), *_number_problems(place, tables, table)]


def _member_problems(place: str, table: EarlierTable, sizes: dict[str, int]) -> Iterator[Problem]:
    for name, at in table.coordinates.items():
        wrong = int(((at < 0) | (at >= sizes[name])).sum())
        if wrong:
            yield Problem(f"{place}, dimension {name!r}", f"{wrong} coordinates are not the index of a member")


def _number_problems(place: str, tables: TableSet, table: EarlierTable) -> Iterator[Problem]:
    for kind, named in (
        ("population", table.withheld),
        ("population", table.changed),
        ("measure", table.changed_values),
    ):
        for name, flags in named.items():
            if flags.dtype.kind != "b":
                yield Problem(f"{place}, {kind} {name!r}", "must be true or false for each cell")
                return
    for measure in tables.measures:
        if measure.name in table.values:
            here = f"{place}, measure {measure.name!r}"
            if measure.population not in table.withheld:
                yield Problem(here, f"the table must say which cells of population {measure.population!r} are withheld")
            elif np.isinf(table.values[measure.name][~table.withheld[measure.population]]).any():
                yield Problem(here, "shown values must be finite, or not a number where none is told")
    for name, rounding in table.rounding.items():
        if not 0.0 <= rounding < np.inf:
            yield Problem(f"{place}, measure {name!r}", "rounding must be a number that is not negative")
