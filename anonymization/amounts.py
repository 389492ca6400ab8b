"""Sums of amounts with their largest contributors: who has how much of every cell, and of what a part leaves of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from datasets.errors import Problem

if TYPE_CHECKING:
    from anonymization.table import Measure, Table, TableSet

Sizes = npt.NDArray[np.float64]
"""(cells, 1 + known): the sizes of all contributions to a cell, added up, and the largest of them in falling order."""

ROUNDING = 1e-9
"""How far sums of real numbers may be off, relative to their size."""


@dataclass(frozen=True)
class Amounts:
    """The sums of one column, over everybody or over a part.

    `sizes` is float64 (nodes, 1 + known), `outside` the same for what is left of a whole, on the nodes of its part; not
    a number where no table has such a sum.
    """

    column: str
    measures: tuple[Measure, ...]
    sizes: Sizes
    outside: Sizes


def amounts_of(tables: TableSet) -> tuple[Amounts, ...]:
    """Return all sums whose contributors are looked at, those of one column together, in the order of the measures."""
    columns: dict[str, list[Measure]] = {}
    for measure in tables.measures:
        if measure.adds_up is not None:
            columns.setdefault(measure.adds_up, []).append(measure)
    return tuple(
        Amounts(name, tuple(own), _merged(tables, own, "amounts"), _merged(tables, own, "amounts_outside"))
        for name, own in columns.items()
    )


def _merged(tables: TableSet, measures: list[Measure], name: str) -> Sizes:
    known = max((own.shape[1] for table in tables.tables for own in table.amounts.values()), default=1)
    merged = np.full((len(tables.nodes), known), np.nan)
    for (table, population), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True):
        for measure in measures:
            own = getattr(table, name).get(measure.name)
            if measure.population == population and own is not None:
                merged[nodes] = own
    return merged


def problems_of_amounts(tables: TableSet, table: Table) -> Iterator[Problem]:
    """Yield what is wrong with the contributions of a table: what is missing, and what contradicts itself."""
    for measure in tables.measures:
        if measure.name in table.values and measure.adds_up is not None:
            place = f"table {table.name!r}, measure {measure.name!r}"
            if not measure.additive:
                yield Problem(place, "distinct persons are no amounts", "leave adds_up out")
            if measure.name not in table.amounts:
                yield Problem(place, "must come with the largest contributions to its cells", "tabulate them with it")
            if _has_rest(tables, table, measure) and measure.name not in table.amounts_outside:
                rule = "must come with the largest contributions to what it leaves of the whole"
                yield Problem(place, rule, "tabulate them with it")
    for what, given in (("contributions", table.amounts), ("contributions outside", table.amounts_outside)):
        for name, sizes in given.items():
            for rule in _broken(sizes, len(table)):
                yield Problem(f"table {table.name!r}, {what} of {name!r}", rule)


def _has_rest(tables: TableSet, table: Table, part: Measure) -> bool:
    above = {one.name: one.complement_of for one in tables.populations}.get(part.population)
    return above is not None and any(
        (one.population, one.adds_up) == (above, part.adds_up) and one.name in table.values for one in tables.measures
    )


def _broken(sizes: Sizes, cells: int) -> Iterator[str]:
    if sizes.ndim != 2 or len(sizes) != cells or sizes.shape[1] < 2:
        yield "must have a total and the largest of each cell"
    elif not np.isfinite(sizes).all() or (sizes < 0).any():
        yield "must be finite sizes"
    elif (np.diff(sizes[:, 1:], axis=1) > 0).any():
        yield "are not in falling order"
    elif (sizes[:, 1:].sum(axis=1) > sizes[:, 0] * (1 + ROUNDING)).any():
        yield "are more than their total"
