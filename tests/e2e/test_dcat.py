"""The catalog as DCAT-AP: the official shapes hold, every file is as described, and harvesters find their way."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

import pytest
from rdflib import DCTERMS, RDF, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from catalog.standards.dcat_catalog import CatalogPage, catalog_graph
from catalog.standards.described import describe, describe_all
from catalog.standards.rdf import ADMS, DCAT, HYDRA, MEDIA_TYPES, SPDX, day, written
from datasets.text import Bilingual
from portal.shared.links import Links
from tests.support.dcat_shapes import breaches, read_rdf
from tests.support.http import Client
from tests.support.portal import BASE_URL
from tests.support.releases import DemoStore
from tests.support.shipped_portal import EDITIONS

LEFT_OUT = {"bbox", "centroid", "type", "keyword", "contactPoint", "distribution"}
"""Recommended but left out: no borders are published with the data; what kind of body a publisher is, is unknown;
the portal's own APIs have no key words and nobody to ask; files of an earlier release are in its own description."""


def graph_at(client: Client, address: str, extension: str = "ttl") -> Graph:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text)
    assert answer.headers["content-type"].partition(";")[0] == MEDIA_TYPES[extension]  # type: ignore[index]
    return read_rdf(answer.content, extension)


def path_of(address: str) -> str:
    return urlsplit(address)._replace(scheme="", netloc="").geturl()


@pytest.mark.parametrize("extension", MEDIA_TYPES)
def test_the_whole_catalog_keeps_the_shapes(shipped: Client, client: Client, extension: str) -> None:
    for portal, count in ((shipped, len(EDITIONS)), (client, 4)):
        graph = graph_at(portal, f"/catalog.{extension}", extension)
        assert len(list(graph.objects(None, DCAT.dataset))) == count
        assert breaches(graph, "base") == []
        assert breaches(graph, "range") == []


def test_every_dataset_and_every_release_keeps_the_shapes(shipped: Client, client: Client, demo: DemoStore) -> None:
    graphs = [graph_at(shipped, f"/datasets/{name}.ttl") for name in EDITIONS]
    for name in demo.releases.datasets():
        graphs.append(graph_at(client, f"/datasets/{name}.ttl"))
        names = [release.name for release in demo.releases.editions(name)]
        graphs += [graph_at(client, f"/datasets/{name}/releases/{each}.ttl") for each in names]
    for graph in graphs:
        assert breaches(graph, "base") == []
        assert breaches(graph, "range") == []
        left_out = {each.split()[1] for each in breaches(graph, "recommended", severity="Warning")}
        assert left_out <= LEFT_OUT


def test_what_is_missing_would_be_noticed(shipped: Client) -> None:
    graph = graph_at(shipped, "/catalog.ttl")
    node = next(graph.subjects(RDF.type, DCAT.Dataset))
    graph.remove((node, DCTERMS.title, None))
    assert [each.split()[:2] for each in breaches(graph, "base")] == [[str(node), "title"]]
    assert breaches(Graph(), "base") == ["there is nothing to check"]


@pytest.mark.parametrize("address", ["/catalog", "/datasets/hospital-discharges", "/dataset/dengue-cases"])
def test_every_format_says_the_same(shipped: Client, address: str) -> None:
    turtle = graph_at(shipped, f"{address}.ttl")
    others = [graph_at(shipped, f"{address}.{each}", each) for each in ("jsonld", "rdf")]
    if address != "/catalog":
        assert all(isomorphic(turtle, each) for each in others)
    else:
        # Pages name themselves.
        assert {len(each) for each in others} == {len(turtle)}


def test_files_are_as_described(client: Client, demo: DemoStore) -> None:
    for name in demo.releases.datasets():
        graph = graph_at(client, f"/datasets/{name}.ttl")
        found = list(graph.subjects(RDF.type, DCAT.Distribution))
        assert found
        for each in found:
            body = client.get(path_of(str(graph.value(each, DCAT.downloadURL)))).content
            checksum = graph.value(graph.value(each, SPDX.checksum), SPDX.checksumValue)
            assert str(checksum) == hashlib.sha256(body).hexdigest()
            assert graph.value(each, DCAT.byteSize) == Literal(
                str(len(body)), datatype="http://www.w3.org/2001/XMLSchema#nonNegativeInteger"
            )
            assert client.get(path_of(str(graph.value(each, DCAT.accessURL)))).status_code == 200


def test_versions_are_told_withdrawn_ones_among_them(client: Client) -> None:
    graph = graph_at(client, "/datasets/hospital-visits.ttl")
    node = URIRef(f"{BASE_URL}/datasets/hospital-visits")
    status = {
        str(version).rpartition("/")[2]: str(graph.value(version, ADMS.status)).rpartition("/")[2]
        for version in graph.objects(node, DCAT.hasVersion)
    }
    assert status == {"2024.2": "COMPLETED", "2024.1": "WITHDRAWN", "2023.1": "COMPLETED"}
    assert str(graph.value(node, DCAT.hasCurrentVersion)).endswith("/2024.2")
    withdrawn = URIRef(f"{node}/releases/2024.1")
    assert Literal("Sai mẫu số quý 2.", lang="vi") in set(graph.objects(withdrawn))
    assert str(graph.value(URIRef(f"{node}/releases/2024.2"), DCAT.previousVersion)) == str(withdrawn)
    members = {str(each).rpartition("/")[2] for each in graph.subjects(DCAT.inSeries)}
    assert members == {"2024.2", "2023.1"}
    corrected = graph_at(client, "/datasets/notifiable-diseases.ttl")
    before = URIRef(f"{BASE_URL}/datasets/notifiable-diseases/releases/2024.1")
    assert str(corrected.value(before, ADMS.status)).endswith("/DEPRECATED")
    assert "2025.1" not in corrected.serialize()  # It is under embargo.
    gone = client.get("/datasets/hospital-visits/releases/2024.1.ttl")
    assert (gone.status_code, gone.headers["content-type"]) == (410, "application/problem+json")


def test_a_dataset_says_when_where_how_often_and_for_whom(client: Client) -> None:
    graph = graph_at(client, "/datasets/notifiable-diseases.ttl")
    node = URIRef(f"{BASE_URL}/datasets/notifiable-diseases")
    period = graph.value(node, DCTERMS.temporal)
    assert graph.value(period, DCAT.startDate) == day("2023-01-01")
    assert graph.value(period, DCAT.endDate) == day("2024-12-31")
    places = {
        str(graph.value(each, URIRef("http://www.w3.org/2004/02/skos/core#notation")))
        for each in graph.objects(node, DCTERMS.spatial)
    }
    assert {"01", "48", "79"} <= places
    languages = {str(each).rpartition("/")[2] for each in graph.objects(node, DCTERMS.language)}
    assert languages == {"VIE", "ENG"}
    assert {each.language for each in graph.objects(node, DCTERMS.title) if isinstance(each, Literal)} == {"vi", "en"}
    synthetic = graph_at(client, "/datasets/hospital-visits.ttl")
    told = {
        str(each) for each in synthetic.objects(URIRef(f"{BASE_URL}/datasets/hospital-visits"), DCTERMS.description)
    }
    assert all(text.startswith(("Dữ liệu giả lập", "Synthetic data")) for text in told)


def test_harvesters_of_ckan_find_one_dataset_in_each_document(client: Client) -> None:
    for extension in ("ttl", "jsonld", "rdf"):
        graph = graph_at(client, f"/dataset/notifiable-diseases.{extension}", extension)
        assert len(list(graph.subjects(RDF.type, DCAT.Dataset))) == 1
    xml = client.get("/dataset/notifiable-diseases.xml")
    assert xml.headers["content-type"].startswith("application/rdf+xml")
    catalog = read_rdf(client.get("/catalog.xml").content, "xml")
    assert set(catalog.subjects(RDF.type, DCAT.Dataset)) == set(catalog.objects(None, DCAT.dataset))


def test_pages_lead_to_one_another(demo: DemoStore) -> None:
    links, all_of_them = Links(BASE_URL), tuple(describe_all(demo.releases, demo.releases.datasets()))
    numbers = {}
    for number in (1, 2, 3):
        graph = catalog_graph(CatalogPage(all_of_them[:2], number, 120, "ttl"), links)
        here = next(graph.subjects(RDF.type, HYDRA.PagedCollection))
        assert str(here) == f"{BASE_URL}/catalog.ttl" + (f"?page={number}" if number > 1 else "")
        numbers[number] = {
            name: str(graph.value(here, HYDRA[name])).removeprefix(f"{BASE_URL}/catalog.ttl")
            for name in ("first", "previous", "next", "last")
            if graph.value(here, HYDRA[name]) is not None
        }
    assert numbers[1] == {"first": "", "next": "?page=2", "last": "?page=3"}
    assert numbers[2] == {"first": "", "previous": "", "next": "?page=3", "last": "?page=3"}
    assert numbers[3] == {"first": "", "previous": "?page=2", "last": "?page=3"}
    empty = catalog_graph(CatalogPage((), 1, 0, "rdf"), links)
    assert breaches(empty, "base") == []


def test_answers_are_kept_and_validated(client: Client) -> None:
    for address in ("/catalog.ttl", "/datasets/notifiable-diseases.jsonld", "/catalog.xml?page=1"):
        answer = client.get(address)
        assert answer.status_code == 200
        again = client.get(address, if_none_match=answer.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")
        head = client.request("HEAD", address)
        assert head.headers["etag"] == answer.headers["etag"]
        assert client.get(address, origin="https://elsewhere.example").headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("address", "status", "place"),
    [
        ("/datasets/nothing.ttl", 404, "dataset"),
        ("/dataset/nothing.xml", 404, "dataset"),
        ("/datasets/notifiable-diseases/releases/2025.1.ttl", 404, "release"),
        ("/catalog.ttl?page=0", 422, "page"),
        ("/catalog.ttl?page=2", 404, "page"),
        ("/catalog.ttl?seite=2", 400, "seite"),
        ("/catalog.ttl?page=1&page=2", 400, "page"),
        ("/datasets/notifiable-diseases.ttl?release=2023", 400, "release"),
    ],
)
def test_mistakes_are_told(client: Client, address: str, status: int, place: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["errors"][0]["place"] == place


@pytest.mark.parametrize(
    ("accept", "location"),
    [
        ("", "/catalog.ttl"),
        ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.1", "/datasets"),
        ("application/rdf+xml", "/catalog.rdf"),
        ("application/ld+json, text/turtle;q=0.5", "/catalog.jsonld"),
        ("text/turtle;q=0, application/rdf+xml;q=0.1", "/catalog.rdf"),
    ],
)
def test_the_catalog_leads_to_the_description_that_is_wanted(client: Client, accept: str, location: str) -> None:
    answer = client.get("/catalog", accept=accept)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{location}")
    assert "Accept" in answer.headers["vary"].split(", ")


def test_words_that_would_break_a_format_do_not(demo: DemoStore) -> None:
    described = describe(demo.releases, "notifiable-diseases")
    hostile = 'a"""\\ <b> & \' \ud800 \x0b ]]> "@en .'
    about = described.about.model_copy(update={"title": Bilingual(vi=hostile, en=hostile)})
    manifest = described.release.manifest.model_copy(update={"description": about})
    release = type(described.release)(manifest, described.release.envelope_sha256)
    page = CatalogPage((type(described)(release, (release,)),), 1, 1, "ttl")
    graph = catalog_graph(page, Links(BASE_URL))
    read = [read_rdf(written(graph, each), each) for each in MEDIA_TYPES]
    titles = [
        {str(t) for t in each.objects(URIRef(f"{BASE_URL}/datasets/notifiable-diseases"), DCTERMS.title)}
        for each in read
    ]
    assert titles == [{hostile.replace("\ud800", "\ufffd").replace("\x0b", "\ufffd")}] * 3
