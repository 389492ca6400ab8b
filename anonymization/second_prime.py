"""Finds what sums determine once more, modulo a larger prime: for coefficients that one prime could confuse."""

from __future__ import annotations

import heapq
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from anonymization.relations import Flags
from datasets.errors import DisclosureRisk, Problem

LARGER_PRIME = 2**61 - 1
"""A Mersenne prime; Python's whole numbers hold its products."""

WORK = 5_000_000
"""How many entries an elimination may write: some seconds."""

Row = dict[int, int]


def confusable(matrix: sparse.csr_array) -> Flags:
    """Return which columns hang together, by relations, with coefficients of different size, bool (columns,).

    Elsewhere relations are sums of cells, up to a factor, and do not differ by multiples of a prime alone.

    >>> confusable(sparse.csr_array(np.array([[1, -1, 0, 0, 0], [0, 0, 5, 1, 0], [0, 0, 0, 1, 1]]))).tolist()
    [False, False, True, True, True]
    """
    links = sparse.coo_array(matrix)
    size, height = np.abs(links.data).astype(np.float64), matrix.shape[0]
    largest, smallest = np.zeros(height), np.full(height, np.inf)
    np.maximum.at(largest, links.row, size)
    np.minimum.at(smallest, links.row, size)
    graph = sparse.coo_array((np.ones(matrix.nnz), (links.row, height + links.col)), shape=(sum(matrix.shape),) * 2)
    count, part = connected_components(sparse.csr_array(graph), directed=False)
    mixed = np.zeros(count, dtype=np.bool_)
    mixed[part[:height][largest > smallest]] = True
    return np.asarray(mixed[part[height:]])


def determined_again(matrix: sparse.csr_array, random: np.random.Generator, *, work: int = WORK) -> Flags:
    """Return which columns are the same in all solutions of `matrix @ x = b`, bool (columns,).

    `matrix` holds whole numbers. Elimination gives each pivot by what stands after it; a random vector that obeys that
    is zero where a column is determined, and elsewhere with a chance of 2 ** -61. Raises `DisclosureRisk` where that
    takes more than `work`.

    >>> sums = sparse.csr_array(np.array([[1, 1, 0], [1, 2**31, 0], [0, 0, 0]]))
    >>> determined_again(sums, np.random.default_rng(0)).tolist()
    [True, True, False]
    """
    pivots = _eliminate(_rows(matrix), work)
    if pivots is None:
        rule = f"have coefficients of different size, and take more than {work:,} steps to be solved"
        problem = Problem("relations", rule, "write them in one unit, or protect what hangs together by itself")
        raise DisclosureRisk("The system is too large to be attacked.", problems=[problem])
    values = [int(value) + 1 for value in random.integers(0, LARGER_PRIME - 1, size=matrix.shape[1])]
    for column, row in reversed(pivots):
        values[column] = -sum(value * values[other] for other, value in row.items()) % LARGER_PRIME
    return np.array([value == 0 for value in values], dtype=np.bool_)


def _rows(matrix: sparse.csr_array) -> list[Row]:
    starts, columns, values = matrix.indptr.tolist(), matrix.indices.tolist(), matrix.data.tolist()
    rows = []
    for first, last in pairwise(starts):
        entries = zip(columns[first:last], values[first:last], strict=True)
        rows.append({column: value % LARGER_PRIME for column, value in entries if value % LARGER_PRIME})
    return rows


def _eliminate(rows: list[Row], work: int) -> list[tuple[int, Row]] | None:
    """Return each pivot with what its row says of other columns, for a pivot of 1; the shortest row comes first."""
    holders: dict[int, set[int]] = {}
    for number, row in enumerate(rows):
        for column in row:
            holders.setdefault(column, set()).add(number)
    queue, pivots = [(len(row), number) for number, row in enumerate(rows) if row], []
    heapq.heapify(queue)
    while queue:
        length, number = heapq.heappop(queue)
        row = rows[number]
        if length == 0 or length != len(row):
            continue
        pivot = min(row, key=lambda column: (len(holders[column]), column))
        for column in row:
            holders[column].discard(number)
        lead = pow(row.pop(pivot), -1, LARGER_PRIME)
        rest = {column: value * lead % LARGER_PRIME for column, value in row.items()}
        rows[number] = {}
        pivots.append((pivot, rest))
        for other in sorted(holders.pop(pivot)):
            work -= length
            if work < 0:
                return None
            _subtract(rows[other], rest, rows[other].pop(pivot), (holders, other))
            heapq.heappush(queue, (len(rows[other]), other))
    return pivots


def _subtract(row: Row, pivot: Row, factor: int, held: tuple[dict[int, set[int]], int]) -> None:
    """Subtract a multiple of a pivot's row from another row, and keep up which rows hold each column."""
    holders, number = held
    for column, value in pivot.items():
        left = (row.get(column, 0) - factor * value) % LARGER_PRIME
        if left:
            row[column] = left
            holders[column].add(number)
        elif column in row:
            del row[column]
            holders[column].discard(number)
