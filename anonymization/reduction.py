"""Makes a system small before it is eliminated: what single relations tell, and relations that only repeat others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from scipy import sparse

from anonymization.relations import Flags, Ints
from anonymization.secondary.elimination import PRIME, Vectors, inverse, modulo

NONE = -1
"""In place of a total, for a relation that is kept in any case."""


def subtracted(matrix: sparse.csr_array) -> tuple[Flags, sparse.csr_array]:
    """Return which columns single relations tell in turn, bool (columns,), and what all relations say of the others.

    >>> told, rest = subtracted(sparse.csr_array(np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 1]])))
    >>> told.tolist(), rest.toarray().tolist()
    ([True, True, False, False], [[0, 0], [0, 0], [1, 1]])
    """
    told = _alone(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.shape[1])
    return told, sparse.csr_array(matrix[:, np.flatnonzero(~told)])


def totals_told(matrix: sparse.csr_array, random: np.random.Generator) -> Ints:
    """Return the total that each relation tells, int64 (relations,), `NONE` where it may say more than that.

    A relation tells the one column whose coefficient has another sign than all others. Totals whose parts are totals in
    turn, but never in a circle, follow from their finest parts by one relation each; the others only repeat that if
    they hold for whatever values those parts have. Two random values modulo `PRIME` for each part show which do, with
    a chance of about 2 ** -62 that one is overlooked. Whichever relation is then kept for each total, the others follow
    from those kept: these are independent, because each has a total of its own, and as many.

    >>> matrix = sparse.csr_array(np.array([[1, 1, 0, 0, -1, 0], [0, 0, 1, 1, 0, -1], [0, 0, 0, 0, 1, -1]]))
    >>> totals_told(matrix, np.random.default_rng(0)).tolist()
    [4, -1, 5]
    """
    rows = (matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data.astype(np.int64))
    by_column = sparse.csc_array(matrix)
    columns = (by_column.indptr.astype(np.int64), by_column.indices.astype(np.int64))
    total = _lone_sign(*rows)
    values = random.integers(0, PRIME, size=(matrix.shape[1], 2), dtype=np.uint32)
    settled = _fill_in(rows, columns, total, values)
    total[~settled[total]] = NONE
    total[~_hold(rows, values)] = NONE
    return total


def enough(matrix: sparse.csr_array, total: Ints) -> Ints:
    """Return relations from which all others follow, int64; of those that tell the same total, the shortest.

    `total` is what `totals_told` found for these relations, perhaps with more columns than `matrix` has: a column that
    is left out is known. Relations without columns are left out as well.
    """
    length = np.diff(matrix.indptr)
    order = np.lexsort((length, total))
    shortest = np.ones(len(total), dtype=np.bool_)
    shortest[order[1:]] = (total[order[1:]] != total[order[:-1]]) | (total[order[1:]] == NONE)
    return np.flatnonzero(shortest & (length > 0))


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


@njit(cache=True)
def _lone_sign(starts: Ints, columns: Ints, values: Ints) -> Ints:
    """Return the column of each relation whose sign no other has, the negative one of two, or `NONE`."""
    total = np.full(len(starts) - 1, NONE, np.int64)
    for row in range(len(total)):
        negative, positive, last = 0, 0, np.array([NONE, NONE])
        for place in range(starts[row], starts[row + 1]):
            if values[place] < 0:
                negative, last[0] = negative + 1, place
            elif values[place] > 0:
                positive, last[1] = positive + 1, place
        place = NONE
        if negative == 1 and positive:
            place = last[0]
        elif positive == 1 and negative:
            place = last[1]
        if place != NONE and values[place] % PRIME:
            total[row] = columns[place]
    return total


@njit(cache=True)
def _fill_in(rows: Any, columns: Any, total: Ints, values: Vectors) -> Flags:
    """Give totals the values, uint32 (columns, vectors), that follow from their parts; return which are settled.

    A total is settled once all relations that tell it have settled parts; none of a circle ever is.
    """
    column_start, column_rows = columns
    told, missing = np.zeros(len(values), np.int64), np.diff(rows[0]) - 1
    telling = np.full(len(values), NONE, np.int64)
    for row in range(len(total)):
        if total[row] != NONE:
            told[total[row]] += 1
            telling[total[row]] = row
    settled: Flags = told == 0
    front = [column for column in range(len(values)) if settled[column]]
    while front:
        column = front.pop()
        if telling[column] != NONE:
            _follow(values, column, rows, telling[column])
        for at in range(column_start[column], column_start[column + 1]):
            row, above = column_rows[at], total[column_rows[at]]
            if above not in (NONE, column):
                missing[row] -= 1
                if missing[row] == 0:
                    told[above] -= 1
                    if told[above] == 0:
                        settled[above] = True
                        front.append(above)
    return settled


@njit(cache=True)
def _follow(values: Vectors, column: int, rows: Any, row: int) -> None:
    """Set what follows for a column from a relation and the values of the others in it."""
    starts, columns, coefficients = rows
    lead: Any = np.int64(0)
    for vector in range(values.shape[1]):
        total: Any = np.int64(0)
        for place in range(starts[row], starts[row + 1]):
            value = coefficients[place] % PRIME
            if columns[place] == column:
                lead = value
            else:
                total = modulo(total + value * np.int64(values[columns[place], vector]))
        values[column, vector] = modulo((PRIME - total) * np.int64(inverse(lead)))


@njit(cache=True)
def _hold(rows: Any, values: Vectors) -> Flags:
    """Return which relations the values, uint32 (columns, vectors), obey modulo `PRIME`."""
    starts, columns, coefficients = rows
    hold = np.ones(len(starts) - 1, np.bool_)
    for row in range(len(hold)):
        for vector in range(values.shape[1]):
            total: Any = np.int64(0)
            for place in range(starts[row], starts[row + 1]):
                value = coefficients[place] % PRIME
                total = modulo(total + value * np.int64(values[columns[place], vector]))
            hold[row] &= total == 0
    return hold
