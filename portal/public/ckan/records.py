"""Rows of an answer as CKAN hands them out: objects, lists, or lines of CSV and TSV, with the number of each row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from datasets.release import FieldType
from datasets.text import Bilingual
from portal.public.ckan.filters import ROW_ID
from portal.query.as_asked import Shown
from portal.query.plan import Column
from portal.query.statement import ROW

RecordsFormat = Literal["objects", "lists", "csv", "tsv"]
TYPES: Mapping[FieldType, str] = {"string": "text", "integer": "int8", "number": "numeric", "date": "date"}
"""What PostgreSQL, and so CKAN, calls the types of columns."""
_SAME_RANK = 1.0


@dataclass(frozen=True)
class Given:
    """One column that is handed out: where it comes from, and how it is called and described."""

    source: str
    """A column of the answer, ``_id`` for the row's number; empty for a constant rank."""
    name: str
    type: str
    title: Bilingual | None = None

    def entry(self) -> dict[str, Any]:
        """Return the column as answers list it."""
        if self.title is None:
            return {"id": self.name, "type": self.type}
        return {"id": self.name, "type": self.type, "info": info(self.title)}


def info(title: Bilingual) -> dict[str, str]:
    """Return the words about a column; CKAN has room for one language, so both are there."""
    return {"label": title.vi, "label_en": title.en, "notes": "", "type_override": ""}


ROW_COLUMN = Given(ROW_ID, ROW_ID, "int")


def given(column: Column, name: str = "") -> Given:
    """Return a column of an answer under its own name, or another one."""
    return Given(column.name, name or column.name, TYPES[column.type], column.title)


def given_as_shown(shown: Shown) -> Given:
    """Return a column of an answer by the name by which it is shown."""
    return replace(given(shown.column), source=shown.source)


def rank(name: str) -> Given:
    """Return the column that says how well a row fits: every row that is found fits alike."""
    return Given("", name, "float")


def chosen(table: pa.Table, columns: Iterable[Given]) -> pa.Table:
    """Return the columns to hand out of a chunk of an answer."""
    arrays, names = [], []
    for column in columns:
        arrays.append(_values(table, column.source))
        names.append(column.name)
    return pa.table(arrays, names=names)


def _values(table: pa.Table, source: str) -> pa.ChunkedArray | pa.Array:
    if source == ROW_ID:
        return pc.add(table.column(ROW), 1)
    if not source:
        return pa.repeat(pa.scalar(_SAME_RANK), table.num_rows)
    return table.column(source)


def written(table: pa.Table, records_format: RecordsFormat) -> Any:
    """Return the rows of a table in a format of ``datastore_search``."""
    if records_format == "objects":
        return table.to_pylist()
    rows = _rows(table)
    if records_format == "lists":
        return rows
    lines = io.StringIO()
    separator = "," if records_format == "csv" else "\t"
    csv.writer(lines, delimiter=separator, lineterminator="\n").writerows(rows)
    return lines.getvalue()


def _rows(table: pa.Table) -> Sequence[Sequence[Any]]:
    columns = [column.to_pylist() for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[]] * table.num_rows
