"""What is said to be beyond help in a large system: protected columns alone."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from anonymization.secondary.large import choose_in_levels


def test_what_is_determined_and_asks_for_no_protection_is_not_beyond_help() -> None:
    """The first column needs company in its sum; the last is told by a relation of its own, and may be."""
    matrix = sparse.csr_array(np.array([[1, 1, -1, 0], [0, 0, 0, 1]]))
    withheld, helpless = choose_in_levels(
        matrix,
        unknown=np.array([True, False, False, True]),
        protect=np.array([True, False, False, False]),
        candidates=np.array([1, 2]),
        random=np.random.default_rng(1),
    )
    assert withheld.tolist() == [False, True, False, False]
    assert helpless.tolist() == [False] * 4
    # With nothing to withhold it is beyond help itself.
    withheld, helpless = choose_in_levels(
        matrix,
        unknown=np.array([True, False, False, True]),
        protect=np.array([True, False, False, False]),
        candidates=np.zeros(0, dtype=np.int64),
        random=np.random.default_rng(1),
    )
    assert withheld.tolist() == [False] * 4
    assert helpless.tolist() == [True, False, False, False]
