"""Whole numbers that meet linear conditions at the least cost, with an honest answer where none were found."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.relations import Ints
from anonymization.secondary.solver import linear_program, quiet_solver, solved

Reals = npt.NDArray[np.float64]

NODES = 200
"""Branches looked at before the best answer so far is taken: a limit of time would not repeat exactly."""

CORNERS = 4_000
"""Up to this many columns, it is first tried whether the best answer in fractions is whole already."""

SMALL = 1_000
"""Up to this many columns, a programme that is called infeasible is solved again without presolve to be sure."""


@dataclass(frozen=True)
class Whole:
    """The best whole numbers found, int64 (columns,), None where none were; no answer costs less than `least`.

    `none_exists` is true only where it was proved that no whole numbers meet the conditions.
    """

    numbers: Ints | None
    least: float
    none_exists: bool


def minimise_whole(
    matrix: sparse.csr_array, rows: Reals, *, cost: Reals, limits: tuple[Reals, Reals], first: bool = False
) -> Whole:
    """Minimise cost @ x over whole x with matrix @ x == rows and x between the limits, both included.

    `matrix` is int64 (relations, columns), `rows` float64 (relations,), `cost` and the limits float64 (columns,).
    With `first`, the first answer is taken. An answer is checked in whole numbers before it is returned.
    """
    if len(cost) == 0:  # solvers say neither that nothing fits nor that it doesn't
        return Whole(None if rows.any() else np.zeros(0, dtype=np.int64), 0.0, none_exists=bool(rows.any()))
    model = linear_program(matrix, rows, cost, limits)
    at_once = _corner(model, matrix, rows, limits) if len(cost) <= CORNERS else None
    if at_once is not None:
        return Whole(at_once, float(cost @ at_once), none_exists=False)
    solver = quiet_solver()
    solver.setOptionValue("mip_max_nodes", NODES)
    solver.setOptionValue("mip_rel_gap", 0.0)
    if first:
        solver.setOptionValue("mip_max_improving_sols", 1)
    model.integrality_ = [highspy.HighsVarType.kInteger] * len(cost)
    solver.passModel(model)
    if len(cost) <= SMALL:
        solved(solver)  # asks twice before it says that there is nothing, which takes long for large programmes
    else:
        solver.run()
    numbers = _checked(solver, matrix, rows, limits)
    nothing = solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible and len(cost) <= SMALL
    least = float(solver.getInfo().mip_dual_bound)
    if numbers is not None and solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
        least = float(cost @ numbers)
    return Whole(numbers, least, nothing and numbers is None)


def _corner(model: highspy.HighsLp, matrix: sparse.csr_array, rows: Reals, limits: tuple[Reals, Reals]) -> Ints | None:
    """Return the best answer in fractions if it happens to be whole: in two-way tables, and many others, it is."""
    solver = quiet_solver()
    solver.passModel(model)
    solver.run()
    found = np.array(solver.getSolution().col_value, dtype=np.float64)
    whole = bool((np.abs(found - np.rint(found)) < 1e-6).all())
    optimal = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return _checked(solver, matrix, rows, limits) if optimal and whole else None


def _checked(solver: highspy.Highs, matrix: sparse.csr_array, rows: Reals, limits: tuple[Reals, Reals]) -> Ints | None:
    """Return the solver's answer in whole numbers, None where there is none or it does not hold exactly."""
    solution = solver.getSolution()
    if not solution.value_valid:
        return None
    numbers = np.rint(np.array(solution.col_value)).astype(np.int64)
    inside = bool(((numbers >= limits[0]) & (numbers <= limits[1])).all())
    return numbers if inside and bool((matrix @ numbers == rows).all()) else None
