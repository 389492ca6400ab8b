"""How high the frame of a chart inside another page has to be, so that nothing is cut off and little stays empty."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from portal.public.charts import maps, panels, single, strands
from portal.public.charts.chart import WIDE, Chart, StrandsChart
from portal.public.explore.drawn import chart_of, is_drawn
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
    columns = min(len(telling.grid.columns), MOST_PANELS)
    if telling.exploration.show == "map":
        return round(maps.HEIGHT * WIDE / maps.WIDTH)
    if telling.exploration.show == "bars" and not (telling.exploration.columns and telling.exploration.rows.is_time):
        return _bars(telling)
    if telling.exploration.columns is None:
        return single.LINE_HEIGHT
    if telling.exploration.show == "line" and columns <= strands.MOST_LINES:
        return single.LINE_HEIGHT + strands.LEGEND + ceil(columns / 3) * _LINE + columns * strands.MARK_ROW
    return ceil(columns / 4) * (panels.HEIGHT + _PANEL) + _AXES


def _bars(telling: Telling) -> int:
    chart = chart_of(telling)
    if isinstance(chart, Chart):
        return len(chart.points) * single.bar_step(chart) + _AXES
    assert isinstance(chart, StrandsChart)
    rows = ceil(len(chart.strands) / panels.columns(chart))
    return rows * (len(chart.strands[0].points) * panels.step(chart) + _PANEL) + _AXES
