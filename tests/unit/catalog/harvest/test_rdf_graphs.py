"""RDF of remotes is read without fetching a context and without making values of its literals."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
import rdflib

from catalog.harvest import dcat
from catalog.harvest.rdf_graphs import graph_of
from datasets.outbound.faults import RemoteFault
from tests.support.remote_records import NOW, SOURCE, answer, taken

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
