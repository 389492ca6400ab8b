"""Write an answer as Parquet or as an Arrow stream, a chunk at a time; what is said about it is in the schema."""

from __future__ import annotations

import io
from collections.abc import Iterator

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from portal.query.written import Written

ABOUT = b"ytemo"
"""The key of the schema's metadata under which a JSON text says release, totals and columns."""


def arrow_parts(written: Written) -> Iterator[bytes]:
    """Yield an Arrow IPC stream."""
    sink = _Sink()
    schema = _schema(written)
    with pa.ipc.new_stream(sink, schema) as writer:
        for table in written.marked():
            writer.write_table(table.cast(schema))
            yield sink.taken()
    yield sink.taken()


def parquet_parts(written: Written) -> Iterator[bytes]:
    """Yield a Parquet file with a row group for each chunk, and checksums on its pages."""
    sink = _Sink()
    schema = _schema(written)
    with pq.ParquetWriter(sink, schema, compression="zstd", write_page_checksum=True) as writer:
        for table in written.marked():
            writer.write_table(table.cast(schema))
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """Takes what a writer writes until it is taken away, and tells how far the writer is."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        part = bytes(content)  # type: ignore[call-overload]
        self._held.append(part)
        self._written += len(part)
        return len(part)

    def tell(self) -> int:
        return self._written

    def taken(self) -> bytes:
        part = b"".join(self._held)
        self._held.clear()
        return part


_TYPES = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "date": pa.date32()}


def _schema(written: Written) -> pa.Schema:
    fields = [
        pa.field(column.name, _TYPES[column.type], metadata={"title_vi": column.title.vi, "title_en": column.title.en})
        for column in written.columns
    ]
    mark = [pa.field(name, pa.bool_()) for name in written.headings()[len(fields) :]]
    return pa.schema([*fields, *mark], metadata={ABOUT: orjson.dumps(written.about)})
