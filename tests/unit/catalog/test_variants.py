"""Every title, mistyped in every way at every word, still finds its record first (Show 1 of the catalog)."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from catalog.evaluation import read_corpus
from catalog.record import CatalogRecord
from catalog.search import Catalog, SearchRequest, catalog_in_memory
from catalog.vietnamese import words
from tests.support.query_variants import bare, moved_tones, typing_variants, whole_title_variants
from tests.support.shared import SHARED

SEED = 1
Case = tuple[str, str, str]
"""The kind of a variant, the query, and the record that it should find."""


@pytest.fixture(scope="module")
def records() -> tuple[CatalogRecord, ...]:
    return read_corpus(SHARED / "data" / "vi_search_corpus" / "catalogue_fixture_vi_en.json")


@pytest.fixture(scope="module")
def catalog(records: tuple[CatalogRecord, ...]) -> Catalog:
    return catalog_in_memory(records)


def shares(catalog: Catalog, cases: Iterable[Case]) -> dict[str, float]:
    """Ask every case; print and return, for each kind, the share whose first hit is the record."""
    asked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for kind, text, expected in cases:
        hits = catalog.search(SearchRequest(text, page_size=1)).hits
        asked[kind] += 1
        right[kind] += bool(hits) and hits[0].record.id == expected
    for kind in sorted(asked):
        print(f"{kind:34} {right[kind]:5} of {asked[kind]:5}  {right[kind] / asked[kind]:.3f}")  # noqa: T201
    return {kind: right[kind] / asked[kind] for kind in asked}


def variants(title: str, expected: str) -> Iterator[Case]:
    yield from ((kind, text, expected) for kind, text in whole_title_variants(title))
    yield from ((kind, text, expected) for kind, text in typing_variants(title, SEED))


def variants_without_marks(title: str, expected: str) -> Iterator[Case]:
    yield from ((f"{kind}, no marks", text, expected) for kind, text in typing_variants(bare(title), SEED))


def short_name(record: CatalogRecord) -> str:
    """Return what a title is about, without how it is broken down: the words that decide."""
    title = record.title.vi
    disease = re.match("Số ca mắc và tử vong(?: mới)? do (.*?) theo tỉnh", title)
    return disease[1] if disease else re.split(r" phân theo| \(| theo ", title)[0]


def test_whole_titles(catalog: Catalog, records: tuple[CatalogRecord, ...]) -> None:
    found = shares(catalog, (case for each in records for case in variants(each.title.vi, each.id)))
    assert len(found) >= 13
    assert min(found.values()) >= 0.98, found
    assert all(share == 1.0 for kind, share in found.items() if kind.startswith(("unaccented", "decomposed", "tone")))


def test_english_titles(catalog: Catalog, records: tuple[CatalogRecord, ...]) -> None:
    cases = ((kind, text, each.id) for each in records for kind, text in typing_variants(each.title.en, SEED))
    assert min(shares(catalog, cases).values()) >= 0.98


def test_the_deciding_words_alone(catalog: Catalog, records: tuple[CatalogRecord, ...]) -> None:
    """Of two or three words every one decides: far harder than a slip in a whole title."""
    names = [(short_name(each), each.id) for each in records]
    clear = [pair for pair in names if catalog.search(SearchRequest(pair[0])).hits[0].record.id == pair[1]]
    assert len(clear) >= 55
    ways = (variants, variants_without_marks)
    found = shares(catalog, (case for each in clear for way in ways for case in way(*each)))
    assert min(found.values()) >= 0.94, found
    assert sum(found.values()) / len(found) >= 0.98


def test_no_right_query_is_mended(catalog: Catalog, records: tuple[CatalogRecord, ...]) -> None:
    """A title as it is written, in either language, with marks or without, is never read as another."""
    for each in records:
        for title in (each.title.vi, each.title.en, bare(each.title.vi)):
            results = catalog.search(SearchRequest(title, page_size=1))
            assert (results.suggestion, results.hits[0].record.id) == ("", each.id)


def test_names_of_communes_are_one_word_wherever_their_tone_stands() -> None:
    """Of the 63 titles only one has a syllable with two places for its tone; of 3,321 communes 191 have."""
    with (SHARED / "data" / "admin_units" / "wards_2026_07.csv").open(encoding="utf-8-sig", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    moved = [(name, moved_tones(name)) for name in names if moved_tones(name) != name]
    assert len(moved) > 150
    for name, other in moved:
        assert [word.accented for word in words(name)] == [word.accented for word in words(other)], (name, other)
