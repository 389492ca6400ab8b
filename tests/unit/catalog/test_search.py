"""Searching: what is found, in which order, with which reasons, counts and suggestions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from catalog.facets import FACETS
from catalog.reasons import Reason
from catalog.record import LEVEL_LABELS, CatalogRecord
from catalog.search import Catalog, SearchRequest, catalog_in_memory
from datasets.errors import DatasetNotFound, QueryInvalid
from datasets.text import Bilingual, BilingualList
from tests.support.catalog_records import few_records, record


def catalog_of(*records: CatalogRecord) -> Catalog:
    return catalog_in_memory(records)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return catalog_of(*few_records())


def found(catalog: Catalog, text: str, **request: Any) -> list[str]:
    return [hit.record.id for hit in catalog.search(SearchRequest(text, **request)).hits]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("sốt xuất huyết", "dengue"),
        ("sot xuat huyet", "dengue"),
        ("so\u0302\u0301t xua\u0302\u0301t huye\u0302\u0301t", "dengue"),
        ("SXH", "dengue"),
        ("dengue", "dengue"),
        ("Da Nang", "dengue"),
        ("Đà Nẵng", "dengue"),
        ("vắc xin", "vaccination"),
        ("immunisation", "vaccination"),
        ("TP.HCM", "pharmacies"),
        ("drugstore", "pharmacies"),
        ("pharmacies", "pharmacies"),
        ("dại", "rabies"),
        ("rabies 2012", "rabies"),
        ("pharm", "pharmacies"),
    ],
)
def test_many_ways_to_ask_for_one_thing(catalog: Catalog, text: str, first: str) -> None:
    assert found(catalog, text)[0] == first


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("tiem chugn", "tiêm chủng"),
        ("tiemchung", "tiêm chủng"),
        ("tieem chungr", "tiêm chủng"),
        ("tie6m chu3ng", "tiêm chủng"),
        ("sot xuat huyen", "sốt xuất huyết"),
        ("sotxuathuyet", "sốt xuất huyết"),
        ("rabis", "rabies"),
    ],
)
def test_a_misspelt_query_is_mended_and_says_so(catalog: Catalog, text: str, suggestion: str) -> None:
    results = catalog.search(SearchRequest(text, lang="en" if suggestion == "rabies" else "vi"))
    assert results.hits
    assert results.suggestion == suggestion


def test_a_query_that_was_understood_has_no_suggestion(catalog: Catalog) -> None:
    assert catalog.search(SearchRequest("tiêm chủng")).suggestion == ""


def test_marks_that_were_typed_come_first() -> None:
    catalog = catalog_of(record("uni", "Trường đại học", "Schools"), record("rabies", "Bệnh dại", "Dog bites"))
    assert found(catalog, "dại") == ["rabies", "uni"]
    assert found(catalog, "đại")[0] == "uni"


def test_who_asks_for_two_things_gets_the_record_with_both_first() -> None:
    catalog = catalog_of(
        record("by-level", "Số bác sĩ, bác sĩ và bác sĩ", "Doctors"),
        record("by-province", "Nhân lực y tế phân theo địa phương", "Staff"),
        record("beds", "Giường bệnh phân theo địa phương", "Beds"),
    )
    assert found(catalog, "bac si theo tinh")[0] == "by-province"
    assert "beds" not in found(catalog, "bac si theo tinh")


def test_who_types_a_title_exactly_gets_it_first() -> None:
    catalog = catalog_of(
        record("long", "Nông nghiệp, nông nghiệp sạch", "x", keywords=BilingualList(vi=("chăn nuôi nông nghiệp",))),
        record("exact", "Nông nghiệp", "y"),
    )
    assert found(catalog, "nong nghiep")[0] == "exact"


def test_a_bare_syllable_inside_another_word_is_not_taken_for_a_disease() -> None:
    catalog = catalog_of(record("admin", "Quản lý hồ sơ", "Files"), record("dysentery", "Hội chứng lỵ", "Dysentery"))
    assert found(catalog, "quan ly") == ["admin"]
    assert found(catalog, "ly")[0] == "dysentery"


def test_title_counts_more_than_keyword_and_keyword_more_than_summary() -> None:
    catalog = catalog_of(
        record("summary", "Một", "One", summary=Bilingual(vi="Có cúm.", en="Has it.")),
        record("keyword", "Hai", "Two", keywords=BilingualList(vi=("cúm",))),
        record("title", "Cúm mùa", "Three"),
    )
    assert found(catalog, "cúm") == ["title", "keyword", "summary"]


def test_an_empty_query_lists_everything_newest_first(catalog: Catalog) -> None:
    assert found(catalog, "") == ["vaccination", "pharmacies", "dengue", "rabies"]


def test_sorting_by_title_follows_the_language() -> None:
    catalog = catalog_of(
        record("b", "Đái tháo đường", "Zinc"), record("a", "Bạch hầu", "Diphtheria"), record("c", "Sởi", "Age")
    )
    assert found(catalog, "", sort="title", lang="vi") == ["a", "b", "c"]
    assert found(catalog, "", sort="title", lang="en") == ["c", "a", "b"]


def test_newest_sorts_hits_by_date(catalog: Catalog) -> None:
    assert found(catalog, "Bộ Y tế", sort="newest") == ["vaccination", "dengue", "rabies"]


def test_filters_narrow_and_their_values_widen(catalog: Catalog) -> None:
    assert found(catalog, "", filters={"format": ("parquet",)}) == ["vaccination", "dengue", "rabies"]
    assert found(catalog, "", filters={"theme": ("pharmacy", "vaccination")}) == ["vaccination", "pharmacies"]
    assert found(catalog, "", filters={"theme": ("pharmacy",), "format": ("parquet",)}) == []
    assert found(catalog, "", filters={"kind": ("none",)}) == []
    assert len(found(catalog, "", filters={"kind": ()})) == 4


def test_facets_count_all_hits_under_the_other_filters(catalog: Catalog) -> None:
    results = catalog.search(SearchRequest("", filters={"theme": ("pharmacy",)}, page_size=1))
    assert results.total == 1
    assert results.facets["theme"] == (("preventive-medicine", 2), ("pharmacy", 1), ("vaccination", 1))
    assert results.facets["format"] == (("csv", 1), ("xlsx", 1))
    assert results.facets["kind"] == (("register", 1),)
    assert tuple(results.facets) == FACETS


def test_values_of_facets_have_names(catalog: Catalog) -> None:
    assert catalog.label("theme", "pharmacy").vi == "Dược"
    assert catalog.label("publisher", "moh").en == "Ministry of Health"
    assert catalog.label("format", "csv").vi == "csv"


def test_pages_are_cut_from_one_order(catalog: Catalog) -> None:
    pages = [found(catalog, "", page=page, page_size=3) for page in (1, 2, 3)]
    assert pages == [["vaccination", "pharmacies", "dengue"], ["rabies"], []]


def test_reasons_say_where_the_words_are(catalog: Catalog) -> None:
    hit = catalog.search(SearchRequest("SXH Đà Nẵng")).hits[0]
    assert hit.reasons == (Reason("title", "sốt xuất huyết"), Reason("members", "Đà Nẵng"))


def test_a_place_finds_what_names_it_and_then_what_is_told_of_every_place() -> None:
    named = record("named", "Giường bệnh", "Beds", members=(Bilingual(vi="Cần Thơ", en="Can Tho"),))
    every = record("every", "Giường bệnh", "Beds", geography_code="province", geography_level=LEVEL_LABELS["province"])
    other = record("other", "Giường bệnh", "Beds", members=(Bilingual(vi="Huế", en="Hue"),))
    rest = [record(f"rest-{number}", f"Bảng {number}", f"Table {number}") for number in range(20)]
    found = catalog_in_memory((*rest, other, every, named)).search(SearchRequest("giường bệnh cần thơ"))
    assert [hit.record.id for hit in found.hits] == ["named", "every"]
    assert Reason("geography", "Tỉnh, thành phố") in found.hits[1].reasons


def test_words_of_a_known_phrase_are_not_found_in_two_texts() -> None:
    members = (Bilingual(vi="Ung Hòa", en="Ung Hoa"), Bilingual(vi="Thư Trì", en="Thu Tri"))
    found = catalog_of(record("places", "Xã", "Communes", members=members)).search(SearchRequest("ung thư"))
    assert found.hits == ()


def test_a_level_is_not_found_in_the_names_of_offices() -> None:
    national = Bilingual(vi="Trung tâm Quốc gia", en="National Centre")
    office = record("office", "Giường bệnh", "Beds", publisher_name=national)
    whole = record("whole", "Giường bệnh", "Beds", geography_code="country", geography_level=LEVEL_LABELS["country"])
    found = catalog_in_memory((office, whole)).search(SearchRequest("giường bệnh cả nước"))
    assert [hit.record.id for hit in found.hits] == ["whole", "office"]


def test_records_by_identifier(catalog: Catalog) -> None:
    assert catalog.get("rabies") == few_records()[3]
    assert [each.id for each in catalog.all()] == ["vaccination", "pharmacies", "dengue", "rabies"]
    with pytest.raises(DatasetNotFound):
        catalog.get("none")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"filters": {"colour": ("red",)}}, "filter colour"),
        ({"sort": "random"}, "sort"),
        ({"page": 0}, "page"),
        ({"page_size": 101}, "page_size"),
        ({"page_size": 0}, "page_size"),
        ({"lang": "fr"}, "lang"),
    ],
)
def test_a_request_that_means_nothing_is_refused(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        SearchRequest("", **changes)
    assert [problem.place for problem in caught.value.problems] == [place]


def test_many_threads_get_the_answer_of_one(catalog: Catalog) -> None:
    texts = ["dengue", "tiem chugn", "", "nha thuoc", "BHYT", "rabies 2012"] * 10
    alone = [catalog.search(SearchRequest(text)) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: catalog.search(SearchRequest(text)), texts)) == alone


@pytest.mark.parametrize("text", ["%", "'", "--", "?!", "***", "“”"])
def test_signs_alone_find_nothing(catalog: Catalog, text: str) -> None:
    results = catalog.search(SearchRequest(text))
    assert (results.total, results.hits) == (0, ())
    assert not any(results.facets.values())


@pytest.mark.parametrize("text", ["", " ", "\t"])
def test_no_words_list_everything(catalog: Catalog, text: str) -> None:
    assert catalog.search(SearchRequest(text)).total == len(few_records())
