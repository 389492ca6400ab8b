"""Text that exists in Vietnamese and English, and the two languages' names."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

Language = Literal["vi", "en"]

LANGUAGES: tuple[Language, ...] = ("vi", "en")
"""Vietnamese first: it is the language of record."""


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
        if not text.strip():
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
