"""The attack on editions of nested periods: every sum and difference of them that leaves days which none shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from anonymization.attack_revised import Named, named_cells
from anonymization.dimension import TOTAL, Dimension

if TYPE_CHECKING:
    from anonymization.published import Published, PublishedMeasure, PublishedTable

Reals = npt.NDArray[np.float64]

Days = tuple[int, int]
"""The day on which a period begins, and the day after it ends, by number."""

EVERY = 10
"""Up to so many stretches of days all rests are looked at; of more, those of one stretch without a break."""


def cells_that_leave_few(published: Published) -> frozenset[Named]:
    """Return the shown cells from which, with earlier releases, follows how few people were counted in other days.

    What followed before already is not for this release to protect. Shares no code with what was withheld for it.
    """
    found: set[Named] = set()
    if published.days is None or published.rules.method != "suppression":
        return frozenset()
    chances: dict[tuple[Days, ...], _Stretches] = {}
    for population in (one.name for one in published.populations):
        measures = [one for one in published.measures if one.population == population and one.integer]
        shown = [_numbers(published, one) for one in measures]
        counts = [one.counts_contributors for one in measures]
        for cell in dict.fromkeys(cell for one in shown for cell in one.now):
            if not _was_known(cell, counts, shown):
                own = [(count, one.of(cell)) for count, one in zip(counts, shown, strict=True)]
                if _leaves_few(own, chances, published):
                    found.add(cell)
    return frozenset(found)


def named_places(dimensions: Sequence[Dimension], table: PublishedTable, population: str) -> list[Named]:
    """Return the cell behind each row of a present table."""
    columns = [
        [(one.name, one.members[member]) for member in table.coordinates[one.name].tolist()]
        for one in dimensions
        if one.name in table.dimensions
    ]
    rows = zip(*columns, strict=True) if columns else iter([()] * len(table.withheld[population]))
    return [Named(population, frozenset(pair for pair in row if pair[1] != TOTAL)) for row in rows]


# What is shown --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shown:
    """What is shown of one measure: now, before in other periods (the newest first), and the cells known before."""

    days: Days
    now: Mapping[Named, float]
    before: Mapping[Named, Mapping[Days, float]]
    known: frozenset[Named]

    def of(self, cell: Named) -> dict[Days, float]:
        """Return the numbers of a cell by period, the present one last; none where nothing is new."""
        if cell not in self.now or cell in self.known or cell not in self.before:
            return {}
        return {**self.before[cell], self.days: self.now[cell]}


def _numbers(published: Published, measure: PublishedMeasure) -> _Shown:
    assert published.days is not None
    now, before, known = _now(published, measure), defaultdict[Named, dict[Days, float]](dict), set[Named]()
    for release in reversed(published.earlier):
        for table in release.tables:
            if measure.population not in table.withheld or measure.name not in table.values:
                continue
            rows = zip(
                named_cells(release, table, measure.population),
                table.values[measure.name].tolist(),
                table.withheld[measure.population].tolist(),
                strict=True,
            )
            for cell, value, gone in rows:
                if gone or np.isnan(value):
                    continue
                if release.whole is None:
                    if now.get(cell) == value:
                        known.add(cell)
                elif release.whole in cell.place and release.days is not None:
                    before[Named(cell.population, cell.place - {release.whole})].setdefault(release.days, value)
    return _Shown(published.days, now, dict(before), frozenset(known))


def _was_known(cell: Named, counts: Sequence[bool], shown: Sequence[_Shown]) -> bool:
    """Say whether as many were shown before: as a number of contributors or, where none was, by every other number."""
    told = [cell in one.known for count, one in zip(counts, shown, strict=True) if count]
    others = [cell in one.known for count, one in zip(counts, shown, strict=True) if not count and cell in one.now]
    return any(told) or (bool(others) and all(others))


def _now(published: Published, measure: PublishedMeasure) -> dict[Named, float]:
    found: dict[Named, float] = {}
    for table in published.tables:
        if measure.name in table.values:
            cells = named_places(published.dimensions, table, measure.population)
            values, gone = table.values[measure.name].tolist(), table.withheld[measure.population].tolist()
            found.update((cell, value) for cell, value, hidden in zip(cells, values, gone, strict=True) if not hidden)
    return found


# What is left ---------------------------------------------------------------------------------------------------------


def _leaves_few(
    numbers: Sequence[tuple[bool, Mapping[Days, float]]],
    chances: dict[tuple[Days, ...], _Stretches],
    published: Published,
) -> bool:
    """Say whether few are left of a cell's numbers in some days; numbers of contributors are flagged."""
    threshold, empty = published.rules.threshold, published.rules.zeros == "protect"
    new: dict[tuple[Days, ...], int] = {}
    others: dict[tuple[Days, ...], int] = defaultdict(int)
    for counts, own in numbers:
        if not own:
            continue
        periods = tuple(own)
        stretches = chances.setdefault(periods, _Stretches(periods))
        values = np.array([own[one] for one in periods])
        for days, weights in stretches.rests:
            left = round(float(weights @ values))
            if (empty and left == 0) or 0 < left < threshold:
                return True
            if counts:
                new[days] = left
            else:
                others[days] = max(others[days], left)
    # Of persons, only the new ones follow: all that happened in these days may have happened to few.
    return any(0 <= few < threshold and others[days] > 0 for days, few in new.items())


@dataclass(frozen=True)
class _Stretches:
    """The stretches between the days on which periods begin or end; the last of the periods is the present one."""

    periods: tuple[Days, ...]

    @cached_property
    def cuts(self) -> tuple[int, ...]:
        return tuple(sorted({day for one in self.periods for day in one}))

    @property
    def count(self) -> int:
        return len(self.cuts) - 1

    @cached_property
    def rests(self) -> list[tuple[tuple[Days, ...], Reals]]:
        """Which days follow from all periods and not without the last, with the weights of the periods in them.

        What has other days in it that follow is left out: these follow by themselves, and so does what is left of it.
        """
        matrix = np.array([[first <= at < after for at in self.cuts[:-1]] for first, after in self.periods], float).T
        kept: list[int] = []
        for column in range(len(self.periods)):
            if np.linalg.matrix_rank(matrix[:, [*kept, column]]) > len(kept):
                kept.append(column)
        sets = self._sets()
        weights = np.zeros((len(sets), len(self.periods)))
        weights[:, kept] = sets @ np.linalg.pinv(matrix[:, kept]).T
        follow = np.abs(weights @ matrix.T - sets).max(axis=1) < 1e-6
        least: list[int] = []
        for one in np.flatnonzero(follow)[np.argsort(sets[follow].sum(axis=1), kind="stable")].tolist():
            if not any((sets[other] <= sets[one]).all() for other in least):
                least.append(one)
        new = [one for one in least if abs(weights[one, -1]) > 1e-6 and not np.array_equal(sets[one], matrix[:, -1])]
        return [(self._days(sets[one]), weights[one]) for one in new]

    def _sets(self) -> Reals:
        """Return the sets of stretches that are looked at, a row for each with 1 at those that are in it."""
        if self.count <= EVERY:
            return np.array(list(product((0.0, 1.0), repeat=self.count))[1:])
        ends = combinations(range(self.count + 1), 2)
        return np.array([[float(first <= at < after) for at in range(self.count)] for first, after in ends])

    def _days(self, chosen: Reals) -> tuple[Days, ...]:
        """Return the days of a set, those without a break together: the same whichever periods they follow from."""
        edges = np.flatnonzero(np.diff(np.concatenate([[0.0], chosen, [0.0]]))).tolist()
        return tuple((self.cuts[first], self.cuts[after]) for first, after in zip(edges[::2], edges[1::2], strict=True))
