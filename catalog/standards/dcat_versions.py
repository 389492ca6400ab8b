"""The releases of a dataset in DCAT-AP: its versions, withdrawn ones among them, and the series of its editions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rdflib import Literal, URIRef

from catalog.standards import vocabularies
from catalog.standards.addresses import Addresses
from catalog.standards.dcat_parts import contact_node, identifier, release_address, tell_publisher
from catalog.standards.dcat_words import tell_area, tell_period, tell_version, tell_words
from catalog.standards.described import Described, changed_at
from catalog.standards.rdf import ADMS, DCAT, DCTERMS, FOAF, SKOS, Description, moment
from datasets.release import PublicRelease
from datasets.text import Bilingual

_SERIES_NOTE = Bilingual(vi="Các kỳ của tập dữ liệu: ", en="Editions of the dataset: ")


def tell_versions(graph: Description, node: URIRef, described: Described, addresses: Addresses) -> None:
    """Say which releases there are, withdrawn ones among them, and that the editions form a series."""
    dataset = described.release.dataset
    newest = {each.name for each in described.editions}
    for release in described.releases:
        version = URIRef(release_address(release, addresses))
        graph.tell(node, DCAT.hasVersion, version)
        graph.tell(version, DCAT.isVersionOf, node)
        _tell_release(graph, version, release, addresses)
        graph.tell(version, DCAT.contactPoint, contact_node(graph, described, addresses))
        tell_area(graph, version, Described(release, (release,), pinned=True))
        if release.withdrawal is None and release.name not in newest:
            graph.remove((version, ADMS.status, None))
            graph.tell(version, ADMS.status, graph.term(vocabularies.DEPRECATED))
    graph.tell(node, DCAT.hasCurrentVersion, URIRef(release_address(described.release, addresses)))
    _tell_series(graph, f"{addresses.absolute(addresses.dataset(dataset, 'vi'))}#editions", described, addresses)
    for edition in dict.fromkeys(each.edition for each in described.releases):
        same = [each for each in described.releases if each.edition == edition]
        _tell_order(graph, [URIRef(release_address(each, addresses)) for each in same], DCAT.previousVersion)


def _tell_release(graph: Description, node: URIRef, release: PublicRelease, addresses: Addresses) -> None:
    tell_words(graph, node, release)
    graph.tell(node, DCTERMS.identifier, Literal(identifier(release)))
    graph.tell(node, DCTERMS.issued, moment(release.manifest.available_from))
    graph.tell(node, DCTERMS.modified, moment(changed_at(release)))
    graph.tell(node, DCTERMS.publisher, tell_publisher(graph, release.description.publisher, addresses))
    graph.tell(node, DCAT.theme, URIRef(vocabularies.HEALTH.iri))
    page = addresses.absolute(addresses.release(release.dataset, release.name, "vi"))
    graph.tell(node, DCAT.landingPage, graph.typed(page, FOAF.Document))
    tell_version(graph, node, release)
    tell_period(graph, node, Described(release, (release,), pinned=True))
    if release.withdrawal:
        graph.say(node, SKOS.changeNote, release.withdrawal.reason)


def _tell_series(graph: Description, address: str, described: Described, addresses: Addresses) -> None:
    about, editions = described.about, described.editions
    series = graph.typed(address, DCAT.DatasetSeries)
    graph.say(series, DCTERMS.title, about.title)
    note = Bilingual(vi=_SERIES_NOTE.vi + about.title.vi, en=_SERIES_NOTE.en + about.title.en)
    graph.say(series, DCTERMS.description, note)
    graph.tell(series, DCTERMS.publisher, tell_publisher(graph, about.publisher, addresses))
    graph.tell(series, DCTERMS.issued, moment(min(each.manifest.available_from for each in editions)))
    graph.tell(series, DCTERMS.modified, moment(max(changed_at(each) for each in editions)))
    graph.tell(series, DCTERMS.accrualPeriodicity, URIRef(vocabularies.FREQUENCIES[about.frequency].iri))
    tell_period(graph, series, described)
    tell_area(graph, series, described)
    graph.tell(series, DCAT.contactPoint, contact_node(graph, described, addresses))
    nodes = [URIRef(release_address(each, addresses)) for each in editions]
    for node in nodes:
        graph.tell(node, DCAT.inSeries, series)
    graph.tell(series, DCAT.last, nodes[0])
    graph.tell(series, DCAT.first, nodes[-1])
    _tell_order(graph, nodes, DCAT.prev)


def _tell_order(graph: Description, newest_first: Sequence[URIRef], predicate: URIRef) -> None:
    for later, earlier in pairwise(newest_first):
        graph.tell(later, predicate, earlier)
