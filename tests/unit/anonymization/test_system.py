"""What a linear system refuses, and what it makes of what is left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from anonymization.system import LinearSystem, information, system_of
from datasets.errors import DisclosureRuleInvalid


def system(**changes: Any) -> LinearSystem:
    """Total 30 = a 3 + b 7 + c 20; a is sensitive."""
    given: dict[str, Any] = {
        "values": [30.0, 3.0, 7.0, 20.0],
        "sums": (["sum"], sparse.csr_array(np.array([[-1.0, 1.0, 1.0, 1.0]]))),
        "sensitive": [False, True, False, False],
        "levels": ([0.0, 1.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0]),
    }
    return system_of(["total", "a", "b", "c"], **(given | changes))


def refusal(**changes: Any) -> str:
    with pytest.raises(DisclosureRuleInvalid) as caught:
        system(**changes)
    assert caught.value.problems
    assert all(problem.remedy for problem in caught.value.problems)
    return str(caught.value)


def test_what_is_left_out_is_as_usual() -> None:
    made = system()
    assert len(made) == 4
    for none in (made.known, made.frozen, made.forced):
        assert not none.any()
    assert made.least.tolist() == [0.0] * 4
    assert made.most.tolist() == [np.inf] * 4
    assert made.tolerance == 0.0
    assert made.cost.tolist() == pytest.approx(np.log1p([30.0, 3.0, 7.0, 20.0]).tolist())
    assert made.fall.tolist() == made.values.tolist()
    assert made.rise.tolist() == [np.inf] * 4
    assert made.wanted_fall.tolist() == [0.0, 1.0, 0.0, 0.0]
    assert made.wanted_rise.tolist() == [0.0, 2.0, 0.0, 0.0]
    assert made.candidates.tolist() == [True, False, True, True]


def test_a_level_ends_where_what_readers_know_does_and_only_sensitive_cells_have_one() -> None:
    made = system(levels=([9.0] * 4, [9.0] * 4), least=[0.0, 1.0, 0.0, 0.0], most=[99.0, 4.0, 99.0, 99.0])
    assert made.wanted_fall.tolist() == [0.0, 2.0, 0.0, 0.0]
    assert made.wanted_rise.tolist() == [0.0, 1.0, 0.0, 0.0]


def test_what_is_known_frozen_or_cannot_move_protects_nothing() -> None:
    values = [10.0, 3.0, 7.0, 0.0]
    assert system(values=values).candidates.tolist() == [True, False, True, False]
    assert system(values=values).movable.tolist() == [True, True, True, False]
    # A zero of which readers do not know that it cannot be less, or know a largest value, may be withheld.
    assert system(values=values, least=[0.0, 0.0, 0.0, -1.0]).candidates.tolist() == [True, False, True, True]
    assert system(values=values, most=[np.inf, np.inf, np.inf, 5.0]).candidates.tolist() == [True, False, True, True]
    assert system(values=values, frozen=[True, False, False, False]).candidates.tolist() == [False, False, True, False]
    assert system(values=values, known=[True, False, False, False]).candidates.tolist() == [False, False, True, False]
    told = system(values=values, least=[10.0, 0.0, 0.0, 0.0], most=[10.0, 9.0, 9.0, 0.0])
    assert told.told.tolist() == [True, False, False, True]
    assert told.candidates.tolist() == [False, False, True, False]
    assert system(known=[False, False, True, False]).told.tolist() == [False, False, True, False]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 2.0**53 * 2, -(2.0**60)])
def test_values_levels_and_costs_must_be_numbers(wrong: float) -> None:
    assert "cell 'b': value must be a number" in refusal(values=[30.0, 3.0, wrong, 20.0])
    assert "cell 'a': lower_protection must be" in refusal(levels=([0, wrong, 0, 0], [0] * 4))
    assert "cell 'a': upper_protection must be" in refusal(levels=([0] * 4, [0, wrong, 0, 0]))
    assert "cell 'c': cost must be a number" in refusal(cost=[1, 1, 1, wrong])


def test_bounds_may_be_without_end_but_not_otherwise_no_number() -> None:
    assert system(least=[-np.inf] * 4, most=[np.inf] * 4).fall.tolist() == [np.inf] * 4
    assert "cell 'b': lower bound must be a number" in refusal(least=[0, 0, np.nan, 0])
    assert "cell 'b': upper bound must be a number" in refusal(most=[np.inf, np.inf, np.nan, np.inf])
    assert "cell 'b': upper bound must be a number" in refusal(most=[np.inf, np.inf, 2.0**54, np.inf])
    assert "cell 'b': is below its lower bound" in refusal(least=[0, 0, np.inf, 0])
    assert "cell 'b': is above its upper bound" in refusal(most=[np.inf, np.inf, -np.inf, np.inf])


def test_the_largest_exact_number_is_taken() -> None:
    assert system(values=[2.0**53, 0.0, 0.0, 2.0**53]).values[0] == 2.0**53


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"least": [0, 4, 0, 0]}, "cell 'a': is below its lower bound"),
        ({"most": [99, 99, 6, 99]}, "cell 'b': is above its upper bound"),
        ({"levels": ([0, -1, 0, 0], [0] * 4)}, "cell 'a': has a negative protection level"),
        ({"levels": ([0] * 4, [0, -1, 0, 0])}, "cell 'a': has a negative protection level"),
        ({"cost": [1, 1, 0, 1]}, "cell 'b': has a cost that is not positive"),
        ({"cost": [1, 1, 1, -2]}, "cell 'c': has a cost that is not positive"),
        ({"frozen": [0, 1, 0, 0]}, "cell 'a': is both sensitive and frozen"),
        ({"known": [0, 1, 0, 0]}, "cell 'a': is both sensitive and known to everybody"),
        ({"least": [0, 3, 0, 0], "most": [99, 3, 99, 99]}, "cell 'a': is sensitive although its bounds tell"),
        ({"forced": [0, 0, 1, 0], "frozen": [0, 0, 1, 0]}, "cell 'b': must be both shown and withheld"),
        ({"forced": [0, 0, 1, 0], "known": [0, 0, 1, 0]}, "cell 'b': must be both shown and withheld"),
    ],
)
def test_demands_that_contradict_each_other_are_refused(changes: dict[str, list[float]], told: str) -> None:
    flags = ("frozen", "known", "forced")
    given = {name: np.array(one, dtype=np.bool_) if name in flags else one for name, one in changes.items()}
    assert told in refusal(**given)


def test_demands_at_the_limits_are_taken() -> None:
    system(least=[30, 3, 7, 20], levels=([0] * 4, [0] * 4))
    system(most=[30, 3, 7, 20], cost=[1e-300] * 4, frozen=np.array([True, False, True, True]))
    system(sensitive=[False] * 4)


def test_sums_that_do_not_add_up_are_told_by_their_part_never_by_a_value() -> None:
    told = refusal(values=[31.0, 3.0, 7.0, 20.0])
    assert "relation 'sum': does not add up, by 0.016 of what it adds up" in told
    assert "31" not in told


def test_sums_may_be_off_by_the_tolerance() -> None:
    assert system(values=[31.0, 3.0, 7.0, 20.0], tolerance=1 / 61).tolerance == 1 / 61
    assert "does not add up" in refusal(values=[31.0, 3.0, 7.0, 20.0], tolerance=0.0163)
    assert "does not add up" in refusal(values=[30.0 + 1e-9, 3.0, 7.0, 20.0])
    system(values=[3.0 + 0.3, 0.1, 0.2, 3.0])


@pytest.mark.parametrize("tolerance", [np.nan, np.inf, -0.1, 1.0])
def test_a_tolerance_that_would_let_everything_pass_is_refused(tolerance: float) -> None:
    assert "tolerance: must be a part of a sum" in refusal(tolerance=tolerance)


@pytest.mark.parametrize("decimals", range(7))
def test_coefficients_of_up_to_six_decimals_are_calculated_in_whole_numbers(decimals: int) -> None:
    small = 10.0**-decimals
    made = system(values=[3.0 * small, 3.0, 0.0, 0.0], sums=(["r"], sparse.csr_array(np.array([[-1.0, small, 0, 0]]))))
    assert made.whole_matrix.toarray().tolist() == [[-(10**decimals), 1, 0, 0]]
    assert made.whole_matrix.dtype == np.int64


@pytest.mark.parametrize(
    ("large", "decimals"), [(123456.0001, 4), (999999.999, 3), (1234.000001, 6), (100000.00005, 5), (0.1 + 0.2, 1)]
)
def test_decimals_of_a_large_coefficient_are_not_rounded_away(large: float, decimals: int) -> None:
    """They tell: what 123456.0001 times a cell and 123456 times it differ by is a ten-thousandth of it."""
    matrix = sparse.csr_array(np.array([[large, -1.0, 0.0, 0.0]]))
    made = system(values=[0.0] * 4, sums=(["r"], matrix))
    assert made.whole_matrix.toarray()[0, :2].tolist() == [round(large * 10**decimals), -(10**decimals)]


@pytest.mark.parametrize("wrong", [1e-7, 1e-12, 1 / 3, 0.1234567, 1234.0000001, 1e6, np.nan, np.inf])
def test_coefficients_that_cannot_be_calculated_in_whole_numbers_are_refused(wrong: float) -> None:
    matrix = sparse.csr_array(np.array([[wrong, -1.0, 0.0, 0.0]]))
    told = refusal(values=[0.0] * 4, sums=(["r"], matrix))
    assert "relations: a coefficient is not a number of at most 6 decimals below a million" in told


def test_a_coefficient_is_what_all_its_entries_add_up_to() -> None:
    entries = ([2.0, -1.0, -1.0, 1.0, -1.0, 0.0], ([0, 0, 0, 0, 0, 0], [1, 1, 0, 2, 2, 3]))
    twice = sparse.csr_array((entries[0], entries[1][1], [0, 6]), shape=(1, 4))
    made = system(values=[3.0, 3.0, 7.0, 20.0], sums=(["r"], twice))
    assert made.matrix.nnz == 2
    assert made.whole_matrix.toarray().tolist() == [[-1, 1, 0, 0]]


def test_fields_of_other_lengths_are_refused() -> None:
    assert "cost: must have one entry for each cell" in refusal(cost=[1.0, 2.0])
    assert "values: must have one entry" in refusal(values=[1.0])
    assert "lower: must have one entry" in refusal(levels=([1.0], [0.0] * 4))
    assert "relations: must have one entry" in refusal(sums=(["a", "b"], sparse.csr_array((1, 4))))
    assert "relations: must have one entry" in refusal(sums=(["a"], sparse.csr_array((1, 5))))


def test_a_cell_has_one_name() -> None:
    numbers, none = [2.0, 1.0, 1.0], np.zeros(3)
    sums = (["sum"], sparse.csr_array(np.array([[-1.0, 1.0, 1.0]])))
    with pytest.raises(DisclosureRuleInvalid, match="cell 'a': is there twice"):
        system_of(["total", "a", "a"], numbers, sums, sensitive=none, levels=(none, none))


def test_only_the_first_problems_of_a_kind_are_told_one_by_one() -> None:
    width = 50
    given: dict[str, Any] = {
        "sums": ([f"r{row}" for row in range(width)], sparse.csr_array(np.eye(width))),
        "sensitive": [False] * width,
        "levels": ([0.0] * width, [0.0] * width),
    }
    names = [f"c{cell}" for cell in range(width)]
    with pytest.raises(DisclosureRuleInvalid) as caught:
        system_of(names, np.ones(width), **given)
    assert len(caught.value.problems) == 21
    assert str(caught.value.problems[-1]) == "relations: 30 more do not add up. correct the values"
    with pytest.raises(DisclosureRuleInvalid) as caught:
        system_of(names, np.full(width, np.nan), cost=np.ones(width), **given)
    assert len(caught.value.problems) == 20
    with pytest.raises(DisclosureRuleInvalid) as caught:
        system_of(names, np.zeros(width), cost=np.zeros(width), **given)
    assert len(caught.value.problems) == 20


def test_information_is_positive_for_every_value() -> None:
    numbers: npt.NDArray[np.float64] = np.array([0.0, 1e-9, -5.0, 5.0, 2.0**53])
    prices = information(numbers)
    assert (prices > 0).all()
    assert prices[2] == prices[3] == np.log1p(5.0)
    assert prices[0] == prices[1] == np.log1p(1e-3)


def test_a_changed_copy_is_checked_again() -> None:
    with pytest.raises(DisclosureRuleInvalid):
        replace(system(), values=np.full(4, np.nan))


@pytest.mark.parametrize("width", [0, 1])
def test_systems_of_no_relations_and_hardly_any_cells_are_taken(width: int) -> None:
    names = ["only"] * width
    made = system_of(
        names, [4.0] * width, ([], sparse.csr_array((0, width))), sensitive=[True] * width, levels=([1.0] * width,) * 2
    )
    assert len(made) == width
    assert made.whole_matrix.shape == (0, width)


def test_a_cell_that_stands_in_a_sum_with_nothing_is_no_wrong_coefficient() -> None:
    stored = sparse.csr_array(([-1.0, 1.0, 0.0], [1, 2, 3], [0, 3]), shape=(1, 4))
    made = replace(system(), relations=("r",), matrix=stored, values=np.array([30.0, 7.0, 7.0, 20.0]))
    assert made.whole_matrix.toarray().tolist() == [[0, -1, 1, 0]]
