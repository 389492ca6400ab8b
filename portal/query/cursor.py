"""The cursor of a page: where the page before ended, written so that only the question it belongs to accepts it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

import orjson

from datasets.errors import QueryInvalid
from datasets.release import FieldType
from datasets.said import said
from portal.query.model import invalid

CursorValue = str | int | float | None

_CHECK_BYTES = 8
_MAX_LENGTH = 4_000


@dataclass(frozen=True)
class Cursor:
    """The order values of the last row seen, and its row number in the stored table."""

    values: tuple[CursorValue, ...]
    row: int


def write_cursor(cursor: Cursor, *, fingerprint: str) -> str:
    """Write a cursor as URL-safe text; ``fingerprint`` is that of the plan."""
    body = orjson.dumps([*cursor.values, cursor.row])
    return base64.urlsafe_b64encode(_check(body, fingerprint) + body).rstrip(b"=").decode()


def read_cursor(text: str, *, fingerprint: str, types: Sequence[FieldType]) -> Cursor:
    """Read a cursor back; one that is garbled, or of another question, raises QueryInvalid.

    The check keeps honest clients from mixing up pages. It is no secret: a forged cursor only asks for another page of
    what is public, and its values are bound like any others.
    """
    if len(text) > _MAX_LENGTH:
        raise garbled()
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise garbled() from None
    check, body = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
    if check != _check(body, fingerprint):
        raise garbled()
    return _read_body(body, types)


def _read_body(body: bytes, types: Sequence[FieldType]) -> Cursor:
    try:
        parts = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise garbled() from None
    if not isinstance(parts, list) or len(parts) != len(types) + 1 or not _is_integer(parts[-1]):
        raise garbled()
    for value, kind in zip(parts[:-1], types, strict=True):
        if value is not None and not _FITS[kind](value):
            raise garbled()
    return Cursor(tuple(parts[:-1]), parts[-1])


def _check(body: bytes, fingerprint: str) -> bytes:
    return blake2b(body, key=fingerprint.encode(), digest_size=_CHECK_BYTES).digest()


def _is_integer(value: object) -> bool:
    return type(value) is int and -(2**63) <= value < 2**63


def _is_number(value: object) -> bool:
    return type(value) is float or _is_integer(value)


def _is_string(value: object) -> bool:
    return isinstance(value, str)


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


_FITS: dict[FieldType, Callable[[object], bool]] = {
    "string": _is_string,
    "integer": _is_integer,
    "number": _is_number,
    "date": _is_date,
}


def garbled() -> QueryInvalid:
    """Make the error for a cursor that is not of this question."""
    remedy = said("Follow the next link of an answer, without changes")
    return invalid("after", said("is not a cursor of this question"), remedy)
