"""Cells that have a type of their own, as the text that a CSV export of the same declaration would hold."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from datasets.source import Source
from publishers.extract.headers import normal_header

_EXACT = 2**53


@dataclass(frozen=True)
class Notation:
    """How a declaration writes numbers and dates; a typed cell is written so before it is checked like any other."""

    decimal: str
    date_formats: dict[str, str]
    """The first format of each date column, by header."""
    numbers: frozenset[str] = frozenset()
    """The headers of number columns whose decimal mark is not declared."""

    @classmethod
    def of(cls, source: Source) -> Notation:
        columns = source.columns.items()
        dates = {
            normal_header(column.header or name): column.formats[0]
            for name, column in columns
            if column.type == "date" and column.formats
        }
        numbers = {
            normal_header(column.header or name)
            for name, column in columns
            if column.type == "number" and source.decimal is None and not column.pattern
        }
        return cls(source.decimal_mark, dates, frozenset(numbers))

    def text(self, value: object, header: str = "") -> str | None:
        """Return ``value`` as text, None for a missing one; TypeError names a type that has no text."""
        if value is None:
            return None
        if isinstance(value, str):
            return unicodedata.normalize("NFC", value)
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, int | float | Decimal):
            return self._number(value, proven=header in self.numbers)
        if isinstance(value, datetime | date):
            return _date(value, self.date_formats.get(header, ""))
        if isinstance(value, time | timedelta | UUID):
            return str(value)
        raise TypeError(type(value).__name__)

    def _number(self, value: float | Decimal, *, proven: bool) -> str | None:
        """With ``proven``, three decimals get a fourth: the cell is a number, and its text must not look like 1.234."""
        if not math.isfinite(value):
            return None if math.isnan(value) else str(value)
        if isinstance(value, int) or (value == int(value) and abs(float(value)) <= _EXACT):
            return str(int(value))
        text = format(value, "f") if isinstance(value, Decimal) else repr(value)
        if proven and len(text) > 3 and text[-4] == ".":
            text += "0"
        return text.replace(".", self.decimal)


def _date(value: date, form: str) -> str:
    if form:
        return value.strftime(form)
    midnight = isinstance(value, datetime) and value.time() == time() and value.tzinfo is None
    return value.date().isoformat() if isinstance(value, datetime) and midnight else str(value)
