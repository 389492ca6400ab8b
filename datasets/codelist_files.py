"""Code lists as CSV files: reading them, checking that they are sound, and writing them."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from datasets.codelist import COLUMNS, Codelist, Member
from datasets.errors import DefinitionInvalid, Problem
from datasets.names import TOTAL
from datasets.text import Bilingual

MAX_BYTES = 8 * 1024 * 1024
"""The largest code list file: about twenty times the list of all communes."""

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_NEEDED = COLUMNS[:3]


def load_codelist(path: Path, title: Bilingual, *, source: Bilingual | None = None) -> Codelist:
    """Read and check the list of a dataset definition; its id is the file's name without ending.

    Raises:
        DefinitionInvalid: The file cannot be read or breaks a rule of code lists; every problem names file and line.
    """
    codelist = parse_codelist(_text(path), path.stem, title, source=source, place=str(path))
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
    lines, problems = _rows(text.removeprefix("\ufeff"), place)
    if not problems:
        problems = list(_problems(lines, place))
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


def _text(path: Path) -> str:
    message = f"The code list {path.stem} cannot be read"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DefinitionInvalid(message, problems=[Problem(str(path), error.strerror or "unreadable")]) from None
    if len(content) > MAX_BYTES:
        rule = f"is larger than {MAX_BYTES} bytes"
        raise DefinitionInvalid(message, problems=[Problem(str(path), rule, "split the list")])
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(f"{path} line {line}", "is not UTF-8", "save the file as UTF-8")
        raise DefinitionInvalid(message, problems=[problem]) from None


# Rows -----------------------------------------------------------------------------------------------------------------


def _rows(text: str, place: str) -> tuple[list[tuple[int, Member]], list[Problem]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    members: list[tuple[int, Member]] = []
    problems: list[Problem] = []
    try:
        header = next(reader, [])
        problems += _header_problems(header, place)
        for row in reader:
            where = f"{place} line {reader.line_num}"
            if problems:
                break
            if len(row) != len(header):
                problems.append(Problem(where, f"has {len(row)} fields where the header has {len(header)}"))
            elif problem := _blank(row, header, where):
                problems.append(problem)
            else:
                members.append((reader.line_num, _member(dict(zip(header, row, strict=True)))))
    except csv.Error as error:
        problems.append(Problem(f"{place} line {reader.line_num}", f"is not CSV: {error}"))
    if not members and not problems:
        problems.append(Problem(place, "has no members", "write one line for each code"))
    return members, problems


def _header_problems(header: Sequence[str], place: str) -> Iterator[Problem]:
    where = f"{place} line 1"
    for name in _NEEDED:
        if name not in header:
            yield Problem(where, f"the column {name} is missing", f"the columns are: {', '.join(COLUMNS)}")
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            yield Problem(where, f"the column {name} is there twice", "keep one")
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            yield Problem(
                where, f"{name!r} is not a column of a code list", f"{hint}The columns are: {', '.join(COLUMNS)}"
            )


def _blank(row: Sequence[str], header: Sequence[str], where: str) -> Problem | None:
    for name in _NEEDED:
        if not row[header.index(name)].strip():
            return Problem(where, f"{name} is empty", "every member has a code and a label in both languages")
    return None


def _member(row: Mapping[str, str]) -> Member:
    rest = {name: text.strip() for name, text in row.items() if not name.startswith("label_")}
    return Member(label=Bilingual(vi=row["label_vi"], en=row["label_en"]), **rest)


# Rules ----------------------------------------------------------------------------------------------------------------


def _problems(lines: Sequence[tuple[int, Member]], place: str) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for line, member in lines:
        where = f"{place} line {line}"
        if member.code != TOTAL and not _CODE.fullmatch(member.code):
            rule = (
                f"the code {member.code!r} must be 1 to 64 letters, digits, dots, hyphens, plus signs and underscores"
            )
            yield Problem(where, rule, "start it with a letter or digit; it appears in addresses")
        if member.code in first:
            yield Problem(where, f"the code {member.code} is also on line {first[member.code]}", "codes are unique")
        first.setdefault(member.code, line)
        yield from _validity(member, where)
    by_code = {member.code: member for _, member in lines}
    for line, member in lines:
        yield from _parent(member, by_code, f"{place} line {line}")
    yield from _ranges(lines, place)


def _validity(member: Member, where: str) -> Iterator[Problem]:
    days = []
    for name in ("valid_from", "valid_to"):
        text = getattr(member, name)
        try:
            days.append(date.fromisoformat(text) if text else None)
        except ValueError:
            yield Problem(where, f"{name} must be a date such as 2025-07-01", "correct it or leave it empty")
    if len(days) == 2 and days[0] and days[1] and days[1] < days[0]:
        yield Problem(where, "valid_to is before valid_from", "exchange them")


def _parent(member: Member, by_code: Mapping[str, Member], where: str) -> Iterator[Problem]:
    if not member.parent:
        return
    parent = by_code.get(member.parent)
    if parent is None:
        near = difflib.get_close_matches(member.parent, by_code, n=1)
        hint = f"did you mean {near[0]}?" if near else "add the parent to the list, or leave the field empty"
        yield Problem(where, f"the parent {member.parent} is not a code of this list", hint)
    elif parent.level == member.level:
        yield Problem(where, f"the parent {member.parent} is of the same level", "give the parent a coarser level")
    elif _circular(member, by_code):
        yield Problem(where, f"{member.code} is its own ancestor", "correct the parents")


def _circular(member: Member, by_code: Mapping[str, Member]) -> bool:
    seen = {member.code}
    while member.parent in by_code:
        member = by_code[member.parent]
        if member.code in seen:
            return True
        seen.add(member.code)
    return False


def _ranges(lines: Sequence[tuple[int, Member]], place: str) -> Iterator[Problem]:
    """Ranges include both ends; an empty ``range_to`` has no end. Within a level they may not overlap."""
    by_level: dict[str, list[tuple[int, Member]]] = {}
    for line, member in lines:
        if member.range_from:
            by_level.setdefault(member.level, []).append((line, member))
        elif member.range_to:
            yield Problem(f"{place} line {line}", "range_to without range_from", "write where the range begins")
    for ranged in by_level.values():
        numeric = all(_is_number(text) for _, member in ranged for text in (member.range_from, member.range_to) if text)
        yield from _overlaps(ranged, place, numeric=numeric)


def _overlaps(ranged: Iterable[tuple[int, Member]], place: str, *, numeric: bool) -> Iterator[Problem]:
    def order(text: str) -> tuple[float, str]:
        return (float(text), "") if numeric else (0.0, text)

    last = (float("inf"), chr(0x10FFFF))
    previous: tuple[tuple[float, str], Member] | None = None
    for line, member in sorted(ranged, key=lambda item: order(item[1].range_from)):
        start, end = order(member.range_from), order(member.range_to) if member.range_to else last
        if end < start:
            yield Problem(f"{place} line {line}", "range_to is before range_from", "exchange them")
        elif previous is not None and start <= previous[0]:
            rule = f"the range of {member.code} overlaps that of {previous[1].code}"
            yield Problem(f"{place} line {line}", rule, "ranges of one level include both ends and stay apart")
        if previous is None or end > previous[0]:
            previous = (end, member)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) is not None
