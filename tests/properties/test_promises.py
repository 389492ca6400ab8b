"""A release is refused exactly where a name that callers can use would go, or mean something else, without its notice.

The oracle asks as callers do: name by name, what each release answers on the day.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from datasets.text import Bilingual
from publishers.promise_checks import broken_promises
from publishers.promise_standing import NOTICE_DAYS, Standing
from publishers.promises import Meaning, Offer
from tests.support.offers import CASES, DAY, offer

NAMES = ("cases", "cost", "deaths", "patients")
MEANINGS = (CASES, replace(CASES, type="number"), replace(CASES, unit=Bilingual(vi="đồng", en="dong")))
DAYS = tuple(DAY + timedelta(days=away) for away in (-30, -1, 0, 30, NOTICE_DAYS - 1, NOTICE_DAYS, NOTICE_DAYS + 9))
PLACES = (*NAMES, "tables.by-month", "tables.by-month.cases", "tables.by-month.cost")


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    """Return what a release offers; a name is not renamed while it is in use, nor to what is not there."""
    fields = draw(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(MEANINGS), min_size=1))
    olds = [name for name in NAMES if name not in fields]
    target = st.tuples(st.sampled_from(sorted(fields)), st.sampled_from(DAYS))
    renamed = draw(st.dictionaries(st.sampled_from(olds), target)) if olds else {}
    places = [place for place in PLACES if place.rpartition(".")[2] in {*fields, "by-month"}]
    retiring = draw(st.dictionaries(st.sampled_from(places), st.sampled_from(DAYS), max_size=2))
    table = draw(st.sampled_from(["by-month"] * 9 + ["by-year"]))
    return offer(fields, table=table, renamed=renamed, retiring=retiring)


def answered(given_offer: Offer, table: str, name: str) -> Meaning | None:
    """Return what a caller is given for a name on the day."""
    if table not in given_offer.tables:
        return None
    fields = given_offer.tables[table].fields
    for one in given_offer.renamed:
        if one.old == name and name not in fields and one.until >= DAY:
            name = one.new
            break
    return fields.get(name)


def last_day(place: str, *told: Offer) -> date | None:
    return max((one.until for each in told for one in each.retiring if one.place == place), default=None)


def old_name_until(name: str, *told: Offer) -> date | None:
    return max((one.until for each in told for one in each.renamed if one.old == name), default=None)


def may_break(table: str, name: str, before: Offer, newest: Offer) -> bool:
    """Say whether callers were told that a name goes, and its time is over."""
    present = name
    if name not in before.tables[table].fields:
        present = next(one.new for one in before.renamed if one.old == name)
    places = (present, f"tables.{table}", f"tables.{table}.{present}")
    days = [last_day(place, before, newest) for place in places]
    return any(day is not None and day < DAY for day in days)


def field_of(given_offer: Offer, name: str) -> str:
    """Return the field that a name is of on the day, in whatever table."""
    fields = {each for table in given_offer.tables.values() for each in table.fields}
    older = {one.old: one.new for one in given_offer.renamed if one.until >= DAY}
    return name if name in fields else older.get(name, name)


def moves(name: str, before: Offer, later: Offer) -> bool:
    """Say whether a name is of another field later than the one of which it is an older name."""
    return field_of(later, name) != field_of(later, field_of(before, name))


def breaks(new: Offer, before: Offer, newest: Offer) -> bool:
    """Say whether some caller who is answered before, and would be by the newest release, is no longer."""
    for table in before.tables:
        for name in NAMES:
            had = answered(before, table, name)
            if had is None or answered(newest, table, name) != had or may_break(table, name, before, newest):
                continue
            if answered(new, table, name) != had:
                return True
            if moves(name, before, new) and not moves(name, before, newest):
                return True
    return False


def merges(new: Offer, before: Offer, newest: Offer) -> bool:
    """Say whether callers of one field would be given another one that they can tell from it by its name."""
    fields = {each for table in before.tables.values() for each in table.fields}
    for one in new.renamed:
        other = field_of(before, one.new)
        told = last_day(other, before, newest)
        over = told is not None and told < DAY
        apart = field_of(newest, one.old) != field_of(newest, one.new)
        if {one.old, other} <= fields and one.old != other and apart and not over:
            return True
    return False


def too_soon(new: Offer, before: Offer, newest: Offer) -> bool:
    """Say whether a notice is too short, or ends before the day that was promised by any name of its field."""
    used = {f"tables.{name}" for name in before.tables}
    for name, table in before.tables.items():
        used |= {*table.fields, *(f"tables.{name}.{field}" for field in table.fields)}
    notices = [
        ({one.old}, one.until, [old_name_until(one.old, before, newest), last_day(one.old, before, newest)])
        for one in new.renamed
    ]
    for part in new.retiring:
        *_, field = part.place.split(".")
        olds = {one.old: one.until for one in new.renamed if one.new == field}
        places = {part.place, *(part.place.removesuffix(field) + old for old in olds)}
        kept = old_name_until(part.place, before, newest)
        told = [
            kept if kept is not None and kept >= DAY else None,
            *(last_day(each, before, newest) for each in places),
        ]
        notices.append((places, part.until, told))
        if any(part.until < until >= DAY for until in olds.values()):
            return True
    for names, until, said in notices:
        told_day = max((day for day in said if day is not None), default=None)
        if told_day is None and names & used and (until - DAY).days < NOTICE_DAYS:
            return True
        if told_day is not None and told_day >= DAY and until < told_day:
            return True
    return False


def lost_table(new: Offer, before: Offer, newest: Offer) -> bool:
    """Say whether a table is gone that callers ask for, even if every field of it may go."""
    for table in before.tables:
        told = last_day(f"tables.{table}", before, newest)
        if table in newest.tables and table not in new.tables and not (told is not None and told < DAY):
            return True
    return False


@given(offers(), offers(), st.none() | offers())
@settings(max_examples=300, deadline=None)
def test_a_release_is_refused_exactly_if_a_question_breaks(new: Offer, before: Offer, other: Offer | None) -> None:
    newest = before if other is None else other
    problems = broken_promises(new, Standing(DAY, before, newest, "visits 2026.1"))
    expected = any(wrong(new, before, newest) for wrong in (breaks, merges, too_soon, lost_table))
    assert bool(problems) == expected, problems


@given(offers())
def test_the_same_again_breaks_nothing(same: Offer) -> None:
    ends = [(part.until, one.until) for part in same.retiring for one in same.renamed if part.place.endswith(one.new)]
    assume(all(gone >= older or older < DAY for gone, older in ends))
    assert broken_promises(same, Standing(DAY, same, same, "visits 2026.1")) == ()
