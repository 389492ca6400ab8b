"""The block of a dataset's page that tells how good the dataset is described and kept, in words."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from catalog.quality.criteria import GUARANTEES
from catalog.quality.evidence import Evidence
from catalog.quality.fair import AREAS, Shown, counted, fair
from catalog.quality.proofs import Subject
from catalog.quality.reading import first_appeared
from catalog.quality.score import Judgement, Quality, quality_of
from catalog.standards.described import Described
from datasets.said import Said, translated
from datasets.text import Model
from portal.public.pages.parts import Fact
from portal.shared.labels import FAIR_AREAS, QUALITY_LEVELS
from portal.shared.links import Links
from portal.shared.wording import Wording


class Lack(Model):
    """Something that is not as it should be; what publishers can do about it, the API and ``ytemo quality`` tell."""

    label: str = Field(description="What was looked at.")
    reason: str = Field(description="What was found.")
    partly: bool = Field(description="Whether a part of it is as it should be.")


class RecordQuality(Model):
    """How good a record of another catalog is, by what it says."""

    level: str = Field(description="In one or two words.")
    met: str = Field(description="How many criteria are met.")
    asked: str = Field(description="How many criteria apply.")
    day: str = Field(description="The day on which it was judged.")
    lacks: tuple[Lack, ...] = Field(description="What is missing, what weighs most first.")


class QualityView(RecordQuality):
    """How good a dataset is described and kept."""

    fine: tuple[str, ...] = Field(description="What is as it should be.")
    guaranteed: tuple[str, ...] = Field(description="What every release has.")
    fair: tuple[Fact, ...] = Field(description="How many FAIR indicators of each area are met.")
    api: str = Field(description="The address of all reasons and proofs for programs.")


def quality_view(described: Described, methods: str, today: date, links: Links, words: Wording) -> QualityView:
    """Return what the page tells of the quality of a dataset as of ``today``."""
    release = described.release
    appeared = first_appeared(release, described.releases)
    quality = quality_of(Evidence(described.about, described.codelists, methods, appeared), today)
    return QualityView(
        **record_quality(quality, today, words).model_dump(),
        fine=tuple(words.gettext(each.criterion.meaning) for each in quality.asked if not each.lost),
        guaranteed=tuple(words.gettext(each.meaning) for each in GUARANTEES),
        fair=_fair(fair(Subject(described, quality, links)), words),
        api=links.api(f"datasets/{release.dataset}/quality"),
    )


def record_quality(quality: Quality, today: date, words: Wording) -> RecordQuality:
    """Return what a page tells of any record as of ``today``."""
    return RecordQuality(
        level=words.gettext(QUALITY_LEVELS[quality.level]),
        met=words.number(len(quality.asked) - len(quality.missing)),
        asked=words.number(len(quality.asked)),
        day=words.day(today),
        lacks=tuple(_lack(each, words) for each in quality.missing),
    )


def _lack(judgement: Judgement, words: Wording) -> Lack:
    finding = judgement.finding
    return Lack(
        label=words.gettext(judgement.criterion.meaning),
        reason=_in_words(finding.reason, words),
        partly=finding.state == "partly",
    )


def _in_words(text: str, words: Wording) -> str:
    """Return a text with days and numbers as people write them."""
    if isinstance(text, Said):
        text = Said.of(text.message, {name: _shown(value, words) for name, value in text.values.items()})
    return translated(text, words.gettext)


def _shown(value: object, words: Wording) -> object:
    if isinstance(value, date):
        return words.day(value)
    return words.number(value) if isinstance(value, int) else value


def _fair(shown: tuple[Shown, ...], words: Wording) -> tuple[Fact, ...]:
    facts = []
    for area in AREAS:
        met, of = counted(shown, area)
        value = words.gettext("%(met)s of %(all)s") % {"met": words.number(met), "all": words.number(of)}
        facts.append(Fact(label=words.gettext(FAIR_AREAS[area]), value=value))
    return tuple(facts)
