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
from anonymization.relations import Ints
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
        together: two draws for one count would tell more than one.
        """
        names = self._names(tables)
        together = _same(tables)
        shared: dict[int, str] = {}
        for group, name in zip(together.tolist(), names, strict=True):
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


def _same(tables: TableSet) -> Ints:
    """Return the number of each node's group, int64 (nodes,): cells that are each other's only part."""
    matrix = tables.relations.matrix
    pairs = np.flatnonzero(np.diff(matrix.indptr) == 2)
    one, other = matrix.indices[matrix.indptr[pairs]], matrix.indices[matrix.indptr[pairs] + 1]
    size = len(tables.nodes)
    edges = sparse.coo_array((np.ones(len(pairs), dtype=np.int8), (one, other)), shape=(size, size))
    return np.asarray(connected_components(edges, directed=False)[1], dtype=np.int64)
