"""Everything that a page says in one language: its messages, numbers, dates, sizes and periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from datasets.text import Bilingual, Language
from portal.shared import numbers
from portal.shared.translations import translations


@dataclass(frozen=True)
class Wording:
    """The wording of one language; builders of pages take one, so that none of them knows the other language."""

    language: Language

    def gettext(self, message: str) -> str:
        return translations(self.language).gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return translations(self.language).ngettext(one, many, count)

    def of(self, text: Bilingual) -> str:
        return text.of(self.language)

    def other(self, text: Bilingual) -> str:
        """Return ``text`` in the language that the page is not in, for readers who know a term by that name."""
        return text.en if self.language == "vi" else text.vi

    def number(self, value: float | Decimal, decimals: int | None = None) -> str:
        return numbers.number(value, self.language, decimals=decimals)

    def day(self, value: date | str) -> str:
        return numbers.day(value, self.language)

    def size(self, count: int) -> str:
        return numbers.size(count, self.language)

    def period(self, code: str) -> str:
        return numbers.period(code, self.language)


@cache
def wording(language: Language) -> Wording:
    """Return the wording of ``language``."""
    return Wording(language)
