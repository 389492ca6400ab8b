"""Names of editions that look like a period and are none: which one may be meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from datasets.errors import Problem
from datasets.periods import period_of

_YEAR = r"(?P<year>[0-9]{4})"
_NUMBER = r"(?P<number>[0-9]{1,2})"
_ANY, _APART = r"[-_/. ]*", r"[-_/. ]+"
_WORDS = {
    "{year}-Q{number}": "q|quarter|quy|quý",
    "{year}-W{number:02}": "w|wk|week|tuan|tuần",
    "{year}-{number:02}": "m|month|t|thang|tháng",
    "{year}-H{number}": "h|half|s|sem|semester|hk",
}
"""How kinds of periods are written, and what stands before their number elsewhere."""
_MONTHS = (f"{_YEAR}{_APART}{_NUMBER}", f"{_NUMBER}{_APART}{_YEAR}", f"{_YEAR}(?P<number>[0-9]{{2}})")
_DAYS = (
    f"{_YEAR}{_APART}(?P<month>[0-9]{{1,2}}){_APART}(?P<day>[0-9]{{1,2}})",
    f"(?P<day>[0-9]{{1,2}}){_APART}(?P<month>[0-9]{{1,2}}){_APART}{_YEAR}",
    f"{_YEAR}(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}})",
)
_YEARS = f"{_YEAR}{_APART}(?P<last>[0-9]{{4}})"


def of_spelling(edition: str) -> Iterator[Problem]:
    """Yield a warning where the name of an edition is no period and looks like one."""
    if period_of(edition) is not None or not (meant := list(_read(edition))):
        return
    rule = f"{edition} is no period that ytemo knows: of which days this is, only the coverage can tell"
    known = period_meant(edition)
    remedy = f"Did you mean {known}?" if known else "Write it as 2026, 2026-Q1, 2026-03, 2026-W05 or 2026-03-01"
    if not known and meant[0][4:6] == "-H":
        remedy = "Half years have no name of their own: give coverage its start and end, such as 2026-01 and 2026-06"
    yield Problem("--edition", rule, remedy)


def period_meant(edition: str) -> str | None:
    """Return the period that is probably meant by another spelling of it; None where there is none.

    >>> period_meant("2026-q1"), period_meant("202603"), period_meant("2026-13")
    ('2026-Q1', '2026-03', None)
    """
    return next((one for one in _read(edition) if one != edition and period_of(one) is not None), None)


def _read(edition: str) -> Iterator[str]:
    """Yield how an edition may be meant, months that no year has among them."""
    text = edition.strip().casefold()
    for written, words in _WORDS.items():
        patterns = (f"{_YEAR}{_ANY}(?:{words}){_ANY}{_NUMBER}", f"(?:{words}){_ANY}{_NUMBER}{_ANY}{_YEAR}")
        for found in _found((*patterns, *(_MONTHS if written == "{year}-{number:02}" else ())), text):
            yield written.format(year=found["year"], number=int(found["number"]))
    for found in _found(_DAYS, text):
        yield f"{found['year']}-{int(found['month']):02}-{int(found['day']):02}"
    for found in _found((_YEARS,), text):
        yield f"{found['year']}-{found['last']}"


def _found(patterns: Iterable[str], text: str) -> Iterator[re.Match[str]]:
    return (match for pattern in patterns if (match := re.fullmatch(pattern, text)))
