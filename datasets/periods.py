"""Periods of time: what the name of an edition covers, and the code lists of years, quarters and months."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from datasets.codelist import Codelist, Member
from datasets.text import Bilingual

TimeList = Literal["years", "quarters", "months"]
TIME_LEVELS: dict[str, tuple[str, ...]] = {
    "years": ("year",),
    "quarters": ("year", "quarter"),
    "months": ("year", "quarter", "month"),
}
"""The code lists that are made for each edition and have no file, and their levels from the coarsest."""

_TITLES = {
    "years": Bilingual(vi="Năm", en="Years"),
    "quarters": Bilingual(vi="Quý", en="Quarters"),
    "months": Bilingual(vi="Tháng", en="Months"),
}
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_PERIODS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>[0-9]{4})",
        r"(?P<year>[0-9]{4})-(?P<last>[0-9]{4})",
        r"(?P<year>[0-9]{4})-Q(?P<quarter>[1-4])",
        r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])",
        r"(?P<year>[0-9]{4})-W(?P<week>0[1-9]|[1-4][0-9]|5[0-3])",
        r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12][0-9]|3[01])",
    )
)


def period_of(edition: str) -> tuple[date, date] | None:
    """Return the first and the last day that the name of an edition, or the code of a time member, covers.

    Known are years (``2024``), spans of years (``1994-2010``), quarters (``2024-Q1``), months (``2024-01``), ISO weeks
    (``2024-W05``, Monday to Sunday, ISO 8601) and days (``2024-01-31``). Any other name is no period: None.
    """
    for pattern in _PERIODS:
        match = pattern.fullmatch(edition)
        if match:
            try:
                return _span({name: int(text) for name, text in match.groupdict().items()})
            except ValueError:  # a year 0, a week 53 or a 30 February that does not exist
                return None
    return None


def time_level(code: str) -> str | None:
    """Return whether a code of the lists that are made here is a ``year``, a ``quarter`` or a ``month``; else None."""
    if period_of(code) is None:
        return None
    shapes = {"year": r"[0-9]{4}", "quarter": r"[0-9]{4}-Q[1-4]", "month": r"[0-9]{4}-[0-9]{2}"}
    return next((level for level, shape in shapes.items() if re.fullmatch(shape, code)), None)


def in_a_sentence(edition: str) -> Bilingual:
    """Return a span, quarter or month as people write it inside a sentence; any other name of an edition as it is."""
    period, level = period_of(edition), time_level(edition)
    if period is not None and re.fullmatch(_PERIODS[1], edition):
        span = edition.replace("-", "–")
        return Bilingual(vi=span, en=span)
    if period is None or level not in {"quarter", "month"}:
        return Bilingual(vi=edition, en=edition)
    start, _ = period
    told = time_codelist("months" if level == "month" else "quarters", *period).label(edition)
    vi = f"tháng {start.month}/{start.year}" if level == "month" else f"quý {(start.month + 2) // 3}/{start.year}"
    return Bilingual(vi=vi, en=told.en)


def _span(parts: dict[str, int]) -> tuple[date, date] | None:
    year = parts["year"]
    if "last" in parts:
        return (date(year, 1, 1), date(parts["last"], 12, 31)) if parts["last"] >= year else None
    if "day" in parts:
        day = date(year, parts["month"], parts["day"])
        return day, day
    if "week" in parts:
        monday = date.fromisocalendar(year, parts["week"], 1)
        return monday, monday + timedelta(days=6)
    if "month" in parts:
        return date(year, parts["month"], 1), _last_day(year, parts["month"])
    if "quarter" in parts:
        last_month = 3 * parts["quarter"]
        return date(year, last_month - 2, 1), _last_day(year, last_month)
    return date(year, 1, 1), date(year, 12, 31)


def _last_day(year: int, month: int) -> date:
    # The year 9999 has no following January; its last day is known without one.
    return date(year, 12, 31) if month == 12 else date(year, month + 1, 1) - timedelta(days=1)


def time_codelist(level: TimeList, start: date, end: date) -> Codelist:
    """Return the code list of all years, quarters or months that ``start`` to ``end`` touches, with their parents.

    Codes are ``2024``, ``2024-Q1`` and ``2024-01`` (ISO 8601 and SDMX); the order is a year, its first quarter, the
    months of that quarter, and so on.
    """
    levels = TIME_LEVELS[level]
    members = dict.fromkeys(
        member for year, month in _months(start, end) for member in _chain(year, month) if member.level in levels
    )
    return Codelist(id=level, title=_TITLES[level], members=tuple(members))


def _months(start: date, end: date) -> Iterator[tuple[int, int]]:
    for number in range(start.year * 12 + start.month - 1, end.year * 12 + end.month):
        yield number // 12, number % 12 + 1


def _chain(year: int, month: int) -> Iterator[Member]:
    quarter = (month + 2) // 3
    year_code = f"{year:04d}"
    quarter_code = f"{year_code}-Q{quarter}"
    yield _time_member(year_code, "year", "", Bilingual(vi=f"Năm {year}", en=str(year)))
    yield _time_member(
        quarter_code, "quarter", year_code, Bilingual(vi=f"Quý {quarter} năm {year}", en=f"Quarter {quarter}, {year}")
    )
    label = Bilingual(vi=f"Tháng {month} năm {year}", en=f"{_MONTHS[month - 1]} {year}")
    yield _time_member(f"{year_code}-{month:02d}", "month", quarter_code, label)


def _time_member(code: str, level: str, parent: str, label: Bilingual) -> Member:
    period = period_of(code)
    assert period is not None
    return Member(
        code=code, label=label, level=level, parent=parent, valid_from=str(period[0]), valid_to=str(period[1])
    )
