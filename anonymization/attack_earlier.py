"""The equations that a reader gains from earlier releases, written down from what was published and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from anonymization.attack_pictures import Picture, Pictures
from anonymization.attack_revised import Named, named_cells, revised, values_now
from anonymization.attack_unseen import sums_by_unseen
from anonymization.dimension import TOTAL
from anonymization.ledger import EarlierRelease, Members

if TYPE_CHECKING:
    from anonymization.attack import Cell, Equations
    from anonymization.published import Published, PublishedMeasure


SEVERAL = ""
"""Stands for the dimension of a sum that runs along several, by way of cells that no release has."""

SumOfMembers = tuple[str, frozenset[tuple[str, str]], tuple[Members, ...]]
"""What it runs along, the parents, and the children: each a set of members that replaces the one that is summed."""


@dataclass
class _Seen:
    """What one release says in one family of values: shown numbers (perhaps not known), and withheld cells."""

    shown: dict[Named, float] = field(default_factory=dict)
    withheld: dict[Named, None] = field(default_factory=dict)
    """In the order of the tables: the attack must not depend on how Python orders sets of names."""
    versions: dict[Named, int] = field(default_factory=dict)
    """Where it is told: numbers of two releases are the same where these are, and others where they are not."""

    def __contains__(self, cell: Named) -> bool:
        return cell in self.shown or cell in self.withheld


class EarlierReader:
    """Adds the equations of earlier releases to those of the present one, for the measures of one system."""

    def __init__(
        self,
        published: Published,
        measures: Sequence[PublishedMeasure],
        equations: Equations,
        *,
        explanation: int = 0,
    ) -> None:
        self._published, self._measures, self._equations = published, measures, equations
        self._by_population = {one.population: one for one in measures}
        names = [one.name for one in measures]
        self._revised = [frozenset().union(*(own[name] for name in names)) for own in revised(published)]
        self._truth: dict[Named, float] = {}
        for measure in measures:
            self._truth |= values_now(published, measure)
        self._now, self._seen = _Seen(), [self._read(release) for release in published.earlier]
        none: tuple[frozenset[tuple[str, Members]], ...] = (frozenset(),) * len(published.earlier)
        self._moved = published.moved[explanation] if published.moved else none
        self._hidden: dict[Named, int] = {}
        self._cells: dict[Named, Cell] = {}
        self._own: dict[tuple[int, Named], int] = {}

    def add(self, shown: Mapping[Cell, float], hidden: Mapping[Cell, int]) -> None:
        """Add every equation; `shown` and `hidden` are the present cells with their values and unknowns."""
        for cell in (*shown, *hidden):
            named = self._named(cell)
            self._cells[named] = cell
            if cell in hidden:
                self._hidden[named] = hidden[cell]
                self._now.withheld[named] = None
            else:
                self._now.shown[named] = shown[cell]
        sums = list(self._sums())
        for number, seen in enumerate(self._seen):
            self._look_up(number, seen)
        for number, seen in enumerate(self._seen):
            self._add_own(number, seen, sums)
        if any(cell not in self._now for seen in self._seen for cell in (*seen.shown, *seen.withheld)):
            self._add_between(sums)

    # Cells ------------------------------------------------------------------------------------------------------------

    def _named(self, cell: Cell) -> Named:
        pairs = zip(self._published.dimensions, cell.place, strict=True)
        return Named(cell.population, frozenset((one.name, one.members[at]) for one, at in pairs if at != one.total))

    def _read(self, release: EarlierRelease) -> _Seen:
        seen = _Seen()
        for table in release.tables:
            for measure in self._measures:
                if measure.population in table.withheld and measure.name in table.values:
                    cells = named_cells(release, table, measure.population)
                    told = table.versions_of_values.get(measure.name)
                    if measure.counts_contributors:
                        told = table.versions.get(measure.population)
                    if told is not None:
                        seen.versions |= dict(zip(cells, told.tolist(), strict=True))
                    rows = zip(
                        cells,
                        table.values[measure.name].tolist(),
                        table.withheld[measure.population].tolist(),
                        strict=True,
                    )
                    for cell, value, gone in rows:
                        if gone:
                            seen.withheld[cell] = None
                        elif np.isnan(seen.shown.get(cell, np.nan)):
                            seen.shown[cell] = value
        seen.withheld = {cell: None for cell in seen.withheld if cell not in seen.shown}
        return seen

    def _has_moved(self, number: int, cell: Named) -> bool:
        """Whether a withheld cell has changed: it had somebody in it and is empty now, or the explanation says so."""
        nobody = self._now.shown.get(cell) == 0
        empty = nobody and self._published.earlier[number].zeros == "publish"
        return empty or (self._by_population[cell.population].name, cell.place) in self._moved[number]

    def _look_up(self, number: int, seen: _Seen) -> None:
        """What was shown and is withheld, or was withheld and is shown: the reader just looks it up."""
        for cell, value in seen.shown.items():
            if cell in self._hidden and cell not in self._revised[number]:
                same = self._truth.get(cell, value) if self._published.truth or np.isnan(value) else value
                if not np.isnan(same):
                    self._equations.rows.append({self._hidden[cell]: 1})
                    self._equations.constants.append(same)
        for cell in seen.withheld:
            if cell in self._now.shown and not self._has_moved(number, cell):
                if any(cell in other.shown and cell not in self._revised[k] for k, other in enumerate(self._seen)):
                    continue
                unknown = self._equations.unknown(self._cells[cell], self._by_population[cell.population].lowest)
                self._equations.rows.append({unknown: 1})
                self._equations.constants.append(self._now.shown[cell])

    def _term(self, number: int | None, cell: Named, *, then: bool) -> tuple[int | None, float]:
        """Return the unknown that stands for a cell of an earlier release (of the present, without), or its value."""
        if number is not None and number < len(self._seen):
            seen = self._seen[number]
            if cell in seen.shown:
                value = seen.shown[cell]
                return None, value if then or np.isnan(value) else self._truth[cell]
            if cell not in self._now or self._has_moved(number, cell):
                return self._unseen(number, cell)
        return (None, self._now.shown[cell]) if cell in self._now.shown else (self._hidden[cell], 0.0)

    def _unseen(self, number: int, cell: Named) -> tuple[int | None, float]:
        """Return what stands for a number that a release withheld and the present one has not: what others told of it.

        Where nothing tells them apart, releases that withheld a cell which is gone withheld the same number.
        """
        other = cell in self._now
        versions = [seen.versions.get(cell, -1 - k if other else 0) for k, seen in enumerate(self._seen)]
        alike = [k for k, seen in enumerate(self._seen) if cell in seen and versions[k] == versions[number]]
        told = [self._seen[k].shown[cell] for k in alike if cell in self._seen[k].shown]
        if told:
            return None, told[-1]
        hidden = [k for k in alike if not other or self._has_moved(k, cell)]
        if (hidden[0], cell) not in self._own:
            lowest = self._by_population[cell.population].lowest
            somebody = any(self._published.earlier[k].zeros == "publish" for k in hidden)
            self._own[hidden[0], cell] = self._equations.unknown(cell, lowest if somebody else min(lowest, 0.0))
        return self._own[hidden[0], cell], 0.0

    # Sums -------------------------------------------------------------------------------------------------------------

    def _sums(self) -> Iterator[SumOfMembers]:
        """Yield every sum that any release has, as members that take each other's place."""
        found: dict[SumOfMembers, None] = {}
        for one in self._published.dimensions:
            names = one.members if one.has_total else (*one.members, TOTAL)
            for parent, children in one.sums:
                found[_sum(one.name, names[parent], [names[child] for child in children])] = None
        for release in self._published.earlier:
            for dimension in release.dimensions:
                for above, below in dimension.sums:
                    found[_sum(dimension.name, above, below)] = None
        yield from found
        members = {one.name: one.members for one in self._published.dimensions}
        for link in self._published.links:
            sides = [
                tuple(frozenset({(name, members[name][at])}) for at in some)
                for name, some in (link.parents, link.children)
            ]
            yield link.name, frozenset(pair for side in sides for one in side for pair in one), (*sides[0], *sides[1])

    def _families(self, sums: Sequence[SumOfMembers], cells: Iterable[Named]) -> Iterator[_Family]:
        """Yield every sum of which all cells are among those given."""
        known = dict.fromkeys(cells)
        dimensions = {one.name for one in self._published.dimensions}
        dimensions |= {one.name for release in self._published.earlier for one in release.dimensions}
        at: dict[tuple[str, str], list[Named]] = defaultdict(list)
        for cell in known:
            own = dict(cell.place)
            for name in dimensions:
                at[name, own.get(name, TOTAL)].append(cell)
        links = {one.name: one for one in self._published.links}
        for name, pairs, sides in sums:
            if name in links:
                heads = len(links[name].parents[1])
                first = next(iter(sides[heads]))
                apart = {dimension for dimension, _ in pairs}
                for cell in at[first]:
                    rest = cell.place - {first}
                    if not any(dimension in apart for dimension, _ in rest):
                        yield from _whole(name, cell, rest, (sides[:heads], sides[heads:]), known)
            else:
                above = next(iter(pairs))
                for cell in at[above]:
                    yield from _whole(name, cell, cell.place - {above}, ((_placed(above),), sides), known)

    def _add_own(self, number: int, seen: _Seen, sums: Sequence[SumOfMembers]) -> None:
        """Add the sums among an earlier release's own cells that have a withheld cell."""
        changed = self._revised[number]
        present = set(self._present_sums())
        for family in self._families(sums, (*seen.shown, *seen.withheld)):
            cells = family.cells
            if not any(cell in seen.withheld for cell in cells):
                continue
            here = all(cell in self._now for cell in cells)
            moved = any(cell in changed or self._has_moved(number, cell) for cell in cells)
            if here and not moved and family.shape in present:
                continue
            true = all(cell in self._truth for cell in cells if cell in seen.shown)
            settled = bool(here and self._published.truth and true)
            settled = settled and not any(self._has_moved(number, cell) for cell in cells)
            self._add(family, [number] * len(cells), then=not settled)

    def _present_sums(self) -> Iterator[tuple[str, Members, frozenset[Members]]]:
        for one in self._published.dimensions:
            names = one.members if one.has_total else (*one.members, TOTAL)
            for parent, children in one.sums:
                name, above, below = _sum(one.name, names[parent], [names[child] for child in children])
                yield name, _placed(next(iter(above))), frozenset(below)
        for link in self._published.links:
            yield link.name, frozenset(), frozenset()

    def _add_between(self, sums: Sequence[SumOfMembers]) -> None:
        """Add the sums of which one release has some cells and another the others, unless shown numbers deny them."""
        everything = [*self._seen, self._now]
        union = {cell: None for seen in (self._now, *self._seen) for cell in (*seen.shown, *seen.withheld)}
        families = [
            family
            for family in self._families(sums, union)
            if not any(all(cell in seen for cell in family.cells) for seen in everything)
        ]
        families += [one for one in self._by_unseen(union) if not all(cell in self._now for cell in one.cells)]
        owners = [
            [[k for k, seen in enumerate(everything) if cell in seen] for cell in family.cells] for family in families
        ]
        pictures = Pictures(owners, lambda at, picture: self._agrees(families[at], picture))
        for at, family in enumerate(families):
            for picture in pictures.of(at, partial(self._terms, family), len(family.parents)):
                if self._agrees(family, picture) is not False:
                    self._add(family, picture, then=True)

    def _by_unseen(self, cells: Iterable[Named]) -> Iterator[_Family]:
        sums = [
            (one.name, (one.members if one.has_total else (*one.members, TOTAL)), one.sums)
            for one in self._published.dimensions
        ]
        named = [
            (name, names[parent], tuple(names[child] for child in children))
            for name, names, own in sums
            for parent, children in own
        ]
        for release in self._published.earlier:
            named += [(one.name, *sum_) for one in release.dimensions for sum_ in one.sums]
        for wholes, parts in sums_by_unseen(cells, named):
            yield _Family(SEVERAL, wholes, parts, (SEVERAL, frozenset(), frozenset()))

    def _terms(self, family: _Family, picture: Picture) -> tuple[tuple[int | None, float], ...]:
        return tuple(self._term(number, cell, then=True) for number, cell in zip(picture, family.cells, strict=True))

    def _agrees(self, family: _Family, picture: Picture) -> bool | None:
        """Whether numbers of then and present values add up; None where nobody can tell."""
        total, largest = 0.0, 0.0
        for place, (cell, (unknown, value)) in enumerate(zip(family.cells, self._terms(family, picture), strict=True)):
            number = value
            if unknown is not None or picture[place] == len(self._seen):
                same = unknown is None or unknown == self._hidden.get(cell)
                number = self._truth.get(cell, np.nan) if same else np.nan
            if np.isnan(number):
                return None
            total += -number if place < len(family.parents) else number
            largest = max(largest, abs(number))
        return abs(total) <= 1e-9 * max(largest, 1.0)

    def _add(self, family: _Family, picture: Sequence[int], *, then: bool) -> None:
        """Write down a sum, or in its place that nothing on one side is more than the other side."""
        terms = [(self._term(at, cell, then=then), 1) for at, cell in zip(picture, family.cells, strict=True)]
        parents, children = terms[: len(family.parents)], terms[len(family.parents) :]
        if self._holds(family):
            self._write([*((term, -1) for term, _ in parents), *children], elastic=then)
            return
        if family.name == SEVERAL:
            return  # of persons who are in several parts, nothing certain follows
        for side, other in ((parents, children), (children, parents)):
            for term, _ in side:
                self._write([*other, (term, -1)], elastic=then, gap=True)

    def _holds(self, family: _Family) -> bool:
        measure = self._by_population[family.cells[0].population]
        names = {one.name for one in self._published.dimensions} | {one.name for one in self._published.links}
        if family.name in measure.exact or (family.name not in names and measure.exact >= names):
            return True
        if not all(cell in self._cells for cell in family.cells):
            return False
        places = (min(self._cells[cell].place for cell in side) for side in (family.parents, family.children))
        return (family.name, *places) in measure.exact_sums

    def _write(
        self, terms: Sequence[tuple[tuple[int | None, float], int]], *, elastic: bool, gap: bool = False
    ) -> None:
        row: dict[int, int] = {}
        constant = 0.0
        for (unknown, value), sign in terms:
            if unknown is None:
                constant -= sign * value
            else:
                row[unknown] = row.get(unknown, 0) + sign
        # Nothing follows from a number that readers do not have, nor from a sum without anything unknown.
        if np.isnan(constant) or not any(row.values()):
            return
        row = {unknown: sign for unknown, sign in row.items() if sign}
        if gap:
            row[self._equations.unknown(None, 0.0)] = -1
        if elastic:
            self._equations.elastic.append(len(self._equations.rows))
        self._equations.rows.append(row)
        self._equations.constants.append(constant)


@dataclass(frozen=True)
class _Family:
    """One sum, by its cells; `shape` says which members take which place, whatever stands beside them."""

    name: str
    parents: tuple[Named, ...]
    children: tuple[Named, ...]
    shape: tuple[str, Members, frozenset[Members]]

    @property
    def cells(self) -> tuple[Named, ...]:
        return (*self.parents, *self.children)


def _placed(pair: tuple[str, str]) -> Members:
    return frozenset() if pair[1] == TOTAL else frozenset({pair})


def _sum(name: str, parent: str, children: Iterable[str]) -> SumOfMembers:
    return name, frozenset({(name, parent)}), tuple(_placed((name, child)) for child in children)


def _whole(
    name: str,
    cell: Named,
    rest: Members,
    sides: tuple[tuple[Members, ...], tuple[Members, ...]],
    known: Container[Named],
) -> Iterator[_Family]:
    above, below = (tuple(Named(cell.population, rest | one) for one in side) for side in sides)
    if all(one in known for one in (*above, *below)):
        link = len(sides[0]) > 1 or {pair[0] for one in (*sides[0], *sides[1]) for pair in one} != {name}
        shape = (name, frozenset(), frozenset()) if link else (name, sides[0][0], frozenset(sides[1]))
        yield _Family(name, above, below, shape)
