"""How high the frame of a chart inside another page has to be, so that nothing is cut off and little stays empty."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from portal.public.charts import maps, single, strands
from portal.public.charts.chart import WIDE
from portal.public.explore.drawn import MOST_BARS, is_drawn
from portal.public.explore.settling import MOST_PANELS
from portal.public.explore.telling import Telling

_AROUND, _LINE, _GAP, _LETTERS = 170, 22, 18, 84
"""Heading and margins; a line of text, what parts it from the next text, and the letters that it holds."""
_MADE_UP, _TABLE_ROW, _PANEL, _AXES = 96, 36, 44, 64
HIGHEST = 1600
"""What is higher is scrolled inside its frame."""


def embed_height(telling: Telling, texts: Iterable[str]) -> int:
    """Return the height in pixels of a frame as wide as a column of text; ``texts`` stand above and below the chart."""
    said = sum(ceil(len(text) / _LETTERS) * _LINE + _GAP for text in texts if text)
    made_up = _MADE_UP if telling.release.description.synthetic else 0
    height = _AROUND + made_up + said + (_drawing(telling) if is_drawn(telling) else _table(telling))
    return min(HIGHEST, ceil(height / 20) * 20)


def _table(telling: Telling) -> int:
    return (len(telling.grid.rows) + 3) * _TABLE_ROW


def _drawing(telling: Telling) -> int:
    rows, columns = len(telling.grid.rows), min(len(telling.grid.columns), MOST_PANELS)
    if telling.exploration.show == "map":
        return round(maps.HEIGHT * WIDE / maps.WIDTH)
    if telling.exploration.columns is None:
        return single.LINE_HEIGHT if telling.exploration.show == "line" else _bars(rows)
    if telling.exploration.show == "line" and columns <= strands.MOST_LINES:
        return single.LINE_HEIGHT + ceil(columns / 3) * _LINE + columns * strands.MARK_ROW
    if telling.exploration.rows.is_time:
        return ceil(columns / 4) * (strands.PANEL_HEIGHT + _PANEL)
    return ceil(columns / 3) * (min(rows, MOST_BARS) * strands.BAR_STEP + _AXES)


def _bars(rows: int) -> int:
    return min(rows, MOST_BARS) * single.BAR_STEP + _AXES
