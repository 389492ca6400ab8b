"""Finds what sums determine: by elimination where that stays sparse, and by projecting at random where it fills up."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import sparse
from scipy.sparse.linalg import lsmr

from anonymization.reduction import enough, subtracted, totals_told
from anonymization.relations import Flags, Ints
from anonymization.secondary.elimination import PRIME, Vectors, null_vectors

Reals = npt.NDArray[np.float64]

STILL, MOVES = 1e-6, 1e-5
"""A coordinate below the first, in every projection, is determined; above the second in one, it is not."""

ROUNDS = 4
"""How many times projections are repeated, each time more exactly, while some coordinate lies between the two."""

WORK = 500_000_000
"""How many entries an elimination may write, about half a minute, before projections are tried, which may be slower."""


def eliminated(matrix: sparse.csr_array, unknown: Ints, random: np.random.Generator) -> Flags:
    """Return which unknown columns are the same in all solutions of `matrix @ x = b`, whole numbers, bool (unknown,).

    Columns that stand alone in a relation are known, and so is what they leave alone. Of the others, one moves when its
    coordinate in a null vector modulo a prime is not zero, and a vector counts only when multiplication shows that it
    obeys every relation: a fault in what is left out as a mere repetition, or in the elimination, which protection uses
    too, can make a column look determined but never free. Relations that differ by multiples of the prime look alike,
    so that a column they determine together looks free; sums of cells, whose coefficients are 1 and -1, have none.
    Raises `DisclosureRisk` where the elimination needs more than `WORK` or more room than it may have.
    """
    told, rest = subtracted(matrix[:, unknown])
    vectors = null_vectors(rest[enough(rest, totals_told(matrix, random))], 2, random, work=WORK)
    starts, columns = rest.indptr.astype(np.int64), rest.indices.astype(np.int64)
    proved = vectors[:, _null(starts, columns, rest.data.astype(np.int64) % PRIME, vectors)]
    told[~told] = ~proved.any(axis=1)
    return told


def determined(matrix: sparse.csr_array, random: np.random.Generator) -> Flags:
    """Return which columns are the same in all solutions of `matrix @ x = b`, bool (columns,).

    Columns that stand alone in a relation are known, and so is what they leave alone. The others are determined exactly
    when a random vector, projected on the null space, is zero there; the projection is the least-squares residual of
    LSMR (Fong and Saunders 2011). A column that stays in doubt counts as determined, so that an audit fails closed.
    """
    told, rest = subtracted(matrix.astype(np.float64))
    rest = sparse.csr_array(rest[np.flatnonzero(np.diff(rest.indptr))])
    moves = np.zeros(rest.shape[1], dtype=np.bool_)
    for number in range(ROUNDS):
        size = np.abs(_projected(rest, random, 10.0 ** -(10 + number)))
        moves |= size >= MOVES
        # The latest projection is the most exact: what the first ones were too inexact for is no longer in doubt.
        if number > 0 and not (~moves & (size > STILL)).any():
            break
    told[~told] = ~moves
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
def _null(starts: Ints, columns: Ints, values: Ints, vectors: Vectors) -> Flags:
    """Return which vectors, uint32 (columns, vectors), every relation takes to zero modulo `PRIME`.

    `reduction` multiplies for itself, because this is what would show a fault there.
    """
    null = np.ones(vectors.shape[1], np.bool_)
    for vector in range(vectors.shape[1]):
        for row in range(len(starts) - 1):
            total = np.int64(0)
            for place in range(starts[row], starts[row + 1]):
                total = (total + values[place] * np.int64(vectors[columns[place], vector])) % PRIME
            null[vector] &= total == 0
    return null
