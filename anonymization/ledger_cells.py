"""Which cells of earlier releases are cells of the present one, and what they already tell about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from anonymization.dimension import TOTAL, Sum
from anonymization.ledger import EarlierDimension, EarlierRelease, EarlierTable
from anonymization.relations import Flags, Ints, Nodes

if TYPE_CHECKING:
    from anonymization.table import TableSet

Reals = npt.NDArray[np.float64]

FLOAT_ROUNDING = 1e-9
"""How far two real numbers that are the same may be apart, relative to the larger."""


@dataclass(frozen=True)
class LedgerAxis:
    """A dimension of the present release or of an earlier one, with all members that it ever had.

    Present members keep their indices, and so does the total; members that only earlier releases have come after them.
    """

    name: str
    index: Mapping[str, int]
    size: int
    total: int
    sums: tuple[Sum, ...]
    present: frozenset[Sum]
    """The sums that the present release has itself."""


@dataclass(frozen=True)
class Entry:
    """One earlier release on the cells of the ledger; all arrays are (cells,).

    `shown` and `withheld` say what it did with a cell, `changed` that the present value is another, `empty_now` that a
    cell which was withheld because somebody was in it is empty now. `moved` holds explanations: each a set of withheld
    cells that have changed since. `values` are float64, not a number where none was shown.
    """

    release: EarlierRelease
    shown: Flags
    withheld: Flags
    changed: Flags
    empty_now: Flags
    moved: tuple[Flags, ...]
    values: Mapping[str, Reals]
    carries: Mapping[str, Flags]
    """Which cells of the earlier release have a measure, shown or not."""


@dataclass(frozen=True)
class Ledger:
    """The cells of all releases together, those of the present one first and in their order.

    `population` is int64 (cells,), `coordinates` int64 (cells, axes). `told` and `kept` are about the present cells
    alone: `told` were shown before with the value that they still have, so that withholding them hides nothing; `kept`
    were withheld before, so that showing them now would tell.
    """

    nodes: int
    axes: tuple[LedgerAxis, ...]
    population: Ints
    coordinates: Ints
    entries: tuple[Entry, ...]
    told: Flags
    kept: Flags

    def __len__(self) -> int:
        return len(self.population)

    def with_entries(self, entries: tuple[Entry, ...]) -> Ledger:
        """Return the ledger with these releases, and what follows from them for the present cells."""
        told, kept = np.zeros(self.nodes, dtype=np.bool_), np.zeros(self.nodes, dtype=np.bool_)
        for entry in entries:
            told |= (entry.shown & ~entry.changed)[: self.nodes]
            # What every explanation takes to have changed is another number now.
            kept |= (entry.withheld & ~np.logical_and.reduce(entry.moved))[: self.nodes]
        return replace(self, entries=entries, told=told, kept=kept & ~told)

    @property
    def explanations(self) -> int:
        """How many explanations there are of what has changed."""
        return max((len(entry.moved) for entry in self.entries), default=1)

    def told_of(self, measure: str) -> Flags:
        """Return the present cells whose value of a measure was shown before and is still the same, bool (nodes,)."""
        told = np.zeros(self.nodes, dtype=np.bool_)
        for entry in self.entries:
            told |= (entry.shown & ~entry.changed & entry.carries[measure])[: self.nodes]
        return told

    def cells(self, of: Ints) -> Nodes:
        """Return some cells in the form in which sums are found."""
        return Nodes(self.population[of], self.coordinates[of], ())


def ledger_of(tables: TableSet) -> Ledger:
    """Return how the earlier releases of a table set meet the present one."""
    axes = tuple(_axes(tables))
    blocks = [list(_blocks(tables, release, axes)) for release in tables.earlier]
    own = np.full((len(tables.nodes), 1 + len(axes)), [0, *(one.total for one in axes)], dtype=np.int64)
    own[:, 0] = tables.nodes.population
    own[:, 1 : 1 + len(tables.dimensions)] = tables.nodes.coordinates
    places, numbers = _numbered(own, [place for blocks_ in blocks for _, _, place in blocks_])
    entries = []
    for release, own_blocks in zip(tables.earlier, blocks, strict=True):
        named = [(table, population, next(numbers)) for table, population, _ in own_blocks]
        entries.append(_entry(tables, release, named, len(places)))
    nodes = len(tables.nodes)
    none = np.zeros(nodes, dtype=np.bool_)
    ledger = Ledger(nodes, axes, places[:, 0], places[:, 1:], (), none, none)
    return ledger.with_entries(tuple(entries))


# Members --------------------------------------------------------------------------------------------------------------


def _axes(tables: TableSet) -> Iterator[LedgerAxis]:
    earlier: dict[str, list[EarlierDimension]] = {}
    for release in tables.earlier:
        for dimension in release.dimensions:
            earlier.setdefault(dimension.name, []).append(dimension)
    for one in tables.dimensions:
        index = {member: number for number, member in enumerate(one.members)} | {TOTAL: one.total}
        yield _axis(one.name, index, one.size, one.sums, earlier.pop(one.name, []))
    for name, dimensions in earlier.items():
        yield _axis(name, {TOTAL: 0}, 1, (), dimensions)


def _axis(
    name: str, index: dict[str, int], size: int, present: Sequence[Sum], earlier: Sequence[EarlierDimension]
) -> LedgerAxis:
    for dimension in earlier:
        for member in (
            *dimension.members,
            *(one for parent, children in dimension.sums for one in (parent, *children)),
        ):
            if member not in index:
                index[member] = size
                size += 1
    sums = dict.fromkeys(present)
    for dimension in earlier:
        for parent, children in dimension.sums:
            sums[index[parent], tuple(index[child] for child in children)] = None
    return LedgerAxis(name, index, size, index[TOTAL], tuple(sums), frozenset(present))


# Cells ----------------------------------------------------------------------------------------------------------------

_Block = tuple[EarlierTable, str, Ints]


def _blocks(tables: TableSet, release: EarlierRelease, axes: Sequence[LedgerAxis]) -> Iterator[_Block]:
    """Yield each table with each population that it counts, and int64 (rows, 1 + axes) places of its cells."""
    members = {one.name: one.members for one in release.dimensions}
    for table in release.tables:
        columns = [np.full(len(table), axis.total, dtype=np.int64) for axis in axes]
        for number, axis in enumerate(axes):
            if axis.name in table.dimensions:
                index = np.array([axis.index[member] for member in members[axis.name]], dtype=np.int64)
                columns[number] = index[table.coordinates[axis.name]]
        for number, population in enumerate(tables.populations):
            if population.name in table.withheld:
                own = np.full(len(table), number, dtype=np.int64)
                yield table, population.name, np.column_stack([own, *columns])


def _numbered(own: Ints, others: Sequence[Ints]) -> tuple[Ints, Iterator[Ints]]:
    """Return all distinct places, the own first and in their order, and the number of each of the others' rows."""
    stacked = np.concatenate([own, *others])
    distinct, inverse = np.unique(stacked, axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    number = np.full(len(distinct), -1, dtype=np.int64)
    number[inverse[: len(own)]] = np.arange(len(own))
    new = np.flatnonzero(number < 0)
    number[new] = len(own) + np.arange(len(new))
    places = np.empty_like(distinct)
    places[number] = distinct
    ends = np.cumsum([len(own), *(len(one) for one in others)])[:-1]
    return places, iter(np.split(number[inverse], ends)[1:])


def _entry(
    tables: TableSet, release: EarlierRelease, blocks: Sequence[tuple[EarlierTable, str, Ints]], cells: int
) -> Entry:
    shown, withheld, changed = (np.zeros(cells, dtype=np.bool_) for _ in range(3))
    values = {one.name: np.full(cells, np.nan) for one in tables.measures}
    carries = {one.name: np.zeros(cells, dtype=np.bool_) for one in tables.measures}
    present = {one.name: tables.measure_on_nodes(one) for one in tables.measures}
    for table, population, at in blocks:
        gone = table.withheld[population]
        withheld[at[gone]] = True
        shown[at[~gone]] = True
        if population in table.changed:
            changed[at[table.changed[population]]] = True
        for measure in tables.measures:
            if measure.population == population and measure.name in table.values:
                own = np.where(gone, np.nan, table.values[measure.name].astype(np.float64))
                told = np.flatnonzero(~gone)
                values[measure.name][at[told]] = own[told]
                carries[measure.name][at] = True
                changed[at[_differs(own, at, present[measure.name], table.rounding.get(measure.name, 0.0))]] = True
    # A cell that one table of a release shows is no secret in another.
    withheld &= ~shown
    empty = np.zeros(cells, dtype=np.bool_)
    empty[: len(tables.nodes)] = tables.contributors == 0
    empty &= withheld & (release.zeros == "publish")
    return Entry(release, shown, withheld, changed & shown, empty, (empty,), values, carries)


def _differs(own: Reals, at: Ints, present: tuple[npt.NDArray[np.generic], Flags], rounding: float) -> Flags:
    """Return which rows have a present value that was not the one shown, bool (rows,)."""
    now, carried = present
    here = np.flatnonzero(at < len(now))
    here = here[carried[at[here]] & ~np.isnan(own[here])]
    before, after = own[here], now[at[here]].astype(np.float64)
    slack = rounding + FLOAT_ROUNDING * np.maximum(np.abs(before), np.abs(after))
    if now.dtype.kind == "i" and not rounding:
        slack = np.zeros(len(here))
    differs = np.zeros(len(own), dtype=np.bool_)
    differs[here[np.abs(before - after) > slack]] = True
    return differs
