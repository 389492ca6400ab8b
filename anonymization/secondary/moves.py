"""Other tables that a reader could believe in: changes of unseen values that leave everything shown as it is."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from anonymization.relations import Ints
from anonymization.secondary.knowledge import Knowledge, Reals
from anonymization.secondary.solver import linear_program, quiet_solver, solved

BRANCHES = 500
"""Branch-and-bound nodes spent on one cell: a count of work, not of seconds, so that results repeat."""

SMALLEST_SHARE = 1e-3
"""How far an amount has to be able to move, as a share of its size; a count has to move by one."""


@dataclass(frozen=True)
class Move:
    """A change that leaves every relation true: `columns` int64 (k,), `change` float64 (k,), no entry zero."""

    columns: Ints
    change: Reals


class Moves:
    """Finds moves in one family of values."""

    def __init__(self, known: Knowledge) -> None:
        self.known = known
        self._by_column = sparse.csc_array(known.matrix)
        self._solver = quiet_solver()
        self._solver.setOptionValue("mip_max_nodes", BRANCHES)

    def find(self, near: Ints, prices: Reals, *, whole: bool) -> Move | None:
        """Return the cheapest move of the columns in `near` that changes the first by a unit, or None.

        `prices` float64 (near,) are per unit of change. The move keeps every value at or above its lower bound; with
        `whole`, it consists of whole numbers. The dearer of up and down is not tried when up is possible.
        """
        columns = self._by_column[:, near]
        matrix = sparse.csr_array(columns)[np.unique(columns.indices)]
        room = self.known.truth[near] - self.known.lower[near]
        step = 1.0 if self.known.integer else SMALLEST_SHARE * max(1.0, abs(float(self.known.truth[near[0]])))
        for size in (step, -step):
            if room[0] + size >= 0:
                change = self._change(_program(matrix, prices, room, size), matrix, room, whole=whole)
                if change is not None:
                    moved = change != 0
                    return Move(near[moved], change[moved])
        return None

    def _change(self, program: _Program, matrix: sparse.csr_array, room: Reals, *, whole: bool) -> Reals | None:
        solution = self._solve(program, integer=False)
        if solution is None or not whole:
            return None if solution is None else np.where(np.abs(solution) > 1e-9, solution, 0.0)
        change = _whole(solution, matrix, room)
        if change is None:
            solution = self._solve(program, integer=True)
            change = None if solution is None else _whole(solution, matrix, room)
        return change

    def _solve(self, program: _Program, *, integer: bool) -> Reals | None:
        """Return up minus down for each column, or None where the program has no solution."""
        width = len(program.cost) // 2
        model = linear_program(
            program.matrix, np.zeros(program.matrix.shape[0]), program.cost, (program.floor, program.ceiling)
        )
        if integer:
            model.integrality_ = [highspy.HighsVarType.kInteger] * (2 * width)
        self._solver.passModel(model)
        if not solved(self._solver):
            return None
        values = np.array(self._solver.getSolution().col_value)
        return np.asarray(values[:width] - values[width:])


@dataclass(frozen=True)
class _Program:
    """Minimise `cost` over ups and downs with `matrix @ (ups, downs) = 0` between `floor` and `ceiling`."""

    cost: Reals
    floor: Reals
    ceiling: Reals
    matrix: sparse.csr_array


def _program(matrix: sparse.csr_array, prices: Reals, room: Reals, size: float) -> _Program:
    width = len(prices)
    up, down, floor = np.full(width, np.inf), room.copy(), np.zeros(2 * width)
    up[0], down[0] = max(size, 0.0), max(-size, 0.0)
    floor[0], floor[width] = up[0], down[0]
    both = sparse.csr_array(sparse.hstack([matrix, -matrix]))
    return _Program(np.tile(prices, 2), floor, np.concatenate([up, down]), both)


def _whole(solution: Reals, matrix: sparse.csr_array, room: Reals) -> Reals | None:
    """Return the smallest multiple of a solution that is whole, keeps the relations and has room, or None."""
    for factor in (1, 2, 3, 4, 6):
        change = np.round(factor * solution)
        if np.abs(change - factor * solution).max() < 1e-6 and (change >= -room).all():
            return change if not (matrix @ change).any() else None
    return None
