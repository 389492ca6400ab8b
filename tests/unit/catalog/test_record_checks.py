"""What would make a record of a release invalid is found before it goes out, with place, rule and remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rdflib import Literal, URIRef

from catalog.standards import checks
from catalog.standards.checks import record_faults
from catalog.standards.dcat import dataset_graph
from catalog.standards.described import Described
from catalog.standards.mandatory import ill_typed, lacking
from catalog.standards.rdf import DCAT, DCTERMS, RDF, XSD, Description
from datasets.errors import Problem
from datasets.public_releases import PublicReleases
from datasets.release import Manifest
from datasets.text import Bilingual
from portal.shared.links import Links
from tests.support.releases import DemoStore, make_demo_store

LINKS = Links("https://data.example.org")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    return make_demo_store(tmp_path_factory.mktemp("store") / "data")


@pytest.fixture(scope="module")
def manifest(demo: DemoStore) -> Manifest:
    return demo.releases.latest("notifiable-diseases").manifest


def faults(manifest: Manifest, **changes: Any) -> list[Problem]:
    about = manifest.description.model_copy(update=changes)
    return list(record_faults(about, manifest.files, manifest.changes, addresses=LINKS))


def test_every_release_of_the_demo_can_go_out(demo: DemoStore) -> None:
    releases: PublicReleases = demo.releases
    for name in releases.datasets_ever():
        for release in releases.releases(name):
            assert faults(release.manifest) == []


CHANGES: list[tuple[str, Callable[[Manifest], dict[str, Any]]]] = [
    ("publisher.url", lambda m: {"publisher": m.description.publisher.model_copy(update={"url": "moh.gov.vn"})}),
    ("publisher.url", lambda m: {"publisher": m.description.publisher.model_copy(update={"url": "https://a b"})}),
    ("theme", lambda m: {"theme": "astrology"}),
    ("coverage.start", lambda m: {"coverage": m.description.coverage.model_copy(update={"start": "2024-13"})}),
    ("coverage.end", lambda m: {"coverage": m.description.coverage.model_copy(update={"end": "the 1990s"})}),
    (
        "coverage.end",
        lambda m: {"coverage": m.description.coverage.model_copy(update={"start": "2024", "end": "2023-12"})},
    ),
    ("period_start", lambda m: {"period_start": "2024-Q5"}),
    ("period_end", lambda m: {"period_end": "2020-01-01"}),
    ("next_release", lambda m: {"next_release": "2026-02-30"}),
    ("files", lambda m: {"tables": ()}),
    (
        "dimensions.sex",
        lambda m: {"codelists": tuple(each for each in m.description.codelists if each.id != "sex-demo")},
    ),
    ("title.vi", lambda m: {"title": Bilingual.model_construct(vi="a\x00b", en="b")}),
    (
        "contact.name.en",
        lambda m: {"contact": m.description.contact.model_copy(update={"name": Bilingual(vi="a", en="\u202eb")})},
    ),
]


@pytest.mark.parametrize(("place", "change"), CHANGES, ids=[f"{n}-{place}" for n, (place, _) in enumerate(CHANGES)])
def test_what_is_wrong_is_told_with_its_remedy(
    manifest: Manifest, place: str, change: Callable[[Manifest], dict[str, Any]]
) -> None:
    found = faults(manifest, **change(manifest))
    assert [each.place for each in found] == [place]
    assert found[0].rule
    assert found[0].remedy


def test_files_must_be_what_they_are_said_to_be(manifest: Manifest) -> None:
    first = manifest.description.tables[0].csv

    def told(**change: Any) -> list[str]:
        files = [each.model_copy(update=change) if each.path == first else each for each in manifest.files]
        return [str(each) for each in record_faults(manifest.description, files, manifest.changes, addresses=LINKS)]

    assert told(media_type="text/plain") == [f"{first}: must have the media type text/csv. Build the package anew"]
    assert told(path="data/other.csv") == [f"{first}: is described and is not in the package. Build the package anew"]
    table = manifest.description.tables[0].model_copy(update={"csv": "data/by-month.ods"})
    renamed = {"path": "data/by-month.ods"}
    files = [each.model_copy(update=renamed) if each.path == first else each for each in manifest.files]
    about = manifest.description.model_copy(update={"tables": (table, *manifest.description.tables[1:])})
    found = record_faults(about, files, manifest.changes, addresses=LINKS)
    assert [each.place for each in found] == ["data/by-month.ods"]


def test_a_record_that_cannot_be_made_is_told(manifest: Manifest, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(checks, "croissant", fails)
    monkeypatch.setattr(checks, "dataset_graph", fails)
    found = faults(manifest)
    assert [each.place for each in found] == ["croissant.json", "release.ttl", "dataset.ttl"]
    assert "KeyError" in found[0].rule
    assert "secret" not in str(found)


def test_a_graph_that_lacks_something_is_told(manifest: Manifest, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(described: Described, addresses: Links) -> Description:
        graph = dataset_graph(described, addresses)
        node = next(graph.subjects(RDF.type, DCAT.Dataset))
        graph.remove((node, DCTERMS.title, None))
        return graph

    monkeypatch.setattr(checks, "dataset_graph", broken)
    found = faults(manifest)
    assert {each.place for each in found} == {"release.ttl", "dataset.ttl"}
    assert all("title" in each.rule for each in found)


def test_what_is_no_day_is_found_in_any_graph() -> None:
    graph = Description()
    graph.tell(URIRef("https://data.example.org/x"), DCTERMS.issued, Literal("2024-13-01", datatype=XSD.date))
    assert list(ill_typed(graph)) == [("issued", "2024-13-01")]
    assert list(lacking(graph)) == [("", "dcat:Dataset")]
