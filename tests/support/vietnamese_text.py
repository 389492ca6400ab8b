"""Tells what does not belong on a Vietnamese page: words of other languages, and codes that only machines read."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

from tests.support.html_pages import FOR_MACHINES, VOID

_ONSET = "(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnprstvx])?"
_VOWELS = (
    "(?:ieu|yeu|uoi|uou|oai|oay|uay|uyu|uya|uye|oeo|uao|ia|ie|iu|ua|ue|ui|uo|uu|uy|oa|oe|oi|oo|ai|ao|au|ay|eo|eu|ya|ye"
    "|[aeiouy])"
)
_CODA = "(?:ch|nh|ng|[cmnpt])?"
_SYLLABLE = re.compile(f"{_ONSET}{_VOWELS}{_CODA}")
_ENGLISH = frozenset({"not", "that", "at", "it", "but", "him"})
"""English words that are shaped like Vietnamese syllables but are none."""
_MACHINE = {
    "a name with underscores": re.compile(r"\b\w+_\w+\b|\b_T\b"),
    "a date for machines": re.compile(r"\b\d{4}-\d\d(?:-\d\d)?\b(?!\.)|\d\dT\d\d:"),
    "a licence's code": re.compile(r"\bCC-?BY(?:-SA)?-\d|\bCC0-\d|\bODC-BY"),
    "a quarter's or week's code": re.compile(r"\b\d{4}-[QW]\d"),
    "a value of a program": re.compile(r"\bNone\b|\bTrue\b|\bFalse\b|\bnull\b"),
}


def machine_looking(text: str) -> list[str]:
    """Return what in ``text`` only a machine would write.

    >>> machine_looking("Tháng 1 năm 2024, giấy phép Creative Commons")
    []
    """
    return [f"{what}: {found}" for what, shape in _MACHINE.items() for found in shape.findall(text)]


def foreign_words(text: str, known: frozenset[str]) -> list[str]:
    """Return the words of ``text`` that no Vietnamese syllable looks like and that are not ``known`` names.

    >>> foreign_words("Số ca mắc, monthly", frozenset())
    ['monthly']
    """
    found = re.findall(r"[^\W\d_]+", text)
    return [word for word in found if word not in known and not is_vietnamese(word)]


def is_vietnamese(word: str) -> bool:
    """Whether ``word`` has the shape of a syllable, or is a letter or a number of a chapter, such as XIV."""
    folded = _folded(word)
    if len(word) == 1 or re.fullmatch("[IVX]+", word):
        return True
    if word.isascii() and folded in _ENGLISH:
        return False
    return _SYLLABLE.fullmatch(folded) is not None


def _folded(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.lower().replace("đ", "d"))
    return "".join(each for each in decomposed if not unicodedata.combining(each))


class SpokenText(HTMLParser):
    """All text of a page that is said in the page's own language: seen, heard, or shown by a search engine."""

    _SAID = ("alt", "aria-label", "title", "placeholder", "data-done")

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._open: list[tuple[str, bool]] = []
        """Tags with whether what is inside is for machines or in another language."""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        other = values.get("lang", "vi") != "vi" or tag in FOR_MACHINES or self._other
        if not other:
            self.pieces += [values[name] for name in self._SAID if values.get(name)]
            if tag == "meta" and values.get("name") == "description":
                self.pieces.append(values["content"])
        if tag not in VOID:
            self._open.append((tag, other))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._other:
            self.pieces.append(" ".join(data.split()))

    @property
    def _other(self) -> bool:
        return bool(self._open) and self._open[-1][1]
