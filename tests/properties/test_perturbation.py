"""Perturbation on thousands of small tables, beside what trying every possibility finds."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import sparse

from anonymization.perturbation.averaging import narrow
from anonymization.perturbation.cell_key import cell_keys, perturb
from anonymization.perturbation.controlled_rounding import round_controlled
from anonymization.perturbation.noise_table import entropy_noise
from anonymization.perturbation.rounding import round_nearest, round_randomly
from anonymization.perturbation.small_counts import round_small_counts
from anonymization.relations import Ints
from datasets.errors import DisclosureRuleInvalid
from tests.unit.anonymization.builders import cube

NOISE = entropy_noise(2.0, 5)
MILD = entropy_noise(1.0, 3)
SHAPES = st.sampled_from([(2, 2), (3, 2), (2, 2, 2), (3,), (4,)])


@st.composite
def systems(draw: st.DrawFn) -> tuple[sparse.csr_array, Ints]:
    """The relations and counts of a small cube with its margins."""
    shape = draw(SHAPES)
    size = int(np.prod(shape))
    inner = draw(st.lists(st.integers(0, 9), min_size=size, max_size=size))
    tables = cube(np.array(inner).reshape(shape))
    return tables.relations.matrix, tables.contributors


def every_rounding(matrix: sparse.csr_array, counts: Ints, base: int) -> list[Ints]:
    """All additive tables of neighbouring multiples, found by trying every choice of inner cells."""
    heads = {int(matrix.indices[place]) for place in range(matrix.nnz) if matrix.data[place] < 0}
    inner = [cell for cell in range(len(counts)) if cell not in heads]
    choices = [sorted({int(counts[cell]) // base, -(-int(counts[cell]) // base)}) for cell in inner]
    found = []
    for choice in product(*choices):
        values = np.full(len(counts), -1)
        values[inner] = np.array(choice) * base
        while (values < 0).any():
            for row in range(matrix.shape[0]):
                at = slice(matrix.indptr[row], matrix.indptr[row + 1])
                cells, factors = matrix.indices[at], matrix.data[at]
                if (values[cells[factors > 0]] >= 0).all():
                    values[cells[factors < 0]] = values[cells[factors > 0]].sum()
        if not (matrix @ values).any() and (np.abs(values - counts) < base).all():
            kept = counts % base == 0
            if (values[kept] == counts[kept]).all():
                found.append(values)
    return found


@settings(max_examples=80, deadline=None)
@given(systems(), st.sampled_from([2, 3, 5]))
def test_controlled_rounding_is_the_nearest_of_all_or_refused_when_there_is_none(
    system: tuple[sparse.csr_array, Ints], base: int
) -> None:
    matrix, counts = system
    possible = every_rounding(matrix, counts, base)
    if not possible:
        with pytest.raises(DisclosureRuleInvalid, match="there is no rounding"):
            round_controlled(matrix, counts, base=base)
        return
    found = round_controlled(matrix, counts, base=base)
    assert any((found.published.values == one).all() for one in possible)
    assert found.distance == min(int(np.abs(one - counts).sum()) for one in possible)
    assert found.optimal


@settings(max_examples=80, deadline=None)
@given(systems(), st.sampled_from([2, 3, 5]), st.integers(0, 99))
def test_the_true_counts_are_always_within_the_ranges(
    system: tuple[sparse.csr_array, Ints], base: int, seed: int
) -> None:
    matrix, counts = system
    random = np.random.default_rng(seed)
    for found in (
        round_nearest(counts, base=base),
        round_randomly(counts, base=base, random=random),
        round_small_counts(matrix, counts, base=base),
        perturb(counts, random.integers(0, 256, len(counts)), MILD, threshold=base),
    ):
        assert ((found.lowest <= counts) & (counts <= found.highest)).all()
        lowest, highest = narrow(matrix, found.lowest, found.highest)
        assert ((lowest <= counts) & (counts <= highest)).all()
        assert ((lowest >= found.lowest) & (highest <= found.highest)).all()


@settings(max_examples=60, deadline=None)
@given(systems(), st.sampled_from([3, 5]))
def test_narrowed_ranges_of_one_relation_are_exact(system: tuple[sparse.csr_array, Ints], base: int) -> None:
    matrix, counts = system
    assume(matrix.shape[0] == 1)
    published = round_nearest(counts, base=base)
    lowest, highest = narrow(matrix, published.lowest, published.highest)
    spans = [range(int(low), int(high) + 1) for low, high in zip(published.lowest, published.highest, strict=True)]
    whole = np.array([one for one in product(*spans) if not (matrix @ np.array(one)).any()])
    assert (whole.min(axis=0) == lowest).all()
    assert (whole.max(axis=0) == highest).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 255)), max_size=60))
def test_the_same_people_get_the_same_number_in_every_table(records: list[tuple[int, int, int]]) -> None:
    at = np.array(records, dtype=np.int64).reshape(-1, 3)
    # The first area alone, as a row of a table by area and as a cell of a table by area and by sex.
    chosen = at[(at[:, 0] == 0) & (at[:, 1] == 1)]
    alone = perturb(np.array([len(chosen)]), cell_keys(chosen[:, 2], 0 * chosen[:, 2], count=1), NOISE)
    place = at[:, 0] * 3 + at[:, 1]
    crossed = perturb(np.bincount(place, minlength=12), cell_keys(at[:, 2], place, count=12), NOISE)
    assert alone.values[0] == crossed.values[1]
