"""The solver: set up to repeat exactly, asked for programs worked out by hand, and believed when it is sure."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import highspy
import numpy as np
import pytest
from scipy import sparse

from anonymization.secondary.solver import linear_program, optimum, quiet_solver, solved

STATUS = highspy.HighsModelStatus


def option(solver: Any, name: str) -> object:
    return solver.getOptionValue(name)[1]


def test_it_prints_nothing_uses_one_thread_and_repeats(capfd: pytest.CaptureFixture[str]) -> None:
    solver = quiet_solver()
    assert (option(solver, "output_flag"), option(solver, "threads"), option(solver, "random_seed")) == (False, 1, 0)
    assert (option(solver, "solver"), option(solver, "run_crossover")) == ("choose", "on")
    inside = quiet_solver(interior=True)
    assert (option(inside, "output_flag"), option(inside, "threads"), option(inside, "random_seed")) == (False, 1, 0)
    assert (option(inside, "solver"), option(inside, "run_crossover")) == ("ipm", "off")
    inside.passModel(program())
    assert solved(inside)
    assert capfd.readouterr() == ("", "")


def program(*, rows: float = 7.0, upper: float = 3.0) -> Any:
    """The cheapest x and 2 y that make up 7, where x is at most 3 and y from 1 to 9; x costs 1 and y 5."""
    matrix = sparse.csr_array(np.array([[1, 2]]))
    limits = (np.array([0.0, 1.0]), np.array([upper, 9.0]))
    return linear_program(matrix, np.array([rows]), np.array([1.0, 5.0]), limits)


@pytest.mark.parametrize(("interior", "expected"), [(False, [3.0, 2.0]), (True, [3.0, 2.0])])
def test_the_cheapest_within_the_limits_is_found(interior: bool, expected: list[float]) -> None:
    solver = quiet_solver(interior=interior)
    solver.passModel(program())
    assert optimum(solver) is None  # it has not run
    solver.run()
    found = optimum(solver)
    assert found is not None
    assert found.tolist() == pytest.approx(expected, abs=1e-5)
    assert found.dtype == np.float64
    assert solver.getInfo().objective_function_value == pytest.approx(13, abs=1e-4)


def test_several_rows_and_columns_without_end() -> None:
    """x + y = 4, y - z = 1, and z costs least: it is 3, and x nothing."""
    matrix = sparse.csr_array(np.array([[1, 1, 0], [0, 1, -1]]))
    limits = (np.zeros(3), np.full(3, np.inf))
    solver = quiet_solver()
    solver.passModel(linear_program(matrix, np.array([4.0, 1.0]), np.array([3.0, 1.0, 1.0]), limits))
    assert solved(solver)
    found = optimum(solver)
    assert found is not None
    assert found.tolist() == pytest.approx([0, 4, 3])


def test_what_has_no_answer_is_not_answered() -> None:
    solver = quiet_solver()
    solver.passModel(program(rows=30.0))
    assert not solved(solver)
    assert optimum(solver) is None
    assert option(solver, "presolve") == "choose"


class Stubborn:
    """Finds nothing as long as it simplifies programs first."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.presolve, self.seen = list(answers), "choose", list[str]()

    def setOptionValue(self, name: str, value: str) -> None:  # noqa: N802 (as the solver has it)
        assert name == "presolve"
        self.presolve = value

    def run(self) -> None:
        self.seen.append(self.presolve)

    def getModelStatus(self) -> Any:  # noqa: N802
        return self.answers[len(self.seen) - 1]


@pytest.mark.parametrize(
    ("answers", "seen", "found"),
    [
        ([STATUS.kOptimal], ["choose"], True),
        ([STATUS.kInfeasible, STATUS.kOptimal], ["choose", "off"], True),
        ([STATUS.kInfeasible, STATUS.kInfeasible], ["choose", "off"], False),
        ([STATUS.kIterationLimit], ["choose"], False),
    ],
)
def test_a_refusal_is_asked_for_twice(answers: list[Any], seen: list[str], found: bool) -> None:
    solver = Stubborn(*answers)
    assert solved(solver) is found
    assert (solver.seen, solver.presolve) == (seen, "choose")


def test_only_an_optimum_is_believed() -> None:
    def ended(status: Any) -> Any:
        return SimpleNamespace(getModelStatus=lambda: status, getSolution=lambda: SimpleNamespace(col_value=[1.0, 2.0]))

    assert optimum(ended(STATUS.kUnknown)) is None
    assert optimum(ended(STATUS.kTimeLimit)) is None
    found = optimum(ended(STATUS.kOptimal))
    assert found is not None
    assert found.tolist() == [1.0, 2.0]
