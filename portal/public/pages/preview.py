"""Some rows of a released table, or the first of a register, as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import BinaryIO

from pyarrow import parquet
from pydantic import Field

from datasets.cell_status import STATUS_MEANINGS, CellStatus, status_column
from datasets.codelist import Codelist
from datasets.names import TOTAL
from datasets.release import (
    DimensionDescription,
    MeasureDescription,
    RegisterDescription,
    ReleaseDescription,
    TableDescription,
)
from datasets.text import Model
from portal.public.pages.parts import CellView
from portal.public.pages.units import unit_beside
from portal.public.pages.values import cell_view, dimension_name, field_value, member_label, totals_told
from portal.shared.labels import mark
from portal.shared.wording import Wording

PREVIEW_ROWS = 10
WIDE = 3
"""From more columns on a table scrolls on a telephone."""

Row = Mapping[str, object]
"""A row of a file, by column."""


class Heading(Model):
    """The heading of a column."""

    title: str = Field(description="What the column holds.")
    unit: str = Field(default="", description="What its numbers count.")
    number: bool = Field(default=False, description="Whether its cells are set as numbers.")


class PreviewView(Model):
    """Some rows."""

    held: tuple[str, ...] = Field(description="What all its rows have in common, which has no column here.")
    headings: tuple[Heading, ...] = Field(description="The columns.")
    rows: tuple[tuple[CellView, ...], ...] = Field(description="The rows.")
    wide: bool = Field(description="Whether it has more columns than fit on a small screen.")
    marks: tuple[str, ...] = Field(description="What the marks of its cells mean; [c] is explained with its count.")
    shown: str = Field(description="How many rows are shown.")
    total: str = Field(description="How many rows the file has.")


def table_rows(
    description: ReleaseDescription, table: TableDescription, file: BinaryIO, codelists: Mapping[str, Codelist]
) -> list[Row]:
    """Return rows of a statistical table that tell something at a glance, from its open Parquet file.

    They are the total of a dimension and each member of its finest level, at the newest period and otherwise of all;
    where those are not published, the first rows of the file.
    """
    columns = [*table.dimensions, *table.measures, *map(status_column, table.measures)]
    dimensions = [description.dimension(name) for name in table.dimensions]
    time = next((each for each in dimensions if each.role == "time"), None)
    for along in sorted(dimensions, key=lambda each: each.role == "time"):
        held = {each.name: TOTAL for each in dimensions if each != along}
        newest = _newest(time, codelists) if time is not None and time != along else ""
        for fixed in (held | ({time.name: newest} if time and newest else {}), held):
            file.seek(0)
            rows = _rows_along(file, columns, along.name, fixed, codelists[along.codelist])
            if len(rows) > 1:
                return rows[:PREVIEW_ROWS]
    file.seek(0)
    return first_rows(file, columns)


def _newest(time: DimensionDescription, codelists: Mapping[str, Codelist]) -> str:
    """Return the last member of the finest published level of a time dimension."""
    codelist = codelists[time.codelist]
    members = codelist.at_levels(time.levels[-1:]) if time.levels else codelist.members
    return next((member.code for member in reversed(members) if member.code != TOTAL), "")


def _rows_along(
    file: BinaryIO, columns: Sequence[str], along: str, fixed: Mapping[str, str], codelist: Codelist
) -> list[Row]:
    """Return the rows along one dimension in the order of its code list, of the finest level that has several.

    What is published of all together comes first.
    """
    filters = [(name, "==", code) for name, code in fixed.items()]
    found = parquet.read_table(file, columns=list(columns), filters=filters or None, page_checksum_verification=True)
    by_code = {row[along]: row for row in found.to_pylist()}
    total = [by_code.pop(TOTAL)] if TOTAL in by_code else []
    members = [member for member in codelist.members if member.code in by_code]
    for level in reversed(tuple(dict.fromkeys(member.level for member in members))):
        of_level = [by_code[member.code] for member in members if member.level == level]
        if len(of_level) > 1:
            return [*total, *of_level]
    return []


def register_rows(register: RegisterDescription, file: BinaryIO) -> list[Row]:
    """Return the first rows of a register from its open Parquet file."""
    return first_rows(file, [field.name for field in register.fields])


def first_rows(file: BinaryIO, columns: Sequence[str], limit: int = PREVIEW_ROWS) -> list[Row]:
    """Return at most ``limit`` rows of a Parquet file, reading no more of it than the first rows need."""
    with parquet.ParquetFile(file, page_checksum_verification=True) as source:
        for batch in source.iter_batches(batch_size=limit, columns=list(columns)):
            rows: list[Row] = batch.to_pylist()
            return rows
    return []


def table_preview(
    description: ReleaseDescription,
    table: TableDescription,
    *,
    rows: Sequence[Row],
    codelists: Mapping[str, Codelist],
    words: Wording,
) -> PreviewView:
    """Return ``rows`` of a statistical table as people read them; ``codelists`` is by code list id."""
    every = [description.dimension(name) for name in table.dimensions]
    dimensions = [each for each in every if len(rows) == 1 or len({row[each.name] for row in rows}) > 1]
    measures = [description.measure(name) for name in table.measures]
    return PreviewView(
        held=_held([each for each in every if each not in dimensions], rows, codelists, words),
        headings=(
            *(Heading(title=words.of(dimension.title)) for dimension in dimensions),
            *(Heading(title=words.of(each.title), unit=unit_beside(each, words), number=True) for each in measures),
        ),
        rows=tuple(
            (
                *(
                    CellView(text=member_label(str(row[each.name]), codelists[each.codelist], words))
                    for each in dimensions
                ),
                *(
                    cell_view(
                        _number(row[each.name]), CellStatus(str(row[status_column(each.name)])), each.decimals, words
                    )
                    for each in measures
                ),
            )
            for row in rows
        ),
        wide=len(dimensions) + len(measures) > WIDE,
        marks=_marks(measures, rows, words),
        shown=words.number(len(rows)),
        total=words.number(table.rows),
    )


def register_preview(
    register: RegisterDescription, *, rows: Sequence[Row], codelists: Mapping[str, Codelist], words: Wording
) -> PreviewView:
    """Return ``rows``, the first of a register, as people read them."""
    return PreviewView(
        held=(),
        headings=tuple(
            Heading(title=words.of(field.title), number=field.type in ("integer", "number"))
            for field in register.fields
        ),
        rows=tuple(
            tuple(
                field_value(row[field.name], codelists[field.codelist] if field.codelist else None, words).model_copy(
                    update={"number": field.type in ("integer", "number")}
                )
                for field in register.fields
            )
            for row in rows
        ),
        wide=len(register.fields) > WIDE,
        marks=(),
        shown=words.number(len(rows)),
        total=words.number(register.rows),
    )


def _held(
    dimensions: Sequence[DimensionDescription],
    rows: Sequence[Row],
    codelists: Mapping[str, Codelist],
    words: Wording,
) -> tuple[str, ...]:
    """Say what all rows have in common: totals together, each other member with its dimension."""
    if not rows:
        return ()
    totals = totals_told((each for each in dimensions if rows[0][each.name] == TOTAL), words)
    held = [totals] if totals else []
    for each in dimensions:
        if rows[0][each.name] != TOTAL:
            label = member_label(str(rows[0][each.name]), codelists[each.codelist], words)
            held.append(f"{dimension_name(each, words)}: {label}.")
    return tuple(held)


def _marks(measures: Sequence[MeasureDescription], rows: Sequence[Row], words: Wording) -> tuple[str, ...]:
    """Return each mark that stands in these rows with its meaning, in the order of the legend."""
    used = {CellStatus(str(row[status_column(each.name)])) for each in measures for row in rows}
    return tuple(
        f"{mark(status)}: {words.of(meaning.label)}"
        for status, meaning in STATUS_MEANINGS.items()
        if meaning.letter and status in used and status is not CellStatus.SUPPRESSED
    )


def _number(value: object) -> float | None:
    if value is None:
        return None
    assert isinstance(value, int | float)
    return value
