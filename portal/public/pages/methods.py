"""Markdown of a release as HTML that is safe to show: raw HTML is text, and only known tags pass."""

from __future__ import annotations

from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

TAGS = frozenset(
    {"p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "em", "strong", "code", "pre", "blockquote", "a", "hr", "br"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
_ABOVE = 2
"""The level of the page's heading over the methods."""


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
