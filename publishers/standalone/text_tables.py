"""Tables in text files, plain or compressed, read as columns of text of which every mistake can be named by its row."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from datasets.errors import Problem, SourceInvalid, SourceUnreadable
from publishers.extract.compressed import decompress
from publishers.extract.location import SourceFile, unreadable
from publishers.extract.text_files import MAX_LINE, prepare_text

MAX_COLUMNS = 1_000
"""A table has dimensions and measures; a file with more columns has another shape."""
MOST_TOLD = 10
LARGEST = 2.0**53
"""Up to here whole numbers are exact."""
_DELIMITERS = (",", ";", "\t", "|")
_OTHER_FORMATS = {
    b"PK\x03\x04": "a workbook (.xlsx, .ods) or a zip file",
    b"\xd0\xcf\x11\xe0": "a workbook (.xls)",
    b"PAR1": "a Parquet file",
}
_THOUSANDS = r"^[+-]?[1-9]\d{0,2}\.\d{3}$"
_TRUE, _FALSE = ("1", "true", "TRUE", "True"), ("0", "false", "FALSE", "False", "")


@dataclass(frozen=True)
class TextTable:
    """Columns of text, blanks around it left out; `rows` gives the number that a spreadsheet gives each row."""

    name: str
    columns: dict[str, pa.ChunkedArray]
    length: int
    first_row: int = 2

    def __len__(self) -> int:
        return self.length

    def place(self, row: int, column: str = "") -> str:
        """Say where something stands, as a person would look it up."""
        return f"{self.name} row {row + self.first_row}" + (f", column {column}" if column else "")

    def texts(self, column: str) -> pa.ChunkedArray:
        """Return a column of which no cell is empty; raises `SourceInvalid` for one that is."""
        values = self.columns[column]
        empty = np.flatnonzero(np.asarray(pc.equal(values, "")))
        self.refuse(empty, column, "is empty", "write a code")
        return values

    def numbers(self, column: str, *, comma: bool = False) -> npt.NDArray[np.float64]:
        """Return a column of numbers, float64 (rows,); with `comma`, decimals may follow a comma.

        Raises `SourceInvalid`, naming the row but not what stands there, for what is no number, not finite or too large
        to be added up exactly.
        """
        values = self.columns[column]
        values = pc.replace_substring(values, ",", ".") if comma else values
        try:
            numbers = np.asarray(values.cast(pa.float64()), dtype=np.float64)
        except pa.ArrowInvalid:
            wrong = [row for row, text in enumerate(values.to_pylist()) if not _is_number(text)]
            self.refuse(
                np.array(wrong, dtype=np.int64),
                column,
                "is not a number",
                "write it as 1234.5: a point before decimals, and no spaces, units or marks between thousands",
            )
            raise AssertionError("what cannot be cast was not found") from None
        self.refuse(
            np.flatnonzero(~np.isfinite(numbers)), column, "is not a finite number", "correct or remove the row"
        )
        self.refuse(np.flatnonzero(np.abs(numbers) >= LARGEST), column, "is 2^53 or more", "use a larger unit")
        if not comma and _in_thousands(values):
            self._refuse_points(values, column)
        return numbers

    def counts(self, column: str) -> npt.NDArray[np.int64]:
        """Return a column of whole numbers that are not negative, int64 (rows,)."""
        numbers = self.numbers(column)
        self._refuse_points(self.columns[column], column)
        wrong = np.flatnonzero((numbers < 0) | (numbers != np.floor(numbers)))
        self.refuse(wrong, column, "is not a whole number of 0 or more", "correct the cell")
        return numbers.astype(np.int64)

    def _refuse_points(self, values: pa.ChunkedArray, column: str) -> None:
        """In half of the world 1.200 is a thousand and two hundred: nobody is to publish a thousandth of a number."""
        rows = np.flatnonzero(np.asarray(pc.match_substring_regex(values, _THOUSANDS)))
        remedy = "write 1200 or 1.2: a point comes before decimals, never between thousands"
        self.refuse(rows, column, "has a point and three digits, which may be thousands or decimals", remedy)

    def flags(self, column: str) -> npt.NDArray[np.bool_]:
        """Return a column of 0 and 1, or true and false, bool (rows,); an empty cell is false."""
        values = self.columns[column]
        true = np.asarray(pc.is_in(values, pa.array(_TRUE)))
        known = true | np.asarray(pc.is_in(values, pa.array(_FALSE)))
        self.refuse(np.flatnonzero(~known), column, "is neither 0 nor 1", "write 0 or 1")
        return true

    def has_decimals(self, column: str) -> bool:
        """Say whether a number is written with a decimal mark or an exponent, so that it may be rounded."""
        found = pc.match_substring_regex(self.columns[column], "[.,eE]")
        return bool(np.asarray(found).any())

    def decimals(self, column: str) -> int:
        """Return how many decimals the numbers of a column have at most, after a point or a comma, exponents included.

        The column must be one of `numbers`.
        """
        values = self.columns[column]
        after = pc.struct_field(pc.extract_regex(values, r"[.,](?P<decimals>\d*)$"), "decimals")
        most = pc.max(pc.utf8_length(after)).as_py() or 0
        small = values.filter(pc.match_substring_regex(values, "[eE]")).unique().to_pylist()
        exponents = (Decimal(text.replace(",", ".")).as_tuple().exponent for text in small)
        return max([most, *(-one for one in exponents if isinstance(one, int))])

    def refuse(self, rows: npt.NDArray[np.int64], column: str, rule: str, remedy: str) -> None:
        """Raise `SourceInvalid` for the first of `rows`, and say how many there are."""
        if len(rows) == 0:
            return
        problems = [Problem(self.place(int(row), column), rule, remedy) for row in rows[:MOST_TOLD]]
        if len(rows) > MOST_TOLD:
            problems.append(Problem(self.name, f"{len(rows) - MOST_TOLD} more rows have the same problem"))
        raise SourceInvalid(f"{self.name} cannot be used", problems=problems)


def _in_thousands(values: pa.ChunkedArray) -> bool:
    """Say whether all points in a column may stand between thousands, and numbers below them are written without.

    Who writes decimals writes three of them everywhere, or leaves zeros at the end out.
    """
    if not pc.any(pc.match_substring(values, ".")).as_py():
        return False  # the usual case, told in a tenth of the time
    found = [np.asarray(pc.match_substring_regex(values, one)) for one in (_THOUSANDS, r"^[+-]?\d{1,3}$", "0$")]
    points, small, ends_in_zero = found
    return bool((points | small).all() and (points & ends_in_zero).any() and small.any())


def _is_number(text: str) -> bool:
    """Ask what asked before: Python takes for numbers what that does not, such as digits of other scripts."""
    try:
        pa.scalar(text).cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


def read_table(
    path: Path, *, work: Path, needed: Collection[str], optional: Collection[str] | None = None
) -> TextTable:
    """Read a text file with a header, decompressed and decoded in the folder `work`.

    `needed` columns must be there; where `optional` is given, no others than those may be. Commas, semicolons, tabs and
    bars are understood as separators. Raises `SourceUnreadable` for a file that is missing, empty, cut off or no text,
    and `SourceInvalid` for columns and rows that do not fit.
    """
    text = read_text(path, work=work)
    if not text.strip():
        raise unreadable(path.name, "is empty", "export the file again")
    header, delimiter = _header(text, path.name, needed)
    _check_header(header, path.name, needed, optional)
    return _columns(text, path.name, header, delimiter)


def read_text(path: Path, *, work: Path) -> str:
    """Return the content of a text file, plain or ending in .gz or .zst, in NFC."""
    try:
        status = path.stat()
    except OSError as error:
        rule = f"cannot be read: {error.strerror or 'it cannot be opened'}"
        raise unreadable(str(path), rule, "check the name of the file") from None
    if not path.is_file():
        raise unreadable(str(path), "is a folder or a device, not a file", "name a file")
    if status.st_size == 0:
        raise unreadable(path.name, "is empty", "export the file again")
    _refuse_other_formats(path)
    compression = {".gz": "gzip", ".zst": "zstd"}.get(path.suffix.lower(), "")
    own = work / f"text-{len(list(work.iterdir()))}"
    own.mkdir()
    file = SourceFile(path, path.name, "csv", compression, (status.st_ino, status.st_size, status.st_mtime_ns))  # type: ignore[arg-type]
    try:
        plain = decompress(file, work=own) if compression else path
        return prepare_text(plain, name=path.name, encoding="auto", work=own).read_text(encoding="utf-8")
    except PermissionError:
        raise unreadable(path.name, "may not be read by this user", "ask for the right to read it") from None
    finally:
        # What is unprotected lies on the disk no longer than it has to: a killed command cleans nothing up.
        for copy in own.iterdir():
            copy.unlink()


def _refuse_other_formats(path: Path) -> None:
    """Tables are kept in workbooks: say what to do with one, instead of what is not text in it."""
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
    except OSError:
        return  # whoever reads it says why it cannot be read
    if start in _OTHER_FORMATS:
        raise unreadable(
            path.name, f"is {_OTHER_FORMATS[start]}, not text", "save its sheet as CSV (UTF-8), and name that"
        )


def _header(text: str, name: str, needed: Collection[str]) -> tuple[list[str], str]:
    """Return the names of the columns, and the separator with which most of `needed` are found."""
    line = text.split("\n", 1)[0].rstrip("\r")
    tried = []
    for delimiter in _DELIMITERS:
        try:
            names = [cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter=delimiter, strict=True), [])]
        except csv.Error:
            continue
        tried.append((len(set(needed) & set(names)), len(names), names, delimiter))
    if not tried:
        raise unreadable(f"{name} row 1", "is not a header row: its quotes do not match", "correct the first row")
    _, _, names, delimiter = max(tried, key=lambda each: each[:2])
    return names, delimiter


def _check_header(header: Sequence[str], name: str, needed: Collection[str], optional: Collection[str] | None) -> None:
    place = f"{name} row 1"
    problems = []
    if len(header) > MAX_COLUMNS:
        rule = f"has {len(header):,} columns, where {MAX_COLUMNS:,} are the most"
        problems.append(Problem(place, rule, "give one row for each cell of the table, not one column"))
        raise SourceInvalid(f"{name} cannot be used", problems=problems)
    problems += [
        Problem(place, f"the column {column} is missing", f"columns needed: {', '.join(needed)}")
        for column in needed
        if column not in header
    ]
    problems += [
        Problem(place, f"the column {column} is there twice", "keep one")
        for column in sorted({*needed, *(optional or ())})
        if header.count(column) > 1
    ]
    if optional is not None:
        allowed = ", ".join([*needed, *optional])
        for number, column in enumerate(header, 1):
            if column not in needed and column not in optional:
                problems.append(Problem(place, f"column {number} has an unknown name", f"columns: {allowed}"))
    if problems:
        raise SourceInvalid(f"{name} cannot be used", problems=problems[: MOST_TOLD * 2])


def _columns(text: str, name: str, header: Sequence[str], delimiter: str) -> TextTable:
    wrong: list[tuple[int, int]] = []

    def note(row: arrow_csv.InvalidRow) -> str:
        wrong.append((row.number, row.actual_columns))
        return "skip"

    keys = [str(place) for place in range(len(header))]
    body = text.rstrip("\r\n") + "\n"
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(body.encode()),
            arrow_csv.ReadOptions(column_names=keys, skip_rows=1, use_threads=False, block_size=MAX_LINE * 2),
            arrow_csv.ParseOptions(delimiter=delimiter, invalid_row_handler=note, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(column_types={key: pa.string() for key in keys}, strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" not in str(error):
            raise unreadable(name, "is not a table: its quotes do not match", "correct the file") from None
        table = pa.table({key: pa.array([], pa.string()) for key in keys})
    if wrong:
        rule = f"has {wrong[0][1]} fields where the header has {len(header)}"
        problem = Problem(f"{name} row {wrong[0][0]}", rule, "put texts with a separator inside into quotation marks")
        raise SourceInvalid(f"{name} cannot be used", problems=[problem])
    if not len(table):
        raise SourceUnreadable(
            f"{name} cannot be used", problems=[Problem(name, "has a header, but no rows", "export the file again")]
        )
    columns = {column: pc.utf8_trim_whitespace(table[key]) for key, column in zip(keys, header, strict=True)}
    return TextTable(name, columns, len(table))
