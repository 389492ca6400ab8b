"""Read the values of a condition as the type of its column, and refuse operators that do not fit it."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date

from datasets.errors import QueryInvalid
from datasets.release import FieldType
from datasets.said import said
from portal.query.model import Filter, clip, invalid
from portal.query.operators import OPERATORS, Kind, Operator, operators_of
from portal.query.row_tests import Condition, Value

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,300}(\.[0-9]{0,50})?|\.[0-9]{1,50})([eE][+-]?[0-9]{1,3})?")
_FLAGS = {"true": True, "false": False}


def typed(condition: Filter, kind: Kind, value_type: FieldType) -> Condition:
    """Return ``condition`` with its values as ``value_type``; one that does not fit raises QueryInvalid."""
    operator = fitting(condition, kind)
    read = _read_flag if operator.arity == "flag" else _READERS[value_type]
    return Condition(condition.field, operator, tuple(read(condition.place, text) for text in condition.values))


def fitting(condition: Filter, kind: Kind) -> Operator:
    """Return the operator of a condition on a field of this kind, or raise QueryInvalid."""
    operator = OPERATORS[condition.operator]
    if kind not in operator.kinds:
        remedy = said("Use one of: %(names)s", names=", ".join(operators_of(kind)))
        raise invalid(condition.place, said("is not for %(kind)s fields", kind=kind), remedy)
    return operator


def _read_flag(place: str, text: str) -> Value:
    if text not in _FLAGS:
        rule = said("must be true or false, not %(given)s", given=clip(text))
        raise invalid(place, rule, said("Write true for empty cells, false for others"))
    return _FLAGS[text]


def _read_integer(place: str, text: str) -> Value:
    if not _INTEGER.fullmatch(text):
        raise _mistyped(place, text, said("a whole number"), example="125")
    return int(text)


def _read_number(place: str, text: str) -> Value:
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise _mistyped(place, text, said("a number"), example="12.5")
    return float(text)


def _read_date(place: str, text: str) -> Value:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _mistyped(place, text, said("a date"), example="2026-03-31") from None


def _read_string(_place: str, text: str) -> Value:
    # Published texts have their letters composed; some systems type those of Vietnamese in parts.
    return unicodedata.normalize("NFC", text)


def _mistyped(place: str, text: str, kind: str, *, example: str) -> QueryInvalid:
    rule = said("must be %(kind)s, not %(given)s", kind=kind, given=clip(text))
    return invalid(place, rule, said("Write it like %(example)s", example=example))


_READERS: dict[FieldType, Callable[[str, str], Value]] = {
    "string": _read_string,
    "integer": _read_integer,
    "number": _read_number,
    "date": _read_date,
}
