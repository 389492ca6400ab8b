"""The resource that tells how well a dataset is described and kept, and its FAIR indicators."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from catalog.quality.criteria import GUARANTEES
from catalog.quality.fair import AREAS, Area, Priority, Shown, counted, fair
from catalog.quality.findings import State
from catalog.quality.proofs import Subject
from catalog.quality.score import Judgement, Level, Quality
from catalog.standards.described import Described
from datasets.said import said, translated
from datasets.text import Bilingual
from portal.public.resources import Resource
from portal.shared.labels import QUALITY_LEVELS
from portal.shared.links import Links
from portal.shared.wording import wording


class CriterionNote(Resource):
    """One thing that was looked at."""

    key: str
    meaning: Bilingual
    weight: int = Field(description="3: needed to use the data rightly; 2: to find or understand it; 1: it helps.")
    state: State = Field(description="`not_asked` where it does not apply; that neither adds nor takes away.")
    reason: Bilingual
    remedy: Bilingual | None = Field(description="What to do about it; null where nothing is.")
    places: tuple[str, ...] = Field(description="Which keys of the definition, or files beside it, are to be edited.")


class GuaranteeNote(Resource):
    """What every release has, because no other can be published; it earns no points."""

    key: str
    meaning: Bilingual


class IndicatorNote(Resource):
    """An indicator of the FAIR Data Maturity Model of the RDA."""

    id: str = Field(examples=["RDA-F1-02M"])
    priority: Priority
    meaning: Bilingual
    met: bool
    evidence: str = Field(description="The address of what proves it.")
    remedy: Bilingual | None = Field(description="What to do about it; null where it is met.")


class AreaNote(Resource):
    """How many indicators of an area are met."""

    met: int
    of: int
    score: float


class FairNote(Resource):
    """How findable, accessible, interoperable and reusable a dataset is."""

    areas: dict[Area, AreaNote] = Field(description="F, A, I and R.")
    indicators: tuple[IndicatorNote, ...]


class QualityDocument(Resource):
    """How good a dataset is described and kept, with reasons and remedies."""

    dataset: str
    release: str = Field(description="The newest release, by which it is judged.")
    judged_on: date = Field(description="The day in Viet Nam.")
    score: float = Field(ge=0, le=1, description="The weighed share of criteria that are met.")
    lasting_score: float = Field(
        ge=0, le=1, description="The same without what changes from day to day; the search and DCAT know this one."
    )
    level: Level
    level_in_words: Bilingual
    criteria: tuple[CriterionNote, ...]
    guaranteed: tuple[GuaranteeNote, ...]
    fair: FairNote


def quality_document(described: Described, quality: Quality, links: Links, today: date) -> QualityDocument:
    """Return what is told of the quality of a dataset as of ``today``."""
    return QualityDocument(
        dataset=described.release.dataset,
        release=described.release.name,
        judged_on=today,
        score=quality.score,
        lasting_score=quality.lasting,
        level=quality.level,
        level_in_words=_both(said(QUALITY_LEVELS[quality.level])),
        criteria=tuple(map(_criterion, quality.judgements)),
        guaranteed=tuple(GuaranteeNote(key=each.key, meaning=_both(each.meaning)) for each in GUARANTEES),
        fair=_fair(fair(Subject(described, quality, links))),
    )


def _criterion(judgement: Judgement) -> CriterionNote:
    criterion, finding = judgement.criterion, judgement.finding
    return CriterionNote(
        key=criterion.key,
        meaning=_both(criterion.meaning),
        weight=criterion.weight,
        state=finding.state,
        reason=_both(finding.reason),
        remedy=_both(finding.remedy) if finding.remedy else None,
        places=finding.places,
    )


def _fair(shown: tuple[Shown, ...]) -> FairNote:
    areas = {}
    for area in AREAS:
        met, of = counted(shown, area)
        areas[area] = AreaNote(met=met, of=of, score=round(met / of, 4))
    return FairNote(areas=areas, indicators=tuple(map(_indicator, shown)))


def _indicator(shown: Shown) -> IndicatorNote:
    indicator = shown.indicator
    return IndicatorNote(
        id=indicator.id,
        priority=indicator.priority,
        meaning=_both(indicator.meaning),
        met=shown.met,
        evidence=shown.evidence,
        remedy=None if shown.met else _both(indicator.remedy),
    )


def _both(text: str) -> Bilingual:
    return Bilingual(vi=translated(text, wording("vi").gettext), en=translated(text, wording("en").gettext))
