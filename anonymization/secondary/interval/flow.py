"""Deviations that leave every published sum as it is: the proof that a withheld value can be another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import highspy
import numpy as np
import numpy.typing as npt

from anonymization.relations import Flags, Ints
from anonymization.secondary.interval.demand import Demand, Reals
from anonymization.secondary.interval.neighbourhood import Map, Neighbourhood
from anonymization.secondary.interval.simplex import IMPOSSIBLE, OPTIMAL, cheapest
from anonymization.secondary.solver import quiet_solver

Number = TypeVar("Number", np.int64, np.float64)

NOTHING = 1e-9
"""What a linear program leaves of a column that it does not move, where its target moves by 1."""

NEAR = (40, 160, 640)
"""How many columns are looked at, first the nearest, then more."""

LARGE = 20_000
"""Columns from which totals are looked at before cheap columns that are farther away."""

WIDE = 100_000_000
"""How much work goes into looking at all columns at once before totals are looked at first in any system."""

FAR = 2560
"""How many columns are looked at along totals before all of them are."""

Look = Callable[[int, tuple[Flags, Reals], int], Neighbourhood]

USUAL, FINE = 1e-7, 1e-10
"""By how much the solver may miss bounds and sums, usually and where that is much for the smallest that moves."""

SMALL = 20_000
"""Relations times columns up to which the own simplex method is quicker than a solver."""


@dataclass(frozen=True)
class Flow:
    """One deviation: `amounts` float64 for `columns` int64, which together change no sum.

    It may be taken `most` times, and, turned round, `least` times, before a value meets what readers know of it.
    """

    columns: Ints
    amounts: Reals
    most: float
    least: float


class Router:
    """Finds the cheapest deviation by which a column moves, in a neighbourhood that grows until there is one."""

    def __init__(self, demand: Demand) -> None:
        self._demand = demand
        self._map = Map(demand)
        self._solver = quiet_solver()
        for option in (("presolve", "off"), ("solver", "simplex"), ("simplex_scale_strategy", 0)):
            self._solver.setOptionValue(*option)
        self.work = 0
        self._wide = 0

    def find(self, column: int, amount: float, terms: tuple[Flags, Reals], *, near: bool = True) -> Flow | None:
        """Return a deviation by which `column` changes by `amount`, or None where no usable columns allow one.

        A negative amount asks for a fall. `terms` are which columns are usable and what each unit of change costs in
        them, (columns,) each. With `near`, only the neighbourhood is searched, and None may be wrong; without it, None
        is the solver's word that there is no deviation.
        """
        for look, size in self._looks(near=near):
            before = self.work
            around = look(column, terms, min(size, self._demand.width))
            if len(around.columns):
                found = self._solve(around, amount, terms[1][around.columns], sure=not near and around.whole)
                self._wide += self.work - before if size > FAR else 0
                if found is not None:
                    return self._flow(around.columns, found)
            if around.whole:
                break
        return None

    def _looks(self, *, near: bool) -> list[tuple[Look, int]]:
        """Return where to look, in turn, and at how many columns."""
        if near:
            return [(self._map.around, size) for size in NEAR]
        cheap = [(self._map.around, size) for size in NEAR[1:]]
        whole = (self._map.around, self._demand.width)
        large = self._demand.width > LARGE
        if not large and self._wide < WIDE:
            return [*cheap, whole]
        # Here to look far for cheap columns takes longer than it is worth.
        totals = [(self._map.along_totals, size) for size in (*NEAR[1:], FAR)]
        return [*(cheap[:1] if large else cheap), *totals, whole]

    def _solve(self, around: Neighbourhood, amount: float, price: Reals, *, sure: bool) -> Reals | None:
        """Return the cheapest changes, float64 (columns,), by which the first column moves by `amount`, or None."""
        scale, wanted = abs(amount), 1 if amount > 0 else -1
        limits = (self._demand.rise[around.columns] / scale, self._demand.fall[around.columns] / scale)
        if len(around.starts) * len(around.columns) <= SMALL:
            self.work += 2 * len(around.columns)
            verdict, changes = cheapest((around.starts, around.places, around.coefficients), price, limits, wanted)
            if verdict == OPTIMAL:
                return changes * scale
            if verdict == IMPOSSIBLE and not sure:
                return None
        found = self._solve_by_highs(around, price, limits, wanted)
        return None if found is None else found * scale

    def _solve_by_highs(
        self, around: Neighbourhood, price: Reals, limits: tuple[Reals, Reals], wanted: int
    ) -> Reals | None:
        """Do the same for a move of 1; rises and falls are columns, so that doing nothing is where it begins."""
        width, height = len(around.columns), len(around.starts) - 1
        upper, lower = np.concatenate(limits), np.zeros(2 * width)
        target, other = (0, width) if wanted > 0 else (width, 0)
        lower[target], upper[target], upper[other] = 1.0, max(1.0, upper[target]), 0.0
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = 2 * width, height
        model.col_cost_ = np.concatenate([price, price])
        model.col_lower_, model.col_upper_ = lower, upper
        model.row_lower_ = model.row_upper_ = np.zeros(height)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = 2 * around.starts
        model.a_matrix_.index_ = _both(around.starts, around.places, around.places + width)
        model.a_matrix_.value_ = _both(around.starts, around.coefficients, -around.coefficients)
        self._solver.passModel(model)
        changes = self._run(width + height)
        if changes is not None and _coarse(changes, upper):
            self._solver.setOptionValue("primal_feasibility_tolerance", FINE)
            changes = self._run(width + height)
            self._solver.setOptionValue("primal_feasibility_tolerance", USUAL)
        return None if changes is None else changes[:width] - changes[width:]

    def _run(self, size: int) -> Reals | None:
        self._solver.run()
        iterations = int(self._solver.getInfo().simplex_iteration_count)
        self.work += 300 + iterations * (10 + size // 50)
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(self._solver.getSolution().col_value)

    def _flow(self, columns: Ints, changes: Reals) -> Flow:
        moved = np.flatnonzero(np.abs(changes) > NOTHING * np.abs(changes[0]))
        columns, changes = columns[moved], changes[moved]
        rise, fall = self._demand.rise[columns], self._demand.fall[columns]
        forward = np.where(changes > 0, rise, fall) / np.abs(changes)
        backward = np.where(changes > 0, fall, rise) / np.abs(changes)
        return Flow(columns, changes, float(forward.min()), float(backward.min()))


def _coarse(changes: Reals, upper: Reals) -> bool:
    """Say whether a bound is missed by a noticeable part of it, or a sum by a noticeable part of what moves least."""
    moved = changes[changes > NOTHING]
    return bool((changes > upper * (1 + USUAL)).any() or moved.min(initial=1.0) < 1e3 * USUAL)


def _both(starts: Ints, first: npt.NDArray[Number], second: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Put each row's second copy of entries behind its first."""
    lengths = np.diff(starts)
    shift = np.repeat(starts[:-1], lengths)
    at = np.arange(len(first)) + shift
    both = np.empty(2 * len(first), first.dtype)
    both[at], both[at + np.repeat(lengths, lengths)] = first, second
    return both
