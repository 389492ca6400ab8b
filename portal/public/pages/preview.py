"""The first rows of a released table or register, as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import BinaryIO

from pyarrow import parquet
from pydantic import Field

from datasets.cell_status import CellStatus, status_column
from datasets.codelist import Codelist
from datasets.release import RegisterDescription, ReleaseDescription, TableDescription
from datasets.text import Model
from portal.public.pages.parts import CellView
from portal.public.pages.values import cell_view, field_value, member_label
from portal.shared.wording import Wording

PREVIEW_ROWS = 20

Row = Mapping[str, object]
"""A row of a file, by column."""


class Heading(Model):
    """The heading of a column."""

    title: str = Field(description="What the column holds.")
    unit: str = Field(default="", description="What its numbers count.")
    number: bool = Field(default=False, description="Whether its cells are set as numbers.")


class PreviewView(Model):
    """The first rows."""

    headings: tuple[Heading, ...] = Field(description="The columns.")
    rows: tuple[tuple[CellView, ...], ...] = Field(description="The rows, in the order of the file.")
    shown: str = Field(description="How many rows are shown.")
    total: str = Field(description="How many rows the file has.")


def table_rows(table: TableDescription, file: BinaryIO) -> list[Row]:
    """Return the first rows of a statistical table from its open Parquet file."""
    return first_rows(file, [*table.dimensions, *table.measures, *map(status_column, table.measures)])


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
    """Return ``rows``, the first of a statistical table, as people read them; ``codelists`` is by code list id."""
    dimensions = [description.dimension(name) for name in table.dimensions]
    measures = [description.measure(name) for name in table.measures]
    return PreviewView(
        headings=(
            *(Heading(title=words.of(dimension.title)) for dimension in dimensions),
            *(Heading(title=words.of(each.title), unit=words.of(each.unit), number=True) for each in measures),
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
        shown=words.number(len(rows)),
        total=words.number(table.rows),
    )


def register_preview(
    register: RegisterDescription, *, rows: Sequence[Row], codelists: Mapping[str, Codelist], words: Wording
) -> PreviewView:
    """Return ``rows``, the first of a register, as people read them."""
    return PreviewView(
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
        shown=words.number(len(rows)),
        total=words.number(register.rows),
    )


def _number(value: object) -> float | None:
    if value is None:
        return None
    assert isinstance(value, int | float)
    return value
