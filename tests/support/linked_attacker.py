"""An attacker who has several releases on the table: every sum over all of them at once, and no code of ours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from scipy.sparse import csr_matrix

from anonymization.published import Published
from tests.support.attacker import System, by_linear_algebra

Cell = frozenset[tuple[str, str]]
"""A cell by its members that are no totals, whatever table or release shows it."""

Row = dict[Cell, int]


class Everything:
    """All cells that were ever published of the same records, which did not change meanwhile."""

    def __init__(self, *, mergers: tuple[str, Mapping[str, str]] | None = None) -> None:
        self._shown: dict[Cell, float] = {}
        self._hidden: set[Cell] = set()
        self._members: dict[str, dict[tuple[str, tuple[str, ...]], None]] = defaultdict(dict)
        if mergers is not None:
            name, successors = mergers
            parts: dict[str, list[str]] = defaultdict(list)
            for old, new in successors.items():
                parts[new].append(old)
            for new, own in parts.items():
                self._members[name][new, tuple(own)] = None

    def read(self, published: Published, measure: str) -> None:
        """Take in the tables of a release, and which members make up which."""
        for one in published.dimensions:
            for parent, children in one.sums:
                if parent < len(one.members):
                    self._members[one.name][one.members[parent], tuple(one.members[child] for child in children)] = None
        for table in published.tables:
            names = {one.name: one.members for one in published.dimensions}
            columns = [[(name, names[name][at]) for at in table.coordinates[name].tolist()] for name in table.dimensions]
            (gone,) = table.withheld.values()
            for pairs, value, hidden in zip(
                zip(*columns, strict=True), table.values[measure].tolist(), gone.tolist(), strict=True
            ):
                cell = frozenset(pair for pair in pairs if pair[1] != "_T")
                if hidden:
                    self._hidden.add(cell)
                else:
                    self._shown[cell] = float(value)

    @property
    def withheld(self) -> int:
        """How many different cells some table withheld."""
        return len(self._hidden)

    def recovered(self) -> dict[Cell, float]:
        """Return the withheld cells that can be worked out, with their values: looked up elsewhere, or by algebra."""
        found = {cell: self._shown[cell] for cell in self._hidden & self._shown.keys()}
        system = self._system()
        loot = by_linear_algebra(system).recovered
        return found | {cell: round(value) for cell, value in loot.items()}

    def _system(self) -> System:
        cells = [*self._shown, *(self._hidden - self._shown.keys())]
        number = {cell: place for place, cell in enumerate(cells)}
        values = np.full(len(cells), np.nan)
        values[: len(self._shown)] = list(self._shown.values())
        entries = [
            (row, number[cell], sign) for row, terms in enumerate(self._rows(number)) for cell, sign in terms.items()
        ]
        rows, columns, signs = np.array(entries).T
        matrix = csr_matrix((signs.astype(float), (rows, columns)), shape=(int(rows.max()) + 1, len(cells)))
        return System(cells, values, matrix)

    def _rows(self, number: Mapping[Cell, int]) -> list[Row]:
        rows = []
        for name, sums in self._members.items():
            at: dict[str, list[Cell]] = defaultdict(list)
            for cell in number:
                own = dict(cell)
                at[own.get(name, "_T")].append(cell)
            for parent, children in sums:
                for cell in at[parent]:
                    rest = cell - {(name, parent)}
                    below = [rest | {(name, child)} for child in children]
                    if all(one in number for one in below):
                        rows.append({cell: -1, **dict.fromkeys(below, 1)})
        return rows
