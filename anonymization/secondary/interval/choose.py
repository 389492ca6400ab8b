"""Interval protection: which columns to withhold so that every protected value has the range that it must have."""

from __future__ import annotations

import numpy as np

from anonymization.relations import Flags
from anonymization.secondary.interval.demand import Demand
from anonymization.secondary.interval.pattern import Pattern
from anonymization.secondary.interval.proofs import Side

THINNING = 10_000_000
"""How much effort goes into publishing again what is not needed; beyond it, large systems keep some of it withheld."""


def widen(demand: Demand, withheld: Flags, *, seed: int, effort: int) -> tuple[Flags, list[Side]]:
    """Return what to withhold, bool (columns,), beginning with `withheld`, and the sides that nothing can protect.

    First the cheapest deviation of every side is found in turn, in view of what those before withhold: a linear program
    each (Kelly, Golden and Assad 1992; Fischetti and Salazar 2001 for the model). Then columns are published again,
    dearest first, as long as every side keeps a deviation. At last `effort`, counted in columns of linear programs, goes
    into a search for cheaper patterns. What is in `withheld` may be published in the end, unless it is unknown anyway.
    """
    pattern = Pattern(demand, withheld)
    lost = pattern.widen(pattern.proofs.sides())
    if not lost:
        pattern.publish(pattern.chosen(), effort=THINNING)
        pattern.improve(np.random.default_rng(seed), effort=effort)
    return pattern.withheld, lost
