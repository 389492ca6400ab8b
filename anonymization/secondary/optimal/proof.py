"""The proof that a pattern is the cheapest, or how far from it that may be; cheaper patterns are found on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from anonymization.relations import Flags
from anonymization.secondary.gauss import determined
from anonymization.secondary.interval.demand import Demand
from anonymization.secondary.interval.pattern import Pattern
from anonymization.secondary.optimal.parts import Part, Side, parts_of
from anonymization.secondary.optimal.search import Mend, Outcome, Search
from datasets.disclosure import Guarantee

MOST_CANDIDATES = 12_000
"""Systems with more cells that may be withheld are not tried."""

MOST_ENTRIES = 4_000_000
"""Sides times columns beyond which a part is not tried: its proof would not get far."""


@dataclass(frozen=True)
class Proof:
    """A pattern, bool (cells,), and what is known of its distance from the cheapest.

    No safe pattern costs less than `bound`, float64, besides what is withheld in any case. Of the `parts` that hang
    together and in which something has to be withheld, `proven` have the cheapest pattern.
    """

    withheld: Flags
    bound: float
    parts: int
    proven: int


def worth_trying(demand: Demand) -> bool:
    """Say whether a system is small enough for a proof to be tried."""
    return int(np.isfinite(demand.cost).sum()) <= MOST_CANDIDATES


def sides_of(demand: Demand, whole: sparse.csr_array, *, guarantee: Guarantee, seed: int) -> list[Side]:
    """Return the sides that what is unknown anyway does not protect, with cells for columns.

    `whole` is the matrix in whole numbers. With the guarantee `interval` a cell with a protection level has a side for
    each; one without, as with `exact`, only must not be determined. Where that alone makes every part too large, no
    more sides are looked for.
    """
    told = (demand.fall == 0) & (demand.rise == 0)
    unknown = demand.unknown & ~told
    bare = determined(whole, unknown, np.random.default_rng(seed))
    closed = [Side(int(cell), 1, 1.0, free=True) for cell in np.flatnonzero(bare)]
    sizes = [_entries(part) for part in parts_of(demand, closed)]
    if guarantee == "exact" or min(sizes, default=0) > MOST_ENTRIES:
        return closed
    pattern = Pattern(demand, np.zeros(demand.width, dtype=np.bool_))
    lost = sorted(pattern.prove(pattern.proofs.sides()))
    sides = [Side(column, sign, pattern.proofs.level((column, sign))) for column, sign in lost]
    level = (demand.lower > 0) | (demand.upper > 0)
    return [*sides, *(side for side in closed if not level[side.column])]


def prove(demand: Demand, sides: Sequence[Side], withheld: Flags, mend: Mend, *, effort: int) -> Proof | None:
    """Look for the cheapest pattern that protects all sides, and prove how far from it the one returned may be.

    `withheld`, bool (cells,), is a safe pattern to begin with; `mend` makes a safe one out of any. Each part in turn
    gets an equal share of the effort that is left, small ones first. None where every part is too large.
    """
    parts = sorted(parts_of(demand, sides), key=_entries)
    tried = [part for part in parts if _entries(part) <= MOST_ENTRIES]
    if parts and not tried:
        return None
    best, bound, proven = demand.unknown.copy(), 0.0, 0
    for part in parts[len(tried) :]:
        best[part.cells] |= withheld[part.cells]
    for number, part in enumerate(tried):
        found = _solve(part, withheld, mend, effort // (len(tried) - number))
        best[part.candidates] = found.pattern
        bound, proven, effort = bound + found.bound, proven + found.proven, max(0, effort - found.work)
    return Proof(best, bound, len(parts), proven)


def _entries(part: Part) -> int:
    return len(part.sides) * len(part.cells)


def _solve(part: Part, withheld: Flags, mend: Mend, effort: int) -> Outcome:
    def mended(pattern: Flags) -> tuple[Flags | None, int]:
        whole = withheld.copy()
        whole[part.candidates] = pattern
        safe, work = mend(whole)
        return None if safe is None else safe[part.candidates], work

    return Search(part, withheld[part.candidates], effort=effort).run(mended)
