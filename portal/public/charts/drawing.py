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
from portal.public.charts import maps, single, spark, strands
from portal.public.charts.chart import AnyChart, AreaMap, Chart, xml_text
from portal.public.charts.outlines import shortened
from portal.public.charts.palette import STYLE
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


def vega_lite(chart: AnyChart) -> dict[str, Any]:
    """Return the description from which the server and browsers draw the same chart."""
    if isinstance(chart, Chart):
        return single.vega_lite(chart)
    return maps.vega_lite(chart) if isinstance(chart, AreaMap) else strands.vega_lite(chart)


def svg(chart: AnyChart) -> str:
    """Return ``chart`` as SVG with text as text, a title, a description, and colours for light and dark pages."""
    return _svg(
        json.dumps(vega_lite(chart), ensure_ascii=False, sort_keys=True), chart.language, chart.title, chart.description
    )


def spark_svg(chart: Chart) -> str:
    """Return the shape of ``chart`` as a drawing of the size of a stamp."""
    description = json.dumps(spark.vega_lite(chart), ensure_ascii=False, sort_keys=True)
    return _svg(description, chart.language, chart.title, chart.description)


def _svg(specification: str, language: Language, title: str, description: str) -> str:
    tag = sha256("\0".join((language, title, description, specification)).encode("utf-8", "replace")).hexdigest()
    kept = _kept.get(tag)
    if kept is None:
        kept = _kept.keep(tag, _drawn(specification, language, title, description).encode())
    return kept.decode()


def _drawn(specification: str, language: Language, title: str, description: str) -> str:
    drawn = renderer.draw("svg", specification, vl_version=VEGA_LITE, format_locale=_NUMBERS[language]).decode()
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
        f'<title id="chart-title">{escape(xml_text(title))}</title>'
        f'<desc id="chart-description">{escape(xml_text(description))}</desc>'
    )
    return f"{opening[:end]}{words}<style>{STYLE}</style>{shortened(_TITLES.sub('', opening[end:]))}"


POLICY = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
"""The Content-Security-Policy of a drawing that is opened by itself: its one style, and nothing else."""
