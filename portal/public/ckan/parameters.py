"""Read what a client sends with an action: from the address, a form or a JSON object, as CKAN takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import orjson

from portal.public.ckan.failures import ActionFailed, RequestUnusable, invalid_field

MOST_BYTES = 200_000
"""How large the body of a request may be."""
_MOST_PARAMETERS = 500
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_TRUE = frozenset({"true", "yes", "t", "y", "1", "on"})
_FALSE = frozenset({"false", "no", "f", "n", "0", "off", ""})

Parameters = Mapping[str, Any]


def read_body(body: bytes, content_type: str) -> dict[str, Any]:
    """Return the parameters in the body of a request; what is no JSON object and no form raises RequestUnusable."""
    if not body.strip():
        return {}
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        raise RequestUnusable("JSON Error: Files are not taken here. Send JSON, or a form without files")
    if kind == "application/x-www-form-urlencoded" and body.lstrip()[:1] not in {b"{", b"["}:
        return _form(body)
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise RequestUnusable(
            "JSON Error: Error decoding JSON data. Error: <BadRequest '400: Bad Request'> "
            "JSON data extracted from the request: {}"
        ) from None
    if not isinstance(found, dict):
        shown = repr(found)[:100]
        raise RequestUnusable(f"JSON Error: Request data JSON decoded to {shown} but it needs to be a dictionary.")
    return found


def gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return parameters by name; one that is repeated becomes a list."""
    found: dict[str, Any] = {}
    for number, (name, value) in enumerate(pairs):
        if number == _MOST_PARAMETERS:
            raise RequestUnusable(f"More than {_MOST_PARAMETERS} parameters. Send fewer")
        if name in found:
            before = found[name]
            found[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[name] = value
    return found


def _form(body: bytes) -> dict[str, Any]:
    try:
        return gathered(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS))
    except ValueError:
        raise RequestUnusable("JSON Error: The form cannot be read. Send JSON, or a form in UTF-8") from None


def text(given: Parameters, name: str, default: str = "") -> str:
    """Return a text; what is none raises ActionFailed."""
    value = given.get(name, default)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise invalid_field(**{name: ["Must be a Unicode string value"]})
    return str(value)


def required(given: Parameters, *names: str) -> str:
    """Return the first text among ``names`` that is given; none at all raises ActionFailed, for the last of them."""
    for name in names:
        if given.get(name) not in (None, ""):
            return text(given, name)
    raise invalid_field(**{names[-1]: ["Missing value"]})


def integer(given: Parameters, name: str, default: int | None = None) -> int | None:
    """Return a whole number; what is none raises ActionFailed."""
    value = given.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, bool) or not _INTEGER.fullmatch(str(value)):
        raise invalid_field(**{name: ["Invalid integer"]})
    return int(value)


def natural(given: Parameters, name: str, default: int) -> int:
    """Return a number from 0; a smaller one raises ActionFailed."""
    value = integer(given, name, default)
    assert value is not None
    if value < 0:
        raise invalid_field(**{name: ["Must be a natural number"]})
    return value


def flag(given: Parameters, name: str, *, default: bool = False) -> bool:
    """Return a truth value, written as CKAN's clients write it; another text raises ActionFailed."""
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    written = str(value).strip().lower()
    if written in _TRUE or written in _FALSE:
        return written in _TRUE
    raise invalid_field(**{name: ["Must be true or false"]})


def names_of(given: Parameters, name: str) -> tuple[str, ...]:
    """Return a list of names, given as a list, as JSON, or with commas between them."""
    value = decoded(given.get(name), starts="[")
    if value is None or value == "":
        return ()
    parts: Sequence[Any] = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    if not all(isinstance(part, str | int) and not isinstance(part, bool) for part in parts):
        raise invalid_field(**{name: ["Not a string or a list of strings"]})
    return tuple(str(part).strip() for part in parts)


def decoded(value: Any, *, starts: str) -> Any:
    """Return ``value``, read as JSON where it is a text that begins like it."""
    if isinstance(value, str) and value.lstrip()[:1] in tuple(starts):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def unknown_keys(given: Parameters, known: Iterable[str]) -> ActionFailed | None:
    """Return the failure for a parameter that an action does not have, or None."""
    for name in given:
        if name not in known:
            return invalid_field(__extras=[f'invalid value "{name[:100]}"'])
    return None
