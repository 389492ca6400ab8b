"""A chart as small as a stamp, beside a dataset in a list: its shape alone, without axes or words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from portal.public.charts.amounts import of_lines
from portal.public.charts.chart import SCHEMA, Chart, Point
from portal.public.charts.palette import CONFIG, GAP, MARK
from portal.public.charts.single import HAS_GAP, IS_ALONE, stands_alone

WIDTH, HEIGHT = 176, 64
MOST_BARS = 14
EMPTY = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"/>'
"""What stands where nothing can be drawn."""


def vega_lite(chart: Chart) -> dict[str, Any]:
    """Return the description of the shape of ``chart``: its line, or its first bars; gaps are grey, never zero."""
    points = chart.points if chart.kind == "line" else chart.points[:MOST_BARS]
    places = [str(place) for place in range(len(points))]
    along = {
        "field": "place",
        "type": "ordinal",
        "sort": None,
        "scale": {"type": "band", "paddingInner": 0 if chart.kind == "line" else 0.25, "domain": places},
        "axis": None,
    }
    scale = of_lines([point.value for point in points])
    upward = {"field": "value", "type": "quantitative", "scale": scale, "axis": None}
    mark = (
        {"type": "line", "color": MARK, "strokeWidth": 1.5, "invalid": "break-paths-show-domains"}
        if chart.kind == "line"
        else {"type": "bar", "color": MARK}
    )
    return {
        "$schema": SCHEMA,
        "background": None,
        "padding": 2,
        "autosize": {"type": "fit", "contains": "padding"},
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": list(_rows(chart.kind, points))},
        "layer": [
            {
                "transform": [HAS_GAP],
                "mark": {"type": "rect", "color": GAP},
                "encoding": {"x": along},
            },
            {"mark": mark, "encoding": {"x": along, "y": upward}},
            {
                "transform": [IS_ALONE],
                "mark": {"type": "point", "color": MARK, "filled": True, "opacity": 1, "size": 12},
                "encoding": {"x": along, "y": upward},
            },
        ],
        "config": CONFIG,
    }


def _rows(kind: Literal["line", "bars"], points: Sequence[Point]) -> Iterator[dict[str, Any]]:
    for place, point in enumerate(points):
        alone = kind == "line" and point.value is not None and stands_alone(points, place)
        yield {"place": str(place), "value": point.value, "alone": alone}
