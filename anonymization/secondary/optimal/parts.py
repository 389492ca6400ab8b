"""The parts of a system that hang together, each with what is still to be protected in it: solved one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from anonymization.relations import Flags, Ints
from anonymization.secondary.interval.demand import Demand, Reals

FAR = 1e4
"""How many times a level a column is taken to move at most while programs are solved; cuts do without it."""


@dataclass(frozen=True)
class Side:
    """A column that must be able to move by `level` in one direction: 1 up, -1 down.

    A `free` side only must not be determined by the sums: it may move by anything, and so may all others, whatever
    readers know of their values.
    """

    column: int
    sign: int
    level: float
    free: bool = False


@dataclass(frozen=True)
class Part:
    """Columns that hang together: those nobody sees anyway, the first `unknown`, and then those that may be withheld.

    `cells` are their numbers in the system, int64 (columns,); `matrix` is float64 (relations, columns); `fall` and
    `rise`, (columns,), are how far values move before they meet what readers know; `cost`, (candidates,), is the price
    of each that may be withheld. `sides` are those that what is unknown anyway does not protect.
    """

    cells: Ints
    unknown: int
    matrix: sparse.csr_array
    fall: Reals
    rise: Reals
    cost: Reals
    sides: tuple[Side, ...]

    @property
    def candidates(self) -> Ints:
        """The cells that may be withheld, int64 (candidates,)."""
        return self.cells[self.unknown :]

    def rooms(self, side: Side) -> tuple[Reals, Reals]:
        """Return how far columns can fall and rise in view of a side, in units of its level, float64 (columns,) each.

        inf where nothing that readers know is in the way.
        """
        if side.free:
            endless = np.full(len(self.cells), np.inf)
            return endless, endless
        return self.fall / side.level, self.rise / side.level


def parts_of(demand: Demand, sides: Sequence[Side]) -> list[Part]:
    """Return the parts in which there are sides, whose columns are cells of the system here; in order of their cells.

    Cells that stand alone in a relation, whatever is withheld, cannot move, and neither can what they leave alone.
    """
    usable = _movable(demand)
    inside = np.flatnonzero(usable)
    order = np.concatenate([inside[demand.unknown[inside]], inside[~demand.unknown[inside]]])
    label = _labels(demand.matrix, order)
    place = np.full(demand.width, -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    asked = [side for side in sides if place[side.column] >= 0]
    wanted = sorted({int(label[place[side.column]]) for side in asked})
    found = []
    for one in wanted:
        own = [side for side in asked if label[place[side.column]] == one]
        found.append(_part(demand, order[label == one], own))
    return found


def _part(demand: Demand, cells: Ints, sides: Sequence[Side]) -> Part:
    matrix = sparse.csr_array(demand.matrix[:, cells])
    unknown = int(demand.unknown[cells].sum())
    place = {int(cell): at for at, cell in enumerate(cells)}
    return Part(
        cells=cells,
        unknown=unknown,
        matrix=sparse.csr_array(matrix[np.flatnonzero(np.diff(matrix.indptr))]),
        fall=demand.fall[cells],
        rise=demand.rise[cells],
        cost=demand.cost[cells[unknown:]],
        sides=tuple(replace(side, column=place[side.column]) for side in sides),
    )


def _movable(demand: Demand) -> Flags:
    """Return the columns that may move if all that may be withheld is, bool (columns,)."""
    told = (demand.fall == 0) & (demand.rise == 0)
    usable: Flags = (demand.unknown & ~told) | np.isfinite(demand.cost)
    pattern = (abs(demand.matrix) > 0).astype(np.int64)
    while True:
        single = np.flatnonzero(pattern @ usable.astype(np.int64) == 1)
        if not len(single):
            return usable
        usable[np.unique(pattern[single].indices)] = False


def _labels(matrix: sparse.csr_array, columns: Ints) -> Ints:
    """Return the number of the connected part that each column is in, int64 (columns,)."""
    entries = sparse.coo_array(matrix[:, columns])
    rows, places = entries.coords
    size = matrix.shape[0] + len(columns)
    links = sparse.coo_array((np.ones(len(rows)), (rows, places + matrix.shape[0])), shape=(size, size))
    labels = sparse.csgraph.connected_components(links, directed=False)[1]
    return np.asarray(labels[matrix.shape[0] :], dtype=np.int64)
