"""How a dataset can be had, in DCAT-AP: a distribution for each file, the package, and the API."""

from __future__ import annotations

from urllib.parse import quote

from rdflib import Literal, URIRef

from catalog.standards import vocabularies
from catalog.standards.addresses import Addresses
from catalog.standards.dcat_parts import contact_node, language_term, licence_term, tell_publisher
from catalog.standards.described import Described, data_files
from catalog.standards.rdf import (
    ADMS,
    DCAT,
    DCATAP,
    DCTERMS,
    RDFS,
    SPDX,
    XSD,
    Description,
    moment,
    number,
    plain,
)
from datasets.package_files import CSVW, CSVW_STANDARD, RO_CRATE, RO_CRATE_VERSION
from datasets.text import LANGUAGES, Bilingual

_PACKAGE_TITLE = Bilingual(vi="Toàn bộ bản phát hành", en="The whole release")
_SERVICE_TITLE = Bilingual(vi="API của tập dữ liệu", en="API of the dataset")


def tell_distributions(graph: Description, node: URIRef, described: Described, addresses: Addresses) -> None:
    release = described.release
    titles = {table.id: table.title for table in described.about.tables}
    service = _service(graph, node, described, addresses) if titles or described.about.register_ else None
    lists = {each.path: each.title for each in described.about.codelists}
    for path, table in data_files(release):
        entry = release.manifest.file(path)
        if entry is None:
            continue
        title = titles.get(table) or lists.get(path) or described.about.title
        each = _distribution(graph, node, described, path, addresses)
        graph.say(each, DCTERMS.title, _titled(title, path))
        _tell_bytes(graph, each, entry.sha256, entry.bytes)
        address = addresses.absolute(addresses.file(release.dataset, release.name, path))
        graph.tell(each, DCAT.downloadURL, graph.typed(address, RDFS.Resource))
        if path.endswith(".csv") and release.manifest.file(CSVW):
            graph.tell(each, DCTERMS.conformsTo, graph.typed(CSVW_STANDARD, DCTERMS.Standard))
        if service is not None and path.endswith(".csv"):
            graph.tell(each, DCAT.accessService, service)
    package = _distribution(graph, node, described, f"{release.dataset}.zip", addresses)
    graph.say(package, DCTERMS.title, _titled(_PACKAGE_TITLE, ".zip"))
    address = addresses.absolute(addresses.package(release.dataset, release.name))
    graph.tell(package, DCAT.downloadURL, graph.typed(address, RDFS.Resource))
    if release.manifest.file(RO_CRATE):
        graph.tell(package, DCTERMS.conformsTo, graph.typed(RO_CRATE_VERSION, DCTERMS.Standard))
    if made := described.package:
        _tell_bytes(graph, package, made.sha256, made.bytes)


def _distribution(graph: Description, node: URIRef, described: Described, path: str, addresses: Addresses) -> URIRef:
    """Say what every distribution has; its name stays the same from release to release."""
    release = described.release
    each = graph.typed(f"{node}#{quote(path)}", DCAT.Distribution)
    graph.tell(node, DCAT.distribution, each)
    about = described.about
    note = Bilingual(vi=f"{about.title.vi}, {release.name}", en=f"{about.title.en}, {release.name}")
    graph.say(each, DCTERMS.description, note)
    page = addresses.absolute(addresses.release(release.dataset, release.name, "vi"))
    graph.tell(each, DCAT.accessURL, graph.typed(page, RDFS.Resource))
    graph.tell(each, DCTERMS.license, licence_term(graph, described.about.licence))
    graph.tell(each, DCTERMS.issued, moment(release.manifest.available_from))
    graph.tell(each, DCTERMS.language, *(language_term(graph, language) for language in LANGUAGES))
    graph.tell(each, DCATAP.availability, graph.term(vocabularies.STABLE))
    graph.tell(each, ADMS.status, graph.term(vocabularies.FILE_COMPLETED))
    kind = vocabularies.file_kind(path)
    if kind:
        media = graph.typed(f"https://www.iana.org/assignments/media-types/{kind.media_type}", DCTERMS.MediaType)
        graph.tell(each, DCAT.mediaType, media)
        graph.tell(each, DCTERMS.format, graph.typed(kind.eu, DCTERMS.MediaTypeOrExtent))
        graph.tell(each, DCTERMS.conformsTo, *(graph.typed(rule, DCTERMS.Standard) for rule in kind.rules))
    return each


def _tell_bytes(graph: Description, node: URIRef, sha256: str, size: int) -> None:
    graph.tell(node, DCAT.byteSize, number(size))
    checksum = graph.part(node, SPDX.checksum, SPDX.Checksum)
    graph.tell(checksum, SPDX.algorithm, graph.typed(str(SPDX.checksumAlgorithm_sha256), SPDX.ChecksumAlgorithm))
    graph.tell(checksum, SPDX.checksumValue, Literal(sha256, datatype=XSD.hexBinary, normalize=False))


def _service(graph: Description, node: URIRef, described: Described, addresses: Addresses) -> URIRef:
    dataset = described.release.dataset
    service = graph.typed(f"{node}#api", DCAT.DataService)
    graph.say(service, DCTERMS.title, _SERVICE_TITLE)
    endpoint = addresses.absolute(addresses.api(f"datasets/{dataset}"))
    graph.tell(service, DCAT.endpointURL, graph.typed(endpoint, RDFS.Resource))
    pinned = described.release.name if described.pinned else ""
    openapi = addresses.absolute(addresses.dataset_openapi(dataset, pinned))
    graph.tell(service, DCAT.endpointDescription, graph.typed(openapi, RDFS.Resource))
    graph.tell(service, DCTERMS.conformsTo, graph.typed(vocabularies.OPENAPI, DCTERMS.Standard))
    graph.tell(service, DCAT.servesDataset, node)
    graph.tell(service, DCTERMS.license, licence_term(graph, described.about.licence))
    graph.tell(service, DCTERMS.accessRights, URIRef(vocabularies.PUBLIC.iri))
    graph.tell(service, DCAT.theme, URIRef(vocabularies.HEALTH.iri))
    graph.tell(service, DCTERMS.publisher, tell_publisher(graph, described.about.publisher, addresses))
    graph.tell(service, DCAT.contactPoint, contact_node(graph, described, addresses))
    for language in LANGUAGES:
        graph.tell(
            service, DCAT.keyword, *(Literal(plain(w), lang=language) for w in described.about.keywords.of(language))
        )
    graph.say(service, DCTERMS.description, described.about.title)
    return service


def _titled(title: Bilingual, path: str) -> Bilingual:
    kind = vocabularies.file_kind(path)
    suffix = f" ({kind.name})" if kind else ""
    return Bilingual(vi=title.vi + suffix, en=title.en + suffix)
