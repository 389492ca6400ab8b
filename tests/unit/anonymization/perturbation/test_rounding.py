"""Rounding cell by cell: where halves go, what the ranges are, and that random rounding is not biased."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anonymization.perturbation.counts import Perturbed, require_counts, require_sums
from anonymization.perturbation.rounding import round_nearest, round_randomly
from anonymization.relations import Ints, from_entries
from datasets.errors import DisclosureRuleInvalid

COUNTS = np.arange(200)


def true_ranges(values: Ints, published: Ints) -> list[tuple[int, int]]:
    """For each published number the least and greatest count that were published as it."""
    same = [values[published == one] for one in published]
    return [(int(one.min()), int(one.max())) for one in same]


def ranges(found: Perturbed) -> list[tuple[int, int]]:
    return list(zip(found.lowest.tolist(), found.highest.tolist(), strict=True))


@pytest.mark.parametrize(
    ("base", "expected"), [(5, [0, 0, 0, 5, 5, 5]), (10, [0, 0, 0, 0, 0, 10]), (3, [0, 0, 3, 3, 3, 6])]
)
def test_the_nearest_multiple_with_halves_upwards(base: int, expected: list[int]) -> None:
    assert round_nearest(np.arange(6), base=base).values.tolist() == expected


@pytest.mark.parametrize("base", [2, 3, 5, 10])
def test_the_ranges_are_exactly_the_counts_that_are_published_so(base: int) -> None:
    found = round_nearest(COUNTS, base=base)
    inside = COUNTS < 180
    assert [one for one, kept in zip(ranges(found), inside, strict=True) if kept] == [
        one for one, kept in zip(true_ranges(COUNTS, found.values), inside, strict=True) if kept
    ]
    assert int(np.abs(found.values - COUNTS).max()) == base // 2
    assert str(base // 2) in found.statement.en
    assert str(base // 2) in found.statement.vi


@pytest.mark.parametrize("base", [2, 3, 5])
def test_random_rounding_keeps_multiples_and_is_right_on_average(base: int) -> None:
    random = np.random.default_rng(1)
    drawn = [round_randomly(COUNTS, base=base, random=random) for _ in range(4000)]
    values = np.array([one.values for one in drawn])
    assert (values % base == 0).all()
    assert (np.abs(values - COUNTS) < base).all()
    assert (values[:, COUNTS % base == 0] == COUNTS[COUNTS % base == 0]).all()
    # Four standard errors of the mean of 4,000 draws.
    assert np.abs(values.mean(axis=0) - COUNTS).max() < 4.5 * base / 2 / np.sqrt(4000)
    assert all(((one.lowest <= COUNTS) & (one.highest >= COUNTS)).all() for one in drawn)


def test_the_same_seed_draws_the_same() -> None:
    first, second = (round_randomly(COUNTS, base=3, random=np.random.default_rng(5)) for _ in range(2))
    assert (first.values == second.values).all()


@pytest.mark.parametrize("base", [1, 0, -5, 2**31, True, 2.5])
def test_a_base_that_is_none_is_refused(base: Any) -> None:
    with pytest.raises(DisclosureRuleInvalid, match="the base must be a whole number from 2 on"):
        round_nearest(COUNTS, base=base)


@pytest.mark.parametrize(
    "values", [np.array([-1]), np.array([2**53]), np.array([1.0]), np.array([[1]]), np.array([np.nan])]
)
def test_what_is_no_count_is_refused_and_not_told(values: Any) -> None:
    with pytest.raises(DisclosureRuleInvalid) as refused:
        require_counts(values)
    assert str(2**53) not in str(refused.value)


def test_sums_that_do_not_hold_are_named_but_not_by_how_much() -> None:
    matrix = from_entries(np.array([1, 1, -1, 1, -1]), np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1]), (2, 3))
    require_sums(matrix, np.array([77, 77, 154]))
    with pytest.raises(DisclosureRuleInvalid, match="relation 1 of 2: counts do not add up here, nor in 0 other"):
        require_sums(matrix, np.array([77, 77, 155]))
    require_sums(matrix, np.array([3, 3, 1]), modulus=5)
    with pytest.raises(DisclosureRuleInvalid, match="cell keys do not add up"):
        require_sums(matrix, np.array([3, 3, 2]), modulus=5)
    with pytest.raises(DisclosureRuleInvalid, match="3 cells have relations and 2 have values"):
        require_sums(matrix, np.array([3, 3]))
    with pytest.raises(DisclosureRuleInvalid, match="too large"):
        require_sums(matrix, np.array([2**61, 2**61, 2**62]))
