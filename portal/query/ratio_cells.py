"""Divide cells in memory, to the last digit as the publisher does and as DuckDB is told to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datasets.cell_status import CellStatus
from datasets.rounding import rounded_ratio
from portal.query.cells import MeasureCells
from portal.query.model import too_large
from portal.query.ranks import NOTHING, RANKS, Ranks, has_value
from portal.query.ratios import Ratio

_SUPPRESSED, _UNRELIABLE, _MISSING, _OBSERVED = (
    np.int8(RANKS[status])
    for status in (CellStatus.SUPPRESSED, CellStatus.UNRELIABLE, CellStatus.MISSING, CellStatus.OBSERVED)
)
_NOTHING = np.int8(NOTHING)

_LARGEST = 2.0**63


Flags = NDArray[np.bool_]


def uneven(above: MeasureCells, below: MeasureCells, over: tuple[int, ...], same: tuple[int, ...]) -> Flags:
    """Return where cells that are added up along ``over`` are not applicable on one side and something on the other.

    Such sums do not fit. Along ``same`` the same people stand in several cells, of which one applicable one is enough.
    """
    nothing, some = ([each.ranks == NOTHING for each in (above, below)], [each.values != 0 for each in (above, below)])
    events = nothing[0].all(axis=same, keepdims=True) & some[1].any(axis=same, keepdims=True)
    people = nothing[1].all(axis=same, keepdims=True) & some[0].any(axis=same, keepdims=True)
    found: Flags = (events | people).any(axis=over).ravel()
    return found


def divided(ratio: Ratio, above: MeasureCells, below: MeasureCells, apart: Flags) -> MeasureCells:
    """Return a rate or a mean of cells that were added up; it is as good as the weaker of its parts.

    It is missing where ``apart`` says that the two are not of the same cells. One with more digits than 64 bits hold
    raises QueryInvalid, as it does in DuckDB.
    """
    ranks = _ranks(ratio, above, below, apart)
    shown = has_value(ranks)
    values = np.zeros(len(ranks), np.float64)
    parts = above.values[shown].astype(np.int64), below.values[shown].astype(np.int64)
    values[shown] = rounded_ratio(*parts, ratio.decimals, per=ratio.per)
    if np.any(np.abs(values) >= _LARGEST / 10**ratio.decimals):
        raise too_large()
    return MeasureCells(values, ranks)


def _ranks(ratio: Ratio, above: MeasureCells, below: MeasureCells, apart: Flags) -> Ranks:
    """Return the rank of each status, in the order in which the publisher looks for reasons."""
    weaker = np.minimum(above.ranks, below.ranks)
    # A rate of no case is a true zero, however well the people are known; a mean of zero is a mean like others.
    good = np.where(below.ranks < _OBSERVED, weaker, above.ranks) if ratio.is_rate else weaker
    too_few = below.values < ratio.fewest_below
    if ratio.fewest_above:
        too_few |= above.values < ratio.fewest_above
    found = np.select(
        [
            weaker == _SUPPRESSED,
            ~has_value(below.ranks),
            below.values == 0,
            ~has_value(above.ranks),
            apart,
            too_few,
        ],
        [_SUPPRESSED, below.ranks, _NOTHING, above.ranks, _MISSING, _UNRELIABLE],
        good,
    )
    return np.asarray(found, np.int8)
