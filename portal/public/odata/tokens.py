"""Take the text of an OData expression apart into tokens: in one pass, with bounds, and without going back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal, NamedTuple

from datasets.errors import QueryInvalid
from datasets.said import said
from portal.query.model import MAX_TERMS, MAX_VALUE_LENGTH, clip, invalid

MAX_LENGTH = 20_000
"""How long one option of a request may be, in characters."""
MAX_TOKENS = 8 * MAX_TERMS

LiteralKind = Literal[
    "string", "integer", "decimal", "double", "boolean", "null", "date", "datetime", "time", "guid", "duration",
    "binary", "geography", "geometry", "enum",
]  # fmt: skip
"""The kinds of values that OData can write; not each of them is the type of a property here."""

TokenKind = Literal["name", "literal", "sign", "end"]

_PATTERNS = (
    ("space", r"[ \t\r\n]+"),
    ("typed", r"[A-Za-z_][A-Za-z0-9_]{0,127}(?:\.[A-Za-z_][A-Za-z0-9_]{0,127}){0,20}'(?:[^']|'')*'"),
    ("string", r"'(?:[^']|'')*'"),
    ("guid", r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}(?![0-9A-Za-z_])"),
    (
        "datetime",
        r"-?[0-9]{4,6}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,12})?)?"
        r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})(?![0-9A-Za-z_])",
    ),
    ("date", r"-?[0-9]{4,6}-[0-9]{2}-[0-9]{2}(?![0-9A-Za-z_:-])"),
    ("time", r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,12})?)?(?![0-9A-Za-z_:])"),
    ("double", r"[+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?[eE][+-]?[0-9]{1,4}(?![0-9A-Za-z_])|-?INF(?![\w])|NaN(?![\w])"),
    ("decimal", r"[+-]?[0-9]{1,400}\.[0-9]{1,400}(?![0-9A-Za-z_.])"),
    ("integer", r"[+-]?[0-9]{1,400}(?![0-9A-Za-z_.])"),
    ("name", r"[$@]?[^\W\d]\w{0,127}(?:\.[^\W\d]\w{0,127}){0,20}"),
    ("sign", r"[()/,:=*\-]"),
)
_TOKEN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS))
_PREFIXES: dict[str, LiteralKind] = {
    "duration": "duration",
    "binary": "binary",
    "geography": "geography",
    "geometry": "geometry",
}
_PLAIN: dict[str, LiteralKind] = {
    "guid": "guid",
    "datetime": "datetime",
    "date": "date",
    "time": "time",
    "double": "double",
    "decimal": "decimal",
    "integer": "integer",
}


class Token(NamedTuple):
    """One word of an expression; ``text`` is the value of a string without its quotes."""

    kind: TokenKind
    text: str
    literal: LiteralKind
    start: int
    """Where it begins."""


def tokens(text: str, *, place: str) -> Iterator[Token]:
    """Yield the tokens of ``text``, which is the option ``place``, one by one, and then the end again and again.

    What is no token raises QueryInvalid when it is come to: what is refused before is not looked at.
    """
    if len(text) > MAX_LENGTH:
        raise invalid(place, said("is too long"), said("Write at most %(count)s characters", count=MAX_LENGTH))
    if "\x00" in text:
        raise invalid(
            place, said("has a character that no text holds"), said("Take away the code %(code)s", code="%00")
        )
    return _each(text, place)


def _each(text: str, place: str) -> Iterator[Token]:
    position, count = 0, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise unreadable(place, text[position:])
        start, position = position, match.end()
        if match.lastgroup != "space":
            count += 1
            if count > MAX_TOKENS:
                raise too_many(place)
            yield _token(str(match.lastgroup), match.group(), start, place)
    while True:
        yield Token("end", "", "null", len(text))


def _token(group: str, text: str, start: int, place: str) -> Token:
    if group == "name":
        return _word(text, start)
    if group == "sign":
        return Token("sign", text, "null", start)
    if group in _PLAIN:
        return Token("literal", text, _PLAIN[group], start)
    prefix, _, rest = text.partition("'")
    # Published labels have their letters composed; some systems type those of Vietnamese in parts.
    value = unicodedata.normalize("NFC", rest[:-1].replace("''", "'"))
    if len(value) > MAX_VALUE_LENGTH:
        raise invalid(
            place, said("has too long a value"), said("Write at most %(count)s characters", count=MAX_VALUE_LENGTH)
        )
    return Token("literal", value, _PREFIXES.get(prefix.lower(), "enum") if prefix else "string", start)


def _word(text: str, start: int) -> Token:
    if text in {"true", "false", "True", "False", "TRUE", "FALSE"}:
        return Token("literal", text.lower(), "boolean", start)
    return Token("literal" if text == "null" else "name", text, "null", start)


def unreadable(place: str, rest: str) -> QueryInvalid:
    """Make the error for text that is no OData, from ``rest`` on."""
    rule = said("cannot be read from %(rest)s on", rest=clip(rest)) if rest else said("ends too early")
    example = "province eq '79' and (cases ge 10 or cases eq null)"
    return invalid(place, rule, said("Write it like %(example)s", example=example))


def too_many(place: str) -> QueryInvalid:
    """Make the error for an expression of too many parts."""
    rule = said("names more than %(count)s values", count=MAX_TERMS)
    return invalid(place, rule, said("Ask in several requests, or filter by a level"))
