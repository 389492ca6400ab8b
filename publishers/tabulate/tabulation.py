"""The counted tables of one edition before protection, and the form in which protection takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from anonymization.dimension import Dimension
from anonymization.link import Link
from anonymization.table import Measure, Population, Table, TableSet
from datasets.names import TOTAL
from publishers.tabulate.cells import TOTAL_POSITION, Ints, TableCells, roll_up
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.recode import PlannedDimension

Values = npt.NDArray[np.int64] | npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

EXACT = 2.0**53
"""Up to here, floating-point numbers tell all whole numbers apart."""

REPORTED, MISSING, NOT_APPLICABLE, ESTIMATED = range(4)
"""Whether a cell's records are all there, for quantities of which records may be absent."""


@dataclass(frozen=True)
class TabulatedTable:
    """One table before protection, in published order: unprotected data.

    ``contributors`` holds an int64 array (rows,) for each population, ``values`` an int64 or float64 array for each
    quantity, ``absences`` an int8 array of REPORTED, MISSING, NOT_APPLICABLE or ESTIMATED for each quantity of which
    a cell without records is no zero.
    """

    id: str
    cells: TableCells
    contributors: Mapping[str, Ints]
    values: Mapping[str, Values]
    absences: Mapping[str, Codes]
    outside: Mapping[str, Ints] = field(default_factory=dict)
    """For populations of persons that are a part: how many persons have rows that are not of the part."""
    units: Mapping[str, Ints] = field(default_factory=dict)
    """How many facilities the contributors of each population come from; empty where no rule asks."""
    units_outside: Mapping[str, Ints] = field(default_factory=dict)
    """For populations that are a part: from how many facilities those come who are in the whole alone."""
    amounts: Mapping[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    """For sums of amounts that are looked at, float64 (rows, 1 + known): the sizes of what everybody has, added up, and
    the largest of them in falling order."""
    amounts_outside: Mapping[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    """The same for what a sum over the whole has more than one over its part, by the name of the latter."""


@dataclass(frozen=True)
class Members:
    """Some leaves of a dimension of which something is known: of a population, or of a column that is added up."""

    of: str
    dimension: str
    leaves: tuple[int, ...]


@dataclass(frozen=True)
class Dependencies:
    """How the columns of the source depend on each other, as its records tell."""

    links: tuple[Link, ...] = ()
    """Which members of two dimensions hold the same rows."""
    nested: tuple[tuple[str, str], ...] = ()
    """Pairs of dimensions of which the first determines a member of the second wherever both are known."""
    nearly_linked: tuple[tuple[str, str], ...] = ()
    """Pairs of dimensions that would have links if it were not for rows of unknown members, another member, or few."""
    excluding: Mapping[tuple[str, str], Ints] = field(default_factory=dict)
    """Pairs of dimensions with members that never occur together, although neither determines the other, and the rows
    of each two leaves, int64 (leaves, leaves)."""
    told: tuple[tuple[str, str], ...] = ()
    """Populations that are a part, and dimensions whose members tell of each row whether it belongs to the part."""
    unmixed: tuple[tuple[str, str], ...] = ()
    """Populations that are a part, and dimensions with members that have all or nothing of it where that is no chance.
    """
    wholly: tuple[Members, ...] = ()
    """Populations that are a part, and the leaves of which every row, if there is any, belongs to the part."""
    indicators: tuple[str, ...] = ()
    """Columns that are added up although the sums tell how many people have some of the values."""
    following: tuple[tuple[str, str], ...] = ()
    """Columns that are added up, and dimensions whose members tell the value so that sums tell who is in which."""
    usual: tuple[Members, ...] = ()
    """Columns that are added up, and the leaves of which nearly every row, if there is any, has the same value."""


@dataclass(frozen=True)
class Tabulation:
    """All tables of an edition before protection, and the number of source rows behind them."""

    plan: TabulationPlan
    tables: tuple[TabulatedTable, ...]
    rows: int
    dependencies: Dependencies = Dependencies()
    hidden: tuple[TabulatedTable, ...] = ()
    """Tables for the protection alone."""

    def table(self, id_: str) -> TabulatedTable:
        return next(table for table in self.tables if table.id == id_)


def table_set(tabulation: Tabulation) -> TableSet:
    """Return all tables of the edition as one system, linked through their dimensions.

    Raises DisclosureRuleInvalid where the cells contradict one another.
    """
    plan = tabulation.plan
    return TableSet(
        dimensions=tuple(_dimension(one) for one in plan.dimensions),
        populations=tuple(Population(one.name, one.complement_of) for one in plan.populations),
        measures=tuple(
            Measure(
                name=one.name,
                population=one.population,
                additive=not one.persons,
                integer=_is_whole(tabulation, one.name) and not _has_negative(tabulation, one.name),
                adds_up=one.adds_up if one in plan.amounts else None,
            )
            for one in plan.quantities
        ),
        tables=tuple(_table(tabulation, table) for table in tabulation.tables),
        links=tabulation.dependencies.links,
        hidden=tuple(
            replace(_table(tabulation, table), empty=_empty(tabulation, table), exact_only=planned.exact_only)
            for table, planned in zip(tabulation.hidden, plan.hidden, strict=True)
        ),
        always_shown=plan.always_shown,
        always_withheld=plan.always_withheld,
        weighted=plan.weighted,
    )


def _dimension(planned: PlannedDimension) -> Dimension:
    members = planned.members
    if not planned.total:
        return Dimension(planned.name, members.codes, (members.parents,))
    # The total comes first, so every index moves up by one and a member without a parent (-1) stands below it (0).
    return Dimension(planned.name, (TOTAL, *members.codes), ((-1, *(parent + 1 for parent in members.parents)),))


def _table(tabulation: Tabulation, table: TabulatedTable) -> Table:
    plan, told = tabulation.plan, tabulation.dependencies
    names = next(one.dimensions for one in (*plan.tables, *plan.hidden) if one.id == table.id)
    columns = {one.name: {part.column for part in one.parts} for one in plan.quantities}
    return Table(
        name=table.id,
        dimensions=names,
        coordinates={name: table.cells.positions[name] - (not plan.dimension(name).total) for name in names},
        contributors=table.contributors,
        values=table.values,
        usual={
            name: _within(plan, table, [one for one in told.usual if one.of in columns[name]]) for name in table.values
        },
        wholly={
            # Where zeros are withheld, it is a secret that nobody is left; where all know it, tables are refused.
            name: _within(plan, table, [one for one in told.wholly if one.of == name])
            for name in table.contributors
            if plan.zeros == "publish"
        },
        outside=table.outside,
        units=table.units,
        units_outside=table.units_outside,
        amounts=table.amounts,
        amounts_outside=table.amounts_outside,
    )


def _within(plan: TabulationPlan, table: TabulatedTable, known: Sequence[Members]) -> Flags:
    """Return which cells have only leaves of which something is known, by any of their dimensions, bool (cells,)."""
    flags = np.zeros(len(table.cells), dtype=np.bool_)
    for one in known:
        if one.dimension in table.cells.positions:
            dimension = plan.dimension(one.dimension)
            others = np.ones(dimension.members.leaves, dtype=np.int64)
            others[list(one.leaves)] = 0
            flags |= (roll_up(others, [dimension]) == 0)[table.cells.positions[one.dimension]]
    return flags


def _empty(tabulation: Tabulation, table: TabulatedTable) -> Flags:
    """Return in which cells of a crossing there can be nobody, because two of their members never occur together."""
    plan = tabulation.plan
    flags = np.zeros(len(table.cells), dtype=np.bool_)
    for pair, rows in tabulation.dependencies.excluding.items():
        if set(pair) <= set(table.cells.positions):
            together = roll_up(rows, [plan.dimension(name) for name in pair])
            one, other = (table.cells.positions[name] for name in pair)
            flags |= (together[one, other] == 0) & (one != TOTAL_POSITION) & (other != TOTAL_POSITION)
    return flags


def _is_whole(tabulation: Tabulation, quantity: str) -> bool:
    """Prices are whole numbers even where their column may hold others."""
    values = [table.values[quantity] for table in tabulation.tables if quantity in table.values]
    return all(bool((own == np.rint(own)).all()) and float(np.abs(own).max(initial=0)) < EXACT for own in values)


def _has_negative(tabulation: Tabulation, quantity: str) -> bool:
    """A balance of amounts can be below zero; counts, which protection takes to be at least zero, cannot."""
    return any(bool((table.values[quantity] < 0).any()) for table in tabulation.tables if quantity in table.values)
