"""The sparse linear system behind a release: every cell of every table once, and every sum that links cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.dimension import Dimension, Sum
from anonymization.link import Link

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Nodes:
    """The distinct cells of a release, in an order that does not depend on how the tables were listed.

    `population` is int64 (nodes,); `coordinates` is int64 (nodes, dimensions), where a dimension that a cell's table
    lacks holds that dimension's total. `of_block[k]` gives the node of each row of block `k`.
    """

    population: Ints
    coordinates: Ints
    of_block: tuple[Ints, ...]

    def __len__(self) -> int:
        return len(self.population)


@dataclass(frozen=True)
class Relations:
    """One row for each sum: +1 at the children, -1 at the parent, so that `matrix @ values` is zero where it holds.

    `matrix` is int64 (relations, nodes); `origin` is int64 (relations,): the dimension that is summed over or, counted
    on from the last dimension, the link that makes the sum; a link may have several parents. `broken` counts, for each
    dimension, sums of which some children exist and others do not.
    """

    matrix: sparse.csr_array
    origin: Ints
    broken: tuple[int, ...]


def number_nodes(blocks: Sequence[tuple[int, Ints]]) -> Nodes:
    """Give every distinct (population, coordinates) one number.

    A block is a population's index and its int64 (rows, dimensions) coordinates. The same cell in two tables becomes
    one node, so that it can only ever have one status.
    """
    stacked = np.concatenate([np.column_stack([np.full(len(at), population), at]) for population, at in blocks])
    distinct, inverse = np.unique(stacked, axis=0, return_inverse=True)
    ends = np.cumsum([len(at) for _, at in blocks])[:-1]
    return Nodes(distinct[:, 0], distinct[:, 1:], tuple(np.split(inverse.reshape(-1), ends)))


def relate(nodes: Nodes, dimensions: Sequence[Dimension], links: Sequence[Link] = ()) -> Relations:
    """Find every sum whose parents and children are all cells of the release: along dimensions, and across links."""
    parts: list[Family] = []
    broken = []
    for axis, dimension in enumerate(dimensions):
        found, incomplete = sums_along(nodes, axis, dimension)
        parts += found
        broken.append(incomplete)
    axes = {one.name: axis for axis, one in enumerate(dimensions)}
    for number, link in enumerate(links, start=len(dimensions)):
        across = Across(nodes, dimensions, axes[link.children[0]], axes[link.parents[0]])
        parts.append(across.family(link, number))
    return Relations(matrix_of(parts, len(nodes)), _origins(parts), tuple(broken))


@dataclass(frozen=True)
class Family:
    """Sums of one shape: nodes of the parents, int64 (sums, parents), and of the children, int64 (sums, children)."""

    origin: int
    parents: Ints
    children: Ints


class Axis(Protocol):
    """What sums along one coordinate need to know: how many members it has, and which add up to which."""

    @property
    def size(self) -> int:
        """How many indices a coordinate can take."""

    @property
    def total(self) -> int:
        """The index that stands for the total."""

    @property
    def sums(self) -> tuple[Sum, ...]:
        """Every parent with the children that add up to it."""


def sums_along(nodes: Nodes, axis: int, dimension: Axis) -> tuple[list[Family], int]:
    """Return the sums along one coordinate, and how many have some but not all of their children."""
    rest = _keys(np.column_stack([nodes.population, np.delete(nodes.coordinates, axis, axis=1)]))
    address = rest * dimension.size + nodes.coordinates[:, axis]
    order = np.argsort(address, kind="stable")
    ordered = address[order]
    found, incomplete = [], 0
    for parent, members in dimension.sums:
        parents = np.flatnonzero(nodes.coordinates[:, axis] == parent)
        wanted = rest[parents, None] * dimension.size + np.array(members)[None, :]
        place = np.minimum(np.searchsorted(ordered, wanted), len(order) - 1)
        exists = ordered[place] == wanted
        whole = exists.all(axis=1)
        incomplete += int((exists.any(axis=1) & ~whole).sum())
        found.append(Family(axis, parents[whole, None], order[place[whole]]))
    return found, incomplete


class Across:
    """Finds the sums that links make between two dimensions, at every place in the others."""

    def __init__(self, nodes: Nodes, dimensions: Sequence[Axis], children: int, parents: int) -> None:
        others = np.delete(nodes.coordinates, [children, parents], axis=1)
        self._rest = _keys(np.column_stack([nodes.population, others]))
        self._at = (nodes.coordinates[:, children], nodes.coordinates[:, parents])
        self._totals = (dimensions[children].total, dimensions[parents].total)
        self._sizes = (dimensions[children].size, dimensions[parents].size)
        address = self._address(self._rest, *self._at)
        self._order = np.argsort(address, kind="stable")
        self._ordered = address[self._order]

    def family(self, link: Link, origin: int) -> Family:
        """Return the sums of one link.

        A sum is left out where its two dimensions are crossed as well: the empty cells between them say the same.
        """
        children, parents = np.array(link.children[1]), np.array(link.parents[1])
        here = (self._at[0] == children[0]) & (self._at[1] == self._totals[1])
        rest = self._rest[np.flatnonzero(here), None]
        found = [
            self._nodes(self._address(rest, children, self._totals[1])),
            self._nodes(self._address(rest, self._totals[0], parents)),
        ]
        crossed = self._nodes(self._address(rest, children[:1], parents[:1]))[:, 0] >= 0
        kept = (found[0] >= 0).all(axis=1) & (found[1] >= 0).all(axis=1) & ~crossed
        return Family(origin, found[1][kept], found[0][kept])

    def _address(self, rest: Ints, child: Ints | int, parent: Ints | int) -> Ints:
        return np.asarray((rest * self._sizes[0] + child) * self._sizes[1] + parent)

    def _nodes(self, address: Ints) -> Ints:
        """Return the nodes at these addresses, -1 where there is none."""
        place = np.minimum(np.searchsorted(self._ordered, address), len(self._order) - 1)
        return np.where(self._ordered[place] == address, self._order[place], -1)


def _keys(columns: Ints) -> Ints:
    """One number below the row count for each distinct row, column by column so that nothing overflows."""
    key = np.zeros(len(columns), dtype=np.int64)
    for column in columns.T:
        key = np.unique(key * (int(column.max()) + 1) + column, return_inverse=True)[1].reshape(-1)
    return key


def matrix_of(parts: Sequence[Family], width: int) -> sparse.csr_array:
    """Return one row for each sum, -1 at its parents and +1 at its children, int64 (sums, width)."""
    rows, columns, signs, above = [], [], [], 0
    for part in parts:
        count, members = part.children.shape
        heads = part.parents.shape[1]
        rows.append(np.repeat(np.arange(above, above + count), heads + members))
        columns.append(np.column_stack([part.parents, part.children]).reshape(-1))
        signs.append(np.tile(np.repeat(np.array([-1, 1]), [heads, members]), count))
        above += count
    if not parts:
        return sparse.csr_array((0, width), dtype=np.int64)
    return from_entries(np.concatenate(signs), np.concatenate(rows), np.concatenate(columns), (above, width))


def from_entries(values: Ints, rows: Ints, columns: Ints, shape: tuple[int, int]) -> sparse.csr_array:
    """Return a sparse int64 matrix with these values at these rows and columns."""
    return sparse.csr_array(sparse.coo_array((values, (rows, columns)), shape=shape).astype(np.int64))


def _origins(parts: Sequence[Family]) -> Ints:
    return np.concatenate([np.zeros(0, np.int64), *(np.full(len(part.parents), part.origin) for part in parts)])
