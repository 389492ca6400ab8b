"""The sums that earlier releases add to what readers know of one family of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.ledger_cells import CONTRIBUTORS, FLOAT_ROUNDING, Ledger
from anonymization.link import Link
from anonymization.relations import Across, Family, Flags, Ints, from_entries, matrix_of, sums_along

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FamilyOfValues:
    """What sums are found for: contributors, or a measure.

    `name` is the measure's, or `CONTRIBUTORS`. `values` are float64 (nodes,) and `present` bool (nodes,). `carried`
    holds, for each earlier release, which cells of the ledger it has in this family, and `before` the values that it
    showed, not a number where it showed none.
    """

    name: str
    values: Reals
    present: Flags
    carried: tuple[Flags, ...]
    before: tuple[Reals, ...]


@dataclass(frozen=True)
class EarlierSums:
    """One row for each further sum; the columns are the nodes and then cells of earlier releases.

    `matrix` is int64 (sums, nodes + cells). `axis` is int64 (sums,): the axis of the ledger that is summed over or,
    counted on from the last axis, the link; `population` int64 (sums,). `here` flags sums of present cells alone. Of
    the cells of earlier releases, `unknown` says which nobody saw, `zeros` which of these may be empty; `now` are the
    present values of the others and `then` those that were shown, float64 (cells,), not a number where there is none.
    """

    matrix: sparse.csr_array
    axis: Ints
    population: Ints
    here: Flags
    unknown: Flags
    zeros: Flags
    now: Reals
    then: Reals

    def __len__(self) -> int:
        return self.matrix.shape[0]


def earlier_sums(ledger: Ledger, links: Sequence[Link], family: FamilyOfValues, *, explanation: int = 0) -> EarlierSums:
    """Return the sums of earlier releases, and those between them and the present one, that say something new.

    A cell that was withheld before stands for the present cell where there is one, unless it has changed since in this
    `explanation`. A cell that was shown is a known number. What the present release says itself,
    or what holds among shown numbers alone, is left out.
    """
    columns = _Columns(ledger, family, explanation)
    parts = [_own_sums(ledger, links, columns, number) for number in range(len(ledger.entries))]
    parts.append(_sums_between(ledger, links, columns))
    matrix = sparse.csr_array(sparse.vstack([part.matrix for part in parts]))
    axis, population, here = (np.concatenate(own) for own in zip(*(part.about for part in parts), strict=True))
    return columns.told(Sums(matrix, axis, population, here))


@dataclass(frozen=True)
class Sums:
    """Sums over some columns, what they run along, which population they are about, and one flag of each."""

    matrix: sparse.csr_array
    axis: Ints
    population: Ints
    flag: Flags

    @property
    def about(self) -> tuple[Ints, Ints, Flags]:
        """Everything but the matrix."""
        return self.axis, self.population, self.flag

    def only(self, kept: Flags, flag: Flags) -> Sums:
        """Return some of the sums, with another flag (for all of them)."""
        return Sums(self.matrix[np.flatnonzero(kept)], self.axis[kept], self.population[kept], flag[kept])

    def placed(self, columns: Ints, width: int) -> Sums:
        """Return the same sums over other columns."""
        entries = self.matrix.tocoo()
        rows, places = entries.row.astype(np.int64), columns[entries.col]
        matrix = from_entries(entries.data, rows, places, (self.matrix.shape[0], width))
        return Sums(matrix, *self.about)


class _Columns:
    """The columns of a family: nodes, then a cell that only earlier releases have, then each release's own cells."""

    def __init__(self, ledger: Ledger, family: FamilyOfValues, explanation: int) -> None:
        self.ledger, self.family = ledger, family
        self.moved = [entry.moved[explanation][family.name] for entry in ledger.entries]
        self.here = np.zeros(len(ledger), dtype=np.bool_)
        self.here[: ledger.nodes] = family.present
        self.shown = [entry.shown & own for entry, own in zip(ledger.entries, family.carried, strict=True)]
        self.withheld = [entry.withheld & own for entry, own in zip(ledger.entries, family.carried, strict=True)]
        self.width = ledger.nodes + len(ledger) * (1 + len(ledger.entries))
        # The newest release that showed a cell tells it; an earlier one may have been revised.
        self._told_by = np.full(len(ledger), -1, dtype=np.int64)
        for number, shown in enumerate(self.shown):
            self._told_by[shown] = number

    def column(self, entry: int, cells: Ints) -> Ints:
        """Return the columns that stand for an earlier release's cells."""
        own = self.shown[entry][cells] | self.moved[entry][cells]
        return np.where(own, self._own(entry, cells), self.between(cells))

    def between(self, cells: Ints) -> Ints:
        """Return the columns for cells of any release: the present one's, what was shown, or what nobody saw."""
        told = self._told_by[cells]
        absent = np.where(told >= 0, self._own(told, cells), self.ledger.nodes + cells)
        return np.where(self.here[cells], np.minimum(cells, self.ledger.nodes - 1), absent)

    def unknown(self) -> Flags:
        """Return which columns behind the nodes nobody saw, bool (width - nodes,)."""
        earlier_only = ~self.here & (self._told_by < 0)
        moved = [own & withheld for own, withheld in zip(self.moved, self.withheld, strict=True)]
        return np.concatenate([earlier_only, *moved])

    def told(self, sums: Sums) -> EarlierSums:
        """Return sums, flagged where all is present, with only the columns that they use."""
        nodes, cells = self.ledger.nodes, len(self.ledger)
        used = np.unique(sums.matrix.indices)
        used = used[used >= nodes] - nodes
        cell, release = used % cells, used // cells - 1
        now, then, zeros = np.full(len(used), np.nan), np.full(len(used), np.nan), np.ones(len(used), dtype=np.bool_)
        present = self.here[cell]
        now[present] = self.family.values[cell[present]]
        for number, entry in enumerate(self.ledger.entries):
            own = release == number
            then[own] = self.family.before[number][cell[own]]
            if entry.release.zeros == "publish":
                zeros[self.withheld[number][cell] & (own | (release < 0))] = False
        columns = np.concatenate([np.arange(nodes), used + nodes])
        return EarlierSums(sums.matrix[:, columns], *sums.about, self.unknown()[used], zeros, now, then)

    def _own(self, entry: int | Ints, cells: Ints) -> Ints:
        return np.asarray(self.ledger.nodes + (1 + entry) * len(self.ledger) + cells)


def _own_sums(ledger: Ledger, links: Sequence[Link], columns: _Columns, number: int) -> Sums:
    """Return the sums among the cells of one earlier release that have a withheld cell and are not in the present."""
    entry = ledger.entries[number]
    cells = np.flatnonzero(columns.family.carried[number])
    found = sums_among(ledger, links, cells)
    here = ~_touched(found.matrix, ~columns.here[cells])
    revised = _touched(found.matrix, (entry.changed[columns.family.name] | columns.moved[number])[cells])
    kept = _touched(found.matrix, columns.withheld[number][cells]) & ~(here & found.flag & ~revised)
    return found.only(kept, here).placed(columns.column(number, cells), columns.width)


def _sums_between(ledger: Ledger, links: Sequence[Link], columns: _Columns) -> Sums:
    """Return the sums across releases: those of which one release has some cells and another the others."""
    anywhere = columns.here | np.logical_or.reduce([np.zeros(len(ledger), np.bool_), *columns.family.carried])
    cells = np.flatnonzero(anywhere)
    if columns.here[cells].all():
        return sums_among(ledger, links, cells[:0]).placed(cells[:0], columns.width)
    found = sums_among(ledger, links, cells)
    kept = _touched(found.matrix, ~columns.here[cells])
    for carried in columns.family.carried:
        kept &= _touched(found.matrix, ~carried[cells])
    return _that_hold(found.only(kept, ~kept).placed(columns.between(cells), columns.width), columns)


def _that_hold(sums: Sums, columns: _Columns) -> Sums:
    """Leave out sums of shown numbers that the present ones contradict: something in them was revised.

    Where a cell that nobody saw is among them, nobody can tell, and they are kept.
    """
    unseen = np.concatenate([np.zeros(columns.ledger.nodes, dtype=np.bool_), columns.unknown()])
    values = np.concatenate([columns.family.values, np.zeros(len(columns.ledger)), *columns.family.before])
    silent, values = np.isnan(values), np.nan_to_num(values)
    excess = np.abs(sums.matrix @ values)
    slack = FLOAT_ROUNDING * (abs(sums.matrix) @ np.abs(values))
    return sums.only(_touched(sums.matrix, unseen | silent) | (excess <= slack), sums.flag)


def sums_among(ledger: Ledger, links: Sequence[Link], cells: Ints) -> Sums:
    """Return every sum among some cells, flagged where the present release knows such sums itself."""
    nodes, axes = ledger.cells(cells), {one.name: number for number, one in enumerate(ledger.axes)}
    parts: list[Family] = []
    flags: list[Flags] = [np.zeros(0, dtype=np.bool_)]
    if len(cells):
        for number, axis in enumerate(ledger.axes):
            found, _ = sums_along(nodes, number, axis)
            parts += found
            flags += [
                np.full(len(one.parents), sum_ in axis.present) for one, sum_ in zip(found, axis.sums, strict=True)
            ]
        for number, link in enumerate(links, start=len(ledger.axes)):
            across = Across(nodes, ledger.axes, axes[link.children[0]], axes[link.parents[0]])
            parts.append(across.family(link, number))
            flags.append(np.ones(len(parts[-1].parents), dtype=np.bool_))
    none = np.zeros(0, dtype=np.int64)
    origin = np.concatenate([none, *(np.full(len(one.parents), one.origin) for one in parts)])
    population = np.concatenate([none, *(nodes.population[one.parents[:, 0]] for one in parts)])
    return Sums(matrix_of(parts, len(cells)), origin, population, np.concatenate(flags))


def _touched(matrix: sparse.csr_array, flags: Flags) -> Flags:
    return np.asarray(abs(matrix) @ flags.astype(np.int64) > 0)


def contributors_of(ledger: Ledger, values: npt.NDArray[np.int64] | Reals, measures: Sequence[str]) -> FamilyOfValues:
    """Return the family of contributors; `measures` are those whose values are the contributors.

    They are taken to be known of every cell that was shown, whether or not a measure told them.
    """
    carried = tuple(entry.shown | entry.withheld for entry in ledger.entries)
    before = _before(ledger, measures)
    return FamilyOfValues(CONTRIBUTORS, values.astype(np.float64), np.ones(len(values), np.bool_), carried, before)


def measure_of(ledger: Ledger, values: npt.NDArray[np.int64] | Reals, present: Flags, measure: str) -> FamilyOfValues:
    """Return the family of a measure."""
    carried = tuple(entry.carries[measure] for entry in ledger.entries)
    return FamilyOfValues(measure, values.astype(np.float64), present, carried, _before(ledger, [measure]))


def _before(ledger: Ledger, measures: Sequence[str]) -> tuple[Reals, ...]:
    found = []
    for entry in ledger.entries:
        shown = np.full(len(ledger), np.nan)
        for name in measures:
            own = ~np.isnan(entry.values[name])
            shown[own] = entry.values[name][own]
        found.append(shown)
    return tuple(found)
