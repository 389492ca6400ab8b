"""Reading RDF of others: three formats, no entities, no contexts from elsewhere, no more than there is room for."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import rdflib.term
from rdflib import Graph

from catalog.harvest.documents import json_of, text_of, xml_of
from catalog.harvest.faults import ContentFault
from datasets.outbound.faults import RemoteFault
from datasets.outbound.transport import Answer

ACCEPT = "text/turtle, application/ld+json;q=0.9, application/rdf+xml;q=0.8"
_FORMATS = {
    "text/turtle": "turtle",
    "application/x-turtle": "turtle",
    "application/n-triples": "turtle",
    "application/ld+json": "json-ld",
    "application/json": "json-ld",
    "application/rdf+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
}
_ENDINGS = {"ttl": "turtle", "nt": "turtle", "jsonld": "json-ld", "json": "json-ld", "rdf": "xml", "xml": "xml"}
_CAST = "_castLexicalToPython"
_LOCK = threading.Lock()


def graph_of(answer: Answer) -> Graph:
    """Return the graph that an answer holds; raises RemoteFault where it holds none that may be read."""
    kind = _format(answer)
    if kind == "xml":
        xml_of(answer)
    elif kind == "json-ld":
        _check_contexts(json_of(answer))
    graph = Graph(bind_namespaces="none")
    try:
        with _no_values(), warnings.catch_warnings():
            # The library warns of what it calls itself.
            warnings.simplefilter("ignore", DeprecationWarning)
            data = answer.content if kind == "xml" else text_of(answer)
            graph.parse(data=data, format=kind, publicID=answer.address)
    except Exception as error:  # the parsers raise whatever comes to them
        raise ContentFault("is not the RDF that it says it is, or was cut short") from error
    return graph


@contextmanager
def _no_values() -> Iterator[None]:
    """Keep the library from making values of literals, which nobody here asks for.

    A decimal of eleven characters takes gigabytes as a number, and a piece of HTML minutes. The library has no switch
    for it, so that its one function for it is put aside; in this process nothing else reads RDF meanwhile.
    """
    with _LOCK:
        original = rdflib.term._castLexicalToPython  # noqa: SLF001  see above
        setattr(rdflib.term, _CAST, lambda *_: None)
        try:
            yield
        finally:
            setattr(rdflib.term, _CAST, original)


def _format(answer: Answer) -> str:
    told = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    ending = answer.address.partition("?")[0].rpartition("/")[2].rpartition(".")[2].lower()
    found = _FORMATS.get(told) or _ENDINGS.get(ending)
    if found is None:
        remedy = "give an address that ends in .ttl, .jsonld or .rdf"
        raise RemoteFault("is none of Turtle, JSON-LD and RDF/XML", remedy)
    return found


def _check_contexts(found: Any) -> None:
    """Refuse JSON-LD that names a context elsewhere: it would be fetched, and could change what everything means."""
    level = [found]
    while level:
        following: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                if "@import" in each or any(isinstance(one, str) for one in _listed(each.get("@context"))):
                    raise RemoteFault("has a JSON-LD context that is elsewhere", "harvest its Turtle or RDF/XML")
                following += each.values()
            elif isinstance(each, list):
                following += each
        level = following


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]
