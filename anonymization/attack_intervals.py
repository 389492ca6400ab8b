"""Bounds withheld cells from both sides as an attacker would: linear programs over everything that is published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.relations import Flags, Ints
from anonymization.secondary.solver import linear_program, optimum, quiet_solver, solved

Reals = npt.NDArray[np.float64]

NEARLY = 1 - 1e-5
"""The part of a level that counts as reached: programs are solved in floating point."""

ALMOST = 1e-4
"""By how much a bound of counts may miss a whole number: programs are solved in floating point."""

BUNDLES = 60
"""How many programs look at many cells at a time before each that is left is looked at by itself."""

LARGE = 3_000
"""Columns from which an interior-point method bounds bundles sooner than the simplex method."""


@dataclass(frozen=True)
class Bounds:
    """How far values can fall and rise, float64 (columns,) each: at least so far, and exactly where `exact` says so.

    `exact` is bool (2, columns): for falls, then for rises. Where what was asked for is reached, no more is looked for.
    `programs` is how many linear programs that took.
    """

    fall: Reals
    rise: Reals
    exact: npt.NDArray[np.bool_]
    programs: int


def bound(
    matrix: sparse.csr_array, room: tuple[Reals, Reals], wanted: tuple[Reals, Reals], random: np.random.Generator
) -> Bounds:
    """Find for every column whether its value can fall and rise as far as wanted while all sums stay as they are.

    `matrix` is float64 (relations, columns), all columns unknown; `room` is how far each value can fall and rise before
    it meets what readers know; `wanted` how far it should be able to, zero where nothing is asked. One deviation serves
    for many columns: programs move as many as possible at a time, up or down at random, and whatever they move far
    enough is done; what is left is looked at one by one.
    """
    attack = _Attack(matrix, room, wanted)
    attack.bundles(random)
    attack.singly()
    return Bounds(attack.reached[0], attack.reached[1], attack.exact, attack.programs)


def too_narrow(equations: tuple[sparse.csr_array, Reals, Reals], high: Reals) -> Flags:
    """Return which unknowns of `matrix @ x = constants, x >= lowest` cannot be as large as they must seem, bool.

    `equations` are matrix, constants and lowest values; `high` is what each unknown must seem able to reach, -inf where
    nothing is asked. What could not be proved counts as too narrow.
    """
    matrix, constants, lowest = equations
    asked: Flags = high > -np.inf
    if not asked.any():
        return asked
    start = _some_table(matrix, constants, lowest)
    if start is None:
        return asked
    room = (np.maximum(start - lowest, 0.0), np.full(len(start), np.inf))
    wanted = np.where(asked, np.maximum(high - start, 0.0), 0.0)
    found = bound(matrix, room, (np.zeros(len(start)), wanted), np.random.default_rng(0))
    return np.asarray(asked & (found.rise < wanted - ALMOST))


def _some_table(matrix: sparse.csr_array, constants: Reals, lowest: Reals) -> Reals | None:
    """Return values that readers hold possible, or None where the solver finds none."""
    width = len(lowest)
    solver = quiet_solver()
    solver.passModel(linear_program(matrix, constants, np.zeros(width), (lowest, np.full(width, np.inf))))
    return optimum(solver) if solved(solver) else None


class _Attack:
    """The programs over one system; side 0 is falling, side 1 rising."""

    def __init__(self, matrix: sparse.csr_array, room: tuple[Reals, Reals], wanted: tuple[Reals, Reals]) -> None:
        self._matrix = sparse.csr_array(matrix[np.flatnonzero(np.diff(matrix.indptr))])
        self._room, self._wanted = room, wanted
        self.reached = (np.zeros(matrix.shape[1]), np.zeros(matrix.shape[1]))
        self.exact = np.zeros((2, matrix.shape[1]), dtype=np.bool_)
        self.programs = 0

    def left(self, side: int) -> Flags:
        """Which columns have not been seen to move as far as wanted."""
        return np.asarray((self.reached[side] < self._wanted[side] * NEARLY) & ~self.exact[side])

    def bundles(self, random: np.random.Generator) -> None:
        """Move many columns at a time, until that finds hardly anything more."""
        idle = 0
        for _ in range(BUNDLES):
            before = int(self.left(0).sum() + self.left(1).sum())
            if before == 0 or idle == 4:
                return
            self._move(self._directions(random, 0.5**idle))
            after = int(self.left(0).sum() + self.left(1).sum())
            idle = 0 if after < 0.9 * before else idle + 1

    def _directions(self, random: np.random.Generator, share: float) -> Ints:
        """Draw what is moved: 1 up, -1 down, 0 left alone; a share of all that is not done."""
        down, up = self.left(0), self.left(1)
        chosen = np.where(up & down, random.choice([-1, 1], size=len(up)), up.astype(np.int64) - down)
        return np.where(random.random(len(chosen)) < share, chosen, 0)

    def _move(self, directions: Ints) -> None:
        """Move columns as far as wanted and no farther, as many as possible, each weighing alike."""
        up, down = directions > 0, directions < 0
        upper = np.where(up, self._wanted[1], self._room[1])
        lower = -np.where(down, self._wanted[0], self._room[0])
        wanted = np.where(up, self._wanted[1], self._wanted[0])
        weight = np.divide(directions, wanted, out=np.zeros(len(up)), where=directions != 0)
        change = self._run(self._loaded(-weight, (lower, upper), interior=len(up) >= LARGE))
        if change is not None:
            self._note(np.clip(change, -self._room[0], self._room[1]))

    def singly(self) -> None:
        """Move each column that is left by itself, as far as it goes, up to what is wanted."""
        for side in (0, 1):
            if not self.left(side).any():
                continue
            solver = self._loaded(np.zeros(len(self._room[0])), (-self._room[0], self._room[1]))
            for column in np.flatnonzero(self.left(side)):
                if self.left(side)[column]:
                    self._move_one(solver, int(column), side)

    def _move_one(self, solver: Any, column: int, side: int) -> None:
        """What is asked for is enough as a bound: going further would only take longer."""
        wanted, sign = float(self._wanted[side][column]), 1.0 if side else -1.0
        free = (-float(self._room[0][column]), float(self._room[1][column]))
        bounds = (free[0], min(wanted, free[1])) if side else (max(-wanted, free[0]), free[1])
        solver.changeColBounds(column, *bounds)
        solver.changeColCost(column, -sign)
        change = self._run(solver)
        solver.changeColCost(column, 0.0)
        solver.changeColBounds(column, *free)
        if change is not None:
            self._note(change)
        self.exact[side, column] = True

    def _note(self, change: Reals) -> None:
        """Keep how far a deviation moves each column."""
        np.maximum(self.reached[1], change, out=self.reached[1])
        np.maximum(self.reached[0], -change, out=self.reached[0])

    def _loaded(self, cost: Reals, limits: tuple[Reals, Reals], *, interior: bool = False) -> Any:
        """Return a solver that is to minimise cost @ change while all sums stay as they are."""
        solver = quiet_solver(interior=interior)
        solver.passModel(linear_program(self._matrix, np.zeros(self._matrix.shape[0]), cost, limits))
        return solver

    def _run(self, solver: Any) -> Reals | None:
        """Return the solution, or None: a program that was not solved proves nothing."""
        self.programs += 1
        solver.run()
        change = optimum(solver)
        if change is None:
            return None
        size = abs(self._matrix) @ np.abs(change)
        off = np.abs(self._matrix @ change)
        return change if (off <= 1e-6 * np.maximum(size, 1e-9) + 1e-7).all() else None
