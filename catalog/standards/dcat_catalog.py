"""The whole catalog as DCAT-AP 3 describes it, in pages that Hydra links: harvesters begin here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rdflib import Literal, URIRef

from catalog.standards import vocabularies
from catalog.standards.addresses import Addresses
from catalog.standards.dcat import tell_dataset
from catalog.standards.dcat_parts import catalog_address, language_term
from catalog.standards.described import Described
from catalog.standards.rdf import (
    DCAT,
    DCTERMS,
    FOAF,
    HYDRA,
    RDFS,
    SKOS,
    XSD,
    Description,
    Extension,
    moment,
    number,
)
from datasets.text import LANGUAGES, Bilingual

PAGE_SIZE = 50
"""Datasets on a page of the catalog."""
TITLE = Bilingual(vi="Dữ liệu y tế mở", en="Open health data")
SUMMARY = Bilingual(
    vi="Số liệu thống kê, danh sách và danh mục mã về y tế, ai cũng được tìm, tải, tra cứu và trích dẫn.",
    en="Health statistics, registers and code lists, free to find, download, query and cite.",
)


@dataclass(frozen=True)
class CatalogPage:
    """A page of the catalog: its datasets, its number from 1, how many datasets there are, and its format."""

    datasets: Sequence[Described]
    number: int
    total: int
    extension: Extension

    @property
    def last(self) -> int:
        """The number of the last page; an empty catalog has one page too."""
        return max(1, -(-self.total // PAGE_SIZE))


def catalog_graph(page: CatalogPage, addresses: Addresses) -> Description:
    """Return a page of the catalog with everything that its datasets say of themselves."""
    graph = Description()
    catalog = _tell_catalog(graph, addresses)
    for described in page.datasets:
        graph.tell(catalog, DCAT.dataset, tell_dataset(graph, described, addresses))
    if page.datasets:
        graph.tell(catalog, DCTERMS.modified, moment(max(each.modified for each in page.datasets)))
        graph.tell(catalog, DCTERMS.issued, moment(min(each.issued for each in page.datasets)))
    _tell_services(graph, catalog, page, addresses)
    _tell_paging(graph, page, addresses)
    return graph


def _tell_catalog(graph: Description, addresses: Addresses) -> URIRef:
    node = graph.typed(catalog_address(addresses), DCAT.Catalog)
    graph.say(node, DCTERMS.title, TITLE)
    graph.say(node, DCTERMS.description, SUMMARY)
    graph.tell(node, DCTERMS.language, *(language_term(graph, each) for each in LANGUAGES))
    publisher = graph.typed(f"{catalog_address(addresses)}#portal", FOAF.Agent)
    graph.say(publisher, FOAF.name, TITLE)
    graph.tell(node, DCTERMS.publisher, publisher)
    home = addresses.absolute(addresses.home("vi"))
    graph.tell(node, FOAF.homepage, graph.typed(home, FOAF.Document))
    # Descriptions are free for everybody; each dataset says its own licence.
    free = vocabularies.LICENCES["CC0-1.0"]
    graph.tell(node, DCTERMS.license, graph.typed(free.url, DCTERMS.LicenseDocument))
    graph.tell(node, DCAT.themeTaxonomy, graph.typed(f"{catalog_address(addresses)}#themes", SKOS.ConceptScheme))
    graph.say(
        URIRef(f"{catalog_address(addresses)}#themes"), DCTERMS.title, Bilingual(vi="Chủ đề y tế", en="Health themes")
    )
    spatial = graph.term(vocabularies.VIET_NAM, DCTERMS.Location, SKOS.Concept)
    graph.tell(node, DCTERMS.spatial, spatial)
    return node


def _tell_services(graph: Description, catalog: URIRef, page: CatalogPage, addresses: Addresses) -> None:
    for name, address, description, rules in addresses.services():
        endpoint = addresses.absolute(address)
        service = graph.typed(f"{catalog}#api-{name.lower().replace(' ', '-')}", DCAT.DataService)
        graph.tell(service, DCTERMS.title, Literal(name, lang="en"))
        graph.tell(service, DCAT.endpointURL, graph.typed(endpoint, RDFS.Resource))
        described = graph.typed(addresses.absolute(description), RDFS.Resource)
        graph.tell(service, DCAT.endpointDescription, described)
        graph.tell(service, DCTERMS.conformsTo, graph.typed(rules, DCTERMS.Standard))
        graph.say(service, DCTERMS.description, SUMMARY)
        graph.tell(service, DCTERMS.publisher, URIRef(f"{catalog}#portal"))
        graph.tell(service, DCAT.theme, graph.term(vocabularies.HEALTH))
        nodes = (URIRef(addresses.absolute(addresses.dataset(d.release.dataset, "vi"))) for d in page.datasets)
        graph.tell(service, DCAT.servesDataset, *nodes)
        graph.tell(catalog, DCAT.service, service)


def _tell_paging(graph: Description, page: CatalogPage, addresses: Addresses) -> None:
    """Say where the other pages are, in the names that Hydra has now and in those that older harvesters know."""
    here = graph.typed(_page(addresses, page, page.number), HYDRA.PagedCollection)
    graph.tell(here, URIRef("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"), HYDRA.PartialCollectionView)
    graph.tell(here, HYDRA.totalItems, number(page.total, XSD.integer))
    graph.tell(here, HYDRA.itemsPerPage, number(PAGE_SIZE, XSD.integer))
    places = {"first": 1, "last": page.last, "previous": page.number - 1, "next": page.number + 1}
    for name, at in places.items():
        if 1 <= at <= page.last:
            target = Literal(_page(addresses, page, at))
            graph.tell(here, HYDRA[name], URIRef(str(target)))
            graph.tell(here, HYDRA[f"{name}Page"], target)


def _page(addresses: Addresses, page: CatalogPage, at: int) -> str:
    return addresses.absolute(addresses.catalog_record(page.extension, at))
