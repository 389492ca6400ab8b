"""Charts drawn on the server: a description in Vega-Lite becomes one self-contained SVG that scales with its page."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any

from datasets.text import Language
from portal.public.bounded_memory import BoundedMemory
from portal.public.charts import maps, panels, single, spark, strands
from portal.public.charts.chart import AnyChart, AreaMap, Chart, xml_text
from portal.public.charts.outlines import HALVES, TENTHS, shortened
from portal.public.charts.palette import STYLE
from portal.public.charts.patterns import definitions
from portal.public.charts.renderer import renderer

VEGA_LITE = "6.4"
"""The same as that of package.json, which browsers draw with."""
_NUMBERS = {
    "vi": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " ₫"]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", " ₫"]},
}
_TITLES = re.compile(r' role="graphics-symbol" aria-roledescription="title" aria-label="[^"]*"')
"""What Vega says in English of the headings of small charts, whatever its configuration says of such texts."""
_kept: BoundedMemory[bytes] = BoundedMemory(32 << 20, len, each=2 << 20)


def begin() -> None:
    """Draw nothing once: what draws takes half a second to begin, for which the first reader would wait."""
    _drawn('{"data": {"values": []}, "mark": "point"}', "vi")


def vega_lite(chart: AnyChart) -> dict[str, Any]:
    """Return the description from which the server and browsers draw the same chart."""
    specification = _specification(chart)
    fills = definitions(json.dumps(specification))
    # Where Vega's own programs look for how numbers are written; the explorer finds the fills there too.
    told = {"embedOptions": {"formatLocale": _NUMBERS[chart.language]}, **({"definitions": fills} if fills else {})}
    return {**specification, "usermeta": told}


def _specification(chart: AnyChart) -> dict[str, Any]:
    if isinstance(chart, Chart):
        return single.vega_lite(chart)
    if isinstance(chart, AreaMap):
        return maps.vega_lite(chart)
    return strands.vega_lite(chart) if chart.kind == "lines" else panels.vega_lite(chart)


def svg(chart: AnyChart) -> str:
    """Return ``chart`` as SVG with text as text, a title, a description, and colours for light and dark pages."""
    return _svg(chart, _specification(chart), HALVES if isinstance(chart, AreaMap) else TENTHS)


def spark_svg(chart: Chart) -> str:
    """Return the shape of ``chart`` as a drawing of the size of a stamp."""
    return _svg(chart, spark.vega_lite(chart), TENTHS)


def _svg(chart: AnyChart, specification: dict[str, Any], parts: int) -> str:
    text = json.dumps(specification, ensure_ascii=False, sort_keys=True)
    tag = sha256(
        "\0".join((chart.language, chart.title, chart.description, text)).encode("utf-8", "replace")
    ).hexdigest()
    kept = _kept.get(tag)
    if kept is None:
        drawn = _named(_drawn(text, chart.language), chart)
        kept = _kept.keep(tag, shortened(drawn, parts).encode())
    return kept.decode()


def _drawn(specification: str, language: Language) -> str:
    """Return what the renderer makes of a description, without what it says in English."""
    drawn = renderer.draw("svg", specification, vl_version=VEGA_LITE, format_locale=_NUMBERS[language]).decode()
    return _TITLES.sub("", drawn)


def _named(drawn: str, chart: AnyChart) -> str:
    """Return a drawing with its title, its description and its colours for light and dark pages."""
    root = re.compile(r"<svg [^>]*?(width=\"\d+\") (height=\"\d+\") (viewBox=\"[\d .]+\")>")
    named = (
        rf'<svg xmlns="http://www.w3.org/2000/svg" \1 \2 \3 role="img" lang="{chart.language}"'
        ' aria-labelledby="chart-title chart-description">'
    )
    opening, replaced = root.subn(named, drawn, count=1)
    if not replaced:
        raise RuntimeError("the chart renderer wrote an SVG root that is not known; check the version of vl-convert")
    end = opening.index(">") + 1
    words = (
        f'<title id="chart-title">{escape(xml_text(chart.title))}</title>'
        f'<desc id="chart-description">{escape(xml_text(chart.description))}</desc>'
    )
    return f"{opening[:end]}{words}<style>{STYLE}</style>{definitions(drawn)}{opening[end:]}"


POLICY = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
"""The Content-Security-Policy of a drawing that is opened by itself: its one style, and nothing else."""
