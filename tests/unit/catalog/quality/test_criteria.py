"""Every criterion can be met and can fail, by what a definition may say; nothing that is forced earns points."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from catalog.quality.criteria import CRITERIA
from catalog.quality.evidence import Evidence
from catalog.quality.findings import Finding
from catalog.quality.score import LEVELS, quality_of
from catalog.quality.timeliness import PROMISES, frequency_finding
from catalog.quality.words import is_untranslated
from datasets.codelist import Codelist, Member
from datasets.text import LANGUAGES, Bilingual
from tests.support.described_well import APPEARED, FLAWS, METHODS, Flaw, evidence, told

TODAY = date(2026, 11, 23)
OURS = [each for each in CRITERIA if each.ours]


def finding(key: str, found: Evidence) -> Finding:
    judged = quality_of(found, TODAY)
    return next(each.finding for each in judged.judgements if each.criterion.key == key)


def test_what_is_described_well_meets_every_criterion() -> None:
    judged = quality_of(evidence(), TODAY)
    assert [each.criterion.key for each in judged.judgements if each.finding.state != "met"] == []
    assert (judged.score, judged.lasting, judged.level, judged.missing) == (1.0, 1.0, "very_good", ())


@pytest.mark.parametrize("flaw", FLAWS, ids=[f"{each.criterion}-{each.state}-{n}" for n, each in enumerate(FLAWS)])
def test_each_flaw_costs_its_criterion_alone(flaw: Flaw) -> None:
    judged = quality_of(flaw.make(evidence()), TODAY)
    (lost,) = judged.missing
    assert lost.criterion.key == flaw.criterion
    assert (lost.finding.state, lost.finding.places) == (flaw.state, flaw.places)
    assert lost.finding.reason
    assert lost.finding.remedy
    assert judged.score < 1


def test_every_criterion_of_ours_can_fail() -> None:
    assert {each.criterion for each in FLAWS} == {each.key for each in OURS}
    assert all(each.weight in (1, 2, 3) for each in CRITERIA)
    assert len({each.key for each in CRITERIA}) == len(CRITERIA)


def test_what_does_not_apply_neither_adds_nor_takes_away() -> None:
    once = told(evidence(), frequency="once", next_release="")
    assert [finding(key, once).state for key in ("frequency", "calendar")] == ["not_asked", "not_asked"]
    assert quality_of(once, TODAY).score == 1
    made_up = told(evidence(), synthetic=True, attribution=None)
    assert finding("origin", made_up).state == "not_asked"


def test_a_code_list_is_asked_who_made_it() -> None:
    lists = [each.model_dump() for each in evidence().about.codelists]
    bare = {"kind": "codelist", "dimensions": (), "measures": (), "tables": (), "attribution": None}
    assert finding("origin", told(evidence(), **bare)).state == "not_met"
    named = [{**each, "source": {"vi": "Bộ Y tế", "en": "Ministry of Health"}} for each in lists]
    code_list = told(evidence(), **bare, codelists=named)
    assert finding("origin", code_list).state == "met"
    assert [finding(key, code_list).state for key in ("names", "rows")] == ["not_asked", "not_asked"]
    assert finding("labels", replace(code_list, codelists={})).state == "not_asked"


@pytest.mark.parametrize(
    ("vi", "en", "expected"),
    [
        ("Dengue", "Dengue", False),
        ("ICD-10", "ICD-10", False),
        ("0-4", "0-4", False),
        ("km²", "km²", False),
        ("Số ca", "Cases", False),
        ("Số ca", "số ca", True),
        ("Tuổi", "Tuổi", True),
        ("Age group", "Age group", True),
    ],
)
def test_what_may_be_the_same_in_both_languages(vi: str, en: str, expected: bool) -> None:
    assert is_untranslated(Bilingual(vi=vi, en=en)) is expected


def test_names_of_places_need_no_translation_and_codes_need_a_label() -> None:
    def of(*members: Member) -> Finding:
        return finding(
            "labels", replace(evidence(), codelists={"x": Codelist("x", Bilingual(vi="a", en="b"), members)})
        )

    place = Member("1", Bilingual(vi="Long An", en="Long An"), level="province")
    assert of(place).state == "met"
    assert of(replace(place, level="ward")).state == "not_met"
    assert of(Member("J45", Bilingual(vi="J45", en="J45"))).state == "not_met"
    assert of(Member("2024", Bilingual(vi="2024", en="2024"))).state == "met"
    right = Member("a", Bilingual(vi="Hen", en="Asthma"))
    assert (
        of(Member("J45", Bilingual(vi="J45", en="J45")), *[replace(right, code=str(n)) for n in range(9)]).state
        == "partly"
    )


@pytest.mark.parametrize("frequency", sorted(PROMISES))
def test_a_frequency_is_kept_until_period_and_grace_are_over(frequency: str) -> None:
    promise = PROMISES[frequency]
    due = timedelta(days=promise.days + promise.grace)

    def state(age: timedelta) -> str:
        return frequency_finding(frequency, APPEARED, APPEARED + age).state

    day = timedelta(days=1)
    assert [state(due), state(due + day)] == ["met", "partly"]
    missed = due + timedelta(days=promise.days)
    assert [state(missed), state(missed + day)] == ["partly", "not_met"]


def test_the_announced_day_counts_instead_of_the_frequency() -> None:
    announced = date(2026, 9, 1)
    assert frequency_finding("monthly", APPEARED, date(2026, 9, 10), announced).state == "met"
    assert frequency_finding("monthly", APPEARED, date(2026, 9, 30), announced).state == "partly"
    # A day that passed before the edition came announces nothing.
    assert frequency_finding("monthly", APPEARED, date(2026, 5, 10), date(2026, 2, 1)).state == "partly"
    assert frequency_finding("irregular", APPEARED, date(2036, 1, 1)).state == "not_asked"
    assert frequency_finding("yearly", None, TODAY).state == "not_asked"


def test_only_the_frequency_depends_on_the_day() -> None:
    assert [each.key for each in CRITERIA if each.by_day] == ["frequency"]
    late = quality_of(evidence(), date(2036, 1, 1))
    assert (late.lasting, late.score < 1) == (1.0, True)


def test_levels_end_at_nothing() -> None:
    assert [each for each, _ in LEVELS] == sorted((each for each, _ in LEVELS), reverse=True)
    assert LEVELS[-1][0] == 0
    worst = evidence()
    for flaw in FLAWS:
        worst = flaw.make(worst) if flaw.state == "not_met" else worst
    assert quality_of(worst, TODAY).level in ("poor", "sufficient")


def test_methods_without_parts_describe_nothing() -> None:
    assert finding("methods", replace(evidence(), methods="")).state == "not_met"
    assert finding("methods", replace(evidence(), methods=METHODS.replace("# Methods", "# Notes"))).state == "partly"
    assert len(LANGUAGES) == 2
