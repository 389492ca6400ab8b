"""What slips cost, what is heard alike, and which words of a query are mended and which are let be."""

from __future__ import annotations

import tracemalloc

import pytest

from catalog.interpretation import interpret
from catalog.memory_terms import MemoryTerms
from catalog.misspelling import (
    ALIKE,
    BESIDE,
    DOUBLED,
    LONGER,
    LOST,
    OTHER,
    SWAPPED,
    Lexicon,
    cost,
    heard_alike,
    is_syllable,
    lexicon,
)
from catalog.search import SearchRequest, catalog_in_memory
from catalog.synonyms import synonym_table
from catalog.terms import record_terms
from tests.support.catalog_records import record

RECORDS = (
    record("measles", "Số ca mắc sởi", "Measles cases"),
    record("rabies", "Số ca mắc bệnh dại", "Rabies cases"),
    record("typhoid", "Số ca mắc thương hàn theo hàng tháng", "Typhoid cases"),
    record("encephalitis", "Số ca viêm não vi rút", "Viral encephalitis cases"),
    record("leptospirosis", "Số ca xoắn khuẩn", "Leptospirosis cases"),
    record("pertussis", "Số ca ho gà", "Pertussis cases"),
    record("beds", "Số giường bệnh theo tỉnh", "Hospital beds by province"),
    record("vaccines", "Tỷ lệ tiêm chủng", "Vaccination coverage"),
)
CATALOG = catalog_in_memory(RECORDS)


def first(text: str) -> str:
    hits = CATALOG.search(SearchRequest(text)).hits
    return hits[0].record.id if hits else ""


@pytest.mark.parametrize(
    ("typed", "meant", "slip"),
    [
        ("xoi", "soi", ALIKE),
        ("trung", "chung", ALIKE),
        ("hang", "han", ALIKE),
        ("dia", "dai", SWAPPED),
        ("tta", "ta", DOUBLED),
        ("dbo", "do", LOST),
        ("met", "meet", DOUBLED),
        ("gan", "gian", LOST),
        ("soo", "soi", BESIDE),
        ("sqi", "soi", OTHER),
        ("pharm", "pharmacy", LONGER),
        ("do", "dob", LOST),
        ("leptospirois", "leptospxiroisx", OTHER + ALIKE),
    ],
)
def test_the_likelier_a_slip_the_less_it_costs(typed: str, meant: str, slip: float) -> None:
    assert cost(typed, meant, 0) == slip
    assert cost(typed, meant, 100) < slip


def test_marks_stay_where_they_are_when_a_sound_is_written_otherwise() -> None:
    assert "sởi" in set(heard_alike("xởi"))
    assert "hàn" in set(heard_alike("hàng"))
    assert "dược" in set(heard_alike("giược"))


@pytest.mark.parametrize("word", ["lich", "nghieng", "quyet", "an", "y", "truong", "gi", "xoai", "khuya"])
def test_syllables_are_told_from_letters(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["lihc", "measles", "strong", "ckh", "", "wh", "fan", "tiemchung"])
def test_what_no_syllable_is(word: str) -> None:
    assert not is_syllable(word)


def test_a_lexicon_finds_by_beginning_and_by_two_slips() -> None:
    words = Lexicon(frozenset({"pharmacy", "pharmacist", "leptospirosis", "soi", "zzz"}))
    assert words.beginning_with("pharm") == ["pharmacist", "pharmacy"]
    assert words.beginning_with("q") == []
    assert words.near("leptospirois") == {"leptospirosis"}
    assert words.near("leptopsirosis") == {"leptospirosis"}
    assert words.near("soi") == set()
    assert lexicon(frozenset({"a"})) is lexicon(frozenset({"a"}))


def test_a_word_without_end_takes_no_memory() -> None:
    tracemalloc.start()
    words = Lexicon(frozenset(letter * 5_000 for letter in "abcdefgh"))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000
    assert words.near("a" * 4_999) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("xởi", "measles"),
        ("xoi", "measles"),
        ("bệnh diạ", "rabies"),
        ("benh giai", "rabies"),
        ("thương hàng", "typhoid"),
        ("viêm nảo", "encephalitis"),
        ("ho àg", "pertussis"),
        ("gia su giuong behn", "beds"),
        ("giu7o72ng be65nh", "beds"),
        ("tiêm trủng", "vaccines"),
        ("leptospirrosi", "leptospirosis"),
        ("vacination", "vaccines"),
    ],
)
def test_slips_of_every_kind_find_what_was_meant(text: str, expected: str) -> None:
    assert first(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "hàng tháng",
        "thương hàn",
        "bệnh dại theo tỉnh",
        "sởi theo lịch sử",
        "giường bệnh ở mỗi tỉnh",
        "h7n9",
        "ho gà đẻ",
    ],
)
def test_right_words_are_let_be(text: str) -> None:
    source = MemoryTerms(record_terms(each) for each in RECORDS)
    assert interpret(text, synonym_table(), source).mended == ()


def test_a_mended_word_keeps_the_marks_that_were_typed() -> None:
    # Without them "soi" would be the endoscope too.
    assert CATALOG.search(SearchRequest("xởi")).suggestion == "sởi"


def test_endless_words_are_left_alone() -> None:
    source = MemoryTerms(record_terms(each) for each in RECORDS)
    assert interpret("a" * 41 + " sởi", synonym_table(), source).mended == ()
