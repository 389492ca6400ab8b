"""A map in Vega-Lite whose areas are filled by the class of their value; areas without one are marked, never pale."""

from __future__ import annotations

from bisect import bisect_right
from textwrap import wrap
from typing import Any

from portal.public.charts.chart import NARROW, SCHEMA, Area, AreaMap, xml_text
from portal.public.charts.palette import AREA_GAP, CLASSES, CONFIG, GAP, INK, PAPER, QUIET
from portal.public.charts.patterns import CHANCE, CHANCE_KEY, gap_fill
from portal.public.charts.single import TOLD

WIDTH, HEIGHT = 560, 640
NARROW_HEIGHT = 400
MOST_CLASSES = len(CLASSES)
COAST = {"stroke": QUIET, "strokeWidth": 0.8}
"""Around every area, so that pale islands, some smaller than a point, are seen; borders inside are drawn over it."""
_DEGREES = 15.7
"""How wide Việt Nam is with its islands, which fills the width of a map."""
_LEGEND_LETTERS = 38
_AREAS = {"name": "areas", "format": {"type": "topojson", "feature": "areas"}}


def vega_lite(chart: AreaMap) -> dict[str, Any]:
    """Return the Vega-Lite description of ``chart``."""
    return {
        "$schema": SCHEMA,
        "background": None,
        "padding": 4,
        "width": NARROW - 16 if chart.narrow else WIDTH,
        "height": NARROW_HEIGHT if chart.narrow else HEIGHT,
        "projection": {"type": "mercator"},
        "datasets": {"areas": _filled(chart)},
        "layer": [*_others(chart), _shapes(chart), *_hatching(chart), _borders(chart), *_marks(chart), *_names(chart)],
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
    fills = [*_fills(len(chart.class_labels)), *(gap_fill(mark, AREA_GAP) for mark, _ in chart.gaps)]
    if chart.chance:
        groups, fills = [*groups, chart.chance], [*fills, CHANCE_KEY]
    return {
        "data": _AREAS,
        "transform": [{"calculate": f"datum.properties.{each}", "as": each} for each in ("group", "told")],
        "mark": {"type": "geoshape", **COAST, "aria": True},
        "encoding": {
            "fill": _colour(chart, groups, fills),
            "tooltip": TOLD,
            "description": {"field": "told"},
        },
    }


def _others(chart: AreaMap) -> list[dict[str, Any]]:
    """Draw the areas that nothing is shown of, in the palest grey: one province alone would float in nothing."""
    shown = {area.code for area in chart.areas}
    shapes = chart.topology["objects"]["areas"]
    others = [shape for shape in shapes["geometries"] if shape["id"] not in shown]
    if not others:
        return []
    outlines = {**chart.topology, "objects": {"areas": {**shapes, "geometries": others}}}
    data = {"values": outlines, "format": {"type": "topojson", "feature": "areas"}}
    return [{"data": data, "mark": {"type": "geoshape", "fill": GAP, **COAST}}]


def _colour(chart: AreaMap, groups: list[str], colours: list[str]) -> dict[str, Any]:
    legend = {
        "title": wrap(xml_text(chart.measure), 34),
        "orient": "top" if chart.narrow else "top-right",
        "direction": "vertical",
        "symbolType": "square",
        "symbolSize": 260,
        "titleLimit": NARROW - 20 if chart.narrow else 300,
        "labelLimit": NARROW - 40 if chart.narrow else 300,
        "labelExpr": "split(datum.label, '\\n')",
        "offset": 0,
    }
    domain = [_lines(each) for each in groups]
    return {"field": "group", "type": "nominal", "scale": {"domain": domain, "range": colours}, "legend": legend}


def _lines(text: str) -> str:
    """Return what a legend says in lines that it has room for."""
    return "\n".join(wrap(xml_text(text), _LEGEND_LETTERS))


def _hatching(chart: AreaMap) -> list[dict[str, Any]]:
    """Hatch the areas whose values chance alone could have made."""
    if not chart.chance:
        return []
    # It lies over what it hatches, so that it is what is pointed at.
    hatched = [{"filter": "datum.properties.by_chance"}, {"calculate": "datum.properties.told", "as": "told"}]
    return [
        {
            "data": _AREAS,
            "transform": hatched,
            "mark": {"type": "geoshape", "fill": CHANCE},
            "encoding": {"tooltip": TOLD},
        }
    ]


def _borders(chart: AreaMap) -> dict[str, Any]:
    return {
        "data": {"values": chart.topology, "format": {"type": "topojson", "mesh": "areas", "filter": "interior"}},
        "mark": {"type": "geoshape", "filled": False, "stroke": PAPER, "strokeWidth": 1},
    }


def _fills(count: int) -> list[str]:
    """Return as many fills as there are classes, from the palest to the darkest of all; one alone is neither."""
    if count == 1:
        return [CLASSES[MOST_CLASSES // 2]]
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


def _properties(area: Area, chart: AreaMap) -> dict[str, Any]:
    told = xml_text(area.told or f"{area.label}: {area.text}")
    return {"group": _lines(_group(area, chart)), "told": told, "by_chance": area.by_chance}


def _group(area: Area, chart: AreaMap) -> str:
    if area.value is not None:
        return chart.class_labels[class_of(area.value, chart.limits)]
    meaning = dict(chart.gaps)[area.text]
    return f"{area.text} {meaning}"


def _marks(chart: AreaMap) -> list[dict[str, Any]]:
    """Write the mark of each area without a value that has room for it; the legend shows the fills of all."""
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
