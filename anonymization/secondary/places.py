"""Finds cells by their members: the small part of a release, with its own margins, around one cell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from anonymization.dimension import Dimension
from anonymization.relations import Ints, Nodes


class Places:
    """The nodes of a release by their coordinates."""

    def __init__(self, nodes: Nodes, dimensions: Sequence[Dimension]) -> None:
        self._coordinates = nodes.coordinates
        self._populations = sorted(set(nodes.population.tolist()))
        rows = np.column_stack([nodes.population, nodes.coordinates]).tolist()
        self._node = {tuple(row): number for number, row in enumerate(rows)}
        self._above = [_parents(dimension) for dimension in dimensions]

    def box(self, nodes: Sequence[int]) -> Ints:
        """Return the nodes whose members are, in every dimension, those of the given nodes or stand above them.

        This is a part of the release with its own margins: what changes inside it needs nothing outside it.
        """
        members = [self._closed(axis, set(column.tolist())) for axis, column in enumerate(self._coordinates[nodes].T)]
        places = product(self._populations, *members)
        return np.array([self._node[place] for place in places if place in self._node], dtype=np.int64)

    def _closed(self, axis: int, members: set[int]) -> list[int]:
        front = list(members)
        while front:
            new = self._above[axis].get(front.pop(), set()) - members
            members |= new
            front += new
        return sorted(members)


def _parents(dimension: Dimension) -> dict[int, set[int]]:
    above: dict[int, set[int]] = {}
    for parent, children in dimension.sums:
        for child in children:
            above.setdefault(child, set()).add(parent)
    return above
