"""FAIR Signposting: typed links by which programs find the records, files, licence and name of a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.standards import vocabularies
from catalog.standards.addresses import Addresses
from catalog.standards.described import Described, data_files
from catalog.standards.rdf import MEDIA_TYPES
from datasets.package_files import CSVW, CSVW_TYPE, RO_CRATE, RO_CRATE_PROFILE, RO_CRATE_TYPE
from datasets.release import PublicRelease
from datasets.text import Language

LINKSET = "application/linkset+json"
MOST_ITEMS = 20
"""With more files than that the header would be too long for some servers: they are in the set of links alone."""
RECORDS = {
    "croissant.json": ("application/ld+json", "http://mlcommons.org/croissant/1.1"),
    "datacite.json": ("application/vnd.datacite.datacite+json", ""),
    "datacite.xml": ("application/vnd.datacite.datacite+xml", "http://datacite.org/schema/kernel-4"),
    "schema-org.json": ("application/ld+json", "https://schema.org/"),
}
"""Records besides DCAT-AP: their media types, and the profiles that they keep."""
_DOCUMENTS = {CSVW: (CSVW_TYPE, ""), RO_CRATE: (RO_CRATE_TYPE, RO_CRATE_PROFILE)}
"""Files of a package that describe it."""
_DCAT_AP = "https://semiceu.github.io/DCAT-AP/releases/3.0.1/"


@dataclass(frozen=True)
class TypedLink:
    """A link and what it means."""

    rel: str
    href: str
    media_type: str = ""
    profile: str = ""

    def attributes(self) -> dict[str, str]:
        named = {"href": self.href, "type": self.media_type, "profile": self.profile}
        return {name: value for name, value in named.items() if value}


def records(described: Described, addresses: Addresses) -> Iterator[TypedLink]:
    """Yield a link to each record of a dataset, or of one release."""
    dataset, release = described.release.dataset, described.release.name if described.pinned else ""
    for extension, media_type in MEDIA_TYPES.items():
        address = addresses.absolute(addresses.dataset_record(dataset, extension, release))
        yield TypedLink("describedby", address, media_type, _DCAT_AP)
    for standard, (media_type, profile) in RECORDS.items():
        yield TypedLink(
            "describedby", addresses.absolute(addresses.record(standard, dataset, release)), media_type, profile
        )


def typed_links(described: Described, addresses: Addresses) -> tuple[TypedLink, ...]:
    """Return all links of the page of a dataset, or of one release: what is cited is always the very release."""
    release = described.release
    cited = addresses.absolute(addresses.release(release.dataset, release.name, "vi"))
    links = [
        TypedLink("cite-as", cited),
        TypedLink("type", "https://schema.org/AboutPage"),
        TypedLink("type", "https://schema.org/Dataset"),
        TypedLink("license", vocabularies.LICENCES[described.about.licence].url),
        *records(described, addresses),
        *_documents(release, addresses),
    ]
    for path, _ in data_files(release):
        kind = vocabularies.file_kind(path)
        address = addresses.absolute(addresses.file(release.dataset, release.name, path))
        links.append(TypedLink("item", address, kind.media_type if kind else ""))
    links.append(
        TypedLink("item", addresses.absolute(addresses.package(release.dataset, release.name)), "application/zip")
    )
    return tuple(links)


def _documents(release: PublicRelease, addresses: Addresses) -> Iterator[TypedLink]:
    """Yield a link to each file of the release that describes it, where it has one."""
    for path, (media_type, profile) in _DOCUMENTS.items():
        if release.manifest.file(path):
            address = addresses.absolute(addresses.file(release.dataset, release.name, path))
            yield TypedLink("describedby", address, media_type, profile)


def link_header(described: Described, addresses: Addresses) -> str:
    """Return the value of the header ``Link``."""
    links = typed_links(described, addresses)
    if sum(link.rel == "item" for link in links) > MOST_ITEMS:
        links = tuple(link for link in links if link.rel != "item")
    release = described.release
    pinned = release.name if described.pinned else ""
    whole = addresses.absolute(addresses.record("linkset.json", release.dataset, pinned))
    return ", ".join(map(_written, (*links, TypedLink("linkset", whole, LINKSET))))


def linkset(described: Described, addresses: Addresses, *, languages: Sequence[Language]) -> dict[str, Any]:
    """Return all links as a set (RFC 9264), for the pages in all languages, and from the files back to them."""
    release = described.release
    links = typed_links(described, addresses)
    found: dict[str, list[dict[str, str]]] = {}
    for link in links:
        found.setdefault(link.rel, []).append(link.attributes())
    if described.pinned:
        pages = [addresses.release(release.dataset, release.name, language) for language in languages]
    else:
        pages = [addresses.dataset(release.dataset, language) for language in languages]
    anchors = [{"anchor": addresses.absolute(page), **found} for page in pages]
    home = {"href": addresses.absolute(pages[0]), "type": "text/html"}
    items = [{"anchor": link.href, "collection": [home]} for link in links if link.rel == "item"]
    return {"linkset": [*anchors, *items]}


def _written(link: TypedLink) -> str:
    named = {"rel": link.rel, "type": link.media_type, "profile": link.profile}
    return f"<{link.href}>" + "".join(f'; {name}="{value}"' for name, value in named.items() if value)
