"""Half to even, exactly, against Python's decimal arithmetic."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.rounding import rounded, rounded_ratio


@pytest.mark.parametrize(
    ("above", "below", "decimals", "expected"),
    [
        (107, 40, 2, 2.68),
        (1, 8, 2, 0.12),
        (3, 8, 2, 0.38),
        (5, 2, 0, 2.0),
        (7, 2, 0, 4.0),
        (-5, 2, 0, -2.0),
        (0, 3, 2, 0.0),
    ],
)
def test_ties_go_to_the_even_digit(above: int, below: int, decimals: int, expected: float) -> None:
    assert rounded_ratio(np.array([above]), np.array([below]), decimals).tolist() == [expected]


def test_a_ratio_may_be_per_many() -> None:
    assert rounded_ratio(np.array([3]), np.array([7]), 1, per=100_000).tolist() == [42857.1]


@given(
    above=st.integers(-(2**62), 2**62),
    below=st.integers(1, 2**62),
    decimals=st.integers(0, 6),
    per=st.sampled_from([1, 1000, 100_000]),
)
def test_it_agrees_with_decimal_arithmetic(above: int, below: int, decimals: int, per: int) -> None:
    with localcontext(prec=120):
        exact = Decimal(above) * per / Decimal(below)
        expected = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    found = rounded_ratio(np.array([above]), np.array([below]), decimals, per=per)[0]
    assert found == pytest.approx(float(expected), rel=1e-15)


def test_numbers_that_are_not_whole_are_rounded_too() -> None:
    assert rounded(np.array([0.5, 1.5, 2.25]), 0).tolist() == [0.0, 2.0, 2.0]


def test_means_of_written_decimals_go_to_the_even_digit() -> None:
    """0.50, 0.55 and 0.60 have the mean 0.55, which no floating-point number is."""
    assert rounded(np.array([1.65, 1.15]), 1, below=np.array([3, 2])).tolist() == [0.6, 0.6]
    assert rounded(np.array([1.15]), 2, below=np.array([2])).tolist() == [0.58]
    assert rounded(np.array([0.575, 2.675, -0.125]), 2).tolist() == [0.58, 2.68, -0.12]


@given(millionths=st.integers(-(10**14), 10**14), below=st.integers(1, 10**6), decimals=st.integers(0, 6))
def test_sums_of_millionths_agree_with_decimal_arithmetic(millionths: int, below: int, decimals: int) -> None:
    with localcontext(prec=60):
        exact = Decimal(millionths) / 1_000_000 / below
        expected = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    total = millionths // 1_000_000 + millionths % 1_000_000 / 1e6
    assert rounded(np.array([total]), decimals, below=np.array([below]))[0] == pytest.approx(float(expected), rel=1e-15)


def test_amounts_beyond_a_thousand_million_are_rounded_as_they_are() -> None:
    assert rounded(np.array([2.5e15, 4e12]), 0, below=np.array([1, 3])).tolist() == [2.5e15, 1333333333333.0]
