"""Write an answer as JSON or CSV, column by column, so that a million rows never become a million Python objects."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from datasets.names import SYNTHETIC
from portal.query.plan import Column

JSON_TYPE = "application/json"
CSV_TYPE = "text/csv; charset=utf-8"

_FEW_ROWS = 200
"""Up to so many rows are written one by one: less work than setting up the columns."""


def json_parts(head: Mapping[str, object], chunks: Iterable[pa.Table], columns: Sequence[Column]) -> Iterator[bytes]:
    """Yield a JSON object: the keys of ``head``, then ``data``, an array with one object for each row."""
    yield orjson.dumps(head)[:-1] + b',"data":['
    separator = b"\n"
    for chunk in chunks:
        if chunk.num_rows:
            yield separator + _json_rows(_answer_columns(chunk, columns))
            separator = b",\n"
    yield b"\n]}\n"


def csv_parts(chunks: Iterable[pa.Table], columns: Sequence[Column], *, synthetic: bool) -> Iterator[bytes]:
    """Yield CSV (RFC 4180, UTF-8) as the files of releases are written; an empty field is no value.

    CSV has no place for a warning but its rows, so those of ``synthetic`` data end with the column of that name.
    """
    names = [column.name for column in columns] + ([SYNTHETIC] if synthetic else [])
    yield (",".join(names) + "\r\n").encode()
    options = pa_csv.WriteOptions(include_header=False, eol="\r\n", batch_size=65_536)
    for chunk in chunks:
        if chunk.num_rows:
            buffer = io.BytesIO()
            table = _answer_columns(chunk, columns)
            if synthetic:
                table = table.append_column(SYNTHETIC, pa.repeat(pa.scalar(True), table.num_rows))
            pa_csv.write_csv(table, buffer, options)
            yield buffer.getvalue()


def _answer_columns(chunk: pa.Table, columns: Sequence[Column]) -> pa.Table:
    """Return the columns of the answer, labels added and order values left behind."""
    arrays = [
        _labels(chunk.column(column.coded), column) if column.kind == "label" else chunk.column(column.name)
        for column in columns
    ]
    return pa.table(arrays, names=[column.name for column in columns])


def _labels(codes: pa.ChunkedArray, column: Column) -> pa.Array:
    encoded = codes.combine_chunks().dictionary_encode()
    assert column.codelist is not None
    texts = [column.codelist.label(code).of(column.language) for code in encoded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(encoded.indices)


def _json_rows(table: pa.Table) -> bytes:
    if table.num_rows <= _FEW_ROWS:
        return b",\n".join(map(orjson.dumps, table.to_pylist()))
    parts: list[pa.Array | pa.Scalar] = []
    opening = "{"
    for name, column in zip(table.column_names, table.columns, strict=True):
        parts.append(pa.scalar(f"{opening}{orjson.dumps(name).decode()}:"))
        parts.append(_json_values(column.combine_chunks()))
        opening = ","
    rows = pc.binary_join_element_wise(*parts, pa.scalar("}"), "")
    # One list that holds every row lets Arrow join them all in a single pass.
    whole = pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows)
    return bytes(pc.binary_join(whole, ",\n")[0].as_buffer())


def _json_values(values: pa.Array) -> pa.Array:
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_finite(values), values, None)
    elif not pa.types.is_integer(values.type):
        return _json_texts(values.cast(pa.string()))
    return pc.fill_null(values.cast(pa.string()), "null")


def _json_texts(values: pa.Array) -> pa.Array:
    encoded = values.dictionary_encode()
    texts = [orjson.dumps(text).decode() for text in encoded.dictionary.to_pylist()]
    return pc.fill_null(pa.array(texts, pa.string()).take(encoded.indices), "null")
