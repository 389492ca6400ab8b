"""The linear and mixed-integer solver, set up so that it prints nothing and repeats exactly.

It is loaded when it is first asked for, because readers of results need none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Reals = npt.NDArray[np.float64]


def quiet_solver(*, interior: bool = False) -> Any:
    """Return a HiGHS solver with one thread and no output; with `interior`, an interior-point method that stays inside.

    Large programs are sooner solved so, but the answer is no corner, and sometimes there is none.
    """
    from highspy._core import _Highs  # noqa: PLC0415 (the public class prints a banner as soon as one is made)

    solver = _Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 0)
    if interior:
        solver.setOptionValue("solver", "ipm")
        solver.setOptionValue("run_crossover", "off")
    return solver


def linear_program(matrix: sparse.csr_array, rows: Reals, cost: Reals, limits: tuple[Reals, Reals]) -> Any:
    """Return the program min cost @ x with matrix @ x = rows, and x between the two `limits`."""
    import highspy  # noqa: PLC0415 (see above)

    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(cost), matrix.shape[0]
    model.col_cost_, (model.col_lower_, model.col_upper_) = cost, limits
    model.row_lower_ = model.row_upper_ = rows
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data.astype(np.float64)
    return model


def optimum(solver: Any) -> Reals | None:
    """Return the answer of a solver that has run, float64 (columns,), or None where it is not known to be the best."""
    import highspy  # noqa: PLC0415 (see above)

    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.array(solver.getSolution().col_value, dtype=np.float64)


def solved(solver: Any) -> bool:
    """Run a solver and return whether it found the optimum.

    The presolve of HiGHS 1.16 has called programs infeasible that have a solution, so a refusal is asked for twice.
    """
    import highspy  # noqa: PLC0415 (see above)

    solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        solver.setOptionValue("presolve", "off")
        solver.run()
        solver.setOptionValue("presolve", "choose")
    return bool(solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)
