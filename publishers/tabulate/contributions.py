"""Finds the largest contributors to sums in every cell of every margin, in one pass over each contributor's rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from datasets.errors import Problem, SourceInvalid
from publishers.tabulate import compile as statements
from publishers.tabulate.cells import CubeShape, Ints, address_of, node_addresses
from publishers.tabulate.persons import whole_groups
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.quantities import Part, Quantity, outside

Sizes = npt.NDArray[np.float64]
"""(cells, 1 + known): the sizes of what everybody has in a cell, added up, and the largest of them in falling order."""

LARGEST_EXACT = 2.0**53
"""Above this whole numbers have gaps in float64, so that a rule could be wrong by a unit."""


def contributions(
    connection: duckdb.DuckDBPyConnection, plan: TabulationPlan, shapes: Sequence[CubeShape], *, order: str
) -> list[dict[str, Sizes]]:
    """Return for each cube who contributes how much to its cells, by quantity and by what is left of one (`outside`).

    A contributor has one contribution in a cell: the size, whatever its sign, of what all rows of theirs add up to.
    Amounts of rows without a contributor could be anybody's; all of them are taken for the largest contributor's, which
    is the worst case of every rule. Raises SourceInvalid where sizes add up to 2 to the power of 53 or more.
    """
    added = _Added(plan)
    largest = [_Largest(shape, plan, len(added.names)) for shape in shapes]
    reader = connection.sql(statements.contribution_rows(plan, added.parts, order=order)).to_arrow_reader(1_000_000)
    for starts, rows in whole_groups(pa.Table.from_batches([batch]) for batch in reader):
        amounts = added.amounts(rows)
        for one in largest:
            one.add(starts, rows["cell"].to_numpy(), amounts)
    unknown = connection.sql(statements.unknown_contributions(plan, added.parts)).to_arrow_table()
    amounts = added.amounts(unknown)
    for one in largest:
        one.add_unknown(unknown["cell"].to_numpy(), amounts)
    return [dict(zip(added.names, one.sizes(), strict=True)) for one in largest]


class _Added:
    """What is added up for each contributor: the amounts of quantities, and of wholes without their parts."""

    def __init__(self, plan: TabulationPlan) -> None:
        self._source = plan.source
        rests = plan.rests_of_amounts
        self.names = [*(one.name for one in plan.amounts), *(outside(part.name) for _, part in rests)]
        self._terms: list[tuple[Quantity, Quantity | None]] = [(one, None) for one in plan.amounts]
        self._terms += [(whole, part) for whole, part in rests]
        self.parts: list[Part] = list(dict.fromkeys(part for one in plan.amounts for part in one.parts))
        self._sizes = np.zeros(len(self.names))

    def amounts(self, rows: pa.Table) -> Ints:
        """Return int64 (rows, names, 2): whole numbers and millionths of what the rows add."""
        columns = {part: rows[f"p{number}"].to_numpy().astype(np.int64) for number, part in enumerate(self.parts)}
        found = np.zeros((len(rows), len(self._terms), 2), dtype=np.int64)
        for number, (one, less) in enumerate(self._terms):
            for at, part in enumerate(one.parts):
                found[:, number, at] += columns[part]
            for at, part in enumerate(less.parts if less is not None else ()):
                found[:, number, at] -= columns[part]
        self._sizes += np.abs(found[:, :, 0].astype(np.float64)).sum(axis=0)
        self._check_exact()
        return found

    def _check_exact(self) -> None:
        """What all rows have, whatever its signs, bounds the sizes in every cell."""
        for name in np.array(self.names)[self._sizes >= LARGEST_EXACT].tolist():
            problem = Problem(f"{self._source}, {name}", "is too large to be added up exactly", "use a larger unit")
            raise SourceInvalid("Contributions cannot be compared", problems=[problem])


class _Largest:
    """The largest contributions to every cell of one cube."""

    def __init__(self, shape: CubeShape, plan: TabulationPlan, amounts: int) -> None:
        assert plan.concentration is not None
        crossed = [one.dimension for one in plan.crossed]
        names = [one.name for one in crossed]
        self._shape = shape
        self._radix = [one.members.leaves for one in crossed]
        self._axes = [names.index(name) for name in shape.cube.dimensions]
        self._addresses = node_addresses(shape)
        cells = prod(shape.positions)
        self._seen = np.zeros(cells, dtype=np.int64)
        self._own = np.zeros((cells, amounts, 2), dtype=np.int64)
        self._total = np.zeros((cells, amounts, 2), dtype=np.int64)
        self._most = np.zeros((cells, amounts, plan.concentration.known), dtype=np.float64)
        self._number = 0

    def _leaves(self, cells: Ints) -> Ints:
        """Return the leaf of each dimension of the cube, int64 (rows, dimensions), of finest cells over all of them."""
        leaves = np.array(np.unravel_index(cells, self._radix), dtype=np.int64) if self._radix else np.zeros((0, 0))
        return np.ascontiguousarray(leaves[self._axes].T.reshape(len(cells), len(self._axes)), dtype=np.int64)

    def add(self, starts: Ints, cells: Ints, amounts: Ints) -> None:
        """Add whole contributors: ``starts`` their first rows, with cells (rows,) and amounts (rows, names, 2)."""
        rows = (np.append(starts, len(cells)), self._leaves(cells), amounts)
        addresses = (self._addresses.steps, self._addresses.nodes)
        self._number = _add(rows, addresses, (self._seen, self._own), (self._total, self._most), self._number)

    def add_unknown(self, cells: Ints, sizes: Ints) -> None:
        """Add what nobody is known to have contributed to what the largest contributor has."""
        finest = np.zeros(len(cells), dtype=np.int64)
        for axis, leaves in enumerate(self._shape.leaves):
            finest = finest * leaves + self._leaves(cells)[:, axis]
        for number in range(sizes.shape[1]):
            own = np.zeros((2, prod(self._shape.leaves)), dtype=np.int64)
            for at in (0, 1):
                np.add.at(own[at], finest, sizes[:, number, at])
            whole, millionths = (self._shape.roll_up(one) for one in own)
            self._total[:, number, 0] += whole
            self._total[:, number, 1] += millionths
            self._most[:, number, 0] += whole + millionths / 1e6

    def sizes(self) -> Iterator[Sizes]:
        """Yield the sizes of each amount."""
        for number in range(self._total.shape[1]):
            total = self._total[:, number, 0] + self._total[:, number, 1] / 1e6
            yield np.column_stack([total, self._most[:, number]])


@njit(cache=True)
def _add(
    rows: tuple[Ints, Ints, Ints],
    addresses: tuple[Ints, Ints],
    marks: tuple[Ints, Ints],
    tallies: tuple[Ints, Sizes],
    number: int,
) -> int:
    """Add contributors to the tallies; return the last number by which cells were marked.

    For each contributor and node, every cell that a row falls into is marked, and the rows' amounts are added up there;
    then the size of each sum is added to the total, and takes its place among the largest.
    """
    bounds, leaves, amounts = rows
    seen, own = marks
    touched = np.zeros(max(1, np.max(np.diff(bounds))), dtype=np.int64)
    for group in range(len(bounds) - 1):
        for node in range(len(addresses[1])):
            number += 1
            count = 0
            for row in range(bounds[group], bounds[group + 1]):
                address = address_of(addresses, node, leaves[row])
                if address < 0:
                    continue
                if seen[address] != number:
                    seen[address] = number
                    own[address] = 0
                    touched[count] = address
                    count += 1
                own[address] += amounts[row]
            for place in range(count):
                _enter(touched[place], own, tallies)
    return number


@njit(cache=True)
def _enter(address: int, own: Ints, tallies: tuple[Ints, Sizes]) -> None:
    """Give what one contributor has in a cell its place among the largest."""
    total, most = tallies
    for amount in range(own.shape[1]):
        whole, millionths = own[address, amount, 0], own[address, amount, 1]
        size = whole + millionths / 1e6
        if size < 0:
            whole, millionths, size = -whole, -millionths, -size
        total[address, amount, 0] += whole
        total[address, amount, 1] += millionths
        for rank in range(most.shape[2]):
            if size > most[address, amount, rank]:
                size, most[address, amount, rank] = most[address, amount, rank], size
