"""What readers may take to have changed since an earlier release: the smallest explanations of what they see.

The true values of cells that were withheld then are not kept. What was shown then, and the present values, tell that
some of them have changed, though not always which. An explanation gives every withheld cell a value such that what was
published then holds; those that differ least from the present are taken in turn.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from anonymization.ledger_cells import Entry, Ledger
from anonymization.ledger_sums import sums_among
from anonymization.relations import Flags
from anonymization.secondary.inequalities import loosened
from anonymization.secondary.solver import quiet_solver, solved

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


def _explanations(tables: TableSet, ledger: Ledger, entry: Entry) -> list[Flags]:
    """Return sets of withheld cells that have changed, bool (cells,) each; one where nothing is in doubt."""
    before = _contributors_then(tables, ledger, entry)
    programs = _Changes(tables, ledger, entry, before)
    found: list[Flags] = []
    used = np.zeros(len(ledger), dtype=np.bool_)
    for _ in range(EXPLANATIONS):
        moved = programs.least(used)
        if any(np.array_equal(moved, one) for one in found):
            break
        found.append(moved)
        used |= moved
        if not (moved & ~entry.empty_now).any():
            break
    return found


def _contributors_then(tables: TableSet, ledger: Ledger, entry: Entry) -> Reals:
    then = np.full(len(ledger), np.nan)
    for measure in tables.counting:
        own = ~np.isnan(entry.values[measure.name])
        then[own] = entry.values[measure.name][own]
    return then


class _Changes:
    """The sums of one earlier release in which cells were withheld that the present release has too."""

    def __init__(self, tables: TableSet, ledger: Ledger, entry: Entry, before: Reals) -> None:
        self._entry = entry
        here = np.arange(len(ledger)) < ledger.nodes
        self._now = np.zeros(len(ledger))
        self._now[: ledger.nodes] = tables.contributors
        self._lowest = 1.0 if entry.release.zeros == "publish" else 0.0
        cells = np.flatnonzero(entry.shown | entry.withheld)
        sums = sums_among(ledger, tables.links, cells)
        # A cell that nobody saw and that is no more can make up for anything: such sums tell nothing.
        told = np.asarray(abs(sums.matrix) @ (~here & entry.withheld)[cells].astype(np.int64) == 0)
        told &= np.asarray(abs(sums.matrix) @ entry.withheld[cells].astype(np.int64) > 0)
        told &= np.asarray(abs(sums.matrix) @ (entry.shown & np.isnan(before))[cells].astype(np.int64) == 0)
        matrix = sums.matrix[np.flatnonzero(told)]
        adding = np.zeros(len(tables.populations), dtype=np.bool_)
        for number, population in enumerate(tables.populations):
            adding[number] = any(one.additive and one.population == population.name for one in tables.counting)
        excess = matrix @ self._now[cells]
        exact = adding[sums.population[told]] | (
            np.asarray(abs(matrix) @ (~here)[cells].astype(np.int64) == 0) & (excess == 0)
        )
        loose, _ = loosened(matrix, exact)
        hidden = entry.withheld[cells]
        self._cells = cells[hidden]
        self._matrix = sparse.csr_array(loose[:, : len(cells)][:, np.flatnonzero(hidden)])
        self._gaps = sparse.csr_array(loose[:, len(cells) :])
        shown = np.flatnonzero(~hidden)
        self._constant = loose[:, : len(cells)][:, shown] @ np.nan_to_num(before[cells[shown]])

    def least(self, used: Flags) -> Flags:
        """Return the withheld cells that change in a smallest explanation, bool (cells,)."""
        moved = self._entry.empty_now & self._entry.withheld
        rows, columns, gaps = self._in_doubt()
        if len(rows):
            cells = self._cells[columns]
            off = self._program(
                self._matrix[rows][:, columns], self._gaps[rows][:, gaps], self._constant[rows], (cells, used[cells])
            )
            moved[cells] |= off
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
        program = sparse.csr_array(sparse.hstack([-matrix, matrix, gaps]))
        price = np.where(used, REPEATED, 1.0)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = program.shape[1], program.shape[0]
        model.col_cost_ = np.concatenate([price, SHRINKING * price, np.zeros(gaps.shape[1])])
        need = np.maximum(self._lowest - now, 0.0)
        model.col_lower_ = np.concatenate([np.zeros(width), need, np.zeros(gaps.shape[1])])
        room = np.maximum(now - self._lowest, 0.0)
        model.col_upper_ = np.concatenate([room, np.full(width + gaps.shape[1], np.inf)])
        model.row_lower_ = model.row_upper_ = -(matrix @ now + constant)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_ = program.indptr, program.indices
        model.a_matrix_.value_ = program.data.astype(np.float64)
        solver = quiet_solver()
        solver.passModel(model)
        if not solved(solver):
            return np.ones(width, dtype=np.bool_)
        found = np.array(solver.getSolution().col_value)
        return np.asarray(np.abs(found[:width] - found[width : 2 * width]) > 1e-6)
