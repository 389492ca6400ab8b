"""Units of measures beside their names, where the name does not say them already."""

from __future__ import annotations

import re

from datasets.release import MeasureDescription
from portal.shared.wording import Wording

_PER = frozenset({"trên", "per"})
_WORD = re.compile(r"\w+(?:[.,]\w+)*")


def with_unit(measure: MeasureDescription, words: Wording) -> str:
    """Return the title of a measure, with its unit in brackets where that says something more."""
    unit = unit_beside(measure, words)
    return f"{words.of(measure.title)} ({unit})" if unit else words.of(measure.title)


def unit_beside(measure: MeasureDescription, words: Wording) -> str:
    """Return the unit of a measure; empty where its title says it."""
    unit = words.of(measure.unit)
    return "" if is_said(unit, words.of(measure.title)) else unit


def is_said(unit: str, title: str) -> bool:
    """Say whether a title has every word of a unit, or what a rate is per.

    One word alone has to begin the title, since it may be a part of another word there.

    >>> is_said("lượt trên 100.000 dân", "Lượt ra viện trên 100.000 dân"), is_said("ca", "Số ca mắc")
    (True, True)
    >>> is_said("ca trên 100.000 dân", "Tỷ suất mắc trên 100.000 dân"), is_said("cases per 100", "Cases per 1,000")
    (True, False)
    >>> is_said("đồng", "Chi phí chăm sóc cộng đồng"), is_said("%", "Tỷ lệ %")
    (False, False)
    """
    of_unit, of_title = _WORD.findall(unit.casefold()), _WORD.findall(title.casefold())
    base = next((of_unit[place:] for place, word in enumerate(of_unit) if word in _PER), [])
    if base and " ".join(base) in " ".join(of_title):
        return True
    if len(of_unit) == 1:
        return of_unit[0] in of_title[: 2 if of_title[:1] == ["số"] else 1]
    return bool(of_unit) and set(of_unit) <= set(of_title)
