"""Gives sums of amounts the range that they must have, so that no contributor can be estimated too closely."""

from __future__ import annotations

import numpy as np

from anonymization.assumptions import least_sums
from anonymization.primary.amounts import SensitiveAmounts
from anonymization.relations import Flags
from anonymization.secondary.interval.choose import widen
from anonymization.secondary.interval.demand import Demand, Reals
from anonymization.secondary.knowledge import Knowledge, nodes_of

ALMOST = 1e-9
"""By how much a level may miss a whole number of units and still be it."""


class AmountRanges:
    """Widens what is withheld until every sum that few contributors make up could be as far off as its rules ask.

    Both ways: a reader who knows what contributions are at most makes estimates from above, one who knows what they are
    at least from below. No sum can seem less than what everybody knows of the cells in it, whatever is withheld.
    """

    def __init__(self, known: Knowledge, wanted: SensitiveAmounts, price: Reals, *, seed: int) -> None:
        self._known, self._price, self._seed = known, price, seed
        width, nodes, rests = len(known.truth), len(wanted.cells), len(wanted.rests)
        self._lower, self._upper = np.zeros(width), np.zeros(width)
        self._cells = np.zeros(width, dtype=np.bool_)
        places = [(slice(0, nodes), wanted.cells, known.present & known.shown)]
        if len(known.measures) > 1:  # the rests are the last columns
            places.append((slice(width - rests, width), wanted.rests, known.guarded[width - rests :]))
        for place, found, there in places:
            self._cells[place] = found.sensitive & there
            for levels, own in ((self._lower, found.lower), (self._upper, found.upper)):
                levels[place] = own / known.scale
        if known.integer:
            # Everybody knows that values are whole numbers of units.
            self._lower, self._upper = np.ceil(self._lower - ALMOST), np.ceil(self._upper - ALMOST)
        self._fall = np.maximum(known.truth - least_sums(known.matrix, known.lower), 0.0)
        self._settled = np.zeros(width, dtype=np.bool_)

    def widen(self, withheld: Flags, candidates: Flags) -> tuple[Flags, Flags]:
        """Return the nodes to withhold, bool (nodes,), `withheld` among them, and the nodes that have no such range."""
        known, nodes = self._known, len(withheld)
        unknown = known.unknown(withheld)
        # What has its range already keeps it, whatever else is withheld.
        asked = unknown & self._cells & ~self._settled
        cost = np.full(len(known.truth), np.inf)
        free = candidates & ~withheld & known.present
        cost[:nodes][free] = self._price[free]
        demand = Demand(
            matrix=known.matrix.astype(np.float64),
            fall=np.maximum(known.truth - known.lower, 0.0),
            rise=np.full(len(known.truth), np.inf),
            lower=np.where(asked, np.minimum(self._lower, self._fall), 0.0),
            upper=np.where(asked, self._upper, 0.0),
            cost=cost,
            unknown=unknown,
        )
        chosen, lost = widen(demand, unknown, seed=self._seed, effort=0)
        helpless = np.zeros(len(known.truth), dtype=np.bool_)
        helpless[[column for column, _ in lost]] = True
        self._settled |= asked & ~helpless
        return withheld | (chosen[:nodes] & free), nodes_of(known.matrix, helpless, nodes)
