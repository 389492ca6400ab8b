"""Markdown of a release becomes HTML that can do nothing but be read."""

from __future__ import annotations

import re

import pytest

from catalog.methods_text import MethodsParts, part_in, parts_of
from portal.public.pages.methods import TAGS, safe_html
from tests.support.html_pages import Document, dangers

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://example.org/pixel.png)",
    "[x](javascript:alert(1))",
    "[x](java&#x0A;script:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    '[x](https://example.org "onmouseover=alert(1)")',
    "```html\n<script>alert(1)</script>\n```",
    "```<script>\ntext\n```",
    "<svg/onload=alert(1)>",
    "<a href='https://example.org' style='position:fixed'>x</a>",
    "<style>*{display:none}</style>",
    "<iframe src=//example.org></iframe>",
    "| a |\n|---|\n| <b onclick=alert(1)>x</b> |",
    "</div></section></main><h1>other page</h1>",
    "<math><mtext></mtext><script>alert(1)</script></math>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<!-- --!><script>alert(1)</script>",
]


@pytest.mark.parametrize("markdown", HOSTILE)
def test_nothing_runs_and_nothing_is_fetched(markdown: str) -> None:
    document = Document(safe_html(markdown, "Table"))
    assert dangers(document) == []
    assert document.problems == []
    assert {element.tag for element in document.elements} <= TAGS | {"div"}
    for element in document.elements:
        assert set(element.attributes) <= {"href", "rel", "class", "role", "tabindex", "aria-label"}
    assert all(address.startswith(("https://", "http://", "mailto:")) for address in document.links)


def test_raw_html_is_shown_as_text() -> None:
    assert "&lt;b&gt;bold&lt;/b&gt;" in safe_html("<b>bold</b>", "Table")


def test_what_methods_need_is_kept() -> None:
    html = safe_html(
        "Text with **weight**, `code`, [a link](https://example.org/a?b=1&c=2).\n\n- one\n- two\n\n> quote", "Table"
    )
    for part in ("<strong>weight</strong>", "<code>code</code>", "<li>one</li>", "<blockquote>"):
        assert part in html
    assert 'href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer"' in html


def test_tables_scroll_in_a_named_region() -> None:
    html = safe_html("| a | b |\n|---|--:|\n| 1 | 2 |", 'Table "of" methods')
    assert html.startswith(
        '<div class="scroll" role="region" tabindex="0" aria-label="Table &#34;of&#34; methods"><table>'
    )
    assert html.rstrip().endswith("</table></div>")


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ("# ## ###", [3, 4, 5]),
        ("## ## ###", [3, 3, 4]),
        ("#### ##", [3, 3]),
        ("# ### ## ####", [3, 4, 4, 5]),
        ("# ## ### #### ##### ######", [3, 4, 5, 6, 6, 6]),
    ],
)
def test_headings_follow_that_of_the_page_without_a_gap(levels: str, expected: list[int]) -> None:
    html = safe_html("\n\n".join(f"{level} heading" for level in levels.split()), "Table")
    assert [int(level) for level in re.findall(r"<h(\d)>", html)] == expected
    assert Document(html).problems == []


def test_each_language_has_its_part() -> None:
    text = "# Phương pháp\n\nTiếng Việt.\n\n## Nguồn\n\nA\n\n# Methods\n\nEnglish.\n"
    assert part_in(text, "vi") == "Tiếng Việt.\n\n## Nguồn\n\nA"
    assert part_in(text, "en") == "English."
    assert part_in("Only this.", "en") == "Only this."


METHODS = """> **Made up.**

First words.

## Before you use it

- One.

## Counting

### How people are protected

```
## How people are protected
```

## How people are protected

Well.

## Last

End.
"""


def test_two_sections_have_places_of_their_own() -> None:
    parts = parts_of(METHODS, "en")
    assert parts.caveats == "- One."
    assert parts.protection == "Well."
    assert parts.rest.startswith("> **Made up.**\n\nFirst words.\n\n## Counting\n\n### How people are protected")
    assert parts.rest.endswith("```\n\n## Last\n\nEnd.")


@pytest.mark.parametrize(
    "text", ["", "No heading.", "## Other\n\nText", "- ## Before you use it\n\n> ## Before you use it"]
)
def test_methods_without_such_sections_stay_whole(text: str) -> None:
    assert parts_of(text, "en") == MethodsParts("", "", text)


def test_a_section_that_comes_twice_is_not_lost() -> None:
    parts = parts_of("## Trước khi sử dụng\n\nMột.\n\n## Trước khi sử dụng\n\nHai.\n", "vi")
    assert (parts.caveats, parts.rest) == ("Một.", "## Trước khi sử dụng\n\nHai.")
