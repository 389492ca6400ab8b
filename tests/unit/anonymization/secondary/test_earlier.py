"""Cells that only an earlier release has, in the third step of secondary suppression."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from anonymization.secondary.knowledge import what_is_known
from anonymization.secondary.places import Places
from anonymization.secondary.search import Search
from tests.unit.anonymization.builders import cube, rules


def test_a_cell_beside_no_present_one_cannot_be_helped_by_withholding() -> None:
    """Two cells of then add up to 2, and each is at least 1: no present cell stands in their sum."""
    tables = cube([[9, 8], [7, 6]])
    (known,) = what_is_known(tables, rules())
    nodes = len(tables.nodes)
    more = sparse.csr_array(([1, 1, 1], ([0, 0, 0], [nodes, nodes + 1, nodes + 2])), shape=(1, nodes + 3))
    wide = sparse.csr_array((known.matrix.shape[0], 3), dtype=np.int64)
    pinned = replace(
        known,
        matrix=sparse.csr_array(sparse.vstack([sparse.hstack([known.matrix, wide]), more])).astype(np.int64),
        truth=np.concatenate([known.truth, [1.0, 1.0, -2.0]]),
        lower=np.concatenate([known.lower, [1.0, 1.0, -np.inf]]),
        guarded=np.concatenate([known.guarded, [True, False, False]]),
        told=np.array([nodes + 2]),
    )
    search = Search(pinned, np.ones(nodes), Places(tables.nodes, tables.dimensions))
    nothing = np.zeros(nodes, dtype=np.bool_)
    bought, lost = search.widen(nothing, ~nothing)
    assert not bought.any()
    assert not lost.any()
