"""A pattern of withheld columns with the deviations that prove it: widened, thinned out and improved."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from anonymization.relations import Flags, Ints
from anonymization.secondary.interval.demand import Demand, Reals
from anonymization.secondary.interval.flow import Router
from anonymization.secondary.interval.proofs import Proofs, Side
from anonymization.secondary.interval.strands import Strands

STAY = 1e-3
"""What a unit of change costs where a column is unknown anyway, in the price of an average column: flows stay short."""

REUSE = 1e-2
"""What a unit of change costs where a column is withheld already, as a part of its price."""

GROUP = 16
"""How many columns are published together when a better pattern is looked for."""

NOISE = 2.0
"""How much dearer a column may look, at random, while that is mended."""

PATIENCE = 10
"""How often, for each column withheld, that is tried in vain before the search ends."""


class Pattern:
    """Which columns are withheld, and for every protected column and direction a deviation within them.

    After `widen` has found no side without remedy, every side is proved, and stays so whatever is called.
    """

    def __init__(self, demand: Demand, withheld: Flags) -> None:
        self._demand = demand
        self._router = Router(demand)
        self.proofs = Proofs(demand)
        self.withheld = withheld | demand.unknown
        priced = np.isfinite(demand.cost) & ~demand.unknown
        self._allowed = priced | self.withheld
        self._own = np.where(priced, demand.cost, 0.0)
        self._stay = STAY * (float(np.median(self._own[priced])) if priced.any() else 1.0)
        self._noise = np.ones(demand.width)
        self._price = self._prices(np.arange(demand.width))
        self._stubborn: dict[Side, int] = {}
        self._strands = Strands(demand, self.withheld)

    @property
    def work(self) -> int:
        """What all linear programs so far took, in about a microsecond, but reckoned from their sizes and steps."""
        return self._router.work

    @property
    def cost(self) -> float:
        """The price of everything withheld that somebody could see otherwise."""
        return float(self._own[self.withheld].sum())

    def chosen(self) -> Ints:
        """Return the columns that are withheld although they could be published, int64."""
        return np.flatnonzero(self.withheld & (self._own > 0))

    def widen(self, sides: Iterable[Side], *, effort: float = np.inf) -> list[Side]:
        """Withhold what the cheapest deviations for these sides go through; return the sides that have none.

        Once `effort` is used up, none is looked for.
        """
        return self._seek(sides, self._allowed, near=False, effort=effort)

    def prove(self, sides: Iterable[Side]) -> list[Side]:
        """Find deviations within what is withheld; return the sides that have none."""
        return self._seek(sides, self.withheld, near=True)

    def _seek(self, sides: Iterable[Side], usable: Flags, *, near: bool, effort: float = np.inf) -> list[Side]:
        """Find a deviation through usable columns for each side without one; return the sides that have none."""
        lost, stop = [], self.work + effort
        for side in sides:
            if self.proofs.missing([side]):
                amount, terms = side[1] * self.proofs.level(side), (usable, self._price)
                flow = self._router.find(side[0], amount, terms, near=near) if self.work < stop else None
                if flow is not None:
                    self._set(flow.columns[~self.withheld[flow.columns]], withheld=True)
                    self.proofs.adopt(flow)
                lost += self.proofs.missing([side])  # a deviation that is too inexact proves nothing
        return lost

    def publish(self, columns: Ints, *, effort: float = np.inf) -> Ints:
        """Publish each of these columns again, dearest first, unless some side would be left without a deviation.

        Once `effort` is used up, only what no deviation goes through is published. Returns the others, int64.
        """
        stop, left = self.work + effort, []
        for column in columns[np.argsort(-self._own[columns], kind="stable")].tolist():
            if self.work >= stop and self.proofs.broken_by(column):
                left.append(column)
            elif self._spare(column):
                self._set(np.array([column]), withheld=False)
        return np.array(left, dtype=np.int64)

    def drop_idle(self) -> None:
        """Publish what no deviation goes through any more: it protects nothing, and may even be derivable."""
        idle = [column for column in self.chosen().tolist() if not self.proofs.broken_by(column)]
        self._set(np.array(idle, dtype=np.int64), withheld=False)

    def improve(self, random: np.random.Generator, *, effort: int) -> None:
        """Look for cheaper patterns: publish a few columns, mend, thin out, keep the better; stop after `effort`.

        Small systems stop sooner, when that has not helped for a while.

        A large neighbourhood search after Shaw (1998); what is mended sees prices changed at random, so that it finds
        other ways.
        """
        self.proofs.settle()
        stop, idle = self.work + effort, 0
        while self.work < stop and idle < PATIENCE * len(chosen := self.chosen()):
            column = int(random.choice(chosen))
            beside = np.array([one for one in self.proofs.beside(column) if self._own[one] > 0 and one != column])
            group = random.permutation(beside)[: GROUP - 1].astype(np.int64)
            before = self.cost
            self._replace(np.append(group, column), random)
            idle = 0 if self.cost < before else idle + 1

    def _replace(self, columns: Ints, random: np.random.Generator) -> None:
        """Publish these columns, mend what that breaks in random order, and keep the result if it is no dearer."""
        moment, before, cost = self.proofs.moment(), self.withheld.copy(), self.cost
        self._set(columns, withheld=False)
        broken = sorted({side for column in columns.tolist() for side in self.proofs.broken_by(column)})
        for column in columns.tolist():
            self.proofs.drop(column)
        broken = self.proofs.missing(broken)
        self._noise = 1 + NOISE * random.random(len(self._own))
        self._price = self._prices(np.arange(len(self._own)))
        lost = self.widen([broken[at] for at in random.permutation(len(broken))])
        self._noise = np.ones(len(self._own))
        self._price = self._prices(np.arange(len(self._own)))
        if not lost:
            self._thin(broken, before, cost)
        if lost or self.cost > cost:
            self.proofs.undo(moment)
            changed = np.flatnonzero(self.withheld != before)
            self._set(changed[before[changed]], withheld=True)
            self._set(changed[~before[changed]], withheld=False)
        self.proofs.settle()

    def _thin(self, broken: list[Side], before: Flags, cost: float) -> None:
        """Publish again what is new, and what new deviations go through, unless even all of it would not be enough."""
        touched = self.withheld & ~before
        for side in broken:
            touched[self.proofs.through(side)] = True
        touched &= self.withheld & (self._own > 0)
        if self.cost - float(self._own[touched].sum()) < cost:
            self.publish(np.flatnonzero(touched))

    def _spare(self, column: int) -> bool:
        """Find other deviations for all that go through a column; say whether there are."""
        if self._strands.pins(column):
            return False
        moment = self.proofs.moment()
        self.withheld[column] = False
        broken = sorted(set(self.proofs.broken_by(column)), key=lambda side: (-self._stubborn.get(side, 0), side))
        self.proofs.drop(column)
        for side in broken:
            if self.prove([side]):
                self._stubborn[side] = self._stubborn.get(side, 0) + 1
                self.proofs.undo(moment)
                self.withheld[column] = True
                return False
        return True

    def _set(self, columns: Ints, *, withheld: bool) -> None:
        self.withheld[columns] = withheld
        self._strands.set(columns, withheld=withheld)
        self._price[columns] = self._prices(columns)

    def _prices(self, columns: Ints) -> Reals:
        own = self._own[columns] * self._noise[columns]
        return self._stay + np.where(self.withheld[columns], REUSE * own, own)
