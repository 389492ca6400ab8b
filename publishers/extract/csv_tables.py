"""CSV and TSV files as raw tables: read by DuckDB as they are, or record by record where DuckDB cannot."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datasets.file_sql import read_csv
from datasets.source import Source
from datasets.sql_text import literal
from publishers.extract.compressed import decompress
from publishers.extract.dialect import Dialect, find_dialect
from publishers.extract.location import SourceFile, unreadable
from publishers.extract.raw_table import RawTable
from publishers.extract.staging import Staging, staged_table
from publishers.extract.text_files import MAX_LINE, has_blank_lines, prepare_text


@dataclass(frozen=True)
class CsvTable:
    """A text file that is ready to be read in either way."""

    name: str
    path: Path
    """The file in UTF-8 and NFC."""
    dialect: Dialect

    def numbers_are_exact(self) -> bool:
        """Whether DuckDB counts the rows as a person does."""
        return not has_blank_lines(self.path)

    def direct(self) -> RawTable:
        """Return the file as DuckDB itself reads it, in parallel."""
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(self.dialect.headers)))
        quote = literal(self.dialect.quote)
        options = (
            f"columns = {{{columns}}}, auto_detect = false, header = false,"
            f" delim = {literal(self.dialect.delimiter)}, quote = {quote}, escape = {quote}, skip = {self.dialect.skip}"
            f", strict_mode = true, null_padding = false, max_line_size = {MAX_LINE}"
        )
        row = f"{self.dialect.header_row} + row_number() OVER ()"
        relation = read_csv(self.path, options)
        return RawTable(self.name, relation, row, "row", self.dialect.headers, ("VARCHAR",) * len(self.dialect.headers))

    def staged(self, target: Path) -> tuple[RawTable, tuple[int, ...]]:
        """Read the file record by record into Parquet; rows with a wrong number of cells are left out and told."""
        ragged: list[int] = []
        with Staging(target, width=len(self.dialect.headers)) as staging:
            for row, cells in self._records():
                if len(cells) == len(self.dialect.headers):
                    staging.add(row, [cell or None for cell in cells])
                elif any(cells):
                    ragged.append(row)
        return staged_table(target, name=self.name, headers=self.dialect.headers, row_word="row"), tuple(ragged)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        with self.path.open(encoding="utf-8", newline="") as stream:
            for _ in range(self.dialect.skip):
                stream.readline()
            reader = self.dialect.reader(iter(stream))
            row = self.dialect.header_row
            try:
                for cells in reader:
                    row += 1
                    yield row, cells
            except csv.Error:
                raise unreadable(
                    f"{self.name} row {row + 1}",
                    "has a quote that is never closed, text behind a closing quote, or a cell above 131,072 characters",
                    "correct the row, or set `quote:`",
                ) from None


def open_csv(file: SourceFile, source: Source, *, work: Path) -> CsvTable:
    """Decompress, decode and find the headers of a text file."""
    path = decompress(file, work=work) if file.compression else file.path
    text = prepare_text(path, name=file.name, encoding=source.encoding, work=work)
    if file.format not in ("csv", "tsv"):
        raise unreadable(file.name, "is not a text file", "correct `format:`")
    return CsvTable(file.name, text, find_dialect(text, source, name=file.name, file_format=file.format))
