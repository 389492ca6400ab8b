"""Labels in lines: one that is longer than its room goes on below, and is never cut off."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from textwrap import wrap
from typing import Any

from portal.public.charts.chart import xml_text

LINE = 14
"""How far the lines of a label are apart, in pixels."""
UNCUT = 0
"""What Vega takes as the limit of a label that has none."""
_LABEL = "split(data('points')[toNumber(datum.value)].label, '\\n')"
IN_LINES: dict[str, Any] = {
    "labelLimit": UNCUT,
    "labelExpr": _LABEL,
    # Lines go on below the first, which would stand in the middle of the row.
    "labelOffset": {"expr": f"{-LINE / 2} * (length({_LABEL}) - 1)"},
}
"""What the axis of bars is to do with labels of several lines."""
_LETTER = 6.6
"""How wide a letter of a label is on average, in pixels: rather too wide than cut off."""


def in_lines(text: str, room: float) -> str:
    """Return a label in lines that fit so many pixels."""
    return "\n".join(wrap(xml_text(text), max(8, int(room / _LETTER))))


def most_lines(labels: Iterable[str], room: float) -> int:
    """Return how many lines the longest of some labels takes."""
    return max((in_lines(label, room).count("\n") + 1 for label in labels), default=1)


def widest(labels: Iterable[str], room: float) -> int:
    """Return the room that the longest line of some labels takes, in pixels."""
    return ceil(max((len(line) for label in labels for line in in_lines(label, room).split("\n")), default=0) * _LETTER)
