"""Solving a reader's equations: plain subtraction first, then the range of each unknown in every connected group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import lsmr

from anonymization.relations import Flags, Ints

Reals = npt.NDArray[np.float64]

SMALL_GROUP = 12
"""The most unknown cells of a connected group for which every whole-number solution is covered."""

MODERATE_GROUP = 1500
"""The most unknowns of a group in which counts must be able to differ by one. In larger groups they must differ."""

SEEN = 1e-6
"""The least difference between two possible tables of a large group that is taken for a difference."""

STEPS = 12
"""The most random steps that are taken from the inside of what is possible in a large group."""

IDLE_ROUNDS = 3
"""Random directions in a row that may bring nothing new before unknowns are attacked one by one."""

SINGLE_ATTACKS = 200
"""The most unknowns of one group that are attacked one by one; any further ones count as determined."""


def subtract(matrix: sparse.csr_array, constants: Reals) -> Reals:
    """Solve rows with a single unknown, over and over; float64 (unknowns,), not a number where nothing follows."""
    values = np.full(matrix.shape[1], np.nan)
    pattern = abs(matrix)
    while True:
        unknown = np.isnan(values)
        # Coefficients are 1 and -1, so this counts the unknowns left in each row.
        single = np.flatnonzero(pattern @ unknown.astype(np.float64) == 1)
        if len(single) == 0:
            return values
        rows = matrix[single]
        remaining = constants[single] - rows @ np.nan_to_num(values)
        entries = rows.tocoo()
        found = unknown[entries.col]
        values[entries.col[found]] = remaining[entries.row[found]] / entries.data[found]


def groups(matrix: sparse.csr_array) -> Iterator[tuple[Ints, Ints]]:
    """Yield the rows and columns of each connected group of unknowns."""
    height, width = matrix.shape
    entries = matrix.tocoo()
    links = sparse.coo_array(
        (np.ones(entries.nnz), (entries.row, entries.col + height)), shape=(height + width, height + width)
    )
    labels = connected_components(links.tocsr(), directed=False)[1]
    order = np.argsort(labels, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        columns = members[members >= height] - height
        if len(columns):
            yield members[members < height], columns


def agreeing(matrix: sparse.csr_array, constants: Reals, lowest: Reals, elastic: Ints) -> Flags:
    """Return which rows can hold together, bool (rows,): all but the fewest units of the `elastic` ones."""
    holds = np.ones(len(constants), dtype=np.bool_)
    moving = np.isin(np.arange(len(constants)), elastic)
    for rows, columns in groups(matrix):
        own = np.flatnonzero(moving[rows])
        if len(own):
            part = matrix[rows][:, columns]
            off = _least_off(part, constants[rows], lowest[columns], own)
            holds[rows[own]] = np.abs(off) <= SEEN * np.maximum(1.0, np.abs(constants[rows[own]]))
    return holds


def _least_off(matrix: sparse.csr_array, constants: Reals, lowest: Reals, elastic: Ints) -> Reals:
    """Minimise the sum of abs(off) with matrix @ x + off = constants in the elastic rows; float64 (elastic,)."""
    import highspy  # noqa: PLC0415 (readers of results need no solver)

    height, width, count = *matrix.shape, len(elastic)
    place = sparse.coo_array((np.ones(count), (elastic, np.arange(count))), shape=(height, count))
    program = sparse.csr_array(sparse.hstack([matrix, place, -place]))
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = width + 2 * count, height
    model.col_cost_ = np.concatenate([np.zeros(width), np.ones(2 * count)])
    model.col_lower_ = np.concatenate([lowest, np.zeros(2 * count)])
    model.col_upper_ = np.full(width + 2 * count, np.inf)
    model.row_lower_ = model.row_upper_ = constants
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = program.indptr, program.indices
    model.a_matrix_.value_ = program.data
    solver = _solver()
    solver.passModel(model)
    solver.run()
    found = np.array(solver.getSolution().col_value if solver.getSolution().value_valid else [])
    # Without an answer, all rows stay: they may then look as if they told more, never less.
    return found[width : width + count] - found[width + count :] if len(found) else np.zeros(count)


@dataclass(frozen=True)
class Determined:
    """Which unknowns no two possible tables differ in, and their only value, not a number where it was not found."""

    determined: Flags
    value: Reals


@dataclass(frozen=True)
class Group:
    """Unknowns that depend on one another: `matrix @ x = constants` and `x >= lowest`; `wanted` are under attack."""

    matrix: sparse.csr_array
    constants: Reals
    lowest: Reals
    wanted: Flags
    integer: bool

    def determined(self) -> Determined:
        """Look for pairs of possible tables that differ in each wanted unknown."""
        if self.matrix.shape[0] == 0:
            # No equation touches this unknown: every value from its lowest on is possible.
            return Determined(np.zeros(len(self.lowest), dtype=np.bool_), np.full(len(self.lowest), np.nan))
        small = self.integer and int(self.wanted.sum()) <= SMALL_GROUP
        tables = _Tables(self, whole=small)
        if len(self.lowest) > MODERATE_GROUP:
            tables.step_inside()
        # Where steps leave more in doubt than can be attacked one by one, directions may still show them together.
        if not small and (len(self.lowest) <= MODERATE_GROUP or tables.open().sum() > SINGLE_ATTACKS):
            tables.search_together()
        tables.search_singly()
        return Determined(tables.open(), tables.only_values())


class _Tables:
    """Possible tables found so far, kept as the least and the greatest value of each unknown among them."""

    def __init__(self, group: Group, *, whole: bool) -> None:
        import highspy  # noqa: PLC0415 (readers of results need no solver)

        self._highs = highspy
        self._group = group
        self._whole = whole
        self._random = np.random.default_rng(20_240_229)
        width = len(group.lowest)
        self.least, self.most = np.full(width, np.inf), np.full(width, -np.inf)
        self._searched = np.zeros(width, dtype=np.bool_)
        self._reach = 4.0 * float(np.abs(group.constants).max(initial=0.0)) + 100.0
        self._solver = _solver()
        self._needed = self._least_difference()
        if width > MODERATE_GROUP:
            _interior_point(self._solver)
        self._load()

    def open(self) -> Flags:
        """Return the wanted unknowns in which no two tables found so far differ enough."""
        return np.asarray(self._group.wanted & ~(self.most - self.least >= self._needed))

    def only_values(self) -> Reals:
        """Return the one value that an unknown without two values has, for counts the one whole number in its range."""
        least = np.ceil(self.least - 1e-4) if self._group.integer else self.least
        return np.where(self._searched & np.isfinite(least), least, np.nan)

    def step_inside(self) -> None:
        """Find a table with every value off its bound where that is possible, and step from it in a random direction.

        In the inside of what is possible every direction that keeps the sums is open, so that one step shows all that
        can change. The direction is random noise projected by least squares (Fong and Saunders 2011, LSMR).
        """
        inside = _inside(self._group)
        if inside is None:
            return
        # The solver is off by a little more than rounding; the nearest table that is not follows by least squares.
        inside = inside - _project(self._group.matrix, self._group.matrix @ inside - self._group.constants)
        if not self._keep(inside):
            return
        for _ in range(STEPS):
            before = int(self.open().sum())
            self._keep(inside + self._step(inside))
            if int(self.open().sum()) in {0, before}:
                return

    def _step(self, inside: Reals) -> Reals:
        """Return a random change that keeps all sums and goes most of the way to the first lowest value."""
        room = inside - self._group.lowest
        free = np.flatnonzero(room > 1e-5)
        matrix = self._group.matrix[:, free]
        noise = self._random.standard_normal(len(free))
        direction = noise - _project(matrix, matrix @ noise)
        direction -= _project(matrix, matrix @ direction)
        shrinking = direction < 0
        reach = float(np.min(room[free][shrinking] / -direction[shrinking], initial=1.0))
        step = np.zeros(len(room))
        step[free] = 0.9 * reach * direction
        return step

    def search_together(self) -> None:
        """Push all open unknowns in random directions at once, for as long as that brings something new."""
        lowest = np.maximum(self._group.lowest, -self._reach)
        highest = np.maximum(self._group.lowest, 0.0) + self._reach
        idle = 0
        while idle < IDLE_ROUNDS and self.open().any():
            before = int(self.open().sum())
            push = self._random.choice([-1.0, 1.0], size=len(lowest)) * self.open()
            self._try(push, lowest, highest)
            self._try(-push, lowest, highest)
            idle = 0 if int(self.open().sum()) < before else idle + 1

    def search_singly(self) -> None:
        """Find the range of each unknown that is still open, as far as one step from a value that it can have."""
        lowest, highest = self._group.lowest, np.full(len(self._group.lowest), np.inf)
        for column in np.flatnonzero(self.open())[:SINGLE_ATTACKS]:
            self._searched[column] = True
            push = np.zeros(len(lowest))
            if np.isinf(self.most[column]) and not self._try(push, lowest, highest):
                return
            step = 1.0 if self._group.integer else 1e-3 * max(1.0, abs(self.most[column]))
            for direction in (1.0, -1.0):
                if self.open()[column]:
                    push[column] = -direction
                    near, far = lowest.copy(), highest.copy()
                    near[column] = max(near[column], self.least[column] - step)
                    far[column] = self.most[column] + step
                    self._try(push, near, far)

    def _try(self, push: Reals, lowest: Reals, highest: Reals) -> bool:
        """Minimise `push` and, if the answer stands up to being put into the equations, keep it."""
        width = len(lowest)
        self._solver.clearSolver()
        self._solver.changeColsCost(width, np.arange(width, dtype=np.int32), push)
        self._solver.changeColsBounds(width, np.arange(width, dtype=np.int32), lowest, highest)
        self._run()
        solution = self._solver.getSolution()
        if not solution.value_valid:
            return False
        table = np.array(solution.col_value)
        if self._whole:
            table = np.round(table)
        return self._keep(table)

    def _run(self) -> None:
        """Solve; the presolve of HiGHS 1.16 has called programs infeasible that have a solution, so ask twice."""
        self._solver.run()
        if self._solver.getModelStatus() == self._highs.HighsModelStatus.kInfeasible:
            self._solver.setOptionValue("presolve", "off")
            self._solver.run()
            self._solver.setOptionValue("presolve", "choose")

    def _keep(self, table: Reals) -> bool:
        if not self._possible(table):
            return False
        self.least, self.most = np.minimum(self.least, table), np.maximum(self.most, table)
        return True

    def _least_difference(self) -> float:
        if len(self._group.lowest) > MODERATE_GROUP:
            return SEEN
        return 1.0 - 1e-4 if self._group.integer else 4e-4

    def _possible(self, table: Reals) -> bool:
        group = self._group
        rounding = 1e-13 * float(np.abs(group.constants).max(initial=0.0))
        # What a table may be off has to be far less than what two tables must differ by.
        slack = 0.0 if self._whole else rounding + self._needed / 1000.0
        off = np.abs(group.matrix @ table - group.constants).max(initial=0.0)
        return bool(off <= slack and (table >= group.lowest - slack).all())

    def _load(self) -> None:
        matrix, width = self._group.matrix, len(self._group.lowest)
        model = self._highs.HighsLp()
        model.num_col_, model.num_row_ = width, matrix.shape[0]
        model.col_cost_ = np.zeros(width)
        model.col_lower_, model.col_upper_ = self._group.lowest, np.full(width, np.inf)
        model.row_lower_ = model.row_upper_ = self._group.constants
        model.a_matrix_.format_ = self._highs.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
        model.a_matrix_.value_ = matrix.data
        if self._whole:
            model.integrality_ = [self._highs.HighsVarType.kInteger] * width
        self._solver.passModel(model)


def _inside(group: Group) -> Reals | None:
    """Return a possible table in which every value is above its lowest wherever that is possible at all.

    Solves for a multiple of a table, so that small room is no smaller a reward than ample room (Freund, Roundy and
    Todd 1985): maximise the sum of z with matrix @ x = t constants, x >= t lowest + z, 0 <= z <= 1, t >= 1.
    """
    import highspy  # noqa: PLC0415 (readers of results need no solver)

    height, width = group.matrix.shape
    lowest = np.where(np.isfinite(group.lowest), group.lowest, 0.0)
    # Columns: y = x - t lowest (at least z), then t. Values without a bound keep y free and need no z.
    moved = group.constants - group.matrix @ lowest
    bounded = np.isfinite(group.lowest)
    matrix = sparse.csr_array(sparse.hstack([group.matrix, group.matrix[:, np.flatnonzero(bounded)], -moved[:, None]]))
    count = int(bounded.sum())
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = width + count + 1, height
    # Each value is a rewarded first unit z and an unrewarded rest, so that no further rows are needed.
    model.col_cost_ = np.concatenate([np.zeros(width), -np.ones(count), [0.0]])
    model.col_lower_ = np.concatenate([np.where(bounded, 0.0, -np.inf), np.zeros(count), [1.0]])
    model.col_upper_ = np.concatenate([np.full(width, np.inf), np.ones(count), [np.inf]])
    model.row_lower_ = model.row_upper_ = np.zeros(height)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data
    solver = _solver()
    _interior_point(solver)
    solver.passModel(model)
    solver.run()
    if not solver.getSolution().value_valid:
        return None
    found = np.array(solver.getSolution().col_value)
    above = found[:width].copy()
    above[bounded] += found[width : width + count]
    return np.asarray(lowest + above / found[-1])


def _solver() -> Any:
    from highspy._core import _Highs  # noqa: PLC0415 (the public class prints a banner as soon as one is made)

    solver = _Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    return solver


def _project(matrix: sparse.csr_array, off: Reals) -> Reals:
    """Return the smallest change of the columns that changes the rows by `off`."""
    return np.asarray(lsmr(matrix, off, atol=1e-14, btol=1e-14, conlim=0.0, maxiter=20_000)[0])


def _interior_point(solver: Any) -> None:
    """Large programs need no corner, and the simplex method would take minutes for one."""
    solver.setOptionValue("solver", "ipm")
    solver.setOptionValue("run_crossover", "off")
