"""Text in Vietnamese and English, as plain data that this package can make without knowing the nouns of datasets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """One sentence or paragraph in Vietnamese and in English."""

    vi: str
    en: str
