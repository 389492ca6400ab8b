"""Whole tables as ``/datastore/dump`` hands them out: CSV, TSV, JSON or XML, written while they are read."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, get_args
from xml.sax.saxutils import escape, quoteattr

import orjson
import pyarrow as pa
import pyarrow.csv as pa_csv

from datasets.text import legible
from portal.public.ckan.filters import ROW_ID
from portal.public.ckan.records import Given

DumpFormat = Literal["csv", "tsv", "json", "xml"]
FORMATS: tuple[DumpFormat, ...] = get_args(DumpFormat)
_BOM = b"\xef\xbb\xbf"
_ROWS_AT_ONCE = 20_000
"""Text takes far more memory than columns: this many rows are text at a time."""

Tables = Iterable[pa.Table]


def dump_parts(dump_format: DumpFormat, columns: Sequence[Given], tables: Tables, *, bom: bool) -> Iterator[bytes]:
    """Yield the parts of a file with the columns of ``tables``, which are those that ``columns`` describe."""
    pieces = (
        table.slice(start, _ROWS_AT_ONCE) for table in tables for start in range(0, table.num_rows, _ROWS_AT_ONCE)
    )
    if bom:
        yield _BOM
    yield from _WRITERS[dump_format](columns, pieces)


def _csv(columns: Sequence[Given], tables: Tables) -> Iterator[bytes]:
    yield from _lines(columns, tables, ",")


def _tsv(columns: Sequence[Given], tables: Tables) -> Iterator[bytes]:
    yield from _lines(columns, tables, "\t")


def _lines(columns: Sequence[Given], tables: Tables, separator: str) -> Iterator[bytes]:
    yield (separator.join(column.name for column in columns) + "\n").encode()
    options = pa_csv.WriteOptions(include_header=False, delimiter=separator, batch_size=65_536)
    for table in tables:
        buffer = io.BytesIO()
        pa_csv.write_csv(table, buffer, options)
        yield buffer.getvalue()


def _json(columns: Sequence[Given], tables: Tables) -> Iterator[bytes]:
    fields = orjson.dumps([column.entry() for column in columns])
    yield b'{\n  "fields": ' + fields + b',\n  "records": ['
    separator = b"\n    "
    for table in tables:
        values = [column.to_pylist() for column in table.columns]
        yield separator + b",\n    ".join(orjson.dumps(row) for row in zip(*values, strict=True))
        separator = b",\n    "
    yield b"\n]}\n"


def _xml(columns: Sequence[Given], tables: Tables) -> Iterator[bytes]:
    yield b'<data xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
    names = [column.name for column in columns]
    for table in tables:
        yield "".join(_element(names, row) for row in table.to_pylist()).encode()
    yield b"</data>\n"


def _element(names: Sequence[str], row: Mapping[str, Any]) -> str:
    number = f" _id={quoteattr(str(row[ROW_ID]))}" if ROW_ID in names else ""
    cells = "".join(
        f'<{name} xsi:nil="true"></{name}>'
        if row[name] is None
        else f"<{name}>{escape(legible(str(row[name])))}</{name}>"
        for name in names
        if name != ROW_ID
    )
    return f"<row{number}>{cells}</row>\n"


_WRITERS: Mapping[DumpFormat, Callable[[Sequence[Given], Tables], Iterator[bytes]]] = {
    "csv": _csv,
    "tsv": _tsv,
    "json": _json,
    "xml": _xml,
}
