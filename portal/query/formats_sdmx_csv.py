"""Write observations as SDMX-CSV 2, column by column, as they come."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv


@dataclass(frozen=True)
class CsvColumn:
    """One component: its column in the tables, its name, and the names of its values where it has any."""

    id: str
    name: str = ""
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True)
class CsvLayout:
    """What stands before the components, and how they are labelled."""

    structure: str
    """The dataflow that the rows belong to, such as ``AGENCY:FLOW(1.0.0)``."""
    structure_name: str
    columns: tuple[CsvColumn, ...]
    labels: str = "id"
    """``id``, ``name`` or ``both``, as SDMX-CSV has it."""
    keys: Mapping[str, Sequence[str]] | None = None
    """Columns with joined keys, and the components that each is made of."""


def sdmx_csv_parts(tables: Iterable[pa.Table], layout: CsvLayout) -> Iterator[bytes]:
    """Yield SDMX-CSV (UTF-8, RFC 4180): a line of names, then a line for each observation.

    Codes need no quotes, and names may: both are written as they need.
    """
    yield _header(layout)
    style = "none" if layout.labels == "id" else "needed"
    options = pa_csv.WriteOptions(include_header=False, eol="\r\n", batch_size=65_536, quoting_style=style)
    for table in tables:
        buffer = io.BytesIO()
        pa_csv.write_csv(_rows(table, layout), buffer, options)
        yield buffer.getvalue()


def _header(layout: CsvLayout) -> bytes:
    names = ["STRUCTURE", "STRUCTURE_ID", *(["STRUCTURE_NAME"] if layout.labels == "name" else []), "ACTION"]
    names += list(layout.keys or {})
    for column in layout.columns:
        names.append(f"{column.id}: {column.name}" if layout.labels == "both" else column.id)
        if layout.labels == "name":
            names.append(column.name)
    return (",".join(map(_quoted, names)) + "\r\n").encode()


def _quoted(text: str) -> str:
    needed = any(mark in text for mark in ',"\r\n')
    return '"' + text.replace('"', '""') + '"' if needed else text


def _rows(table: pa.Table, layout: CsvLayout) -> pa.Table:
    named = f"{layout.structure}: {layout.structure_name}" if layout.labels == "both" else layout.structure
    fixed = ["dataflow", named, *([layout.structure_name] if layout.labels == "name" else []), "R"]
    arrays: list[pa.Array | pa.ChunkedArray] = [pa.repeat(pa.scalar(text), table.num_rows) for text in fixed]
    arrays += [
        pc.binary_join_element_wise(*(table.column(name) for name in parts), ".")
        for parts in (layout.keys or {}).values()
    ]
    for column in layout.columns:
        arrays += _cells(table.column(column.id), column, layout.labels)
    return pa.table(arrays, names=[str(number) for number in range(len(arrays))])


def _cells(values: pa.ChunkedArray, column: CsvColumn, labels: str) -> list[pa.Array | pa.ChunkedArray]:
    if labels == "id":
        return [values]
    if column.labels is None:
        return [values] if labels == "both" else [values, pa.nulls(len(values), pa.string())]
    encoded = values.combine_chunks().dictionary_encode()
    codes = encoded.dictionary.to_pylist()
    texts = [f"{code}: {column.labels[code]}" if labels == "both" else column.labels[code] for code in codes]
    named = pa.array(texts, pa.string()).take(encoded.indices)
    return [named] if labels == "both" else [values, named]
