"""Rules for sums at the border between shown and withheld, in whole numbers."""

from __future__ import annotations

import numpy as np
import pytest

from anonymization.primary.concentration import dominance, p_percent, prior_posterior
from anonymization.primary.contributions import given_contributions
from anonymization.primary.sensitivity import Reason
from datasets.disclosure import Dominance, PPercent, PriorPosterior


@pytest.mark.parametrize(("total", "sensitive"), [(99, True), (100, False), (101, False)])
def test_exactly_k_percent_is_not_more_than_k_percent(total: int, sensitive: bool) -> None:
    cell = given_contributions(np.array([total]), np.array([[45, 45]]), np.array([9]))
    found = dominance(cell, Dominance(n=2, k=90))
    assert found.sensitive.tolist() == [sensitive]
    assert found.reason.tolist() == [Reason.DOMINANCE if sensitive else Reason.NONE]


@pytest.mark.parametrize(("rest", "sensitive"), [(6, True), (7, False), (8, False)])
def test_a_rest_of_exactly_p_percent_hides_enough(rest: int, sensitive: bool) -> None:
    cell = given_contributions(np.array([70 + 30 + rest]), np.array([[70, 30]]), np.array([9]))
    assert p_percent(cell, PPercent(p=10)).sensitive.tolist() == [sensitive]
    assert prior_posterior(cell, PriorPosterior(p=5, q=50)).sensitive.tolist() == [sensitive]


def test_a_cell_of_nothing_has_no_largest_contributor() -> None:
    cell = given_contributions(np.array([0]), np.array([[0, 0]]), np.array([9]))
    for found in (
        dominance(cell, Dominance(n=1, k=50)),
        p_percent(cell, PPercent(p=10)),
        prior_posterior(cell, PriorPosterior(p=10, q=50)),
    ):
        assert found.sensitive.tolist() == [False]


def test_parts_of_a_unit_are_judged_like_whole_ones() -> None:
    cell = given_contributions(np.array([0.99]), np.array([[0.45, 0.45]]), np.array([9]))
    for found in (
        dominance(cell, Dominance(n=2, k=90)),
        p_percent(cell, PPercent(p=21)),
        prior_posterior(cell, PriorPosterior(p=21, q=100)),
    ):
        assert found.sensitive.tolist() == [True]


def test_the_lower_level_is_never_more_than_the_cell_holds() -> None:
    cell = given_contributions(np.array([100]), np.array([[60, 10]]), np.array([9]))
    found = dominance(cell, Dominance(n=1, k=20))
    assert found.upper.tolist() == [200.0]
    assert found.lower.tolist() == [100.0]


def test_rounding_of_largest_contributions_leaves_no_negative_rest() -> None:
    cell = given_contributions(np.array([100.0]), np.array([[70.0, 30.0 + 1e-9]]), np.array([2]))
    assert p_percent(cell, PPercent(p=10)).upper.tolist() == [7.0]
