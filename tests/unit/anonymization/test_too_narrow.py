"""What the audit says of unknowns that must seem able to reach a number."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from anonymization.attack_intervals import too_narrow

SUM = sparse.csr_array(np.array([[1.0, 1.0]]))
"""Two unknowns that add up to a shown number."""


def test_an_unknown_that_cannot_reach_its_number_is_too_narrow() -> None:
    found = too_narrow((SUM, np.array([7.0]), np.array([1.0, 1.0])), np.array([5.0, 7.0]))
    assert found.tolist() == [False, True]


def test_nothing_is_asked_of_the_others() -> None:
    found = too_narrow((SUM, np.array([3.0]), np.array([1.0, 1.0])), np.array([-np.inf, -np.inf]))
    assert found.tolist() == [False, False]


def test_equations_that_nothing_fits_prove_nothing() -> None:
    found = too_narrow((SUM, np.array([1.0]), np.array([1.0, 1.0])), np.array([5.0, -np.inf]))
    assert found.tolist() == [True, False]
