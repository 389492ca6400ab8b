"""Solving a reader's equations by hand-made systems: subtraction, groups, numbers that do not fit, and steps inside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from anonymization import attack_ranges
from anonymization.attack_ranges import Group, agreeing, groups, subtract


def matrix(rows: Sequence[Sequence[float]]) -> sparse.csr_array:
    return sparse.csr_array(np.array(rows, dtype=np.float64))


def group(
    rows: Sequence[Sequence[float]], constants: Sequence[float], lowest: Sequence[float], *, integer: bool = True
) -> Group:
    wanted = np.ones(len(lowest), dtype=np.bool_)
    return Group(matrix(rows), np.array(constants), np.array(lowest), wanted, integer)


# Subtraction and groups -----------------------------------------------------------------------------------------------


def test_what_follows_is_put_into_the_other_sums() -> None:
    """x = 3; y = 10 - 3; y - z = 2; the last two are only known together."""
    rows = [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 1, -1, 0, 0], [0, 0, 1, 1, 1]]
    found = subtract(matrix(rows), np.array([3.0, 10.0, 2.0, 9.0]))
    assert found[:3].tolist() == [3.0, 7.0, 5.0]
    assert np.isnan(found[3:]).all()


def test_a_negative_coefficient_turns_the_sign() -> None:
    assert subtract(matrix([[-1, 0], [1, -1]]), np.array([-4.0, 1.0])).tolist() == [4.0, 3.0]


def test_groups_are_what_hangs_together_and_unknowns_without_sums_are_alone() -> None:
    rows = [[1, 0, 0, 1, 0], [0, 1, 0, 0, 0], [0, 0, 0, 1, 1]]
    found = {tuple(sorted(columns.tolist())): sorted(own.tolist()) for own, columns in groups(matrix(rows))}
    assert found == {(0, 3, 4): [0, 2], (1,): [1], (2,): []}


# Numbers of then ------------------------------------------------------------------------------------------------------


def agree(
    rows: Sequence[Sequence[float]], constants: Sequence[float], elastic: Sequence[int], lowest: float = 0.0
) -> list[bool]:
    width = len(rows[0])
    chosen = np.array(elastic, dtype=np.int64)
    found: npt.NDArray[np.bool_] = agreeing(matrix(rows), np.array(constants), np.full(width, lowest), chosen)
    return [bool(one) for one in found]


def test_an_earlier_sum_that_fits_stays_and_one_that_does_not_goes() -> None:
    assert agree([[1, 1], [1, 1]], [10, 10], [0]) == [True, True]
    assert agree([[1, 1], [1, 1]], [12, 10], [0]) == [False, True]
    assert agree([[1, 1], [1, 1]], [10, 12], [1]) == [True, False]
    assert agree([[1, 1], [1, 1]], [10, 12], []) == [True, True]


def test_as_few_units_as_possible_are_given_up() -> None:
    assert agree([[1], [1], [1]], [3, 3, 7], [0, 1, 2]) == [True, True, False]


def test_a_sum_below_the_least_value_does_not_fit() -> None:
    assert agree([[1, 1], [1, 0]], [3, 0], [1], lowest=1.0) == [True, False]
    assert agree([[1, 1], [1, 0]], [3, 1], [1], lowest=1.0) == [True, True]


def test_groups_do_not_answer_for_one_another() -> None:
    rows = [[1, 0, 0], [1, 0, 0], [0, 1, 1], [0, 1, 1]]
    assert agree(rows, [4, 5, 9, 9], [1, 3]) == [True, False, True, True]


def test_large_numbers_fit_as_far_as_solvers_go() -> None:
    assert agree([[1, 1], [1, 1]], [1e9, 1e9 + 1e-4], [1]) == [True, True]
    assert agree([[1, 1], [1, 1]], [1e3, 1e3 + 1], [1]) == [True, False]


# Possible tables ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lowest", "determined"),
    [
        ([0.0, 0.0], [False, False]),
        ([2.0, 2.0], [False, False]),
        ([2.0, 3.0], [True, True]),
        ([5.0, 0.0], [True, True]),
    ],
)
def test_counts_are_determined_where_no_two_tables_differ_by_one(lowest: list[float], determined: list[bool]) -> None:
    found = group([[1, 1]], [5.0], lowest).determined()
    assert found.determined.tolist() == determined
    if all(determined):
        assert found.value.tolist() == ([2.0, 3.0] if lowest[0] == 2 else [5.0, 0.0])


def test_only_whole_numbers_count_where_counts_are_few() -> None:
    """x + y = 3 and x - y = 2 - z with z of 0 or 1: in halves all can move, in whole numbers x is 2 and y is 1."""
    rows = [[1, 1, 0, 0], [1, -1, 1, 0], [0, 0, 1, 1]]
    counts = group(rows, [3.0, 2.0, 1.0], [0.0] * 4)
    assert counts.determined().determined.tolist() == [True, True, True, True]
    amounts = Group(counts.matrix, counts.constants, counts.lowest, counts.wanted, integer=False)
    assert amounts.determined().determined.tolist() == [False] * 4


def test_what_is_not_asked_for_is_never_said_to_be_determined() -> None:
    one = group([[1, 0], [0, 1]], [5.0, 6.0], [0.0, 0.0])
    asked = Group(one.matrix, one.constants, one.lowest, np.array([True, False]), integer=True)
    assert asked.determined().determined.tolist() == [True, False]


def test_steps_from_the_inside_stay_above_the_lowest_values() -> None:
    tables = attack_ranges._Tables(group([[1, 1]], [9.0], [4.0, 4.0], integer=False), whole=False)
    tables.step_inside()
    assert not tables.open().any()
    assert tables.least.min() >= 4.0 - 1e-6


def test_a_value_that_cannot_leave_its_bound_does_not_hold_the_others() -> None:
    stuck = group([[1, 1, 0], [0, 0, 1]], [5.0, 0.0], [0.0, 0.0, 0.0], integer=False)
    tables = attack_ranges._Tables(stuck, whole=False)
    tables.step_inside()
    assert tables.open().tolist() == [False, False, True]


def test_values_without_a_lowest_one_move_freely() -> None:
    free = group([[1, 1]], [0.0], [-np.inf, -np.inf], integer=False)
    assert not free.determined().determined.any()
    tables = attack_ranges._Tables(free, whole=False)
    tables.step_inside()
    assert not tables.open().any()
