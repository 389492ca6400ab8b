"""Which counts all published numbers together leave one value, by linear programs over everything that adds up."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from anonymization.perturbation.integer_programme import Reals
from anonymization.relations import Flags, Ints
from anonymization.secondary.solver import linear_program, optimum, quiet_solver, solved

MOST_CELLS = 5_000
"""Up to this many cells programs are solved; beyond, they take too long and ranges are handed on sum by sum alone."""

NEAR = 1e-6
"""How far from a whole number an answer of the solver may be."""


def have_one_value(matrix: sparse.csr_array, ranges: tuple[Ints, Ints], counts: Ints, cells: Ints) -> Flags:
    """Return for which of `cells`, int64 indices, nothing but the count is possible, bool (cells,).

    `matrix` is int64 (relations, columns), zero on `counts`, int64 (columns,), which lie within `ranges`, both ends
    included. Possible is what some numbers within the ranges fulfil that satisfy all relations, fractions among them;
    another value is one that is a whole unit away at least. The true counts are one such answer, and every program's
    answer may show another value for many cells at once. A cell of which no program could be solved is taken to have
    one value.

    >>> sums = sparse.csr_array(np.array([[1, 1, -1, 0], [0, 1, 0, -1]]))
    >>> low, high = np.array([0, 0, 4, 0]), np.array([2, 2, 8, 9])
    >>> have_one_value(sums, (low, high), np.array([2, 2, 4, 2]), np.array([0, 1])).tolist()
    [True, True]
    """
    lowest, highest = ranges
    left = cells[lowest[cells] < highest[cells]]
    limits = lowest.astype(np.float64), highest.astype(np.float64)
    zeros = np.zeros(matrix.shape[0])
    solver = quiet_solver()
    solver.passModel(linear_program(matrix, zeros, np.zeros(len(counts)), limits))
    for direction in (1.0, -1.0):
        left = _unshown(left, counts, _furthest(solver, len(counts), left, direction))
    found = cells[lowest[cells] == highest[cells]].tolist()
    while len(left):
        first = left[:1]
        for direction in (1.0, -1.0):
            if len(left) and left[0] == first[0]:
                left = _unshown(left, counts, _furthest(solver, len(counts), first, direction))
        if len(left) and left[0] == first[0]:
            found.append(int(first[0]))
            left = left[1:]
    return np.isin(cells, np.array(found, dtype=np.int64))


def _furthest(solver: Any, columns: int, cells: Ints, direction: float) -> Reals | None:
    """Return the answer in which the cells together are greatest (1) or least (-1); None where there was none."""
    cost = np.zeros(columns)
    cost[cells] = -direction
    solver.changeColsCost(columns, np.arange(columns, dtype=np.int32), cost)
    return optimum(solver) if solved(solver) else None


def _unshown(left: Ints, counts: Ints, answer: Reals | None) -> Ints:
    """Return the cells for which an answer shows no other value."""
    if answer is None:
        return left
    return left[np.abs(answer[left] - counts[left]) < 1 - NEAR]
