"""RDF as the standards of catalogs use it: their names, texts in both languages, and the three ways of writing it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Literal as OneOf

from rdflib import DCTERMS, FOAF, OWL, PROV, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import IdentifiedNode

from catalog.standards.vocabularies import Term
from datasets.text import LANGUAGES, Bilingual

__all__ = ["DCTERMS", "FOAF", "OWL", "PROV", "RDF", "RDFS", "SKOS", "XSD"]

ADMS = Namespace("http://www.w3.org/ns/adms#")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
DQV = Namespace("http://www.w3.org/ns/dqv#")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
HEALTH = Namespace("http://healthdataportal.eu/ns/health#")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")

PREFIXES: Mapping[str, str] = {
    "adms": str(ADMS),
    "dcat": str(DCAT),
    "dcatap": str(DCATAP),
    "dct": str(DCTERMS),
    "dqv": str(DQV),
    "eli": str(ELI),
    "foaf": str(FOAF),
    "healthdcatap": str(HEALTH),
    "hydra": str(HYDRA),
    "owl": str(OWL),
    "prov": str(PROV),
    "rdfs": str(RDFS),
    "skos": str(SKOS),
    "spdx": str(SPDX),
    "vcard": str(VCARD),
    "xsd": str(XSD),
}
_WAYS = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml"}
Extension = OneOf["ttl", "jsonld", "rdf"]
MEDIA_TYPES: Mapping[Extension, str] = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
}
"""How RDF can be had: the end of an address, and its media type."""
_DATES = ((re.compile(r"[0-9]{4}"), XSD.gYear), (re.compile(r"[0-9]{4}-[0-9]{2}"), XSD.gYearMonth))
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Description(Graph):
    """A graph that is told of things in the words of this project."""

    def __init__(self) -> None:
        super().__init__(bind_namespaces="none")
        for prefix, address in PREFIXES.items():
            self.bind(prefix, address)

    def tell(self, subject: IdentifiedNode, predicate: URIRef, *values: IdentifiedNode | Literal) -> None:
        """Say what ``subject`` has as ``predicate``."""
        for value in values:
            self.add((subject, predicate, value))

    def say(self, subject: IdentifiedNode, predicate: URIRef, text: Bilingual) -> None:
        """Say a text in both languages, Vietnamese first."""
        self.tell(subject, predicate, *(Literal(plain(text.of(each)), lang=each) for each in LANGUAGES))

    def term(self, term: Term, *kinds: URIRef) -> URIRef:
        """Return a term of a vocabulary after saying what it is called, so that readers need not fetch it."""
        node = URIRef(term.iri)
        self.tell(node, RDF.type, *(kinds or (SKOS.Concept,)))
        self.say(node, SKOS.prefLabel, term.label)
        return node

    def typed(self, address: str, kind: URIRef) -> URIRef:
        """Return the thing at an address after saying of what kind it is."""
        node = URIRef(address)
        self.tell(node, RDF.type, kind)
        return node

    def part(self, subject: IdentifiedNode, predicate: URIRef, kind: URIRef) -> BNode:
        """Return a new thing without an address that belongs to ``subject``."""
        node = BNode()
        self.tell(node, RDF.type, kind)
        self.tell(subject, predicate, node)
        return node


def plain(text: str) -> str:
    """Return ``text`` without what XML cannot hold, so that every way of writing says the same."""
    return _NOT_IN_XML.sub("\ufffd", text)


def moment(at: datetime) -> Literal:
    return Literal(at.isoformat(), datatype=XSD.dateTime)


def day(text: str) -> Literal:
    """Return a year, a month or a day as a literal of its own type.

    >>> day("2024-02").datatype.fragment
    'gYearMonth'
    """
    kind = next((kind for pattern, kind in _DATES if pattern.fullmatch(text)), XSD.date)
    return Literal(text, datatype=kind, normalize=False)


def number(value: int, kind: URIRef = XSD.nonNegativeInteger) -> Literal:
    return Literal(str(value), datatype=kind)


def written(graph: Graph, extension: Extension) -> bytes:
    """Return ``graph`` as Turtle, JSON-LD or RDF/XML, in UTF-8."""
    if extension == "jsonld":
        text = graph.serialize(
            format="json-ld", context=dict(PREFIXES), indent=None, sort_keys=True, ensure_ascii=False
        )
    else:
        text = graph.serialize(format=_WAYS[extension])
    return text.encode("utf-8")
