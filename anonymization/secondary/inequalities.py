"""Sums that need not hold, as what holds in their place."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from anonymization.relations import Flags, Ints


def loosened(matrix: sparse.csr_array, exact: Flags) -> tuple[sparse.csr_array, Ints]:
    """Replace every relation that is not exact by inequalities: nothing on one side exceeds the sum of the other.

    For a parent and its children: parent >= each child, sum of children >= parent. Each inequality gets a gap, a column
    of its own with the entry -1. Returns the rows and, int64 (rows,), the relation that each of them comes from.
    """
    firm, loose = np.flatnonzero(exact), np.flatnonzero(~exact)
    kept, sums = matrix[firm], matrix[loose]
    entries = sums.tocoo()
    sides = {sign: sparse.csr_array((sums * sign).maximum(0)) for sign in (1, -1)}
    order = np.argsort(entries.data, kind="stable")
    above, below = np.split(order, [int((entries.data < 0).sum())])
    other = sparse.vstack([sides[1][entries.row[above]], sides[-1][entries.row[below]]])
    count = entries.nnz
    own = sparse.csr_array((np.ones(count), (np.arange(count), entries.col[order])), shape=(count, matrix.shape[1]))
    inequalities = sparse.hstack([sparse.csr_array(other - own), -sparse.eye_array(count)])
    empty = sparse.csr_array((kept.shape[0], count))
    rows = sparse.csr_array(sparse.vstack([sparse.hstack([kept, empty]), inequalities]).astype(np.int64))
    return rows, np.concatenate([firm, loose[entries.row[order]]])
