"""What editions of nested periods leave of each other: never shown, but whoever has both can subtract.

A table for nine months and one for the year leave the last three months; one for the year leaves the second and fourth
quarter beside the first and third. Periods lead from the day on which they begin to the day after they end. Taken for
links between such days, what is shown of a cell connects some of them, and every stretch between two days that hang
together follows from it, as a difference of two sums along the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from anonymization.dimension import TOTAL
from anonymization.ledger_cells import CONTRIBUTORS, present_cells
from anonymization.relations import Flags, Ints

if TYPE_CHECKING:
    from anonymization.ledger import EarlierRelease
    from anonymization.ledger_cells import Ledger
    from anonymization.table import Measure, TableSet
    from datasets.disclosure import DisclosureRules

Reals = npt.NDArray[np.float64]

Days = tuple[int, int]
"""The day on which a period begins, and the day after it ends, by number."""

MOST = 2_000
"""Rests of several stretches, such as two quarters that are apart, are looked for in no more ways than these.

Up to 13 days on which periods begin or end, these are all; up to 16, rests of two stretches; beyond, of one.
"""

BLOCK = 1 << 16
"""How many cells are looked at together."""


@dataclass(frozen=True)
class RestsOverTime:
    """What is left of each node and of earlier releases, as the differences of their numbers tell; all (nodes,).

    `least` is the smallest difference above zero, inf where there is none, `least_of_whole` that of differences in
    which the node is what others are taken from; `least_new` the smallest number of persons that are new, zero
    included, where something else was counted of persons in the rest. `empty` flags nodes with a rest of nobody.
    """

    least: Reals
    least_of_whole: Reals
    least_new: Reals
    empty: Flags

    def small(self, rules: DisclosureRules) -> Flags:
        """Return the nodes that must not be shown, because a rest that is small follows from them, bool (nodes,)."""
        few = (self.least < rules.threshold) | (self.least_new < rules.threshold)
        return np.asarray(few | self.empty if rules.zeros == "protect" else few)

    def reach(self, values: Ints, rules: DisclosureRules) -> Reals:
        """Return what a node must seem able to be so that the rest seems no smaller than the threshold, (nodes,).

        Zero where nothing is asked: where the node is what is taken away, the rest grows when it falls.
        """
        small = self.least_of_whole < rules.threshold
        return np.where(small, values - np.where(small, self.least_of_whole, 0.0) + rules.threshold, 0.0)


def rests_over_time(tables: TableSet) -> RestsOverTime:
    """Return what the numbers of other periods leave of each cell that is shown, or the cell of them.

    Numbers are those that readers have: of a period that was published more than once, the newest. What followed
    before already is left out, and so is a cell that was shown before with as many contributors. The numbers of persons
    of two periods leave those who are new; where others count what happened to persons (visits), and some did, it may
    be those few to whom all of it happened.
    """
    found = _nothing(len(tables.nodes))
    others = list(_others(tables)) if tables.days is not None else []
    if not others:
        return found
    assert tables.days is not None
    places = _Places(tables, tables.ledger)
    periods = list(dict.fromkeys(days for _, days in others))
    points = sorted({day for own in (*periods, tables.days) for day in own})
    at = {day: number for number, day in enumerate(points)}
    links = [(at[first], at[after]) for first, after in periods]
    present = (at[tables.days[0]], at[tables.days[1]])
    for number, population in enumerate(tables.populations):
        known = tables.ledger.told_of(CONTRIBUTORS)
        nodes = np.flatnonzero(tables.shown & ~known & (tables.nodes.population == number))
        measures = [one for one in tables.measures if one.population == population.name and one.integer]
        numbers = [_Number(tables, one, [places.values(one, days, others) for days in periods]) for one in measures]
        if not any(one.counts for one in numbers):
            people = [_people(tables, population.name, days, others) for days in periods]
            numbers.append(_Number(tables, None, people))
        for start in range(0, len(nodes), BLOCK):
            own = nodes[start : start + BLOCK]
            _look(found, own, [_Links(one, own, links, present, len(points)) for one in numbers])
    return found


def _nothing(nodes: int) -> RestsOverTime:
    never = np.full((3, nodes), np.inf)
    return RestsOverTime(never[0], never[1], never[2], np.zeros(nodes, dtype=np.bool_))


def _others(tables: TableSet) -> Iterator[tuple[int, Days]]:
    """Yield the earlier releases of other periods, the newest first, by their numbers."""
    for number in reversed(range(len(tables.earlier))):
        days = tables.earlier[number].days
        if days is not None and tables.earlier[number].whole is not None and days != tables.days:
            yield number, days


# Numbers of readers ---------------------------------------------------------------------------------------------------


class _Places:
    """Finds which node of the present is a cell of an earlier release of another period."""

    def __init__(self, tables: TableSet, ledger: Ledger) -> None:
        self._tables, self._ledger = tables, ledger
        own = np.column_stack([ledger.population, ledger.coordinates])[: ledger.nodes]
        self._node = {place.tobytes(): node for node, place in enumerate(own)}
        self._found: dict[int, tuple[Ints, Ints]] = {}

    def values(self, measure: Measure, days: Days, others: Sequence[tuple[int, Days]]) -> Reals:
        """Return what is known of a measure in a period, on the nodes, float64 (nodes,); not a number where nothing."""
        known = np.full(self._ledger.nodes, np.nan)
        for number, own in others:
            if own == days:
                cells, nodes = self._cells(number)
                told = self._ledger.entries[number].values[measure.name][cells]
                known[nodes] = np.where(np.isnan(known[nodes]), told, known[nodes])
        return known

    def _cells(self, number: int) -> tuple[Ints, Ints]:
        """Return the cells of a release that are of its whole period, and their nodes, int64 (cells,) each."""
        if number not in self._found:
            name, member = self._tables.earlier[number].whole or ("", "")
            axis = next(at for at, one in enumerate(self._ledger.axes) if one.name == name)
            own = self._ledger.axes[axis]
            shown = self._ledger.entries[number].shown
            cells = np.flatnonzero(shown & (self._ledger.coordinates[:, axis] == own.index[member]))
            places = np.column_stack([self._ledger.population, self._ledger.coordinates])[cells]
            places[:, 1 + axis] = own.total
            nodes = np.array([self._node.get(place.tobytes(), -1) for place in places], dtype=np.int64)
            self._found[number] = cells[nodes >= 0], nodes[nodes >= 0]
        return self._found[number]


def of_the_whole(tables: TableSet, release: EarlierRelease) -> dict[tuple[str, str], Ints]:
    """Return which node is each row of a release that is of its whole period, int64 (rows,), or -1 where none is.

    The keys are table and population.
    """
    whole = release.whole
    called = [
        replace(one, members=tuple(TOTAL if (one.name, code) == whole else f"not {TOTAL}" for code in one.members))
        if whole is not None and one.name == whole[0]
        else one
        for one in release.dimensions
    ]
    return present_cells(tables, replace(release, dimensions=tuple(called)))


def _people(tables: TableSet, population: str, days: Days, others: Sequence[tuple[int, Days]]) -> Reals:
    """Return how many contributors are known to the office in a period, on the nodes, float64 (nodes,)."""
    known = np.full(len(tables.nodes), np.nan)
    for release in (tables.earlier[number] for number, own in others if own == days):
        told = [table for table in release.tables if population in table.people]
        nodes = of_the_whole(tables, release) if told else {}
        for table in told:
            at = nodes[table.name, population]
            people = np.where(table.withheld[population], np.nan, table.people[population])
            here = np.flatnonzero((at >= 0) & ~np.isnan(people))
            here = here[np.isnan(known[at[here]])]
            known[at[here]] = people[here]
    return known


@dataclass(frozen=True)
class _Number:
    """A measure with its present values, and those of each other period, float64 (nodes,) each.

    Without a measure, these are the numbers of contributors, of whom the office alone knows how many there are.
    """

    tables: TableSet
    measure: Measure | None
    earlier: Sequence[Reals]

    @property
    def counts(self) -> bool:
        """Whether it is the number of contributors."""
        return self.measure is None or self.measure in self.tables.counting

    def now(self) -> Reals:
        """Return its present values, not a number where no table has them, or where readers had them before."""
        if self.measure is None:
            return self.tables.contributors.astype(np.float64)
        values, present = self.tables.measure_on_nodes(self.measure)
        return np.where(present & ~self.tables.ledger.told_of(self.measure.name), values, np.nan)


# Stretches of days ----------------------------------------------------------------------------------------------------


class _Links:
    """How days hang together in each of some cells, before the present release and with it.

    Of days with the same label, `height` tells how much lies between them.
    """

    def __init__(
        self, number: _Number, nodes: Ints, links: Sequence[tuple[int, int]], present: tuple[int, int], points: int
    ) -> None:
        self.number, self.present, self.points = number, present, points
        self._label = np.tile(np.arange(points), (len(nodes), 1))
        self._height = np.zeros((len(nodes), points))
        for link, values in zip(links, number.earlier, strict=True):
            self._connect(link, values[nodes])
        # Sums of different weights are different: what is zero before and after is a difference of known numbers.
        weights = np.random.default_rng(0).integers(1 << 40, size=points)
        self._before = weights[self._label]
        self._first = [self._before[:, day].copy() for day in present]
        self._connect(present, number.now()[nodes])
        self._after = weights[self._label]

    def _connect(self, link: tuple[int, int], values: Reals) -> None:
        first, after = link
        apart = ~np.isnan(values) & (self._label[:, first] != self._label[:, after])
        shift = np.where(apart, self._height[:, first] + np.nan_to_num(values) - self._height[:, after], 0.0)
        moved = apart[:, None] & (self._label == self._label[:, after][:, None])
        self._height += np.where(moved, shift[:, None], 0.0)
        self._label = np.where(moved, self._label[:, first][:, None], self._label)

    def rest(self, days: Sequence[int]) -> tuple[Flags, Flags, Reals]:
        """Return where stretches from day to day follow now and did not before, and how much there is in them.

        Flags are bool (nodes,): whether it follows, and whether the present release is what others are taken from.
        What is made up of stretches that follow by themselves is left out, for these are looked at as well.
        """
        starts, ends = list(days[::2]), list(days[1::2])
        gaps = self._after[:, ends] - self._after[:, starts]
        follows = gaps.sum(axis=1) == 0
        for size in range(1, len(starts)):
            for some in combinations(range(len(starts)), size):
                follows &= gaps[:, some].sum(axis=1) != 0
        for first, after in zip(starts, ends, strict=True):
            for between in range(first + 1, after):
                follows &= self._after[:, between] != self._after[:, first]
                follows &= self._after[:, between] != self._after[:, after]
        before = (self._before[:, ends] - self._before[:, starts]).sum(axis=1)
        follows &= before != 0
        # Added to what followed before, the present link closes the gap with one sign or the other.
        whole = before == self._first[1] - self._first[0]
        return follows, whole, (self._height[:, ends] - self._height[:, starts]).sum(axis=1)

    def choices(self) -> Iterator[tuple[int, ...]]:
        """Yield the days at which stretches can begin and end, but those of the present period itself."""
        for pieces in range(1, self.points // 2 + 1):
            if pieces > 1 and comb(self.points, 2 * pieces) > MOST:
                return
            yield from (days for days in combinations(range(self.points), 2 * pieces) if days != self.present)


def _look(found: RestsOverTime, nodes: Ints, links: Sequence[_Links]) -> None:
    """Add to what was found what follows in some nodes, which are of one population."""
    for days in links[0].choices() if links else ():
        rests = [(one, *one.rest(days)) for one in links]
        new = np.full(len(nodes), np.inf)
        for one, follows, whole, left in rests:
            some = follows & (left > 0.5)
            _lower(found.least, nodes, np.where(some, left, np.inf))
            _lower(found.least_of_whole, nodes, np.where(some & whole, left, np.inf))
            found.empty[nodes] |= follows & (np.abs(left) <= 0.5)
            if one.number.counts:
                new = np.where(follows & (left > -0.5), np.minimum(new, left), new)
        for one, follows, _, left in rests:
            if not one.number.counts:
                _lower(found.least_new, nodes, np.where(follows & (left > 0.5), new, np.inf))


def _lower(least: Reals, nodes: Ints, values: Reals) -> None:
    least[nodes] = np.minimum(least[nodes], values)
