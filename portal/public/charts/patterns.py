"""Fills that are told apart without colour: one for each reason why there is no value, and hatching for chance."""

from __future__ import annotations

import re

from portal.public.charts.palette import CLASSES, GAP, PAPER, QUIET

_SLANTED = 'patternTransform="rotate(45)"'
_USED = re.compile(r"url\(#([a-z-]+)\)")


def _pattern(name: str, inside: str, *, side: int = 5, more: str = "") -> str:
    size = f'width="{side}" height="{side}" patternUnits="userSpaceOnUse"'
    return f'<pattern id="{name}" {size}{f" {more}" if more else ""}>{inside}</pattern>'


def _paper(fill: str) -> str:
    return f'<rect width="6" height="6" fill="{fill}"/>'


_HATCHED = f'<path d="M0 0h6" stroke="{PAPER}" stroke-width="2.4"/>'
PATTERNS = {
    "missing": _pattern("missing", f'{_paper(GAP)}<circle cx="2" cy="2" r="1" fill="{QUIET}"/>'),
    "not-applicable": _pattern("not-applicable", f'{_paper(GAP)}<path d="M1 0v5" stroke="{QUIET}" stroke-width=".8"/>'),
    "unreliable": _pattern("unreliable", f'{_paper(GAP)}<path d="M0 1h5" stroke="{QUIET}" stroke-width=".8"/>'),
    "chance": _pattern("chance", _HATCHED, more=_SLANTED),
    "chance-key": _pattern("chance-key", _paper(CLASSES[2]) + _HATCHED, more=_SLANTED),
}
"""SVG patterns by what they mean; their colours have pairs for dark pages."""
CHANCE, CHANCE_KEY = "url(#chance)", "url(#chance-key)"
"""Over the fill of an area, and as the legend shows it."""
_GAPS = {"[x]": "url(#missing)", "[z]": "url(#not-applicable)", "[u]": "url(#unreliable)"}


def gap_fill(mark: str, plain: str = GAP) -> str:
    """Return what a cell without a value is filled with, by its mark; what is withheld is plain grey."""
    return _GAPS.get(mark, plain)


def definitions(drawing: str) -> str:
    """Return the definitions of the patterns that a drawing, or its description, is filled with."""
    used = "".join(PATTERNS[name] for name in dict.fromkeys(_USED.findall(drawing)) if name in PATTERNS)
    return f"<defs>{used}</defs>" if used else ""
