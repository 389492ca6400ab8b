"""Cells that a dataset always or never shows: refused where that cannot be, and named where others are left open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from anonymization.chosen_cells import Chosen, always_shown, always_withheld
from anonymization.primary.frequency import sensitive as by_frequency
from anonymization.relations import Flags
from anonymization.table import TableSet
from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRisk, Problem

TRIED_CELLS = 40_000
"""Up to so many cells in all trials together, it is tried which choices are the reason; beyond that, all are named."""


def check_choices(tables: TableSet, sensitive: Flags, fixed: Flags, *, rules: DisclosureRules) -> None:
    """Raise `DisclosureRisk` where a cell must be shown and withheld: `fixed` are the sensitive ones and earlier ones.

    Flags are bool (nodes,). Told is how many cells of which choice, never which. Where true zeros are shown, everybody
    takes it that somebody is in a withheld cell, so that an empty one cannot be withheld by choice.
    """
    chosen = always_withheld(tables)
    problems = [
        *(
            problem
            for flags, rule, remedy in _by_rule(tables, sensitive & ~chosen, rules)
            for problem in _told(tables, flags, f"must be withheld by the rules: {rule}", remedy)
        ),
        *_told(tables, chosen, "are chosen to be withheld as well", "take back one of the two"),
        *_told(tables, fixed & ~sensitive, "were withheld by earlier releases", "do not choose them"),
    ]
    if rules.zeros == "publish":
        rule, remedy = "are empty, and true zeros are shown", "do not choose them, or use zeros: protect"
        problems += _told_of(tables.always_withheld, tables, tables.contributors == 0, (rule, remedy))
    if problems:
        raise DisclosureRisk("Cells cannot be both shown and withheld.", problems=problems)


def _by_rule(tables: TableSet, sensitive: Flags, rules: DisclosureRules) -> Iterator[tuple[Flags, str, str]]:
    """Yield the sensitive cells in groups, with the first rule that each of them breaks, and what to choose instead."""
    small = by_frequency(tables.contributors, rules)
    yield sensitive & small, "they are small", "do not choose cells that can be small"
    rest = sensitive & ~small
    if rules.units is not None:
        few = tables.units < rules.units.fewest
        rule = f"they come from fewer than {rules.units.fewest} facilities"
        remedy = "do not choose cells that can come from so few, or publish members that more facilities are in"
        yield rest & few, rule, remedy
        rest &= ~few
    left = tables.over_time.small(rules)
    rule = "what editions of other periods leave of them, or they of those, is small"
    yield rest & left, rule, "do not choose cells that can hardly grow from one edition to the next"
    yield rest & ~left, "few have nearly all of a sum", "do not choose cells in which few can have nearly all of a sum"


def check_shown(tables: TableSet, withheld: Flags) -> None:
    """Raise `DisclosureRisk` where a cell that must be shown is withheld after all."""
    if (withheld & always_shown(tables)).any():
        problems = [*_told(tables, withheld, "were withheld", "report this: it is a mistake of the program")]
        raise DisclosureRisk("Cells that are always shown were withheld.", problems=problems)


def conflict(tables: TableSet, possible: Callable[[TableSet], bool]) -> list[Problem]:
    """Return which choices of cells to show leave others unprotected: as few as are reason enough, none without need.

    `possible` says whether a release can be protected. By deletion (Chinneck, Feasibility and Infeasibility in
    Optimization, 2008): each choice is given up in turn, and stays given up where the rest is reason enough. Empty
    where the choices are not the reason.
    """
    chosen = list(tables.always_shown)
    if not chosen:
        return []
    remedy = "give up at least one of these choices, or publish coarser tables"
    if len(tables.nodes) * len(chosen) > TRIED_CELLS:
        return [Problem(_names(chosen), "may be the reason; the release is too large to try", remedy)]
    if not possible(replace(tables, always_shown=())):
        return []
    for one in tables.always_shown:
        fewer = [other for other in chosen if other is not one]
        if not possible(replace(tables, always_shown=tuple(fewer))):
            chosen = fewer
    rule = "leave no way to protect other cells" if len(chosen) > 1 else "leaves no way to protect other cells"
    return [Problem(_names(chosen), rule, remedy)]


def _names(chosen: list[Chosen]) -> str:
    return " and ".join(one.name for one in chosen)


def _told(tables: TableSet, flags: Flags, rule: str, remedy: str) -> Iterator[Problem]:
    return _told_of(tables.always_shown, tables, flags, (rule, remedy))


def _told_of(choices: Sequence[Chosen], tables: TableSet, flags: Flags, said: tuple[str, str]) -> Iterator[Problem]:
    rule, remedy = said
    for chosen in choices:
        count = int((chosen.nodes(tables) & flags).sum())
        if count:
            yield Problem(chosen.name, f"{count} of its cells {rule}", remedy)
