"""A map in Vega-Lite whose areas are filled by the class of their value; areas without one are marked, never pale."""

from __future__ import annotations

from bisect import bisect_right
from textwrap import wrap
from typing import Any

from portal.public.charts.chart import NARROW, SCHEMA, Area, AreaMap, xml_text
from portal.public.charts.palette import AREA_GAP, CLASSES, CONFIG, INK, PAPER, QUIET
from portal.public.charts.single import TOLD

WIDTH, HEIGHT = 560, 640
NARROW_HEIGHT = 400
MOST_CLASSES = len(CLASSES)
_DEGREES = 15.7
"""How wide Việt Nam is with its islands, which fills the width of a map."""


def vega_lite(chart: AreaMap) -> dict[str, Any]:
    """Return the Vega-Lite description of ``chart``."""
    return {
        "$schema": SCHEMA,
        "background": None,
        "padding": 4,
        "width": NARROW - 16 if chart.narrow else WIDTH,
        "height": NARROW_HEIGHT if chart.narrow else HEIGHT,
        "projection": {"type": "mercator"},
        "layer": [_shapes(chart), _borders(chart), *_marks(chart), *_names(chart)],
        "config": CONFIG,
    }


def degrees_of_pixel(*, narrow: bool) -> float:
    """Return about how many degrees a pixel of a map stands for."""
    return _DEGREES / (NARROW - 16 if narrow else WIDTH)


def class_of(value: float, limits: tuple[float, ...]) -> int:
    """Return the number of the class that holds ``value``: a class begins at its limit."""
    return bisect_right(limits, value)


def _shapes(chart: AreaMap) -> dict[str, Any]:
    groups = [*chart.class_labels, *(f"{mark} {meaning}" for mark, meaning in chart.gaps)]
    fills = [*_fills(len(chart.class_labels)), *(AREA_GAP for _ in chart.gaps)]
    legend = {
        "title": wrap(xml_text(chart.measure), 34),
        "orient": "top" if chart.narrow else "top-right",
        "direction": "vertical",
        "symbolType": "square",
        "symbolSize": 260,
        "titleLimit": NARROW - 20 if chart.narrow else 300,
        "labelLimit": NARROW - 60 if chart.narrow else 280,
        "offset": 0,
    }
    colour = {
        "field": "group",
        "type": "nominal",
        "scale": {"domain": [xml_text(each) for each in groups], "range": fills},
        "legend": legend,
    }
    return {
        "data": {"values": _filled(chart), "format": {"type": "topojson", "feature": "areas"}},
        "transform": [{"calculate": f"datum.properties.{each}", "as": each} for each in ("group", "told")],
        # A line in the colour of the area makes islands seen that would be smaller than a point.
        "mark": {"type": "geoshape", "strokeWidth": 0.8, "aria": True},
        "encoding": {
            "fill": colour,
            "stroke": colour,
            "tooltip": TOLD,
            "description": {"field": "told"},
        },
    }


def _borders(chart: AreaMap) -> dict[str, Any]:
    return {
        "data": {"values": chart.topology, "format": {"type": "topojson", "mesh": "areas", "filter": "interior"}},
        "mark": {"type": "geoshape", "filled": False, "stroke": PAPER, "strokeWidth": 0.8},
    }


def _fills(count: int) -> list[str]:
    """Return as many fills as there are classes, from the palest to the darkest of all."""
    if count == 1:
        return [CLASSES[0]]
    return [CLASSES[round(place * (MOST_CLASSES - 1) / (count - 1))] for place in range(count)]


def _filled(chart: AreaMap) -> dict[str, Any]:
    """Return the boundaries of the areas that the map shows, each with what is drawn of it."""
    areas = {area.code: area for area in chart.areas}
    shapes = chart.topology["objects"]["areas"]
    filled = [
        {**shape, "properties": _properties(areas[shape["id"]], chart)}
        for shape in shapes["geometries"]
        if shape["id"] in areas
    ]
    return {**chart.topology, "objects": {"areas": {**shapes, "geometries": filled}}}


def _properties(area: Area, chart: AreaMap) -> dict[str, str]:
    told = xml_text(area.told or f"{area.label}: {area.text}")
    return {"group": xml_text(_group(area, chart)), "told": told}


def _group(area: Area, chart: AreaMap) -> str:
    if area.value is not None:
        return chart.class_labels[class_of(area.value, chart.limits)]
    meaning = dict(chart.gaps)[area.text]
    return f"{area.text} {meaning}"


def _marks(chart: AreaMap) -> list[dict[str, Any]]:
    """Write the mark of each area without a value where the area has room for it."""
    areas = {area.code: area for area in chart.areas}
    marks = [
        {"longitude": longitude, "latitude": latitude, "text": xml_text(areas[code].text)}
        for code, longitude, latitude in chart.places
        if code in areas and areas[code].value is None
    ]
    return [_texts(marks, INK, 11)] if marks else []


def _names(chart: AreaMap) -> list[dict[str, Any]]:
    names = [
        {"longitude": longitude, "latitude": latitude, "text": xml_text(label)}
        for label, longitude, latitude in chart.names
    ]
    return [_texts(names, QUIET, 10 if chart.narrow else 12)] if names else []


def _texts(rows: list[dict[str, Any]], colour: str, size: int) -> dict[str, Any]:
    return {
        "data": {"values": rows},
        "mark": {"type": "text", "color": colour, "fontSize": size},
        "encoding": {
            "longitude": {"field": "longitude", "type": "quantitative"},
            "latitude": {"field": "latitude", "type": "quantitative"},
            "text": {"field": "text"},
        },
    }
