"""Markdown of a release as HTML that is safe to show: raw HTML is text, and only known tags pass."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from datasets.text import Language

TAGS = frozenset(
    {"p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "em", "strong", "code", "pre", "blockquote", "a", "hr", "br"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
_ABOVE = 2
"""The level of the page's heading over the methods."""
_HEADINGS: dict[Language, str] = {"vi": "Phương pháp", "en": "Methods"}
_PLACES: dict[Language, dict[str, str]] = {
    "vi": {"Trước khi sử dụng": "caveats", "Bảo vệ người bệnh": "protection"},
    "en": {"Before you use it": "caveats", "How people are protected": "protection"},
}
_HEADING = re.compile(rf"^# ({'|'.join(_HEADINGS.values())})[ \t]*$", re.MULTILINE)


def part_in(markdown: str, language: Language) -> str:
    """Return the part of a package's ``methods.md`` that is in ``language``; all of it where it has no such parts."""
    parts = _HEADING.split(markdown)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    return found.get(_HEADINGS[language], markdown).strip()


@dataclass(frozen=True)
class MethodsParts:
    """The methods in one language as a page shows them: two sections of known names have places of their own."""

    caveats: str
    """What must be known before anything is used; the section ``Before you use it``."""
    protection: str
    """The section ``How people are protected``."""
    rest: str


def parts_of(markdown: str, language: Language) -> MethodsParts:
    """Divide the methods in ``language`` (what ``part_in`` returns) by their second-level headings."""
    lines = markdown.splitlines(keepends=True)
    starts = [*_second_level(markdown), (len(lines), "")]
    taken: dict[str, str] = {}
    left = lines[: starts[0][0]]
    for (start, title), (end, _) in pairwise(starts):
        place = _PLACES[language].get(title)
        if place is None or place in taken:
            left += lines[start:end]
        else:
            taken[place] = "".join(lines[start + 1 : end]).strip()
    return MethodsParts(taken.get("caveats", ""), taken.get("protection", ""), "".join(left).strip())


def _second_level(markdown: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of the headings that are written ``## so``, and stand in no list, quotation or code."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    for opening, inline in pairwise(tokens):
        if (opening.type, opening.tag, opening.markup, opening.level) == ("heading_open", "h2", "##", 0):
            assert opening.map is not None
            yield opening.map[0], inline.content


def safe_html(markdown: str, table_label: str) -> Markup:
    """Return ``markdown`` (CommonMark and tables) as HTML without scripts, styles, images, or links other than to the
    web and to mail; ``table_label`` names its tables to readers who do not see them."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = parser.parse(markdown)
    _nest_headings(tokens)
    rendered = parser.renderer.render(tokens, parser.options, {})
    cleaned = nh3.clean(
        rendered,
        tags=set(TAGS),
        attributes={"a": {"href"}, "*": set()},
        attribute_filter=_only_whole_addresses,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    # Wide tables scroll by themselves, also by keyboard. The cleaner writes tags in this one form, text is escaped.
    region = f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(table_label)}"><table>'
    return Markup(  # noqa: S704  cleaned above
        cleaned.replace("<table>", region).replace("</table>", "</table></div>")
    )


def _only_whole_addresses(tag: str, name: str, value: str) -> str | None:
    """Drop relative addresses: what a text means by them is lost outside its package."""
    if (tag, name) != ("a", "href"):
        return value
    return value if value.startswith(("https://", "http://", "mailto:")) else None


def _nest_headings(tokens: Sequence[Token]) -> None:
    """Put headings below that of the page, whatever level they begin with, so that no level is left out."""
    open_levels: list[str] = []
    for token in tokens:
        if token.type == "heading_open":
            while open_levels and open_levels[-1] >= token.tag:
                open_levels.pop()
            open_levels.append(token.tag)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, _ABOVE + len(open_levels))}"
