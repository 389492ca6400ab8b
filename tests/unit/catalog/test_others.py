"""What was harvested is listed beside ours, marked, and nothing that is wrong with it touches ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from catalog.collection import Collection, with_others
from catalog.completeness import completeness
from catalog.facets import OURS, facet_labels, facet_values
from catalog.harvest.state import Header, read_state, write_state
from catalog.origin import Origin, OriginFile, is_harvested
from catalog.others import Others
from catalog.record import CatalogRecord
from catalog.search import SearchRequest, catalog_in_memory
from datasets.text import Bilingual
from tests.support.catalog_records import record
from tests.support.harvested import described, keep, source

NATIONAL, CITY = source(), source("city")


@pytest.fixture
def others(tmp_path: Path) -> Others:
    keep(
        tmp_path,
        {
            NATIONAL: [described(NATIONAL, "measles"), described(NATIONAL, "dengue", "Sốt xuất huyết")],
            CITY: [described(CITY, "beds", "Giường bệnh")],
        },
    )
    return Others(tmp_path)


def titles(others: Others) -> list[str]:
    return [each.title.vi for each in others.listed().records]


# Listed ---------------------------------------------------------------------------------------------------------------


def test_a_record_says_where_it_comes_from_and_where_its_data_is(others: Others) -> None:
    (beds,) = (each for each in others.listed().records if each.title.vi == "Giường bệnh")
    assert is_harvested(beds.id)
    assert beds.harvested == Origin(
        source="city",
        source_title=CITY.title,
        protocol="ckan",
        remote_id="beds",
        landing_page="https://city.example.org/dataset/beds",
        first_received="2026-11-20T03:00:00+00:00",
        received="2026-11-20T03:00:00+00:00",
        files=(OriginFile(title="Số liệu beds", address="https://city.example.org/beds.csv", format="csv"),),
    )
    assert (beds.kind, beds.frequency, beds.geography_code, beds.theme) == ("unknown", "", "", "other")


def test_of_two_catalogs_that_list_a_dataset_the_second_stands_beside_the_first(tmp_path: Path) -> None:
    doi = ("10.1234/abc",)
    keep(
        tmp_path,
        {
            NATIONAL: [described(NATIONAL, "a", identifiers=doi)],
            CITY: [described(CITY, "b", identifiers=doi)],
        },
    )
    (found,) = Others(tmp_path).listed().records
    assert found.harvested is not None
    assert [(each.source_title, each.landing_page) for each in found.harvested.also_in] == [
        (CITY.title, "https://city.example.org/dataset/b")
    ]


def test_no_more_files_than_a_page_has_room_for(tmp_path: Path) -> None:
    files = tuple((f"{n}", f"https://x.example.org/{n}.csv", "csv") for n in range(53))
    keep(tmp_path, {CITY: [described(CITY, "many", files=files)]})
    (found,) = Others(tmp_path).listed().records
    assert found.harvested is not None
    assert (len(found.harvested.files), found.harvested.more_files) == (50, 3)


def test_no_more_records_than_can_be_found(others: Others, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.others.MAX_OTHERS", 2)
    listed = others.listed()
    assert len(listed.records) == 2
    assert "at most 2, and 30,000,000 characters of them together, can be found here; 1 were left out" in str(
        listed.problems[0]
    )


def test_no_more_text_than_a_portal_can_keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [described(CITY, str(number), f"Bộ {number}", summaries={"": "x y " * 100}) for number in range(9)]
    keep(tmp_path, {CITY: items})
    monkeypatch.setattr("catalog.others.MAX_TEXT", 2_500)
    listed = Others(tmp_path).listed()
    assert len(listed.records) == 5
    assert "4 were left out" in str(listed.problems[0])


def test_what_others_have_of_us_is_not_listed_twice(others: Others) -> None:
    ours = Others(others.folder, own_address="https://city.example.org")
    assert titles(ours) == ["Sốt xuất huyết", "Sởi"]
    assert ours.stamp() != others.stamp()


# The stamp ------------------------------------------------------------------------------------------------------------


def test_nothing_harvested_is_no_stamp(tmp_path: Path) -> None:
    nothing = Others(tmp_path / "harvest", own_address="https://city.example.org")
    assert (nothing.stamp(), nothing.listed().records, nothing.listed().problems) == ("", (), ())
    own = Collection((record("a", "Sởi", "Measles"),), ())
    assert with_others(own, nothing) == with_others(own, None) == own


def test_the_stamp_changes_with_the_records_and_with_nothing_else(others: Others) -> None:
    stamp = others.stamp()
    state = read_state(others.folder / "city")
    write_state(others.folder / "city", Header(run_at="2026-11-26"), state.entries, after=state.number)
    assert others.stamp() == stamp
    keep(others.folder, {NATIONAL: [described(NATIONAL, "measles")], CITY: [described(CITY, "beds", "Giường")]})
    assert others.stamp() != stamp
    assert titles(others) == ["Sởi", "Giường"]


# Damage ---------------------------------------------------------------------------------------------------------------


def test_a_broken_source_takes_no_other_with_it(others: Others) -> None:
    for path in (others.folder / "national").glob("gen-*.jsonl"):
        path.write_bytes(path.read_bytes()[:-9])
    listed = others.listed()
    assert [each.title.vi for each in listed.records] == ["Giường bệnh"]
    assert "is not as it was written" in str(listed.problems[0])


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"sources": []}'])
def test_a_broken_list_of_sources_is_told(others: Others, content: bytes) -> None:
    (others.folder / "sources.json").write_bytes(content)
    listed = others.listed()
    assert listed.records == ()
    assert "run ytemo harvest again" in str(listed.problems[0])
    assert others.stamp() == ""


def test_a_folder_that_cannot_be_read_is_told(others: Others, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr("catalog.others.read_harvested", fail)
    monkeypatch.setattr("catalog.others.stamp", fail)
    own = Collection((record("a", "Sởi", "Measles"),), ())
    found = with_others(own, others)
    assert found.records == own.records
    assert "must be a folder of harvested records" in str(found.problems[0])
    assert others.stamp() == "unreadable "


@pytest.mark.parametrize("name", ["dengue-cases", "national~0000000000000000", "city~../x", "city~" + "z" * 100_000])
def test_no_file_can_stand_for_a_record_of_ours_or_of_another_source(others: Others, name: str) -> None:
    state = read_state(others.folder / "city")
    (entry,) = state.entries.values()
    assert entry.record is not None
    forged = entry.record.model_copy(update={"record": entry.record.record.model_copy(update={"id": name})})
    entries = {entry.remote_id: entry.model_copy(update={"record": forged})}
    write_state(others.folder / "city", Header(), entries, after=state.number)
    listed = others.listed()
    assert [each.title.vi for each in listed.records] == ["Sốt xuất huyết", "Sởi"]
    assert "harvest again with --everything" in str(listed.problems[0])


def test_one_identifier_is_listed_once(others: Others) -> None:
    state = read_state(others.folder / "city")
    (entry,) = state.entries.values()
    entries = {name: entry.model_copy(update={"remote_id": name}) for name in ("beds", "beds-again")}
    write_state(others.folder / "city", Header(), entries, after=state.number)
    assert titles(others).count("Giường bệnh") == 1


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", 'https://x/"onx=', 7])
def test_no_address_but_one_of_the_web_is_kept(address: Any) -> None:
    file = OriginFile(title="x", address=address)
    assert file.address == ""
    assert OriginFile.model_validate_json(file.model_dump_json().replace('""', '"vbscript:x"')).address == ""
    kept: dict[str, Any] = dict.fromkeys(("protocol", "remote_id", "first_received", "received"), "x")
    origin = Origin(source="x", source_title=Bilingual(vi="x", en="x"), landing_page=address, **kept)
    assert origin.landing_page == ""


# Search ---------------------------------------------------------------------------------------------------------------


def both(others: Others, *own: CatalogRecord) -> tuple[CatalogRecord, ...]:
    return with_others(Collection(own, ()), others).records


def test_of_equals_ours_comes_first(tmp_path: Path) -> None:
    keep(tmp_path, {CITY: [described(CITY, "new", "Sởi", summaries={"vi": "Bảng số liệu."}, modified="2026-11-01")]})
    ours = record("old", "Sởi", "Sởi", published_at="2001-01-01T00:00:00+00:00", quality=0.0, formats=("csv",))
    catalog = catalog_in_memory(both(Others(tmp_path), ours))
    hits = catalog.search(SearchRequest("sởi")).hits
    assert [is_harvested(hit.record.id) for hit in hits] == [False, True]


def test_a_better_match_of_others_comes_first_and_hides_none_of_ours(tmp_path: Path) -> None:
    keep(tmp_path, {CITY: [described(CITY, "x", "Số ca thương hàn tại thành phố Huế năm ngoái theo phường xã")]})
    ours = record("typhoid", "Thương hàn", "Typhoid")
    asked = SearchRequest("thương hàn phường xã thành phố Huế")
    assert [hit.record.id for hit in catalog_in_memory((ours,)).search(asked).hits] == ["typhoid"]
    found = catalog_in_memory(both(Others(tmp_path), ours)).search(asked)
    assert [is_harvested(hit.record.id) for hit in found.hits] == [True, False]
    assert [
        hit.record.id
        for hit in catalog_in_memory(both(Others(tmp_path), ours)).search(SearchRequest(asked.text, filters=OURS)).hits
    ] == ["typhoid"]


def test_facets_tell_them_apart(others: Others) -> None:
    catalog = catalog_in_memory(both(others, record("a", "Sởi", "Measles")))
    facets = catalog.search(SearchRequest()).facets
    assert dict(facets["status"]) == {"harvested": 3, "original": 1}
    assert dict(facets["source"]) == {"national": 2, "city": 1}
    assert dict(facets["kind"]) == {"statistics": 1}
    assert catalog.label("source", "city") == CITY.title
    assert catalog.label("status", "harvested").vi == "Từ danh mục khác"
    assert catalog.label("theme", "other").vi == "Khác"
    found = catalog.search(SearchRequest(filters={"source": ("city",), "status": ("harvested",)}))
    assert [hit.record.title.vi for hit in found.hits] == ["Giường bệnh"]


def test_who_is_named_like_our_publisher_is_not_taken_for_it(tmp_path: Path) -> None:
    named: dict[str, Any] = {"publisher": {"vi": "Bộ Y tế"}}
    keep(tmp_path, {CITY: [described(CITY, "x", **named)], NATIONAL: [described(NATIONAL, "y", **named)]})
    records = both(Others(tmp_path), record("a", "Sởi", "Measles"))
    ids = [facet_values(each)["publisher"][0] for each in records]
    assert len(set(ids)) == 3
    labels = facet_labels(records)["publisher"]
    assert [labels[each].vi for each in ids] == ["Bộ Y tế", "Bộ Y tế (Cổng city)", "Bộ Y tế (Cổng national)"]


def test_a_record_is_found_by_the_name_of_its_catalog(tmp_path: Path) -> None:
    keep(tmp_path, {CITY: [described(CITY, "beds", "Giường bệnh", publisher={"vi": "Sở Y tế"})]})
    (hit,) = catalog_in_memory(both(Others(tmp_path))).search(SearchRequest("cổng city")).hits
    assert hit.record.title.vi == "Giường bệnh"
    assert {each.part for each in hit.reasons} == {"source"}


def test_titles_of_others_leave_room_for_ours_as_one_types(tmp_path: Path) -> None:
    titled = [described(CITY, f"r{n}", f"Sởi và rubella {n}") for n in range(300)]
    keep(tmp_path, {CITY: titled})
    records = both(Others(tmp_path), record("measles", "Sởi và rubella theo tỉnh", "Measles"))
    for order in (records, records[::-1]):
        found = catalog_in_memory(order).suggest("sởi và", limit=3).found
        assert next(each.dataset == "measles" for each in found if each.kind == "title")


def test_it_describes_itself_less_than_ours(others: Others) -> None:
    assert all(completeness(each) < completeness(record("a", "Sởi", "Measles")) for each in others.listed().records)


# Weight ---------------------------------------------------------------------------------------------------------------


def test_the_portal_loads_nothing_that_harvests() -> None:
    code = (
        "import sys, portal.public.app; print(*(each for each in sys.modules if each.startswith('catalog.harvest.')))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    light = {"limits", "merging", "records", "sources", "state", "store"}
    assert {each.removeprefix("catalog.harvest.") for each in loaded} == light
    code = "import sys, catalog.others; print('rdflib' in sys.modules, 'ckanapi' in sys.modules, 'nh3' in sys.modules)"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert asked.strip() == "False False False"
