"""The portal's words in Vietnamese, loaded from compiled messages, or from the ``.po`` file where none are compiled.

English is the language that messages are written in, so it needs no file of its own.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from datasets.text import Language

LOCALES = Path(__file__).parent / "locales"


def messages_file(language: Language) -> Path:
    """Return the ``.po`` file that translators edit."""
    return LOCALES / language / "LC_MESSAGES" / "ytemo.po"


@cache
def translations(language: Language) -> NullTranslations:
    """Return the messages of ``language``; a compiled file older than its source is not used."""
    if language == "en":
        return NullTranslations()
    source = messages_file(language)
    compiled = source.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
        return GNUTranslations(BytesIO(compiled.read_bytes()))
    return GNUTranslations(BytesIO(compile_messages(source)))


def compile_messages(source: Path) -> bytes:
    """Return the ``.mo`` form of a ``.po`` file; doubtful (fuzzy) messages are left out."""
    with source.open("rb") as lines:
        catalog = read_po(lines)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    return compiled.getvalue()
