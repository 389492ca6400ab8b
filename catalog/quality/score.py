"""The score of a dataset: what its criteria found, weighed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from catalog.quality.criteria import CRITERIA, Criterion
from catalog.quality.evidence import Evidence
from catalog.quality.findings import VALUES, Finding
from catalog.record import CatalogRecord

Level = Literal["very_good", "good", "sufficient", "poor"]
LEVELS: tuple[tuple[float, Level], ...] = ((0.87, "very_good"), (0.55, "good"), (0.3, "sufficient"), (0.0, "poor"))
"""From which score on a level begins: the shares at which the EU's Metadata Quality Assessment draws its lines."""
_ANY_DAY = date(2026, 1, 1)
_FEWEST_JUDGED = 0.5
"""Of a record of others so much of the weight must be known; less is no ground for a score."""


@dataclass(frozen=True)
class Judgement:
    """A criterion and what it found."""

    criterion: Criterion
    finding: Finding

    @property
    def lost(self) -> float:
        """How much of the weight was not earned."""
        return self.criterion.weight * (1 - VALUES.get(self.finding.state, 1.0))


@dataclass(frozen=True)
class Quality:
    """How good a dataset is described and kept, with reasons."""

    judgements: tuple[Judgement, ...]

    @property
    def asked(self) -> tuple[Judgement, ...]:
        return tuple(each for each in self.judgements if each.finding.state in VALUES)

    @property
    def missing(self) -> tuple[Judgement, ...]:
        """What is not as it should be, what costs most first."""
        return tuple(sorted((each for each in self.asked if each.lost), key=lambda each: -each.lost))

    @property
    def score(self) -> float:
        """From 0 to 1, on the day it was judged."""
        return _share(self.asked)

    @property
    def lasting(self) -> float:
        """From 0 to 1, by what does not change from one day to the next."""
        return _share(each for each in self.asked if not each.criterion.by_day)

    @property
    def level(self) -> Level:
        return next(level for least, level in LEVELS if self.score >= least)


def quality_of(evidence: Evidence, today: date) -> Quality:
    """Judge a dataset of ours as of ``today``, a day in Viet Nam."""
    return Quality(tuple(Judgement(each, each.ours(evidence, today)) for each in CRITERIA if each.ours))


def quality_of_record(record: CatalogRecord, today: date) -> Quality:
    """Judge a record of others by what it says; what it cannot say is not asked."""
    return Quality(tuple(Judgement(each, each.others(record, today)) for each in CRITERIA if each.others))


def quality_of_harvested(record: CatalogRecord) -> float | None:
    """Return how good a record of others is, from 0 to 1, whatever the day; None where too little is known."""
    judged = quality_of_record(record, _ANY_DAY)
    could = sum(each.weight for each in CRITERIA if each.others)
    known = sum(each.criterion.weight for each in judged.asked)
    return judged.lasting if known >= _FEWEST_JUDGED * could else None


def _share(judgements: Iterable[Judgement]) -> float:
    asked = tuple(judgements)
    weight = sum(each.criterion.weight for each in asked)
    return round(1 - sum(each.lost for each in asked) / weight, 4) if weight else 0.0
