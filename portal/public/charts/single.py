"""One line or one set of bars in Vega-Lite: published points, and a mark for each that has no value."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any, Literal

from portal.public.charts.amounts import at_end, of_bars, of_lines
from portal.public.charts.chart import NARROW, SCHEMA, WIDE, Break, Chart, Point, xml_text
from portal.public.charts.labels import IN_LINES, LINE, in_lines, most_lines, widest
from portal.public.charts.palette import CONFIG, GAP, INK, MARK, PAPER, QUIET
from portal.public.charts.patterns import gap_fill

LINE_HEIGHT, NARROW_LINE_HEIGHT = 330, 260
CROWDED = 40
"""From so many points on, a line has no room for a dot at each point and a mark at each gap."""
BAR_STEP, NARROW_BAR_STEP = 26, 33
_THIN = 12
_AXIS, _APART = 76, 12
"""What the numbers beside an axis of periods take of its width, and how far its labels are apart, in pixels."""
_MARK_ROOM = 40
"""How wide a gap must be for its mark to stand in it, in pixels."""
_BELOW_BARS = 46
"""What the numbers and the title of the axis take below bars."""
_LABEL_ROOM = 290
"""The room of a label beside a bar, in pixels."""


def vega_lite(chart: Chart) -> dict[str, Any]:
    """Return the Vega-Lite description of ``chart``; a point without a value is a marked gap, never a zero.

    Labels are data and titles are plain text: no text of a dataset is ever an expression or a field name.
    """
    line = chart.kind == "line"
    return {
        "$schema": SCHEMA,
        "background": None,
        "autosize": {"type": "fit" if line else "fit-x", "contains": "padding"},
        # The last label of a line's axis is wider than its place.
        "padding": {"left": 4, "right": 26 if line else 4, "top": 4, "bottom": 4},
        "width": NARROW if chart.narrow else WIDE,
        "height": _line_height(chart) if line else {"step": bar_step(chart)},
        "data": {"name": "points", "values": _rows(chart)},
        "layer": _line_layers(chart) if line else _bar_layers(chart),
        "config": CONFIG,
    }


def height(chart: Chart) -> int:
    """Return how high the drawing is: a page leaves it that room before it is there."""
    return _line_height(chart) if chart.kind == "line" else len(chart.points) * bar_step(chart) + _BELOW_BARS


def _line_height(chart: Chart) -> int:
    return NARROW_LINE_HEIGHT if chart.narrow else LINE_HEIGHT


def bar_step(chart: Chart) -> int:
    """Return how high the row of a bar is: as its label needs it."""
    more = _label_lines(chart) - 1
    return NARROW_BAR_STEP + (LINE + 4) * more if chart.narrow else max(BAR_STEP, BAR_STEP - 8 + LINE * more)


def _label_lines(chart: Chart) -> int:
    return most_lines((point.label for point in chart.points), _label_room(chart))


def _label_room(chart: Chart) -> int:
    return NARROW - 16 if chart.narrow else _LABEL_ROOM


def _rows(chart: Chart) -> list[dict[str, Any]]:
    crowded = chart.kind == "line" and len(chart.points) > CROWDED
    return [
        {
            "place": str(place),
            "label": in_lines(point.label, _label_room(chart)) if chart.kind == "bars" else xml_text(point.label),
            "value": point.value,
            "end": _end(point),
            "marked": is_hollow(point),
            "low": point.low,
            "high": point.high,
            "told": xml_text(point.told),
            "text": xml_text(point.text) if not crowded or is_marked(chart.points, place) else "",
            "dot": not crowded or stands_alone(chart.points, place),
            "fill": gap_fill(point.text) if point.value is None else None,
            "room": _room(chart, place),
        }
        for place, point in enumerate(chart.points)
    ]


def _room(chart: Chart, place: int) -> float:
    """Return which part of the whole the gap around a point takes."""
    if chart.kind == "bars" or chart.points[place].value is not None:
        return 0
    return gap_share(chart.points, place)


def is_marked(points: Sequence[Point], place: int) -> bool:
    """Say whether a point has its text: one with a value does, and the middle one of a gap, for all of it."""
    if points[place].value is not None:
        return True
    first, last = gap_around(points, place)
    return place == (first + last) // 2


def gap_share(points: Sequence[Point], place: int) -> float:
    """Return which part of the whole the gap around a point without a value takes."""
    first, last = gap_around(points, place)
    return (last + 1 - first) / len(points)


def gap_around(points: Sequence[Point], place: int) -> tuple[int, int]:
    """Return the first and the last point of the gap around one without a value: those beside it with its mark."""
    gap = (None, points[place].text)
    first = last = place
    while first > 0 and (points[first - 1].value, points[first - 1].text) == gap:
        first -= 1
    while last + 1 < len(points) and (points[last + 1].value, points[last + 1].text) == gap:
        last += 1
    return first, last


def is_hollow(point: Point) -> bool:
    """Say whether a line has a hollow circle at a point: its value has a mark, as of a month reported in part."""
    return point.value is not None and point.text.endswith("]")


def stands_alone(points: Sequence[Point], place: int) -> bool:
    """Say whether no line leads to a point, so that it would not be seen without a dot."""
    return all(each.value is None for each in (*points[max(0, place - 1) : place], *points[place + 1 : place + 2]))


def _line_layers(chart: Chart) -> list[dict[str, Any]]:
    axis = {**UPRIGHT, **labelled([point.label for point in chart.points], narrow=chart.narrow)}
    along = _along("x", chart, axis)
    upward = _amount("y", chart)
    return [
        *break_layers(chart.breaks, along),
        {
            "transform": [HAS_GAP],
            "mark": "rect",
            "encoding": {"x": along, "fill": FILL},
        },
        {
            "mark": {"type": "line", "color": MARK, "strokeWidth": 2, "invalid": "break-paths-show-domains"},
            "encoding": {"x": along, "y": upward},
        },
        {
            "transform": [HAS_VALUE, {"filter": {"field": "dot", "equal": True}}],
            "mark": {"type": "point", "color": MARK, "filled": True, "opacity": 1, "size": 26},
            "encoding": {"x": along, "y": upward},
        },
        {
            "transform": [IS_MARKED],
            "mark": {**CIRCLE, "stroke": MARK},
            "encoding": {"x": along, "y": upward},
        },
        {
            # Wide enough to be pointed at, and not seen.
            "transform": [IS_TOLD],
            "mark": {"type": "point", "color": MARK, "filled": True, "opacity": 0, "size": 150},
            "encoding": {"x": along, "y": upward, "tooltip": TOLD},
        },
        *_gap_marks(chart, along),
    ]


def _gap_marks(chart: Chart, along: dict[str, Any]) -> list[dict[str, Any]]:
    """Mark gaps: a wide one at the axis, where its mark is no remark about a peak beside it, a narrow one above it."""
    wide: dict[str, Any] = {"field": "room", "gte": _MARK_ROOM / (NARROW if chart.narrow else WIDE)}
    at_axis = {"x": along, "y": {"value": {"expr": "height - 14"}}}
    text = {"type": "text", "color": QUIET, "fontSize": 12}
    # One narrower than its mark would strike it out.
    thin = f"datum.room * width < {_THIN}"
    beside = {"align": {"expr": f"{thin} ? 'left' : 'center'"}, "dx": {"expr": f"{thin} ? 3 : 0"}}
    # A mark is not read on stripes or dots.
    on_pattern = {"and": [wide, {"not": {"field": "text", "equal": ""}}, {"not": {"field": "fill", "equal": GAP}}]}
    return [
        {
            "transform": [HAS_GAP, {"filter": on_pattern}],
            "mark": {"type": "square", "color": GAP, "opacity": 1, "size": 440},
            "encoding": at_axis,
        },
        {
            "transform": [HAS_GAP, {"filter": wide}],
            "mark": text,
            "encoding": {**at_axis, "text": {"field": "text"}},
        },
        {
            "transform": [HAS_GAP, {"filter": {"not": wide}}],
            "mark": {**text, **beside, "baseline": "top"},
            "encoding": {"x": along, "y": {"value": 3}, "text": {"field": "text"}},
        },
    ]


def break_layers(breaks: Sequence[Break], along: dict[str, Any]) -> list[dict[str, Any]]:
    """Draw a dashed line, with its mark above, where numbers cannot be compared with those before."""
    if not breaks:
        return []
    places = {"values": [{"place": str(each.place), "mark": "[b]", "told": xml_text(each.text)} for each in breaks]}
    # With the axis of the others: one left to itself would stand its labels upright, and so move theirs aside.
    at = along | {"bandPosition": 0}
    return [
        {
            "data": places,
            "mark": {"type": "rule", "color": QUIET, "strokeDash": [4, 3]},
            "encoding": {"x": at, "tooltip": TOLD},
        },
        {
            "data": places,
            "mark": {"type": "text", "color": QUIET, "fontSize": 12, "baseline": "bottom", "dy": -2},
            "encoding": {"x": at, "y": {"value": 0}, "text": {"field": "mark"}, "tooltip": TOLD},
        },
    ]


def labelled(labels: Sequence[str], *, narrow: bool) -> dict[str, Any]:
    """Return which points of a series have labels: of many months Januaries; nothing where all have room.

    There are as many points between any two of them, which Vega does not see to where it leaves out some.
    """
    months = [place for place, label in enumerate(labels) if label.startswith("1/")]
    some = months if len(labels) >= CROWDED and len(months) > 2 else list(range(len(labels)))
    room = (NARROW if narrow else WIDE) - _AXIS
    apart = ceil(len(some) * (widest(labels, room) + _APART) / room)
    return {"values": [str(place) for place in some[::apart]]} if len(some[::apart]) < len(labels) else {}


def _bar_layers(chart: Chart) -> list[dict[str, Any]]:
    """Draw bars with their values; on a small screen the labels stand above the bars, where nothing cuts them."""
    axis: dict[str, Any] = {"ticks": False, "domain": False, "title": None, **IN_LINES}
    above = LINE * (_label_lines(chart) - 1)
    lower, bar = (7 + above // 2, {"size": 14}) if chart.narrow else (0, {"size": BAR_STEP - 6})
    downward = _along("y", chart, axis | ({"labels": False} if chart.narrow else {}))
    value = {"type": "text", "align": "left", "fontSize": 12, "yOffset": lower}
    return [
        {
            "transform": [HAS_VALUE],
            "mark": {"type": "bar", "color": MARK, "yOffset": lower, **bar},
            "encoding": {"y": downward, "x": _amount("x", chart), "tooltip": TOLD},
        },
        *_intervals(chart, downward, lower),
        {
            "transform": [HAS_VALUE],
            "mark": {**value, **at_end(5), "color": INK},
            "encoding": {"y": downward, "x": _amount("x", chart) | {"field": "end"}, "text": {"field": "text"}},
        },
        {
            "transform": [HAS_GAP],
            "mark": {**value, "color": QUIET},
            "encoding": {"y": downward, "x": {"value": 5}, "text": {"field": "text"}},
        },
        *([_labels_above(downward, lower)] if chart.narrow else []),
    ]


def _intervals(chart: Chart, downward: dict[str, Any], lower: int) -> list[dict[str, Any]]:
    """Draw the interval around each rate that has one, as a thin line through the end of its bar."""
    if all(point.high is None for point in chart.points):
        return []
    return [
        {
            "transform": [{"filter": {"field": "high", "valid": True}}],
            "mark": {"type": "rule", "color": INK, "strokeWidth": 1.5, "yOffset": lower},
            "encoding": {"y": downward, "x": _amount("x", chart) | {"field": "low"}, "x2": {"field": "high"}},
        }
    ]


def _labels_above(downward: dict[str, Any], lower: int) -> dict[str, Any]:
    """Write each label in as many lines as it has, the last of them right above its bar."""
    first = {"expr": f"{lower - 16} - {LINE} * (length(split(datum.label, '\\n')) - 1)"}
    mark = {"type": "text", "align": "left", "color": QUIET, "fontSize": 12, "lineBreak": "\n", "lineHeight": LINE}
    return {
        "mark": {**mark, "yOffset": first},
        "encoding": {"y": downward, "x": {"value": 0}, "text": {"field": "label"}},
    }


def _along(channel: Literal["x", "y"], chart: Chart, axis: dict[str, Any]) -> dict[str, Any]:
    """Place points by their number, so that two members of one name stay apart; the axis shows their labels."""
    between = 0 if channel == "x" else 0.25
    return placed(len(chart.points), {"title": xml_text(chart.dimension), **axis}, between=between)


def placed(points: int, axis: dict[str, Any], *, between: float = 0) -> dict[str, Any]:
    """Place points by their number, so that two members of one name stay apart; the axis shows their labels."""
    scale = {"type": "band", "paddingInner": between, "domain": [str(place) for place in range(points)]}
    shown = {"grid": False, "labelExpr": "data('points')[toNumber(datum.value)].label", **axis}
    return {"field": "place", "type": "ordinal", "sort": None, "scale": scale, "axis": shown}


def _amount(channel: Literal["x", "y"], chart: Chart) -> dict[str, Any]:
    axis: dict[str, Any] = {"title": xml_text(chart.measure), "domain": False, "ticks": False}
    axis |= {"tickCount": 3 if chart.narrow else 6, "titleLimit": NARROW - 16 if chart.narrow else WIDE - 64}
    if channel == "y":
        scale = of_lines([point.value for point in chart.points])
        above = -28 if chart.breaks else -14
        axis |= {"titleAngle": 0, "titleAlign": "left", "titleAnchor": "start", "titleX": 0, "titleY": above}
    else:
        scale = of_bars([_end(point) for point in chart.points], room=0.35 if chart.narrow else 0.15)
        axis |= AT_ZERO
    return {"field": "value", "type": "quantitative", "scale": scale, "axis": axis}


def _end(point: Point) -> float | None:
    """Return where the drawing of a point ends: at its value, or at the end of the interval around it."""
    return point.value if point.high is None else point.high


UPRIGHT: dict[str, Any] = {"labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 8, "ticks": False}
"""An axis of periods: some labels are left out rather than turned."""
AT_ZERO = {"gridOpacity": {"condition": {"test": "datum.value === 0", "value": 1}, "value": 0}}
"""The grid of bars: each has its number, and lines would only strike these out, and the labels above bars."""
FILL = {"field": "fill", "type": "nominal", "scale": None}
"""A gap is filled by the reason for it."""
HAS_GAP = {"filter": {"field": "value", "valid": False}}
IS_MARKED = {"filter": {"field": "marked", "equal": True}}
CIRCLE: dict[str, Any] = {"type": "point", "fill": PAPER, "strokeWidth": 1.2, "opacity": 1, "size": 16}
"""The hollow circle, in which the paper is seen."""
IS_ALONE = {"filter": {"field": "alone", "equal": True}}
HAS_VALUE = {"filter": {"field": "value", "valid": True}}
IS_TOLD = {"filter": {"not": {"field": "told", "equal": ""}}}
TOLD = {"field": "told", "type": "nominal"}
"""What is said of a mark where somebody points at it; a drawing that is only looked at has none."""
