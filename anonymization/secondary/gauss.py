"""The fast first step of secondary suppression: withhold enough cells that no sum determines a protected one."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy import sparse

from anonymization.relations import Flags, Ints
from anonymization.secondary.elimination import PRIME, inverse, modulo, null_vectors, without_columns

VECTORS = 64
"""Null vectors drawn at a time: each publication uses one up, so more vectors mean fewer but dearer draws."""


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
    done = 0
    while done < len(order):
        columns = np.flatnonzero(withheld)
        place = np.full(len(withheld), -1, dtype=np.int64)
        place[columns] = np.arange(len(columns))
        vectors = null_vectors(matrix[:, columns], VECTORS, random)
        publish, seen = _walk(vectors[place[order[done:]]], vectors[place[np.flatnonzero(protect)]])
        withheld[order[done : done + seen][publish[:seen]]] = False
        done += seen
    return withheld


@njit(cache=True)
def _walk(candidates: Ints, protect: Ints) -> tuple[Flags, int]:
    """Return which rows of `candidates` to publish, and how many were decided before the vectors ran out.

    A row holds one column's coordinates in the null vectors. Publishing c fixes c at zero: combine the vectors so that
    c's coordinate is zero in all but one, and give that one up. A column p becomes fixed too exactly when its
    coordinates are a multiple of c's, which two random vectors already tell. Candidates that are not reached are left
    alone, so the work is in the protected rows.
    """
    vectors = candidates.shape[1]
    leads, factors = np.empty(vectors, np.int64), np.empty((vectors, vectors), np.int64)
    used = np.zeros(vectors, np.bool_)
    publish, given_up = np.zeros(len(candidates), np.bool_), 0
    for index in range(len(candidates)):
        if vectors - given_up < 3:
            return publish, index
        c = candidates[index]
        for earlier in range(given_up):
            _combine(c, leads[earlier], factors[earlier])
        lead = 0
        while lead < vectors and (used[lead] or c[lead] == 0):
            lead += 1
        publish[index] = lead == vectors or not _fixes_any(protect, c, lead)
        if publish[index] and lead < vectors:
            negative = PRIME - inverse(c[lead])
            for vector in range(vectors):
                factors[given_up, vector] = modulo(negative * c[vector])
            leads[given_up], used[lead] = lead, True
            for row in range(len(protect)):
                _combine(protect[row], lead, factors[given_up])
            given_up += 1
    return publish, len(candidates)


@njit(cache=True)
def _combine(row: Ints, lead: int, factors: Ints) -> None:
    own = row[lead]
    if own:
        for vector in range(len(row)):
            row[vector] = modulo(row[vector] + factors[vector] * own)


@njit(cache=True)
def _fixes_any(protect: Ints, c: Ints, lead: int) -> bool:
    for row in range(len(protect)):
        p = protect[row]
        same = True
        vector = 0
        while same and vector < len(c):
            same = modulo(p[vector] * c[lead]) == modulo(p[lead] * c[vector])
            vector += 1
        if same:
            return True
    return False
