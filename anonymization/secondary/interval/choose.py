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
"""Columns up to which beginning with nothing is tried as well."""


def widen(demand: Demand, withheld: Flags, *, seed: int, effort: int) -> tuple[Flags, list[Side]]:
    """Return what to withhold, bool (columns,), beginning with `withheld`, and the sides that nothing can protect.

    First the cheapest deviation of every side is found in turn, in view of what those before withhold: a linear program
    each (Kelly, Golden and Assad 1992; Fischetti and Salazar 2001 for the model). Then columns are published again,
    dearest first, as long as every side keeps a deviation. At last `effort` goes into a search for cheaper patterns; it
    is counted in about a microsecond, but from the sizes and steps of linear programs, so that every machine finds the
    same. What is in `withheld` may be published in the end, unless it is unknown anyway.
    """
    pattern, lost = _begun(demand, withheld)
    if not lost and demand.width <= MANY:
        other, _ = _begun(demand, np.zeros_like(withheld))
        pattern = min(pattern, other, key=lambda one: one.cost)
    if not lost:
        pattern.publish(pattern.chosen(), effort=THINNING)
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
