"""Records of releases that lack what most have, and of those that have very much."""

from __future__ import annotations

from typing import Any

import pytest
from rdflib import RDF

from catalog.standards.croissant import croissant
from catalog.standards.data_json import data_json
from catalog.standards.datacite import datacite
from catalog.standards.dcat import dataset_graph
from catalog.standards.described import Described, describe, describe_all
from catalog.standards.oai import answer
from catalog.standards.oai_records import Repository, stamp
from catalog.standards.rdf import DCAT, DCTERMS
from catalog.standards.schema_org import schema_org
from catalog.standards.signposting import MOST_ITEMS, link_header, linkset
from catalog.standards.vocabularies import interval, is_day, is_of_viet_nam
from datasets.codelist import Codelist, Member
from datasets.release import PublicRelease
from datasets.text import LANGUAGES, Bilingual
from datasets.web_address import web_address
from portal.shared.links import Links, is_record
from tests.support.dcat_shapes import breaches
from tests.support.releases import NOW, DemoStore, make_demo_store

LINKS = Links("https://data.example.org")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    return make_demo_store(tmp_path_factory.mktemp("store") / "data")


def changed(release: PublicRelease, **changes: Any) -> Described:
    """Describe a release of which something else is said."""
    about = release.description.model_copy(update=changes)
    manifest = release.manifest.model_copy(update={"description": about, "edition": about.edition})
    altered = PublicRelease(manifest, release.envelope_sha256)
    return Described(altered, (altered,))


def test_a_dataset_without_a_period_says_none(demo: DemoStore) -> None:
    described = changed(demo.releases.latest("administrative-units"), period_start="", period_end="")
    graph = dataset_graph(described, LINKS)
    assert (None, DCTERMS.temporal, None) not in graph
    assert breaches(graph, "base") == []
    assert "temporalCoverage" not in schema_org(described, LINKS, "vi")
    assert "temporal" not in data_json([described], LINKS)["dataset"][0]
    assert {each["dateType"] for each in datacite(described, LINKS)["dates"]} == {"Issued", "Available"}
    body = answer([("verb", "ListRecords"), ("metadataPrefix", "oai_dc")], Repository([described.releases], LINKS), NOW)
    assert b"/</dc:coverage>" not in body


@pytest.mark.parametrize(("start", "end", "told"), [("2024", "", "2024/.."), ("", "2024-06", "../2024-06")])
def test_a_period_may_be_open(demo: DemoStore, start: str, end: str, told: str) -> None:
    release = demo.releases.latest("administrative-units")
    coverage = release.description.coverage.model_copy(update={"start": start, "end": end})
    described = changed(release, period_start="", period_end="", coverage=coverage)
    assert schema_org(described, LINKS, "en")["temporalCoverage"] == told
    assert breaches(dataset_graph(described, LINKS), "base") == []
    assert "temporal" not in data_json([described], LINKS)["dataset"][0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024", True),
        ("2024-02", True),
        ("2024-02-29", True),
        ("2023-02-29", False),
        ("2024-13", False),
        ("0000", False),
        ("2024-Q1", False),
        ("2024-W05", False),
        ("1994-2009", False),
        ("", False),
        ("٢٠٢٤", False),
    ],
)
def test_days_are_those_of_xml_schema(text: str, *, expected: bool) -> None:
    assert is_day(text) is expected


def test_what_is_no_day_is_in_no_record(demo: DemoStore) -> None:
    described = changed(demo.releases.latest("administrative-units"), period_start="2024-13", period_end="soon")
    assert interval(described.release) == ("", "")
    quarters = changed(demo.releases.latest("administrative-units"), period_start="2024-Q1", period_end="2024-Q2")
    assert interval(quarters.release) == ("2024-01-01", "2024-06-30")


def test_a_file_that_the_manifest_lacks_is_left_out(demo: DemoStore) -> None:
    release = demo.releases.latest("notifiable-diseases")
    gone = release.description.tables[0].csv
    files = tuple(each for each in release.manifest.files if each.path != gone)
    manifest = release.manifest.model_copy(update={"files": files})
    described = Described(PublicRelease(manifest, ""), (PublicRelease(manifest, ""),))
    assert gone not in {each["@id"] for each in croissant(described, LINKS)["distribution"]}
    assert gone not in {each["name"] for each in schema_org(described, LINKS, "vi")["distribution"]}
    assert not any(gone in str(each) for each in dataset_graph(described, LINKS).subjects(RDF.type, DCAT.Distribution))


def test_a_file_of_a_format_without_a_name_is_described_without_one(demo: DemoStore) -> None:
    release = demo.releases.latest("notifiable-diseases")
    first = release.description.tables[0]
    table = first.model_copy(update={"csv": "data/by-month.ods"})
    described = changed(release, tables=(table,))
    entry = described.release.manifest.files[0].model_copy(update={"path": "data/by-month.ods"})
    manifest = described.release.manifest.model_copy(update={"files": (entry, *described.release.manifest.files)})
    odd = Described(PublicRelease(manifest, ""), (PublicRelease(manifest, ""),))
    graph = dataset_graph(odd, LINKS)
    assert breaches(graph, "base") == []
    assert any("by-month.ods" in str(each) for each in graph.subjects(RDF.type, DCAT.Distribution))
    assert not any("ods" in str(each) for each in data_json([odd], LINKS)["dataset"][0]["distribution"])


def test_many_files_are_in_the_set_of_links_alone(demo: DemoStore) -> None:
    release = demo.releases.latest("notifiable-diseases")
    first = release.description.tables[0]
    tables = tuple(first.model_copy(update={"id": f"table-{number}"}) for number in range(MOST_ITEMS))
    described = changed(release, tables=tables)
    header = link_header(described, LINKS)
    assert 'rel="item"' not in header
    assert 'rel="linkset"' in header
    assert len(header) < 4_000
    whole = linkset(described, LINKS, languages=LANGUAGES)["linkset"]
    assert len(whole[0]["item"]) > MOST_ITEMS
    assert 'rel="item"' in link_header(changed(release), LINKS)


def test_the_total_is_no_place(demo: DemoStore) -> None:
    described = describe(demo.releases, "notifiable-diseases")
    (dimension,) = [each for each in described.about.dimensions if each.role == "geography"]
    name, levels = dimension.codelist, dimension.levels
    total = Member("_T", Bilingual(vi="Tất cả", en="All"), level=levels[0])
    place = Member("99", Bilingual(vi="Nơi nào đó", en="Somewhere"), level=levels[0])
    known = Codelist(name, described.codelists[name].title, (total, place))
    only = Described(described.release, described.releases, {name: known})
    found = {str(each).rpartition("#")[2] for each in dataset_graph(only, LINKS).objects(None, DCTERMS.spatial)}
    assert "99" in found
    assert "_T" not in found


def test_viet_nam_is_told_by_its_words_and_its_code_lists(demo: DemoStore) -> None:
    about = demo.releases.latest("administrative-units").description
    elsewhere = about.model_copy(update={"codelists": ()})
    assert not is_of_viet_nam(elsewhere)
    area = elsewhere.coverage.model_copy(update={"area": Bilingual(vi="Việt Nam", en="Viet Nam (synthetic)")})
    assert is_of_viet_nam(elsewhere.model_copy(update={"coverage": area}))
    ours = about.codelists[0].model_copy(update={"id": "provinces"})
    assert is_of_viet_nam(about.model_copy(update={"codelists": (ours,)}))


def test_what_is_gone_or_damaged_is_left_out_of_lists(
    demo: DemoStore, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert [each.release.dataset for each in describe_all(demo.releases, ["nothing", "hospital-visits"])] == [
        "hospital-visits"
    ]
    damaged = make_demo_store(tmp_path_factory.mktemp("damaged") / "data")
    for envelope in (damaged.root / "releases" / "hospital-visits").iterdir():
        envelope.chmod(0o644)
        envelope.write_text("{}", encoding="utf-8")
    names = demo.releases.datasets()
    found = {each.release.dataset for each in describe_all(damaged.releases, names)}
    assert found == set(names) - {"hospital-visits"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://moh.gov.vn/a?b=c#d", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("moh.gov.vn", False),
        ("https://a b", False),
        ('https://a"b', False),
        ("https://[::1]/a", True),
        ("https://[::1", False),
        ("https://a]b", False),
        ("https://a:99999", False),
        ("https://?a", False),
        ("https://a\nb", False),
        ("", False),
    ],
)
def test_only_addresses_of_the_web_become_links(text: str, *, expected: bool) -> None:
    assert bool(web_address(text)) is expected


def test_moments_are_rounded_up_to_the_second() -> None:
    assert stamp(NOW.replace(microsecond=1)) == "2026-03-01T09:30:01Z"
    assert stamp(NOW) == "2026-03-01T09:30:00Z"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/catalog", True),
        ("/catalog.ttl", True),
        ("/datasets/x.ttl", True),
        ("/datasets/x/releases/2024.1.rdf", True),
        ("/datasets/x/croissant.json", True),
        ("/datasets/x/releases/2024.1/datacite.xml", True),
        ("/dataset/x.xml", True),
        ("/en/feeds/themes/x.atom", True),
        ("/oai", True),
        ("/data.json", True),
        ("/datasets/x", False),
        ("/datasets/x/releases/2024.1", False),
        ("/datasets/x/api", False),
        ("/dataset/x", False),
        ("/catalogue", False),
        ("/en/oai", False),
    ],
)
def test_records_are_told_from_pages_by_their_address(path: str, *, expected: bool) -> None:
    assert is_record(path) is expected
