"""A table as protection needs it, wherever it came from: every cell of all margins, once, with what is known of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt

from anonymization.dimension import TOTAL, Dimension
from anonymization.primary.contributions import Contributions
from anonymization.relations import Flags, Ints, Relations, number_nodes, relate
from anonymization.system import Reals
from anonymization.words import Text
from datasets.errors import Problem, SourceInvalid, UsageInvalid
from publishers.standalone.rules_file import Where

MOST_CELLS = 3_000_000
"""Cells of one table, margins included; larger ones do not fit into the memory of a small machine."""
MOST_DECIMALS = 15
"""More are not told apart in a number of some size."""


@dataclass(frozen=True)
class MeasureInput:
    """The published numbers of one measure; arrays are (cells,), and `counts` is as in `CellFacts`."""

    name: str
    values: Reals
    contributors: Ints
    counts: bool
    contributions: Contributions | None = None
    sole: Ints | None = None
    """Who is alone in each cell, where that is known, as in `Contributions`."""
    part_of: str | None = None
    """The measure that counts all whom this one counts, and others."""
    left: Mapping[str, MeasureInput] = field(default_factory=dict)
    """What is left without this one of each measure that it is a part of, where records tell whose it is."""


@dataclass(frozen=True)
class Decided:
    """Cells that somebody found unsafe beforehand, bool (cells,), and their protection levels, float64 (cells,)."""

    unsafe: Flags
    lower: Reals
    upper: Reals


@dataclass(frozen=True)
class TableInput:
    """All cells of a table in the order of their coordinates, the first dimension slowest; arrays are (cells,).

    `exempt` are cells that somebody found safe, whatever the rules say. `computed` counts the cells that were added up
    here. `notes` is what the report has to say about how the table was read; `undeclared` are those of the notes that
    are for whoever runs the command: measures that might be parts of others, and are not said to be.
    """

    dimensions: tuple[Dimension, ...]
    measures: tuple[MeasureInput, ...]
    structural: Flags
    frozen: Flags
    forced: Flags
    tolerance: float
    exempt: Flags
    decided: Decided | None = None
    weights: Reals | None = None
    units: Ints | None = None
    largest_unit: Ints | None = None
    population: Ints | None = None
    computed: int = 0
    notes: tuple[Text, ...] = ()
    undeclared: tuple[Text, ...] = ()

    def __len__(self) -> int:
        return len(self.structural)

    @property
    def coordinates(self) -> Ints:
        """The member of each cell in each dimension, int64 (cells, dimensions)."""
        return np.column_stack(np.unravel_index(np.arange(len(self)), shape_of(self.dimensions))).astype(np.int64)

    def codes(self, cell: int) -> tuple[str, ...]:
        """Return the codes of a cell, one for each dimension."""
        places = np.unravel_index(cell, shape_of(self.dimensions))
        return tuple(one.members[at] for one, at in zip(self.dimensions, places, strict=True))

    def relations(self) -> Relations:
        """Return every sum that links the cells."""
        return relate(number_nodes([(0, self.coordinates)]), self.dimensions)


def shape_of(dimensions: Sequence[Dimension]) -> tuple[int, ...]:
    """Return how many members each dimension has; raises `SourceInvalid` where they make too many cells."""
    shape = tuple(len(one.members) for one in dimensions)
    if math.prod(shape) > MOST_CELLS:
        rule = f"crossing them makes {math.prod(shape):,} cells, where {MOST_CELLS:,} are the most"
        problem = Problem("dimensions", rule, "protect a coarser table, or give its cells and relations with --cells")
        raise SourceInvalid("The table is too large", problems=[problem])
    return shape


def members_of(dimension: Dimension, codes: Iterable[str], *, total: str) -> Ints:
    """Return the index of each code, int64; -1 where the dimension has no such member."""
    index = {code: at for at, code in enumerate(dimension.members)} | {total: dimension.total}
    return np.array([index.get(code, -1) for code in codes], dtype=np.int64)


def cells_where(dimensions: Sequence[Dimension], conditions: Sequence[Where], totals: Sequence[str], key: str) -> Flags:
    """Return the cells that at least one condition names, bool (cells,); raises `UsageInvalid` for an unknown code."""
    found = np.zeros(shape_of(dimensions), dtype=np.bool_)
    for where in conditions:
        each = []
        for dimension, total in zip(dimensions, totals, strict=True):
            chosen = np.ones(len(dimension.members), dtype=np.bool_)
            if dimension.name in where:
                places = members_of(dimension, where[dimension.name], total=total)
                _check_codes(places, where[dimension.name], f"{key}, {dimension.name}", dimension.members)
                chosen[:] = False
                chosen[places] = True
            each.append(chosen)
        found |= _crossed(each)
    return found.reshape(-1)


def _crossed(each: Sequence[Flags]) -> Flags:
    """Return which cells have a flagged member in every dimension, as a cube."""
    found = np.ones(tuple(len(flags) for flags in each), dtype=np.bool_)
    for axis, flags in enumerate(each):
        found &= flags.reshape([-1 if at == axis else 1 for at in range(len(each))])
    return found


def _check_codes(places: Ints, codes: Sequence[str], place: str, members: Sequence[str]) -> None:
    problems = []
    for code in (code for code, at in zip(codes, places, strict=True) if at < 0):
        near = [f"did you mean {one}? " for one in get_close_matches(code, members, n=1)]
        remedy = "".join([*near, f"use its codes, or {TOTAL}"])
        problems.append(Problem(f"the rules, {place}", f"{code} is not a code of the table", remedy))
    if problems:
        raise UsageInvalid("The rules name cells that do not exist", problems=problems)


# Margins --------------------------------------------------------------------------------------------------------------


def bottom_up(dimension: Dimension) -> list[tuple[int, tuple[int, ...]]]:
    """Return each parent with children that make it up, those without parents among their children first.

    A parent in several hierarchies is listed for each of them.
    """
    sums = dimension.sums
    height = dict.fromkeys(range(len(dimension.members)), 0)
    for _ in dimension.members:
        before = dict(height)
        for parent, children in sums:
            height[parent] = max(height[parent], 1 + max(height[child] for child in children))
        if before == height:
            break
    return sorted(sums, key=lambda one: (height[one[0]], one[0]))


def is_single(dimensions: Sequence[Dimension]) -> Flags:
    """Return the cells of which no coordinate is a sum of others, bool (cells,)."""
    each = []
    for dimension in dimensions:
        single = np.ones(len(dimension.members), dtype=np.bool_)
        single[[parent for parent, _ in dimension.sums]] = False
        each.append(single)
    return _crossed(each).reshape(-1)


def add_margins(dimensions: Sequence[Dimension], given: Flags, arrays: Sequence[npt.NDArray[np.float64]]) -> Flags:
    """Add up, in place, the cells that are not given and of which all parts of one sum are; return which are known."""
    shape = shape_of(dimensions)
    known = given.reshape(shape).copy()
    cubes = [array.reshape(shape) for array in arrays]
    for axis, dimension in enumerate(dimensions):
        slices = [np.moveaxis(cube, axis, 0) for cube in cubes]
        here = np.moveaxis(known, axis, 0)
        for parent, children in bottom_up(dimension):
            whole = ~here[parent] & here[list(children)].all(axis=0)
            for cube in slices:
                # In a table of one dimension these are single numbers, of which no part can be written to.
                cube[parent] = np.where(whole, cube[list(children)].sum(axis=0), cube[parent])
            here[parent] |= whole
    return known.reshape(-1)


def sums_as_written(values: Reals, decimals: int) -> Reals:
    """Return sums of numbers that have so many decimals with no more, float64 (cells,).

    Adding them up leaves a trace behind the last one, which depends on the parts, withheld ones too.

    >>> sums_as_written(np.array([0.1 + 0.2, 0.1 + 0.2 - 0.3]), 1).tolist()
    [0.3, 0.0]
    """
    if decimals > MOST_DECIMALS:
        return values
    scale = 10.0**decimals
    steps = np.rint(values * scale)
    return np.where(np.abs(steps) < 2.0**53, steps / scale, values)


def describe_cell(dimensions: Sequence[Dimension]) -> Callable[[int], str]:
    """Return what gives each cell its name, such as `province=01, sex=_T`."""
    shape = shape_of(dimensions)

    def name(cell: int) -> str:
        places = np.unravel_index(cell, shape)
        return ", ".join(f"{one.name}={one.members[at]}" for one, at in zip(dimensions, places, strict=True))

    return name
