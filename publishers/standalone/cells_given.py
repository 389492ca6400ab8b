"""Whether the rows of a table are about every cell once: which are there twice, missing, or not empty as they must."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anonymization.dimension import Dimension
from anonymization.relations import Flags, Ints
from anonymization.system import Reals
from datasets.errors import Problem, SourceInvalid
from publishers.standalone.table_input import TableInput, describe_cell, is_single, shape_of
from publishers.standalone.text_tables import MOST_TOLD, TextTable


def check_repeated(table: TextTable, at: Ints, dimensions: Sequence[Dimension], *, remedy: str) -> None:
    """Raise `SourceInvalid` for rows about a cell of an earlier row; `at` is the cell of each row, int64 (rows,)."""
    _, first, which = np.unique(at, return_index=True, return_inverse=True)
    before = first[which]
    again = np.flatnonzero(before < np.arange(len(at)))
    if not len(again):
        return
    name = describe_cell(dimensions)
    problems = [
        Problem(table.place(row), f"is about {name(int(at[row]))}, as {table.place(int(before[row]))} is", remedy)
        for row in again[:MOST_TOLD].tolist()
    ]
    if len(again) > MOST_TOLD:
        problems.append(Problem(table.name, f"{len(again) - MOST_TOLD:,} more rows are about a cell of an earlier one"))
    raise SourceInvalid(f"{table.name} cannot be used", problems=problems)


def check_complete(known: Flags, named: Flags, dimensions: Sequence[Dimension], place: str) -> None:
    """Raise `SourceInvalid` for innermost cells that are not known: totals that are lost follow from them.

    `known` and `named`, bool (cells,), are the cells that rows give or that could be added up, and those of rows. A
    code that stands in a hierarchy and in no row is told of once.
    """
    lost = ~known & is_single(dimensions)
    if not lost.any():
        return
    problems = []
    for axis, code in _codes_without_rows(dimensions, named):
        dimension = dimensions[axis]
        rule = f"the code {dimension.members[code]} of {dimension.name} is in a hierarchy, but in no row"
        problems.append(Problem(place, rule, "correct the hierarchy, or add its rows; absent: zero takes it for empty"))
        np.moveaxis(lost.reshape(shape_of(dimensions)), axis, 0)[code] = False
    name = describe_cell(dimensions)
    cells = np.flatnonzero(lost)
    remedy = "add its row; if all cells that are not there are true zeros, say absent: zero in the rules"
    problems += [Problem(place, f"the cell {name(int(cell))} is missing", remedy) for cell in cells[:MOST_TOLD]]
    if len(cells) > MOST_TOLD:
        problems.append(Problem(place, f"{len(cells) - MOST_TOLD:,} more cells are missing"))
    raise SourceInvalid("The table is not complete", problems=problems)


def check_largest(table: TextTable, columns: Sequence[str], largest: Reals, of: tuple[Reals, Reals]) -> None:
    """Raise `SourceInvalid` for rows whose largest contributions, float64 (rows, columns), cannot be those of the cell.

    `of` are the size of each cell and how many contribute to it, float64 (rows,).
    """
    size, people = of
    place = " and ".join(columns)
    table.refuse(np.flatnonzero((largest < 0).any(axis=1)), place, "is negative", "write how large a contribution is")
    # Sums of decimals are off by less.
    over = largest.sum(axis=1) > np.abs(size) * (1 + 1e-9)
    table.refuse(np.flatnonzero(over), place, "is more than the whole cell", "correct the row")
    many = (largest > 0).sum(axis=1) > people
    table.refuse(np.flatnonzero(many), place, "is of more contributors than the cell has", "correct the row")


def check_empty(table: TableInput, place: str) -> None:
    """Raise `SourceInvalid` for cells that are zero because they have to be, and hold somebody all the same."""
    filled = np.any([(one.values != 0) | (one.contributors != 0) for one in table.measures], axis=0) & table.structural
    innermost = filled & is_single(table.dimensions)
    cells = np.flatnonzero(innermost if innermost.any() else filled)
    if not len(cells):
        return
    name, rule = describe_cell(table.dimensions), "is one of the structural_zeros of the rules, and is not empty"
    remedy = "correct the row, or name only cells there that are zero because they have to be"
    problems = [Problem(place, f"{name(int(cell))} {rule}", remedy) for cell in cells[:MOST_TOLD]]
    if len(cells) > MOST_TOLD:
        problems.append(Problem(place, f"{len(cells) - MOST_TOLD:,} more of them are not empty"))
    raise SourceInvalid("Cells that have to be zero are not", problems=problems)


def _codes_without_rows(dimensions: Sequence[Dimension], named: Flags) -> Iterator[tuple[int, int]]:
    for axis, dimension in enumerate(dimensions):
        rows = np.moveaxis(named.reshape(shape_of(dimensions)), axis, 0).reshape(len(dimension.members), -1)
        for code in np.flatnonzero(is_single([dimension]) & ~rows.any(axis=1)):
            yield axis, int(code)
