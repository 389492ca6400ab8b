"""Random null vectors of a sparse matrix modulo a prime: the fast test of what linear relations give away."""

from __future__ import annotations

import heapq
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import sparse

from anonymization.relations import Flags, Ints
from datasets.errors import DisclosureRisk, Problem

PRIME = 2**31 - 1
"""A Mersenne prime whose products still fit in 64 bits."""

_PRIME, _BITS = np.uint64(PRIME), np.uint64(31)

ROOM = 100_000_000
"""The most entries that an elimination may hold, 16 bytes each; how many it needs cannot be told beforehand."""

UNLIMITED = 2**62
"""More entries than any elimination ever writes."""

Vectors = npt.NDArray[np.uint32]
"""Numbers modulo `PRIME`, half as wide as other integers: the processor multiplies eight of them at a time."""


def null_vectors(
    matrix: sparse.csr_array, count: int, random: np.random.Generator, *, work: int = UNLIMITED
) -> Vectors:
    """Return `count` random vectors of the null space modulo `PRIME`, uint32 (columns, count).

    A column whose row of the result is zero throughout is determined by the relations, with a chance of error of
    PRIME ** -count that only ever makes it look determined. `work` is how many entries may be written.
    """
    vectors = random.integers(0, PRIME, size=(matrix.shape[1], count), dtype=np.uint32)
    return Echelon(matrix, np.ones(matrix.shape[1], dtype=np.bool_), work=work).completed(vectors)


def without_columns(matrix: sparse.csr_array, columns: Flags) -> sparse.csr_array:
    """Return what the relations still say once the flagged columns are eliminated, modulo `PRIME`.

    The null space of the result is that of `matrix` as seen on the other columns; the flagged ones are empty.
    """
    return Echelon(matrix, columns).rest


class Echelon:
    """The relations solved for some columns, as far as that goes: each pivot by what stands after it.

    Sparse Gaussian elimination modulo `PRIME` after Markowitz (1957), with rows and columns of a single entry first,
    because they cause no fill. `rest` holds what the relations say of the columns that are not `eligible` as pivots,
    int64 (rows, columns). Raises `DisclosureRisk` where the rows fill up beyond `ROOM`, or `work` entries are written.
    """

    def __init__(self, matrix: sparse.csr_array, eligible: Flags, *, work: int = UNLIMITED) -> None:
        canonical = sparse.csr_array(matrix)
        canonical.sort_indices()
        starts, columns = canonical.indptr.astype(np.int64), canonical.indices.astype(np.int64)
        values = canonical.data.astype(np.int64) % PRIME
        self._pivots, rest, complete = _eliminate(starts, columns, values, eligible, (ROOM, work))
        if not complete:
            remedy = "publish coarser members, fewer dimensions in one table, or several datasets"
            problem = Problem("tables", f"need more than {ROOM:,} numbers to be held at a time", remedy)
            raise DisclosureRisk("The tables are too large to be protected.", problems=[problem])
        self._width = matrix.shape[1]
        self.rest = _gathered(rest, self._width)

    def completed(self, vectors: Vectors) -> Vectors:
        """Fill in the pivots of vectors, uint32 (columns, count), whose other columns obey `rest`; return them."""
        _back_substitute(vectors, self._pivots)
        return vectors

    def about(self, columns: Ints) -> tuple[sparse.csr_array, Ints]:
        """Return what the relations say of some columns, all that are no pivots among them, and the columns it takes.

        These are `rest` and the rows of the pivots that the columns depend on. The rows of other pivots only say what
        those are, whatever the columns may be.
        """
        needed = np.zeros(self._width, dtype=np.bool_)
        needed[columns] = True
        _, starts, lengths, pool, values = self._pivots
        steps = _depended_on(needed, self._pivots)
        rows = _gathered((starts[steps], lengths[steps], pool, values), self._width)
        kept = np.flatnonzero(needed)
        return sparse.csr_array(sparse.vstack([rows[:, kept], self.rest[:, kept]])), kept


def _gathered(rows: tuple[Ints, Ints, Ints, Ints], width: int) -> sparse.csr_array:
    starts, lengths, pool, values = rows
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    places = np.arange(bounds[-1]) + np.repeat(starts - bounds[:-1], lengths)
    return sparse.csr_array((values[places], pool[places], bounds), shape=(len(starts), width))


class _Rows(NamedTuple):
    """The rows as they change: where each lies in the pool, whether it is still to be used, and columns' counts."""

    start: Ints
    length: Ints
    active: Flags
    entries: Ints


class _Links(NamedTuple):
    """For each column a chain of rows that hold it or once did: the newest link, the link before, and its row."""

    head: Ints
    before: Ints
    holder: Ints


@njit(cache=True, inline="always")
def modulo(value: int) -> int:
    """Return a non-negative value below 2 ** 63 modulo `PRIME`: two shifts instead of a division."""
    folded = (value & PRIME) + (value >> 31)
    folded = (folded & PRIME) + (folded >> 31)
    return folded - PRIME if folded >= PRIME else folded


@njit(cache=True)
def inverse(value: Any) -> int:
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
def _eliminate(indptr: Ints, indices: Ints, data: Ints, eligible: Flags, limits: Any) -> Any:  # noqa: PLR0912 (one kernel)
    """Use eligible columns as pivots for as long as there are any; return the pivot rows, then the rows left over.

    Pivot rows are columns, starts, lengths, pool and values, in the order of use; rows left over lack the columns. The
    limits are room, of which three quarters are used, and work: entries written and links looked at. The last value
    says whether they were enough; if not, the others mean nothing.
    """
    height = len(indptr) - 1
    pool, values, end = _grown(indices, 4 * len(indices) + 64), _grown(data, 4 * len(data) + 64), len(indices)
    rows, links, used, queue = _prepare(indptr, indices, eligible)
    (room, work), nothing = limits, (indptr, indptr, pool, values)
    pivot_columns, pivot_rows, found = np.empty(height, np.int64), np.empty(height, np.int64), 0
    members, seen = np.empty(height, np.int64), np.full(height, -1, np.int64)
    while queue:
        priority, column, single = heapq.heappop(queue)
        if single >= 0:
            if not rows.active[single] or rows.length[single] != 1 or not eligible[pool[rows.start[single]]]:
                continue
            column = pool[rows.start[single]]
        elif rows.entries[column] != priority:
            if rows.entries[column]:
                heapq.heappush(queue, (rows.entries[column], column, np.int64(-1)))
            continue
        held, best, passed = _holders(rows, links, (pool, column, single), (members, seen), found)
        work -= passed
        first, last = rows.start[best], rows.start[best] + rows.length[best]
        lead = inverse(values[_find(pool, first, last - first, column)])
        rows.active[best] = False
        for place in range(first, last):
            rows.entries[pool[place]] -= 1
        pivot_columns[found], pivot_rows[found] = column, best
        found += 1
        for row in members[:held]:
            if row == best:
                continue
            need = rows.length[row] + last - first
            work -= need
            if work < 0:
                return (pivot_columns, *nothing), nothing, False
            if end + need > len(pool):
                end = _close_gaps(rows, pool, values)
                first, last = rows.start[best], rows.start[best] + rows.length[best]
                if 4 * (end + need) > 3 * room:
                    return (pivot_columns, *nothing), nothing, False
                if 2 * (end + need) > len(pool):
                    size = min(room, 2 * (end + need))
                    pool, values = _grown(pool, size), _grown(values, size)
            if used + need > len(links.holder):
                longer = 2 * (used + need)
                links = _Links(links.head, _grown(links.before, longer), _grown(links.holder, longer))
            factor = modulo(values[_find(pool, rows.start[row], rows.length[row], column)] * lead)
            size = _subtract((pool, values), (rows.start[row], rows.length[row]), (first, last - first), factor, end)
            used = _replace(rows, links, pool, (row, end, size), used)
            end += size
            if size == 1:
                heapq.heappush(queue, (np.int64(0), pool[end - 1], np.int64(row)))
        for place in range(first, last):
            if rows.entries[pool[place]] and eligible[pool[place]]:
                heapq.heappush(queue, (rows.entries[pool[place]], pool[place], np.int64(-1)))
    done, left = pivot_rows[:found], np.flatnonzero(rows.active & (rows.length > 0))
    pivots = (pivot_columns[:found], rows.start[done], rows.length[done], pool[:end], values[:end])
    return pivots, (rows.start[left], rows.length[left], pool[:end], values[:end]), True


@njit(cache=True)
def _close_gaps(rows: Any, pool: Ints, values: Ints) -> int:
    """Move the rows together over what was written before they changed; return where they end."""
    end = 0
    for row in np.argsort(rows.start):
        start, length = rows.start[row], rows.length[row]
        for place in range(length):
            pool[end + place], values[end + place] = pool[start + place], values[start + place]
        rows.start[row] = end
        end += length
    return end


@njit(cache=True)
def _prepare(indptr: Ints, indices: Ints, eligible: Flags) -> Any:
    """Return the rows, the links of every column, how many links there are, and the queue of possible pivots.

    The queue holds (entries in the column, column, -1), and (0, column, row) for a row of one entry.
    """
    height, width = len(indptr) - 1, len(eligible)
    start, length = indptr[:-1].copy(), np.diff(indptr)
    active, count, head = np.ones(height, np.bool_), np.zeros(width, np.int64), np.full(width, -1, np.int64)
    before, holder = np.empty(2 * len(indices) + 64, np.int64), np.empty(2 * len(indices) + 64, np.int64)
    queue = [(np.int64(0), np.int64(-1), np.int64(-1)) for _ in range(0)]
    for row in range(height):
        for place in range(start[row], start[row] + length[row]):
            column = indices[place]
            before[place], holder[place], head[column] = head[column], row, place
            count[column] += 1
        if length[row] == 1:
            heapq.heappush(queue, (np.int64(0), indices[start[row]], np.int64(row)))
    for column in range(width):
        if count[column] and eligible[column]:
            heapq.heappush(queue, (count[column], np.int64(column), np.int64(-1)))
    return _Rows(start, length, active, count), _Links(head, before, holder), len(indices), queue


@njit(cache=True)
def _holders(rows: Any, links: Any, wanted: Any, work: Any, stamp: int) -> tuple[int, int, int]:
    """Write the active rows that hold a column to `members`; return how many there are, and the row to use as pivot.

    That is the shortest row, or `single` where the column was found through a row of one entry. Links to rows that
    have lost the column are passed over; how many links were looked at comes last.
    """
    (pool, column, single), (members, seen) = wanted, work
    held, best, at, passed = 0, single, links.head[column], 0
    while at >= 0:
        row = links.holder[at]
        passed += 1
        if rows.active[row] and seen[row] != stamp and _find(pool, rows.start[row], rows.length[row], column) >= 0:
            seen[row], members[held] = stamp, row
            held += 1
            if best < 0 or (single < 0 and (rows.length[row], row) < (rows.length[best], best)):
                best = row
        at = links.before[at]
    return held, best, passed


@njit(cache=True)
def _replace(rows: Any, links: Any, pool: Ints, new: Any, used: int) -> int:
    """Let a row be what lies at `end` of the pool from now on; return how many links there are then."""
    row, end, size = new
    start, length = rows.start[row], rows.length[row]
    for place in range(start, start + length):
        rows.entries[pool[place]] -= 1
    for place in range(end, end + size):
        column = pool[place]
        rows.entries[column] += 1
        if _find(pool, start, length, column) < 0:
            links.before[used], links.holder[used], links.head[column] = links.head[column], row, used
            used += 1
    rows.start[row], rows.length[row] = end, size
    return used


@njit(cache=True)
def _back_substitute(vectors: Vectors, pivots: Any) -> None:
    pivot_columns, starts, lengths, pool, values = pivots
    total = np.empty(vectors.shape[1], np.uint64)
    for step in range(len(pivot_columns) - 1, -1, -1):
        column, lead = pivot_columns[step], 1
        total[:] = 0
        for place in range(starts[step], starts[step] + lengths[step]):
            if pool[place] == column:
                lead = values[place]
            else:
                _add_multiple(total, vectors[pool[place]], values[place])
        negative = np.uint64(np.uint32(PRIME - inverse(lead)))
        for vector in range(len(total)):
            vectors[column, vector] = folded(total[vector] * negative)


@njit(cache=True)
def _depended_on(needed: Flags, pivots: Any) -> Flags:
    """Flag the columns that needed ones depend on as needed too; return which pivots are, bool (pivots,).

    A pivot depends on what stands in its row, pivots of later steps among it.
    """
    columns, starts, lengths, pool, _ = pivots
    steps = np.zeros(len(columns), np.bool_)
    for step in range(len(columns)):
        if needed[columns[step]]:
            steps[step] = True
            for place in range(starts[step], starts[step] + lengths[step]):
                needed[pool[place]] = True
    return steps


@njit(cache=True, inline="always")
def folded(value: np.uint64) -> np.uint64:
    """Return a number below 2 ** 63 modulo `PRIME`, in types by which several are calculated at a time."""
    once = (value & _PRIME) + (value >> _BITS)
    twice = (once & _PRIME) + (once >> _BITS)
    return twice - _PRIME if twice >= _PRIME else twice


@njit(cache=True)
def _add_multiple(total: npt.NDArray[np.uint64], row: Vectors, factor: int) -> None:
    """Add a multiple of a row to the total, whose numbers stay below `PRIME`."""
    multiple = np.uint64(np.uint32(factor))
    for vector in range(len(total)):
        total[vector] = folded(total[vector] + row[vector] * multiple)
