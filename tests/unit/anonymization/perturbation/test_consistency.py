"""Noisy counts made consistent: they add up, are whole and not negative, and closer to the truth than before."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from anonymization.perturbation import consistency
from anonymization.perturbation.consistency import make_consistent
from anonymization.relations import Ints
from datasets.errors import DisclosureRuleInvalid


def system(*relations: tuple[int, tuple[int, ...]], cells: int) -> sparse.csr_array:
    matrix = np.zeros((len(relations), cells), np.int64)
    for row, (parent, children) in enumerate(relations):
        matrix[row, parent], matrix[row, list(children)] = -1, 1
    return sparse.csr_array(matrix)


SQUARE = system((4, (0, 1)), (5, (2, 3)), (6, (0, 2)), (7, (1, 3)), (8, (4, 5)), (8, (6, 7)), cells=9)
ONE_WAY = system((0, (1, 2)), (0, (3, 4)), cells=5)
"""Two tables that share a total and are not crossed: no cell can be moved alone."""


def table(inner: npt.NDArray[np.int64]) -> Ints:
    """A two-way table with its margins, and its relations through `margins`."""
    rows, columns = inner.sum(axis=1), inner.sum(axis=0)
    return np.concatenate([inner.reshape(-1), rows, columns, [inner.sum()]])


def margins(height: int, width: int) -> sparse.csr_array:
    inner = np.arange(height * width).reshape(height, width)
    first, total = height * width, height * width + height + width
    rows = [(first + at, tuple(inner[at].tolist())) for at in range(height)]
    columns = [(first + height + at, tuple(inner[:, at].tolist())) for at in range(width)]
    ends = [(total, tuple(range(first, first + height))), (total, tuple(range(first + height, total)))]
    return system(*rows, *columns, *ends, cells=total + 1)


@pytest.mark.parametrize("seed", range(30))
def test_everything_adds_up_and_comes_closer_to_the_truth(seed: int) -> None:
    random = np.random.default_rng(seed)
    matrix = margins(9, 11)
    truth = table(random.poisson(6, (9, 11)))
    noisy = truth + np.rint(random.normal(0, 4, len(truth))).astype(np.int64)
    found = make_consistent(noisy, matrix)
    assert not (matrix @ found.counts).any()
    assert found.counts.min() >= 0
    assert found.counts.dtype == np.int64
    assert found.moved == pytest.approx(np.abs(found.counts - noisy).mean())
    assert ((found.counts - truth) ** 2).sum() < ((noisy - truth) ** 2).sum()
    assert (make_consistent(noisy, matrix).counts == found.counts).all()


@pytest.mark.parametrize("matrix", [SQUARE, ONE_WAY], ids=["crossed", "not crossed"])
def test_what_adds_up_stays_as_it_is(matrix: sparse.csr_array) -> None:
    truth = np.array([3, 0, 2, 9, 3, 11, 5, 9, 14]) if matrix is SQUARE else np.array([7, 3, 4, 0, 7])
    found = make_consistent(truth, matrix)
    assert found.counts.tolist() == truth.tolist()
    assert found.moved == 0


INNER = np.indices((16,) * 4).reshape(4, -1)
EVERY = np.vstack([INNER, INNER[[0, 2]] + INNER[[1, 3]], INNER[:2] + INNER[2:], INNER.sum(axis=0)])
"""All two-way tables of counts below 16, with their margins."""


@pytest.mark.parametrize("seed", range(40))
def test_no_move_of_one_cell_is_closer(seed: int) -> None:
    random = np.random.default_rng(seed)
    noisy = random.integers(-6, 20, 9)
    weights = random.uniform(0.5, 2, 9)
    counts = make_consistent(noisy, SQUARE, weights).counts
    distance = weights @ (counts - noisy) ** 2
    best = float((weights @ (EVERY - noisy[:, None]) ** 2).min())
    for at, step in itertools.product(range(4), (-1, 1)):
        moved = counts[:4].copy()
        moved[at] += step
        if moved[at] >= 0:
            assert weights @ (table(moved.reshape(2, 2)) - noisy) ** 2 >= distance - 1e-6
    assert distance <= best + weights.sum()


@pytest.mark.parametrize("seed", range(20))
def test_tables_that_share_only_a_total_are_made_whole_too(seed: int) -> None:
    random = np.random.default_rng(seed)
    noisy = random.integers(-5, 30, 5)
    counts = make_consistent(noisy, ONE_WAY).counts
    assert not (ONE_WAY @ counts).any()
    assert counts.min() >= 0
    best = min(
        abs(a + b - noisy[0]) + abs(a - noisy[1]) + abs(b - noisy[2]) + abs(c - noisy[3]) + abs(a + b - c - noisy[4])
        for a, b in itertools.product(range(32), repeat=2)
        for c in range(a + b + 1)
    )
    # The least-squares estimate is what it is close to: that is not the least sum of distances, but not far from it.
    assert np.abs(counts - noisy).sum() <= 2 * best + 5


def test_a_cell_that_is_known_better_moves_less() -> None:
    matrix = system((0, (1, 2)), cells=3)
    noisy = np.array([100, 40, 40])
    assert make_consistent(noisy, matrix, np.array([1e6, 1.0, 1.0])).counts.tolist() == [100, 50, 50]
    assert make_consistent(noisy, matrix, np.array([1e-6, 1.0, 1.0])).counts.tolist() == [80, 40, 40]


def test_without_relations_only_what_is_negative_changes() -> None:
    alone = sparse.csr_array((0, 3), dtype=np.int64)
    assert make_consistent(np.array([-4, 0, 5]), alone).counts.tolist() == [0, 0, 5]


@pytest.mark.parametrize(("answer", "told"), [(None, "within the limit"), (0.3, "in fractions only")])
def test_a_search_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, answer: float | None, told: str) -> None:
    found = SimpleNamespace(x=None if answer is None else np.array([9, *[answer] * 9]))
    monkeypatch.setattr(consistency, "milp", lambda *_, **__: found)
    with pytest.raises(DisclosureRuleInvalid, match=told):
        make_consistent(np.array([10, 4, 5, 1, 2]), ONE_WAY)


def test_what_cannot_be_made_consistent_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    noisy = np.array([10, 4, 5, 1, 2])
    for wrong in (noisy[:3], noisy.astype(float), noisy[:0]):
        with pytest.raises(DisclosureRuleInvalid, match="one whole number"):
            make_consistent(wrong, ONE_WAY)
    for weights in (np.array([1, 1, 1, 1, 0.0]), np.array([1, 1, 1, 1, np.nan])):
        with pytest.raises(DisclosureRuleInvalid, match="positive and finite"):
            make_consistent(noisy, ONE_WAY, weights)
    with pytest.raises(DisclosureRuleInvalid, match=r"2\*\*53"):
        make_consistent(noisy * 2**51, ONE_WAY)
    several = sparse.csr_array(np.array([[-1, -1, 1, 1, 0]]))
    with pytest.raises(DisclosureRuleInvalid, match="several parents"):
        make_consistent(noisy, several)
    with pytest.raises(DisclosureRuleInvalid, match="contain itself"):
        make_consistent(noisy, system((0, (1, 2)), (1, (0, 3)), cells=5))
    monkeypatch.setattr(consistency, "_WHOLE_BY_SEARCH", 4)
    with pytest.raises(DisclosureRuleInvalid, match="too many to make whole"):
        make_consistent(noisy, ONE_WAY)
