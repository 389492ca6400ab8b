"""The search in one part for the cheapest safe pattern: cuts until what is cheapest is safe, or effort is used up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anonymization.relations import Flags
from anonymization.secondary.interval.demand import Reals
from anonymization.secondary.optimal.attacker import Attacker, Cut
from anonymization.secondary.optimal.master import Cheapest, Master, Relaxed
from anonymization.secondary.optimal.parts import Part, Side

REACHED = 1 - 5e-6
"""The part of a level that counts as all of it: a little less than cuts ask for, a little more than an audit does."""

SAME = 1e-6
"""Costs that differ by no more than this part count as one."""

BROKEN = 1e-4
"""By how much shares must break a cut for it to be worth keeping; for patterns `SAME` is enough."""

FIRST, LATER = 1e-3, 1e-5
"""By which part a round of cuts must raise the bound for another one: at first, and between whole patterns."""

AROUND = 4
"""How many more cuts are looked for near a pattern, for each side that it does not protect."""

KEPT = 3
"""How many changes that protected a side are remembered, for each side."""

NODE = 50_000
"""What a branch of a mixed-integer program takes, at about a microsecond."""

Mend = Callable[[Flags], tuple[Flags | None, int]]
"""Makes a safe pattern of cells out of any, bool, or None where that fails; and says what that took."""


@dataclass(frozen=True)
class Outcome:
    """The cheapest safe pattern found, bool (candidates,), and a cost that no safe pattern is below."""

    pattern: Flags
    bound: float
    proven: bool
    work: int


class Search:
    """Cuts and patterns of one part, beginning with a safe pattern; stops at the next chance after `effort`."""

    def __init__(self, part: Part, pattern: Flags, *, effort: int) -> None:
        self._part, self._effort = part, effort
        self._attacker, self._master = Attacker(part), Master(part.cost)
        self._witnesses = Witnesses(part)
        self._random = np.random.default_rng(len(part.cells))
        self._best = pattern
        self._bound = 0.0
        self._mending = 0

    @property
    def work(self) -> int:
        """What all programs took, in about a microsecond, but reckoned from their sizes and steps."""
        return self._attacker.work + self._master.work + self._mending

    def run(self, mend: Mend) -> Outcome:
        """Look for the cheapest pattern and for what proves that it is."""
        self._begin()
        relaxed = self._relax(FIRST, self._effort // 2)
        while relaxed is not None and not self._proven and not self._tired:
            found = self._master.cheapest(self._free(relaxed), 1 + (self._effort - self.work) // NODE)
            if found is None:
                break
            self._bound = max(self._bound, min(found.bound, self._cost(self._best)))
            if self._proven or not self._learn(found, mend):
                break
            relaxed = self._relax(LATER, self._effort)
        return Outcome(self._best, self._bound, self._proven, self.work)

    @property
    def _tired(self) -> bool:
        return self.work >= self._effort

    @property
    def _proven(self) -> bool:
        return self._bound >= self._cost(self._best) * (1 - SAME)

    def _cost(self, pattern: Flags) -> float:
        return float(self._part.cost[pattern].sum())

    def _add(self, cut: Cut | None, shares: Reals, least: float) -> bool:
        """Keep a cut that is broken by `least` at least. None can be that the best pattern breaks: it is safe."""
        if cut is None or cut.missing(shares) < least or cut.missing(self._best.astype(np.float64)) > SAME:
            return False
        return self._master.add(cut)

    def _begin(self) -> None:
        """Take up what each relation of a side says by itself."""
        columns = self._part.matrix.tocsc()
        none = np.zeros(len(self._part.cost))
        for side in self._part.sides:
            for at in range(columns.indptr[side.column], columns.indptr[side.column + 1]):
                multipliers = np.zeros(self._part.matrix.shape[0])
                multipliers[columns.indices[at]] = -side.sign / columns.data[at]
                self._add(self._attacker.cut(side, multipliers), none, BROKEN)

    def _relax(self, step: float, stop: int) -> Relaxed | None:
        """Cut off the cheapest shares again and again, until the bound hardly rises or `stop` is reached."""
        while (relaxed := self._master.relaxed()) is not None:
            before, self._bound = self._bound, max(self._bound, min(relaxed.cost, self._cost(self._best)))
            added = self._separate(relaxed.shares, stop)
            if not added or self._bound - before <= step * self._bound or self.work >= stop or self._proven:
                break
        return relaxed

    def _separate(self, shares: Reals, stop: int) -> int:
        """Add the cuts that shares break, and return how many."""
        nearly = np.maximum(shares, FIRST)
        added = 0
        for number in self._witnesses.missing(nearly).tolist():
            if self.work >= stop:
                break
            if self._witnesses.knows(number, nearly):
                continue
            side = self._part.sides[number]
            found = self._attacker.attack(side, nearly)
            if found is not None and found.reach >= 1 - BROKEN:
                self._witnesses.serve(number, found.change, nearly)
            elif found is not None:
                added += self._add(self._attacker.cut(side, found.multipliers), shares, BROKEN)
        return added

    def _free(self, relaxed: Relaxed) -> Flags:
        """Return the candidates that a cheaper pattern may withhold: reduced costs rule the others out."""
        room = self._cost(self._best) * (1 + SAME) - relaxed.cost
        return np.asarray((relaxed.reduced <= room) | self._best)

    def _learn(self, found: Cheapest, mend: Mend) -> bool:
        """Take up what the pattern found breaks, and what mending it gives; say whether anything is learnt."""
        before = self._cost(self._best)
        unsafe, added = self._test(found.pattern)
        if not unsafe:
            if self._cost(found.pattern) < before:
                self._best = found.pattern
            self._bound = min(max(self._bound, found.bound), self._cost(self._best))
            return added > 0
        added += self._companions(found.pattern)
        mended, work = mend(found.pattern)
        self._mending += work
        if mended is not None and self._cost(mended) < before:
            self._best = mended
        return added > 0

    def _test(self, pattern: Flags) -> tuple[int, int]:
        """Attack a pattern; return how many sides it does not protect for certain, and how many cuts that gave."""
        shares, unsafe, added = pattern.astype(np.float64), 0, 0
        for number in self._witnesses.missing(shares).tolist():
            if self._witnesses.knows(number, shares):
                continue
            side = self._part.sides[number]
            found = self._attacker.attack(side, shares)
            if found is not None and found.reach >= REACHED:
                self._witnesses.serve(number, found.change, shares)
                continue
            unsafe += 1
            if found is not None and not self._tired:
                added += self._add(self._attacker.cut(side, found.multipliers), shares, SAME)
                added += self._around(side, shares)
        return unsafe, added

    def _companions(self, pattern: Flags) -> int:
        """Add cuts for the candidates that a pattern withholds for nothing, and return how many."""
        shares, added = np.maximum(pattern, FIRST), 0
        for candidate in np.flatnonzero(pattern).tolist():
            if self._tired:
                break
            added += self._add(self._attacker.company(candidate, shares), pattern.astype(np.float64), SAME)
        return added

    def _around(self, side: Side, shares: Reals) -> int:
        """Add other cuts that a pattern breaks: of many ways to say why, those that need little else are the best."""
        added = 0
        for _ in range(AROUND):
            depth = 10.0 ** -float(self._random.integers(1, 5))
            found = self._attacker.attack(side, np.maximum(shares, depth * self._random.random(len(shares))))
            if found is not None:
                added += self._add(self._attacker.cut(side, found.multipliers), shares, SAME)
        return added


class Witnesses:
    """Changes that protected sides: where the shares still allow one, no program is needed."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._needed = np.full((KEPT, len(part.sides), len(part.cost)), 2.0, dtype=np.float32)
        self._next = np.zeros(len(part.sides), dtype=np.int64)
        self._columns = np.array([side.column for side in part.sides], dtype=np.int64)
        self._levels = np.array([side.level for side in part.sides])
        self._signs = np.array([0.0 if side.free else side.sign for side in part.sides])

    def missing(self, shares: Reals) -> npt.NDArray[np.int64]:
        """Return the numbers of the sides that no change is known for within these shares, int64."""
        enough = (self._needed <= shares.astype(np.float32) + np.float32(SAME)).all(axis=2).any(axis=0)
        return np.flatnonzero(~enough)

    def knows(self, number: int, shares: Reals) -> bool:
        """Say whether a change is known for one side within these shares."""
        return bool((self._needed[:, number] <= shares.astype(np.float32) + np.float32(SAME)).all(axis=1).any())

    def serve(self, number: int, change: Reals, shares: Reals) -> None:
        """Remember a change for a side, and for the others that it moves far enough and for which none is known."""
        self.keep(number, change)
        level, sign = self._levels[number], self._signs[number]
        amounts = change[self._columns]
        # What only must be open may move either way, but rooms of other sides would not be looked at.
        moved = np.abs(amounts) if sign == 0 else amounts * self._signs
        far = (moved * level >= self._levels) & ((self._signs == 0) == (sign == 0))
        for other in np.flatnonzero(far).tolist():
            if not self.knows(other, shares):
                self.keep(other, change / moved[other])

    def keep(self, number: int, change: Reals) -> None:
        """Remember a change, float64 (columns,), by which share of each candidate it needs."""
        fall, rise = self._part.rooms(self._part.sides[number])
        first = self._part.unknown
        moved, room = change[first:], np.where(change > 0, rise, fall)[first:]
        needed = np.abs(moved) / np.clip(room, SAME, 1.0)
        self._needed[self._next[number] % KEPT, number] = np.where(np.abs(moved) > 1e-9, needed, 0.0)
        self._next[number] += 1
