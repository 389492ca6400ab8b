"""Datasets as DCAT-AP 3 describes them, with what HealthDCAT-AP adds as far as it is true of published tables."""

from __future__ import annotations

from rdflib import Literal, URIRef

from catalog.standards import vocabularies
from catalog.standards.addresses import Addresses
from catalog.standards.dcat_files import tell_distributions
from catalog.standards.dcat_parts import (
    contact_node,
    dataset_node,
    identifier,
    language_term,
    licence_term,
    tell_publisher,
    tell_theme,
)
from catalog.standards.dcat_places import tell_places
from catalog.standards.dcat_quality import tell_quality
from catalog.standards.dcat_versions import tell_versions
from catalog.standards.dcat_words import tell_area, tell_period, tell_version, tell_words
from catalog.standards.described import Described
from catalog.standards.rdf import (
    DCAT,
    DCATAP,
    DCTERMS,
    ELI,
    FOAF,
    HEALTH,
    RDFS,
    SKOS,
    Description,
    moment,
    number,
    plain,
)
from datasets.citation import Citation
from datasets.text import LANGUAGES


def dataset_graph(described: Described, addresses: Addresses, *, versions: bool = True) -> Description:
    """Return the whole description of a dataset, or of one release: its places, its versions and its series too."""
    graph = Description()
    node = tell_dataset(graph, described, addresses)
    tell_places(graph, node, described, addresses)
    tell_quality(graph, node, described, addresses)
    if versions and not described.pinned:
        tell_versions(graph, node, described, addresses)
    return graph


def tell_dataset(graph: Description, described: Described, addresses: Addresses) -> URIRef:
    """Say what a dataset is and how it can be had; return its node."""
    release, about = described.release, described.about
    node = dataset_node(described, addresses)
    tell_words(graph, node, release)
    graph.tell(node, DCTERMS.identifier, Literal(release.dataset if not described.pinned else identifier(release)))
    graph.tell(node, DCTERMS.issued, moment(described.issued))
    graph.tell(node, DCTERMS.modified, moment(described.modified))
    graph.tell(node, DCTERMS.publisher, tell_publisher(graph, about.publisher, addresses))
    graph.tell(node, DCAT.contactPoint, contact_node(graph, described, addresses))
    graph.tell(node, DCTERMS.language, *(language_term(graph, each) for each in LANGUAGES))
    graph.tell(node, DCAT.theme, graph.term(vocabularies.HEALTH), tell_theme(graph, about.theme, addresses))
    graph.tell(node, DCTERMS.accessRights, graph.term(vocabularies.PUBLIC, DCTERMS.RightsStatement, SKOS.Concept))
    graph.tell(node, DCTERMS.license, licence_term(graph, about.licence))
    frequency = vocabularies.FREQUENCIES[about.frequency]
    graph.tell(node, DCTERMS.accrualPeriodicity, graph.term(frequency, DCTERMS.Frequency, SKOS.Concept))
    for language in LANGUAGES:
        page = addresses.release(release.dataset, release.name, language)
        page = page if described.pinned else addresses.dataset(release.dataset, language)
        graph.tell(node, DCAT.landingPage, graph.typed(addresses.absolute(page), FOAF.Document))
    tell_version(graph, node, release)
    tell_period(graph, node, described)
    tell_area(graph, node, described)
    _tell_making(graph, node, described)
    _tell_health(graph, node, described)
    tell_distributions(graph, node, described, addresses)
    return node


def _tell_making(graph: Description, node: URIRef, described: Described) -> None:
    """Say how the data came about: whose it was, how people were protected, and which rules it follows."""
    about = described.about
    notes = [about.attribution, about.disclosure.summary if about.disclosure else None]
    notes += [vocabularies.MADE_UP if about.synthetic else None]
    for note in filter(None, notes):
        graph.say(graph.part(node, DCTERMS.provenance, DCTERMS.ProvenanceStatement), RDFS.label, note)
    for position, rule in enumerate(about.rules, 1):
        law = graph.typed(f"{node}#rule-{position}", ELI.LegalResource)
        graph.tell(node, DCATAP.applicableLegislation, law)
        graph.say(law, DCTERMS.title, rule.title)
        graph.say(law, DCTERMS.description, rule.citation)
    for language in LANGUAGES:
        year = str(described.release.manifest.available_from.year)
        cited = Citation(about, described.release.version, year).text(language)
        graph.tell(node, DCTERMS.bibliographicCitation, Literal(plain(cited), lang=language))


def _tell_health(graph: Description, node: URIRef, described: Described) -> None:
    """Say what HealthDCAT-AP asks, where it is known and public.

    How many people a table is about is left out: it is what disclosure control protects.
    """
    about = described.about
    graph.say(node, HEALTH.populationCoverage, about.coverage.area)
    rows = sum(table.rows for table in about.tables) + (about.register_.rows if about.register_ else 0)
    if rows:
        graph.tell(node, HEALTH.numberOfRecords, number(rows))
    for system in vocabularies.coding_systems(about):
        graph.tell(node, HEALTH.hasCodingSystem, graph.typed(system, DCTERMS.Standard))
