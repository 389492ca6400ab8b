"""Writes tables as CSV and Parquet: the same rows give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

ROWS_IN_A_GROUP = 122_880
"""Rows of one Parquet row group: what DuckDB reads at a time."""


def write_csv(rows: pa.Table, path: Path) -> None:
    """Write UTF-8 with a header, commas, CRLF and text in double quotes (RFC 4180); a null is an empty field."""
    options = pacsv.WriteOptions(eol="\r\n", quoting_header="none", batch_size=65_536)
    pacsv.write_csv(rows, path, options)


def write_parquet(rows: pa.Table, path: Path, about: Mapping[str, str]) -> None:
    """Write Zstandard-compressed Parquet with page checksums; ``about`` becomes its key-value metadata."""
    texts = [field.name for field in rows.schema if pa.types.is_string(field.type)]
    pq.write_table(
        rows.replace_schema_metadata(dict(about)),
        path,
        row_group_size=ROWS_IN_A_GROUP,
        compression="zstd",
        compression_level=9,
        use_dictionary=texts,
        write_page_checksum=True,
        write_page_index=True,
    )
