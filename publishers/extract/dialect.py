"""How a text file is written: its delimiter, where its header ends, and what the headers are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datasets.source import Source
from publishers.extract.headers import expected_headers, normal_header
from publishers.extract.location import FileFormat, unreadable
from publishers.extract.text_files import MAX_LINE

_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Dialect:
    """What is needed to read the rows of a text file in UTF-8."""

    delimiter: str
    quote: str
    header_row: int
    """The row of the header, as a spreadsheet numbers it."""
    skip: int
    """How many lines come before the first row of data; a header may span several."""
    plain: bool
    """Whether rows and lines are the same up to the header, so that DuckDB skips what we skip."""
    headers: tuple[str, ...]

    def reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """Read records strictly; csv.Error when quotes do not match."""
        return _reader(lines, self.delimiter, self.quote)


def find_dialect(path: Path, source: Source, *, name: str, file_format: FileFormat) -> Dialect:
    """Read the header row of ``path``; the delimiter is the one that finds most declared headers."""
    start, plain = _header_text(path, source.header_row, source.quote, name)
    given = source.delimiter or ("\t" if file_format == "tsv" else "")
    wanted = set(expected_headers(source).values())
    tried = [_parse(start, delimiter, source.quote) for delimiter in ((given,) if given else _DELIMITERS)]
    readable = [each for each in tried if each is not None]
    if not readable:
        raise unreadable(
            f"{name} line {source.header_row}",
            "is not a header row: its quotes do not match",
            "correct `header_row:`, `delimiter:` or `quote:`",
        )
    # Ties go to more columns, then to the order of _DELIMITERS.
    best = max(readable, key=lambda each: (len(wanted & {normal_header(cell) for cell in each[1]}), len(each[1])))
    delimiter, headers, lines = best
    skip = source.header_row - 1 + lines
    return Dialect(delimiter, source.quote, source.header_row, skip, plain and lines == 1, tuple(headers))


def _header_text(path: Path, header_row: int, quote: str, name: str) -> tuple[str, bool]:
    with path.open(encoding="utf-8", newline=None) as stream:
        before = [line for _ in range(header_row - 1) if (line := stream.readline(MAX_LINE))]
        text = stream.read(MAX_LINE)
    if not text.strip():
        raise unreadable(f"{name} line {header_row}", "is not there: no header row was found", "correct `header_row:`")
    return text, not (quote and any(quote in line for line in before))


def _parse(text: str, delimiter: str, quote: str) -> tuple[str, list[str], int] | None:
    reader = _reader(iter(io.StringIO(text, newline="")), delimiter, quote)
    try:
        headers = next(reader)
    except (csv.Error, StopIteration):
        return None
    return delimiter, headers, reader.line_num  # type: ignore[attr-defined]


def _reader(lines: Iterator[str], delimiter: str, quote: str) -> Iterator[list[str]]:
    if not quote:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)
    return csv.reader(lines, delimiter=delimiter, quotechar=quote, doublequote=True, strict=True)
