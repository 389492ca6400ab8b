"""What a remote says of a dataset becomes a record in our words, or is refused with a rule."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.harvest.description import Description, item_of, record_id
from catalog.harvest.documents import UNREADABLE
from catalog.harvest.records import Item
from tests.support.remote_records import NOW, SOURCE, taken


def described(**more: Any) -> Item:
    return item_of(Description(**{"remote_id": "r1", "titles": {"vi": "Sởi"}, **more}), SOURCE, NOW)


@pytest.mark.parametrize(
    ("field", "given_", "wanted"),
    [
        ("licence", "https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("licence", "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0", "CC-BY-4.0"),
        ("licence", "cc-zero", "CC0-1.0"),
        ("licence", "https://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA-4.0"),
        ("licence", "odc-odbl", "ODbL-1.0"),
        ("licence", "odc-by", "ODC-BY-1.0"),
        ("licence", "Dùng <b>tự do</b>", "Dùng tự do"),
        ("frequency", "http://publications.europa.eu/resource/authority/frequency/QUARTERLY", "quarterly"),
        ("frequency", "Hàng tháng", "monthly"),
        ("frequency", "R/P1Y", "yearly"),
        ("frequency", "now and then", ""),
    ],
)
def test_words_of_others_become_ours(field: str, given_: str, wanted: str) -> None:
    assert getattr(taken(described(**{field: given_})).record, field) == wanted


@pytest.mark.parametrize("day", ["2025", "2025-02", "2025-02-28", "2025-02-28T10:00:00+07:00", "2025-02-28T03:00:00Z"])
def test_dates_stay_as_they_are(day: str) -> None:
    record = taken(described(start=day, modified=day)).record
    assert (record.coverage_start, record.published_at) == (day, day)


@pytest.mark.parametrize(
    "day",
    [
        "28/02/2025",
        "2025-02-30",
        "hôm qua",
        "0000",
        "2025-13",
        "٢٠٢٥",
        "9" * 5_000,
        "2025-02-28 x",
        "2025-02-28\u202e10:00",
        "2025-02-28<10:00",
        "2025-02-28T10:00:00." + "0" * 50,
    ],
)
def test_dates_that_are_none_are_left_out_and_told(day: str) -> None:
    item = described(end=day)
    assert taken(item).record.coverage_end is None
    assert [(each.rule, each.is_refusal) for each in item.told] == [
        ("the end of its period is no date of ISO 8601", False)
    ]


@pytest.mark.parametrize(("day", "kept"), [("2026-11-27", "2026-11-27"), ("2027", ""), ("9999-12-31T23:59:59Z", "")])
def test_no_record_is_newer_than_the_harvest(day: str, kept: str) -> None:
    item = described(modified=day, end=day)
    assert (taken(item).record.published_at, taken(item).record.coverage_end) == (kept, day)
    assert [each.rule for each in item.told] == ([] if kept else ["the date of its last change is yet to come"])


@pytest.mark.parametrize(
    "titles", [{}, {"vi": ""}, {"vi": "<script>x</script>"}, {"en": "\u200b"}, {"vi": f"S{UNREADABLE}i"}]
)
def test_a_record_without_a_title_is_not_taken(titles: dict[str, str]) -> None:
    item = described(titles=titles)
    assert item.record is None
    assert item.told[0].is_refusal
    assert item.told[0].remedy


def test_one_language_stands_for_both_and_is_not_made_up() -> None:
    record = taken(
        described(titles={"vi": "Sởi", "en": "Measles"}, keywords=(("vi", "y tế"), ("", "2025"), ("fr", "x")))
    )
    assert (record.record.title.vi, record.record.title.en) == ("Sởi", "Measles")
    assert record.record.keywords.vi == ("y tế", "2025", "x")
    assert record.record.keywords.en == ("2025", "x")
    assert record.record.summary == record.record.title
    assert record.record.publisher_name == SOURCE.title
    french = taken(described(titles={"": "Rougeole"}))
    assert (french.record.title.vi, french.record.title.en) == ("Rougeole", "Rougeole")
    assert french.record.id == record_id("there", "r1")
    assert french.record.theme == "other"


@pytest.mark.parametrize(
    ("kind", "address", "wanted"),
    [
        ("text/csv", "https://x/a", "csv"),
        ("http://publications.europa.eu/resource/authority/file-type/CSV", "https://x/a", "csv"),
        ("application/vnd.ms-excel", "https://x/a", "xls"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "https://x/a", "xlsx"),
        ("", "https://x/a.ZIP?x=1", "zip"),
        ("", "https://x/a", ""),
        ("<b>", "https://x/a", ""),
    ],
)
def test_formats_are_short_names(kind: str, address: str, wanted: str) -> None:
    item = described(files=(("t", address, kind),))
    assert taken(item).files[0].format == wanted
    assert taken(item).record.formats == ((wanted,) if wanted else ())


def test_what_shows_nothing_is_nothing() -> None:
    hidden = "\u200b" * 500 + "x"
    about = taken(described(licence=hidden, publisher={"": hidden}, keywords=(("", hidden),))).record
    assert (about.licence, about.publisher_name, about.keywords.vi) == ("", SOURCE.title, ())
    assert described(titles={"": hidden}).record is None


def test_no_record_fills_the_memory_of_a_portal() -> None:
    files = tuple((f"t{number}", f"https://x.example.org/{number}", f"f{number}") for number in range(300))
    found = taken(described(keywords=tuple(("", f"k{number}") for number in range(300)), files=files))
    assert (len(found.record.keywords.vi), len(found.record.formats), len(found.files)) == (50, 20, 200)
