"""Small systems for the tests of this folder, in the form in which parts are made of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from anonymization.secondary.interval.demand import Demand
from anonymization.secondary.optimal.parts import Part, Side, parts_of


def demand(
    rows: Sequence[Sequence[float]], *, unknown: Sequence[int], room: Sequence[float], **given: object
) -> Demand:
    """A demand in which values can fall by `room` and rise without end, and withholding costs 1, 2, 3 and so on."""
    width = len(room)
    hidden = np.isin(np.arange(width), unknown)
    return Demand(
        matrix=sparse.csr_array(np.array(rows, dtype=np.float64).reshape(-1, width)),
        fall=np.array(room, dtype=np.float64),
        rise=np.array(given.get("rise", np.full(width, np.inf)), dtype=np.float64),
        lower=np.zeros(width),
        upper=np.zeros(width),
        cost=np.array(given.get("cost", np.where(hidden, np.inf, 1.0 + np.arange(width))), dtype=np.float64),
        unknown=hidden,
    )


def line(level: float, *, sign: int = 1, free: bool = False) -> Part:
    """A total of 20 and its parts 3, 2, 5 and 10, the first of which is unknown and must move by `level`."""
    given = demand([[-1, 1, 1, 1, 1]], unknown=[1], room=[20, 3, 2, 5, 10])
    (part,) = parts_of(given, [Side(1, sign, level, free)])
    return part
