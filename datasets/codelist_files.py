"""Code lists as CSV files: reading them and writing them."""

from __future__ import annotations

import csv
import difflib
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from datasets.bounded_files import read_bounded_text
from datasets.codelist import COLUMNS, Codelist, Member
from datasets.codelist_checks import codelist_problems, first_problems
from datasets.errors import DefinitionInvalid, Problem
from datasets.names import TOTAL
from datasets.text import Bilingual, is_blank
from datasets.text_checks import flaw_of

MAX_BYTES = 8 * 1024 * 1024
"""The largest code list file: about twenty times the list of all communes."""
MAX_MEMBERS = 50_000
"""Three times the codes of ICD-10; a table that crosses more members could not be protected."""

_NEEDED = COLUMNS[:3]
_QUOTES = "put texts that hold a comma or a quotation mark into quotation marks"


def load_codelist(
    path: Path, title: Bilingual, *, source: Bilingual | None = None, within: Path | None = None
) -> Codelist:
    """Read and check the list of a dataset definition; its id is the file's name without ending.

    No link may lead the file out of the folder ``within``, its own if absent.

    Raises:
        DefinitionInvalid: The file cannot be read or breaks a rule of code lists; every problem names file and line.
    """
    message = f"The code list {path.stem} cannot be read"
    text = read_bounded_text(path, within=within or path.parent, most=MAX_BYTES, message=message)
    codelist = parse_codelist(text, path.stem, title, source=source, place=str(path))
    if TOTAL in codelist.by_code:
        rule = f"the code {TOTAL} stands for the total, which packaging adds"
        raise DefinitionInvalid(
            f"The code list {path.stem} is not valid", problems=[Problem(str(path), rule, "leave it out")]
        )
    return codelist


def parse_codelist(
    text: str,
    id: str,  # noqa: A002
    title: Bilingual,
    *,
    source: Bilingual | None = None,
    place: str = "",
) -> Codelist:
    """Turn the text of a code list file into a code list.

    Args:
        text: CSV with a header: the names of ``datasets.codelist.COLUMNS``, of which only the first three are needed.
            A list of a released package also holds the member ``_T``.
        id: The list's identifier.
        title: What people call the list.
        source: Who made the list, and its licence.
        place: What to call the file in problems.

    Raises:
        DefinitionInvalid: With every problem of the file.
    """
    place = place or f"{id}.csv"
    lines, problems = _rows(unicodedata.normalize("NFC", text.removeprefix("\ufeff")), place)
    if not problems:
        problems = first_problems(codelist_problems(lines, place), place)
    if problems:
        raise DefinitionInvalid(f"The code list {id} is not valid", problems=problems)
    return Codelist(id=id, title=title, members=tuple(member for _, member in lines), source=source)


def codelist_csv(codelist: Codelist) -> str:
    """Return the file of ``codelist``: UTF-8 text, all columns, lines that end in a line feed."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(member.as_row() for member in codelist.members)
    return out.getvalue()


# Rows -----------------------------------------------------------------------------------------------------------------


def _rows(text: str, place: str) -> tuple[list[tuple[int, Member]], list[Problem]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    members: list[tuple[int, Member]] = []
    problems: list[Problem] = []
    try:
        header = next(reader, [])
        problems += _header_problems(header, place)
        for row in [] if problems else reader:
            where = f"{place} line {reader.line_num}"
            if len(row) != len(header):
                problems.append(Problem(where, f"has {len(row)} fields where the header has {len(header)}", _QUOTES))
            elif problem := _blank(row, header, where) or _illegible(row, header, where):
                problems.append(problem)
            elif len(members) == MAX_MEMBERS:
                problems.append(
                    Problem(where, f"is beyond {MAX_MEMBERS:,} members", "publish such a list as a register")
                )
            else:
                members.append((reader.line_num, _member(dict(zip(header, row, strict=True)))))
            if problems:
                break
    except csv.Error as error:
        problems.append(Problem(f"{place} line {reader.line_num}", f"is not CSV: {error}", _QUOTES))
    if not members and not problems:
        problems.append(Problem(place, "has no members", "write one line for each code"))
    return members, problems


def _header_problems(header: Sequence[str], place: str) -> Iterator[Problem]:
    """A file that is no code list may hold anything: its words are not repeated, only where they stand."""
    where = f"{place} line 1"
    columns = f"the columns are: {', '.join(COLUMNS)}"
    for name in _NEEDED:
        if name not in header:
            yield Problem(where, f"the column {name} is missing", columns)
    for name in COLUMNS:
        if header.count(name) > 1:
            yield Problem(where, f"the column {name} is there twice", "keep one")
    unknown = [(number, name) for number, name in enumerate(header, 1) if name not in COLUMNS]
    for number, name in unknown[: len(COLUMNS)]:
        near = difflib.get_close_matches(name[:64], COLUMNS, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        yield Problem(where, f"column {number} has a name that no code list has", f"{hint}{columns.capitalize()}")


def _blank(row: Sequence[str], header: Sequence[str], where: str) -> Problem | None:
    for name in _NEEDED:
        if is_blank(row[header.index(name)]):
            return Problem(where, f"{name} is empty", "every member has a code and a label in both languages")
    return None


def _illegible(row: Sequence[str], header: Sequence[str], where: str) -> Problem | None:
    for name, text in zip(header, row, strict=True):
        flaw = flaw_of(text)
        if flaw is not None:
            return Problem(f"{where}, column {name}", *flaw)
    return None


def _member(row: Mapping[str, str]) -> Member:
    rest = {name: text.strip() for name, text in row.items() if not name.startswith("label_")}
    return Member(label=Bilingual(vi=row["label_vi"], en=row["label_en"]), **rest)
