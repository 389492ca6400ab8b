"""Answer an address that compares two releases: settle what it asks for, count what differs, and list a page of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from datasets.public_releases import PublicReleases
from portal.public.compare.matching import Matched
from portal.public.compare.pairing import Pair
from portal.public.compare.reading import MOST_VALUES, ColumnCounts, Difference, Differences
from portal.query.difference import KINDS, Kind
from portal.query.model import unknown
from portal.query.run import Session

ROWS_ON_A_PAGE = 100
MOST_IN_A_FILE = 100_000
"""Cells in one CSV file; more of them are in further ones."""


@dataclass(frozen=True)
class Asked:
    """What an address asks for besides two releases; empty is the usual: all of the first table that differs."""

    table: str = ""
    measure: str = ""
    kind: str = ""
    page: int = 1

    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Return it as parameters of an address."""
        page = str(self.page) if self.page > 1 else ""
        return ("table", self.table), ("measure", self.measure), ("kind", self.kind), ("page", page)


@dataclass(frozen=True)
class Counted:
    """A table, and what was counted of each of its columns; None where it was not compared."""

    table: Matched
    counts: tuple[ColumnCounts, ...] | None

    @property
    def differing(self) -> int:
        return sum(each.differing for each in self.counts or ())

    def of(self, column: int | None, kinds: Sequence[Kind]) -> int:
        """Return how many cells of one column, or of all, differ in one of ``kinds``."""
        return sum(each.of(kinds) for number, each in enumerate(self.counts or ()) if column in (None, number))


@dataclass(frozen=True)
class Compared:
    """What was found of a pair."""

    pair: Pair
    asked: Asked
    """As it was answered: with a page that there is, and without names that the table does not have."""
    unknown: tuple[str, ...]
    """What the address names that the table does not know."""
    tables: tuple[Counted, ...]
    chosen: Counted | None
    """The table whose cells are listed."""
    total: int
    """How many cells are asked for, on whatever page."""
    listed: tuple[Difference, ...]

    @property
    def column(self) -> int | None:
        return column_number(self.chosen.table, self.asked.measure) if self.chosen else None


def compare(
    releases: PublicReleases, pair: Pair, tables: Sequence[Matched], asked: Asked, session: Session
) -> Compared:
    """Compare all tables, as far as one page may, and list the cells that are asked for."""
    differences = Differences(releases, pair, session)
    counted = tuple(_counted(differences, tables, asked.table))
    chosen = _chosen(counted, asked.table)
    settled, names = _settled(chosen, asked)
    if chosen is None:
        return Compared(pair, settled, names, counted, None, 0, ())
    column, kinds = column_number(chosen.table, settled.measure), kinds_of(settled.kind)
    total = chosen.of(column, kinds)
    pages = max(1, -(-total // ROWS_ON_A_PAGE))
    settled = replace(settled, page=min(settled.page, pages))
    skip = (settled.page - 1) * ROWS_ON_A_PAGE
    listed = (
        differences.listed(chosen.table, column=column, kinds=kinds, rows=ROWS_ON_A_PAGE, skip=skip) if total else ()
    )
    return Compared(pair, settled, names, counted, chosen, total, listed)


def in_a_file(
    releases: PublicReleases, pair: Pair, table: Matched, asked: Asked, session: Session
) -> tuple[Difference, ...]:
    """Return the cells of one file, and one more where there are more; names that are not known were refused before."""
    return Differences(releases, pair, session).listed(
        table,
        column=column_number(table, asked.measure),
        kinds=kinds_of(asked.kind),
        rows=MOST_IN_A_FILE + 1,
        skip=(asked.page - 1) * MOST_IN_A_FILE,
    )


def table_of(tables: Sequence[Matched], asked: Asked) -> Matched:
    """Return the table that a file is asked of; raise QueryInvalid where it, or something of it, is not known."""
    compared = [table for table in tables if table.obstacle is None and table.values <= MOST_VALUES]
    found = next((table for table in compared if table.name == asked.table or not asked.table), None)
    if found is None:
        raise unknown("table", asked.table, [table.name for table in compared])
    if names := _unknown(found, asked):
        place, name, known = names[0]
        raise unknown(place, name, known)
    return found


def column_number(table: Matched, measure: str) -> int | None:
    """Return which column of a table has a name; None for all."""
    return next((number for number, column in enumerate(table.columns) if column.name == measure), None)


def kinds_of(kind: str) -> tuple[Kind, ...]:
    """Return the kinds that are asked for: one, or all."""
    return tuple(each for each in KINDS if kind in ("", each))


def _counted(differences: Differences, tables: Sequence[Matched], first: str) -> Iterator[Counted]:
    """Yield every table; counted are those that one page may look at, ``first`` before all others."""
    left = MOST_VALUES
    within = []
    for table in sorted(tables, key=lambda each: each.name != first):
        if table.obstacle is None and table.values <= left:
            left -= table.values
            within.append(table.name)
    for table in tables:
        yield Counted(table, differences.counts(table) if table.name in within else None)


def _chosen(counted: Sequence[Counted], name: str) -> Counted | None:
    compared = [each for each in counted if each.counts is not None]
    named = [each for each in compared if each.table.name == name]
    differing = [each for each in compared if each.differing]
    return next(iter((*named, *differing, *compared)), None)


def _settled(chosen: Counted | None, asked: Asked) -> tuple[Asked, tuple[str, ...]]:
    """Return what can be answered of what is asked, and the names that the table does not know."""
    if chosen is None:
        return Asked(), ()
    missing = _unknown(chosen.table, asked)
    places = {place for place, *_ in missing}
    settled = replace(
        asked,
        table=chosen.table.name,
        measure="" if "measure" in places else asked.measure,
        kind="" if "kind" in places else asked.kind,
    )
    names = [name for _, name, _ in missing]
    if asked.table not in ("", chosen.table.name):
        names.insert(0, asked.table)
    return settled, tuple(names)


def _unknown(table: Matched, asked: Asked) -> list[tuple[str, str, list[str]]]:
    columns = [column.name for column in table.columns]
    found = [("measure", asked.measure, columns), ("kind", asked.kind, [str(kind) for kind in KINDS])]
    return [(place, name, known) for place, name, known in found if name and name not in known]
