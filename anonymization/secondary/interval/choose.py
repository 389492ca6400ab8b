"""Interval protection: which columns to withhold so that every protected value has the range that it must have."""

from __future__ import annotations

import numpy as np

from anonymization.relations import Flags
from anonymization.secondary.interval.demand import Demand
from anonymization.secondary.interval.pattern import Pattern
from anonymization.secondary.interval.proofs import Side

THINNING = 60_000_000
"""How much effort goes into publishing again what is not needed; beyond it, large systems keep some of it withheld."""

MENDING = 3_000_000
"""How much effort goes into that for a pattern that was mended."""

MANY = 6_000
"""Columns up to which several ways to begin are tried."""

WIDENING = 8_000_000
"""How much effort each of the further ways may take to protect every side; one that takes more is given up."""

CLOSE = 1.15
"""How many times the cost of the cheapest of them another may cost to be tried further."""

TRIAL = 12_000_000
"""How much effort goes into publishing what each of them withholds without need, before one is gone on with."""


def widen(demand: Demand, withheld: Flags, *, seed: int, effort: int) -> tuple[Flags, list[Side]]:
    """Return what to withhold, bool (columns,), beginning with `withheld`, and the sides that nothing can protect.

    First the cheapest deviation of every side is found in turn, in view of what those before withhold: a linear program
    each (Kelly, Golden and Assad 1992; Fischetti and Salazar 2001 for the model). Then columns are published again,
    dearest first, as long as every side keeps a deviation. Small systems are begun in several ways, and the cheapest
    is gone on with. At last `effort` goes into a search for cheaper patterns; it is counted in about a microsecond, but
    from the sizes and steps of linear programs, so that every machine finds the same.
    What is in `withheld` may be published in the end, unless it is unknown anyway.
    """
    pattern, lost = _begun(demand, withheld)
    if not lost:
        pattern = _thinned(_starts(demand, pattern, withheld))
        pattern.improve(np.random.default_rng(seed), effort=effort)
        pattern.drop_idle()
    return pattern.withheld, lost


def mended(demand: Demand, withheld: Flags) -> tuple[Flags | None, int]:
    """Return a pattern that protects every side, bool (columns,), beginning with any, and what that took.

    What it withholds without need is published again. None where a side is found to be beyond help.
    """
    pattern, lost = _begun(demand, withheld)
    if lost:
        return None, pattern.work
    pattern.publish(pattern.chosen(), effort=MENDING)
    pattern.drop_idle()
    return pattern.withheld, pattern.work


def _begun(demand: Demand, withheld: Flags) -> tuple[Pattern, list[Side]]:
    pattern = Pattern(demand, withheld)
    return pattern, pattern.widen(pattern.proofs.sides())


def _starts(demand: Demand, first: Pattern, withheld: Flags) -> list[Pattern]:
    """Return patterns that protect every side, all that are not much dearer than the cheapest of them.

    Besides the `first`, which began with `withheld` and the largest sides, small systems begin with nothing: with the
    largest sides again, and with the smallest.
    """
    starts, steps = [first], [1, -1] if demand.width <= MANY else []
    if not (withheld & ~demand.unknown).any():
        steps = steps[1:]  # nothing is what the first began with
    for step in steps:
        other = Pattern(demand, np.zeros_like(first.withheld))
        if not other.widen(other.proofs.sides()[::step], effort=WIDENING):
            starts.append(other)
    limit = CLOSE * min(one.cost for one in starts)
    return [one for one in starts if one.cost <= limit]


def _thinned(starts: list[Pattern]) -> Pattern:
    """Publish what patterns withhold without need; return the one that is the cheapest then.

    Which one that is does not show before; what takes long is done to the end for the one only.
    """
    if len(starts) == 1:
        starts[0].publish(starts[0].chosen(), effort=THINNING)
        return starts[0]
    tried = [(one, one.publish(one.chosen(), effort=TRIAL)) for one in starts]
    pattern, left = min(tried, key=lambda one: one[0].cost)
    pattern.publish(left, effort=THINNING)
    return pattern
