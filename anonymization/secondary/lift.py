"""The second step of secondary suppression: give every withheld cell at its lowest known value room to be larger."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from anonymization.relations import Flags
from anonymization.secondary.knowledge import Knowledge, Reals, nodes_of
from anonymization.secondary.solver import linear_program, optimum, quiet_solver, solved

ROUNDS = 2
"""How often the program is solved, each time with cells that already move a lot made cheaper to move."""

LARGE = 1500
"""From this many columns on, an interior-point method is faster than the simplex method."""

MOVED = 1e-4
"""Below this a cell has not moved."""


def lift(known: Knowledge, withheld: Flags, *, candidates: Flags, price: Reals) -> tuple[Flags, Flags]:
    """Return further nodes to withhold, and nodes (or nodes of a small rest) that nothing can protect; bool (nodes,).

    Looks for one direction along which every relation stays true, every withheld value that readers know to be no
    smaller goes up, and shown values move at the least total price: a linear program over the cone of directions, after
    the secondary-suppression programs of Fischetti and Salazar (1999). Followed a little way, the direction leads
    to a table in which no withheld value is at its bound. From there every direction is open, so that a cell which
    the sums alone do not determine (the first step) is not determined by the bounds either.
    """
    more = np.zeros(len(withheld), dtype=np.bool_)
    while True:
        cone = _Cone(known, withheld | more, candidates)
        stuck = cone.needed & ~cone.reachable(buying=False)
        if not stuck.any():
            return more, np.zeros(len(withheld), dtype=np.bool_)
        bought = cone.buy(price, stuck)
        if not bought.any():
            reached = cone.reachable(buying=True)
            hopeless = stuck & ~reached if (stuck & ~reached).any() else stuck
            return more, nodes_of(known.matrix, hopeless, len(withheld))
        more |= bought


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
        # What readers know anyway cannot be made to move, and need not.
        must[known.told] = False
        self.needed = must & lowest
        matrix = known.matrix[:, self._columns]
        self._matrix = sparse.csr_array(matrix[np.flatnonzero(np.diff(matrix.indptr))])

    def buy(self, price: Reals, stuck: Flags) -> Flags:
        """Return shown nodes that, once withheld, let every stuck column go up by at least one, bool (nodes,).

        None are returned where there is no such set. What moves by next to nothing is left out; whether the rest is
        enough is for the caller to see.
        """
        bought = np.zeros(self._nodes, dtype=np.bool_)
        own = np.minimum(price[self._columns[self._buyable]], 1e5)
        costs = np.full(len(self._columns), 1e-4)
        costs[self._buyable] = own
        for _ in range(ROUNDS):
            direction = self._run(costs, stuck[self._columns])
            if direction is None:
                break
            moved = np.abs(direction[self._buyable])
            bought[:] = False
            bought[self._columns[self._buyable][moved > MOVED]] = True
            # Moving a shown cell costs its price once, however far it moves: reweight so that it does.
            costs[self._buyable] = own / (0.1 + moved)
        return bought

    def reachable(self, *, buying: bool) -> Flags:
        """Return which needed columns can go up at all, with every candidate withheld or with none besides.

        As directions may be multiplied, one program finds them all: maximise the sum of steps between 0 and 1.
        """
        columns = np.arange(len(self._columns)) if buying else np.flatnonzero(~self._buyable)
        wanted = np.flatnonzero(self.needed[self._columns[columns]])
        # A wanted column is its step, which is rewarded, and whatever it goes up beyond that.
        matrix = self._matrix[:, columns]
        matrix = sparse.csr_array(sparse.hstack([matrix, matrix[:, wanted]]))
        floor = np.concatenate([np.where(self._upwards[columns], 0.0, -np.inf), np.zeros(len(wanted))])
        ceiling = np.concatenate([np.full(len(columns), np.inf), np.ones(len(wanted))])
        reward = np.concatenate([np.zeros(len(columns)), -np.ones(len(wanted))])
        found = _minimise(matrix, reward, floor, ceiling)
        reached = np.zeros(len(self._known.truth), dtype=np.bool_)
        if found is not None:  # pragma: no branch (zero is always a solution; without one, nothing is reached)
            beyond = found[wanted] + found[len(columns) :]
            reached[self._columns[columns[wanted]]] = beyond > 0.5
        return reached

    def _run(self, costs: Reals, needed: Flags) -> Reals | None:
        width = len(costs)
        matrix = sparse.csr_array(sparse.hstack([self._matrix, -self._matrix]))
        floor = np.concatenate([needed * 1.0, np.zeros(width)])
        ceiling = np.concatenate([np.full(width, np.inf), np.where(self._upwards, 0.0, np.inf)])
        found = _minimise(matrix, np.tile(costs, 2), floor, ceiling)
        return None if found is None else found[:width] - found[width:]


def _minimise(matrix: sparse.csr_array, cost: Reals, floor: Reals, ceiling: Reals) -> Reals | None:
    """Solve min cost x, matrix @ x = 0, floor <= x <= ceiling; None where there is no solution."""
    large = len(cost) > LARGE
    solver = quiet_solver(interior=large)
    solver.passModel(linear_program(matrix, np.zeros(matrix.shape[0]), cost, (floor, ceiling)))
    if not solved(solver) and large:
        # Without an interior the interior-point method may stop short of an answer.
        solver.setOptionValue("solver", "simplex")
        solver.run()
    return optimum(solver)
