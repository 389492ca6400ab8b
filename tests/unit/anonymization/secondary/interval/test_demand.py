"""The same system row by row and column by column."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from anonymization.secondary.interval.demand import Demand


def test_rows_and_columns_are_the_matrix_in_order() -> None:
    dense = np.array([[0.0, 2.0, -1.0], [3.5, 0.0, 1.0]])
    unsorted = sparse.csr_array(([-1.0, 2.0, 1.0, 3.5], [2, 1, 2, 0], [0, 2, 4]), shape=(2, 3))
    none = np.zeros(3)
    demand = Demand(unsorted, none, none, none, none, np.ones(3), none > 0)
    assert demand.width == 3
    assert [one.tolist() for one in demand.rows] == [[0, 2, 4], [1, 2, 0, 2], [2.0, -1.0, 3.5, 1.0]]
    assert [one.tolist() for one in demand.columns] == [[0, 1, 2, 4], [1, 0, 0, 1], [3.5, 2.0, -1.0, 1.0]]
    assert (demand.matrix.toarray() == dense).all()
    assert [one.dtype for one in demand.rows] == [np.int64, np.int64, np.float64]
