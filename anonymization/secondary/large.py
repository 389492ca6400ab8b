"""Exact protection of systems too large to be eliminated at every turn: level by level, each thinned part by part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from anonymization.reduction import enough, subtracted, totals_told
from anonymization.relations import Flags, Ints
from anonymization.secondary.elimination import PRIME, Echelon, Vectors, inverse, null_vectors
from anonymization.secondary.gauss import BATCH, published

Keys = npt.NDArray[np.uint64]

MANY = 2**31
"""More candidates than any relation has."""


class Level(NamedTuple):
    """Which candidates are offered together: a part of them, the cheapest, and those near cells in danger.

    These are reached in so many `steps`, each along a relation to the cheapest of its candidates, `width` of them.
    """

    share: float
    steps: int = 0
    width: int = MANY


LEVELS = (
    Level(0.1),
    Level(0.3),
    Level(0.45),
    Level(0, steps=2, width=3),
    Level(0, steps=3, width=4),
    Level(0, steps=4, width=8),
    Level(0.5, steps=2),
    Level(1),
)
"""Few candidates make a sparse system that is solved in seconds and help most cells; only the last few need more."""

PARTS = 2
"""Into how many parts candidates are divided when there are too many to be decided between two eliminations."""

LAST = 60_000
"""How many of the chosen, the dearest, are looked at once more in the end: all of some hundred thousand cells."""


def choose_in_levels(
    matrix: sparse.csr_array, *, unknown: Flags, protect: Flags, candidates: Ints, random: np.random.Generator
) -> tuple[Flags, Flags]:
    """Return what `gauss.choose` returns, for systems of a million columns.

    At each level some candidates are withheld, which helps some cells in danger; of these candidates, as many are
    published again as those cells do not need. What was chosen at one level helps at the next. In the end what was
    chosen is looked at once more, the dearest `LAST` of it, so that nothing dear is withheld that is not needed.
    """
    total = totals_told(matrix, random)
    endangered = protect & _determined(matrix, total, unknown, random)
    danger, withheld = endangered.copy(), unknown.copy()
    for level in LEVELS:
        if not danger.any():
            break
        offered = _offered(matrix, danger, candidates[~withheld[candidates]], level)
        trial = withheld.copy()
        trial[offered] = True
        fixed = _determined(matrix, total, trial, random)
        rest = matrix[:, np.flatnonzero(trial & ~fixed)]
        withheld = _thinned(rest, (trial, fixed), danger & ~fixed, offered, random)
        danger &= _determined(matrix, total, withheld, random)
    fixed = _determined(matrix, total, withheld, random)
    chosen = candidates[withheld[candidates]]
    dearest = chosen[max(0, len(chosen) - LAST) :]
    rest = matrix[:, np.flatnonzero(withheld & ~fixed)]
    withheld = _thinned(rest, (withheld, fixed), endangered & ~fixed, dearest, random)
    if len(dearest) < len(chosen):
        # Those that were not looked at may have lost what hid them: they serve nobody any more.
        withheld &= unknown | ~_determined(matrix, total, withheld, random)
    return withheld & ~unknown, danger


def _determined(matrix: sparse.csr_array, total: Ints, unknown: Flags, random: np.random.Generator) -> Flags:
    """Return which unknown columns the relations determine, bool (columns,)."""
    told, rest = subtracted(matrix[:, np.flatnonzero(unknown)])
    told[~told] = ~null_vectors(rest[enough(rest, total)], 2, random).any(axis=1)
    fixed = np.zeros(len(unknown), dtype=np.bool_)
    fixed[unknown] = told
    return fixed


def _offered(matrix: sparse.csr_array, danger: Flags, candidates: Ints, level: Level) -> Ints:
    """Return the candidates of a level, cheapest first as they are given."""
    rank = np.full(len(danger), -1, dtype=np.int64)
    rank[candidates] = np.arange(len(candidates))
    offered = np.zeros(len(danger), dtype=np.bool_)
    offered[candidates[: int(np.ceil(level.share * len(candidates)))]] = True
    near = danger
    for _ in range(level.steps):
        near = _beside(matrix, near, rank, level.width)
        offered |= near
    return candidates[offered[candidates]]


def _beside(matrix: sparse.csr_array, columns: Flags, rank: Ints, width: int) -> Flags:
    """Return the `width` first candidates by `rank` of each relation that has any of the columns, bool (columns,)."""
    pattern = sparse.csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
    links = sparse.coo_array(pattern[np.flatnonzero(pattern @ columns.astype(np.float64))])
    allowed = rank[links.col] >= 0
    rows, members = links.row[allowed], links.col[allowed]
    order = np.lexsort((rank[members], rows))
    rows, members = rows[order], members[order]
    found = np.zeros(len(columns), dtype=np.bool_)
    found[members[np.arange(len(rows)) - np.searchsorted(rows, rows) < width]] = True
    return found


def _thinned(
    matrix: sparse.csr_array, pattern: tuple[Flags, Flags], protect: Flags, order: Ints, random: np.random.Generator
) -> Flags:
    """Return the pattern without the columns of `order`, cheapest first, that no protected column needs.

    `pattern` says which columns are withheld and which of them are determined nevertheless; `matrix` has the others.
    What is determined serves nobody and is published. Parts of the system that share no relation are decided apart.
    """
    withheld, fixed = pattern
    columns = np.flatnonzero(withheld & ~fixed)
    rank = np.full(len(withheld), -1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    withheld = withheld.copy()
    withheld[order] = False
    for rows, members in _parts(matrix, protect[columns]):
        own = columns[members]
        offered = np.flatnonzero(rank[own] >= 0)
        offered = offered[np.argsort(-rank[own[offered]])]
        publish = _published_in_parts(sparse.csr_array(matrix[rows][:, members]), protect[own], offered, random)
        withheld[own[offered[~publish]]] = True
    return withheld


def _parts(matrix: sparse.csr_array, wanted: Flags) -> Iterator[tuple[Ints, Ints]]:
    """Yield the rows and columns of each part that shares no relation with the rest and has a wanted column."""
    height, nodes = matrix.shape[0], sum(matrix.shape)
    # Rows and columns are the nodes, and every coefficient joins two of them.
    links = sparse.coo_array(matrix)
    graph = sparse.coo_array((np.ones(matrix.nnz), (links.row, height + links.col)), shape=(nodes, nodes))
    count, labels = connected_components(sparse.csr_array(graph), directed=False)
    rows, columns = np.argsort(labels[:height], kind="stable"), np.argsort(labels[height:], kind="stable")
    row_ends = np.cumsum(np.bincount(labels[:height], minlength=count))
    column_ends = np.cumsum(np.bincount(labels[height:], minlength=count))
    for part in np.unique(labels[height:][wanted]).tolist():
        first = (row_ends[part - 1], column_ends[part - 1]) if part else (0, 0)
        yield rows[first[0] : row_ends[part]], columns[first[1] : column_ends[part]]


def _published_in_parts(matrix: sparse.csr_array, protect: Flags, order: Ints, random: np.random.Generator) -> Flags:
    """Return which columns of `order` to publish, bool (order,), each decided in view of those before.

    `order` is divided, and each part decided in turn. The columns outside the part are eliminated, which leaves a small
    system: what they say of the part, and of those protected columns that only the part can still move.
    """
    withheld, publish = np.ones(matrix.shape[1], dtype=np.bool_), np.zeros(len(order), dtype=np.bool_)
    size = max(BATCH, -(-len(order) // PARTS))
    for first in range(0, len(order), size):
        part, columns = order[first : first + size], np.flatnonzero(withheld)
        place = np.full(matrix.shape[1], -1, dtype=np.int64)
        place[columns] = np.arange(len(columns))
        decided = _decided(matrix[:, columns], protect[columns], place[part], random)
        publish[first : first + size] = decided
        withheld[part[decided]] = False
    return publish


def _decided(matrix: sparse.csr_array, protect: Flags, part: Ints, random: np.random.Generator) -> Flags:
    others = np.ones(matrix.shape[1], dtype=np.bool_)
    others[part] = False
    echelon = Echelon(matrix, others)
    vectors = random.integers(0, PRIME, size=(matrix.shape[1], 2), dtype=np.uint32)
    vectors[part] = 0
    # What moves while the part stays as it is cannot be determined by publishing any of it.
    still = np.flatnonzero(protect & ~echelon.completed(vectors).any(axis=1))
    if not len(still):
        return np.ones(len(part), dtype=np.bool_)
    vectors = np.zeros((matrix.shape[1], 3), dtype=np.uint32)
    vectors[part] = null_vectors(echelon.rest[:, part], 3, random)
    # Columns in a fixed proportion are determined together: one of them speaks for all.
    still = still[np.unique(_proportions(echelon.completed(vectors)[still]), return_index=True)[1]]
    small, columns = echelon.about(np.concatenate([part, still]))
    place = np.full(matrix.shape[1], -1, dtype=np.int64)
    place[columns] = np.arange(len(columns))
    if len(part) <= BATCH:
        return published(small, place[part], place[still], random)
    guarded = np.zeros(len(columns), dtype=np.bool_)
    guarded[place[still]] = True
    return _published_in_parts(small, guarded, place[part], random)


@njit(cache=True)
def _proportions(vectors: Vectors) -> Keys:
    """Return a number for each column, the same for columns in proportion: the ratios of three coordinates.

    That two others have the same number has a chance of about 2 ** -62.
    """
    keys = np.empty(len(vectors), np.uint64)
    for column in range(len(vectors)):
        factor = np.uint64(inverse(np.int64(vectors[column, 0])))
        one = np.uint64(vectors[column, 1]) * factor % np.uint64(PRIME)
        other = np.uint64(vectors[column, 2]) * factor % np.uint64(PRIME)
        keys[column] = one * np.uint64(2**32) + other
    return keys
