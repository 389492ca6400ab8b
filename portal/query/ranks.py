"""How good the statuses of cells are beside one another: what a sum of several has of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datasets.cell_status import STATUS_MEANINGS, CellStatus

Ranks = NDArray[np.int8]

WEAKEST_FIRST = (
    CellStatus.SUPPRESSED,
    CellStatus.UNRELIABLE,
    CellStatus.MISSING,
    CellStatus.ESTIMATED,
    CellStatus.PROVISIONAL,
    CellStatus.REVISED,
    CellStatus.PERTURBED,
    CellStatus.OBSERVED,
    CellStatus.ZERO,
    CellStatus.NOT_APPLICABLE,
)
"""A sum is as good as its weakest cell: a withheld cell withholds it, a provisional one makes it provisional.

A cell that is not applicable adds nothing and spoils nothing, as in the margins that are published: it comes last, so
that a sum is not applicable only where every cell of it is.
"""

RANKS = {status: rank for rank, status in enumerate(WEAKEST_FIRST)}
NOTHING = RANKS[CellStatus.NOT_APPLICABLE]
FIRST_VALUED = next(rank for rank, status in enumerate(WEAKEST_FIRST) if STATUS_MEANINGS[status].has_value)
"""Ranks from here on have a value, up to that of nothing."""


def has_value(ranks: Ranks) -> NDArray[np.bool_]:
    """Return which ranks are of statuses with a value."""
    found: NDArray[np.bool_] = (ranks >= FIRST_VALUED) & (ranks < NOTHING)
    return found
