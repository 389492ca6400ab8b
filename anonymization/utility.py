"""What protection cost: how many cells and totals of each table are withheld, why, and whose cells they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anonymization.primary.cells import sensitive_cells
from anonymization.primary.frequency import sensitive as by_frequency
from anonymization.protect import CellStatus, ProtectedTable, ProtectedTables
from anonymization.relations import Flags
from anonymization.table import Table, TableSet

Codes = npt.NDArray[np.int8]

FREQUENCY, UNITS, AMOUNTS, CHOICE, EARLIER, OTHERS = range(6)

REASONS = ("few_people", "few_facilities", "few_contributors", "by_choice", "withheld_before", "to_protect_others")
"""Why a cell is withheld, the first that holds of this list: by a rule, because the definition or an earlier release
withholds it, or so that cells of the other reasons cannot be worked out."""


@dataclass(frozen=True)
class MemberCost:
    """How many of the cells of one member of a dimension are withheld."""

    dimension: str
    member: str
    cells: int
    withheld: int


@dataclass(frozen=True, kw_only=True)
class TableCost:
    """What protection cost one population of one table. For the office alone: it tells small cells from others.

    `totals` are the cells of which at least one member is the sum of others; `people_withheld_percent`, a whole number
    because a finer one would tell how many they are, is the share of all contributors that stand in withheld cells of
    no totals.
    """

    table: str
    population: str
    measures: tuple[str, ...]
    cells: int
    withheld: int
    totals: int
    totals_withheld: int
    people_withheld_percent: int
    reasons: Mapping[str, int]
    members: tuple[MemberCost, ...]


def costs(tables: TableSet, protected: ProtectedTables) -> tuple[TableCost, ...]:
    """Return what protection cost each table: `tables` are those that were given to `protect`, earlier releases too."""
    reasons = _reasons(tables, protected)
    found = []
    for (table, population), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True):
        if any(table is one for one in tables.tables):
            found.append(_cost(tables, table, population, protected.table(table.name), reasons[nodes]))
    return tuple(found)


def _reasons(tables: TableSet, protected: ProtectedTables) -> Codes:
    """Return why each node would be withheld if it is, codes of `REASONS`, int8 (nodes,)."""
    rules = protected.rules
    reasons = np.full(len(tables.nodes), OTHERS, dtype=np.int8)
    if rules.method == "none":
        return reasons
    if tables.earlier:
        reasons[tables.ledger.kept] = EARLIER
    primary = np.zeros(len(tables.nodes), dtype=np.bool_)
    for (table, population), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True):
        if any(table is one for one in tables.tables):
            primary[nodes] = protected.table(table.name).statuses[population] == CellStatus.SUPPRESSED_PRIMARY
    reasons[primary] = CHOICE
    reasons[primary & sensitive_cells(tables, rules).cells] = AMOUNTS
    if rules.units is not None:
        reasons[primary & (tables.contributors > 0) & (tables.units < rules.units.fewest)] = UNITS
    reasons[primary & by_frequency(tables.contributors, rules)] = FREQUENCY
    return reasons


def _cost(tables: TableSet, table: Table, population: str, protected: ProtectedTable, reasons: Codes) -> TableCost:
    withheld = protected.withheld(population)
    total = _totals(tables, table)
    people = table.contributors[population]
    measures = [one.name for one in tables.measures if one.population == population and one.name in table.values]
    return TableCost(
        table=table.name,
        population=population,
        measures=tuple(measures),
        cells=len(table),
        withheld=int(withheld.sum()),
        totals=int(total.sum()),
        totals_withheld=int((total & withheld).sum()),
        people_withheld_percent=round(100 * int(people[withheld & ~total].sum()) / max(1, int(people[~total].sum()))),
        reasons={name: int((withheld & (reasons == code)).sum()) for code, name in enumerate(REASONS)},
        members=tuple(_members(tables, table, withheld)),
    )


def _totals(tables: TableSet, table: Table) -> Flags:
    """Return which cells of a table are totals of others of it, bool (cells,)."""
    total = np.zeros(len(table), dtype=np.bool_)
    for dimension in tables.dimensions:
        if dimension.name in table.dimensions:
            total |= np.isin(table.coordinates[dimension.name], [parent for parent, _ in dimension.sums])
    return total


def _members(tables: TableSet, table: Table, withheld: Flags) -> Iterator[MemberCost]:
    for dimension in tables.dimensions:
        if dimension.name in table.dimensions:
            places, size = table.coordinates[dimension.name], len(dimension.members)
            cells, gone = np.bincount(places, minlength=size), np.bincount(places[withheld], minlength=size)
            for at, member in enumerate(dimension.members):
                yield MemberCost(dimension.name, member, int(cells[at]), int(gone[at]))
