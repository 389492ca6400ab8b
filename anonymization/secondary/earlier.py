"""What earlier releases add to what a reader knows: sums, cells that they withheld, and numbers that they showed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.ledger_sums import EarlierSums
from anonymization.relations import Flags
from anonymization.secondary.gauss import determined
from anonymization.secondary.inequalities import loosened
from anonymization.secondary.solver import linear_program, quiet_solver, solved

if TYPE_CHECKING:
    from anonymization.secondary.knowledge import Knowledge

Reals = npt.NDArray[np.float64]

BRANCHES = 500
"""Branch-and-bound nodes spent on whole numbers for cells whose values are not kept: a count of work, not of time."""


ROUNDED = 1e-3
"""How far sums of rounded amounts may be off, as a share of their size."""


def with_earlier(  # noqa: PLR0913 (what is known, what is added, and how it is read)
    known: Knowledge, sums: EarlierSums, exact: Flags, *, lowest: float, told: Flags, pattern: bool = False
) -> Knowledge:
    """Return what is known with the sums of earlier releases, and with the nodes that they have told, bool (nodes,).

    New columns stand at the end: cells that only earlier releases have and nobody saw, gaps of their sums, and for each
    new row one number that readers have. The true values of the cells are not kept: they are taken to be such that
    what was published of them holds. A sum that then cannot hold, or of which nobody has a number, says nothing and is
    left out, unless only the `pattern` of the sums is asked for.
    """
    rows = _Rows(known, sums, exact)
    values = rows.cells_and_gaps(known.truth, lowest)
    matrix = rows.matrix if pattern else rows.matrix[np.flatnonzero(rows.hold(known.truth, values))]
    nodes, height = np.flatnonzero(told), matrix.shape[0]
    old, links = known.matrix.shape[1], len(nodes)
    # Each of the new rows is balanced by the number that readers know of it.
    numbers = np.concatenate([-(matrix @ np.concatenate([known.truth, values])), known.truth[nodes]])
    new = sparse.hstack([matrix, sparse.eye_array(height, height + links)])
    link = sparse.csr_array((np.ones(links), (np.arange(links), nodes)), shape=(links, old + len(values)))
    same = sparse.hstack([link, -sparse.eye_array(links, height + links, k=height)])
    before = sparse.hstack([known.matrix, sparse.csr_array((known.matrix.shape[0], len(values) + height + links))])
    none = np.zeros(height + links, dtype=np.bool_)
    return replace(
        known,
        matrix=sparse.csr_array(sparse.vstack([before, new, same]).astype(np.int64)),
        truth=np.concatenate([known.truth, values, numbers]),
        lower=np.concatenate([known.lower, rows.lowest(lowest), np.full(height + links, -np.inf)]),
        exact=known.exact and bool(exact.all()),
        guarded=np.concatenate([known.guarded, rows.secret(), none]),
        told=old + len(values) + np.arange(height + links),
    )


@dataclass(frozen=True)
class _Row:
    """One kind of row: `constant` is what shown numbers add to it, `settled` whether the present values decide it."""

    constant: Reals
    settled: Flags
    silent: Flags


class _Rows:
    """The new rows: over the columns that there were, then cells that nobody saw, then gaps."""

    def __init__(self, known: Knowledge, sums: EarlierSums, exact: Flags) -> None:
        self._sums = sums
        nodes = len(known.present)
        loose, origin = loosened(sums.matrix, exact)
        edge = sums.matrix.shape[1]
        cells, seen = np.flatnonzero(sums.unknown) + nodes, np.flatnonzero(~sums.unknown) + nodes
        unseen = abs(loose) @ np.isin(np.arange(loose.shape[1]), np.concatenate([np.arange(nodes), cells]))
        kept = np.flatnonzero(unseen)
        loose, origin = loose[kept], origin[kept]
        gaps = np.unique(loose.indices[loose.indices >= edge])
        wide = sparse.csr_array((len(kept), known.matrix.shape[1] - nodes))
        self.matrix = sparse.csr_array(sparse.hstack([loose[:, :nodes], wide, loose[:, np.concatenate([cells, gaps])]]))
        self._cells, self._gaps, self._old = len(cells), len(gaps), known.matrix.shape[1]
        touches = np.asarray(abs(loose[:, cells]) @ np.ones(len(cells)) > 0)
        settled = sums.here[origin] & ~touches
        numbers = loose[:, seen]
        now, then = sums.now[~sums.unknown], sums.then[~sums.unknown]
        self._row = _Row(
            constant=np.where(settled, numbers @ np.nan_to_num(now), numbers @ np.nan_to_num(then)),
            settled=settled,
            silent=np.asarray(abs(numbers) @ np.isnan(then).astype(np.float64) > 0),
        )

    def lowest(self, lowest: float) -> Reals:
        """Return the least values of cells and gaps, float64 (cells + gaps,)."""
        empty = self._sums.zeros[self._sums.unknown]
        return np.concatenate([np.where(empty, min(lowest, 0.0), lowest), np.zeros(self._gaps)])

    def secret(self) -> Flags:
        """Return which cells and gaps earlier releases do not give away by themselves, bool (cells + gaps,)."""
        flags = np.concatenate([np.ones(self._cells, np.bool_), np.zeros(self._gaps, np.bool_)])
        if self._cells:
            given = determined(self.matrix, np.ones(self.matrix.shape[1], np.bool_), np.random.default_rng(0))
            flags &= ~given[self._old :]
        return flags

    def hold(self, truth: Reals, values: Reals) -> Flags:
        """Return which rows readers have a number for that agrees with these values, bool (rows,)."""
        everything = np.concatenate([truth, values])
        off = np.abs(self.matrix @ everything + self._row.constant)
        size = abs(self.matrix) @ np.abs(everything) + np.abs(self._row.constant)
        whole = bool((truth == np.round(truth)).all())
        return np.asarray(~self._row.silent & (off <= (1e-6 if whole else ROUNDED * size)))

    def cells_and_gaps(self, truth: Reals, lowest: float) -> Reals:
        """Return values with which the rows hold as nearly as they can, float64 (cells + gaps,)."""
        floor = self.lowest(lowest)
        rest = self.matrix[:, : self._old] @ truth + self._row.constant
        own = self.matrix[:, self._old :]
        values = np.where(np.isfinite(floor), floor, 0.0)
        if self._cells:
            rows = np.flatnonzero(~self._row.settled & ~self._row.silent)
            whole = bool((truth == np.round(truth)).all())
            values = _least_changed(sparse.csr_array(own[rows]), rest[rows], floor, whole=whole)
        gaps = own[:, self._cells :]
        # A gap is what is left over in its row, which must not be less than nothing.
        left = rest + own[:, : self._cells] @ values[: self._cells]
        values[self._cells :] = np.maximum(-(gaps.T @ left), 0.0)
        return values


def _least_changed(matrix: sparse.csr_array, rest: Reals, floor: Reals, *, whole: bool) -> Reals:
    """Minimise the sum of abs(matrix @ x + rest) over x >= floor; whole numbers where they are found soon."""
    height, width = matrix.shape
    both = sparse.csr_array(sparse.hstack([matrix, sparse.eye_array(height), -sparse.eye_array(height)]))
    cost = np.concatenate([np.zeros(width), np.ones(2 * height)])
    least = np.concatenate([floor, np.zeros(2 * height)])
    model = linear_program(both, -rest, cost, (least, np.full(len(cost), np.inf)))
    solver = quiet_solver()
    solver.setOptionValue("mip_max_nodes", BRANCHES)
    values = np.where(np.isfinite(floor), floor, 0.0)
    for integral in (False, True) if whole else (False,):
        if integral:
            kinds = [highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous]
            model.integrality_ = [kinds[0]] * width + [kinds[1]] * (2 * height)
        solver.passModel(model)
        if solved(solver):
            values = np.maximum(np.array(solver.getSolution().col_value)[:width], floor)
            if whole and np.abs(values - np.round(values)).max(initial=0.0) < 1e-6:
                return np.asarray(np.round(values))
    return values
