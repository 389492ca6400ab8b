"""Harvesting DCAT: a catalog in one document or in pages that Hydra links, each asked for "if it changed"."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from rdflib import DCTERMS, FOAF, RDF, RDFS, SKOS, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from catalog.harvest.changed_documents import read_if_changed
from catalog.harvest.description import Description, item_of
from catalog.harvest.limits import MAX_LISTED, MAX_PAGES, MAX_RECORDS
from catalog.harvest.rdf_graphs import ACCEPT, graph_of
from catalog.harvest.records import Item, Page, Told
from catalog.harvest.sources import Source
from catalog.harvest.start import Start
from catalog.standards.rdf import ADMS, DCAT, HYDRA
from datasets.outbound.addresses import joined
from datasets.outbound.faults import RemoteFault
from datasets.outbound.transport import Answer

_NEXT = (HYDRA.next, HYDRA.nextPage)
_START = (DCAT.startDate, URIRef("http://schema.org/startDate"))
_END = (DCAT.endDate, URIRef("http://schema.org/endDate"))
_CATALOGUES = "tell those who keep the catalog; nothing is marked as gone until the list can be read to its end"


def read_dcat(start: Start) -> Iterator[Page]:
    """Yield the pages of a catalog from ``start`` on, to the last one."""
    asked = {page.document.address for page in start.pages if page.document}
    records = sum(len(page.document.listed) for page in start.pages if page.document)
    # Only a whole run is kept, so that all pages before this one had no problem with their links.
    address = start.next or start.source.address
    while address:
        asked.add(address)
        document, items = read_if_changed(start, address, ACCEPT, partial(_parsed, start=start))
        records += len(document.listed)
        if records > MAX_RECORDS or len(asked) > MAX_PAGES:
            raise RemoteFault("has more records or pages than are taken", "tell those who keep the catalog")
        problem = _problem(document.next, asked, start.source.address)
        address = "" if problem else document.next
        yield Page(
            items=items,
            listed=document.listed,
            document=document,
            problems=(problem,) if problem else (),
            next=address,
            is_broken=bool(problem),
            is_whole=not problem and not address,
        )


def _problem(following: str, asked: set[str], address: str) -> Told | None:
    if following in asked:
        return Told(rule="the pages of the list lead in a circle", remedy=_CATALOGUES)
    if following and urlsplit(following).netloc != urlsplit(address).netloc:
        return Told(rule="the pages of the list lead to another host", remedy=_CATALOGUES)
    return None


def _parsed(answer: Answer, start: Start) -> tuple[tuple[Item, ...], str]:
    graph = graph_of(answer)
    items = tuple(items_of(graph, start.source, start.session.now()))
    following = next((str(each) for way in _NEXT for each in graph.objects(None, way)), "")
    return items, joined(following, answer.address) if following else ""


def items_of(graph: Graph, source: Source, now: datetime) -> Iterator[Item]:
    """Yield each dataset of a catalog; one without an address of its own goes by its identifier."""
    seen: set[str] = set()
    for node in sorted(set(graph.subjects(RDF.type, DCAT.Dataset)), key=str):
        about = describe(graph, node)
        if about.remote_id and about.remote_id not in seen:
            seen.add(about.remote_id)
            yield item_of(about, source, now)


def describe(graph: Graph, node: Node) -> Description:
    """Return what a dataset says, whatever of it is missing or of another kind than it should be."""
    identifiers = tuple(_all(graph, node, DCTERMS.identifier))
    other = [text for each in graph.objects(node, ADMS.identifier) for text in _all(graph, each, SKOS.notation)]
    remote_id = str(node) if not isinstance(node, BNode) else next(iter(identifiers), "")
    publisher = graph.value(node, DCTERMS.publisher)
    period = graph.value(node, DCTERMS.temporal)
    files = list(_files(graph, node))
    return Description(
        remote_id=remote_id[:500],
        titles=_texts(graph, node, DCTERMS.title),
        summaries=_texts(graph, node, DCTERMS.description),
        keywords=tuple(sorted(_keywords(graph, node))),
        publisher=_texts(graph, publisher, FOAF.name) or _texts(graph, publisher, SKOS.prefLabel),
        licence=_licence(graph, node),
        frequency=_first(graph, node, DCTERMS.accrualPeriodicity),
        issued=_first(graph, node, DCTERMS.issued),
        modified=_first(graph, node, DCTERMS.modified),
        start=next(filter(None, (_first(graph, period, each) for each in _START)), ""),
        end=next(filter(None, (_first(graph, period, each) for each in _END)), ""),
        landing_page=_first(graph, node, DCAT.landingPage) or (str(node) if isinstance(node, URIRef) else ""),
        identifiers=(*identifiers, *other, *([str(node)] if isinstance(node, URIRef) else [])),
        files=tuple(sorted(files))[:MAX_LISTED],
        themes=tuple(sorted(_themes(graph, node))),
    )


def _all(graph: Graph, node: Node | None, way: URIRef) -> list[str]:
    if node is None:
        return []
    return sorted(str(each) for each in graph.objects(node, way) if not isinstance(each, BNode))


def _first(graph: Graph, node: Node | None, way: URIRef) -> str:
    return next(iter(_all(graph, node, way)), "")


def _texts(graph: Graph, node: Node | None, way: URIRef) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in sorted(graph.objects(node, way) if node is not None else (), key=str):
        if isinstance(each, Literal):
            found.setdefault(_language(each), str(each))
    return found


def _language(text: Literal) -> str:
    language = (text.language or "").lower().partition("-")[0]
    return language if language in ("vi", "en") else ""


def _keywords(graph: Graph, node: Node) -> Iterator[tuple[str, str]]:
    for each in graph.objects(node, DCAT.keyword):
        if isinstance(each, Literal):
            yield _language(each), str(each)


def _themes(graph: Graph, node: Node) -> Iterator[str]:
    for theme in graph.objects(node, DCAT.theme):
        yield from (_all(graph, theme, SKOS.prefLabel) or [str(theme)])


def _licence(graph: Graph, node: Node) -> str:
    """Return the licence of the dataset, else the first one of its files."""
    holders = [node, *graph.objects(node, DCAT.distribution)]
    found = sorted(each for holder in holders for each in _all(graph, holder, DCTERMS.license))
    return next(iter(_all(graph, node, DCTERMS.license)), next(iter(found), ""))


def _files(graph: Graph, node: Node) -> Iterator[tuple[str, str, str]]:
    for each in graph.objects(node, DCAT.distribution):
        address = _first(graph, each, DCAT.downloadURL) or _first(graph, each, DCAT.accessURL)
        title = next(iter(_texts(graph, each, DCTERMS.title).values()), "")
        kind = _first(graph, each, DCTERMS["format"]) or _first(graph, each, DCAT.mediaType)
        if not kind:
            kind = next(
                (text for one in graph.objects(each, DCTERMS["format"]) for text in _all(graph, one, RDFS.label)), ""
            )
        yield title, address, kind
