"""Numbers, dates, periods and sizes as Vietnamese and English readers write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from datasets.moments import VIETNAM_TIME
from datasets.text import Language

_SWAP = str.maketrans({",": ".", ".": ","})
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_UNITS = ("B", "kB", "MB", "GB", "TB")


def number(value: float | Decimal, language: Language, *, decimals: int | None = None) -> str:
    """Return ``1.234.567,8`` or ``1,234,567.8``: all its digits, or ``decimals`` of them, rounded half to even."""
    if decimals is None and isinstance(value, float):
        value = Decimal(repr(value)) if not value.is_integer() else int(value)
    text = f"{value:,f}" if isinstance(value, Decimal) and decimals is None else _grouped(value, decimals)
    return text.translate(_SWAP) if language == "vi" else text


def _grouped(value: float | Decimal, decimals: int | None) -> str:
    return f"{value:,}" if decimals is None else f"{value:,.{decimals}f}"


def day(value: date | str, language: Language) -> str:
    """Return ``23/11/2026`` or ``23 November 2026``; a moment is told by its day in Vietnam."""
    moment = value if isinstance(value, date) else datetime.fromisoformat(value)
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        moment = moment.astimezone(VIETNAM_TIME)
    if language == "vi":
        return f"{moment.day:02}/{moment.month:02}/{moment.year}"
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def size(count: int, language: Language) -> str:
    """Return a number of bytes as people say it, in powers of 1000: ``1,2 MB``."""
    amount, unit = float(count), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{number(amount, language, decimals=1 if unit and amount < 99.95 else 0)} {_UNITS[unit]}"


def period(code: str, language: Language) -> str:
    """Return the name of a year, quarter, month, week or day; any other name of an edition as it is.

    ``2024-01`` is ``Tháng 1 năm 2024`` or ``January 2024``.
    """
    for shape, wording in _PERIODS.items():
        if found := re.fullmatch(shape, code):
            try:
                return wording(language, *found.groups())
            except ValueError:  # a day that does not exist, such as 31 February
                return code
    return code


def short_period(code: str, language: Language) -> str:
    """Return a period as the axis of a chart has room for: ``1/2024``, ``Quý 1/2024``, ``2024``."""
    if found := re.fullmatch(r"(\d{4})-(\d\d)", code):
        return f"{int(found[2])}/{found[1]}"
    if found := re.fullmatch(r"(\d{4})-Q([1-4])", code):
        return f"{'Quý ' if language == 'vi' else 'Q'}{found[2]}/{found[1]}"
    return code


def _quarter(language: Language, year: str, quarter: str) -> str:
    return f"Quý {quarter} năm {year}" if language == "vi" else f"Quarter {quarter}, {year}"


def _month(language: Language, year: str, month: str) -> str:
    return f"Tháng {int(month)} năm {year}" if language == "vi" else f"{_MONTHS[int(month) - 1]} {year}"


def _week(language: Language, year: str, week: str) -> str:
    return f"Tuần {int(week)} năm {year}" if language == "vi" else f"Week {int(week)}, {year}"


def _day(language: Language, year: str, month: str, day_of_month: str) -> str:
    return day(date(int(year), int(month), int(day_of_month)), language)


def _year(language: Language, year: str) -> str:
    return f"Năm {year}" if language == "vi" else year


def _years(language: Language, first: str, last: str) -> str:
    return f"Giai đoạn {first}–{last}" if language == "vi" else f"{first}–{last}"


_PERIODS: dict[str, Callable[..., str]] = {
    r"(\d{4})": _year,
    r"(\d{4})-(\d{4})": _years,
    r"(\d{4})-Q([1-4])": _quarter,
    r"(\d{4})-(0[1-9]|1[0-2])": _month,
    r"(\d{4})-W(0[1-9]|[1-4]\d|5[0-3])": _week,
    r"(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])": _day,
}
