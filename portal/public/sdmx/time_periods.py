"""Times as SDMX writes them: what a code of a time dimension is there, how often it comes, what a condition means."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

from datasets.periods import period_of
from datasets.text import Bilingual

Span = tuple[date, date]
"""A first and a last day."""

FREQUENCIES = {
    "A": Bilingual(vi="Hằng năm", en="Annual"),
    "Q": Bilingual(vi="Hằng quý", en="Quarterly"),
    "M": Bilingual(vi="Hằng tháng", en="Monthly"),
    "W": Bilingual(vi="Hằng tuần", en="Weekly"),
    "D": Bilingual(vi="Hằng ngày", en="Daily"),
    "_Z": Bilingual(vi="Cả khoảng thời gian", en="The whole span of time"),
}
"""Codes as in CL_FREQ; a total over time comes at no frequency."""

_SHAPES = {
    "A": re.compile(r"[0-9]{4}"),
    "Q": re.compile(r"[0-9]{4}-Q[1-4]"),
    "M": re.compile(r"[0-9]{4}-[0-9]{2}"),
    "W": re.compile(r"[0-9]{4}-W[0-9]{2}"),
    "D": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
}
_RANGE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T00:00:00)?/P([1-9][0-9]{0,3})([YMD])")
_REPORTING = re.compile(r"([0-9]{4})-([ASTQM])([0-9]{1,2})")
_MONTHS = {"A": 12, "S": 6, "T": 4, "Q": 3, "M": 1}


def frequency_of(period: str) -> str:
    """Return the code of the frequency at which a time in SDMX's writing comes."""
    return next((code for code, shape in _SHAPES.items() if shape.fullmatch(period)), "_Z")


def sdmx_period(code: str) -> str:
    """Return a code of a time dimension as SDMX writes it, or nothing where it is no time.

    >>> sdmx_period("2025-03"), sdmx_period("1994-2009"), sdmx_period("spring")
    ('2025-03', '1994-01-01/P16Y', '')
    """
    span = period_of(code)
    if span is None:
        return ""
    return code if frequency_of(code) != "_Z" else time_range(*span)


def time_range(first: date, last: date) -> str:
    """Return the time from ``first`` to ``last`` as a range: its first day, and how long it is.

    >>> time_range(date(2025, 1, 1), date(2025, 12, 31)), time_range(date(2025, 1, 1), date(2025, 3, 31))
    ('2025-01-01/P1Y', '2025-01-01/P3M')
    >>> time_range(date(2025, 1, 1), date(2025, 1, 7))
    '2025-01-01/P7D'
    """
    after = last + timedelta(days=1)
    months = (after.year - first.year) * 12 + after.month - first.month
    if after.day != first.day:
        return f"{first}/P{(after - first).days}D"
    return f"{first}/P{months // 12}Y" if months % 12 == 0 else f"{first}/P{months}M"


def read_period(text: str) -> Span | None:
    """Return the days of a time that someone writes: any standard time period of SDMX, or None.

    >>> read_period("2025-Q1") == read_period("2025-01-01/P3M") == (date(2025, 1, 1), date(2025, 3, 31))
    True
    """
    if found := _RANGE.fullmatch(text):
        return _read_range(found[1], int(found[2]), found[3])
    if found := _REPORTING.fullmatch(text):
        return _reported(int(found[1]), _MONTHS[found[2]], int(found[3]))
    day, separator, _ = text.partition("T")
    return period_of(day) if not separator or _SHAPES["D"].fullmatch(day) else None


def _read_range(first: str, count: int, unit: str) -> Span | None:
    start = period_of(first)
    if start is None:
        return None
    try:
        if unit == "D":
            return start[0], start[0] + timedelta(days=count - 1)
        return start[0], _months_later(start[0], count * (12 if unit == "Y" else 1)) - timedelta(days=1)
    except (OverflowError, ValueError):
        return None


def _reported(year: int, months: int, number: int) -> Span | None:
    if not (1 <= number <= 12 // months and year):
        return None
    last = number * months
    return date(year, last - months + 1, 1), date(year, last, monthrange(year, last)[1])


def _months_later(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
