"""Gives sums of amounts the range that they must have, so that no contributor can be estimated too closely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anonymization.assumptions import least_sums
from anonymization.primary.amounts import SensitiveAmounts
from anonymization.relations import Flags
from anonymization.secondary.interval.choose import widen
from anonymization.secondary.interval.demand import Demand, Reals
from anonymization.secondary.knowledge import Knowledge, nodes_of

ALMOST = 1e-9
"""By how much a level may miss a whole number of units and still be it."""


@dataclass
class _Ask:
    """Levels that are to be reached in view of what some readers know, float64 (columns,) each.

    `room` is how far values can fall, `done` what has its range already.
    """

    lower: Reals
    upper: Reals
    room: Reals
    done: Flags


class AmountRanges:
    """Widens what is withheld until every sum that few contributors make up could be as far off as its rules ask.

    Estimates from above are the contributors' own, who know what they have in every cell: for them none can seem less
    than that, so that what is somebody's alone does not hide anything by seeming less. Estimates from below anybody can
    make who knows what contributions are at least; no sum can seem less than what is known of the cells in it.
    """

    def __init__(self, known: Knowledge, wanted: SensitiveAmounts, price: Reals, *, seed: int) -> None:
        self._known, self._price, self._seed = known, price, seed
        width, nodes, rests = len(known.truth), len(wanted.cells), len(wanted.rests)
        lower, upper, own = np.zeros(width), np.zeros(width), np.zeros(width)
        places = [(slice(0, nodes), wanted.cells, known.present & known.shown, wanted.known)]
        if len(known.measures) > 1:  # the rests are the last columns
            last = slice(width - rests, width)
            places.append((last, wanted.rests, known.guarded[last], wanted.known_of_rests))
        for place, found, there, held in places:
            lower[place], upper[place] = found.lower * there, found.upper * there
            own[place] = held
        lower, upper, own = lower / known.scale, upper / known.scale, own / known.scale
        if known.integer:
            # Everybody knows that values are whole numbers of units.
            lower, upper = np.ceil(lower - ALMOST), np.ceil(upper - ALMOST)
        room = np.maximum(known.truth - known.lower, 0.0)
        fall = np.maximum(known.truth - least_sums(known.matrix, known.lower), 0.0)
        # What a contributor has is no bound where others may have less than nothing.
        bounded = np.isfinite(known.lower)
        left = np.where(bounded, np.minimum(room, np.maximum(known.truth - own, 0.0)), room)
        nothing, none = np.zeros(width), np.zeros(width, dtype=np.bool_)
        # What lets values seem larger mostly lets them seem less as well.
        self._asks = (
            _Ask(nothing, upper, left, none),
            _Ask(np.minimum(lower, fall), nothing, room, none.copy()),
        )

    def widen(self, withheld: Flags, candidates: Flags) -> tuple[Flags, Flags]:
        """Return the nodes to withhold, bool (nodes,), `withheld` among them, and the nodes that have no such range."""
        lost = np.zeros(len(withheld), dtype=np.bool_)
        for one in self._asks:
            withheld, helpless = self._widen(one, withheld, candidates)
            lost |= helpless
        return withheld, lost

    def _widen(self, ask: _Ask, withheld: Flags, candidates: Flags) -> tuple[Flags, Flags]:
        known, nodes = self._known, len(withheld)
        unknown = known.unknown(withheld)
        # What has its range already keeps it, whatever else is withheld.
        asked = unknown & ((ask.lower > 0) | (ask.upper > 0)) & ~ask.done
        if not asked.any():
            return withheld, np.zeros(nodes, dtype=np.bool_)
        cost = np.full(len(known.truth), np.inf)
        free = candidates & ~withheld & known.present
        cost[:nodes][free] = self._price[free]
        demand = Demand(
            matrix=known.matrix.astype(np.float64),
            fall=ask.room,
            rise=np.full(len(known.truth), np.inf),
            lower=np.where(asked, ask.lower, 0.0),
            upper=np.where(asked, ask.upper, 0.0),
            cost=cost,
            unknown=unknown,
        )
        chosen, lost = widen(demand, unknown, seed=self._seed, effort=0)
        helpless = np.zeros(len(known.truth), dtype=np.bool_)
        helpless[[column for column, _ in lost]] = True
        ask.done |= asked & ~helpless
        return withheld | (chosen[:nodes] & free), nodes_of(known.matrix, helpless, nodes)
