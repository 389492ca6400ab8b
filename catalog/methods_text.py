"""The methods of a release, divided: by language, and into the sections that readers look for by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt

from datasets.text import Language

_HEADINGS: dict[Language, str] = {"vi": "Phương pháp", "en": "Methods"}
_PLACES: dict[Language, dict[str, str]] = {
    "vi": {"Trước khi sử dụng": "caveats", "Bảo vệ người bệnh": "protection"},
    "en": {"Before you use it": "caveats", "How people are protected": "protection"},
}
_HEADING = re.compile(rf"^# ({'|'.join(_HEADINGS.values())})[ \t]*$", re.MULTILINE)


def parts_by_language(markdown: str) -> Mapping[Language, str]:
    """Return the parts that a package's ``methods.md`` has, by their language."""
    parts = _HEADING.split(markdown)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {language: found[heading].strip() for language, heading in _HEADINGS.items() if heading in found}


def part_in(markdown: str, language: Language) -> str:
    """Return the part of a package's ``methods.md`` that is in ``language``; all of it where it has no such parts."""
    return parts_by_language(markdown).get(language, markdown.strip())


@dataclass(frozen=True)
class MethodsParts:
    """The methods in one language as a page shows them: two sections of known names have places of their own."""

    caveats: str
    """What must be known before anything is used; the section ``Before you use it``."""
    protection: str
    """The section ``How people are protected``."""
    rest: str


def parts_of(markdown: str, language: Language) -> MethodsParts:
    """Divide the methods in ``language`` (what ``part_in`` returns) by their second-level headings."""
    lines = markdown.splitlines(keepends=True)
    starts = [*_second_level(markdown), (len(lines), "")]
    taken: dict[str, str] = {}
    left = lines[: starts[0][0]]
    for (start, title), (end, _) in pairwise(starts):
        place = _PLACES[language].get(title)
        if place is None or place in taken:
            left += lines[start:end]
        else:
            taken[place] = "".join(lines[start + 1 : end]).strip()
    return MethodsParts(taken.get("caveats", ""), taken.get("protection", ""), "".join(left).strip())


def _second_level(markdown: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of the headings that are written ``## so``, and stand in no list, quotation or code."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    for opening, inline in pairwise(tokens):
        if (opening.type, opening.tag, opening.markup, opening.level) == ("heading_open", "h2", "##", 0):
            assert opening.map is not None
            yield opening.map[0], inline.content
