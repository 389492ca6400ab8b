"""Finds what sums determine by projecting at random: slower to doubt than elimination, but it never fills up memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import sparse
from scipy.sparse.linalg import lsmr

from anonymization.relations import Flags, Ints

Reals = npt.NDArray[np.float64]

STILL, MOVES = 1e-6, 1e-5
"""A coordinate below the first, in every projection, is determined; above the second in one, it is not."""

ROUNDS = 4
"""How many times projections are repeated, each time more exactly, while some coordinate lies between the two."""


def determined(matrix: sparse.csr_array, random: np.random.Generator) -> Flags:
    """Return which columns are the same in all solutions of `matrix @ x = b`, bool (columns,).

    Columns that stand alone in a relation are known, and so is what they leave alone. The others are determined exactly
    when a random vector, projected on the null space, is zero there; the projection is the least-squares residual of
    LSMR (Fong and Saunders 2011). A column that stays in doubt counts as determined, so that an audit fails closed.
    """
    told = _alone(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.shape[1])
    left = np.flatnonzero(~told)
    rest = matrix[:, left].astype(np.float64)
    rest = sparse.csr_array(rest[np.flatnonzero(np.diff(rest.indptr))])
    largest = np.zeros(len(left))
    for number in range(ROUNDS):
        tolerance = 10.0 ** -(10 + number)
        largest = np.maximum(largest, np.abs(_projected(rest, random, tolerance)))
        if number > 0 and not ((largest > STILL) & (largest < MOVES)).any():
            break
    told[left[largest < MOVES]] = True
    return told


def _projected(matrix: sparse.csr_array, random: np.random.Generator, tolerance: float) -> Reals:
    start = random.choice([-1.0, 1.0], size=matrix.shape[1]) * (1 + random.random(matrix.shape[1]))
    if matrix.shape[0] == 0:
        return start
    adjoint = sparse.csr_array(matrix.T)
    most = 20 * int(np.sqrt(matrix.shape[1])) + 2_000
    fit = lsmr(adjoint, start, atol=tolerance, btol=tolerance, conlim=0, maxiter=most)[0]
    return np.asarray(start - adjoint @ fit)


@njit(cache=True)
def _alone(starts: Ints, columns: Ints, width: int) -> Flags:
    """Return the columns that relations with a single unknown tell, and those that these tell in turn."""
    height = len(starts) - 1
    told, count = np.zeros(width, np.bool_), np.diff(starts)
    heads = np.zeros(width + 1, np.int64)
    for column in columns:
        heads[column + 1] += 1
    heads = np.cumsum(heads)
    rows, filled = np.empty(len(columns), np.int64), heads[:-1].copy()
    for row in range(height):
        for at in range(starts[row], starts[row + 1]):
            rows[filled[columns[at]]] = row
            filled[columns[at]] += 1
    front = [row for row in range(height) if count[row] == 1]
    while front:
        row = front.pop()
        for at in range(starts[row], starts[row + 1]):
            column = columns[at]
            if not told[column]:
                told[column] = True
                for place in range(heads[column], heads[column + 1]):
                    count[rows[place]] -= 1
                    if count[rows[place]] == 1:
                        front.append(rows[place])
    return told
