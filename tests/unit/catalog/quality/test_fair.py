"""The indicators of the FAIR Data Maturity Model: all of them, each with its proof, and those that can fail do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from catalog.quality.fair import AREAS, INDICATORS, counted, fair
from catalog.quality.proofs import Subject
from catalog.quality.score import quality_of
from catalog.standards.described import Described
from datasets.release import FileEntry, Manifest, PublicRelease
from datasets.text import Bilingual
from portal.shared.links import Links
from tests.support.described_well import CODELISTS, evidence, told

DAY = datetime(2026, 3, 1, tzinfo=UTC)
# The model has 41 indicators (RDA, 2020): 7 of F, 12 of A, 12 of I, 10 of R.
NUMBERS = {"F": 7, "A": 12, "I": 12, "R": 10}


def subject(*, versions: int = 1, base: str = "https://data.moh.gov.vn", **changes: Any) -> Subject:
    found = told(evidence(), **changes)
    releases = tuple(
        PublicRelease(
            Manifest(
                dataset="cases",
                edition="2025",
                version=number,
                published_at=DAY,
                available_from=DAY,
                changes=Bilingual(vi="Đầu.", en="First."),
                files=(FileEntry(path="data/main.csv", sha256="0" * 64, bytes=1, media_type="text/csv"),),
                description=found.about,
            ),
            "0" * 64,
        )
        for number in range(versions, 0, -1)
    )
    described = Described(releases[0], releases, CODELISTS)
    return Subject(described, quality_of(found, date(2026, 11, 23)), Links(base))


def unmet(asked: Subject) -> set[str]:
    return {each.indicator.id for each in fair(asked) if not each.met}


ALWAYS_UNMET = {"RDA-F1-01M", "RDA-F1-01D", "RDA-R1.2-02M"}
BARE = {"RDA-I3-01M", "RDA-I3-02M", "RDA-I3-03M", "RDA-I3-04M"}


def test_the_model_is_whole() -> None:
    assert len({each.id for each in INDICATORS}) == len(INDICATORS) == 41
    assert {area: sum(each.area == area for each in INDICATORS) for area in AREAS} == NUMBERS
    assert {each.id[-1] for each in INDICATORS} == {"M", "D"}
    assert all(each.remedy for each in INDICATORS if each.id in unmet(subject()))


def test_what_a_good_dataset_lacks_is_told() -> None:
    assert unmet(subject(versions=2)) == ALWAYS_UNMET
    assert unmet(subject()) == ALWAYS_UNMET | BARE
    assert [counted(fair(subject(versions=2)), area) for area in AREAS] == [(5, 7), (12, 12), (12, 12), (9, 10)]


@pytest.mark.parametrize(
    ("changes", "more", "less"),
    [
        ({"base": "http://localhost:8000"}, {"RDA-F1-02M", "RDA-F1-02D"}, set()),
        ({"keywords": {"vi": [], "en": []}}, {"RDA-F2-01M"}, set()),
        ({"attribution": None}, {"RDA-R1.2-01M"}, set()),
        ({"attribution": {"vi": "Nguồn https://a.vn", "en": "From https://a.vn"}}, set(), {"RDA-I3-02M"}),
        (
            {
                "rules": [
                    {
                        "title": {"vi": "Thông tư", "en": "Circular"},
                        "citation": {"vi": "37/2019", "en": "37/2019"},
                        "valid_from": "2019-01-01",
                    }
                ]
            },
            set(),
            {"RDA-I3-01M", "RDA-I3-03M"},
        ),
        ({"codelists": [], "dimensions": []}, {"RDA-I2-01D", "RDA-I3-01D", "RDA-I3-02D"}, set()),
    ],
)
def test_indicators_follow_what_is_published(changes: dict[str, Any], more: set[str], less: set[str]) -> None:
    assert unmet(subject(**changes)) == (ALWAYS_UNMET | BARE | more) - less


def test_untitled_columns_are_no_rich_attributes() -> None:
    asked = subject()
    poor = quality_of(replace(evidence(), methods=""), date(2026, 11, 23))
    assert unmet(replace(asked, quality=poor)) == ALWAYS_UNMET | BARE | {"RDA-R1-01M"}


def test_every_proof_is_an_address_of_the_portal() -> None:
    assert all(each.evidence.startswith("https://data.moh.gov.vn/") for each in fair(subject()))
