"""The colours and letters of all charts: on light pages, and what takes their place on dark ones."""

from __future__ import annotations

from typing import Any

FONT = "Be Vietnam Pro, Arial, sans-serif"
INK, QUIET, RULE, MARK, GAP = "#14202b", "#4a5a68", "#d5dce2", "#0b6b62", "#e9edf0"
PAPER = "#ffffff"
STRANDS = ("#0b6b62", "#b3470f", "#3b5bb5", "#8a2f7f", "#6b5d00", "#5b6470")
"""Colours of several lines in one chart, told apart also by those who see few colours; each has its own dashes too."""
DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (7, 3), (2, 2), (9, 3, 2, 3), (4, 2), (12, 4))
CLASSES = ("#d3ece8", "#9fd3cb", "#5fb0a5", "#27857a", "#07564e")
"""Fills of the classes of a map, from the least to the most."""
AREA_GAP = "#c6ccd1"
"""The fill of an area without a value: no paler or darker class of any."""
DARK = {
    INK: "#eef3f6",
    QUIET: "#b4c2cd",
    RULE: "#3a4853",
    GAP: "#2a3640",
    AREA_GAP: "#46525c",
    PAPER: "#10181e",
    **dict(zip(STRANDS, ("#5fd0c1", "#f0a272", "#9db4f5", "#e39ddb", "#d8c74a", "#b9c3cc"), strict=True)),
    **dict(zip(CLASSES, ("#17413c", "#1f655d", "#2f8f84", "#55c2b4", "#a4f0e4"), strict=True)),
}
"""The second of each pair replaces the first where the reader prefers a dark page."""
STYLE = "@media screen and (prefers-color-scheme:dark){%s}" % "".join(  # noqa: UP031  braces of CSS are easier to read so
    f'[fill="{light}"]{{fill:{dark}}}[stroke="{light}"]{{stroke:{dark}}}' for light, dark in DARK.items()
)
CONFIG: dict[str, Any] = {
    "font": FONT,
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelColor": QUIET,
        "titleColor": INK,
        "gridColor": RULE,
        "domainColor": QUIET,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": 600,
        "labelPadding": 6,
        "titlePadding": 10,
    },
    "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 600},
    "title": {"color": INK, "fontSize": 12, "fontWeight": 600},
    "header": {"labelColor": INK, "labelFontSize": 12, "labelFontWeight": 600, "labelPadding": 4},
}
