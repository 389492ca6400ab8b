"""What remotes send is read as what it is, or refused with a rule: encodings, depth, entities, markup, contexts."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from catalog.harvest import ckan, dcat, frictionless, oai
from catalog.harvest.description import Description, item_of, record_id
from catalog.harvest.documents import UNREADABLE, json_of, text_of, xml_of
from catalog.harvest.faults import ContentFault
from catalog.harvest.plain_text import plain_line, plain_text, safe_address
from catalog.harvest.rdf_graphs import graph_of
from catalog.harvest.records import HarvestedRecord, Item
from catalog.harvest.sources import Source
from datasets.outbound.faults import RemoteFault
from datasets.outbound.transport import Answer
from datasets.text import Bilingual, unfit

NOW = datetime(2026, 11, 26, tzinfo=UTC)
SOURCE = Source(
    id="there", title=Bilingual(vi="Ở đó", en="There"), protocol="dcat", address="https://there.example.org/catalog.ttl"
)


def answer(content: bytes | str, kind: str = "", address: str = "https://there.example.org/catalog") -> Answer:
    content = content.encode() if isinstance(content, str) else content
    return Answer(200, address, {"content-type": kind} if kind else {}, content)


def taken(item: Item) -> HarvestedRecord:
    assert item.record is not None
    return item.record


# Documents ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("sởi".encode(), ""),
        ("sởi".encode("utf-8-sig"), ""),
        ("sởi".encode("utf-16"), ""),
        (b"\xfe\xff" + "sởi".encode("utf-16-be"), ""),
        ("sởi".encode(), "application/json; charset=latin1"),
        ("sởi".encode(), "application/json; charset=no-such-thing"),
    ],
)
def test_text_is_read_in_its_encoding(content: bytes, kind: str) -> None:
    assert text_of(answer(content, kind)) == "sởi"


def test_an_encoding_that_is_declared_is_taken_where_it_is_not_utf_8() -> None:
    decomposed = "đư\u01a1\u0300ng"
    assert text_of(answer(decomposed.encode("cp1258"), 'text/plain; charset="windows-1258"')) == decomposed
    for kind in ("", "text/plain; charset=rot13", "text/plain; charset=utf-7", "text/plain; charset=unknown"):
        assert UNREADABLE in text_of(answer("đ".encode("cp1258"), kind))


@pytest.mark.parametrize("text", ["", "{", '{"a": ', "<html>", "1e999999999x", "[" * 5 + "]", "9" * 5_000])
def test_what_is_no_json_is_told(text: str) -> None:
    with pytest.raises(ContentFault, match="not JSON"):
        json_of(answer(text))


@pytest.mark.parametrize("depth", [65, 2_000, 200_000])
def test_deep_json_is_refused(depth: int) -> None:
    for text in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        with pytest.raises(RemoteFault, match="nested more than 64 deep"):
            json_of(answer(text))
    assert json_of(answer("[" * 63 + "]" * 63))


BILLION = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (BILLION, "document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "document type"),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1/">]><x>&e;</x>', "document type"),
        ("<a>" * 65 + "</a>" * 65, "deep"),
        ("<a>" * 100_000, "deep"),
        ("<a>", "not XML"),
        ("", "not XML"),
        ("<a>&e;</a>", "not XML"),
        ('<?xml version="1.0" encoding="no-such"?><a/>', "encoding|XML"),
    ],
)
def test_dangerous_xml_is_refused(text: str, rule: str) -> None:
    with pytest.raises(RemoteFault, match=rule):
        xml_of(answer(text))
    with pytest.raises(RemoteFault, match=rule):
        graph_of(answer(text, "application/rdf+xml"))


def test_xml_in_another_encoding_is_read() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><a>sởi</a>'
    assert xml_of(answer(text.encode("utf-16"))).text == "sởi"


CONTEXTS: list[Any] = [
    {"@context": "http://127.0.0.1:1/context"},
    {"@context": [{"a": "http://x/"}, "https://schema.org/"]},
    {"@context": {"@import": "https://x.example.org/"}},
    {"@context": {"term": {"@id": "http://x/", "@context": "https://x.example.org/"}}},
    [{"@graph": [{"x": {"@context": "relative"}}]}],
    {"@context": [["https://x.example.org/"]], "@id": "https://d.example.org/1"},
    {"@context": {"term": {"@id": "http://x/", "@context": [[[{}, "file:///etc/hostname"]]]}}, "term": {}},
]


@pytest.mark.parametrize("found", CONTEXTS)
def test_contexts_are_never_fetched(found: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[object] = []
    monkeypatch.setattr("rdflib.parser.URLInputSource.__init__", lambda *given_, **_: fetched.append(given_))
    with pytest.raises(RemoteFault, match="context that is elsewhere"):
        graph_of(answer(json.dumps(found), "application/ld+json"))
    # Whatever way is overlooked before the library reads, that leads nowhere either.
    monkeypatch.setattr("catalog.harvest.rdf_graphs._check_contexts", lambda _: None)
    with suppress(RemoteFault):
        graph_of(answer(json.dumps(found), "application/ld+json"))
    assert fetched == []


def test_a_context_that_is_there_is_used() -> None:
    found = {
        "@context": {"dcat": "http://www.w3.org/ns/dcat#", "title": {"@id": "http://purl.org/dc/terms/title"}},
        "@id": "https://d.example.org/1",
        "@type": "dcat:Dataset",
        "title": {"@value": "Sởi", "@language": "vi"},
    }
    for kind in ("application/ld+json", "application/json; charset=utf-8"):
        graph = graph_of(answer(json.dumps(found), kind))
        (item,) = dcat.items_of(graph, SOURCE, NOW)
        assert taken(item).record.title.vi == "Sởi"


@pytest.mark.parametrize(
    ("content", "kind", "address", "rule"),
    [
        ("<html>", "text/html", "https://x/catalog", "none of Turtle"),
        ("@prefix", "text/turtle", "https://x/", "not the RDF"),
        ("(" * 100_000, "text/turtle", "https://x/", "not the RDF"),
        ("<a> <b> <c>", "", "https://x/catalog.ttl?page=2", "not the RDF"),
        ("{", "", "https://x/catalog.jsonld", "not JSON"),
    ],
)
def test_what_is_no_rdf_is_told(content: str, kind: str, address: str, rule: str) -> None:
    with pytest.raises(RemoteFault, match=rule):
        graph_of(answer(content, kind, address))


XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1e999999999", f"{XSD}decimal"),
        ("9" * 1_000_000, f"{XSD}integer"),
        ("<b>" * 300_000, f"{RDF}HTML"),
        ("<b>" * 300_000, f"{RDF}XMLLiteral"),
        ("P" + "9" * 4_000 + "Y", f"{XSD}duration"),
        ("hôm qua", f"{XSD}date"),
    ],
)
def test_no_value_is_made_of_a_literal(text: str, kind: str) -> None:
    began = time.monotonic()
    found = graph_of(answer(f'<a> <b> "{text}"^^<{kind}> .', "text/turtle"))
    assert [str(each) for each in found.objects()] == [text]
    assert time.monotonic() - began < 5
    # Elsewhere the library does what it does.
    assert rdflib.Literal("5", datatype=rdflib.XSD.integer).value == 5


# Text -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ("Sởi &amp; rubella", "Sởi & rubella"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<p>a</p>\n\n<p>b</p>", "a\nb"),
        ("<ScRiPt>alert(1)</sCrIpT>x", "x"),
        ("<style>p{}</style><b onclick=alert(1)>x</b>", "x"),
        ("x <3 y & z", "x <3 y & z"),
        ("a\u202eb\x00c\x1b[31m", "abc[31m"),
        ("e\u0302\u0301", "ế"),
        ("  a \t\u00a0 b\r\n\r\n c ", "a b\nc"),
        ("\u200b\u200b", ""),
        ("<img src=x onerror=alert(1)>", ""),
        ("&lt;script&gt;", "<script>"),
    ],
)
def test_text_is_made_plain(given_: str, wanted: str) -> None:
    assert plain_text(given_) == wanted


@given(st.text(max_size=300) | st.text(alphabet="<>&;/= \"'aбđscriptonp\n\u202e", max_size=300))
def test_whatever_comes_is_fit_to_be_shown(text: str) -> None:
    found = plain_text(text, most=50)
    assert len(found) <= 50
    assert unfit(found) is None
    assert found == found.strip()
    assert "\n" not in plain_line(text)


def test_text_is_bounded_and_quickly_read() -> None:
    assert plain_text("x" * 10_000_000) == "x" * 4_999 + "…"
    assert len(plain_text("<b>" * 1_000_000 + "x")) <= 5_000
    assert len(plain_line("x" * 10_000)) == 500


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//x",
        "x",
        "http://a b",
        "http://" + "x" * 2_000,
        'http://x/"onmouseover=',
    ],
)
def test_addresses_that_no_page_may_link_to_are_left_out(address: str) -> None:
    assert safe_address(address) == ""
    assert safe_address(" https://x.example.org/a?b=c ") == "https://x.example.org/a?b=c"


# Descriptions ---------------------------------------------------------------------------------------------------------


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
