"""What sums determine, by elimination modulo a prime and by projections at random, against rational elimination."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from anonymization import null_space
from anonymization.null_space import determined, eliminated
from anonymization.secondary.elimination import PRIME, Vectors
from datasets.errors import DisclosureRisk
from tests.support.linear_oracle import determined_columns
from tests.unit.anonymization.secondary.interval.interpreted import interpret


def made_up(seed: int) -> npt.NDArray[np.float64]:
    random = np.random.default_rng(seed)
    shape = (int(random.integers(0, 10)), int(random.integers(1, 14)))
    kinds = ([1.0, -1.0], [1.0, -1.0, 2.0, -3.0], [0.5, -1.25, 3.141593])
    return np.where(
        random.random(shape) < random.uniform(0.1, 0.6), random.choice(kinds[random.integers(0, 3)], shape), 0.0
    )


@pytest.mark.parametrize("compiled", [True, False])
def test_columns_are_determined_as_by_fractions(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not compiled:
        interpret(monkeypatch, null_space)
    flags: list[bool] = []
    for seed in range(300):
        dense = made_up(seed)
        found = determined(sparse.csr_array(dense), np.random.default_rng(seed)).tolist()
        assert found == determined_columns(dense), seed
        flags += found
    assert 300 < sum(flags) < len(flags) - 300


def test_what_subtraction_tells_needs_no_projection(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(matrix: sparse.csr_array, random: np.random.Generator, tolerance: float) -> npt.NDArray[np.float64]:
        assert matrix.shape == (0, 0)
        return np.empty(0)

    monkeypatch.setattr(null_space, "_projected", none_left)
    chain = sparse.csr_array(np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, -1.0]]))
    assert determined(chain, np.random.default_rng(0)).tolist() == [True, True, True]


def test_a_long_chain_of_sums_tells_all_of_it() -> None:
    """No sum holds one unknown alone: x0 = x1 = ... and all together are known."""
    width = 300
    chain = np.eye(width - 1, width) - np.eye(width - 1, width, 1)
    assert not determined(sparse.csr_array(chain), np.random.default_rng(0)).any()
    assert determined(sparse.csr_array(np.vstack([chain, np.ones(width)])), np.random.default_rng(0)).all()


@pytest.mark.parametrize("shape", [(0, 4), (0, 0), (3, 4)])
def test_sums_of_nothing_determine_nothing(shape: tuple[int, int]) -> None:
    assert determined(sparse.csr_array(shape), np.random.default_rng(0)).tolist() == [False] * shape[1]


@pytest.mark.parametrize(
    ("sizes", "expected", "rounds"),
    [
        ([1e-7, 1e-7, 1e-7, 1e-7], True, 2),
        ([1.0, 1e-7, 1e-7, 1e-7], False, 2),
        ([1e-7, 2e-5, 1e-7, 1e-7], False, 2),
        ([5e-6, 5e-6, 5e-6, 5e-6], True, 4),
        ([5e-6, 5e-6, 1e-2, 1.0], False, 3),
        ([5e-6, 1e-7, 1e-7, 1e-7], True, 2),
    ],
)
def test_what_stays_in_doubt_is_looked_at_again_and_then_counts_as_determined(
    sizes: list[float], expected: bool, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def projected(matrix: sparse.csr_array, random: np.random.Generator, tolerance: float) -> npt.NDArray[np.float64]:
        asked.append(tolerance)
        return -np.full(matrix.shape[1], sizes[len(asked) - 1])

    monkeypatch.setattr(null_space, "_projected", projected)
    matrix = sparse.csr_array(np.array([[1.0, 1.0]]))
    assert determined(matrix, np.random.default_rng(0)).tolist() == [expected] * 2
    assert asked == [10.0 ** -(10 + number) for number in range(rounds)]


@pytest.mark.parametrize("compiled", [True, False])
def test_elimination_and_fractions_agree(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not compiled:
        interpret(monkeypatch, null_space)
    flags: list[bool] = []
    for seed in range(200):
        random = np.random.default_rng(seed)
        shape = (int(random.integers(0, 10)), int(random.integers(1, 14)))
        chosen = random.random(shape) < random.uniform(0.1, 0.6)
        dense = np.where(chosen, random.choice([1, -1, 2, -3, 10**12], shape), 0)
        found = eliminated(sparse.csr_array(dense), np.arange(shape[1]), random).tolist()
        assert found == determined_columns(dense), seed
        flags += found
    assert 200 < sum(flags) < len(flags) - 200


def cycle() -> sparse.csr_array:
    """Two rows by two columns, of which nothing is determined."""
    return sparse.csr_array(np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]]))


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("true_one", [None, 0, 1])
def test_vectors_that_do_not_obey_the_sums_prove_nothing(
    compiled: bool, true_one: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not compiled:
        interpret(monkeypatch, null_space)

    def faulty(matrix: sparse.csr_array, count: int, random: np.random.Generator, *, work: int) -> Vectors:
        vectors = np.ones((matrix.shape[1], count), dtype=np.uint32)
        if true_one is not None:
            vectors[:, true_one] = [5, PRIME - 5, PRIME - 5, 5]
        return vectors

    monkeypatch.setattr(null_space, "null_vectors", faulty)
    assert eliminated(cycle(), np.arange(4), np.random.default_rng(0)).tolist() == [true_one is None] * 4


def test_elimination_that_takes_too_much_work_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not eliminated(cycle(), np.arange(4), np.random.default_rng(0)).any()
    monkeypatch.setattr(null_space, "WORK", 3)
    with pytest.raises(DisclosureRisk, match="too large"):
        eliminated(cycle(), np.arange(4), np.random.default_rng(0))
