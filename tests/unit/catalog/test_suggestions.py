"""Suggestions as somebody types: which names go on as was typed, in which order, and what a misspelt one means."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search import Suggestions, catalog_in_memory
from catalog.vietnamese import words
from datasets.text import Bilingual, BilingualList
from tests.support.catalog_records import few_records, record

CATALOG = catalog_in_memory(
    (
        *few_records(),
        record(
            "measles",
            "Số ca mắc sởi theo nhóm tuổi",
            "Measles cases by age group",
            keywords=BilingualList(vi=("giám sát dịch bệnh",), en=("surveillance",)),
            members=(Bilingual(vi="Cần Thơ", en="Can Tho"), Bilingual(vi="Đà Nẵng", en="Da Nang")),
        ),
    )
).prepare()
NAMES = ["Số ca mắc sởi theo nhóm tuổi", "Measles cases by age group", "Cần Thơ", "Đà Nẵng", "giám sát dịch bệnh"]


def texts(typed: str, **asked: object) -> list[str]:
    return [each.text for each in CATALOG.suggest(typed, **asked).found]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("can t", "Cần Thơ"),
        ("cần", "Cần Thơ"),
        ("CẦN TH", "Cần Thơ"),
        ("ca\u0302\u0300n tho\u031b", "Cần Thơ"),
        ("Da n", "Đà Nẵng"),
        ("measles c", "Measles cases by age group"),
        ("nhom tuoi", "nhóm tuổi"),
        ("giam s", "giám sát dịch bệnh"),
        ("sxh", "SXH"),
    ],
)
def test_names_are_found_by_how_they_begin(typed: str, first: str) -> None:
    found = CATALOG.suggest(typed)
    assert found.meant == ""
    assert first in [each.text for each in found.found]


def test_what_begins_with_it_comes_before_what_only_holds_it() -> None:
    assert texts("so ca mac")[0] != "Số ca mắc sởi theo nhóm tuổi"  # The term of the table is shorter and wider.
    assert "Số ca mắc sởi theo nhóm tuổi" in texts("so ca mac")
    assert texts("da nang")[0] == "Đà Nẵng"


def test_marks_that_were_typed_come_first() -> None:
    catalog = catalog_in_memory((record("a", "Sợi bông", "Cotton"), record("b", "Sởi", "Measles")))
    assert catalog.suggest("sởi").found[0].text == "sởi"
    assert catalog.suggest("sợi").found[0].text == "Sợi bông"


def test_the_language_asked_for_comes_first_and_the_other_too() -> None:
    assert texts("da nang", lang="en")[0] == "Da Nang"
    assert {"Đà Nẵng", "Da Nang"} <= set(texts("da nang", lang="vi"))


def test_titles_name_their_dataset() -> None:
    (title,) = (each for each in CATALOG.suggest("measles cases").found if each.kind == "title")
    assert (title.dataset, title.language) == ("measles", "en")
    members = {each.text: each for each in CATALOG.suggest("cần thơ").found if each.kind == "member"}
    assert (members["Cần Thơ"].dataset, members["Cần Thơ"].language) == ("", "vi")


def test_other_names_of_what_no_dataset_is_about_are_not_suggested() -> None:
    assert texts("ebol") == []
    assert "whooping cough" not in texts("whoop")


@pytest.mark.parametrize(
    ("typed", "meant"), [("cann tho", "can tho"), ("measels", "measle"), ("tieem chung", "tiem chung")]
)
def test_a_misspelt_beginning_is_mended_and_says_so(typed: str, meant: str) -> None:
    found = CATALOG.suggest(typed)
    assert found.found
    assert found.meant == meant


def test_words_that_stand_apart_lead_to_the_titles_that_have_both() -> None:
    assert texts("soi tuoi") == ["Số ca mắc sởi theo nhóm tuổi"]


@pytest.mark.parametrize("typed", ["", "   ", "%%%", "zzzz qqqq"])
def test_nothing_goes_on_from_nothing(typed: str) -> None:
    assert CATALOG.suggest(typed) == Suggestions(())


def test_no_more_than_were_wanted_and_no_kind_fills_them_all() -> None:
    for limit in (1, 3, 8, 20):
        assert len(texts("s", limit=limit)) <= limit
    kinds = [each.kind for each in CATALOG.suggest("t", limit=8).found]
    assert max((kinds.count(kind) for kind in set(kinds) - {"title"}), default=0) <= 4


@given(st.sampled_from(NAMES), st.integers(1, 30))
def test_any_beginning_of_a_name_suggests_names_that_hold_it(name: str, length: int) -> None:
    typed = name[:length]
    folded = " ".join(word.folded for word in words(typed))
    found = CATALOG.suggest(typed, limit=20)
    assert found.found
    assert all(folded in " ".join(word.folded for word in words(each.text)) for each in found.found) or found.meant


@given(st.text(max_size=200))
def test_no_text_is_an_error_or_slow(typed: str) -> None:
    start = time.process_time()
    found = CATALOG.suggest(typed)
    assert len(found.found) <= 8
    assert time.process_time() - start < 0.5


def test_names_without_end_take_no_room_from_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.suggestions.MAX_NAMES", 20)
    catalog = catalog_in_memory([record(f"r{number}", f"Bộ số {number}", f"Set {number}") for number in range(99)])
    assert [each.dataset for each in catalog.suggest("Bộ số 0").found if each.kind == "title"] == ["r0"]
    assert len(catalog._suggester._names) < 200
