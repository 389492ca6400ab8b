"""Choosing level by level: sufficient, not wasteful, and what elimination at once chooses where there is one level."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from anonymization.primary.frequency import sensitive
from anonymization.relations import Flags, Ints
from anonymization.secondary import gauss, large
from anonymization.secondary.elimination import PRIME
from anonymization.secondary.gauss import choose, determined
from anonymization.secondary.large import Level, choose_in_levels
from anonymization.table import TableSet
from tests.unit.anonymization.builders import cube, rules
from tests.unit.anonymization.secondary.interval.interpreted import interpret


def random_cube(seed: int) -> tuple[TableSet, Flags]:
    random = np.random.default_rng(seed)
    tables = cube(random.choice([0, 1, 2, 6, 9, 30], size=(4, 5, 4), p=[0.2, 0.1, 0.1, 0.2, 0.2, 0.2]))
    return tables, sensitive(tables.contributors, rules(5))


def order_of(tables: TableSet, primary: Flags) -> Ints:
    order = np.flatnonzero(~primary & (tables.contributors > 0))
    return order[np.argsort(tables.contributors[order], kind="stable")]


def chosen(tables: TableSet, primary: Flags) -> Flags:
    secondary, helpless = choose_in_levels(
        tables.relations.matrix,
        unknown=primary,
        protect=primary,
        candidates=order_of(tables, primary),
        random=np.random.default_rng(0),
    )
    assert not helpless.any()
    return secondary


@pytest.fixture(params=[3, 20])
def small_parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few candidates between two eliminations, so that small systems are divided as large ones are."""
    monkeypatch.setattr(gauss, "BATCH", request.param)
    monkeypatch.setattr(large, "BATCH", request.param)


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("seed", range(8))
def test_nothing_stays_determined_and_no_cell_can_be_spared(seed: int) -> None:
    tables, primary = random_cube(seed)
    matrix, secondary = tables.relations.matrix, chosen(tables, primary)
    assert secondary.any()
    assert not (secondary & primary).any()
    random = np.random.default_rng(1)
    assert not determined(matrix, primary | secondary, random).any()
    for node in np.flatnonzero(secondary):
        fewer = primary | secondary
        fewer[node] = False
        assert (determined(matrix, fewer, random) & primary).any()


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("seed", range(8))
def test_one_level_chooses_what_elimination_at_once_chooses(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "LEVELS", (Level(1, False),))
    tables, primary = random_cube(seed)
    expected, _ = choose(
        tables.relations.matrix,
        unknown=primary,
        protect=primary,
        candidates=order_of(tables, primary),
        random=np.random.default_rng(0),
    )
    assert (chosen(tables, primary) == expected).all()


@pytest.mark.parametrize("seed", range(3))
def test_interpreted_kernels_choose_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "BATCH", 5)
    tables, primary = random_cube(seed)
    expected = chosen(tables, primary)
    interpret(monkeypatch, large)
    assert (chosen(tables, primary) == expected).all()


def test_nothing_in_danger_needs_nothing() -> None:
    tables = cube([[6, 7], [8, 9]])
    assert not chosen(tables, np.zeros(len(tables.nodes), dtype=np.bool_)).any()


def test_what_nothing_can_protect_does_not_stop_the_rest() -> None:
    """Two tables that share nothing: one of a single row, shown with its total, and a square."""
    square = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]])
    matrix = sparse.csr_array(sparse.block_diag([square, np.ones((1, 1))]).astype(np.int64))
    primary = np.array([True, False, False, False, True])
    found, helpless = choose_in_levels(
        matrix, unknown=primary, protect=primary, candidates=np.array([1, 2, 3]), random=np.random.default_rng(0)
    )
    assert found.tolist() == [False, True, True, True, False]
    assert helpless.tolist() == [False, False, False, False, True]


def test_what_lies_near_cells_in_danger_is_offered_besides_the_cheapest() -> None:
    """A chain of cells, each summed with the next: two steps from the first reach the second and third."""
    chain = sparse.csr_array((np.eye(5, 6) + np.eye(5, 6, 1)).astype(np.int64))
    danger = np.arange(6) == 0
    candidates = np.array([5, 4, 3, 2, 1])
    assert large._offered(chain, danger, candidates, Level(0.2)).tolist() == [5]
    assert large._offered(chain, danger, candidates, Level(0.3)).tolist() == [5, 4]
    assert large._offered(chain, danger, candidates, Level(0, 1)).tolist() == [1]
    assert large._offered(chain, danger, candidates, Level(0.2, 2)).tolist() == [5, 2, 1]
    assert large._offered(chain, danger, candidates[:4], Level(0.2, 2)).tolist() == [5]
    assert large._offered(chain, danger, candidates, Level(0, 3)).tolist() == [3, 2, 1]
    assert large._offered(chain, danger, candidates, Level(0, 2, 1)).tolist() == [2, 1]


def test_of_each_sum_near_by_the_cheapest_candidates_are_offered() -> None:
    """Cell 0 is in two sums, with 1, 2, 3 and with 4, 5; cell 3 is in another, with 6."""
    sums = sparse.csr_array(np.array([[1, 1, 1, 1, 0, 0, 0], [1, 0, 0, 0, 1, 1, 0], [0, 0, 0, 1, 0, 0, 1]]))
    danger, candidates = np.arange(7) == 0, np.array([3, 2, 6, 5, 1])
    assert large._offered(sums, danger, candidates, Level(0, 1, 1)).tolist() == [3, 5]
    assert large._offered(sums, danger, candidates, Level(0, 1, 2)).tolist() == [3, 2, 5]
    assert large._offered(sums, danger, candidates, Level(0, 2, 2)).tolist() == [3, 2, 6, 5]


def test_columns_in_proportion_have_the_same_number_and_others_another() -> None:
    vectors = np.array([[1, 2, 3], [5, 10, 15], [1, 2, 4], [1, 3, 3], [PRIME - 1, PRIME - 2, PRIME - 3]], np.uint32)
    for kernel in (large._proportions, large._proportions.py_func):
        keys = kernel(vectors).tolist()
        assert keys[0] == keys[1] == keys[4]
        assert len({keys[0], keys[2], keys[3]}) == 3
