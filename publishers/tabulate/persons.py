"""Counts distinct persons in every margin at once, from rows in which those of one person stand together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import prod

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from publishers.tabulate.cells import CubeShape, Ints, address_of, node_addresses
from publishers.tabulate.recode import PlannedDimension

_CARRY_LIMIT = 1_000_000
"""Rows of one person that are held before repeated ones among them are dropped."""


class PersonCounts:
    """Distinct persons in every cell of one cube, for each population.

    Most persons have all their rows in one finest cell: they are counted there and added up like rows. The others are
    counted in each node, by marking in each cell the last person seen. Exact, in time linear in rows times nodes and
    memory linear in cells; counting distinct values inside GROUPING SETS takes memory in persons times nodes.
    """

    def __init__(
        self, shape: CubeShape, crossed: Sequence[PlannedDimension], populations: int, *, modulus: int = 2**31
    ) -> None:
        """``crossed``: the dimensions over which the rows number their cells; the cube has some or all of them.

        Sums of weights are right modulo ``modulus``, which is larger than any number of persons unless it is given.
        """
        self._shape = shape
        self._modulus = modulus
        self._radix = np.array([one.members.leaves for one in crossed], dtype=np.int64)
        names = [one.name for one in crossed]
        self._axes = np.array([names.index(name) for name in shape.cube.dimensions], dtype=np.int64)
        self._addresses = node_addresses(shape)
        self._alone = np.zeros((populations, prod(shape.leaves)), dtype=np.int64)
        # The last person and the count of a cell stand side by side, because they are read together.
        self._several = np.zeros((populations, prod(shape.positions), 2), dtype=np.int32)
        self._person = 0

    def add(self, starts: Ints, cells: Ints, flags: Ints, weights: Ints | None = None) -> None:
        """Count whole persons: ``starts`` their first rows, ``cells`` and ``flags`` (rows,).

        With ``weights``, int64 (persons,) from 0 to below the modulus, they are added up instead of ones.
        """
        weights = np.ones(len(starts), dtype=np.int64) if weights is None else weights
        bounds = np.append(starts, len(cells))
        buffer = np.zeros((int(np.diff(bounds).max(initial=1)), len(self._axes)), dtype=np.int64)
        numbering = (self._radix, self._axes, np.array(self._shape.leaves, dtype=np.int64))
        addresses = (self._addresses.steps, self._addresses.nodes)
        tallies = (self._alone, self._several, buffer)
        rows = (bounds, cells, flags, weights)
        self._person = _count(rows, numbering, addresses, tallies, (self._person, self._modulus))

    def totals(self) -> list[Ints]:
        """Return the distinct persons of every cell, or their weights, int64 (positions,), for each population."""
        return [
            self._shape.roll_up(alone) + several[:, 1]
            for alone, several in zip(self._alone, self._several, strict=True)
        ]


@njit(cache=True)
def _count(
    rows: tuple[Ints, Ints, Ints, Ints],
    numbering: tuple[Ints, Ints, Ints],
    addresses: tuple[Ints, Ints],
    tallies: tuple[Ints, npt.NDArray[np.int32], Ints],
    numbers: tuple[int, int],
) -> int:
    """Add persons to the tallies; return the number of the last person who had several finest cells.

    ``numbers``: that of the last person so far, and the modulus of weights.
    """
    bounds, cells, flags, weights = rows
    alone, several, buffer = tallies
    person, modulus = numbers
    for group in range(len(bounds) - 1):
        start, after = bounds[group], bounds[group + 1]
        together = True
        either = flags[start]
        for row in range(start + 1, after):
            together = together and cells[row] == cells[start]
            either |= flags[row]
        if together:
            finest = _unravel(cells[start], numbering, buffer[0])
        else:
            finest = _unravel_all(cells[start:after], numbering, buffer)
        if finest >= 0:
            for population in range(alone.shape[0]):
                alone[population, finest] += ((either >> population) & 1) * weights[group]
        else:
            person += 1
            _count_in_nodes(buffer, flags[start:after], addresses, several, (person, weights[group], modulus))
    return person


@njit(cache=True)
def _unravel(cell: int, numbering: tuple[Ints, Ints, Ints], leaves: Ints) -> int:
    """Write the leaf of each dimension of the cube into ``leaves``, and return the number of its finest cell."""
    radix, axes, sizes = numbering
    axis = len(axes) - 1
    finest, stride = 0, 1
    for place in range(len(radix) - 1, -1, -1):
        leaf = cell % radix[place]
        cell //= radix[place]
        if axis >= 0 and axes[axis] == place:
            leaves[axis] = leaf
            finest += leaf * stride
            stride *= sizes[axis]
            axis -= 1
    return finest


@njit(cache=True)
def _unravel_all(cells: Ints, numbering: tuple[Ints, Ints, Ints], leaves: Ints) -> int:
    """Write the leaves of each row into ``leaves``; return the finest cell where all rows share it, otherwise -1."""
    first = _unravel(cells[0], numbering, leaves[0])
    together = True
    for row in range(1, len(cells)):
        together = (_unravel(cells[row], numbering, leaves[row]) == first) and together
    return first if together else -1


@njit(cache=True)
def _count_in_nodes(
    leaves: Ints,
    flags: Ints,
    addresses: tuple[Ints, Ints],
    several: npt.NDArray[np.int32],
    numbers: tuple[int, int, int],
) -> None:
    """Count one person once in each cell of each node in which a row of theirs falls.

    ``numbers``: that of the person, the person's weight, and the modulus of weights.
    """
    person, weight, modulus = numbers
    for node in range(len(addresses[1])):
        for row in range(len(flags)):
            address = address_of(addresses, node, leaves[row])
            if address < 0:
                continue
            for population in range(several.shape[0]):
                if (flags[row] >> population) & 1 and several[population, address, 0] != person:
                    several[population, address, 0] = person
                    several[population, address, 1] = (several[population, address, 1] + weight) % modulus


# Rows of one person together ------------------------------------------------------------------------------------------


def whole_persons(batches: Iterable[pa.Table]) -> Iterator[tuple[Ints, ...]]:
    """Yield the first rows of persons, and the cell and flags of each row; no person is split between two batches.

    ``batches`` have the columns person, cell, flags and place, ordered by place; where they have the column key, the
    key of each person is yielded as well.
    """
    for starts, rows in whole_groups(batches):
        found = starts, rows["cell"].to_numpy(), rows["flags"].to_numpy().astype(np.int64)
        yield (*found, rows["key"].to_numpy().astype(np.int64)[starts]) if "key" in rows.column_names else found


def whole_groups(batches: Iterable[pa.Table]) -> Iterator[tuple[Ints, pa.Table]]:
    """Yield the first rows of persons, int64, in rows of whole persons.

    ``batches`` have the columns person and place, and are ordered by place. Two persons may share a place: their
    rows are then sorted by person, so the result is exact whatever expression the place is.
    """
    carried: pa.Table | None = None
    for batch in batches:
        rows = batch if carried is None else pa.concat_tables([carried, batch])
        place = rows["place"].to_numpy()
        first = _start_of_last(place)
        carried = _without_repeats(rows.slice(first))
        if first:
            yield _persons(rows.slice(0, first), place[:first])
    if carried is not None and len(carried):
        yield _persons(carried, carried["place"].to_numpy())


def _start_of_last(place: npt.NDArray[np.generic]) -> int:
    changes = np.flatnonzero(place[1:] != place[:-1])
    return int(changes[-1]) + 1 if len(changes) else 0


def _without_repeats(rows: pa.Table) -> pa.Table:
    if len(rows) <= _CARRY_LIMIT:
        return rows
    return rows.group_by(rows.column_names).aggregate([]).select(rows.column_names)


def _persons(rows: pa.Table, place: npt.NDArray[np.generic]) -> tuple[Ints, pa.Table]:
    another = _differs(rows["person"])
    if bool((another & (place[1:] == place[:-1])).any()):
        rows = rows.sort_by([("place", "ascending"), ("person", "ascending")])
        another = _differs(rows["person"])
    return np.concatenate([np.zeros(1, dtype=np.int64), np.flatnonzero(another) + 1]), rows


def _differs(person: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    values = person.combine_chunks()
    return np.asarray(pc.not_equal(values[1:], values[:-1]).to_numpy(zero_copy_only=False), dtype=np.bool_)
