"""What a format is given to write: an answer's columns and rows, and what is said about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import pyarrow as pa

from datasets.names import SYNTHETIC
from datasets.text import Bilingual
from portal.query.formats_json_stat import CellsWritten
from portal.query.plan import Column

Header = Literal["names", "vi", "en", "both"]
"""What stands above the columns of a sheet or a CSV file: their names, or their titles."""
HEADERS: tuple[Header, ...] = get_args(Header)


@dataclass(frozen=True)
class Written:
    """An answer on its way to a format; ``chunks`` hold the stored columns, and order values that are left behind."""

    about: Mapping[str, object]
    """Release, totals, next page and columns, as JSON has them."""
    notes: Callable[[], Iterable[tuple[str, Bilingual]]]
    """Returns headings and texts that a sheet of notes holds: source, release, legend, citation."""
    columns: tuple[Column, ...]
    chunks: Iterable[pa.Table]
    synthetic: bool
    """Whether the data is made up."""
    header: Header = "names"
    bom: bool = False
    """Whether CSV begins with the mark by which Excel knows UTF-8."""
    cells: Callable[[], CellsWritten] | None = None
    """Returns what JSON-stat needs besides; None where the rows are no cells."""

    def tables(self) -> Iterator[pa.Table]:
        """Yield the rows with the columns of the answer, labels added."""
        for chunk in self.chunks:
            yield self._table(chunk)

    def marked(self) -> Iterator[pa.Table]:
        """Yield the rows as ``tables`` does; those of made-up data end with a column that says so."""
        for table in self.tables():
            mark = pa.repeat(pa.scalar(True), table.num_rows)
            yield table.append_column(SYNTHETIC, mark) if self.synthetic else table

    def headings(self) -> list[str]:
        """Return what stands above the columns that ``marked`` yields."""
        mark = [SYNTHETIC] if self.synthetic else []
        if self.header == "names":
            return [column.name for column in self.columns] + mark
        if self.header == "both":
            return [f"{title.vi} / {title.en}" for title in self.titles()] + mark
        return [title.of(self.header) for title in self.titles()] + mark

    def titles(self) -> list[Bilingual]:
        """Return the title of each column; codes are called so where what they stand for is in a column beside them."""
        explained = {column.coded for column in self.columns if column.kind == "label"}
        return [_of_codes(column.title) if column.name in explained else column.title for column in self.columns]

    def _table(self, chunk: pa.Table) -> pa.Table:
        arrays = [
            _labels(chunk.column(column.coded), column) if column.kind == "label" else chunk.column(column.name)
            for column in self.columns
        ]
        return pa.table(arrays, names=[column.name for column in self.columns])


def _of_codes(title: Bilingual) -> Bilingual:
    return Bilingual(vi=f"{title.vi} (mã)", en=f"{title.en} (code)")


def _labels(codes: pa.ChunkedArray, column: Column) -> pa.Array:
    encoded = codes.combine_chunks().dictionary_encode()
    assert column.codelist is not None
    texts = [column.codelist.label(code).of(column.language) for code in encoded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(encoded.indices)
