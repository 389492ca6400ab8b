"""Refuses a release in which something is missing, or means something else, that callers were not told of in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from datasets.errors import Problem
from publishers.promise_notices import wrong_notices
from publishers.promise_standing import Standing, first_day
from publishers.promises import Meaning, Offer, TableOffer

_MOST_NAMED = 5


def broken_promises(new: Offer, standing: Standing) -> tuple[Problem, ...]:
    """Return what callers of the release before would miss in ``new``, and what is wrong with its notices."""
    return (*_missing(new, standing), *_merged(new, standing), *wrong_notices(new, standing))


def _missing(new: Offer, standing: Standing) -> Iterator[Problem]:
    for table in standing.before.tables:
        if standing.is_over(f"tables.{table}"):
            continue
        if table not in standing.newest.tables:
            continue  # The newest release lacks it already, by the same rules.
        if table in new.tables:
            yield from _missing_in(table, new, standing)
        else:
            yield Problem(
                f"tables.{table}",
                f"is missing, and callers ask for it by this name in {standing.name}",
                f"Publish it as before. To let it go, announce it first: {_retiring(f'tables.{table}', standing)}",
            )
    for codelist in sorted(standing.before.codelists - new.codelists):
        place = f"codelists.{codelist}"
        if codelist in standing.newest.codelists and not standing.is_over(place):
            rule = f"is missing, and callers ask for it by this name in {standing.name}"
            yield Problem(place, rule, f"Publish it as before, or announce first: {_retiring(place, standing)}")


def _missing_in(table: str, new: Offer, standing: Standing) -> Iterator[Problem]:
    offered, expected = new.names(table, standing.day), standing.newest.names(table, standing.day)
    for name, before in standing.before.names(table, standing.day).items():
        present = standing.before.called(name, standing.day)
        if standing.is_over(present, f"tables.{table}.{present}"):
            continue
        if name not in expected or _differs(expected[name], before, standing.newest, standing):
            continue
        place = f"tables.{table}.{'dimensions' if before.kind == 'dimension' else 'fields'}"
        if name not in offered:
            rule = f"{name} is missing, and callers use it in {standing.name}"
            yield Problem(place, rule, _remedy(name, present, new, standing))
        elif change := _differs(offered[name], before, new, standing):
            rule = f"{name} {change}, which is not what callers use in {standing.name}"
            yield Problem(
                place, rule, f"Give what is new another name, and announce the old: {_retiring(present, standing)}"
            )
        elif moved := _moved(name, present, new, standing):
            rule = f"{name} is an older name of {present} in {standing.name}, and would be {moved} now"
            kept = _remedy(name, present, new, standing)
            yield Problem(place, rule, f"{_undone(name, present, standing)} {kept}" if moved == name else kept)
    yield from _narrower(table, new, standing)


def _merged(new: Offer, standing: Standing) -> Iterator[Problem]:
    """Yield each field that would have the name of another one, whose callers would get its figures."""
    before, newest, day = standing.before, standing.newest, standing.day
    fields = {name for table in before.tables.values() for name in table.fields}
    for one in new.renamed:
        other = before.called(one.new, day)
        if one.old == other or not fields.issuperset((one.old, other)) or standing.is_over(other):
            continue
        if newest.called(one.old, day) != newest.called(one.new, day):
            rule = (
                f"{one.new} is another field than {one.old} in {standing.name}, and callers would get {one.old} for it"
            )
            remedy = f"Give {one.old} a name that nothing has, or let it go: {_retiring(one.old, standing)}"
            yield Problem(f"renamed.{one.old}", rule, remedy)


def _differs(now: Meaning, before: Meaning, offer: Offer, standing: Standing) -> str:
    """Return what of ``before`` no longer holds of the same name in ``offer``, in words; empty where all of it does.

    What a rate divides, and a code list, may have other names now; of a rate, callers must know the names of before.
    """
    known = {name for table in standing.before.tables.values() for name in table.fields}
    parts = tuple(map(offer.present_name, before.parts)) if known.issuperset(before.parts) else ()
    same_list = (before.codelist, now.codelist) in standing.same_lists
    codelist = now.codelist if same_list else before.codelist
    return now.differs_from(replace(before, parts=parts, codelist=codelist))


def _moved(name: str, present: str, new: Offer, standing: Standing) -> str:
    """Return what ``name``, an older name of ``present``, would be if it is no longer the same field; else nothing."""
    given, meant = new.called(name, standing.day), new.called(present, standing.day)
    if given == meant or standing.newest.called(name, standing.day) != standing.newest.called(present, standing.day):
        return ""
    return given


def _narrower(table: str, new: Offer, standing: Standing) -> Iterator[Problem]:
    """Yield what can no longer be asked of a table although its fields are there."""
    before, now = standing.before.tables[table], new.tables[table]
    known = {new.present_name(name) for name in before.dimensions}
    added = [name for name in now.dimensions if name not in known and not now.fields[name].total]
    for name in added:
        rule = f"{name} is new and has no published total, so no question of {standing.name} is answered any more"
        yield Problem(f"tables.{table}.dimensions", rule, "Publish its total, or put it into another table")
    expected = _margins(before, new) & _margins(standing.newest.tables[table], new)
    lost = sorted(sorted(margin) for margin in expected - now.margins if margin <= set(now.dimensions))
    if lost and not added and not _without_total(before, now, new):
        named = ", ".join(" × ".join(margin) or "the grand total" for margin in lost[:_MOST_NAMED])
        rule = f"{named} can no longer be asked, which {standing.name} publishes"
        yield Problem(f"tables.{table}.margins", rule, f"Add it, or announce: {_retiring(f'tables.{table}', standing)}")


def _margins(table: TableOffer, new: Offer) -> set[frozenset[str]]:
    """Return the margins of a table by the names that its dimensions have now."""
    return {frozenset(map(new.present_name, margin)) for margin in table.margins}


def _without_total(before: TableOffer, now: TableOffer, new: Offer) -> bool:
    """Say whether a dimension lost its total, which is told of the dimension."""
    kept = [(before.fields[name], now.fields.get(new.present_name(name))) for name in before.dimensions]
    return any(now_there and old.total and not now_there.total for old, now_there in kept)


def _remedy(name: str, present: str, new: Offer, standing: Standing) -> str:
    promised, now = standing.told_renaming(name), new.called(present, standing.day)
    if promised is not None and present != name:
        return f"Keep it under renamed until {promised}, as was promised: {name}: {{to: {now}, until: {promised}}}"
    renamed = f"renamed: {{{name}: {{to: …, until: {first_day(standing)}}}}}"
    going = _retiring(name, standing)
    return f"If it has another name now, write {renamed}. To let it go, publish it and announce: {going}"


def _undone(name: str, present: str, standing: Standing) -> str:
    back = f"renamed: {{{present}: {{to: {name}, until: {first_day(standing)}}}}}"
    return f"If the renaming was a mistake, publish {name} without {present}, and write {back}. Otherwise:"


def _retiring(place: str, standing: Standing) -> str:
    return f"retiring: {{{place}: {{until: {first_day(standing)}, reason: {{vi: …, en: …}}}}}}"


def in_words(problems: Sequence[Problem]) -> str:
    """Return what stands above a list of broken promises."""
    return f"The release would break the questions of those who use it ({len(problems)})"
