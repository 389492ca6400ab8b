"""Random null vectors of a sparse matrix modulo a prime: the fast test of what linear relations give away."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numba import njit
from scipy import sparse

from anonymization.relations import Ints

PRIME = 2**31 - 1
"""A Mersenne prime whose products still fit in 64 bits."""


def null_vectors(matrix: sparse.csr_array, count: int, random: np.random.Generator) -> Ints:
    """Return `count` random vectors of the null space modulo `PRIME`, int64 (columns, count).

    A column whose row of the result is zero throughout is determined by the relations, with a chance of error of
    PRIME ** -count that only ever makes it look determined. Sparse Gaussian elimination after Markowitz (1957), with
    rows and columns of a single entry first, because they cause no fill.
    """
    vectors = random.integers(0, PRIME, size=(matrix.shape[1], count), dtype=np.int64)
    if matrix.nnz:
        canonical = sparse.csr_array(matrix)
        canonical.sort_indices()
        starts = canonical.indptr.astype(np.int64)
        columns = canonical.indices.astype(np.int64)
        pivots = _eliminate(starts, columns, canonical.data.astype(np.int64) % PRIME, matrix.shape[1])
        _back_substitute(vectors, pivots)
    return vectors


@njit(cache=True, inline="always")
def modulo(value: int) -> int:
    """Return a non-negative value below 2 ** 63 modulo `PRIME`: two shifts instead of a division."""
    folded = (value & PRIME) + (value >> 31)
    folded = (folded & PRIME) + (folded >> 31)
    return folded - PRIME if folded >= PRIME else folded


@njit(cache=True)
def inverse(value: int) -> int:
    """Return the inverse modulo `PRIME`, by Fermat's little theorem."""
    result, base, power = 1, value, PRIME - 2
    while power:
        if power & 1:
            result = modulo(result * base)
        base = modulo(base * base)
        power >>= 1
    return result


@njit(cache=True)
def _find(pool: Ints, start: int, length: int, column: int) -> int:
    """Return the place of a column in a sorted row, or -1."""
    low, high = start, start + length
    while low < high:
        middle = (low + high) // 2
        if pool[middle] < column:
            low = middle + 1
        else:
            high = middle
    return low if low < start + length and pool[low] == column else -1


@njit(cache=True)
def _subtract(pool: Any, row: Any, pivot: Any, factor: int, end: int) -> int:
    """Write row - factor * pivot at `end` of the pool (columns and values) and return its length."""
    columns, values = pool
    i, stop_i = row[0], row[0] + row[1]
    j, stop_j = pivot[0], pivot[0] + pivot[1]
    out = end
    while i < stop_i or j < stop_j:
        if j >= stop_j or (i < stop_i and columns[i] < columns[j]):
            column, value = columns[i], values[i]
            i += 1
        elif i >= stop_i or columns[j] < columns[i]:
            column, value = columns[j], modulo((PRIME - factor) * values[j])
            j += 1
        else:
            column, value = columns[i], modulo(values[i] + (PRIME - factor) * values[j])
            i += 1
            j += 1
        if value:
            columns[out], values[out] = column, value
            out += 1
    return out - end


@njit(cache=True)
def _grown(array: Ints, size: int) -> Ints:
    larger = np.empty(size, np.int64)
    larger[: len(array)] = array
    return larger


@njit(cache=True)
def _eliminate(indptr: Ints, indices: Ints, data: Ints, width: int) -> Any:  # noqa: PLR0912, PLR0915 (one kernel)
    """Bring the rows into echelon form; return pivot columns, and where each pivot row lies in the pool."""
    height = len(indptr) - 1
    start, length = indptr[:-1].copy(), np.diff(indptr)
    pool, values, end = _grown(indices, 4 * len(indices) + 64), _grown(data, 4 * len(data) + 64), len(indices)
    count, head = np.zeros(width, np.int64), np.full(width, -1, np.int64)
    link, holder, links = np.empty(2 * len(indices) + 64, np.int64), np.empty(2 * len(indices) + 64, np.int64), 0
    active = np.ones(height, np.bool_)
    queue = [(np.int64(0), np.int64(-1), np.int64(-1)) for _ in range(0)]
    for row in range(height):
        for place in range(start[row], start[row] + length[row]):
            column = pool[place]
            link[links], holder[links], head[column] = head[column], row, links
            links += 1
            count[column] += 1
        if length[row] == 1:
            heapq.heappush(queue, (np.int64(0), pool[start[row]], np.int64(row)))
    for column in range(width):
        if count[column]:
            heapq.heappush(queue, (count[column], np.int64(column), np.int64(-1)))
    pivot_columns, pivot_rows = np.empty(height, np.int64), np.empty(height, np.int64)
    found = 0
    members, seen = np.empty(height, np.int64), np.full(height, -1, np.int64)
    while queue:
        priority, column, single = heapq.heappop(queue)
        if single >= 0:
            if not active[single] or length[single] != 1:
                continue
            column = pool[start[single]]
        elif count[column] == 0:
            continue
        elif count[column] != priority:
            heapq.heappush(queue, (count[column], column, np.int64(-1)))
            continue
        # The rows that hold this column now; links to rows that lost it are stale and are dropped here.
        held, best, at = 0, single, head[column]
        while at >= 0:
            row = holder[at]
            if active[row] and seen[row] != found and _find(pool, start[row], length[row], column) >= 0:
                seen[row], members[held] = found, row
                held += 1
                if best < 0 or (single < 0 and (length[row], row) < (length[best], best)):
                    best = row
            at = link[at]
        lead = inverse(values[_find(pool, start[best], length[best], column)])
        active[best] = False
        for place in range(start[best], start[best] + length[best]):
            count[pool[place]] -= 1
        pivot_columns[found], pivot_rows[found] = column, best
        found += 1
        for index in range(held):
            row = members[index]
            if row == best:
                continue
            if end + length[row] + length[best] > len(pool):
                size = 2 * (end + length[row] + length[best])
                pool, values = _grown(pool, size), _grown(values, size)
            factor = modulo(values[_find(pool, start[row], length[row], column)] * lead)
            old_start, old_length = start[row], length[row]
            size = _subtract((pool, values), (old_start, old_length), (start[best], length[best]), factor, end)
            for place in range(old_start, old_start + old_length):
                count[pool[place]] -= 1
            for place in range(end, end + size):
                fill = pool[place]
                count[fill] += 1
                if _find(pool, old_start, old_length, fill) < 0:
                    if links == len(link):
                        link, holder = _grown(link, 2 * links), _grown(holder, 2 * links)
                    link[links], holder[links], head[fill] = head[fill], row, links
                    links += 1
            start[row], length[row] = end, size
            end += size
            if size == 1:
                heapq.heappush(queue, (np.int64(0), pool[start[row]], np.int64(row)))
        for place in range(start[best], start[best] + length[best]):
            if count[pool[place]] and pool[place] != column:
                heapq.heappush(queue, (count[pool[place]], pool[place], np.int64(-1)))
    rows = pivot_rows[:found]
    return pivot_columns[:found], start[rows], length[rows], pool[:end], values[:end]


@njit(cache=True)
def _back_substitute(vectors: Ints, pivots: Any) -> None:
    pivot_columns, starts, lengths, pool, values = pivots
    for step in range(len(pivot_columns) - 1, -1, -1):
        column, lead = pivot_columns[step], 1
        total = np.zeros(vectors.shape[1], np.int64)
        for place in range(starts[step], starts[step] + lengths[step]):
            if pool[place] == column:
                lead = values[place]
            else:
                for vector in range(len(total)):
                    total[vector] = modulo(total[vector] + values[place] * vectors[pool[place], vector])
        negative = PRIME - inverse(lead)
        for vector in range(len(total)):
            vectors[column, vector] = modulo(negative * total[vector])
