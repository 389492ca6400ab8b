"""The letters of the pages: which file has which characters of which weight, as ``static/fonts.css`` says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parent / "static"
_RULE = re.compile(r"@font-face \{[^}]*\}")
_WEIGHT = re.compile(r"font-weight: (\d+);")
_FILE = re.compile(r'url\("([^"]+)"\)')
_RANGES = re.compile(r"unicode-range: ([^;]+);")
_RANGE = re.compile(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?")


@dataclass(frozen=True)
class FontFace:
    """One rule of the style sheet."""

    rule: str
    """The rule itself, in one line."""
    weight: int
    file: str
    """Below the folder of the style sheet."""
    characters: frozenset[int]
    """The code points for which browsers fetch the file."""


def font_faces(static: Path = STATIC) -> tuple[FontFace, ...]:
    """Return the rules of ``static/fonts.css`` in their order."""
    style = (static / "fonts.css").read_text(encoding="utf-8")
    return tuple(_face(" ".join(rule.split())) for rule in _RULE.findall(style))


def _face(rule: str) -> FontFace:
    [weight], [file], [ranges] = (each.findall(rule) for each in (_WEIGHT, _FILE, _RANGES))
    return FontFace(rule, int(weight), file, frozenset(_code_points(ranges)))


def _code_points(ranges: str) -> Iterator[int]:
    for first, last in _RANGE.findall(ranges):
        yield from range(int(first, 16), int(last or first, 16) + 1)
