"""An attacker who has several releases on the table: every sum over all of them at once, and no code of ours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from scipy.sparse import csr_matrix

from anonymization.published import Published
from tests.support.attacker import PublishedTable, System, by_linear_algebra

TOTAL = "_T"

Cell = frozenset[tuple[str, str]]
"""A cell by its members that are no totals, whatever table or release shows it."""

Sum = tuple[str, str, tuple[str, ...]]
"""A dimension, a member of it, and the members that add up to it."""


def same(cell: Cell) -> Cell:
    """Nothing has changed: a cell of one release is the cell of another."""
    return cell


class Everything:
    """All cells that were ever published of the same records, and every sum among them.

    `known` are sums that everybody knows although no release says so, as of a merger of provinces. Where records were
    revised, the caller names the cells that changed: this attacker knows which, which is more than any reader does.
    """

    def __init__(self, known: Iterable[Sum] = ()) -> None:
        self._shown: dict[Cell, float] = {}
        self._hidden: set[Cell] = set()
        self._known = list(known)
        self._rows: list[dict[Cell, int]] = []

    def read(self, published: Published, measure: str, name: Callable[[Cell], Cell] = same) -> None:
        """Take in what a release shows of a measure; `name` tells apart cells that have changed."""
        members = {one.name: one.members for one in published.dimensions}
        sums = [
            (one.name, one.members[parent], tuple(one.members[child] for child in children))
            for one in published.dimensions
            for parent, children in one.sums
            if parent < len(one.members)
        ]
        for table in published.tables:
            columns = [[(own, members[own][at]) for at in table.coordinates[own].tolist()] for own in table.dimensions]
            (gone,) = table.withheld.values()
            values = [
                None if hidden else float(value)
                for value, hidden in zip(table.values[measure].tolist(), gone.tolist(), strict=True)
            ]
            self._take(list(zip(*columns, strict=True)), values, sums, name)

    def read_packages(
        self, tables: Sequence[PublishedTable], measure: str, name: Callable[[Cell], Cell] = same
    ) -> None:
        """Take in the tables of a downloaded package."""
        for table in tables:
            if measure in table.frame:
                pairs = [[(own, code) for code in table.frame[own]] for own in table.dimensions]
                values = [None if np.isnan(value) else float(value) for value in table.frame[measure]]
                sums = []
                for own in table.dimensions:
                    below: dict[str, list[str]] = defaultdict(list)
                    for member, parent in table.parents[own].items():
                        below[parent].append(member)
                    sums += [(own, parent, tuple(children)) for parent, children in below.items()]
                self._take(list(zip(*pairs, strict=True)), values, sums, name)

    def _take(
        self,
        places: Sequence[tuple[tuple[str, str], ...]],
        values: Sequence[float | None],
        sums: Sequence[Sum],
        name: Callable[[Cell], Cell],
    ) -> None:
        cells = [frozenset(pair for pair in place if pair[1] != TOTAL) for place in places]
        for cell, value in zip(cells, values, strict=True):
            if value is None:
                self._hidden.add(name(cell))
            else:
                self._shown[name(cell)] = value
        self._rows += [{name(cell): sign for cell, sign in row.items()} for row in _rows(set(cells), sums)]

    @property
    def withheld(self) -> int:
        """How many different cells some table withheld."""
        return len(self._hidden)

    def looked_up(self) -> dict[Cell, float]:
        """Return the cells that one table withholds and another shows."""
        return {cell: self._shown[cell] for cell in self._hidden & self._shown.keys()}

    def recovered(self) -> dict[Cell, float]:
        """Return the withheld cells that can be worked out, with their values: looked up elsewhere, or by algebra."""
        loot = by_linear_algebra(self._system()).recovered
        return self.looked_up() | {cell: round(value) for cell, value in loot.items()}

    def _system(self) -> System:
        cells = [*self._shown, *sorted(self._hidden - self._shown.keys(), key=sorted)]
        number = {cell: place for place, cell in enumerate(cells)}
        values = np.full(len(cells), np.nan)
        values[: len(self._shown)] = list(self._shown.values())
        everything = [*self._rows, *_rows(number.keys(), self._known)]
        entries = [(row, number[cell], sign) for row, terms in enumerate(everything) for cell, sign in terms.items()]
        rows, columns, signs = np.array(entries).T
        matrix = csr_matrix((signs.astype(float), (rows, columns)), shape=(len(everything), len(cells)))
        return System(cells, values, matrix)


def mergers(dimension: str, successors: Mapping[str, str]) -> list[Sum]:
    """Return what each new member is made of."""
    parts: dict[str, list[str]] = defaultdict(list)
    for old, new in successors.items():
        parts[new].append(old)
    return [(dimension, new, tuple(own)) for new, own in parts.items()]


def _rows(cells: Iterable[Cell], sums: Iterable[Sum]) -> list[dict[Cell, int]]:
    known = set(cells)
    at: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    sums = list(sums)
    for name in {name for name, _, _ in sums}:
        for cell in known:
            at[name, dict(cell).get(name, TOTAL)].append(cell)
    found = []
    for name, parent, children in sums:
        for cell in at[name, parent]:
            rest = cell - {(name, parent)}
            below = [rest | {(name, child)} for child in children]
            if all(one in known for one in below):
                found.append({cell: -1, **dict.fromkeys(below, 1)})
    return found
