"""Draws that a secret key and the name of a cell determine: the same cell gets the same one, today and years later."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from anonymization.perturbation.counts import refuse
from anonymization.relations import Flags, Ints
from anonymization.table import TableSet

Draws = npt.NDArray[np.uint64]

_APART = "\x1f"
"""Stands between the parts of a cell's name; no code holds it."""


@dataclass(frozen=True)
class CellDraws:
    """How cells are named for their draws, and the key, 16 to 64 bytes, without which nobody can tell a draw.

    `members` holds, for each dimension, how each of its indices is called, the total's among them also where it is not
    published; an empty name is left out, so that a cell is called the same in every table. `context` stands before all
    names: of which dataset they are. `whole` is part of every name, such as the year of an edition.
    """

    secret: bytes = field(repr=False)
    context: str
    members: Mapping[str, Sequence[str]]
    whole: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 16 <= len(self.secret) <= 64:
            raise refuse("the secret of the draws must have 16 to 64 bytes", "draw 32 bytes at random and keep them")

    def draw(self, tables: TableSet) -> Draws:
        """Return one number for each node of the tables, uint64 (nodes,), all of them equally likely.

        Populations do not count: of one place, a part goes up only where the whole would, so that what is shown of both
        never contradicts itself. Cells of the same people by their definition (a region and its only province) draw
        together, by the name of the finest: two draws for one count would tell more than one, and a table with coarser
        members besides has the same draws.
        """
        names = self._names(tables)
        together, finest = _same(tables)
        shared: dict[int, str] = {}
        for group, name, fine in zip(together.tolist(), names, finest.tolist(), strict=True):
            if fine:
                shared[group] = min(name, shared.get(group, name))
        drawn = {group: self._hashed(name) for group, name in shared.items()}
        return np.array([drawn[group] for group in together.tolist()], dtype=np.uint64)

    def _names(self, tables: TableSet) -> list[str]:
        parts = []
        for axis, dimension in enumerate(tables.dimensions):
            called = self.members[dimension.name]
            if len(called) != dimension.size:
                raise refuse(f"{dimension.name} has other members than names", "name every member, and the total")
            parts.append([called[at] for at in tables.nodes.coordinates[:, axis].tolist()])
        places = zip(*parts, strict=True)
        return [_APART.join([self.context, *sorted(filter(None, (*self.whole, *place)))]) for place in places]

    def _hashed(self, name: str) -> int:
        return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8, key=self.secret).digest())


def _same(tables: TableSet) -> tuple[Ints, Flags]:
    """Return the number of each node's group, int64 (nodes,), and which nodes are the finest of theirs, bool (nodes,).

    A group are places that are each other's only part, whoever is counted there. That others of a place happen to be
    empty makes no group: in tables without them it could not be seen, and a cell has one draw in all tables.
    """
    nodes = tables.nodes
    # The same place in another population is the same place.
    place = np.unique(nodes.coordinates, axis=0, return_inverse=True)[1].reshape(-1)
    pairs = place[_pairs(tables.relations.matrix)]
    count = int(place.max(initial=-1)) + 1
    finest = np.ones(count, dtype=np.bool_)
    finest[pairs[:, 0]] = False
    edges = sparse.coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), (count,) * 2)
    groups = connected_components(edges, directed=False)[1]
    # Where sums run in a circle, nothing is finest, and any name will do.
    known = np.zeros(count, dtype=np.bool_)
    known[groups[finest]] = True
    finest |= ~known[groups]
    return np.asarray(groups[place], dtype=np.int64), finest[place]


def _pairs(matrix: sparse.csr_array) -> Ints:
    """Return the whole and the part of every relation that has but one of each, int64 (pairs, 2)."""
    rows = np.flatnonzero(np.diff(matrix.indptr) == 2)
    ends = np.column_stack([matrix.indices[matrix.indptr[rows]], matrix.indices[matrix.indptr[rows] + 1]])
    signs = np.column_stack([matrix.data[matrix.indptr[rows]], matrix.data[matrix.indptr[rows] + 1]])
    ends, signs = ends[signs.prod(axis=1) < 0], signs[signs.prod(axis=1) < 0]
    return np.asarray(np.where(signs[:, :1] < 0, ends, ends[:, ::-1]), dtype=np.int64)
