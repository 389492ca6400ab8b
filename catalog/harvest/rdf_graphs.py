"""Reading RDF of others: three formats, no entities, no contexts from elsewhere, no more than there is room for."""

from __future__ import annotations

import json
import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import rdflib.term
from rdflib import Graph
from rdflib.plugins.shared.jsonld.context import Context

from catalog.harvest.documents import json_of, text_of, xml_of
from catalog.harvest.faults import ContentFault
from catalog.harvest.plain_text import readable
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
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_LOCK = threading.Lock()
_REMEDY = "harvest its Turtle or RDF/XML"


def _no_value(*_: object) -> None:
    """Make nothing of the text of a literal."""


def _fetches_nothing(*_: object) -> None:
    raise RemoteFault("has a JSON-LD context that is elsewhere", _REMEDY)


_TAMED: tuple[tuple[Any, str, Callable[..., None]], ...] = (
    (rdflib.term, "_castLexicalToPython", _no_value),
    (Context, "_fetch_context", _fetches_nothing),
)
"""Functions of the library, each with its owner and what stands in its place while RDF of others is read."""


def graph_of(answer: Answer) -> Graph:
    """Return the graph that an answer holds; raises RemoteFault where it holds none that may be read."""
    kind = _format(answer)
    if kind == "xml":
        xml_of(answer)
    elif kind == "json-ld":
        _check_contexts(json_of(answer))
    graph = Graph(bind_namespaces="none")
    try:
        with _tamed(), warnings.catch_warnings():
            # The library warns of what it calls itself.
            warnings.simplefilter("ignore", DeprecationWarning)
            graph.parse(data=_data(answer, kind), format=kind, publicID=answer.address)
    except RemoteFault:
        raise
    except Exception as error:  # the parsers raise whatever comes to them
        raise ContentFault("is not the RDF that it says it is, or was cut short") from error
    return graph


def _data(answer: Answer, kind: str) -> str | bytes:
    if kind == "xml":
        return answer.content
    text = text_of(answer)
    if kind == "json-ld" and _HALF.search(text):
        # The library takes no half characters; others of the same document are whole.
        return readable(json.dumps(json_of(answer), ensure_ascii=False), most=len(text))
    return text


@contextmanager
def _tamed() -> Iterator[None]:
    """Keep the library from making values of literals, from fetching contexts and from writing what it was sent.

    A decimal of eleven characters takes gigabytes as a number, and a piece of HTML minutes; an address that is none is
    logged with all its control characters. The library has no switch for the first two, so that its functions for
    them are put aside; in this process nothing else reads RDF meanwhile.
    """
    log = logging.getLogger("rdflib")
    with _LOCK:
        level, originals = log.level, [getattr(owner, name) for owner, name, _ in _TAMED]
        try:
            log.setLevel(logging.CRITICAL + 1)
            for owner, name, other in _TAMED:
                setattr(owner, name, other)
            yield
        finally:
            log.setLevel(level)
            for (owner, name, _), original in zip(_TAMED, originals, strict=True):
                setattr(owner, name, original)


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
                if "@import" in each or any(isinstance(one, str) for one in _flat(each.get("@context"))):
                    _fetches_nothing()
                following += each.values()
            elif isinstance(each, list):
                following += each
        level = following


def _flat(value: Any) -> Iterator[Any]:
    """Yield what a list holds, and the lists in it: the library reads contexts from those too."""
    if isinstance(value, list):
        for each in value:
            yield from _flat(each)
    else:
        yield value
