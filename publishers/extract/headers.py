"""Which column of the source is which declared column: by header, with every difference named at once."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping, Sequence

from datasets.errors import Problem, SourceInvalid
from datasets.source import Source

MAX_COLUMNS = 2_000
_SHOWN = 20


def normal_header(text: str) -> str:
    """Return ``text`` in NFC with every run of white space, line breaks included, as one space."""
    return " ".join(unicodedata.normalize("NFC", text).replace("\ufeff", "").split())


def expected_headers(source: Source) -> Mapping[str, str]:
    """Return the header that each declared column has in the source."""
    return {name: normal_header(column.header or name) for name, column in source.columns.items()}


def match_headers(source: Source, headers: Sequence[str], *, name: str) -> Mapping[str, int]:
    """Return the position of every declared column; SourceInvalid lists what is missing, double or not declared."""
    found = [normal_header(header) for header in headers]
    _check_number(found, name)
    expected = expected_headers(source)
    problems = [
        *_missing(expected, found, name),
        *_double(set(expected.values()), found, name, every=source.extra_columns == "refuse"),
        *(_extra(expected, found, name) if source.extra_columns == "refuse" else ()),
    ]
    if problems:
        raise SourceInvalid("The columns of the source are not those of the definition", problems=problems)
    return {column: found.index(header) for column, header in expected.items()}


def _check_number(found: Sequence[str], name: str) -> None:
    if len(found) > MAX_COLUMNS:
        raise SourceInvalid(
            "The source has too many columns",
            problems=[
                Problem(name, f"has {len(found):,} columns; {MAX_COLUMNS:,} are allowed", "export a table of long form")
            ],
        )


def _missing(expected: Mapping[str, str], found: Sequence[str], name: str) -> list[Problem]:
    problems = []
    for column, header in expected.items():
        if header in found:
            continue
        near = difflib.get_close_matches(header.casefold(), [each.casefold() for each in found], n=1, cutoff=0.75)
        place = [each.casefold() for each in found].index(near[0]) + 1 if near else 0
        hint = f"column {place} is spelled nearly so: " if near else ""
        problems.append(
            Problem(
                f"{name}, column {column}",
                f"no column has the header “{header}”",
                f"{hint}add the column, or correct `header:` or `header_row:`",
            )
        )
    return problems


def _double(expected: set[str], found: Sequence[str], name: str, *, every: bool) -> list[Problem]:
    problems = []
    for header in dict.fromkeys(found):
        places = [str(place) for place, each in enumerate(found, 1) if each == header]
        if len(places) > 1 and header and (every or header in expected):
            where = "columns " + ", ".join(places[:_SHOWN])
            problems.append(Problem(f"{name}, {where}", "have the same header", "give each column a header of its own"))
    return problems


def _extra(expected: Mapping[str, str], found: Sequence[str], name: str) -> list[Problem]:
    places = [place for place, header in enumerate(found, 1) if header not in expected.values()]
    if not places:
        return []
    # An undeclared header may itself be a value, where a file has no header row: only its place is told.
    where = ", ".join(map(str, places[:_SHOWN])) + (" …" if len(places) > _SHOWN else "")
    remedy = "declare it under `columns:`, remove it, or set `extra_columns: ignore`"
    if missing := [column for column, header in expected.items() if header not in found]:
        remedy = f"if it is {' or '.join(missing[:_SHOWN])}, write its header under `header:` there; if not, {remedy}"
    return [Problem(f"{name}, column {where}", "is not declared", remedy)]
