"""Several lines in one chart, in Vega-Lite."""

from __future__ import annotations

from typing import Any

from portal.public.charts.amounts import of_lines
from portal.public.charts.chart import NARROW, SCHEMA, WIDE, StrandsChart, xml_text
from portal.public.charts.labels import LINE, UNCUT, in_lines, most_lines
from portal.public.charts.palette import CONFIG, DASHES, STRANDS
from portal.public.charts.single import (
    CIRCLE,
    CROWDED,
    HAS_GAP,
    HAS_VALUE,
    IS_MARKED,
    IS_TOLD,
    LINE_HEIGHT,
    NARROW_LINE_HEIGHT,
    TOLD,
    UPRIGHT,
    break_layers,
    is_hollow,
    is_marked,
    labelled,
    placed,
    stands_alone,
)

MOST_LINES = len(STRANDS)
"""So many lines people can tell apart in one chart; more are drawn as small charts."""
MARK_ROW = 14
LEGEND = 40
"""What the legend takes beside its lines, in pixels."""
_NAME_ROOM, _NARROW_NAME_ROOM = 196, NARROW - 56
"""The room of a name in the legend, in pixels."""


def vega_lite(chart: StrandsChart) -> dict[str, Any]:
    """Return the Vega-Lite description of ``chart``; a point without a value is a marked gap, never a zero."""
    return {
        "$schema": SCHEMA,
        "background": None,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": {"left": 4, "right": 26, "top": 4, "bottom": 4},
        "width": NARROW if chart.narrow else WIDE,
        "height": _height(chart),
        "data": {"name": "points", "values": _rows(chart)},
        "layer": _line_layers(chart),
        "config": CONFIG,
    }


def _rows(chart: StrandsChart) -> list[dict[str, Any]]:
    """Return all points, those of the first strand first, so that a label is found by its number."""
    return [
        {
            "strand": f"{number:02}",
            "name": in_lines(strand.label, _name_room(chart)),
            "place": str(place),
            "label": xml_text(point.label),
            "value": point.value,
            "text": xml_text(point.text) if is_marked(strand.points, place) else "",
            "marked": is_hollow(point),
            "dot": len(strand.points) <= CROWDED or stands_alone(strand.points, place),
            "told": xml_text(point.told),
        }
        for number, strand in enumerate(chart.strands)
        for place, point in enumerate(strand.points)
    ]


def _name_room(chart: StrandsChart) -> int:
    return _NARROW_NAME_ROOM if chart.narrow else _NAME_ROOM


def _height(chart: StrandsChart) -> int:
    """Return a height that leaves the lines their room, however much the marks above and the legend below take."""
    usual = LEGEND + (NARROW_LINE_HEIGHT if chart.narrow else LINE_HEIGHT)
    lines = [most_lines([strand.label], _name_room(chart)) for strand in chart.strands]
    below = sum(lines) if chart.narrow else max(lines) - 1
    return usual + MARK_ROW * len(_gapped(chart)) + LINE * below


def _line_layers(chart: StrandsChart) -> list[dict[str, Any]]:
    along, upward = _along(chart), _upward(chart)
    strand = {"field": "strand", "type": "nominal"}
    numbers = [f"{number:02}" for number in range(len(chart.strands))]
    legend = _legend(chart)
    colour = {**strand, "scale": {"domain": numbers, "range": list(STRANDS[: len(numbers)])}, "legend": legend}
    dashes = {**strand, "scale": {"domain": numbers, "range": [list(each) for each in DASHES]}, "legend": legend}
    return [
        *break_layers(chart.breaks, along),
        {
            "mark": {"type": "line", "strokeWidth": 2, "invalid": "break-paths-show-domains"},
            "encoding": {"x": along, "y": upward, "color": colour, "strokeDash": dashes},
        },
        {
            "transform": [HAS_VALUE, {"filter": {"field": "dot", "equal": True}}],
            "mark": {"type": "point", "filled": True, "size": 22, "opacity": 1},
            "encoding": {"x": along, "y": upward, "color": colour},
        },
        {
            "transform": [IS_MARKED],
            "mark": {**CIRCLE, "filled": False, "size": 20},
            "encoding": {"x": along, "y": upward, "color": colour},
        },
        {
            # Wide enough to be pointed at, and not seen.
            "transform": [IS_TOLD],
            "mark": {"type": "point", "filled": True, "opacity": 0, "size": 60},
            "encoding": {"x": along, "y": upward, "color": colour, "tooltip": TOLD},
        },
        *(_gap_marks(number, row, along) for row, number in enumerate(_gapped(chart))),
    ]


def _gapped(chart: StrandsChart) -> list[int]:
    """Return the strands of which some point has no value."""
    return [
        number for number, strand in enumerate(chart.strands) if any(point.value is None for point in strand.points)
    ]


def _gap_marks(number: int, row: int, along: dict[str, Any]) -> dict[str, Any]:
    """Write the marks of one strand's gaps into a row of their own at the top, in the colour of its line."""
    # The first one would stand half on the numbers of the axis.
    side = {"expr": "datum.place === '0' ? 'left' : 'center'"}
    return {
        "transform": [HAS_GAP, {"filter": {"field": "strand", "equal": f"{number:02}"}}],
        "mark": {"type": "text", "color": STRANDS[number], "fontSize": 11, "baseline": "top", "align": side},
        "encoding": {
            "x": along,
            "y": {"value": 2 + MARK_ROW * row},
            "text": {"field": "text"},
            "tooltip": TOLD,
        },
    }


def _legend(chart: StrandsChart) -> dict[str, Any]:
    each = len(chart.strands[0].points)
    return {
        "title": None,
        "orient": "bottom",
        "direction": "vertical" if chart.narrow else "horizontal",
        "columns": 1 if chart.narrow else 3,
        "symbolType": "stroke",
        "symbolSize": 400,
        "symbolStrokeWidth": 2,
        "labelLimit": UNCUT,
        "labelExpr": f"split(data('points')[toNumber(datum.value)*{each}].name, '\\n')",
    }


def _along(chart: StrandsChart) -> dict[str, Any]:
    labels = [point.label for point in chart.strands[0].points]
    return placed(len(labels), {"title": xml_text(chart.dimension), **UPRIGHT, **labelled(labels, narrow=chart.narrow)})


def _upward(chart: StrandsChart) -> dict[str, Any]:
    axis = {
        "domain": False,
        "ticks": False,
        "tickCount": 3 if chart.narrow else 6,
        "title": xml_text(chart.measure),
        "titleAngle": 0,
        "titleAlign": "left",
        "titleAnchor": "start",
        "titleX": 0,
        "titleY": -28 if chart.breaks else -14,
        "titleLimit": NARROW - 16 if chart.narrow else WIDE - 64,
    }
    scale = of_lines([point.value for strand in chart.strands for point in strand.points])
    # The rows of marks stand above the lines and their grid, not in them.
    scale["range"] = [{"expr": "height"}, MARK_ROW * len(_gapped(chart))]
    return {"field": "value", "type": "quantitative", "scale": scale, "axis": axis}
