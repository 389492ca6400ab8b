"""Charts drawn on the server: a description in Vega-Lite becomes one self-contained SVG that scales with its page."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from html import escape
from threading import Lock

import vl_convert

from datasets.text import Language
from portal.public.chart_layers import GAP, INK, MARK, QUIET, RULE, Chart, vega_lite, xml_text

_VEGA_LITE = "5.21"
_NUMBERS = {
    "vi": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " ₫"]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", " ₫"]},
}
_DARK = {INK: "#eef3f6", QUIET: "#b4c2cd", RULE: "#3a4853", MARK: "#5fd0c1", GAP: "#2a3640"}
"""The second of each pair replaces the first where the reader prefers a dark page."""
_renderer = Lock()


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
        f'<title id="chart-title">{escape(xml_text(title))}</title>'
        f'<desc id="chart-description">{escape(xml_text(description))}</desc>'
    )
    return f"{opening[:end]}{words}<style>{STYLE}</style>{opening[end:]}"


STYLE = "@media (prefers-color-scheme:dark){%s}" % "".join(  # noqa: UP031  braces of CSS are easier to read so
    f'[fill="{light}"]{{fill:{dark}}}[stroke="{light}"]{{stroke:{dark}}}' for light, dark in _DARK.items()
)
POLICY = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
"""The Content-Security-Policy of a drawing that is opened by itself: its one style, and nothing else."""
