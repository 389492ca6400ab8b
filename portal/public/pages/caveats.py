"""What must be known before numbers are used: all of it for a page, and what it stresses for what leaves its page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from catalog.methods_text import part_in, parts_of
from portal.public.pages.methods import safe_html
from portal.shared.wording import Wording

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_STRESS = "\0"


def caveats_of(methods: str, words: Wording) -> Markup:
    """Return the section of the methods as safe HTML; empty where there is none."""
    return safe_html(_section(methods, words), words.gettext("Table in the methods"))


def warnings_of(methods: str, words: Wording) -> tuple[str, ...]:
    """Return the sentences that the section stresses a part of, as plain text.

    A caveat knows no period that it is of, so each goes wherever the numbers go.
    """
    inline = (each for each in MarkdownIt("commonmark").parse(_section(methods, words)) if each.type == "inline")
    sentences = (sentence for block in inline for sentence in _stressed("".join(_texts(block))))
    return tuple(words.gettext("Note: %(told)s") % {"told": sentence} for sentence in sentences)


def _section(methods: str, words: Wording) -> str:
    return parts_of(part_in(methods, words.language), words.language).caveats


def _texts(block: Token) -> Iterator[str]:
    """Yield the texts of a paragraph, with a sign before and after what it stresses."""
    for token in block.children or ():
        if token.type in {"strong_open", "strong_close"}:
            yield _STRESS
        else:
            yield " " if token.type in {"softbreak", "hardbreak"} else token.content


def _stressed(text: str) -> Iterator[str]:
    within = False
    # The sign that ends a stress may stand behind the end of the sentence: it belongs to that sentence.
    for sentence in _SENTENCE_END.split(re.sub(rf"([.!?]){_STRESS}(\s|$)", rf"{_STRESS}\1\2", text)):
        if within or _STRESS in sentence:
            yield sentence.replace(_STRESS, "").strip()
        within ^= sentence.count(_STRESS) % 2 == 1
