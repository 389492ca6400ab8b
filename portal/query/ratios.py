"""Rates and means of several members at once: what is above their line by what is below it, never rates of rates."""

from __future__ import annotations

from dataclasses import dataclass

from datasets.disclosure import Denominators
from datasets.release import MeasureDescription
from datasets.rounding import DECIMALS
from portal.query.selection import Use


@dataclass(frozen=True)
class Ratio:
    """A rate or a mean that is worked out anew, for an answer that adds cells up."""

    measure: MeasureDescription
    above: MeasureDescription
    below: MeasureDescription
    fewest: Denominators | None = None
    """What rates and means of the release have to rest on."""

    @property
    def name(self) -> str:
        return self.measure.name

    @property
    def is_rate(self) -> bool:
        """Whether what is below the line are people, most of whom are not counted above it."""
        return self.measure.type == "rate"

    @property
    def per(self) -> int:
        return self.measure.per or 1

    @property
    def decimals(self) -> int:
        return DECIMALS if self.measure.decimals is None else self.measure.decimals

    @property
    def fewest_above(self) -> int:
        """How many events there have to be above the line; those of a mean are its values, below it."""
        return (self.fewest.events or 0) if self.fewest is not None and self.is_rate else 0

    @property
    def fewest_below(self) -> int:
        """How many there have to be below the line."""
        if self.fewest is None:
            return 0
        events = 0 if self.is_rate else self.fewest.events or 0
        return max(events, self.fewest.population or 0)


def is_repeated(measure: MeasureDescription, use: Use) -> bool:
    """Whether the same people stand in every cell along a dimension: a population does not differ by cause of death."""
    return measure.type == "population" and use.name not in (measure.dimensions or ())
