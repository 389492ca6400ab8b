"""The equations that readers can set up from a release, built from what is published and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import gcd
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from scipy import sparse

from anonymization.attack_earlier import EarlierReader
from anonymization.attack_revised import Named
from anonymization.link import Link
from anonymization.published import Place, Published, PublishedMeasure, PublishedTable


class Cell(NamedTuple):
    """One number: of a population, or of a whole without its part (`rest`), at a place."""

    population: str
    place: Place
    rest: bool = False


@dataclass
class Equations:
    """`sum(coefficient * unknown) = constant` for each row, and a lowest value for each unknown.

    Unknowns are withheld cells, rests, and gaps between a margin of distinct persons and its cells (no cell). Rows in
    `elastic` have numbers of earlier releases that may have been revised since: their constants need not fit the rest.
    Where values are whole, all are multiples of `unit`.
    """

    integer: bool
    unknowns: list[Cell | Named | None] = field(default_factory=list)
    lowest: list[float] = field(default_factory=list)
    rows: list[dict[int, int]] = field(default_factory=list)
    constants: list[float] = field(default_factory=list)
    elastic: list[int] = field(default_factory=list)
    unit: int = 1

    def unknown(self, cell: Cell | Named | None, lowest: float) -> int:
        """Add an unknown and return its number."""
        self.unknowns.append(cell)
        self.lowest.append(lowest)
        return len(self.unknowns) - 1

    def unit_of_all(self) -> int:
        """Return the largest part of the unit of which every constant is a multiple: earlier numbers may differ."""
        return gcd(self.unit, *(round(constant) for constant in self.constants))

    def matrix(self) -> sparse.csr_array:
        """Return the coefficients, float64 (rows, unknowns)."""
        entries = [(row, column, value) for row, own in enumerate(self.rows) for column, value in own.items()]
        rows, columns, values = np.array(entries, dtype=np.int64).reshape(-1, 3).T
        shape = (len(self.rows), len(self.unknowns))
        return sparse.csr_array((values.astype(np.float64), (rows, columns)), shape=shape)


def equations_of(published: Published) -> Iterator[Equations]:
    """Yield one system for all that counts contributors, parts and wholes together, and one for each other measure.

    Where it is in doubt what has changed since earlier releases, each explanation has systems of its own. Where values
    follow from the number of contributors, a measure has a second one, in which they are known.
    """
    yield from counting_of(published)
    for explanation in range(_explanations(published)):
        for measure in published.measures:
            if not measure.counts_contributors:
                yield Reader(published, [measure]).read(explanation)
                if supposed := published.supposed.get(measure.name):
                    yield Reader(published, [measure], supposed).read(explanation)


def counting_of(published: Published) -> Iterator[Equations]:
    """Yield the systems of all that counts contributors alone: one, or one for each explanation of what has changed."""
    counting = [one for one in published.measures if one.counts_contributors]
    if counting:
        for explanation in range(_explanations(published)):
            yield Reader(published, counting).read(explanation)


def at_least_as_many(published: Published) -> Iterator[Equations]:
    """Yield the systems of measures that bound contributors: where there can be few visits, there are few people."""
    for explanation in range(_explanations(published)):
        for measure in published.measures:
            if measure.name in published.as_many and not measure.counts_contributors:
                yield Reader(published, [measure]).read(explanation)


def _explanations(published: Published) -> int:
    return max(1, len(published.moved))


def _moved(cell: Cell, places: Mapping[int, int]) -> Cell:
    """Return the cell with other members at some of the dimensions."""
    return cell._replace(place=tuple(places.get(axis, member) for axis, member in enumerate(cell.place)))


def places_of(published: Published, table: PublishedTable, population: str) -> list[Cell]:
    """Return the cell behind each row of a table; a dimension that the table lacks stands at its total."""
    rows = len(table.withheld[population])
    columns = [
        table.coordinates[one.name].tolist() if one.name in table.dimensions else [one.total] * rows
        for one in published.dimensions
    ]
    return (
        [Cell(population, place) for place in zip(*columns, strict=True)] if columns else [Cell(population, ())] * rows
    )


class Reader:
    """Collects the cells of some measures and writes down every equation among them."""

    def __init__(
        self,
        published: Published,
        measures: Sequence[PublishedMeasure],
        supposed: Mapping[Place, float] = MappingProxyType({}),
    ) -> None:
        self._published = published
        self._supposed = supposed
        self._measures = {one.population: one for one in measures}
        self._equations = Equations(integer=all(one.integer for one in measures))
        if len(measures) == 1:
            self._equations.unit = measures[0].unit
        self._shown: dict[Cell, float] = {}
        self._hidden: dict[Cell, int] = {}
        self._unseen: set[Cell] = set()
        self._loose: set[Cell] = set()
        for table in published.tables:
            for measure in measures:
                if measure.name in table.values:
                    self._collect(table, measure)
        crossings = zip(published.crossings, published.exact_only, strict=True)
        for names, exact_only in sorted(crossings, key=lambda one: one[1]):
            for measure in measures:
                self._cross(names, measure, exact_only=exact_only)

    def read(self, explanation: int) -> Equations:
        """Return every equation that these measures give."""
        for cell in self._shown.keys() & self._hidden.keys():
            # Withheld in one table and shown in another: the reader just looks it up.
            self._equations.rows.append({self._hidden[cell]: 1})
            self._equations.constants.append(self._shown[cell])
        for axis in range(len(self._published.dimensions)):
            self._read_sums(axis)
        for link in self._published.links:
            self._read_link(link)
        if self._published.earlier:
            measures = list(self._measures.values())
            earlier = EarlierReader(self._published, measures, self._equations, explanation=explanation)
            earlier.add(self._shown, self._hidden)
        for population in self._published.populations:
            if population.complement_of in self._measures and population.name in self._measures:
                self._read_rests(population.complement_of, population.name)
        return self._equations

    def _collect(self, table: PublishedTable, measure: PublishedMeasure) -> None:
        cells = places_of(self._published, table, measure.population)
        hidden = table.withheld[measure.population].tolist()
        for cell, value, gone in zip(cells, table.values[measure.name].tolist(), hidden, strict=True):
            if not gone:
                self._shown[cell] = value
            elif cell.place in self._supposed:
                self._shown[cell] = self._supposed[cell.place]
            elif cell not in self._hidden:
                self._hidden[cell] = self._equations.unknown(cell, measure.lowest)

    def _cross(self, names: Sequence[str], measure: PublishedMeasure, *, exact_only: bool) -> None:
        """Add the cells that no table shows: unknown, though most may be found out; in some there can be nobody."""
        choices = [range(len(one.members)) if one.name in names else [one.total] for one in self._published.dimensions]
        for place in product(*choices):
            cell = Cell(measure.population, place)
            if cell not in self._shown and cell not in self._hidden:
                self._unseen.add(cell)
                if exact_only:
                    self._loose.add(cell)
                if place in self._published.empty:
                    self._shown[cell] = 0.0
                elif place in self._supposed:
                    self._shown[cell] = self._supposed[place]
                else:
                    secret = cell if cell in self._published.secret else None
                    self._hidden[cell] = self._equations.unknown(secret, min(measure.lowest, 0.0))

    def _cells(self) -> list[Cell]:
        return list(dict.fromkeys((*self._shown, *self._hidden)))

    def _read_sums(self, axis: int) -> None:
        dimension = self._published.dimensions[axis]
        at: dict[int, list[Cell]] = defaultdict(list)
        for cell in self._cells():
            at[cell.place[axis]].append(cell)
        for parent, children in dimension.sums:
            for cell in at[parent]:
                before, after = cell.place[:axis], cell.place[axis + 1 :]
                below = [Cell(cell.population, (*before, child, *after)) for child in children]
                if all(one in self._shown or one in self._hidden for one in below):
                    self._add_sum([cell], below, exact=self._holds(dimension.name, [cell], below))

    def _read_link(self, link: Link) -> None:
        """A link is read wherever its members stand by themselves, with the other dimension at its total."""
        axes = {one.name: axis for axis, one in enumerate(self._published.dimensions)}
        below, above = axes[link.children[0]], axes[link.parents[0]]
        totals = {axis: self._published.dimensions[axis].total for axis in (below, above)}
        first = {below: link.children[1][0], above: totals[above]}
        for cell in [one for one in self._cells() if all(one.place[axis] == at for axis, at in first.items())]:
            children = [_moved(cell, {below: member}) for member in link.children[1]]
            parents = [_moved(cell, {below: totals[below], above: member}) for member in link.parents[1]]
            if all(one in self._shown or one in self._hidden for one in (*children, *parents)):
                self._add_sum(parents, children, exact=self._holds(link.name, parents, children))

    def _holds(self, origin: str, parents: Sequence[Cell], children: Sequence[Cell]) -> bool:
        """Return whether readers may take a margin for the sum of its cells."""
        measure = self._measures[parents[0].population]
        places = (min(cell.place for cell in side) for side in (parents, children))
        return origin in measure.exact or (origin, *places) in measure.exact_sums

    def _add_sum(self, parents: list[Cell], children: list[Cell], *, exact: bool) -> None:
        """Nobody is on both sides for nothing: each cell of one side is at most the sum of the other."""
        if exact:
            self._add([*((one, -1) for one in parents), *((one, 1) for one in children)])
            return
        if not self._loose.isdisjoint((*parents, *children)):
            return
        for side, other in ((parents, children), (children, parents)):
            for one in side:
                self._add([*((cell, 1) for cell in other), (one, -1)], gap=-1)

    def _add(self, terms: Sequence[tuple[Cell, int]], *, gap: int = 0) -> None:
        if not any(cell in self._hidden for cell, _ in terms):
            return
        row: dict[int, int] = {}
        constant = 0.0
        for cell, sign in terms:
            if cell in self._hidden:
                row[self._hidden[cell]] = sign
            else:
                constant -= sign * self._shown[cell]
        if gap:
            row[self._equations.unknown(None, 0.0)] = gap
        self._equations.rows.append(row)
        self._equations.constants.append(constant)

    def _read_rests(self, whole: str, part: str) -> None:
        for cell in [one for one in self._cells() if one.population == part and not one.rest]:
            above = Cell(whole, cell.place)
            if above in self._shown or above in self._hidden:
                if (part, cell.place) in self._published.wholly:
                    self._add([(above, 1), (cell, -1)])
                    continue
                rest = Cell(part, cell.place, rest=True)
                free = bool({cell, above} & self._unseen) and rest not in self._published.secret
                self._hidden[rest] = self._equations.unknown(None if free else rest, 0.0)
                self._add([(above, 1), (cell, -1), (rest, -1)])
