"""What the chart of a table shows: the dimension that is drawn, the cells along it, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from pyarrow import parquet

from datasets.cell_status import STATUS_MEANINGS, CellStatus, status_column
from datasets.codelist import Codelist, Member
from datasets.names import TOTAL
from datasets.release import DimensionDescription, ReleaseDescription, TableDescription

BARS_AT_MOST = 40
IN_ORDER = frozenset({"age", "time"})
"""Roles whose members people read in the order of the code list; others are drawn from the largest value."""


@dataclass(frozen=True)
class Cell:
    """One published cell along a series."""

    member: Member
    value: float | None
    status: CellStatus


@dataclass(frozen=True)
class Series:
    """The cells of one measure along one dimension, every other dimension at its total."""

    dimension: DimensionDescription
    measure: str
    cells: tuple[Cell, ...]

    @property
    def along_time(self) -> bool:
        return self.dimension.role == "time"

    def has(self, status: CellStatus) -> bool:
        return any(cell.status is status for cell in self.cells)


def candidates(description: ReleaseDescription, table: TableDescription) -> tuple[DimensionDescription, ...]:
    """Return the dimensions along which totals of all the others are published; time comes first."""
    dimensions = [description.dimension(name) for name in table.dimensions]
    drawable = [
        dimension
        for dimension in dimensions
        if all(other.total for other in dimensions if other != dimension)
        and (table.margins == "all" or (dimension.name,) in table.margins)
    ]
    return tuple(sorted(drawable, key=lambda dimension: dimension.role != "time"))


def find_series(
    description: ReleaseDescription, table: TableDescription, file: BinaryIO, codelists: Mapping[str, Codelist]
) -> Series | None:
    """Return the series that tells most at a glance: over time, else over the first dimension with few members.

    ``codelists`` is by code list id; ``file`` is the table's Parquet file, open. Returns None where no total is
    published.
    """
    for dimension in candidates(description, table):
        cells = read_cells(file, table, dimension.name, codelists[dimension.codelist])
        at_most = len(cells) if dimension.role == "time" else BARS_AT_MOST
        shown = _one_level(cells, 3 if dimension.role == "time" else 2, at_most)
        if sum(cell.value is not None for cell in shown) >= 2:
            return Series(dimension, table.measures[0], _ordered(shown, dimension))
    return None


def read_cells(file: BinaryIO, table: TableDescription, along: str, codelist: Codelist) -> tuple[Cell, ...]:
    """Return the cells of the table's first measure along ``along`` in the order of its code list, total left out."""
    measure = table.measures[0]
    rows = parquet.read_table(
        file,
        columns=[along, measure, status_column(measure)],
        filters=[(along, "!=", TOTAL), *((name, "==", TOTAL) for name in table.dimensions if name != along)],
        page_checksum_verification=True,
    )
    found = {
        code: (value, CellStatus(status))
        for code, value, status in zip(*(column.to_pylist() for column in rows.columns), strict=True)
    }
    return tuple(Cell(member, *found[member.code]) for member in codelist.members if member.code in found)


def marks(status: CellStatus) -> str:
    """Return how a cell without a value is shown: ``[c]`` where it is withheld."""
    return f"[{STATUS_MEANINGS[status].letter}]"


def _one_level(cells: tuple[Cell, ...], at_least: int, at_most: int) -> tuple[Cell, ...]:
    """Return the cells of the finest level that has neither too few nor too many members."""
    for level in reversed(tuple(dict.fromkeys(cell.member.level for cell in cells))):
        of_level = tuple(cell for cell in cells if cell.member.level == level)
        if at_least <= len(of_level) <= at_most:
            return of_level
    return ()


def _ordered(cells: tuple[Cell, ...], dimension: DimensionDescription) -> tuple[Cell, ...]:
    if dimension.role in IN_ORDER:
        return cells
    return tuple(sorted(cells, key=lambda cell: (cell.value is None, -(cell.value or 0.0))))
