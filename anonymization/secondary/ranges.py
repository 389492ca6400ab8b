"""The last step of secondary suppression: nobody may be able to tell that a withheld small count is small."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from anonymization.primary.cells import SensitiveCells
from anonymization.relations import Flags
from anonymization.secondary.interval.choose import widen
from anonymization.secondary.interval.demand import Demand, Reals
from anonymization.secondary.knowledge import Knowledge, nodes_of
from anonymization.secondary.solver import linear_program, optimum, quiet_solver

NEARLY = 1 - 1e-6
"""The part of a rise that counts as all of it: programs are solved in floating point."""

BEYOND = 1.1
"""How much farther columns may rise than they must: an interior-point method stops a little short of the end."""

LARGE = 1500
"""From this many columns on, an interior-point method is faster than the simplex method."""


class Ranges:
    """Widens what is withheld until every small cell could be as large as the threshold, or as its rule asks.

    How far it could fall is not asked: where zeros are shown, the number of cells that are not zero bounds every sum
    from below, whatever is withheld. Cells that only earlier releases have are given the range up to `before` where
    there is one: which of them were small is not known, and their own release may have left them none.
    """

    def __init__(
        self, known: Knowledge, wanted: SensitiveCells, price: Reals, *, before: float = 0.0, seed: int
    ) -> None:
        # A cell of which a sum alone is at risk keeps no range of its number.
        self._known, self._cells, self._price, self._seed = known, wanted.cells & (wanted.reach > 0), price, seed
        self._reach = np.zeros(len(known.truth))
        self._reach[: len(wanted.reach)] = wanted.reach
        # The rests are the last columns; other values than contributors have none.
        rests = len(known.truth) - (len(wanted.reach_of_rests) if known.counting else 0)
        self._reach[rests:] = wanted.reach_of_rests[: len(known.truth) - rests]
        self._settled = np.zeros(len(known.truth), dtype=np.bool_)
        self._gone = known.guarded & (np.arange(len(known.truth)) < rests)
        self._reach[self._gone] = before
        self._reach /= known.scale
        # Of contributors that are as many already, at least one more must seem possible.
        self._least = np.where(self._gone, 0.0, 1.0 if known.counting else 0.0)

    def widen(self, withheld: Flags, candidates: Flags) -> tuple[Flags, Flags]:
        """Return the nodes to withhold, bool (nodes,), `withheld` among them, and the nodes that have no such range."""
        known, nodes = self._known, len(withheld)
        unknown = known.unknown(withheld)
        small = unknown & self._small(withheld)
        # What has its range already keeps it, whatever else is withheld.
        asked = small & ~self._settled
        cost = np.full(len(known.truth), np.inf)
        free = candidates & ~withheld & known.present
        cost[:nodes][free] = self._price[free]
        demand = Demand(
            matrix=known.matrix.astype(np.float64),
            fall=np.maximum(known.truth - known.lower, 0.0),
            rise=np.full(len(known.truth), np.inf),
            lower=np.zeros(len(known.truth)),
            upper=np.where(asked, np.maximum(self._reach - known.truth, self._least), 0.0),
            cost=cost,
            unknown=unknown,
        )
        demand = replace(demand, upper=np.where(_narrow(demand), demand.upper, 0.0))
        chosen, lost = widen(demand, unknown, seed=self._seed, effort=0)
        helpless = np.zeros(len(known.truth), dtype=np.bool_)
        helpless[[column for column, _ in lost]] = True
        helpless &= ~self._gone
        self._settled |= small & ~helpless
        return withheld | (chosen[:nodes] & free), nodes_of(known.matrix, helpless, nodes)

    def _small(self, withheld: Flags) -> Flags:
        """What the rules protect: small cells in a table that is shown, and small rests."""
        known, nodes = self._known, len(withheld)
        small = known.guarded.copy()
        small[:nodes] = withheld & known.shown & known.present & self._cells
        return small


def _narrow(demand: Demand) -> Flags:
    """Return which columns that must rise have not been seen to, with nothing more withheld, bool (columns,).

    One program lets as many rise at a time as it can; those that others kept down are tried again among themselves.
    """
    columns = np.flatnonzero(demand.unknown)
    left = demand.upper[columns] > 0
    matrix = demand.matrix[:, columns]
    matrix = matrix[np.flatnonzero(np.diff(matrix.indptr))]
    found = True
    while found and left.any():
        wanted = np.where(left, BEYOND * demand.upper[columns], np.inf)
        change = _rise(matrix, demand.fall[columns], wanted)
        moved = left & (change >= demand.upper[columns] * NEARLY)
        found = bool(moved.any())
        left &= ~moved
    narrow = np.zeros(demand.width, dtype=np.bool_)
    narrow[columns[left]] = True
    return narrow


def _rise(matrix: sparse.csr_array, fall: Reals, most: Reals) -> Reals:
    """Return a change that leaves all sums as they are and lets columns with a finite `most` rise towards it."""
    width = len(most)
    reward = np.where(np.isfinite(most), 1 / np.where(np.isfinite(most), most, 1.0), 0.0)
    solver = quiet_solver(interior=width > LARGE)
    solver.passModel(linear_program(matrix, np.zeros(matrix.shape[0]), -reward, (-fall, most)))
    solver.run()
    change = optimum(solver)
    return np.zeros(width) if change is None else change
