"""Several lines in one chart, or a small chart for each, in Vega-Lite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.public.charts.chart import NARROW, SCHEMA, WIDE, Point, StrandsChart, xml_text
from portal.public.charts.palette import CONFIG, DASHES, INK, MARK, QUIET, STRANDS
from portal.public.charts.patterns import gap_fill
from portal.public.charts.single import (
    FILL,
    HAS_GAP,
    HAS_VALUE,
    LINE_HEIGHT,
    NARROW_LINE_HEIGHT,
    TOLD,
    break_layers,
    gap_around,
    is_marked,
    labelled,
)

MOST_LINES = len(STRANDS)
"""So many lines people can tell apart in one chart; more are drawn as small charts."""
PANEL_HEIGHT = 96
BAR_STEP = 16
MARK_ROW = 14
_LETTER = 6.2
"""How wide a letter beside a small bar is, rather too wide than cut off."""
_MARK_ROOM = 17
"""How wide a gap must be for its mark, in pixels."""


def vega_lite(chart: StrandsChart) -> dict[str, Any]:
    """Return the Vega-Lite description of ``chart``; a point without a value is a marked gap, never a zero."""
    shared = {
        "$schema": SCHEMA,
        "background": None,
        "padding": {"left": 4, "right": 26, "top": 4, "bottom": 4},
        "data": {"name": "points", "values": _rows(chart)},
        "config": CONFIG,
    }
    return shared | (_one_chart(chart) if chart.kind == "lines" else _panels(chart))


def _rows(chart: StrandsChart) -> list[dict[str, Any]]:
    """Return all points, those of the first strand first, so that a label is found by its number."""
    return [
        {
            "strand": f"{number:02}",
            "name": xml_text(strand.label),
            "place": str(place),
            "label": xml_text(point.label),
            "value": point.value,
            # Each bar that is not there says why, or a row without one would look like a zero.
            "text": xml_text(point.text) if chart.kind == "bar-panels" or is_marked(strand.points, place) else "",
            "told": xml_text(point.told),
            "broken": xml_text(breaks.get(place, "")),
            **(_gap(strand.points, place) if point.value is None else {}),
        }
        for number, strand in enumerate(chart.strands)
        for breaks in ({each.place: each.text for each in strand.breaks},)
        for place, point in enumerate(strand.points)
    ]


def _gap(points: Sequence[Point], place: int) -> dict[str, Any]:
    """Return how a point without a value is filled, and which part of the whole its gap takes."""
    first, last = gap_around(points, place)
    return {"fill": gap_fill(points[place].text), "room": (last + 1 - first) / len(points)}


def _one_chart(chart: StrandsChart) -> dict[str, Any]:
    return {
        "autosize": {"type": "fit", "contains": "padding"},
        "width": NARROW if chart.narrow else WIDE,
        "height": _height(chart),
        "layer": _line_layers(chart),
    }


def _height(chart: StrandsChart) -> int:
    usual = NARROW_LINE_HEIGHT if chart.narrow else LINE_HEIGHT
    return usual + MARK_ROW * (len(_gapped(chart)) + (len(chart.strands) if chart.narrow else 0))


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
            "transform": [HAS_VALUE],
            "mark": {"type": "point", "filled": True, "size": 22, "opacity": 1},
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
    return {
        "transform": [HAS_GAP, {"filter": {"field": "strand", "equal": f"{number:02}"}}],
        "mark": {"type": "text", "color": STRANDS[number], "fontSize": 11, "baseline": "top"},
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
        "labelLimit": NARROW - 60 if chart.narrow else 190,
        "labelExpr": f"data('points')[toNumber(datum.value)*{each}].name",
    }


def _panels(chart: StrandsChart) -> dict[str, Any]:
    columns = _columns(chart)
    each = len(chart.strands[0].points)
    header = {
        "title": None,
        "labelExpr": f"data('points')[toNumber(datum.value)*{each}].name",
        "labelAnchor": "start",
        "labelLimit": _panel_width(chart),
    }
    return {
        "facet": {
            "field": "strand",
            "type": "nominal",
            "sort": None,
            "header": header,
        },
        "columns": columns,
        "spacing": {"row": 18, "column": 18},
        "spec": {
            "width": _panel_width(chart),
            "height": PANEL_HEIGHT if chart.kind == "line-panels" else {"step": BAR_STEP},
            "layer": _panel_lines(chart) if chart.kind == "line-panels" else _panel_bars(chart),
        },
    }


def _columns(chart: StrandsChart) -> int:
    if chart.narrow:
        return 2 if chart.kind == "line-panels" else 1
    return min(4 if chart.kind == "line-panels" else 3, len(chart.strands))


def _panel_width(chart: StrandsChart) -> int:
    beside = 60 if chart.kind == "line-panels" else 170
    room = (NARROW if chart.narrow else WIDE) - beside
    return (room - 18 * (_columns(chart) - 1)) // _columns(chart)


def _panel_lines(chart: StrandsChart) -> list[dict[str, Any]]:
    along, upward = _along(chart), _upward(chart)
    return [
        {"transform": [HAS_GAP], "mark": "rect", "encoding": {"x": along, "fill": FILL, "tooltip": TOLD}},
        _panel_gaps(chart, along),
        *(_panel_breaks(along) if any(strand.breaks for strand in chart.strands) else ()),
        {
            "mark": {"type": "line", "color": MARK, "strokeWidth": 1.5, "invalid": "break-paths-show-domains"},
            "encoding": {"x": along, "y": upward},
        },
        {
            "transform": [HAS_VALUE],
            "mark": {"type": "point", "color": MARK, "filled": True, "size": 40, "opacity": 0},
            "encoding": {"x": along, "y": upward, "tooltip": TOLD},
        },
    ]


def _panel_gaps(chart: StrandsChart, along: dict[str, Any]) -> dict[str, Any]:
    """Write the mark of each gap that is wide enough for it; narrower ones have their fill alone."""
    return {
        "transform": [HAS_GAP, {"filter": {"field": "room", "gte": _MARK_ROOM / _panel_width(chart)}}],
        "mark": {"type": "text", "color": INK, "fontSize": 10},
        "encoding": {"x": along, "y": {"value": PANEL_HEIGHT / 2}, "text": {"field": "text"}, "tooltip": TOLD},
    }


def _panel_breaks(along: dict[str, Any]) -> list[dict[str, Any]]:
    """Draw the breaks of each strand into its own panel."""
    at = along | {"bandPosition": 0}
    broken = {"filter": {"not": {"field": "broken", "equal": ""}}}
    tooltip = {"field": "broken", "type": "nominal"}
    text = {"type": "text", "text": "[b]", "color": QUIET, "fontSize": 10, "baseline": "top", "align": "left", "dx": 2}
    return [
        {
            "transform": [broken],
            "mark": {"type": "rule", "color": QUIET, "strokeDash": [4, 3]},
            "encoding": {"x": at, "tooltip": tooltip},
        },
        {"transform": [broken], "mark": text, "encoding": {"x": at, "y": {"value": 0}, "tooltip": tooltip}},
    ]


def _panel_bars(chart: StrandsChart) -> list[dict[str, Any]]:
    axis = {"title": None, "ticks": False, "domain": False, "labelLimit": 150}
    downward = _placed(chart, "y", axis)
    sideways = {
        "field": "value",
        "type": "quantitative",
        "scale": {"zero": True, "nice": False, "domainMax": _end_of_bars(chart)},
        "axis": {"title": None, "tickCount": 3, "domain": False, "ticks": False},
    }
    text = {"type": "text", "align": "left", "fontSize": 11}
    return [
        {
            "transform": [HAS_VALUE],
            "mark": {"type": "bar", "color": MARK},
            "encoding": {"y": downward, "x": sideways, "tooltip": TOLD},
        },
        {
            "transform": [HAS_VALUE],
            "mark": {**text, "color": INK, "dx": 4},
            "encoding": {"y": downward, "x": sideways, "text": {"field": "text"}, "tooltip": TOLD},
        },
        {
            "transform": [HAS_GAP],
            "mark": {**text, "color": QUIET},
            "encoding": {"y": downward, "x": {"value": 4}, "text": {"field": "text"}, "tooltip": TOLD},
        },
    ]


def _end_of_bars(chart: StrandsChart) -> float:
    """Return where the axis of small bars ends: the longest leaves room for the value that is written beside it."""
    values = [(point.value or 0.0, len(point.text)) for strand in chart.strands for point in strand.points]
    room = _panel_width(chart)
    return max((value / (1 - (letters * _LETTER + 8) / room) for value, letters in values), default=0.0) or 1.0


def _along(chart: StrandsChart) -> dict[str, Any]:
    axis: dict[str, Any] = {"labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 8, "ticks": False}
    axis["title"] = xml_text(chart.dimension) if chart.kind == "lines" else None
    labels = [point.label for point in chart.strands[0].points]
    if chart.kind != "lines":
        axis["values"] = ["0", str(len(labels) - 1)]
        axis["labelAlign"] = {"expr": "datum.index ? 'right' : 'left'"}
    else:
        axis |= labelled(labels)
    return _placed(chart, "x", {key: value for key, value in axis.items() if value is not None or key == "title"})


def _placed(chart: StrandsChart, channel: str, axis: dict[str, Any]) -> dict[str, Any]:
    places = [str(place) for place in range(len(chart.strands[0].points))]
    return {
        "field": "place",
        "type": "ordinal",
        "sort": None,
        "scale": {"type": "band", "paddingInner": 0 if channel == "x" else 0.2, "domain": places},
        "axis": {"grid": False, "labelExpr": "data('points')[toNumber(datum.value)].label", **axis},
    }


def _upward(chart: StrandsChart) -> dict[str, Any]:
    one = chart.kind == "lines"
    title = {
        "titleAngle": 0,
        "titleAlign": "left",
        "titleAnchor": "start",
        "titleX": 0,
        "titleY": -28 if chart.breaks else -14,
        "titleLimit": NARROW - 16 if chart.narrow else WIDE - 64,
    }
    axis: dict[str, Any] = {"domain": False, "ticks": False, "tickCount": 6 if one and not chart.narrow else 3}
    axis |= {"title": xml_text(chart.measure), **title} if one else {"title": None}
    return {"field": "value", "type": "quantitative", "scale": {"zero": True, "nice": True}, "axis": axis}
