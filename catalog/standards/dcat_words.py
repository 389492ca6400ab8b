"""What datasets, their releases and their series have in common in DCAT-AP: words, version, period, area."""

from __future__ import annotations

from rdflib import Literal, URIRef

from catalog.standards import vocabularies
from catalog.standards.described import Described
from catalog.standards.rdf import ADMS, DCAT, DCTERMS, OWL, RDF, SKOS, Description, day, plain
from datasets.release import PublicRelease
from datasets.text import LANGUAGES


def tell_words(graph: Description, node: URIRef, release: PublicRelease) -> None:
    about = release.description
    graph.tell(node, RDF.type, DCAT.Dataset)
    graph.say(node, DCTERMS.title, about.title)
    for language in LANGUAGES:
        text = plain(vocabularies.description(about, language))
        graph.tell(node, DCTERMS.description, Literal(text, lang=language))
        words = (Literal(plain(each), lang=language) for each in about.keywords.of(language))
        graph.tell(node, DCAT.keyword, *words)
    kind = vocabularies.KINDS.get(about.kind)
    if kind:
        graph.tell(node, DCTERMS.type, graph.term(kind))
    if about.synthetic:
        graph.tell(node, DCTERMS.type, graph.term(vocabularies.SYNTHETIC))


def tell_version(graph: Description, node: URIRef, release: PublicRelease) -> None:
    graph.tell(node, DCAT.version, Literal(release.name))
    # What readers of DCAT 2 look at.
    graph.tell(node, OWL.versionInfo, Literal(release.name))
    graph.say(node, ADMS.versionNotes, release.manifest.changes)
    status = vocabularies.WITHDRAWN if release.withdrawal else vocabularies.COMPLETED
    graph.tell(node, ADMS.status, graph.term(status))


def tell_period(graph: Description, node: URIRef, described: Described) -> None:
    start, end = described.period
    if not start and not end:
        return
    period = graph.part(node, DCTERMS.temporal, DCTERMS.PeriodOfTime)
    if start:
        graph.tell(period, DCAT.startDate, day(start))
    if end:
        graph.tell(period, DCAT.endDate, day(end))


def tell_area(graph: Description, node: URIRef, described: Described) -> None:
    area = graph.part(node, DCTERMS.spatial, DCTERMS.Location)
    graph.say(area, SKOS.prefLabel, described.about.coverage.area)
    if vocabularies.is_of_viet_nam(described.about):
        graph.tell(node, DCTERMS.spatial, graph.term(vocabularies.VIET_NAM, DCTERMS.Location, SKOS.Concept))
