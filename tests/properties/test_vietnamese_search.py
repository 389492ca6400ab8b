"""Properties of the analyzer and the search that hold for any text."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.interpretation import interpret
from catalog.memory_terms import MemoryTerms
from catalog.search import SearchRequest, catalog_in_memory
from catalog.synonyms import synonym_table
from catalog.terms import record_terms
from catalog.vietnamese import MAX_TERMS, decode_keystrokes, place_tone, query_words, strip_marks, words
from tests.support.catalog_records import few_records

RECORDS = few_records()
SOURCE = MemoryTerms(record_terms(each) for each in RECORDS)
CATALOG = catalog_in_memory(RECORDS)

SYLLABLES = [
    "tiêm",
    "chủng",
    "sốt",
    "xuất",
    "huyết",
    "đà",
    "nẵng",
    "hoà",
    "thuỷ",
    "lỵ",
    "y",
    "tế",
    "quý",
    "hoàn",
    "dại",
]
PHRASES = st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=6).map(" ".join)
NASTY = st.text(alphabet=st.characters() | st.sampled_from("*?:\"'()[]{}^~\\/+-&|!\u0301\u0323\u200bđĐ"), max_size=200)


@given(NASTY)
def test_words_never_fail_and_are_never_empty(text: str) -> None:
    for word in words(text):
        assert word.text
        assert word.folded


@given(NASTY)
def test_composed_and_decomposed_text_have_the_same_words(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert words(composed) == words(unicodedata.normalize("NFD", composed))


@given(PHRASES)
def test_folding_is_what_typing_without_marks_gives(phrase: str) -> None:
    assert [word.folded for word in words(phrase)] == [word.folded for word in words(strip_marks(phrase))]


@given(PHRASES)
def test_case_does_not_matter(phrase: str) -> None:
    assert words(phrase) == words(phrase.upper())


@given(st.text(max_size=20))
def test_placing_a_tone_twice_is_placing_it_once(text: str) -> None:
    for word in words(text):
        placed = place_tone(word.text)
        assert place_tone(placed) == placed
        assert strip_marks(placed) == strip_marks(word.text)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", max_size=40))
def test_keystrokes_never_grow_a_word(word: str) -> None:
    assert len(decode_keystrokes(word)) <= len(word)


@given(NASTY)
def test_no_text_is_an_error(text: str) -> None:
    results = CATALOG.search(SearchRequest(text))
    assert results.total >= len(results.hits) >= 0
    assert all(hit.score >= 0 for hit in results.hits)
    assert [hit.score for hit in results.hits] == sorted((hit.score for hit in results.hits), reverse=True)


@given(NASTY)
def test_a_query_asks_for_a_bounded_number_of_things(text: str) -> None:
    assert len(query_words(text)) <= MAX_TERMS
    assert len(interpret(text, synonym_table(), SOURCE).neighbours) < MAX_TERMS


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "sốt xuất huyết " * 700,
        "á" * 10_000,
        "a\u0301\u0302" * 5_000,
        "\u0301" * 10_000,
        "qwrtpsdf " * 1_200,
        "*" * 10_000,
        "(" * 5_000 + ")" * 5_000,
        '"sot xuat',
        "title:dengue OR *:*",
        "dengue~2^9 AND NOT [a TO z]",
        "\x00\x01\x02\x1b[31m",
        "😀👩‍⚕️🏥",
        "' OR 1=1 --",
        "../../etc/passwd",
        "\ud800",
    ],
)
def test_hostile_queries_are_answered_soon(text: str) -> None:
    start = time.process_time()
    results = CATALOG.search(SearchRequest(text))
    assert time.process_time() - start < 1.0
    assert results.total <= len(RECORDS)
