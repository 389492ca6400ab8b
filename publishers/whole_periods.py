"""Refuses a table whose members of time the edition has in part only: three months would look like the year."""

from __future__ import annotations

from collections.abc import Iterator

from datasets.errors import DefinitionInvalid, Problem
from datasets.periods import TIME_LEVELS, period_of
from publishers.ledger_people import Period
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.recode import PlannedDimension

_SHOWN = 3
_WEEK = 6
"""Days from the first to the last of a week."""


def check_whole_periods(plan: TabulationPlan, *, own_lists: bool = True) -> None:
    """Raise DefinitionInvalid where a table shows a year, quarter or month that is not wholly in the edition.

    The edition's days are those of its name, or of its coverage where the name is no period; no clock is asked. With
    ``own_lists``, lists of the ministry's own are looked at too; those of the calendar always are.
    """
    if plan.period is None:
        return
    problems = tuple(_problems(plan, plan.period, own_lists=own_lists))
    if problems:
        raise DefinitionInvalid("A part of a period would be published as all of it", problems=problems)


def is_cut(member: Period, edition: Period) -> bool:
    """Return whether an edition has some days of a member and not all.

    A week at the end of a longer edition is whole: sources count weeks whole, and ISO 8601 gives a week to the year
    that has its Thursday.
    """
    if member[1] < edition[0] or edition[1] < member[0] or (edition[0] <= member[0] and member[1] <= edition[1]):
        return False
    inside = member[0] <= edition[0] and edition[1] <= member[1]
    return inside or (member[1] - member[0]).days != _WEEK


def _problems(plan: TabulationPlan, edition: Period, *, own_lists: bool) -> Iterator[Problem]:
    for one in plan.crossed:
        dimension = one.dimension
        of_calendar = dimension.codelist.id in TIME_LEVELS
        if not of_calendar and not (own_lists and dimension.is_time):
            continue
        periods = {code: period for code in dimension.members.codes if (period := period_of(code))}
        cut = {code: period for code, period in periods.items() if is_cut(period, edition)}
        if cut:
            yield _problem(plan, dimension, cut, edition)


def _problem(plan: TabulationPlan, dimension: PlannedDimension, cut: dict[str, Period], edition: Period) -> Problem:
    members = dimension.members
    levels = {members.levels[members.level_of[members.codes.index(code)]] for code in cut}
    tables = ", ".join(table.id for table in plan.tables if dimension.name in table.dimensions)
    more = f" and {len(cut) - _SHOWN} more" if len(cut) > _SHOWN else ""
    rule = (
        f"{', '.join(list(cut)[:_SHOWN])}{more} would look whole in {tables}, but edition {plan.edition} has only"
        f" {edition[0]:%d/%m/%Y} to {edition[1]:%d/%m/%Y}"
    )
    kept = [level for level in members.levels if level not in levels]
    finer = f"publish levels: [{', '.join(kept)}]" if kept else "publish finer periods, or none"
    whole = (
        f"name the edition {_whole(cut, edition)}, where absent: partial makes months without records missing and the"
        " year an estimate"
    )
    return Problem(f"dimensions.{dimension.name}", rule, f"{finer}; or {whole}")


def _whole(cut: dict[str, Period], edition: Period) -> str:
    """Return the shortest name of an edition that cuts none of these; lists name long periods before short ones."""
    code, (first, last) = next(iter(cut.items()))
    if first <= edition[0] and edition[1] <= last:
        return code
    start, end = min(edition[0], first).year, max(edition[1], *(one[1] for one in cut.values())).year
    return str(start) if start == end else f"{start}-{end}"
