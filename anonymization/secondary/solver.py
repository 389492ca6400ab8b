"""The linear and mixed-integer solver, set up so that it prints nothing and repeats exactly."""

from __future__ import annotations

from typing import Any

import highspy
from highspy._core import _Highs  # the public class prints a banner as soon as one is made


def quiet_solver() -> Any:
    """Return a HiGHS solver with one thread and no output."""
    solver = _Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 0)
    return solver


def solved(solver: Any) -> bool:
    """Run a solver and return whether it found the optimum.

    The presolve of HiGHS 1.16 has called programs infeasible that have a solution, so a refusal is asked for twice.
    """
    solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        solver.setOptionValue("presolve", "off")
        solver.run()
        solver.setOptionValue("presolve", "choose")
    return bool(solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)
