"""Write an answer as JSON or CSV, column by column, so that a million rows never become a million Python objects."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from portal.query.written import Written

_FEW_ROWS = 200
"""Up to so many rows are written one by one: less work than setting up the columns."""
_ROWS_AT_ONCE = 20_000
"""Text takes far more memory than columns: this many rows are text at a time."""


def json_parts(written: Written) -> Iterator[bytes]:
    """Yield a JSON object: what is said about the answer, then ``data``, an array with one object for each row."""
    yield orjson.dumps(written.about)[:-1] + b',"data":['
    separator = b"\n"
    for table in _pieces(written.tables()):
        yield separator + _json_rows(table, b",\n")
        separator = b",\n"
    yield b"\n]}\n"


def json_lines_parts(written: Written) -> Iterator[bytes]:
    """Yield one JSON object in a line for each row."""
    for table in _pieces(written.marked()):
        yield _json_rows(table, b"\n") + b"\n"


def csv_parts(written: Written) -> Iterator[bytes]:
    """Yield CSV (RFC 4180, UTF-8) as the files of releases are written; an empty field is no value.

    CSV has no place for a warning but its rows, so those of made-up data end with the column ``synthetic``.
    """
    heading = io.StringIO()
    csv.writer(heading, lineterminator="\r\n").writerow(written.headings())
    yield (b"\xef\xbb\xbf" if written.bom else b"") + heading.getvalue().encode()
    options = pa_csv.WriteOptions(include_header=False, eol="\r\n", batch_size=65_536)
    for table in _pieces(written.marked()):
        buffer = io.BytesIO()
        pa_csv.write_csv(table, buffer, options)
        yield buffer.getvalue()


def _pieces(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    for table in tables:
        for start in range(0, table.num_rows, _ROWS_AT_ONCE):
            yield table.slice(start, _ROWS_AT_ONCE)


def _json_rows(table: pa.Table, between: bytes) -> bytes:
    if table.num_rows <= _FEW_ROWS:
        names, rows = table.column_names, zip(*map(_listed, table.columns), strict=True)
        return between.join([orjson.dumps(dict(zip(names, row, strict=True))) for row in rows])
    parts: list[pa.Array | pa.Scalar] = []
    opening = "{"
    for name, column in zip(table.column_names, table.columns, strict=True):
        parts.append(pa.scalar(f"{opening}{orjson.dumps(name).decode()}:"))
        parts.append(_json_values(column.combine_chunks()))
        opening = ","
    rows = pc.binary_join_element_wise(*parts, pa.scalar("}"), "")
    # One list that holds every row lets Arrow join them all in a single pass.
    whole = pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows)
    return bytes(pc.binary_join(whole, between.decode())[0].as_buffer())


def _listed(column: pa.ChunkedArray) -> list[object]:
    """Return the values of a column, by way of numpy where that makes the same of them: it is several times faster."""
    if pa.types.is_string(column.type) or not column.null_count:
        values: list[object] = column.to_numpy().tolist()
        return values
    listed: list[object] = column.to_pylist()
    return listed


def _json_values(values: pa.Array) -> pa.Array:
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_finite(values), values, None)
    elif not pa.types.is_integer(values.type):
        return _json_texts(values)
    return pc.fill_null(values.cast(pa.string()), "null")


def _json_texts(values: pa.Array) -> pa.Array:
    encoded = values.dictionary_encode()
    texts = [orjson.dumps(value).decode() for value in encoded.dictionary.to_pylist()]
    return pc.fill_null(pa.array(texts, pa.string()).take(encoded.indices), "null")
