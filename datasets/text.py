"""Text that exists in Vietnamese and English, the two languages' names, and what no text may hold."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator

Language = Literal["vi", "en"]

LANGUAGES: tuple[Language, ...] = ("vi", "en")
"""Vietnamese first: it is the language of record."""


_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NO_CHARACTERS = "\ud800-\udfff\ufdd0-\ufdef" + "".join(
    f"{chr(n + 0xFFFE)}{chr(n + 0xFFFF)}" for n in range(0, 17 << 16, 1 << 16)
)
_UNFIT = re.compile(f"[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u2028\\u2029{_BIDI}{_NO_CHARACTERS}]")
"""Control characters but tab and line feed, marks that turn the direction of writing, and what is no character."""
_INVISIBLE = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
"""Marks and letters that show nothing, although Unicode counts them among the visible."""


def is_blank(text: str) -> bool:
    """Say whether ``text`` shows nothing: it is empty, or all spaces, marks without width and control characters."""
    return all(unicodedata.category(each)[0] in "CZ" or each in _INVISIBLE for each in text)


def unfit(text: str) -> re.Match[str] | None:
    """Find the first character that no text may hold, as it shows something else than it is, or controls a screen."""
    return _UNFIT.search(text)


def legible(text: str) -> str:
    """Return ``text`` with every character that ``unfit`` finds written out, such as ``\\x1b``."""
    return _UNFIT.sub(lambda found: ascii(found[0])[1:-1], text)


def _in_digits(value: object) -> object:
    """Refuse 1.000, a thousand to some and one to others, which would otherwise be read as 1."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d+([._]\d+)+", value.strip()):
        raise ValueError("must be a whole number in digits alone, such as 1000: with a point it could mean two numbers")
    return value


Whole = Annotated[int, BeforeValidator(_in_digits)]
"""A whole number as people write it in a definition."""


class Model(BaseModel):
    """The parent of every noun: frozen, and no key that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Bilingual(Model):
    """One text in both languages; neither may be empty."""

    vi: str
    en: str

    @field_validator("vi", "en")
    @classmethod
    def _not_blank(cls, text: str) -> str:
        if is_blank(text):
            raise ValueError("must not be empty: write it in both languages")
        return text.strip()

    def of(self, language: Language) -> str:
        return self.vi if language == "vi" else self.en


class BilingualList(Model):
    """The same words, listed in each language."""

    vi: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def of(self, language: Language) -> tuple[str, ...]:
        return self.vi if language == "vi" else self.en
