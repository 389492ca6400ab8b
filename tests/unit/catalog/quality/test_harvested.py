"""Records of others are judged by what they say; what they cannot say is not asked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from catalog.harvest.description import Description, item_of
from catalog.harvest.sources import Source
from catalog.harvest.store import Found
from catalog.others import listed_record
from catalog.quality.criteria import CRITERIA
from catalog.quality.score import quality_of_harvested, quality_of_record
from catalog.record import CatalogRecord
from datasets.text import Bilingual

TODAY = date(2026, 11, 26)
SOURCE = Source(
    id="there",
    title=Bilingual(vi="Cổng tỉnh", en="A province"),
    protocol="dcat",
    address="https://there.example.org/catalog.ttl",
)
WELL: dict[str, Any] = {
    "titles": {"vi": "Số ca sởi theo huyện", "en": "Measles cases by district"},
    "summaries": {
        "vi": "Số ca sởi được báo cáo hằng tháng theo huyện của tỉnh.",
        "en": "Measles cases that were reported every month, by district of the province.",
    },
    "keywords": tuple((language, f"{language}{n}") for language in ("vi", "en") for n in range(3)),
    "licence": "cc-by-4.0",
    "frequency": "monthly",
    "modified": "2026-11-01",
    "start": "2020-01-01",
    "end": "2026-10-31",
    "landing_page": "https://there.example.org/1",
    "files": (("CSV", "https://there.example.org/1.csv", "CSV"),),
}


def harvested(**changes: Any) -> CatalogRecord:
    item = item_of(Description(remote_id="1", **(WELL | changes)), SOURCE, datetime(2026, 11, 26, tzinfo=UTC))
    assert item.record is not None
    found = Found(item.record, source_title=SOURCE.title, also_in=())
    return listed_record(found, {})


def states(record: CatalogRecord) -> dict[str, str]:
    return {each.criterion.key: each.finding.state for each in quality_of_record(record, TODAY).judgements}


def test_what_is_described_well_elsewhere_meets_every_criterion() -> None:
    assert set(states(harvested()).values()) == {"met"}
    assert quality_of_harvested(harvested()) == 1


FLAWS: list[tuple[str, dict[str, Any], str]] = [
    ("title", {"titles": {"vi": "Số ca sởi theo huyện"}}, "not_met"),
    ("summary", {"summaries": {}}, "not_met"),
    ("keywords", {"keywords": ()}, "not_met"),
    ("period", {"start": "", "end": ""}, "not_met"),
    ("frequency", {"modified": "2026-09-27"}, "partly"),
    ("licence", {"licence": "ask us"}, "partly"),
    ("licence", {"licence": ""}, "not_met"),
    ("formats", {"files": (("PDF", "https://there.example.org/1.pdf", "PDF"),)}, "not_met"),
    ("formats", {"files": (("Excel", "https://there.example.org/1.xlsx", "XLSX"),)}, "partly"),
    ("files", {"files": ()}, "partly"),
    ("files", {"files": (), "landing_page": ""}, "not_met"),
    ("dated", {"modified": "", "issued": ""}, "not_met"),
]


@pytest.mark.parametrize(("key", "changes", "state"), FLAWS, ids=[f"{each[0]}-{each[2]}" for each in FLAWS])
def test_each_flaw_is_found(key: str, changes: dict[str, Any], state: str) -> None:
    assert states(harvested(**changes))[key] == state
    judged = quality_of_record(harvested(**changes), TODAY)
    assert judged.score < 1
    assert all(each.finding.remedy for each in judged.missing)


def test_every_criterion_of_records_of_others_can_fail() -> None:
    assert {key for key, _, _ in FLAWS} == {each.key for each in CRITERIA if each.others}


def test_unknown_is_unknown() -> None:
    without = states(harvested(files=(), frequency="", modified=""))
    assert (without["formats"], without["frequency"]) == ("not_asked", "not_asked")
    assert quality_of_harvested(harvested(files=(), modified="2020-01-01")) is not None


def test_the_ranking_does_not_know_the_day() -> None:
    assert quality_of_harvested(harvested(modified="2001-01-01")) == 1
