"""Checks the notices of a new release: early enough for those who are told, and as was promised before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from datasets.errors import Problem
from datasets.notices import RenamedField, RetiringPart
from publishers.promise_standing import NOTICE_DAYS, Standing, first_day
from publishers.promises import Offer


def wrong_notices(new: Offer, standing: Standing) -> Iterator[Problem]:
    """Yield what is wrong with the notices of ``new``: too late, or earlier than was promised."""
    used = {name for table in standing.before.tables.values() for name in table.fields}
    for one in new.renamed:
        # A field that goes and is renamed before it went is promised by its older name for as long.
        told = _latest(standing.told_renaming(one.old), standing.told_retirement(one.old))
        yield from _late_enough(f"renamed.{one.old}", one.until, told, standing, is_new=one.old in used)
    there = used | set(_places(standing.before))
    for each in new.retiring:
        before = (each.place, *(place for _, place in _by_older_names(each.place, new)))
        told = _latest(*map(standing.told_retirement, before), standing.still_renamed(each.place))
        yield from _late_enough(
            f"retiring.{each.place}", each.until, told, standing, is_new=not there.isdisjoint(before)
        )
        yield from _before_its_older_names(each, new, standing)


def _by_older_names(place: str, new: Offer) -> Iterator[tuple[RenamedField, str]]:
    """Yield each older name of the field at ``place``, and what the place was called by it."""
    table, _, name = place.rpartition(".")
    for one in new.renamed:
        if one.new == name and not place.startswith("codelists.") and table != "tables":
            yield one, f"{table}.{one.old}" if table else one.old


def _before_its_older_names(part: RetiringPart, new: Offer, standing: Standing) -> Iterator[Problem]:
    for one, _ in _by_older_names(part.place, new):
        if standing.day <= one.until and part.until < one.until:
            rule = f"{part.until} is earlier than {one.until}, until which it is answered as {one.old}"
            yield Problem(f"retiring.{part.place}.until", rule, f"Write {one.until} or later")


def _latest(*days: date | None) -> date | None:
    return max((day for day in days if day is not None), default=None)


def _late_enough(place: str, until: date, told: date | None, standing: Standing, *, is_new: bool) -> Iterator[Problem]:
    if told is not None and until < told and standing.day <= told:
        rule = f"{until} is earlier than {told}, which {standing.name} or the newest release promises"
        yield Problem(f"{place}.until", rule, f"Write {told} or later")
    elif told is None and is_new and until < (first := first_day(standing)):
        rule = f"{until} is less than {NOTICE_DAYS} days after readers are told"
        yield Problem(f"{place}.until", rule, f"Write {first} or later")


def _places(offer: Offer) -> Iterator[str]:
    for name, table in offer.tables.items():
        yield f"tables.{name}"
        yield from (f"tables.{name}.{field}" for field in table.fields)
    yield from (f"codelists.{name}" for name in offer.codelists)
