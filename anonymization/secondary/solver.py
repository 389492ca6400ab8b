"""The linear and mixed-integer solver, set up so that it prints nothing and repeats exactly."""

from __future__ import annotations

from typing import Any

from highspy._core import _Highs  # the public class prints a banner as soon as one is made


def quiet_solver() -> Any:
    """Return a HiGHS solver with one thread and no output."""
    solver = _Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 0)
    return solver
