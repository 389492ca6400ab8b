"""The own simplex method against HiGHS, compiled and interpreted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse
from scipy.optimize import linprog

from anonymization.secondary.interval import simplex
from anonymization.secondary.interval.simplex import IMPOSSIBLE, OPTIMAL, UNDECIDED
from tests.unit.anonymization.secondary.interval.interpreted import interpret

Reals = npt.NDArray[np.float64]
Limits = tuple[Reals, Reals]


def made_up(seed: int) -> tuple[sparse.csr_array, Reals, Limits, int]:
    """Sums of signs, of whole numbers or of decimals; limits of which some are none and some are zero."""
    random = np.random.default_rng(seed)
    shape = (int(random.integers(0, 12)), int(random.integers(1, 25)))
    kinds = ([1.0, -1.0], [1.0, -1.0, 2.0, -3.0, 7.0], [0.5, -1.25, 0.001, 3.141593])
    values = random.choice(kinds[random.integers(0, 3)], size=shape) * (random.random(shape) < random.uniform(0.1, 0.6))
    limits = random.choice([0.0, 0.2, 1.0, 1.0, 3.0, 50.0, np.inf], size=(2, shape[1]))
    price = random.choice([0.01, 1.0, 1.0, 2.5, 40.0], size=shape[1])
    return sparse.csr_array(values), price, (limits[0], limits[1]), int(random.choice([-1, 1]))


def solve(matrix: sparse.csr_array, price: Reals, limits: Limits, wanted: int) -> tuple[int, Reals]:
    rows = (matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data)
    verdict, changes = simplex.cheapest(rows, price, limits, wanted)
    return int(verdict), changes


def agrees(seed: int) -> int:
    """Compare one program with HiGHS; return the verdict."""
    matrix, price, limits, wanted = made_up(seed)
    verdict, changes = solve(matrix, price, limits, wanted)
    bounds = [(-fall, rise) for rise, fall in zip(*limits, strict=True)]
    bounds[0] = (float(wanted), float(wanted))
    both = [(0.0, None if np.isinf(high) else high) for _, high in bounds]
    both += [(0.0, None if np.isinf(low) else -low) for low, _ in bounds]
    both[0], both[len(price)] = ((1, 1), (0, 0)) if wanted > 0 else ((0, 0), (1, 1))
    dense = matrix.toarray()
    answer = linprog(
        np.tile(price, 2), A_eq=np.hstack([dense, -dense]), b_eq=np.zeros(len(dense)), bounds=both, method="highs"
    )
    if verdict == OPTIMAL:
        assert answer.status == 0
        assert changes[0] == wanted
        assert np.abs(matrix @ changes).max(initial=0) < 1e-6
        assert (changes[1:] <= limits[0][1:] + 1e-6).all()
        assert (changes[1:] >= -limits[1][1:] - 1e-6).all()
        assert price @ np.abs(changes) == pytest.approx(answer.fun, rel=1e-6, abs=1e-6)
    elif verdict == IMPOSSIBLE:
        assert answer.status == 2
        assert not changes.any()
    return verdict


def test_compiled_programs_have_the_status_and_the_cost_that_highs_finds() -> None:
    verdicts = [agrees(seed) for seed in range(600)]
    assert verdicts.count(OPTIMAL) > 100
    assert verdicts.count(IMPOSSIBLE) > 100
    assert verdicts.count(UNDECIDED) < 6


def test_interpreted_programs_have_the_status_and_the_cost_that_highs_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    interpret(monkeypatch, simplex)
    assert {agrees(seed) for seed in range(600, 800)} >= {OPTIMAL, IMPOSSIBLE}


def chain(length: int) -> sparse.csr_array:
    """Each column equals the next: what the first does, all do."""
    return sparse.csr_array(np.eye(length - 1, length) - np.eye(length - 1, length, 1))


@pytest.mark.parametrize("wanted", [1, -1])
def test_a_chain_moves_as_one(wanted: int) -> None:
    verdict, changes = solve(chain(5), np.ones(5), (np.full(5, 1.0), np.full(5, 1.0)), wanted)
    assert verdict == OPTIMAL
    assert changes.tolist() == [wanted] * 5


@pytest.mark.parametrize(("rise", "fall", "wanted"), [(0.999, 2.0, 1), (2.0, 0.999, -1)])
def test_a_chain_whose_last_link_cannot_move_so_far_is_impossible(rise: float, fall: float, wanted: int) -> None:
    limits = np.full(5, np.inf), np.full(5, np.inf)
    limits[0][4], limits[1][4] = rise, fall
    assert solve(chain(5), np.ones(5), limits, wanted)[0] == IMPOSSIBLE
    assert solve(chain(5), np.ones(5), limits, -wanted)[0] == OPTIMAL


def test_the_cheapest_way_is_filled_before_the_next() -> None:
    """One must be balanced by three others that can give 0.5, 0.25 and 9: the dear one gives the rest."""
    matrix = sparse.csr_array(np.array([[1.0, 1.0, 1.0, 1.0]]))
    fall = np.array([0.0, 0.5, 0.25, 9.0])
    verdict, changes = solve(matrix, np.array([1.0, 1.0, 2.0, 5.0]), (np.zeros(4), fall), 1)
    assert verdict == OPTIMAL
    assert changes.tolist() == [1.0, -0.5, -0.25, -0.25]


def test_what_stands_in_no_sum_moves_freely() -> None:
    verdict, changes = solve(sparse.csr_array((0, 3)), np.ones(3), (np.ones(3), np.ones(3)), -1)
    assert verdict == OPTIMAL
    assert changes.tolist() == [-1.0, 0.0, 0.0]


@pytest.mark.parametrize("compiled", [True, False])
def test_a_pivot_too_small_to_be_trusted_is_left_to_a_solver(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not compiled:
        interpret(monkeypatch, simplex)
    matrix = sparse.csr_array(np.array([[1.0, 5e-8]]))
    assert solve(matrix, np.ones(2), (np.full(2, np.inf), np.full(2, np.inf)), 1)[0] == UNDECIDED


def test_a_program_that_goes_on_and_on_is_left_to_a_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    interpret(monkeypatch, simplex)
    monkeypatch.setattr(simplex, "_most_infeasible", lambda *given: (0, 1))
    monkeypatch.setattr(simplex, "_entering", lambda *given: (0, 1))
    matrix = sparse.csr_array(np.array([[1.0, 1.0]]))
    assert solve(matrix, np.ones(2), (np.full(2, np.inf), np.full(2, np.inf)), 1)[0] == UNDECIDED
