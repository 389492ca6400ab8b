"""Take the text of an OData expression apart into tokens: in one pass, with bounds, and without going back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True)
class Token:
    """One word of an expression; ``text`` is the value of a string without its quotes."""

    kind: TokenKind
    text: str
    literal: LiteralKind = "null"
    spaced: bool = False
    """Whether a space stands before it."""


END = Token("end", "")


def tokens(text: str, *, place: str) -> tuple[Token, ...]:
    """Return the tokens of ``text``, which is the option ``place``; what is none raises QueryInvalid."""
    if len(text) > MAX_LENGTH:
        raise invalid(place, said("is too long"), said("Write at most %(count)s characters", count=MAX_LENGTH))
    if "\x00" in text:
        raise invalid(
            place, said("has a character that no text holds"), said("Take away the code %(code)s", code="%00")
        )
    found = tuple(_each(text, place))
    if len(found) > MAX_TOKENS:
        raise invalid(place, said("names more than %(count)s values", count=MAX_TERMS), _fewer())
    return (*found, END)


def _each(text: str, place: str) -> Iterator[Token]:
    position, spaced = 0, False
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise unreadable(place, text[position:])
        position = match.end()
        if match.lastgroup == "space":
            spaced = True
            continue
        yield _token(str(match.lastgroup), match.group(), spaced, place)
        spaced = False


def _token(group: str, text: str, spaced: bool, place: str) -> Token:
    if group == "name":
        return _word(text, spaced)
    if group == "sign":
        return Token("sign", text, spaced=spaced)
    if group in _PLAIN:
        return Token("literal", text, _PLAIN[group], spaced)
    prefix, _, rest = text.partition("'")
    value = rest[:-1].replace("''", "'")
    if len(value) > MAX_VALUE_LENGTH:
        raise invalid(
            place, said("has too long a value"), said("Write at most %(count)s characters", count=MAX_VALUE_LENGTH)
        )
    return Token("literal", value, _PREFIXES.get(prefix.lower(), "enum") if prefix else "string", spaced)


def _word(text: str, spaced: bool) -> Token:
    if text in {"true", "false", "True", "False", "TRUE", "FALSE"}:
        return Token("literal", text.lower(), "boolean", spaced)
    return Token("literal", text, "null", spaced) if text == "null" else Token("name", text, spaced=spaced)


def unreadable(place: str, rest: str) -> QueryInvalid:
    """Make the error for text that is no OData, from ``rest`` on."""
    rule = said("cannot be read from %(rest)s on", rest=clip(rest)) if rest else said("ends too early")
    example = "province eq '79' and (cases ge 10 or cases eq null)"
    return invalid(place, rule, said("Write it like %(example)s", example=example))


def _fewer() -> str:
    return said("Ask in several requests, or filter by a level")
