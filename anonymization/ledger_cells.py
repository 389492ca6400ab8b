"""Which cells of earlier releases are cells of the present one, and what they already tell about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from anonymization.dimension import TOTAL, Dimension, Sum
from anonymization.ledger import EarlierDimension, EarlierRelease, EarlierTable
from anonymization.relations import Flags, Ints, Nodes

if TYPE_CHECKING:
    from anonymization.table import TableSet

Reals = npt.NDArray[np.float64]

FLOAT_ROUNDING = 1e-9
"""How far two real numbers that are the same may be apart, relative to the larger."""


CONTRIBUTORS = ""
"""Stands where a measure is named, for the numbers of contributors."""

Changes = Mapping[str, Flags]
"""Which cells have changed, bool (cells,), by measure and for `CONTRIBUTORS`."""


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

    `shown` and `withheld` say what it did with a cell, `changed` that the present value of a shown one is another,
    `empty_now` that a cell which was withheld because somebody was in it is empty now. `moved` holds explanations: each
    the withheld cells that have changed since. `values` are float64, not a number where none was shown.
    """

    release: EarlierRelease
    shown: Flags
    withheld: Flags
    changed: Changes
    empty_now: Flags
    moved: tuple[Changes, ...]
    values: Mapping[str, Reals]
    carries: Mapping[str, Flags]
    """Which cells of the earlier release have a measure, shown or not."""
    versions: Mapping[str, Ints]
    """By measure and for `CONTRIBUTORS`: numbers of two releases are the same where these are, int64 (cells,)."""

    def told(self, measure: str) -> Flags:
        """Return the cells of which it showed the number that they still have, bool (cells,)."""
        carried = self.shown if measure == CONTRIBUTORS else self.shown & self.carries[measure]
        return np.asarray(carried & ~self.changed[measure])

    @property
    def another_now(self) -> Flags:
        """Which withheld cells every explanation takes to have changed in all that the release has of them."""
        changed = [own[CONTRIBUTORS] for own in self.moved]
        changed += [own[name] | ~carried for own in self.moved for name, carried in self.carries.items()]
        return np.asarray(np.logical_and.reduce(changed))


@dataclass(frozen=True)
class Ledger:
    """The cells of all releases together, those of the present one first and in their order.

    `population` is int64 (cells,), `coordinates` int64 (cells, axes). `told` and `kept` are about the present cells
    alone: `told` were shown before with the values that they still have, so that withholding them hides nothing; `kept`
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
            told |= (entry.shown & ~np.logical_or.reduce(list(entry.changed.values())))[: self.nodes]
            # What every explanation takes to have changed is another number now.
            kept |= (entry.withheld & ~entry.another_now)[: self.nodes]
        return replace(self, entries=entries, told=told, kept=kept & ~told)

    @property
    def explanations(self) -> int:
        """How many explanations there are of what has changed."""
        return max((len(entry.moved) for entry in self.entries), default=1)

    @property
    def alike(self) -> bool:
        """Whether contributors and measures have changed in the same cells, and there is but one explanation."""
        return self.explanations == 1 and not any(
            ((own[CONTRIBUTORS] ^ own[name]) & carried).any()
            for entry in self.entries
            for own in (entry.changed, *entry.moved)
            for name, carried in entry.carries.items()
        )

    def told_of(self, measure: str) -> Flags:
        """Return the present cells whose number, of a measure, was shown before and is the same, bool (nodes,)."""
        told = np.zeros(self.nodes, dtype=np.bool_)
        for entry in self.entries:
            told |= entry.told(measure)[: self.nodes]
        return told

    def cells(self, of: Ints) -> Nodes:
        """Return some cells in the form in which sums are found."""
        return Nodes(self.population[of], self.coordinates[of], ())


def ledger_of(tables: TableSet) -> Ledger:
    """Return how the earlier releases of a table set meet the present one."""
    axes = tuple(_axes(tables.dimensions, tables.earlier))
    blocks = [list(_blocks(tables, release, axes)) for release in tables.earlier]
    own = _own_places(tables, axes)
    places, numbers = _numbered(own, [place for blocks_ in blocks for _, _, place in blocks_])
    entries = []
    for order, (release, own_blocks) in enumerate(zip(tables.earlier, blocks, strict=True)):
        named = [(table, population, next(numbers)) for table, population, _ in own_blocks]
        versions = _versions(tables, named, (order, len(places)))
        entries.append(replace(_entry(tables, release, named, len(places)), versions=versions))
    nodes = len(tables.nodes)
    none = np.zeros(nodes, dtype=np.bool_)
    ledger = Ledger(nodes, axes, places[:, 0], places[:, 1:], (), none, none)
    return ledger.with_entries(tuple(entries))


def present_cells(tables: TableSet, release: EarlierRelease) -> dict[tuple[str, str], Ints]:
    """Return which node of the present each row of an earlier release is, int64 (rows,), or -1 where there is none.

    The keys are table and population.
    """
    axes = tuple(_axes(tables.dimensions, (release,)))
    blocks = list(_blocks(tables, release, axes))
    _, numbers = _numbered(_own_places(tables, axes), [place for _, _, place in blocks])
    count = len(tables.nodes)
    return {
        (table.name, population): np.where(at < count, at, -1)
        for (table, population, _), at in zip(blocks, numbers, strict=True)
    }


def cells_of_rows(
    tables: TableSet, releases: Sequence[EarlierRelease]
) -> tuple[list[dict[tuple[str, str], Ints]], int]:
    """Return the cell of each row of several releases, int64 (rows,) by table and population, and how many there are.

    The first are the nodes of the present; a cell of two releases has one number.
    """
    axes = tuple(_axes(tables.dimensions, releases))
    blocks = [list(_blocks(tables, release, axes)) for release in releases]
    places, numbers = _numbered(_own_places(tables, axes), [at for own in blocks for _, _, at in own])
    return [{(table.name, population): next(numbers) for table, population, _ in own} for own in blocks], len(places)


def _own_places(tables: TableSet, axes: Sequence[LedgerAxis]) -> Ints:
    own = np.full((len(tables.nodes), 1 + len(axes)), [0, *(one.total for one in axes)], dtype=np.int64)
    own[:, 0] = tables.nodes.population
    own[:, 1 : 1 + len(tables.dimensions)] = tables.nodes.coordinates
    return own


# Members --------------------------------------------------------------------------------------------------------------


def _axes(dimensions: Sequence[Dimension], releases: Sequence[EarlierRelease]) -> Iterator[LedgerAxis]:
    earlier: dict[str, list[EarlierDimension]] = {}
    for release in releases:
        for dimension in release.dimensions:
            earlier.setdefault(dimension.name, []).append(dimension)
    for one in dimensions:
        index = {member: number for number, member in enumerate(one.members)} | {TOTAL: one.total}
        yield _axis(one.name, index, one.size, one.sums, earlier.pop(one.name, []))
    for name, own in earlier.items():
        yield _axis(name, {TOTAL: 0}, 1, (), own)


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
    shown, withheld, flagged = (np.zeros(cells, dtype=np.bool_) for _ in range(3))
    values = {one.name: np.full(cells, np.nan) for one in tables.measures}
    carries, changed = ({one.name: np.zeros(cells, dtype=np.bool_) for one in tables.measures} for _ in range(2))
    present = {one.name: tables.measure_on_nodes(one) for one in tables.measures}
    for table, population, at in blocks:
        gone = table.withheld[population]
        withheld[at[gone]] = True
        shown[at[~gone]] = True
        none = np.zeros_like(gone)
        flagged[at[table.changed.get(population, none)]] = True
        for measure in tables.measures:
            if measure.population == population and measure.name in table.values:
                own = np.where(gone, np.nan, table.values[measure.name].astype(np.float64))
                told = np.flatnonzero(~gone)
                values[measure.name][at[told]] = own[told]
                carries[measure.name][at] = True
                differs = _differs(own, at, present[measure.name], table.rounding.get(measure.name, 0.0))
                changed[measure.name][at[differs | table.changed_values.get(measure.name, none)]] = True
    # A cell that one table of a release shows is no secret in another.
    withheld &= ~shown
    empty = np.zeros(cells, dtype=np.bool_)
    empty[: len(tables.nodes)] = tables.contributors == 0
    empty &= withheld & (release.zeros == "publish")
    changed[CONTRIBUTORS] = flagged | _changed_counts(tables, release, values, changed)
    moved = {name: empty | own & withheld for name, own in changed.items()}
    changed = {name: own & shown for name, own in changed.items()}
    return Entry(release, shown, withheld, changed, empty, (moved,), values, carries, {})


def _versions(
    tables: TableSet, blocks: Sequence[tuple[EarlierTable, str, Ints]], size: tuple[int, int]
) -> dict[str, Ints]:
    """Return which numbers are the same in several releases, by measure; `size` is which release, and how many cells.

    Where nothing tells, it is the same wherever the present release has no such cell, and another where it has: there,
    what has changed is known, or supposed, by itself.
    """
    order, cells = size
    unknown = np.where(np.arange(cells) < len(tables.nodes), -1 - order, 0)
    found = {name: unknown.copy() for name in (CONTRIBUTORS, *(one.name for one in tables.measures))}
    for table, population, at in blocks:
        if population in table.versions:
            found[CONTRIBUTORS][at] = table.versions[population]
        for measure in tables.measures:
            if measure.population == population and measure.name in table.versions_of_values:
                found[measure.name][at] = table.versions_of_values[measure.name]
    return found


def _changed_counts(tables: TableSet, release: EarlierRelease, values: Mapping[str, Reals], changed: Changes) -> Flags:
    """Return the cells whose contributors have changed, as the values that were shown tell, bool (cells,)."""
    none = np.zeros_like(next(iter(changed.values())))
    counting = {one.name for one in tables.counting}
    by_count = np.logical_or.reduce([none, *(changed[name] for name in counting)])
    if release.changes_known:
        return np.asarray(by_count)
    counted = np.logical_or.reduce([none, *(~np.isnan(values[name]) for name in counting)])
    # Where no count was shown, that an amount has changed is the only sign of it.
    return np.asarray(by_count | ~counted & np.logical_or.reduce([none, *changed.values()]))


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
