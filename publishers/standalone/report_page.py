"""A report for people, in Vietnamese and English, as Markdown and as a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from datasets.text import LANGUAGES, Language

_NAMES: dict[Language, str] = {"vi": "Tiếng Việt", "en": "English"}
_NUMBER = re.compile(r"[\d.,/% ]*\d[\d.,/% ]*")


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph, or a table with its header first; `text` is then what the table is about."""

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


Told = Callable[[dict[str, Any], Language], Iterator[Block]]
"""Gives a report in one language, block by block."""


def markdown(report: dict[str, Any], told: Told) -> str:
    """Return the report as Markdown, Vietnamese first; `told` gives its blocks."""
    parts = []
    for language in LANGUAGES:
        for block in told(report, language):
            if block.kind == "table":
                header, *rows = block.rows
                lines = [header, ("---",) * len(header), *rows]
                parts.append("\n".join(f"| {' | '.join(_plain(cell) for cell in line)} |" for line in lines))
            else:
                parts.append({"title": "# ", "heading": "## "}.get(block.kind, "") + block.text)
    return "\n\n".join(parts) + "\n"


def page(report: dict[str, Any], told: Told) -> str:
    """Return the report as one HTML page without scripts and without anything from elsewhere; `told` as above."""
    blocks = {language: list(told(report, language)) for language in LANGUAGES}
    parts = [
        f'<section lang="{language}" id="{language}">{"".join(_html(each))}</section>'
        for language, each in blocks.items()
    ]
    links = " · ".join(f'<a href="#{one}" lang="{one}" hreflang="{one}">{_NAMES[one]}</a>' for one in LANGUAGES)
    title = " | ".join(dict.fromkeys(one.text for each in blocks.values() for one in each if one.kind == "title"))
    return (
        '<!doctype html>\n<html lang="vi"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>\n"
        f'<nav aria-label="Ngôn ngữ, language">{links}</nav>\n<main>\n'
        + "\n".join(parts)
        + "\n</main>\n</body></html>\n"
    )


_STYLE = (
    "body{font:1rem/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "body{overflow-wrap:anywhere}"
    ".table{overflow-x:auto;margin:1rem 0}table{border-collapse:collapse}"
    "td,th{border:1px solid #767676;padding:.25rem .6rem;text-align:left;vertical-align:top;overflow-wrap:normal}"
    "td.number{text-align:right;white-space:nowrap}section+section{border-top:3px solid #1b1b1b;margin-top:3rem}"
)


def _html(told: list[Block]) -> Iterator[str]:
    for block in told:
        if block.kind == "table":
            header, *rows = block.rows
            head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
            body = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in rows)
            # What scrolls on a small screen has to be reached by the keyboard too.
            region = f'<div class="table" role="region" tabindex="0" aria-label="{escape(block.text)}">'
            yield f"{region}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        else:
            tag = {"title": "h1", "heading": "h2"}.get(block.kind, "p")
            yield f"<{tag}>{escape(block.text)}</{tag}>"


def _cells(row: tuple[str, ...]) -> Iterator[str]:
    """The first cell of a row names it, even where it is a code made of digits."""
    first, *others = row
    yield f'<th scope="row">{escape(first)}</th>'
    for cell in others:
        number = ' class="number"' if _NUMBER.fullmatch(cell) else ""
        yield f"<td{number}>{escape(cell)}</td>"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
