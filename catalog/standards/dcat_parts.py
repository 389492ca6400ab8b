"""The parts that descriptions in DCAT-AP share: who publishes, whom to ask, under which licence, on what."""

from __future__ import annotations

from urllib.parse import quote

from rdflib import Literal, URIRef

from catalog.record import THEME_LABELS
from catalog.standards import vocabularies
from catalog.standards.addresses import Addresses
from catalog.standards.described import Described
from catalog.standards.rdf import DCTERMS, FOAF, RDF, SKOS, VCARD, Description
from catalog.standards.vocabularies import Term
from datasets.definition import Licence, Organisation
from datasets.release import PublicRelease
from datasets.text import Bilingual, Language
from datasets.web_address import web_address


def tell_publisher(graph: Description, publisher: Organisation, addresses: Addresses) -> URIRef:
    """Say who publishes; return the node."""
    node = graph.typed(f"{catalog_address(addresses)}#publisher-{publisher.id}", FOAF.Agent)
    graph.say(node, FOAF.name, publisher.name)
    graph.tell(node, DCTERMS.identifier, Literal(publisher.id))
    if url := web_address(publisher.url):
        graph.tell(node, FOAF.homepage, graph.typed(url, FOAF.Document))
    return node


def tell_theme(graph: Description, theme: str, addresses: Addresses) -> URIRef:
    """Say what a theme of ours is called; return its concept, which belongs to the scheme of the catalog."""
    label = THEME_LABELS[theme]
    node = graph.term(Term(f"{catalog_address(addresses)}#theme-{theme}", label))
    scheme = graph.typed(f"{catalog_address(addresses)}#themes", SKOS.ConceptScheme)
    graph.say(scheme, DCTERMS.title, Bilingual(vi="Chủ đề y tế", en="Health themes"))
    graph.tell(node, SKOS.inScheme, scheme)
    graph.tell(node, SKOS.notation, Literal(theme))
    graph.tell(node, SKOS.broadMatch, graph.term(vocabularies.HEALTH))
    return node


def language_term(graph: Description, language: Language) -> URIRef:
    """Say what a language is called; return its term."""
    return graph.term(vocabularies.LANGUAGES_EU[language], DCTERMS.LinguisticSystem, SKOS.Concept)


def licence_term(graph: Description, licence: Licence) -> URIRef:
    """Say what a licence is called; return its node, the address of its text."""
    known = vocabularies.LICENCES[licence]
    node = graph.typed(known.url, DCTERMS.LicenseDocument)
    graph.tell(node, DCTERMS.title, Literal(known.title, lang="en"))
    graph.tell(node, DCTERMS.identifier, Literal(licence))
    graph.tell(node, SKOS.exactMatch, URIRef(known.eu))
    graph.tell(node, DCTERMS.type, graph.term(known.kind))
    return node


def contact_node(graph: Description, described: Described, addresses: Addresses) -> URIRef:
    """Say whom to ask about a dataset; return the node."""
    contact = described.about.contact
    page = addresses.absolute(addresses.dataset(described.release.dataset, "vi"))
    node = graph.typed(f"{page}#contact", VCARD.Kind)
    graph.tell(node, RDF.type, VCARD.Organization)
    graph.say(node, VCARD.fn, contact.name)
    graph.tell(node, VCARD.hasEmail, URIRef(f"mailto:{quote(contact.email, safe='@+')}"))
    return node


def dataset_node(described: Described, addresses: Addresses) -> URIRef:
    """Return the dataset, or the very release, that is described."""
    if described.pinned:
        return URIRef(release_address(described.release, addresses))
    return URIRef(addresses.absolute(addresses.dataset(described.release.dataset, "vi")))


def release_address(release: PublicRelease, addresses: Addresses) -> str:
    """Return the address of a release, by which it is known."""
    return addresses.absolute(addresses.release(release.dataset, release.name, "vi"))


def identifier(release: PublicRelease) -> str:
    """Return the name of a release among those of all datasets."""
    return f"{release.dataset}/{release.name}"


def catalog_address(addresses: Addresses) -> str:
    """Return the address of the catalog, by which it is known."""
    return addresses.absolute(addresses.catalog_record())
