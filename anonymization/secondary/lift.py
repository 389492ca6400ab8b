"""The second step of secondary suppression: give every withheld cell at its lowest known value room to be larger."""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse

from anonymization.relations import Flags
from anonymization.secondary.knowledge import Knowledge, Reals
from anonymization.secondary.solver import quiet_solver

ROUNDS = 2
"""How often the program is solved, each time with cells that already move a lot made cheaper to move."""

MOVED = 1e-6
"""Below this a cell has not moved."""


def lift(known: Knowledge, withheld: Flags, *, candidates: Flags, price: Reals) -> tuple[Flags, Flags]:
    """Return further nodes to withhold, and nodes (or nodes of a small rest) that nothing can protect; bool (nodes,).

    Looks for one direction along which every relation stays true, every withheld value that readers know to be no
    smaller goes up, and shown values move at the least total price: a linear program over the cone of directions, after
    the secondary-suppression programs of Fischetti and Salazar (1999). Followed a little way, the direction leads
    to a table in which no withheld value is at its bound. From there every direction is open, so that a cell which
    the sums alone do not determine (the first step) is not determined by the bounds either.
    """
    program = _Cone(known, withheld, candidates)
    needed = program.needed
    direction = program.solve(price, needed)
    lost = np.zeros(len(withheld), dtype=np.bool_)
    if direction is None:
        reached = program.reachable()
        lost = known.nodes_of(needed & ~reached, len(withheld))
        direction = program.solve(price, needed & reached)
    if direction is None:  # pragma: no cover (the solver gave up: fail closed)
        return np.zeros(len(withheld), dtype=np.bool_), withheld.copy()
    moved = np.abs(direction[: len(withheld)]) > MOVED
    return moved & candidates & ~withheld, lost


class _Cone:
    """Directions of change: zero where a value is shown for good, upwards where it is at its lowest, else free."""

    def __init__(self, known: Knowledge, withheld: Flags, candidates: Flags) -> None:
        self._known = known
        self._nodes = len(withheld)
        hidden = known.unknown(withheld)
        self._columns = np.flatnonzero(known.unknown(withheld | candidates))
        self._buyable = ~hidden[self._columns]
        lowest = known.truth <= known.lower
        self._upwards = lowest[self._columns]
        must = known.guarded.copy()
        must[: self._nodes] = withheld & known.present
        self.needed = must & lowest
        matrix = known.matrix[:, self._columns]
        self._matrix = sparse.csr_array(matrix[np.flatnonzero(np.diff(matrix.indptr))])

    def solve(self, price: Reals, needed: Flags) -> Reals | None:
        """Return the cheapest direction in which every needed column goes up by at least one, or None."""
        costs = np.ones(len(self._columns)) * 1e-4
        own = np.minimum(price[self._columns[self._buyable]], 1e5)
        costs[self._buyable] = own
        direction = None
        for _ in range(ROUNDS):
            found = self._run(costs, needed[self._columns])
            if found is None:
                return direction
            direction = np.zeros(len(self._known.truth))
            direction[self._columns] = found
            # Moving a shown cell costs its price once, however far it moves: reweight so that it does.
            costs[self._buyable] = own / (0.1 + np.abs(found[self._buyable]))
        return direction

    def reachable(self) -> Flags:
        """Return which needed columns can go up at all when every candidate is withheld."""
        width = len(self._columns)
        wanted = np.flatnonzero(self.needed[self._columns])
        link = sparse.csr_array((np.ones(len(wanted)), (np.arange(len(wanted)), wanted)), shape=(len(wanted), width))
        matrix = sparse.block_array([[self._matrix, None], [link, -sparse.eye_array(len(wanted))]], format="csr")
        floor = np.concatenate([np.where(self._upwards, 0.0, -np.inf), np.zeros(len(wanted))])
        ceiling = np.concatenate([np.full(width, np.inf), np.ones(len(wanted))])
        cost = np.concatenate([np.zeros(width), -np.ones(len(wanted))])
        above = np.concatenate([np.zeros(self._matrix.shape[0]), np.full(len(wanted), np.inf)])
        found = _minimise(matrix, cost, floor, ceiling, above)
        reached = np.zeros(len(self._known.truth), dtype=np.bool_)
        if found is not None:  # pragma: no branch (zero is always a solution; without one, nothing is reached)
            reached[self._columns[wanted]] = found[width:] > 0.5
        return reached

    def _run(self, costs: Reals, needed: Flags) -> Reals | None:
        width = len(costs)
        matrix = sparse.csr_array(sparse.hstack([self._matrix, -self._matrix]))
        floor = np.concatenate([needed * 1.0, np.zeros(width)])
        ceiling = np.concatenate([np.full(width, np.inf), np.where(self._upwards, 0.0, np.inf)])
        above = np.zeros(matrix.shape[0])
        found = _minimise(matrix, np.tile(costs, 2), floor, ceiling, above)
        return None if found is None else found[:width] - found[width:]


def _minimise(matrix: sparse.csr_array, cost: Reals, floor: Reals, ceiling: Reals, above: Reals) -> Reals | None:
    """Solve min cost x, 0 <= matrix x <= above, floor <= x <= ceiling; None where there is no solution."""
    solver = quiet_solver()
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(cost), matrix.shape[0]
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, floor, ceiling
    model.row_lower_, model.row_upper_ = np.zeros(matrix.shape[0]), above
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data.astype(np.float64)
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.array(solver.getSolution().col_value)
