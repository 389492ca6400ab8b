"""Colours can be read in light and dark, and nothing is fetched from elsewhere."""

from __future__ import annotations

import re

import pytest

from portal.build_assets import ROOT
from portal.public.charts import palette
from portal.public.charts.patterns import PATTERNS

STATIC = ROOT / "portal" / "shared" / "static"
CSS = (STATIC / "site.css").read_text(encoding="utf-8")
TEXT = [
    ("ink", "paper"),
    ("ink", "sheet"),
    ("ink", "accent-soft"),
    ("ink", "warn-soft"),
    ("ink", "mark"),
    ("quiet", "paper"),
    ("quiet", "sheet"),
    ("quiet", "mark"),
    ("accent", "paper"),
    ("accent", "sheet"),
    ("accent-ink", "accent"),
    ("accent", "accent-soft"),
    ("accent", "warn-soft"),
    ("warn", "paper"),
    ("warn", "warn-soft"),
]
EDGES = [("control", "paper"), ("control", "sheet"), ("focus", "paper"), ("focus", "sheet"), ("accent", "paper")]


def palettes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\}", CSS, flags=re.DOTALL)
    return {name: dict(re.findall(r"--([\w-]+): (#\w{6})", text)) for name, text in (("light", light), ("dark", dark))}


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_edges_stand_out(scheme: str) -> None:
    colours = palettes()[scheme]
    assert set(colours) == set(palettes()["light"])
    assert {
        pair: round(contrast(*(colours[name] for name in pair)), 2)
        for pair in TEXT
        if contrast(*(colours[name] for name in pair)) < 4.5
    } == {}
    assert {pair for pair in EDGES if contrast(*(colours[name] for name in pair)) < 3} == set()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_stand_out_on_the_page(scheme: str) -> None:
    paper = palettes()[scheme]["paper"]
    own = dict(re.findall(r'\[fill="(#\w{6})"\]\{fill:(#\w{6})\}', palette.STYLE))
    shown = {
        colour: own[colour] if scheme == "dark" else colour for colour in (palette.INK, palette.QUIET, palette.MARK)
    }
    assert all(contrast(colour, paper) >= 4.5 for colour in shown.values())


def test_patterns_have_only_colours_with_a_pair_for_the_dark() -> None:
    used = re.findall(r'(?:fill|stroke)="([^"]+)"', "".join(PATTERNS.values()))
    assert set(used) <= palette.DARK.keys()


def test_a_live_chart_has_the_colours_of_its_drawing_in_the_dark() -> None:
    shown = dict(re.findall(r'\.live svg \[fill="(#\w{6})"\] \{ fill: (#\w{6}); \}', CSS))
    edges = dict(re.findall(r'\.live svg \[stroke="(#\w{6})"\] \{ stroke: (#\w{6}); \}', CSS))
    assert shown == edges == palette.DARK


def test_the_focus_is_always_seen() -> None:
    assert re.search(r":focus-visible \{ outline: 3px solid", CSS)
    assert not re.search(r"(?<!main:focus \{ )outline: (none|0)", CSS)


def test_nothing_makes_a_page_wider_than_its_screen() -> None:
    """Drawings shrink, tables scroll in their own box, and text for screen readers inside it stays inside."""
    rules = dict(
        re.findall(r"^([^@{}\n]+?) \{([^}]*)\}", (STATIC / "site.css").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert "max-width: 100%" in rules["img"]
    assert "overflow-x: auto" in rules[".scroll"]
    assert "position: relative" in rules[".scroll"]
    assert "overflow-x: auto" in rules[".copyable pre"]


@pytest.mark.parametrize("name", ["site.css", "fonts.css", "page.js", "icon.svg"])
def test_our_own_files_fetch_nothing_from_elsewhere(name: str) -> None:
    text = (STATIC / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert "http" not in text
    assert "@import" not in text
    assert "eval(" not in text
    assert "innerHTML" not in text
