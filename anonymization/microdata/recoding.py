"""Makes values broader along hierarchies, the same for all records, and finds the least broad levels that suffice."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anonymization.microdata.classes import group, group_codes, present
from anonymization.microdata.records import MARK, WITHHELD, Column, Records
from anonymization.relations import Ints
from datasets.errors import DisclosureRuleInvalid, Problem

_MOST_LEVELS = 10**6
"""How many combinations of levels are looked at before the search gives up."""


@dataclass(frozen=True)
class Hierarchy:
    """Broader and broader groups for the values of one column.

    Each level maps every value that may occur, as text, to its group; level 0 is the values themselves and not listed.
    Each level's groups are made of whole groups of the level before. Raises `DisclosureRuleInvalid` where levels name
    different values, split a group again, or use the mark of withheld values.

    >>> Hierarchy("age", ({"31": "30-39", "35": "30-39", "41": "40-49"},)).width
    3
    """

    column: str
    levels: tuple[Mapping[str, str], ...]

    def __post_init__(self) -> None:
        place, below = (
            f"hierarchy of {self.column!r}",
            {value: value for value in self.levels[0]} if self.levels else {},
        )
        if not below:
            raise _refused(place, "must have at least one level with a value", "list the values and their groups")
        for number, level in enumerate(self.levels, start=1):
            if level.keys() != below.keys():
                raise _refused(f"{place}, level {number}", "must name the values of all levels", "add what is missing")
            if len({(below[value], level[value]) for value in level}) > len(set(below.values())):
                raise _refused(f"{place}, level {number}", "must not split a group again", "make whole groups broader")
            if MARK in level.values() or MARK in level:
                raise _refused(f"{place}, level {number}", f"must not use {MARK!r}", "it marks withheld values")
            below = dict(level)

    @property
    def width(self) -> int:
        """How many values there are."""
        return len(self.levels[0])


@dataclass(frozen=True)
class Recoded:
    """Records with broader values: the level of each column that has a hierarchy, and what that lost.

    `loss` is the share of detail lost in these columns, from 0 (nothing) to 1 (one group for all): for a value in a
    group of m out of M values, (m - 1) / (M - 1), averaged over records and columns (the normalized certainty penalty
    of Xu and others 2006). `unsafe` is the share of records that still agree with fewer than k - 1 others.
    """

    records: Records
    levels: Mapping[str, int]
    loss: float
    unsafe: float


def recode(records: Records, hierarchies: Sequence[Hierarchy], levels: Mapping[str, int]) -> Records:
    """Return the records with each column of a hierarchy at its level; columns that `levels` does not name stay.

    Raises `DisclosureRuleInvalid` for unknown columns or levels, and for values that the hierarchy does not know.
    """
    _check(records, hierarchies)
    known = {one.column: one for one in hierarchies}
    changed = {}
    for name, level in levels.items():
        if name not in known or not 0 <= level <= len(known[name].levels):
            raise _refused(f"level of {name!r}", "must be one of the column's hierarchy", "0 leaves it as it is")
        if level:
            changed[name] = _at_level(records.column(name), known[name], level)
    return records.changed(changed)


def recode_to_k(
    records: Records,
    quasi_identifiers: Sequence[str],
    hierarchies: Sequence[Hierarchy],
    *,
    k: int,
    unsafe: float = 0.0,
) -> Recoded:
    """Recode to the levels of least loss at which no more than a share `unsafe` of records has too few alike.

    Combinations of levels are tried from the least loss on, so the first that suffices is the best: there is none with
    less loss. Those left unsafe are for local suppression (`suppress`). Raises `DisclosureRuleInvalid` where not even
    the broadest levels suffice, more than a million combinations would have to be tried, k is below 2, the share is not
    from 0 to below 1, or a hierarchy is not of a quasi-identifier.
    """
    _check(records, hierarchies)
    if k < 2 or not 0 <= unsafe < 1 or not {one.column for one in hierarchies} <= set(quasi_identifiers):
        rule = "needs k of 2 or more, a share of unsafe records below 1, and hierarchies of quasi-identifiers"
        raise _refused("recoding", rule, "correct them")
    classes = group(records, quasi_identifiers)
    first = np.zeros(len(classes), dtype=np.int64)
    first[classes.of_record] = np.arange(len(records))
    ladders = [_Ladder.of(records.column(one.column), one, first) for one in hierarchies]
    named = {one.column for one in hierarchies}
    rest = [present(records.column(name))[first] for name in quasi_identifiers if name not in named]
    for loss, levels in _by_loss([one.losses for one in ladders]):
        at = [one.codes[level] for one, level in zip(ladders, levels, strict=True)]
        kinds = group_codes([*rest, *at])
        alike = np.bincount(kinds.of_record, weights=classes.sizes)[kinds.of_record]
        share = float(classes.sizes[alike < k].sum() / len(records))
        if share <= unsafe:
            chosen = {one.column: level for one, level in zip(hierarchies, levels, strict=True)}
            return Recoded(recode(records, hierarchies, chosen), chosen, loss / len(hierarchies), share)
    rule = f"leave more records than allowed with fewer than {k - 1} alike at every level"
    raise _refused("hierarchies", rule, "add a broader level, drop a column, or allow more unsafe records")


@dataclass(frozen=True)
class _Ladder:
    """One column at each level: its codes for the kinds of record, int64 (kinds,), and the loss over all records."""

    codes: tuple[Ints, ...]
    losses: tuple[float, ...]

    @staticmethod
    def of(column: Column, hierarchy: Hierarchy, first: Ints) -> _Ladder:
        codes, losses = [present(column)[first]], [0.0]
        for number, level in enumerate(hierarchy.levels, start=1):
            sizes: dict[str, int] = {}
            for label in level.values():
                sizes[label] = sizes.get(label, 0) + 1
            lost = [(sizes[level[value]] - 1) / max(1, hierarchy.width - 1) for value in _values(column)]
            seen = column.codes >= 0
            # What is withheld has lost everything already, at whatever level.
            losses.append(float((np.array(lost)[column.codes] * seen).sum()) / len(seen))
            codes.append(present(_at_level(column, hierarchy, number))[first])
        return _Ladder(tuple(codes), tuple(losses))


def _at_level(column: Column, hierarchy: Hierarchy, number: int) -> Column:
    labels = [hierarchy.levels[number - 1][value] for value in _values(column)]
    categories, codes = np.unique(np.array(labels), return_inverse=True)
    broader = np.append(codes.reshape(-1), WITHHELD)
    return Column(broader[column.codes], categories)


def _values(column: Column) -> list[str]:
    values: npt.NDArray[np.str_] = column.categories.astype(np.str_)
    return list(values.tolist())


def _by_loss(losses: Sequence[Sequence[float]]) -> Iterator[tuple[float, tuple[int, ...]]]:
    """Yield all combinations of levels with the sum of their losses, from the least on."""
    start = (0,) * len(losses)
    heap, seen = [(0.0, start)], {start}
    while heap:
        loss, levels = heapq.heappop(heap)
        yield loss, levels
        for at, level in enumerate(levels):
            wider = (*levels[:at], level + 1, *levels[at + 1 :])
            if level + 1 < len(losses[at]) and wider not in seen:
                seen.add(wider)
                heapq.heappush(heap, (sum(one[n] for one, n in zip(losses, wider, strict=True)), wider))
        if len(seen) > _MOST_LEVELS:
            rule = f"have more than {_MOST_LEVELS:,} combinations of levels to try"
            raise _refused("hierarchies", rule, "give fewer levels, or recode some columns first")


def _check(records: Records, hierarchies: Sequence[Hierarchy]) -> None:
    names = [one.column for one in hierarchies]
    if not names or len(set(names)) < len(names):
        raise _refused("hierarchies", "must be given, and one for each column at most", "leave out repeated ones")
    for one in hierarchies:
        unknown = len(set(_values(records.column(one.column))) - one.levels[0].keys())
        if unknown:
            rule = f"does not know {unknown} of the values that occur"
            raise _refused(f"hierarchy of {one.column!r}", rule, "add them to each level")


def _refused(place: str, rule: str, remedy: str) -> DisclosureRuleInvalid:
    return DisclosureRuleInvalid("The records cannot be recoded.", problems=[Problem(place, rule, remedy)])
