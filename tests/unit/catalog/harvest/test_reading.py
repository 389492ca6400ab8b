"""Records are read by each protocol: CKAN, DCAT, OAI-PMH and Frictionless."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catalog.harvest import ckan, dcat, frictionless, oai
from catalog.harvest.description import item_of
from catalog.harvest.documents import xml_of
from catalog.harvest.rdf_graphs import graph_of
from tests.support.remote_records import NOW, SOURCE, answer, taken

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = ["id", "name", "title", "notes", "tags", "groups", "extras", "resources", "organization", "metadata_modified",
        "title_translated", "licenses", "contributors", "keywords", "description", "homepage", "created"]  # fmt: skip


@given(st.dictionaries(st.sampled_from(KEYS), ANY, max_size=10) | ANY)
def test_whatever_a_package_holds_it_is_taken_or_refused(package: Any) -> None:
    item = item_of(ckan.describe(package, "https://x.example.org"), SOURCE, NOW)
    assert (item.record is None) == any(each.is_refusal for each in item.told)
    if isinstance(package, dict):
        other = item_of(frictionless.describe(package, "https://x.example.org/datapackage.json"), SOURCE, NOW)
        assert (other.record is None) == any(each.is_refusal for each in other.told)


def test_a_package_of_ckan_in_both_languages() -> None:
    package = {
        "id": "a", "name": "soi", "title": "Sởi", "title_translated": {"vi": "Sởi", "en": "Measles"},
        "notes_translated": {"en": "Cases"}, "license_title": "Mở", "author": "Cục",
        "extras": [{"key": "temporal_start", "value": "2020"}, {"key": "uri", "value": "https://x.example.org/soi"}],
        "metadata_modified": "2026-01-01T00:00:00.5",
    }  # fmt: skip
    record = taken(item_of(ckan.describe(package, "https://x.example.org/"), SOURCE, NOW))
    assert (record.record.title.en, record.record.summary.vi) == ("Measles", "Cases")
    assert (record.record.coverage_start, record.record.licence) == ("2020", "Mở")
    assert record.record.publisher_name.vi == "Cục"
    assert record.landing_page == "https://x.example.org/dataset/soi"
    assert record.identifiers == ("https://x.example.org/soi",)
    assert record.provenance.modified == "2026-01-01T00:00:00.5+00:00"


def test_a_package_that_a_portal_like_ours_mirrored_is_the_dataset_of_that_portal() -> None:
    package: dict[str, Any] = {
        "id": "a", "name": "byt-soi", "title": "Sởi", "url": "https://ours.example.org/datasets/soi",
        "organization": {"title": "Cục", "title_translated": {"vi": "Cục", "en": "Department"}},
    }  # fmt: skip
    elsewhere = taken(item_of(ckan.describe(package, "https://x.example.org/"), SOURCE, NOW))
    assert elsewhere.identifiers == ()
    assert (elsewhere.record.publisher_name.vi, elsewhere.record.publisher_name.en) == ("Cục", "Department")
    package["extras"] = [{"key": "moh_envelope_sha256", "value": "0" * 64}]
    mirrored = taken(item_of(ckan.describe(package, "https://x.example.org/"), SOURCE, NOW))
    assert mirrored.identifiers == ("https://ours.example.org/datasets/soi",)


TURTLE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix adms: <http://www.w3.org/ns/adms#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<https://d.example.org/1> a dcat:Dataset ; dct:title "Measles"@en-GB, "Sởi"@vi ; dct:description "Ca bệnh"@vi ;
  dcat:keyword "sởi"@vi, "measles"@en ; dct:identifier "10.1234/abc" ; dct:issued "2020"^^xsd:gYear ;
  dct:modified "not a date"^^xsd:date ; dct:publisher [ foaf:name "Cục"@vi ] ;
  adms:identifier [ skos:notation "doi:10.5/x" ] ; dcat:theme [ skos:prefLabel "Vaccination"@en ] ;
  dct:temporal [ dcat:startDate "2019-01-01"^^xsd:date ; dcat:endDate "2020-12-31"^^xsd:date ] ;
  dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/ANNUAL> ;
  dcat:distribution [ dcat:accessURL <https://d.example.org/1.csv> ;
    dct:license <https://creativecommons.org/licenses/by/4.0/> ;
    dct:format [ rdfs:label "CSV" ] ], [ dcat:downloadURL <javascript:alert(1)> ] .
[] a dcat:Dataset ; dct:title "Không địa chỉ"@vi ; dct:identifier "local-7" .
[] a dcat:Dataset ; dct:title "Không gì cả"@vi .
<https://d.example.org/2> a dcat:Dataset .
"""


def test_a_catalog_of_dcat_is_read() -> None:
    items = {item.remote_id: item for item in dcat.items_of(graph_of(answer(TURTLE, "text/turtle")), SOURCE, NOW)}
    assert set(items) == {"https://d.example.org/1", "https://d.example.org/2", "local-7"}
    assert [each.rule for each in items["https://d.example.org/2"].told] == ["has no title"]
    found = taken(items["https://d.example.org/1"])
    record = found.record
    assert (record.title.vi, record.title.en, record.publisher_name.vi) == ("Sởi", "Measles", "Cục")
    assert (record.coverage_start, record.coverage_end) == ("2019-01-01", "2020-12-31")
    assert (record.licence, record.frequency, record.theme) == ("CC-BY-4.0", "yearly", "vaccination")
    assert (record.formats, [each.address for each in found.files]) == (("csv",), ["https://d.example.org/1.csv"])
    assert found.identifiers == ("10.1234/abc", "doi:10.5/x", "https://d.example.org/1")
    assert len(items["https://d.example.org/1"].told) == 2
    assert taken(items["local-7"]).landing_page == ""


def test_a_record_of_dublin_core_is_read() -> None:
    root = xml_of(
        answer(
            '<r xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title xml:lang="vi">Sởi</dc:title>'
            '<dc:title xml:lang="en">Measles</dc:title><dc:title xml:lang="en">Second</dc:title><dc:date>2024</dc:date>'
            "<dc:date>2025-01-02</dc:date><dc:identifier>doi:10.1234/abc</dc:identifier><dc:creator>Cục</dc:creator>"
            "<dc:rights>mở</dc:rights><dc:relation>https://r.example.org/1.csv</dc:relation><dc:subject>sởi</dc:subject>"
            "<dc:relation>https://r.example.org/series</dc:relation><dc:coverage>Việt Nam</dc:coverage>"
            "<dc:coverage>2024-01-01/2024-12-31</dc:coverage></r>"
        )
    )
    found = taken(item_of(oai.describe(root, "oai:r:1"), SOURCE, NOW))
    assert (found.record.title.vi, found.record.title.en) == ("Sởi", "Measles")
    assert (found.record.published_at, found.record.licence, found.landing_page) == ("2025-01-02", "mở", "")
    assert found.record.publisher_name.en == "Cục"
    assert found.identifiers == ("oai:r:1", "doi:10.1234/abc")
    assert [(each.address, each.format) for each in found.files] == [("https://r.example.org/1.csv", "csv")]
    assert (found.record.coverage_start, found.record.coverage_end) == ("2024-01-01", "2024-12-31")


def test_a_data_package_is_read() -> None:
    package = {
        "name": "soi",
        "title": "Sởi",
        "id": "https://doi.org/10.1234/abc",
        "keywords": ["sởi", 5],
        "licenses": [{"name": "CC-BY-4.0"}],
        "contributors": [{"title": "A", "role": "author"}, {"title": "B", "roles": ["publisher"]}],
        "created": "2025-01-01T00:00:00Z",
        "resources": [
            {"name": "a", "path": "data/a.csv"},
            {"name": "b", "path": ["b.csv", "http://[::1"]},
            {"name": "c", "data": []},
        ],
    }
    found = taken(item_of(frictionless.describe(package, "https://f.example.org/p/datapackage.json"), SOURCE, NOW))
    assert [each.address for each in found.files] == [
        "https://f.example.org/p/data/a.csv",
        "https://f.example.org/p/b.csv",
    ]
    assert (found.record.publisher_name.vi, found.record.licence) == ("B", "CC-BY-4.0")
    assert found.identifiers == ("https://doi.org/10.1234/abc", "https://f.example.org/p/datapackage.json")
