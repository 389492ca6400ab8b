"""Text of others made fit to be shown: no markup, no hidden characters, no more than there is room for."""

from __future__ import annotations

import html
import re
import unicodedata

import nh3

from catalog.harvest.documents import UNREADABLE
from catalog.harvest.limits import MAX_TEXT, MAX_TITLE
from datasets.outbound.limits import MAX_ADDRESS
from datasets.text import is_blank, unfit
from datasets.web_address import web_address

_BREAKS = re.compile(
    r"<\s*(?:br|hr|/?p|/?div|/?li|/?tr|/?h[1-6]|/?ul|/?ol|/?table|/?blockquote)\b[^<>]{0,500}>", re.IGNORECASE
)
_MOST_GIVEN = 40 * MAX_TEXT
_HALVES = re.compile("[\ud800-\udfff]")
"""Halves of characters, which JSON can name and nothing can write."""
_MANY_MARKS = re.compile(r"[^\w\s]{9,}")
_MOST_MARKS = 8
"""Marks that may stand on one letter: languages need four, and to order them takes the square of their number."""
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")


def readable(given: str, *, most: int = _MOST_GIVEN) -> str:
    """Return as much of a text as anything is made of, with ``UNREADABLE`` for what is half a character.

    >>> readable("S\\ud83di")
    'S�i'
    """
    return _HALVES.sub(UNREADABLE, given[:most])


def plain_text(text: str, *, most: int = MAX_TEXT) -> str:
    """Return the words of ``text``, which may be HTML; paragraphs are lines.

    >>> plain_text('<p>Sởi &amp; rubella</p><script>alert(1)</script><p onclick="x()">2025')
    'Sởi & rubella\\n2025'
    """
    text = _BREAKS.sub("\n", readable(text))
    if "<" in text or "&" in text:
        text = html.unescape(nh3.clean(text, tags=set()))
    text = _MANY_MARKS.sub(_few_marks, text.replace("\r", "\n").replace("\xa0", " "))
    text = unicodedata.normalize("NFC", text)
    while found := unfit(text):
        text = text.replace(found[0], "")
    text = _LINES.sub("\n", _SPACES.sub(" ", text)).strip()
    text = text if len(text) <= most else text[: most - 1].rstrip() + "…"
    return "" if is_blank(text) else text


def plain_line(text: str, *, most: int = MAX_TITLE) -> str:
    """Do as ``plain_text`` does, in one line."""
    line = plain_text(text, most=4 * most).replace("\n", " ")[:most].strip()
    # Words may stand behind more invisible characters than there is room for.
    return "" if is_blank(line) else line


def safe_address(text: str) -> str:
    """Return ``text`` where it is an address that a page may link to; otherwise nothing."""
    text = text.strip()
    return web_address(text) if len(text) <= MAX_ADDRESS and not unfit(text) else ""


def _few_marks(found: re.Match[str]) -> str:
    kept, marks = list[str](), 0
    for each in found[0]:
        marks = marks + 1 if unicodedata.combining(each) else 0
        if marks <= _MOST_MARKS:
            kept.append(each)
    return "".join(kept)
