"""What it costs to withhold a cell, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse

from anonymization.secondary.costs import Costs
from datasets.cell_rules import Price

FACTOR = np.array([1.0, 2.0, 0.5, 1.0])
VALUES = np.array([3.0, 7.0, 0.0, -3.0])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("value", [3.0, 14.0, 0.0, -3.0]),
        ("count", [1.0, 2.0, 0.5, 1.0]),
        ("information", [math.log(4), 2 * math.log(8), 0.0, math.log(4)]),
    ],
)
def test_a_cell_costs_its_value_one_or_its_information_times_its_factor(kind: Price, expected: list[float]) -> None:
    assert Costs(kind, FACTOR).of(VALUES).tolist() == pytest.approx(expected)


PATTERN = sparse.csr_array(
    np.array(
        [
            [1, 1, 1, 1, 0],  # the first is to be protected: a sum in need
            [2, 0, 1, 0, 1],  # in need twice over, which counts once
            [0, 1, 1, 1, 0],  # nobody in it is
            [0, 0, 0, 1, 1],  # only an unknown amount at the end is
        ]
    )
)
PROTECT = np.array([True, False, False, False, True])


@pytest.mark.parametrize(("kind", "own"), [("count", FACTOR), ("information", FACTOR * np.log1p(np.abs(VALUES)))])
def test_a_price_is_divided_among_the_sums_in_need_that_a_cell_stands_in(kind: Price, own: list[float]) -> None:
    shared = Costs(kind, FACTOR).shared(VALUES, PATTERN, PROTECT)
    assert shared.tolist() == pytest.approx((np.array(own) / [3, 2, 3, 3]).tolist())
    first = Costs(kind, FACTOR).shared(VALUES, PATTERN, np.array([True, False, False, False, False]))
    assert first.tolist() == pytest.approx((np.array(own) / [3, 2, 3, 2]).tolist())


def test_prices_by_value_are_not_shared() -> None:
    assert Costs("value", FACTOR).shared(VALUES, PATTERN, PROTECT).tolist() == [3.0, 14.0, 0.0, -3.0]
