"""Small-count rounding: what is changed, what is not, and which systems it cannot take."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from anonymization.perturbation.small_counts import inner_sums, round_small_counts
from datasets.errors import DisclosureRuleInvalid
from tests.unit.anonymization.builders import cube


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("base", [3, 5])
def test_only_small_inner_cells_change_and_all_totals_follow(seed: int, base: int) -> None:
    random = np.random.default_rng(seed)
    tables = cube(random.poisson(random.exponential(4, size=(6, 5, 4))))
    matrix, counts = tables.relations.matrix, tables.contributors
    found = round_small_counts(matrix, counts, base=base)
    inner = (tables.nodes.coordinates > 0).all(axis=1)
    small = inner & (counts > 0) & (counts < base)
    assert set(found.values[small].tolist()) == {0, base}
    assert (found.values[inner & ~small] == counts[inner & ~small]).all()
    assert not (matrix @ found.values).any()
    assert not ((found.values > 0) & (found.values < base)).any()
    assert ((found.lowest <= counts) & (counts <= found.highest)).all()
    # Nearer to all counts together than rounding each small cell to its own nearest and adding up.
    alone = np.where(small, (counts + base // 2) // base * base, counts)
    sums = inner_sums(matrix)[1]
    blind = sums @ alone[inner_sums(matrix)[0]]
    assert ((found.values - counts) ** 2).sum() <= ((blind - counts) ** 2).sum()


def test_nothing_small_changes_nothing() -> None:
    tables = cube([[30, 40], [50, 0]])
    found = round_small_counts(tables.relations.matrix, tables.contributors, base=3)
    assert (found.values == tables.contributors).all()
    assert "1 to 2" in found.statement.en
    assert "từ 1 đến 2" in found.statement.vi


def test_sums_in_a_circle_and_sums_that_do_not_follow_are_refused() -> None:
    circle = sparse.csr_array(np.array([[1, 0, -1], [-1, 0, 1]]))
    spiral = sparse.csr_array(np.array([[1, 1, -1], [-1, 0, 1]]))
    for matrix in (circle, spiral):
        with pytest.raises(DisclosureRuleInvalid, match="circle"):
            round_small_counts(matrix, np.array([1, 0, 1]), base=3)
    # Old and new provinces of the same people: neither kind is made of the other.
    linked = sparse.csr_array(np.array([[1, 1, 0, 0, -1], [0, 0, 1, 1, -1]]))
    with pytest.raises(DisclosureRuleInvalid, match="do not follow from the cells inside"):
        round_small_counts(linked, np.array([1, 4, 2, 3, 5]), base=3)
