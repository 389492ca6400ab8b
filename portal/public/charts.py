"""Charts drawn on the server: published points to a Vega-Lite description, and that to one self-contained SVG."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from html import escape
from threading import Lock
from typing import Any, Literal

import vl_convert

from datasets.text import Language

LINE_WIDTH, LINE_HEIGHT = 640, 280
BAR_WIDTH = 420
CROWDED = 40
"""From so many points on, a line has no room for a dot at each point and a mark at each gap."""
BAR_STEP = 24
FONT = "Be Vietnam Pro, Arial, sans-serif"
_VEGA_LITE = "5.21"
_NUMBERS = {
    "vi": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " ₫"]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", " ₫"]},
}
INK, QUIET, RULE, MARK, GAP = "#14202b", "#4a5a68", "#d5dce2", "#0b6b62", "#e9edf0"
_DARK = {INK: "#eef3f6", QUIET: "#b4c2cd", RULE: "#3a4853", MARK: "#5fd0c1", GAP: "#2a3640"}
"""The second of each pair replaces the first where the reader prefers a dark page."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_renderer = Lock()


@dataclass(frozen=True)
class Point:
    """One cell of a chart."""

    label: str
    value: float | None
    text: str
    """The value as the reader's language writes it, or the mark that stands for why there is none, as ``[c]``."""


@dataclass(frozen=True)
class Chart:
    """What is drawn: a line along time, or bars; points in the order in which they appear."""

    kind: Literal["line", "bars"]
    title: str
    description: str
    """The chart in words, for readers who do not see it."""
    dimension: str
    measure: str
    """What the numbers are, with their unit."""
    points: tuple[Point, ...]
    language: Language


def vega_lite(chart: Chart) -> dict[str, Any]:
    """Return the Vega-Lite 5 description of ``chart``; a point without a value is a marked gap, never a zero.

    Labels are data and titles are plain text: no text of a dataset is ever an expression or a field name.
    """
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": None,
        "width": LINE_WIDTH if chart.kind == "line" else BAR_WIDTH,
        "height": LINE_HEIGHT if chart.kind == "line" else {"step": BAR_STEP},
        "data": {"name": "points", "values": _rows(chart)},
        "layer": _line_layers(chart) if chart.kind == "line" else _bar_layers(chart),
        "config": _CONFIG,
    }


def _rows(chart: Chart) -> list[dict[str, Any]]:
    crowded = chart.kind == "line" and len(chart.points) > CROWDED
    return [
        {
            "place": str(place),
            "label": _xml_text(point.label),
            "value": point.value,
            "text": _xml_text(point.text) if not crowded or _is_middle_of_gap(chart.points, place) else "",
            "dot": not crowded or _stands_alone(chart.points, place),
        }
        for place, point in enumerate(chart.points)
    ]


def _is_middle_of_gap(points: Sequence[Point], place: int) -> bool:
    """Say whether a point without a value is the middle one of its gap; one mark then stands for the whole gap."""
    gap = (None, points[place].text)
    if points[place].value is not None:
        return False
    first = last = place
    while first > 0 and (points[first - 1].value, points[first - 1].text) == gap:
        first -= 1
    while last + 1 < len(points) and (points[last + 1].value, points[last + 1].text) == gap:
        last += 1
    return place == (first + last) // 2


def _stands_alone(points: Sequence[Point], place: int) -> bool:
    """Say whether no line leads to a point, so that it would not be seen without a dot."""
    return all(each.value is None for each in (*points[max(0, place - 1) : place], *points[place + 1 : place + 2]))


def svg(chart: Chart) -> str:
    """Return ``chart`` as SVG with text as text, a title, a description, and colours for light and dark pages."""
    return _svg(
        json.dumps(vega_lite(chart), ensure_ascii=False, sort_keys=True), chart.language, chart.title, chart.description
    )


@lru_cache(maxsize=256)
def _svg(specification: str, language: Language, title: str, description: str) -> str:
    with _renderer:
        drawn = vl_convert.vegalite_to_svg(
            specification, vl_version=_VEGA_LITE, allowed_base_urls=[], format_locale=_NUMBERS[language]
        )
    root = re.compile(r"<svg [^>]*?(width=\"\d+\") (height=\"\d+\") (viewBox=\"[\d .]+\")>")
    named = (
        rf'<svg xmlns="http://www.w3.org/2000/svg" \1 \2 \3 role="img" lang="{language}"'
        ' aria-labelledby="chart-title chart-description">'
    )
    opening, replaced = root.subn(named, drawn, count=1)
    if not replaced:
        raise RuntimeError("the chart renderer wrote an SVG root that is not known; check the version of vl-convert")
    end = opening.index(">") + 1
    words = (
        f'<title id="chart-title">{escape(_xml_text(title))}</title>'
        f'<desc id="chart-description">{escape(_xml_text(description))}</desc>'
    )
    return f"{opening[:end]}{words}<style>{STYLE}</style>{opening[end:]}"


def _line_layers(chart: Chart) -> list[dict[str, Any]]:
    along = _along("x", chart, {"labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 8, "ticks": False})
    upward = _amount("y", chart)
    return [
        {
            "transform": [_HAS_GAP],
            "mark": {"type": "rect", "color": GAP},
            "encoding": {"x": along},
        },
        {
            "mark": {"type": "line", "color": MARK, "strokeWidth": 2, "invalid": "break-paths-show-domains"},
            "encoding": {"x": along, "y": upward},
        },
        {
            "transform": [_HAS_VALUE, {"filter": {"field": "dot", "equal": True}}],
            "mark": {"type": "point", "color": MARK, "filled": True, "opacity": 1, "size": 26},
            "encoding": {"x": along, "y": upward},
        },
        {
            "transform": [_HAS_GAP],
            "mark": {"type": "text", "baseline": "bottom", "color": QUIET, "fontSize": 12},
            "encoding": {"x": along, "y": {"value": LINE_HEIGHT - 4}, "text": {"field": "text"}},
        },
    ]


def _bar_layers(chart: Chart) -> list[dict[str, Any]]:
    downward = _along("y", chart, {"ticks": False, "labelLimit": 240, "domain": False, "title": None})
    return [
        {
            "transform": [_HAS_VALUE],
            "mark": {"type": "bar", "color": MARK},
            "encoding": {"y": downward, "x": _amount("x", chart)},
        },
        {
            "transform": [_HAS_VALUE],
            "mark": {"type": "text", "align": "left", "dx": 5, "color": INK, "fontSize": 12},
            "encoding": {"y": downward, "x": _amount("x", chart), "text": {"field": "text"}},
        },
        {
            "transform": [_HAS_GAP],
            "mark": {"type": "text", "align": "left", "color": QUIET, "fontSize": 12},
            "encoding": {"y": downward, "x": {"value": 5}, "text": {"field": "text"}},
        },
    ]


def _along(channel: Literal["x", "y"], chart: Chart, axis: dict[str, Any]) -> dict[str, Any]:
    """Place points by their number, so that two members of one name stay apart; the axis shows their labels."""
    places = [str(place) for place in range(len(chart.points))]
    return {
        "field": "place",
        "type": "ordinal",
        "sort": None,
        "scale": {"type": "band", "paddingInner": 0 if channel == "x" else 0.25, "domain": places},
        "axis": {
            "title": _xml_text(chart.dimension),
            "grid": False,
            "labelExpr": "data('points')[toNumber(datum.value)].label",
            **axis,
        },
    }


def _amount(channel: Literal["x", "y"], chart: Chart) -> dict[str, Any]:
    axis = {"title": _xml_text(chart.measure), "domain": False, "ticks": False, "tickCount": 6}
    if channel == "y":
        axis |= {"titleAngle": 0, "titleAlign": "left", "titleAnchor": "start", "titleX": 0, "titleY": -14}
    return {"field": "value", "type": "quantitative", "scale": {"zero": True, "nice": True}, "axis": axis}


def _xml_text(text: str) -> str:
    """Leave out the control characters that XML cannot hold even escaped."""
    return _NOT_XML.sub("", text)


_HAS_GAP = {"filter": {"field": "value", "valid": False}}
_HAS_VALUE = {"filter": {"field": "value", "valid": True}}
_CONFIG: dict[str, Any] = {
    "font": FONT,
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelColor": QUIET,
        "titleColor": INK,
        "gridColor": RULE,
        "domainColor": QUIET,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": 600,
        "labelPadding": 6,
    },
}
STYLE = "@media (prefers-color-scheme:dark){%s}" % "".join(  # noqa: UP031  braces of CSS are easier to read so
    f'[fill="{light}"]{{fill:{dark}}}[stroke="{light}"]{{stroke:{dark}}}' for light, dark in _DARK.items()
)
POLICY = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
"""The Content-Security-Policy of a drawing that is opened by itself: its one style, and nothing else."""
