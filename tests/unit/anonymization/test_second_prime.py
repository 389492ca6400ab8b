"""What sums determine modulo the larger prime, against rational elimination."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from anonymization.second_prime import LARGER_PRIME, determined_again
from anonymization.secondary.elimination import PRIME
from tests.support.linear_oracle import determined_columns


def found(*rows: list[int], work: int = 1_000) -> list[bool] | None:
    flags = determined_again(sparse.csr_array(np.array(rows)), np.random.default_rng(0), work=work)
    return None if flags is None else [bool(flag) for flag in flags]


def test_columns_are_determined_as_by_fractions() -> None:
    flags: list[bool] = []
    for seed in range(300):
        random = np.random.default_rng(seed)
        shape = (int(random.integers(0, 12)), int(random.integers(1, 16)))
        chosen = np.less(random.random(shape), random.uniform(0.1, 0.6))
        dense = np.where(chosen, random.choice([1, -1, 2, -3, 10**12, PRIME], shape), 0)
        again = determined_again(sparse.csr_array(dense), random)
        assert again is not None
        assert again.tolist() == determined_columns(dense.astype(np.float64)), seed
        flags += again.tolist()
    assert 300 < sum(flags) < len(flags) - 300


def test_what_the_smaller_prime_confuses_is_told_apart() -> None:
    assert found([1, 1], [1, 1 + PRIME]) == [True, True]
    assert found([1, 1], [1, 1]) == [False, False]
    assert found([PRIME]) == [True]


def test_the_larger_prime_itself_is_nothing() -> None:
    assert found([LARGER_PRIME, 1, 1]) == [False, False, False]


def test_an_elimination_that_takes_too_much_work_says_nothing() -> None:
    square = ([1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1])
    assert found(*square, work=6) == [False] * 4
    assert found(*square, work=5) is None
