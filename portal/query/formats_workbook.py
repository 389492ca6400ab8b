"""Write an answer as a workbook: typed cells, its columns explained, and a sheet of notes with source and legend."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from datasets.errors import QueryTimeout
from datasets.workbook import workbook
from portal.query.written import Written


def workbook_parts(written: Written) -> Iterator[bytes]:
    """Yield an XLSX file; the server's disk being full raises QueryTimeout, for the answer to be asked again."""
    columns = [
        {"Cột - Column": column.name, "Tiếng Việt": title.vi, "English": title.en}
        for column, title in zip(written.columns, written.titles(), strict=True)
    ]
    try:
        yield workbook(
            pa.concat_tables(written.marked()),
            labels={},
            columns=columns,
            notes=written.notes(),
            header=written.headings(),
        )
    except OSError:
        raise QueryTimeout("The workbook could not be made now; ask for CSV, or again in a moment") from None
