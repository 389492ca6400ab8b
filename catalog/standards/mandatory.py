"""What DCAT-AP 3 demands of each kind of thing, looked up in a description before anybody else reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from catalog.standards.rdf import DCAT, DCTERMS, FOAF, RDF, SKOS, SPDX, VCARD, XSD

_DEMANDED: Mapping[URIRef, tuple[URIRef, ...]] = {
    DCAT.Catalog: (DCTERMS.title, DCTERMS.description, DCTERMS.publisher),
    DCAT.Dataset: (DCTERMS.title, DCTERMS.description),
    DCAT.DatasetSeries: (DCTERMS.title, DCTERMS.description),
    DCAT.Distribution: (DCAT.accessURL,),
    DCAT.DataService: (DCTERMS.title, DCAT.endpointURL),
    DCTERMS.LicenseDocument: (DCTERMS.title,),
    FOAF.Agent: (FOAF.name,),
    SKOS.Concept: (SKOS.prefLabel,),
    SKOS.ConceptScheme: (DCTERMS.title,),
    SPDX.Checksum: (SPDX.algorithm, SPDX.checksumValue),
    VCARD.Kind: (VCARD.fn, VCARD.hasEmail),
}
_IN_BOTH = (DCTERMS.title, DCTERMS.description)
_DAYS = (XSD.date, XSD.dateTime, XSD.gYear, XSD.gYearMonth)


def lacking(graph: Graph) -> Iterator[tuple[str, str]]:
    """Yield what lacks what: the thing, and the property that it must have; an empty graph has no dataset."""
    if (None, RDF.type, DCAT.Dataset) not in graph:
        yield "", "dcat:Dataset"
    for kind, properties in _DEMANDED.items():
        for node in graph.subjects(RDF.type, kind):
            yield from ((str(node), _short(each)) for each in properties if (node, each, None) not in graph)
    for node in graph.subjects(RDF.type, DCAT.Dataset):
        yield from ((str(node), _short(each)) for each in _IN_BOTH if not _is_in_both(graph, node, each))


def ill_typed(graph: Graph) -> Iterator[tuple[str, str]]:
    """Yield literals that are not of the type that they say: the property, and the text."""
    for _, predicate, value in graph:
        if isinstance(value, Literal) and value.datatype in _DAYS and value.value is None:
            yield _short(URIRef(str(predicate))), str(value)


def _is_in_both(graph: Graph, node: Node, predicate: URIRef) -> bool:
    found = {each.language for each in graph.objects(node, predicate) if isinstance(each, Literal)}
    return {"vi", "en"} <= found


def _short(predicate: URIRef) -> str:
    return str(predicate).rpartition("/")[2].rpartition("#")[2]
