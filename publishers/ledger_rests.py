"""What staff are told where editions of nested periods leave small numbers of people of each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from anonymization import protect
from anonymization.ledger_conflicts import TRIED_CELLS
from anonymization.table import TableSet
from datasets.disclosure import DisclosureRules
from datasets.errors import Problem, YtemoError

_REMEDY = (
    "publish the days that are left as editions of their own, such as the quarters, and the longer ones after them:"
    " readers can add them up, and no more is withheld than in each of them. Or publish this edition by coarser members"
)


def of_rests(tables: TableSet, rules: DisclosureRules) -> Iterator[Problem]:
    """Yield a warning with how many cells are withheld for what is left of editions; only staff see it."""
    others = _names(tables)
    count = _telling(tables, rules)
    if count:
        rule = (
            f"{count} of its cells leave small numbers of people of {others}, in days that no edition shows by"
            " themselves: they are withheld, with others that would tell them"
        )
        yield Problem("this edition", rule, _REMEDY)


def reasons(tables: TableSet, rules: DisclosureRules, *, seed: int) -> Iterator[Problem]:
    """Yield what is left of editions where that is, or may be, why a release was refused."""
    count = _telling(tables, rules)
    if not count:
        return
    what = f"{count} of its cells leave small numbers of people of {_names(tables)}, in days that no edition shows"
    if len(tables.nodes) > TRIED_CELLS:
        yield Problem("this edition", f"{what}: that may be the reason, and was not tried", _REMEDY)
    elif _succeeds(replace(tables, days=None), rules, seed=seed):
        yield Problem("this edition", f"{what}: that is the reason, without it the release could be protected", _REMEDY)


def _telling(tables: TableSet, rules: DisclosureRules) -> int:
    if rules.method != "suppression" or not tables.earlier:
        return 0
    return int((tables.over_time.small(rules) & tables.shown).sum())


def _names(tables: TableSet) -> str:
    """Return the names of the editions inside the present one, and of those that it is in."""
    inside = [one.name for one in tables.earlier if one.days and tables.days and _holds(tables.days, one.days)]
    around = [one.name for one in tables.earlier if one.days and tables.days and _holds(one.days, tables.days)]
    return ", ".join([*inside, *around]) or "other editions"


def _holds(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one != other and one[0] <= other[0] and other[1] <= one[1]


def _succeeds(tables: TableSet, rules: DisclosureRules, *, seed: int) -> bool:
    try:
        protect(tables, rules, seed=seed)
    except YtemoError:
        return False
    return True
