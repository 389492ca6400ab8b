"""The last step of secondary suppression: nobody may be able to tell that a withheld small count is small."""

from __future__ import annotations

import numpy as np

from anonymization.primary.frequency import sensitive
from anonymization.relations import Flags
from anonymization.secondary.interval.choose import widen
from anonymization.secondary.interval.demand import Demand, Reals
from anonymization.secondary.knowledge import Knowledge, nodes_of
from datasets.disclosure import DisclosureRules


class Ranges:
    """Widens what is withheld until every small cell could be as large as the threshold.

    How far it could fall is not asked: where zeros are shown, the number of cells that are not zero bounds every sum
    from below, whatever is withheld.
    """

    def __init__(self, known: Knowledge, rules: DisclosureRules, price: Reals, *, seed: int) -> None:
        self._known, self._rules, self._price, self._seed = known, rules, price, seed

    def widen(self, withheld: Flags, candidates: Flags) -> tuple[Flags, Flags]:
        """Return the nodes to withhold, bool (nodes,), `withheld` among them, and the nodes that have no such range."""
        known, nodes = self._known, len(withheld)
        unknown = known.unknown(withheld)
        small = unknown & self._small(withheld)
        cost = np.full(len(known.truth), np.inf)
        free = candidates & ~withheld & known.present
        cost[:nodes][free] = self._price[free]
        demand = Demand(
            matrix=known.matrix.astype(np.float64),
            fall=np.maximum(known.truth - known.lower, 0.0),
            rise=np.full(len(known.truth), np.inf),
            lower=np.zeros(len(known.truth)),
            upper=np.where(small, np.maximum(self._rules.threshold - known.truth, 1.0), 0.0),
            cost=cost,
            unknown=unknown,
        )
        chosen, lost = widen(demand, unknown, seed=self._seed, effort=0)
        helpless = np.zeros(len(known.truth), dtype=np.bool_)
        helpless[[column for column, _ in lost]] = True
        return withheld | (chosen[:nodes] & free), nodes_of(known.matrix, helpless, nodes)

    def _small(self, withheld: Flags) -> Flags:
        """What the rules protect: small cells in a table that is shown, and small rests."""
        known, nodes = self._known, len(withheld)
        small = known.guarded.copy()
        counts = np.rint(known.truth[:nodes]).astype(np.int64)
        small[:nodes] = withheld & known.shown & known.present & sensitive(counts, self._rules)
        return small
