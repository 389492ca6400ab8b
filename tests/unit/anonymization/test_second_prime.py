"""What sums determine modulo the larger prime, against rational elimination."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from anonymization.audit_system import Verdict, audit_system
from anonymization.second_prime import LARGER_PRIME, confusable, determined_again
from anonymization.secondary.elimination import PRIME
from anonymization.system import LinearSystem, system_of
from datasets.errors import DisclosureRisk
from tests.support.linear_oracle import determined_columns


def found(*rows: list[int], work: int = 1_000) -> list[bool]:
    flags = determined_again(sparse.csr_array(np.array(rows)), np.random.default_rng(0), work=work)
    return [bool(flag) for flag in flags]


def test_columns_are_determined_as_by_fractions() -> None:
    flags: list[bool] = []
    for seed in range(300):
        random = np.random.default_rng(seed)
        shape = (int(random.integers(0, 12)), int(random.integers(1, 16)))
        chosen = np.less(random.random(shape), random.uniform(0.1, 0.6))
        dense = np.where(chosen, random.choice([1, -1, 2, -3, 10**12, PRIME], shape), 0)
        again = determined_again(sparse.csr_array(dense), random)
        assert again.tolist() == determined_columns(dense.astype(np.float64)), seed
        flags += again.tolist()
    assert 300 < sum(flags) < len(flags) - 300


def test_what_the_smaller_prime_confuses_is_told_apart() -> None:
    assert found([1, 1], [1, 1 + PRIME]) == [True, True]
    assert found([1, 1], [1, 1]) == [False, False]
    assert found([PRIME]) == [True]


def test_what_is_determined_because_other_columns_cancel_is_seen() -> None:
    """The last three relations tell w and v, and that y and z add up to nothing: then x is nothing."""
    assert found([1, 1, 1, 0, 0], [0, 1, 1, 1, 1], [0, 1, 1, 2, 3], [0, 1, 1, 4, 9]) == [True, False, False, True, True]


def test_the_larger_prime_itself_is_nothing() -> None:
    assert found([LARGER_PRIME, 1, 1]) == [False, False, False]


def test_an_elimination_that_takes_too_much_work_is_refused() -> None:
    square = ([1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1])
    assert found(*square, work=6) == [False] * 4
    with pytest.raises(DisclosureRisk) as caught:
        found(*square, work=5)
    (problem,) = caught.value.problems
    assert "have coefficients of different size, and take more than 5 steps" in problem.rule
    assert problem.remedy


def test_what_hangs_together_with_coefficients_of_different_size_is_looked_at() -> None:
    rows = [[1, -1, 0, 0, 0, 0, 0], [0, 3, 3, 0, 0, 0, 0], [0, 0, 0, 2, 1, 0, 0], [0, 0, 0, 0, 1, 1, 0]]
    assert confusable(sparse.csr_array(np.array(rows))).tolist() == [False] * 3 + [True] * 3 + [False]
    assert confusable(sparse.csr_array(np.zeros((0, 2)))).tolist() == [False, False]


def dense_beside_a_pair(factor: float, rows: int = 20, width: int = 12) -> LinearSystem:
    """Two relations of two cells whose determinant is a multiple of the prime, beside many sums of the others."""
    random = np.random.default_rng(3)
    block = random.integers(0, 2, (rows, width)).astype(np.float64)
    pair = np.array([[1.0, 1.0], [1.0, 1.0 + factor]])
    matrix = np.block([[pair, np.zeros((2, width))], [np.zeros((rows, 2)), block]])
    sums = np.hstack([matrix, -np.eye(rows + 2)])
    values = np.concatenate([random.integers(1, 9, width + 2), np.zeros(rows + 2)])
    values[width + 2 :] = matrix @ values[: width + 2]
    hidden = np.arange(len(values)) < width + 2
    names = [str(cell) for cell in range(len(values))]
    none = np.zeros(len(values))
    return system_of(names, values, (names[: rows + 2], sparse.csr_array(sums)), sensitive=hidden, levels=(none, none))


def test_work_for_sums_of_cells_is_not_taken_from_relations_that_one_prime_confuses() -> None:
    system = dense_beside_a_pair(PRIME / 10**6)
    verdicts = audit_system(system, system.sensitive, guarantee="exact").verdicts
    assert (verdicts[:2] == Verdict.DERIVABLE).all()


def test_where_no_prime_can_be_asked_projections_are_or_the_audit_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_much(*_: object) -> None:
        raise DisclosureRisk("too much")

    monkeypatch.setattr("anonymization.audit_system.determined_again", too_much)
    mild = dense_beside_a_pair(1.0)
    assert (audit_system(mild, mild.sensitive, guarantee="exact").verdicts[:2] == Verdict.DERIVABLE).all()
    far = dense_beside_a_pair(PRIME / 10**6)
    with pytest.raises(DisclosureRisk, match="too much"):
        audit_system(far, far.sensitive, guarantee="exact")
