"""Which deviation proves which protected column: kept so that a change of the pattern asks only for what it breaks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from anonymization.relations import Ints
from anonymization.secondary.interval.demand import Demand, Reals
from anonymization.secondary.interval.flow import Flow

ENOUGH = 1 - 1e-6
"""The part of a protection level that counts as all of it: linear programs are solved in floating point."""

Side = tuple[int, int]
"""A protected column and the direction that it must be able to move in: 1 up, -1 down."""


class Proofs:
    """One deviation for each protected column and direction; one deviation may serve many of them."""

    def __init__(self, demand: Demand) -> None:
        self._levels = {
            1: dict(zip(*_levels(demand.upper), strict=True)),
            -1: dict(zip(*_levels(demand.lower), strict=True)),
        }
        self._flows: dict[int, Flow] = {}
        self._proves: dict[int, list[Side]] = {}
        self._proof: dict[Side, int] = {}
        self._through: dict[int, set[int]] = {}
        self._next = 0
        self._journal: list[tuple[bool, int, Flow, list[Side]]] = []

    def sides(self) -> list[Side]:
        """Return every column and direction that something is asked for, the largest levels first."""
        sides = [(column, direction) for direction, levels in self._levels.items() for column in levels]
        return sorted(sides, key=lambda side: (-self.level(side), side))

    def level(self, side: Side) -> float:
        """Return how far a column must be able to move in a direction."""
        return self._levels[side[1]][side[0]]

    def missing(self, sides: Iterable[Side]) -> list[Side]:
        """Return those that no deviation proves."""
        return [side for side in sides if side not in self._proof]

    def broken_by(self, column: int) -> list[Side]:
        """Return the sides whose deviation goes through a column."""
        return [side for flow in sorted(self._through.get(column, ())) for side in self._proves[flow]]

    def beside(self, column: int) -> list[int]:
        """Return the columns that share a deviation with this one, in order."""
        return sorted({one for flow in self._through.get(column, ()) for one in self._flows[flow].columns.tolist()})

    def through(self, side: Side) -> Ints:
        """Return the columns that the deviation of a side goes through, int64."""
        return self._flows[self._proof[side]].columns

    def adopt(self, flow: Flow) -> None:
        """Keep a deviation for every side that it proves and that has none."""
        sides = [side for side in self.served(flow) if side not in self._proof]
        self._insert(self._next, flow, sides)
        self._journal.append((True, self._next, flow, sides))
        self._next += 1

    def served(self, flow: Flow) -> list[Side]:
        """Return the sides that a deviation proves."""
        found = []
        for column, amount in zip(flow.columns.tolist(), flow.amounts.tolist(), strict=True):
            rise, fall = (flow.most, flow.least) if amount > 0 else (flow.least, flow.most)
            for direction, times in ((1, rise), (-1, fall)):
                level = self._levels[direction].get(column)
                if level is not None and abs(amount) * times >= level * ENOUGH:
                    found.append((column, direction))
        return found

    def drop(self, column: int) -> None:
        """Forget every deviation through a column."""
        for number in sorted(self._through.get(column, ())):
            flow, sides = self._remove(number)
            self._journal.append((False, number, flow, sides))

    def moment(self) -> int:
        """Return a mark that `undo` can go back to."""
        return len(self._journal)

    def settle(self) -> None:
        """Forget how things were before."""
        self._journal.clear()

    def undo(self, moment: int) -> None:
        """Take back whatever was adopted and dropped since a mark."""
        while len(self._journal) > moment:
            added, number, flow, sides = self._journal.pop()
            if added:
                self._remove(number)
            else:
                self._insert(number, flow, sides)

    def _insert(self, number: int, flow: Flow, sides: list[Side]) -> None:
        self._flows[number], self._proves[number] = flow, sides
        for side in sides:
            self._proof[side] = number
        for column in flow.columns.tolist():
            self._through.setdefault(column, set()).add(number)

    def _remove(self, number: int) -> tuple[Flow, list[Side]]:
        flow, sides = self._flows.pop(number), self._proves.pop(number)
        for side in sides:
            del self._proof[side]
        for column in flow.columns.tolist():
            self._through[column].discard(number)
        return flow, sides


def _levels(levels: Reals) -> tuple[list[int], list[float]]:
    asked = np.flatnonzero(levels > 0)
    return asked.tolist(), levels[asked].tolist()
