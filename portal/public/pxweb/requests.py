"""Read the parameters that addresses of the PxWeb API share; what is wrong with one raises QueryInvalid."""

from __future__ import annotations

import re
from collections.abc import Sequence

from datasets.errors import QueryInvalid
from datasets.said import said
from datasets.text import LANGUAGES, Language
from portal.query.model import clip, invalid, unknown

DEFAULT_LANGUAGE: Language = "vi"
JSON_STAT = "json-stat2"
MAX_PAGE_SIZE = 10_000
PAGE_SIZE = 20

_NUMBER = re.compile(r"[0-9]{1,6}")
_MOST_WORDS = 500

Parameters = Sequence[tuple[str, str]]


def one(parameters: Parameters, name: str, default: str = "") -> str:
    """Return the value of a parameter that is given once at most."""
    return next((text for given, text in parameters if given == name), default)


def read_language(parameters: Parameters) -> Language:
    """Return the language that is asked for; Vietnamese where none is."""
    given = one(parameters, "lang") or DEFAULT_LANGUAGE
    for language in LANGUAGES:
        if given == language:
            return language
    raise unknown("lang", given, LANGUAGES)


def read_number(parameters: Parameters, name: str, default: int, *, most: int) -> int:
    """Return a whole number from 1 to ``most``."""
    text = one(parameters, name)
    if not text:
        return default
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= most:
        raise _no_number(name, text, most)
    return int(text)


def read_flag(parameters: Parameters, name: str) -> bool:
    """Return whether a parameter says ``true``, in whatever capitals."""
    text = one(parameters, name, "false").lower()
    if text not in {"true", "false"}:
        raise unknown(name, text, ("true", "false"))
    return text == "true"


def read_metadata_format(parameters: Parameters) -> None:
    """Refuse any format of metadata but the one that there is; clients of the first drafts of PxAPI 2 name it."""
    text = one(parameters, "outputFormat", JSON_STAT)
    if text != JSON_STAT:
        raise unknown("outputFormat", text, (JSON_STAT,))


def read_words(parameters: Parameters) -> str:
    """Return the words that a search asks for."""
    text = one(parameters, "query")
    if "\x00" in text:
        rule = said("has a value with a character that no text holds")
        raise invalid("query", rule, said("Take away the code %(code)s", code="%00"))
    if len(text) > _MOST_WORDS:
        rule = said("has too long a value")
        raise invalid("query", rule, said("Write at most %(count)s characters", count=_MOST_WORDS))
    return text


def _no_number(name: str, text: str, most: int) -> QueryInvalid:
    rule = said("must be a whole number from 1 to %(most)s, not %(given)s", most=most, given=clip(text))
    return invalid(name, rule, said("Leave it out"))
