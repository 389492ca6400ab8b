"""Null vectors modulo a prime: compared with rational elimination, compiled and interpreted."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from anonymization.relations import Ints
from anonymization.secondary import elimination
from anonymization.secondary.elimination import PRIME, Echelon, Vectors, inverse, modulo, null_vectors, without_columns
from datasets.errors import DisclosureRisk


def random_matrix(seed: int) -> sparse.csr_array:
    random = np.random.default_rng(seed)
    shape = (int(random.integers(1, 9)), int(random.integers(1, 9)))
    return sparse.csr_array(random.choice([0, 0, 0, 1, 1, -1], size=shape).astype(np.int64))


def determined_by_fractions(matrix: sparse.csr_array) -> list[bool]:
    """Reduce to row echelon form with fractions: a column is determined when it is the only one of its row."""
    rows = [[Fraction(int(value)) for value in row] for row in matrix.toarray()]
    width = matrix.shape[1]
    top = 0
    for column in range(width):
        pivot = next((row for row in range(top, len(rows)) if rows[row][column]), None)
        if pivot is None:
            continue
        rows[top], rows[pivot] = rows[pivot], rows[top]
        rows[top] = [value / rows[top][column] for value in rows[top]]
        for row in range(len(rows)):
            if row != top:
                rows[row] = [a - rows[row][column] * b for a, b in zip(rows[row], rows[top], strict=True)]
        top += 1
    alone = {next(i for i, v in enumerate(row) if v) for row in rows if sum(v != 0 for v in row) == 1}
    return [column in alone for column in range(width)]


@pytest.mark.parametrize("seed", range(60))
def test_null_vectors_are_null_and_vanish_exactly_where_a_column_is_determined(seed: int) -> None:
    matrix = random_matrix(seed)
    vectors = null_vectors(matrix, 3, np.random.default_rng(seed))
    assert not ((matrix.toarray().astype(object) @ vectors.astype(object)) % PRIME).any()
    assert (~vectors.any(axis=1)).tolist() == determined_by_fractions(matrix)


def test_an_empty_matrix_leaves_everything_free() -> None:
    vectors = null_vectors(sparse.csr_array((0, 4), dtype=np.int64), 2, np.random.default_rng(0))
    assert vectors.shape == (4, 2)
    assert vectors.any(axis=1).all()


@pytest.mark.parametrize("value", [0, 1, PRIME - 1, PRIME, PRIME + 1, 2 * PRIME, 2**62, 2**63 - 1])
def test_modulo_agrees_with_division(value: int) -> None:
    assert modulo(value) == modulo.py_func(value) == value % PRIME


@pytest.mark.parametrize("value", [1, 2, 12345, PRIME - 1])
def test_inverse_is_one_when_multiplied(value: int) -> None:
    assert value * int(inverse.py_func(value)) % PRIME == value * int(inverse(value)) % PRIME == 1


@pytest.mark.parametrize("seed", range(40))
def test_compiled_and_interpreted_elimination_are_the_same_step_by_step(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix, random = random_matrix(seed), np.random.default_rng(seed)
    matrix.data = random.integers(1, PRIME, size=len(matrix.data))
    given = (
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int64),
        matrix.data,
        random.random(matrix.shape[1]) < 0.7,
        (elimination.ROOM, elimination.UNLIMITED),
    )
    compiled = elimination._eliminate(*given)
    for name in ["_prepare", "_holders", "_replace", "_close_gaps", "_subtract", "_find", "inverse"]:
        kernel: Any = getattr(elimination, name)
        monkeypatch.setattr(elimination, name, kernel.py_func)
    interpreted = elimination._eliminate.py_func(*given)
    for one, other in zip([*compiled[0], *compiled[1]], [*interpreted[0], *interpreted[1]], strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("seed", range(40))
def test_what_is_left_without_some_columns_determines_the_same_of_the_others(seed: int) -> None:
    matrix, random = random_matrix(seed), np.random.default_rng(seed)
    gone = random.random(matrix.shape[1]) < 0.4
    left = without_columns(matrix, gone)
    assert not left[:, np.flatnonzero(gone)].nnz
    expected = np.array(determined_by_fractions(matrix))[~gone]
    vectors = null_vectors(left[:, np.flatnonzero(~gone)], 3, random)
    assert (~vectors.any(axis=1)).tolist() == expected.tolist()


def crowded(seed: int) -> sparse.csr_array:
    """A matrix whose rows fill up, so that the place for them has to be tidied and to grow."""
    random = np.random.default_rng(seed)
    dense = random.integers(1, PRIME, size=(60, 90)) * (random.random((60, 90)) < 0.1)
    return sparse.csr_array(dense)


def products(matrix: sparse.csr_array, vectors: Vectors) -> set[int]:
    """Every row times every vector modulo the prime, in numbers that cannot overflow."""
    rows = matrix.toarray().astype(object)
    return {int(row @ column) % PRIME for row in rows for column in vectors.T.astype(object)}


@pytest.mark.parametrize("seed", range(5))
def test_rows_that_fill_up_are_moved_together(seed: int, interpreted: None, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[int] = []
    close_gaps = elimination._close_gaps

    def counted(rows: Any, pool: Ints, values: Ints) -> int:
        moved.append(len(pool))
        return int(close_gaps(rows, pool, values))

    monkeypatch.setattr(elimination, "_close_gaps", counted)
    vectors = null_vectors(crowded(seed), 3, np.random.default_rng(seed))
    assert moved
    assert products(crowded(seed), vectors) == {0}


@pytest.mark.parametrize("seed", range(5))
def test_compiled_elimination_of_rows_that_fill_up(seed: int) -> None:
    matrix = crowded(seed)
    vectors = null_vectors(matrix, 3, np.random.default_rng(seed))
    assert products(matrix, vectors) == {0}
    assert vectors.any()


@pytest.mark.parametrize("compiled", [True, False])
def test_an_elimination_that_needs_too_much_room_is_refused(
    compiled: bool, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not compiled:
        request.getfixturevalue("interpreted")
    monkeypatch.setattr(elimination, "ROOM", 400)
    with pytest.raises(DisclosureRisk, match="too large to be protected") as caught:
        null_vectors(crowded(1), 3, np.random.default_rng(1))
    assert "coarser" in caught.value.problems[0].remedy


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("work", [10, 1_000, 3_000])
def test_an_elimination_that_takes_too_much_work_is_refused(work: int) -> None:
    with pytest.raises(DisclosureRisk, match="too large to be protected"):
        null_vectors(crowded(1), 3, np.random.default_rng(1), work=work)


def test_work_is_counted_the_same_when_compiled() -> None:
    with pytest.raises(DisclosureRisk, match="too large to be protected"):
        null_vectors(crowded(1), 3, np.random.default_rng(1), work=3_000)
    enough = null_vectors(crowded(1), 3, np.random.default_rng(1), work=10**8)
    assert (enough == null_vectors(crowded(1), 3, np.random.default_rng(1))).all()


@pytest.mark.parametrize("seed", range(60))
def test_a_small_part_tells_of_some_columns_what_the_whole_tells(seed: int, request: pytest.FixtureRequest) -> None:
    """The columns asked for, all that are no pivots among them, are determined in the part as in the whole."""
    if seed % 2:
        request.getfixturevalue("interpreted")
    random = np.random.default_rng(seed)
    matrix = random_matrix(seed)
    asked = random.random(matrix.shape[1]) < 0.5
    echelon = Echelon(matrix, ~asked)
    more = int(random.integers(0, matrix.shape[1]))
    part, columns = echelon.about(np.unique([*np.flatnonzero(asked), more]))
    expected = np.array(determined_by_fractions(matrix))
    found = ~null_vectors(part, 3, random).any(axis=1)
    assert {*np.flatnonzero(asked), more} <= set(columns.tolist())
    assert found.tolist() == expected[columns].tolist()


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the kernels as plain Python, so that branches are seen and compiled results can be compared."""
    names = [
        "modulo",
        "inverse",
        "_find",
        "_subtract",
        "_grown",
        "_close_gaps",
        "_prepare",
        "_holders",
        "_replace",
        "_eliminate",
    ]
    names += ["_back_substitute", "_add_multiple", "folded", "_depended_on"]
    for name in names:
        kernel: Any = getattr(elimination, name)
        monkeypatch.setattr(elimination, name, kernel.py_func)


@pytest.mark.parametrize("seed", [*range(25), 1000])
@pytest.mark.usefixtures("interpreted")
def test_interpreted_kernels_agree_with_fractions(seed: int) -> None:
    matrix = random_matrix(seed) if seed < 1000 else dense_matrix()
    vectors = null_vectors(matrix, 2, np.random.default_rng(seed))
    assert (~vectors.any(axis=1)).tolist() == determined_by_fractions(matrix)


def dense_matrix() -> sparse.csr_array:
    """Many short rows that fill in, so that the working space has to grow."""
    random = np.random.default_rng(7)
    return sparse.csr_array((random.random((70, 75)) < 0.12).astype(np.int64))
