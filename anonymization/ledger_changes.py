"""What readers may take to have changed since an earlier release: the smallest explanations of what they see.

The true values of cells that were withheld then are not kept. What was shown then, and the present values, tell that
some of them have changed, though not always which. An explanation gives every withheld cell a value such that what was
published then holds; those that differ least from the present are taken in turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from anonymization.ledger_cells import Changes, Entry, Ledger
from anonymization.ledger_sums import sums_among
from anonymization.relations import Flags
from anonymization.secondary.inequalities import loosened
from anonymization.secondary.solver import linear_program, quiet_solver, solved

if TYPE_CHECKING:
    from anonymization.table import TableSet

Reals = npt.NDArray[np.float64]

EXPLANATIONS = 3
"""The most explanations that are looked for; the protection holds under each of them."""

SHRINKING = 3.0
"""How much less likely it is that a count has gone down than up: late reports only add."""

REPEATED = 10.0
"""How much dearer it is to explain by a cell that an earlier explanation has used already."""


def with_changes(tables: TableSet, ledger: Ledger) -> Ledger:
    """Return the ledger with the explanations of what has changed, as many for each release."""
    found = [_explanations(tables, ledger, entry) for entry in ledger.entries]
    count = max((len(own) for own in found), default=1)
    entries = tuple(
        replace(entry, moved=tuple(own[min(number, len(own) - 1)] for number in range(count)))
        for entry, own in zip(ledger.entries, found, strict=True)
    )
    return ledger.with_entries(entries)


def _explanations(tables: TableSet, ledger: Ledger, entry: Entry) -> list[Changes]:
    """Return which withheld cells have changed, in each explanation; the only one where it is known."""
    if entry.release.changes_known:
        return list(entry.moved)
    return [dict.fromkeys(entry.moved[0], moved) for moved in _smallest(tables, ledger, entry)]


def _smallest(tables: TableSet, ledger: Ledger, entry: Entry) -> list[Flags]:
    """Return sets of withheld cells that may have changed, bool (cells,) each; one where nothing is in doubt."""
    programs = [_Changes(tables, ledger, entry, family) for family in _families(tables, ledger, entry)]
    found: list[Flags] = []
    used = np.zeros(len(ledger), dtype=np.bool_)
    for _ in range(EXPLANATIONS):
        moved = entry.empty_now | np.logical_or.reduce([used & False, *(one.least(used) for one in programs)])
        if any(np.array_equal(moved, one) for one in found):
            break
        found.append(moved)
        used |= moved
    return found


@dataclass(frozen=True)
class _Counts:
    """Counts of the present cells and of those that an earlier release told, float64 (cells,); which it has at all."""

    now: Reals
    then: Reals
    carried: Flags
    lowest: float
    additive: Flags
    """Which populations' counts add up, bool (populations,)."""


def _families(tables: TableSet, ledger: Ledger, entry: Entry) -> Iterator[_Counts]:
    """Yield the contributors, and then every whole-number measure of which something was told."""
    names = [population.name for population in tables.populations]
    lowest = 1.0 if entry.release.zeros == "publish" else 0.0
    additive = np.array([any(one.additive and one.population == name for one in tables.counting) for name in names])
    then = np.full(len(ledger), np.nan)
    for measure in tables.counting:
        own = ~np.isnan(entry.values[measure.name])
        then[own] = entry.values[measure.name][own]
    now = np.concatenate([tables.contributors, np.zeros(len(ledger) - ledger.nodes)])
    yield _Counts(now, then, entry.shown | entry.withheld, lowest, additive)
    for measure in tables.measures:
        if measure not in tables.counting and measure.integer and measure.additive:
            values, present = tables.measure_on_nodes(measure)
            now, carried = np.zeros(len(ledger)), entry.carries[measure.name].copy()
            now[: ledger.nodes] = values
            carried[: ledger.nodes] &= present
            all_add = np.ones(len(names), dtype=np.bool_)
            # As readers have it of withheld cells: see assumptions.lowest_value.
            least = lowest if bool((values[present & (tables.contributors > 0)] >= 1).all()) else 0.0
            yield _Counts(now, entry.values[measure.name], carried, least, all_add)


class _Changes:
    """The sums of one earlier release in which cells were withheld that the present release has too."""

    def __init__(self, tables: TableSet, ledger: Ledger, entry: Entry, counts: _Counts) -> None:
        self._now, self._lowest = counts.now, counts.lowest
        here = np.arange(len(ledger)) < ledger.nodes
        cells = np.flatnonzero(counts.carried & (entry.shown | entry.withheld))
        sums = sums_among(ledger, tables.links, cells)

        def touched(flags: Flags) -> Flags:
            return np.asarray(abs(sums.matrix) @ flags[cells].astype(np.int64) > 0)

        # A cell that nobody saw and that is no more can make up for anything: such sums tell nothing.
        told = (
            touched(entry.withheld) & ~touched(~here & entry.withheld) & ~touched(entry.shown & np.isnan(counts.then))
        )
        agrees = ~touched(~here) & (sums.matrix @ self._now[cells] == 0)
        rows = np.flatnonzero(told)
        loose, _ = loosened(sums.matrix[rows], (counts.additive[sums.population] | agrees)[rows])
        hidden = entry.withheld[cells]
        shown = np.flatnonzero(~hidden)
        self._cells = cells[hidden]
        self._matrix = sparse.csr_array(loose[:, np.flatnonzero(hidden)])
        self._gaps = sparse.csr_array(loose[:, len(cells) :])
        self._constant = loose[:, shown] @ np.nan_to_num(counts.then[cells[shown]])
        self._width = len(ledger)

    def least(self, used: Flags) -> Flags:
        """Return the withheld cells that change in a smallest explanation, bool (cells,)."""
        moved = np.zeros(self._width, dtype=np.bool_)
        rows, columns, gaps = self._in_doubt()
        if len(rows):
            cells = self._cells[columns]
            off = self._program(
                self._matrix[rows][:, columns], self._gaps[rows][:, gaps], self._constant[rows], (cells, used[cells])
            )
            moved[cells] = off
        return moved

    def _in_doubt(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the rows, cells and gaps that hang together with a row that no longer holds."""
        left = self._matrix @ np.maximum(self._now[self._cells], self._lowest) + self._constant
        firm = np.diff(self._gaps.indptr) == 0
        broken = np.where(firm, np.abs(left) > 1e-6, left < -1e-6)
        none = np.zeros(0, dtype=np.int64)
        if not broken.any():
            return none, none, none
        height, width = self._matrix.shape
        part = abs(self._matrix)
        links = sparse.vstack(
            [
                sparse.hstack([sparse.csr_array((height, height)), part]),
                sparse.hstack([part.T, sparse.csr_array((width, width))]),
            ]
        )
        label = connected_components(links, directed=False)[1]
        near = np.isin(label, np.unique(label[:height][broken]))
        rows = np.flatnonzero(near[:height])
        return rows, np.flatnonzero(near[height:]), np.unique(self._gaps[rows].indices).astype(np.int64)

    def _program(
        self,
        matrix: sparse.csr_array,
        gaps: sparse.csr_array,
        constant: Reals,
        about: tuple[npt.NDArray[np.int64], Flags],
    ) -> Flags:
        """Minimise what has grown and shrunk; return which cells have. All of them where there is no explanation."""
        cells, used = about
        now, width = self._now[cells], len(cells)
        # Columns: growth since, shrinkage since, gaps. A value then is the present one less its growth.
        columns = sparse.csr_array(sparse.hstack([-matrix, matrix, gaps]))
        price = np.where(used, REPEATED, 1.0)
        cost = np.concatenate([price, SHRINKING * price, np.zeros(gaps.shape[1])])
        need, room = (np.maximum(far, 0.0) for far in (self._lowest - now, now - self._lowest))
        least = np.concatenate([np.zeros(width), need, np.zeros(gaps.shape[1])])
        most = np.concatenate([room, np.full(width + gaps.shape[1], np.inf)])
        solver = quiet_solver()
        solver.passModel(linear_program(columns, -(matrix @ now + constant), cost, (least, most)))
        if not solved(solver):
            return np.ones(width, dtype=np.bool_)
        found = np.array(solver.getSolution().col_value)
        return np.asarray(np.abs(found[:width] - found[width : 2 * width]) > 1e-6)
