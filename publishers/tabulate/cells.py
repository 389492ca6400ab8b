"""Adds up finest cells to all margins, and picks the cells of each table: arithmetic on arrays, without any engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from numba import njit

from publishers.tabulate.plan import TOTAL_LEVEL, Cube, Node, PlannedTable, TabulationPlan
from publishers.tabulate.recode import PlannedDimension

Ints = npt.NDArray[np.int64]
Number = TypeVar("Number", np.int64, np.float64)

TOTAL_POSITION = 0
"""Along each dimension, position 0 is the total and position m + 1 the m-th published member."""


@dataclass(frozen=True)
class CubeShape:
    """How the cells of a cube are addressed: over leaves, and over positions (total first), first dimension slowest."""

    cube: Cube
    dimensions: tuple[PlannedDimension, ...]

    @property
    def leaves(self) -> tuple[int, ...]:
        return tuple(one.members.leaves for one in self.dimensions)

    @property
    def positions(self) -> tuple[int, ...]:
        return tuple(len(one.members.codes) + 1 for one in self.dimensions)

    def roll_up(self, leaves: Ints) -> Ints:
        """Return all cells, int64 (positions,), of sums given over the leaves, int64 (leaves,); flat in and out.

        A member's leaves are a range, so its sum is a difference of running sums: exact, and linear in the cells.
        """
        return roll_up(leaves.reshape(self.leaves), self.dimensions).reshape(-1)


def cube_shapes(plan: TabulationPlan) -> tuple[CubeShape, ...]:
    """Return the shape of each cube of a plan."""
    return tuple(CubeShape(cube, tuple(plan.dimension(name) for name in cube.dimensions)) for cube in plan.cubes)


def roll_up(leaves: Ints, dimensions: Sequence[PlannedDimension]) -> Ints:
    """Return sums over positions of sums over leaves, one axis for each dimension."""
    for axis, dimension in enumerate(dimensions):
        spans = [(0, dimension.members.leaves), *dimension.members.spans]
        first, after = np.array(spans, dtype=np.int64).T
        start = np.zeros((*leaves.shape[:axis], 1, *leaves.shape[axis + 1 :]), dtype=np.int64)
        running = np.concatenate([start, np.cumsum(leaves, axis=axis)], axis=axis)
        leaves = running.take(after, axis=axis) - running.take(first, axis=axis)
    return leaves


@dataclass(frozen=True)
class TableCells:
    """The cells of one table in published order, and where each one stands in which cube.

    ``positions`` holds an int32 array (rows,) for each dimension; ``cube`` and ``address`` are int64 (rows,).
    """

    positions: Mapping[str, npt.NDArray[np.int32]]
    cube: Ints
    address: Ints

    def __len__(self) -> int:
        return len(self.cube)

    def pick(self, cubes: Sequence[npt.NDArray[Number]]) -> npt.NDArray[Number]:
        """Return the table's values, (rows, …), from the values of every cell of every cube, (positions, …) each."""
        if len(cubes) == 1:
            return cubes[0][self.address]
        values = np.zeros((len(self), *cubes[0].shape[1:]), dtype=cubes[0].dtype)
        for number, cells in enumerate(cubes):
            own = self.cube == number
            values[own] = cells[self.address[own]]
        return values


def table_cells(plan: TabulationPlan, table: PlannedTable, shapes: Sequence[CubeShape]) -> TableCells:
    """Return the cells of a table ordered by its dimensions: totals first, then as code lists have them."""
    own = [plan.dimension(name) for name in table.dimensions]
    blocks = [_node_cells(node, table.dimensions, own, shapes) for node in table.nodes]
    positions = [np.concatenate([block[0][axis] for block in blocks]) for axis in range(len(own))]
    order = np.lexsort(positions[::-1])
    return TableCells(
        positions={name: one[order].astype(np.int32) for name, one in zip(table.dimensions, positions, strict=True)},
        cube=np.concatenate([np.full(len(block[2]), block[1]) for block in blocks])[order],
        address=np.concatenate([block[2] for block in blocks])[order],
    )


def _node_cells(
    node: Node, names: Sequence[str], dimensions: Sequence[PlannedDimension], shapes: Sequence[CubeShape]
) -> tuple[list[Ints], int, Ints]:
    """Return the positions of one node's cells in each dimension, the cube that has them, and their addresses in it."""
    choices = [_level_positions(one, level) for one, level in zip(dimensions, node, strict=True)]
    positions = [grid.reshape(-1) for grid in np.meshgrid(*choices, indexing="ij")]
    crossed = {name for name, level in zip(names, node, strict=True) if level != TOTAL_LEVEL}
    number = next(number for number, shape in enumerate(shapes) if crossed <= set(shape.cube.dimensions))
    address = np.zeros(len(positions[0]), dtype=np.int64)
    for name, size in zip(shapes[number].cube.dimensions, shapes[number].positions, strict=True):
        own = positions[names.index(name)] if name in names else TOTAL_POSITION
        address = address * size + own
    return positions, number, address


def _level_positions(dimension: PlannedDimension, level: int) -> Ints:
    if level == TOTAL_LEVEL:
        return np.array([TOTAL_POSITION], dtype=np.int64)
    return np.array(dimension.members.at_level(level), dtype=np.int64) + 1


# Node by node, for what cannot be added up ---------------------------------------------------------------------------


@dataclass(frozen=True)
class NodeAddresses:
    """For each node of a cube, what a leaf adds to the address of the cell that it falls into.

    ``steps`` is int64 (dimensions, levels + 1, leaves): the address step of a leaf's member at each level, the last row
    for the total (0); -1 where a leaf has no member at a level. ``nodes`` is int64 (nodes, dimensions).
    """

    steps: npt.NDArray[np.int64]
    nodes: npt.NDArray[np.int64]


@njit(cache=True)
def address_of(addresses: tuple[Ints, Ints], node: int, leaves: Ints) -> int:
    """Return the cell of a node into which a row of these leaves falls, or -1 where it falls into none."""
    steps, nodes = addresses
    address = 0
    for axis in range(nodes.shape[1]):
        step = steps[axis, nodes[node, axis], leaves[axis]]
        if step < 0:
            return -1
        address += step
    return address


def node_addresses(shape: CubeShape) -> NodeAddresses:
    """Return the addresses by which one row is counted in every node of a cube."""
    levels = max((len(one.members.levels) for one in shape.dimensions), default=0)
    width = max((one.members.leaves for one in shape.dimensions), default=1)
    steps = np.full((len(shape.dimensions), levels + 1, max(width, 1)), -1, dtype=np.int64)
    for axis, one in enumerate(shape.dimensions):
        stride = int(np.prod(shape.positions[axis + 1 :], dtype=np.int64))
        steps[axis, levels, :] = 0
        for member, (level, span) in enumerate(zip(one.members.level_of, one.members.spans, strict=True)):
            steps[axis, level, span[0] : span[1]] = (member + 1) * stride
    nodes = [[levels if level == TOTAL_LEVEL else level for level in node] for node in shape.cube.nodes]
    return NodeAddresses(steps, np.array(nodes, dtype=np.int64).reshape(len(nodes), len(shape.dimensions)))
