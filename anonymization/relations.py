"""The sparse linear system behind a release: every cell of every table once, and every sum that links cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.dimension import Dimension

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

    `matrix` is int64 (relations, nodes); `dimension` is int64 (relations,): the dimension that is summed over.
    `broken` counts, for each dimension, sums of which some children exist and others do not.
    """

    matrix: sparse.csr_array
    dimension: Ints
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


def relate(nodes: Nodes, dimensions: Sequence[Dimension]) -> Relations:
    """Find every sum whose parent and children are all cells of the release, along every dimension and hierarchy."""
    parts: list[_Family] = []
    broken = []
    for axis, dimension in enumerate(dimensions):
        found, incomplete = _along(nodes, axis, dimension)
        parts += found
        broken.append(incomplete)
    return Relations(_matrix(parts, len(nodes)), _axes(parts), tuple(broken))


@dataclass(frozen=True)
class _Family:
    axis: int
    parents: Ints
    children: Ints


def _along(nodes: Nodes, axis: int, dimension: Dimension) -> tuple[list[_Family], int]:
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
        found.append(_Family(axis, parents[whole], order[place[whole]]))
    return found, incomplete


def _keys(columns: Ints) -> Ints:
    """One number below the row count for each distinct row, column by column so that nothing overflows."""
    key = np.zeros(len(columns), dtype=np.int64)
    for column in columns.T:
        key = np.unique(key * (int(column.max()) + 1) + column, return_inverse=True)[1].reshape(-1)
    return key


def _matrix(parts: Sequence[_Family], width: int) -> sparse.csr_array:
    rows, columns, signs, above = [], [], [], 0
    for part in parts:
        count, members = part.children.shape
        rows.append(np.repeat(np.arange(above, above + count), members + 1))
        columns.append(np.column_stack([part.parents, part.children]).reshape(-1))
        signs.append(np.tile(np.concatenate([[-1], np.ones(members, dtype=np.int64)]), count))
        above += count
    if not parts:
        return sparse.csr_array((0, width), dtype=np.int64)
    return from_entries(np.concatenate(signs), np.concatenate(rows), np.concatenate(columns), (above, width))


def from_entries(values: Ints, rows: Ints, columns: Ints, shape: tuple[int, int]) -> sparse.csr_array:
    """Return a sparse int64 matrix with these values at these rows and columns."""
    return sparse.csr_array(sparse.coo_array((values, (rows, columns)), shape=shape).astype(np.int64))


def _axes(parts: Sequence[_Family]) -> Ints:
    return np.concatenate([np.zeros(0, np.int64), *(np.full(len(part.parents), part.axis) for part in parts)])
