"""The attacker's linear programs: how far a column can move within a pattern, and why no farther."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from anonymization.relations import Ints
from anonymization.secondary.interval.demand import Reals
from anonymization.secondary.interval.proofs import ENOUGH
from anonymization.secondary.optimal.parts import FAR, Part, Side
from anonymization.secondary.solver import linear_program, optimum, quiet_solver

MOST_STEPS = 3_000
"""Steps of the simplex method after which a program is given up."""

GRID = 2_520.0
"""Multipliers close to a fraction with a denominator of at most ten are taken for it: any multipliers give a cut."""

NOTHING = 1e-11
"""Less than this is rounding."""

SLIGHT = 1e-7
"""Smaller coefficients would be lost in a solver: they are left out, and as much less is asked for."""


@dataclass(frozen=True)
class Cut:
    """What every safe pattern satisfies: `coefficients @ withheld[columns] >= least`, with candidates as columns."""

    columns: Ints
    coefficients: Reals
    least: float

    def missing(self, shares: Reals) -> float:
        """Return by how much shares of candidates, float64 (candidates,), fall short of it; below zero if they do not.

        >>> Cut(np.array([0, 2]), np.array([1.0, 0.5]), 1.0).missing(np.array([0.25, 1.0, 1.0]))
        0.25
        """
        return float(self.least - self.coefficients @ shares[self.columns])


@dataclass(frozen=True)
class Attack:
    """How far a column moves, in units of its level and 1 at most, with the whole change, float64 (columns,).

    `multipliers` of the relations, float64 (relations,), show why it moves no farther.
    """

    reach: float
    change: Reals
    multipliers: Reals


class Attacker:
    """Moves one column after another as far as a pattern allows."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._by_column = sparse.csr_array(part.matrix.T)
        self._columns = np.arange(len(part.cells), dtype=np.int32)
        self._solver = quiet_solver()
        for option in (("presolve", "off"), ("solver", "simplex"), ("simplex_iteration_limit", MOST_STEPS)):
            self._solver.setOptionValue(*option)
        still = np.zeros(len(part.cells))
        self._solver.passModel(linear_program(part.matrix, np.zeros(part.matrix.shape[0]), still, (still, still)))
        self.work = 0

    def attack(self, side: Side, shares: Reals) -> Attack | None:
        """Move a column as far as its level; None where the solver gives up.

        `shares`, float64 (candidates,), say how much of each candidate is withheld: it moves by as much of its room, or
        of the level where that is less, which makes the cuts strong.
        """
        fall, rise = (np.minimum(room, FAR) for room in self._part.rooms(side))
        for room in (fall, rise):
            own = room[self._part.unknown :]
            np.minimum(own, 1.0, out=own)
            own *= shares
        (rise if side.sign > 0 else fall)[side.column] = 1.0
        width = len(self._columns)
        self._solver.changeColsBounds(width, self._columns, -fall, rise)
        self._solver.changeColCost(side.column, -float(side.sign))
        self._solver.run()
        steps = int(self._solver.getInfo().simplex_iteration_count)
        self.work += 300 + width // 5 + steps * (5 + (width + self._part.matrix.shape[0]) // 100)
        change, multipliers = optimum(self._solver), np.array(self._solver.getSolution().row_dual, dtype=np.float64)
        self._solver.changeColCost(side.column, 0.0)
        if change is None:
            self._solver.clearSolver()
            return None
        return Attack(side.sign * float(change[side.column]), change, multipliers)

    def cut(self, side: Side, multipliers: Reals) -> Cut | None:
        """Return what safe patterns satisfy because of a sum of relations; None where that is nothing.

        The multiplied relations say that the column moves by a weighted sum of other moves, each of which takes place
        only within a withheld column and has its room: capacity constraints (Fischetti and Salazar-Gonzalez, Models and
        algorithms for the 2-dimensional cell suppression problem, 1999, and Solving the cell suppression problem on
        tabular data with linear constraints, 2001), each coefficient no more than what all together must reach.
        """
        near = np.rint(multipliers * GRID) / GRID
        clean = np.where(np.abs(near - multipliers) <= SLIGHT, near, multipliers)
        weights = self._by_column @ clean
        weights[side.column] += side.sign
        weights[np.abs(weights) <= NOTHING] = 0.0
        fall, rise = self._part.rooms(side)
        moved = np.flatnonzero(weights)
        help_ = np.zeros(len(weights))
        help_[moved] = np.abs(weights[moved]) * np.where(weights[moved] > 0, rise[moved], fall[moved])
        own = side.column >= self._part.unknown
        least = ENOUGH - float(help_[: self._part.unknown].sum()) - (help_[side.column] if own else 0.0)
        if least <= SLIGHT:
            return None
        rest = np.minimum(help_[self._part.unknown :] / least, 1.0)
        if own:
            rest[side.column - self._part.unknown] = 0.0
        slight = (rest > 0) & (rest < SLIGHT)
        least = 1.0 - float(rest[slight].sum())
        columns = np.flatnonzero((rest > 0) & ~slight)
        return Cut(columns, rest[columns], least)

    def company(self, candidate: int, shares: Reals) -> Cut | None:
        """Return a cut that a candidate breaks where the sums would determine it: then it is withheld for nothing.

        `shares` are as in `attack`. Bridge-less inequalities (Fischetti and Salazar-Gonzalez 1999).
        """
        side = Side(self._part.unknown + candidate, 1, 1.0, free=True)
        found = self.attack(side, np.minimum(shares / shares[candidate], 1.0))
        if found is None or found.reach > 1 - 1e-3:
            return None
        cut = self.cut(side, found.multipliers)
        if cut is None:
            return None
        return Cut(np.append(cut.columns, candidate), np.append(cut.coefficients, -cut.least), 0.0)
