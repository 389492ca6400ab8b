"""Divide cells in memory, to the last digit as the publisher does and as DuckDB is told to."""

from __future__ import annotations

import numpy as np

from datasets.cell_status import CellStatus
from datasets.rounding import rounded_ratio
from portal.query.cells import VALUED, MeasureCells, Ranks
from portal.query.model import too_large
from portal.query.ratios import Ratio
from portal.query.statement import WEAKEST_FIRST

_SUPPRESSED, _UNRELIABLE, _NOT_APPLICABLE, _OBSERVED = (
    np.int8(WEAKEST_FIRST.index(status))
    for status in (CellStatus.SUPPRESSED, CellStatus.UNRELIABLE, CellStatus.NOT_APPLICABLE, CellStatus.OBSERVED)
)

_LARGEST = 2.0**63


def divided(ratio: Ratio, above: MeasureCells, below: MeasureCells) -> MeasureCells:
    """Return a rate or a mean of cells that were added up; it is as good as the weaker of its parts.

    One with more digits than 64 bits hold raises QueryInvalid, as it does in DuckDB.
    """
    ranks = _ranks(ratio, above, below)
    shown = ranks >= VALUED
    values = np.zeros(len(ranks), np.float64)
    parts = above.values[shown].astype(np.int64), below.values[shown].astype(np.int64)
    values[shown] = rounded_ratio(*parts, ratio.decimals, per=ratio.per)
    if np.any(np.abs(values) >= _LARGEST / 10**ratio.decimals):
        raise too_large()
    return MeasureCells(values, ranks)


def _ranks(ratio: Ratio, above: MeasureCells, below: MeasureCells) -> Ranks:
    """Return the rank of each status, in the order in which the publisher looks for reasons."""
    weaker = np.minimum(above.ranks, below.ranks)
    # A rate of no case is a true zero, however well the people are known; a mean of zero is a mean like others.
    good = np.where(below.ranks < _OBSERVED, weaker, above.ranks) if ratio.is_rate else weaker
    too_few = below.values < ratio.fewest_below
    if ratio.fewest_above:
        too_few |= above.values < ratio.fewest_above
    found = np.select(
        [weaker == _SUPPRESSED, below.ranks < VALUED, below.values == 0, above.ranks < VALUED, too_few],
        [_SUPPRESSED, below.ranks, _NOT_APPLICABLE, above.ranks, _UNRELIABLE],
        good,
    )
    return np.asarray(found, np.int8)
