"""Offers of releases made of a few words, for tests of what a new release must keep."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from datasets.notices import RenamedField, RetiringPart
from datasets.text import Bilingual
from publishers.promise_checks import broken_promises
from publishers.promise_standing import Standing
from publishers.promises import Meaning, Offer, TableOffer

DAY = date(2027, 1, 1)
REASON = Bilingual(vi="Không còn ghi nhận.", en="No longer recorded.")
CASES = Meaning("amount", "integer", unit=Bilingual(vi="ca", en="cases"))
PROVINCE = Meaning("dimension", codelist="provinces", total=True)


def offer(
    fields: Mapping[str, Meaning],
    *,
    table: str = "by-month",
    renamed: Mapping[str, tuple[str, date]] | None = None,
    retiring: Mapping[str, date] | None = None,
) -> Offer:
    """Return what a release of one table offers."""
    dimensions = [name for name, meaning in fields.items() if meaning.kind == "dimension"]
    margins = frozenset({frozenset(dimensions), *(frozenset({name}) for name in dimensions)})
    return Offer(
        {table: TableOffer(fields, margins)},
        renamed=tuple(RenamedField(old=old, new=new, until=until) for old, (new, until) in (renamed or {}).items()),
        retiring=tuple(
            RetiringPart(place=place, until=until, reason=REASON) for place, until in (retiring or {}).items()
        ),
    )


def broken(new: Offer, before: Offer, newest: Offer | None = None, *, day: date = DAY) -> list[str]:
    """Return the places of the promises that ``new`` breaks."""
    standing = Standing(day, before, newest or before, "visits 2026.1")
    return [problem.place for problem in broken_promises(new, standing)]
