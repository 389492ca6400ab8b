"""Relations that only repeat others are left out, and nothing with them: against rational elimination."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from anonymization import reduction
from anonymization.reduction import NONE, enough, subtracted, totals_told
from anonymization.secondary.elimination import PRIME
from tests.support.linear_oracle import determined_columns
from tests.unit.anonymization.secondary.interval.interpreted import interpret

Whole = npt.NDArray[np.int64]


@pytest.fixture(params=[True, False], ids=["compiled", "interpreted"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        interpret(monkeypatch, reduction)


def told(*relations: list[int]) -> list[int]:
    matrix = sparse.csr_array(np.array(relations, dtype=np.int64))
    return [int(total) for total in totals_told(matrix, np.random.default_rng(0))]


def kept(relations: Whole, unknown: npt.NDArray[np.bool_]) -> list[int]:
    matrix = sparse.csr_array(relations)
    own = sparse.csr_array(matrix[:, np.flatnonzero(unknown)])
    return [int(row) for row in enough(own, totals_told(matrix, np.random.default_rng(0)))]


TWO_BY_TWO = np.array(
    [
        [1, 1, 0, 0, -1, 0, 0, 0, 0],  # rows: a + b = e
        [0, 0, 1, 1, 0, -1, 0, 0, 0],  # c + d = f
        [1, 0, 1, 0, 0, 0, -1, 0, 0],  # columns: a + c = g
        [0, 1, 0, 1, 0, 0, 0, -1, 0],  # b + d = h
        [0, 0, 0, 0, 1, 1, 0, 0, -1],  # e + f = all
        [0, 0, 0, 0, 0, 0, 1, 1, -1],  # g + h = all
    ]
)
"""A table of two by two cells: the grand total is told twice."""


@pytest.mark.usefixtures("kernels")
def test_each_relation_tells_its_total() -> None:
    assert told(*TWO_BY_TWO.tolist()) == [4, 5, 6, 7, 8, 8]


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize(
    ("relations", "expected"),
    [
        ([[-1, -1, 1]], [2]),  # the lone sign may be the positive one
        ([[1, -1]], [1]),  # of two columns, the negative one is the total
        ([[1, 1, 1]], [NONE]),  # no lone sign
        ([[-1, -1, 1, 1]], [NONE]),
        ([[-1, 0, 0]], [NONE]),  # a column without company is not told by others
        ([[2, 0, 0]], [NONE]),
        ([[0, 0, 0]], [NONE]),
        ([[2, 3, -6]], [2]),  # units of measurement differ
        ([[1, 1, -PRIME]], [NONE]),  # what vanishes modulo the prime cannot be divided by
        ([[1, 1, 0, 0, -1], [0, 0, 1, 1, -1]], [NONE, 4]),  # two ways that say different things: one is kept anyway
        ([[1, 1, 0, 0, -1], [1, 0, 1, 0, -1], [0, 1, 0, 1, -1]], [NONE, NONE, 4]),
        ([[1, -1, 0], [0, 1, -1], [-1, 0, 1]], [NONE, NONE, NONE]),  # each is told by another, in a circle
        ([[1, 1, -1, 0], [0, 1, 1, -1], [0, -1, 1, 1]], [NONE, NONE, NONE]),  # b is part of what it is told by
    ],
)
def test_what_may_say_more_than_its_total_is_kept(relations: list[list[int]], expected: list[int]) -> None:
    found = told(*relations)
    assert found == expected


@pytest.mark.usefixtures("kernels")
def test_the_shortest_way_is_kept_and_empty_relations_are_not() -> None:
    everything = np.ones(9, dtype=np.bool_)
    assert kept(TWO_BY_TWO, everything) == [0, 1, 2, 3, 4]
    without_f = everything.copy()
    without_f[[5]] = False
    assert kept(TWO_BY_TWO, without_f) == [0, 1, 2, 3, 4]  # e = all is shorter than g + h = all
    without_h = everything.copy()
    without_h[[7]] = False
    assert kept(TWO_BY_TWO, without_h) == [0, 1, 2, 3, 5]
    only_cells = np.array([True] * 4 + [False] * 5)
    assert kept(TWO_BY_TWO, only_cells) == [0, 1, 2, 3]


def test_a_relation_of_known_columns_is_the_shortest_way_to_tell_its_total() -> None:
    """With e, f and the grand total known, g + h tells nothing that the parts do not tell."""
    unknown = np.array([True] * 4 + [False, False, True, True, False])
    assert kept(TWO_BY_TWO, unknown) == [0, 1, 2, 3]


def test_what_is_left_says_as_much_as_all_relations() -> None:
    left_out, flags = 0, []
    for seed in range(75):
        random = np.random.default_rng(seed)
        relations = cube(random)
        unknown = np.less(random.random(relations.shape[1]), random.uniform(0.3, 1.0))
        rows = kept(relations, unknown)
        expected = determined_columns(relations[:, unknown].astype(np.float64))
        assert determined_columns(relations[rows][:, unknown].astype(np.float64)) == expected, seed
        left_out += int(relations[:, unknown].any(axis=1).sum()) - len(rows)
        flags += expected
    assert left_out > 500
    assert 150 < sum(flags) < len(flags) - 150


def cube(random: np.random.Generator) -> Whole:
    """Return the relations of a small table of two or three dimensions, some with a level between, and a few others."""
    steps = [np.array([[1, 1, -1]]), np.array([[1, 1, 1, -1]]), np.array([[1, 1, 0, 0, -1, 0], [0, 0, 1, 1, 1, -1]])]
    dimensions = [steps[random.integers(len(steps))] for _ in range(int(random.integers(2, 4)))]
    sizes = [dimension.shape[1] for dimension in dimensions]
    blocks = []
    for axis, dimension in enumerate(dimensions):
        before, after = int(np.prod(sizes[:axis])), int(np.prod(sizes[axis + 1 :]))
        blocks.append(np.kron(np.kron(np.eye(before, dtype=np.int64), dimension), np.eye(after, dtype=np.int64)))
    odd = np.where(random.random((2, int(np.prod(sizes)))) < 0.1, random.choice([-1, 1, 2], int(np.prod(sizes))), 0)
    return np.vstack([*blocks, odd])[random.permutation(sum(map(len, blocks)) + 2)]


@pytest.mark.usefixtures("kernels")
def test_single_relations_tell_columns_in_turn() -> None:
    """Alone in a sum, then alone beside what that told, and so on; a cycle of two is left."""
    dense = np.array([[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 1, -1, 0, 0], [0, 0, 1, 1, 1]])
    known, rest = subtracted(sparse.csr_array(dense))
    assert known.tolist() == [True, True, True, False, False]
    assert rest.toarray().tolist() == [[0, 0], [0, 0], [0, 0], [1, 1]]
