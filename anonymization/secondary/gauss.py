"""The fast first step of secondary suppression: withhold enough cells that no sum determines a protected one."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy import sparse

from anonymization.relations import Flags, Ints
from anonymization.secondary.elimination import PRIME, Echelon, Vectors, folded, inverse, null_vectors, without_columns

VECTORS = 96
"""Null vectors drawn at a time: each publication uses one up, so more vectors mean fewer but dearer draws."""

BATCH = 2000
"""Candidates between two eliminations: they are no pivots, so that publishing one leaves the elimination as it is."""


def determined(matrix: sparse.csr_array, unknown: Flags, random: np.random.Generator) -> Flags:
    """Return which unknown columns the relations determine, bool (columns,); known columns are never flagged."""
    columns = np.flatnonzero(unknown)
    fixed = np.zeros(len(unknown), dtype=np.bool_)
    vectors = null_vectors(matrix[:, columns], 2, random)
    fixed[columns] = ~vectors.any(axis=1)
    return fixed


def choose(
    matrix: sparse.csr_array, *, unknown: Flags, protect: Flags, candidates: Ints, random: np.random.Generator
) -> tuple[Flags, Flags]:
    """Return which candidates to withhold so that no column in `protect` is determined, and which cannot be helped.

    `matrix` is (relations, columns); `unknown` are columns that nobody sees in any case; `protect` is a part of them;
    `candidates` are the columns that may be withheld, cheapest first. Takes the cheapest sufficient prefix by
    bisection, then publishes again from the dearest down whatever is not needed. What is withheld in the end is not
    determined itself. A column cannot be helped when even withholding every candidate leaves it determined.
    """
    # What the relations do not determine now, they do not determine when more is withheld either: only the columns
    # in danger matter, and the others are eliminated once and for all.
    danger = protect & determined(matrix, unknown, random)
    if not danger.any():
        return danger, danger
    relevant = danger.copy()
    relevant[candidates] = True
    columns = np.flatnonzero(unknown | relevant)
    matrix = without_columns(matrix[:, columns], ~relevant[columns])
    place = np.full(len(unknown), -1, dtype=np.int64)
    place[columns] = np.arange(len(columns))
    danger, candidates = danger[columns], place[candidates]
    size = _shortest_prefix(matrix, danger, candidates, random)
    withheld = danger.copy()
    withheld[candidates[:size]] = True
    reachable = danger & ~determined(matrix, withheld, random)
    kept = _publish_again(matrix, withheld, reachable, candidates[:size][::-1], random) & ~danger
    chosen = np.zeros(len(unknown), dtype=np.bool_)
    chosen[columns[kept]] = True
    helpless = np.zeros(len(unknown), dtype=np.bool_)
    helpless[columns[danger & ~reachable]] = True
    return chosen, helpless


def _shortest_prefix(matrix: sparse.csr_array, danger: Flags, candidates: Ints, random: np.random.Generator) -> int:
    def exposed(size: int) -> int:
        trial = danger.copy()
        trial[candidates[:size]] = True
        return int((determined(matrix, trial, random) & danger).sum())

    unavoidable = exposed(len(candidates))
    low, high = -1, len(candidates)
    while high - low > 1:
        middle = (low + high) // 2
        if exposed(middle) <= unavoidable:
            high = middle
        else:
            low = middle
    return high


def _publish_again(
    matrix: sparse.csr_array, withheld: Flags, protect: Flags, order: Ints, random: np.random.Generator
) -> Flags:
    """Walk through `order` and publish each column unless that would determine a protected one."""
    withheld = withheld.copy()
    for first in range(0, len(order), BATCH):
        batch = order[first : first + BATCH]
        columns = np.flatnonzero(withheld)
        place = np.full(len(withheld), -1, dtype=np.int64)
        place[columns] = np.arange(len(columns))
        withheld[batch] = ~published(matrix[:, columns], place[batch], place[protect], random)
    return withheld


def published(matrix: sparse.csr_array, batch: Ints, protect: Ints, random: np.random.Generator) -> Flags:
    """Return which columns of the batch to publish, bool (batch,), each decided in view of those before.

    All columns of the matrix are unknown; a column of `batch`, in the order given, is published unless that would
    determine one of `protect`.
    """
    others = np.ones(matrix.shape[1], dtype=np.bool_)
    others[batch] = False
    echelon = Echelon(matrix, others)
    rest = echelon.rest[:, batch]
    publish, done = np.zeros(len(batch), dtype=np.bool_), 0
    while done < len(batch):
        unknown = np.flatnonzero(~publish)
        vectors = random.integers(0, PRIME, size=(matrix.shape[1], VECTORS), dtype=np.uint32)
        vectors[batch] = 0
        vectors[batch[unknown]] = null_vectors(rest[:, unknown], VECTORS, random)
        echelon.completed(vectors)
        own, seen = _walk(vectors[batch[done:]], np.ascontiguousarray(vectors[protect].T))
        publish[done : done + seen] = own[:seen]
        done += seen
    return publish


@njit(cache=True)
def _walk(candidates: Vectors, protect: Vectors) -> tuple[Flags, int]:
    """Return which candidates to publish, and how many were decided before the vectors ran out.

    `candidates` is (columns, vectors), `protect` (vectors, columns). Publishing c fixes c at zero: the first vector
    that is left is taken from the others in such multiples that c's coordinate is zero in them, and given up. A column
    p becomes fixed too exactly when its coordinates are a multiple of c's, which the two next vectors already tell.
    A vector of the protected columns is brought up to date only when its turn comes.
    """
    vectors = candidates.shape[1]
    factors = np.empty((vectors, vectors), np.uint32)
    publish, given_up = np.zeros(len(candidates), np.bool_), 0
    for index in range(len(candidates)):
        if vectors - given_up < 3:
            return publish, index
        c = candidates[index]
        for earlier in range(given_up):
            _add(c, factors[earlier], c[earlier], earlier + 1)
        one, other = np.int64(c[given_up]), np.int64(c[given_up + 1])
        if one == 0:
            # Determined already, or, with a chance of one in PRIME, withheld for nothing.
            publish[index] = other == 0
        elif not _fixes_any(protect[given_up], protect[given_up + 1], one, other):
            publish[index] = True
            negative = np.uint64(np.uint32(PRIME - inverse(one)))
            for vector in range(given_up + 1, vectors):
                factors[given_up, vector] = folded(c[vector] * negative)
            given_up += 1
            _add(protect[given_up], protect[given_up - 1], factors[given_up - 1, given_up], 0)
            if given_up + 1 < vectors:
                for earlier in range(given_up):
                    _add(protect[given_up + 1], protect[earlier], factors[earlier, given_up + 1], 0)
    return publish, len(candidates)


@njit(cache=True)
def _add(row: Vectors, other: Vectors, factor: int, start: int) -> None:
    """Add a multiple of another row, from `start` on."""
    multiple = np.uint64(np.uint32(factor))
    if multiple:
        for place in range(start, len(row)):
            row[place] = folded(row[place] + other[place] * multiple)


@njit(cache=True)
def _fixes_any(first: Vectors, second: Vectors, one: np.int64, other: np.int64) -> bool:
    """Return whether any column has coordinates in the proportion of `one` to `other`."""
    left, right = np.uint64(np.uint32(other)), np.uint64(np.uint32(one))
    for start in range(0, len(first), 1024):
        same = 0
        for place in range(start, min(start + 1024, len(first))):
            same += folded(first[place] * left) == folded(second[place] * right)
        if same:
            return True
    return False
