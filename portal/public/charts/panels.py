"""A small chart for each of several strands, in Vega-Lite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.public.charts.amounts import at_end, of_bars, of_lines
from portal.public.charts.chart import NARROW, SCHEMA, WIDE, Point, StrandsChart, xml_text
from portal.public.charts.labels import IN_LINES, LINE, UNCUT, in_lines, most_lines, widest
from portal.public.charts.palette import CONFIG, INK, MARK, QUIET
from portal.public.charts.patterns import gap_fill
from portal.public.charts.single import (
    AT_ZERO,
    HAS_GAP,
    HAS_VALUE,
    IS_ALONE,
    TOLD,
    UPRIGHT,
    gap_share,
    is_marked,
    placed,
    stands_alone,
)

HEIGHT = 96
BAR_STEP = 16
_BETWEEN = 18
_LINE_SCALE, _BAR_LABELS, _NARROW_BAR_LABELS = 50, 206, 160
"""The most room beside the panels: for the numbers of their scales, or the labels of their bars."""
_MARGINS = 36
_BAR = 13
_LETTER = 6.2
"""How wide a letter beside a small bar is, rather too wide than cut off."""
_TEXT_SHARE = 0.7
"""How much of a panel numbers may take from their bars; of longer ones fewer panels stand beside one another."""
_MARK_ROOM = 17
"""How wide a gap must be for its mark, in pixels."""


def vega_lite(chart: StrandsChart) -> dict[str, Any]:
    """Return the Vega-Lite description of ``chart``; a point without a value is a marked gap, never a zero."""
    each = len(chart.strands[0].points)
    header = {
        "title": None,
        "labelExpr": f"split(data('points')[toNumber(datum.value)*{each}].name, '\\n')",
        "labelAnchor": "start",
        "labelLimit": UNCUT,
    }
    whole = NARROW if chart.narrow else WIDE
    return {
        "$schema": SCHEMA,
        "background": None,
        "padding": {"left": 4, "right": 26, "top": 4, "bottom": 4},
        # No panel has room for it.
        "title": {"text": in_lines(chart.measure, whole - 16).split("\n"), "anchor": "start", "offset": 10, "dx": 8},
        "data": {"name": "points", "values": list(_rows(chart))},
        "facet": {"field": "strand", "type": "nominal", "sort": None, "header": header},
        "columns": columns(chart),
        "spacing": {"row": _BETWEEN, "column": _BETWEEN},
        "spec": {
            "width": _width(chart),
            "height": {"step": step(chart)} if chart.kind == "bar-panels" else HEIGHT,
            "layer": _bars(chart) if chart.kind == "bar-panels" else _lines(chart),
        },
        "config": CONFIG,
    }


def columns(chart: StrandsChart) -> int:
    """Return how many panels stand beside one another."""
    if chart.narrow:
        return 2 if chart.kind == "line-panels" else 1
    if chart.kind == "line-panels":
        return min(4, len(chart.strands))
    wide = range(min(3, len(chart.strands)), 1, -1)
    return next((count for count in wide if _text_room(chart) <= _TEXT_SHARE * _width_of(chart, count)), 1)


def step(chart: StrandsChart) -> int:
    """Return how high the row of a bar is: as its label needs it."""
    labels = (point.label for point in chart.strands[0].points)
    return BAR_STEP + LINE * (most_lines(labels, _label_room(chart)) - 1)


def _label_room(chart: StrandsChart) -> int:
    return _NARROW_BAR_LABELS if chart.narrow else _BAR_LABELS


def _width(chart: StrandsChart) -> int:
    return _width_of(chart, columns(chart))


def _width_of(chart: StrandsChart, count: int) -> int:
    """Return how wide each panel is where so many stand beside one another."""
    labels = (point.label for point in chart.strands[0].points)
    beside = _LINE_SCALE if chart.kind == "line-panels" else widest(labels, _label_room(chart))
    room = (NARROW if chart.narrow else WIDE) - _MARGINS - beside
    return (room - _BETWEEN * (count - 1)) // count


def _rows(chart: StrandsChart) -> Iterator[dict[str, Any]]:
    """Yield all points, those of the first strand first, so that a label is found by its number."""
    bars, width, room = chart.kind == "bar-panels", _width(chart), _label_room(chart)
    for number, strand in enumerate(chart.strands):
        breaks = {each.place: each.text for each in strand.breaks}
        for place, point in enumerate(strand.points):
            yield {
                "strand": f"{number:02}",
                "name": in_lines(strand.label, width),
                "place": str(place),
                "label": in_lines(point.label, room) if bars else xml_text(point.label),
                "value": point.value,
                # Each bar that is not there says why, or a row without one would look like a zero.
                "text": xml_text(point.text) if bars or is_marked(strand.points, place) else "",
                "told": xml_text(point.told),
                "broken": xml_text(breaks.get(place, "")),
                "alone": not bars and point.value is not None and stands_alone(strand.points, place),
                **({} if bars or point.value is not None else _gap(strand.points, place)),
            }


def _gap(points: tuple[Point, ...], place: int) -> dict[str, Any]:
    """Return the reason why a point has no value, and which part of the whole its gap takes."""
    return {"gap": xml_text(points[place].text), "room": gap_share(points, place)}


# Lines ----------------------------------------------------------------------------------------------------------------


def _lines(chart: StrandsChart) -> list[dict[str, Any]]:
    along, upward = _along(chart), _amount(of_lines(_values(chart)))
    return [
        {
            "transform": [HAS_GAP],
            "mark": "rect",
            "encoding": {"x": along, "fill": _fills(chart), "tooltip": TOLD},
        },
        _gap_marks(chart, along),
        *(_breaks(along) if any(strand.breaks for strand in chart.strands) else ()),
        {
            "mark": {"type": "line", "color": MARK, "strokeWidth": 1.5, "invalid": "break-paths-show-domains"},
            "encoding": {"x": along, "y": upward},
        },
        {
            "transform": [IS_ALONE],
            "mark": {"type": "point", "color": MARK, "filled": True, "opacity": 1, "size": 16},
            "encoding": {"x": along, "y": upward},
        },
        {
            "transform": [HAS_VALUE],
            "mark": {"type": "point", "color": MARK, "filled": True, "size": 40, "opacity": 0},
            "encoding": {"x": along, "y": upward, "tooltip": TOLD},
        },
    ]


def _fills(chart: StrandsChart) -> dict[str, Any]:
    """Fill gaps by their reason; the legend says which, since few of them have room for their mark."""
    gaps = (xml_text(point.text) for strand in chart.strands for point in strand.points if point.value is None)
    marks = list(dict.fromkeys(gaps))
    legend = {
        "title": None,
        "orient": "bottom",
        "direction": "horizontal",
        "symbolType": "square",
        "symbolSize": 200,
        "symbolStrokeColor": QUIET,
        "symbolStrokeWidth": 0.5,
    }
    scale = {"domain": marks, "range": [gap_fill(mark) for mark in marks]}
    return {"field": "gap", "type": "nominal", "scale": scale, "legend": legend if marks else None}


def _gap_marks(chart: StrandsChart, along: dict[str, Any]) -> dict[str, Any]:
    """Write the mark of each gap that is wide enough for it; narrower ones have their fill alone."""
    return {
        "transform": [HAS_GAP, {"filter": {"field": "room", "gte": _MARK_ROOM / _width(chart)}}],
        "mark": {"type": "text", "color": INK, "fontSize": 10},
        "encoding": {"x": along, "y": {"value": HEIGHT / 2}, "text": {"field": "text"}, "tooltip": TOLD},
    }


def _breaks(along: dict[str, Any]) -> list[dict[str, Any]]:
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


def _along(chart: StrandsChart) -> dict[str, Any]:
    axis = {
        "title": None,
        **UPRIGHT,
        "values": ["0", str(len(chart.strands[0].points) - 1)],
        "labelAlign": {"expr": "datum.index ? 'right' : 'left'"},
    }
    return placed(len(chart.strands[0].points), axis)


def _amount(scale: dict[str, Any]) -> dict[str, Any]:
    axis = {"title": None, "tickCount": 3, "domain": False, "ticks": False}
    return {"field": "value", "type": "quantitative", "scale": scale, "axis": axis}


def _values(chart: StrandsChart) -> list[float | None]:
    return [point.value for strand in chart.strands for point in strand.points]


# Bars -----------------------------------------------------------------------------------------------------------------


def _bars(chart: StrandsChart) -> list[dict[str, Any]]:
    axis = {"title": None, "ticks": False, "domain": False, **IN_LINES}
    downward = placed(len(chart.strands[0].points), axis, between=0.2)
    sideways = _amount(of_bars(_values(chart), room=_beyond(chart)))
    # A number that reaches beyond its panel would run into that of the next one.
    sideways["axis"] |= {"labelBound": True, **AT_ZERO}
    text = {"type": "text", "align": "left", "fontSize": 11}
    return [
        {
            "transform": [HAS_VALUE],
            "mark": {"type": "bar", "color": MARK, "size": _BAR},
            "encoding": {"y": downward, "x": sideways, "tooltip": TOLD},
        },
        {
            "transform": [HAS_VALUE],
            "mark": {**text, **at_end(4), "color": INK},
            "encoding": {"y": downward, "x": sideways, "text": {"field": "text"}, "tooltip": TOLD},
        },
        {
            "transform": [HAS_GAP],
            "mark": {**text, "color": QUIET},
            "encoding": {"y": downward, "x": {"value": 4}, "text": {"field": "text"}, "tooltip": TOLD},
        },
    ]


def _beyond(chart: StrandsChart) -> float:
    """Return the room that the numbers take beyond their bars, as a part of what the bars span."""
    values = [value for value in _values(chart) if value]
    sides = len({value < 0 for value in values}) or 1
    text = min(_text_room(chart), _TEXT_SHARE * _width(chart) / sides)
    return text / (_width(chart) - sides * text)


def _text_room(chart: StrandsChart) -> float:
    """Return how wide the longest number beside a bar is, in pixels."""
    return max(len(point.text) for strand in chart.strands for point in strand.points) * _LETTER + 8
