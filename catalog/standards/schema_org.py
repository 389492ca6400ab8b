"""A dataset as schema.org describes it, which is what search engines for data read in pages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from catalog.record import THEME_LABELS
from catalog.standards import vocabularies
from catalog.standards.addresses import Addresses
from catalog.standards.dcat_catalog import TITLE
from catalog.standards.described import Described, data_files
from catalog.standards.rdf import plain
from datasets.citation import Citation
from datasets.moments import VIETNAM_TIME
from datasets.text import LANGUAGES, Language
from datasets.web_address import web_address

_IN_MARKUP = str.maketrans({each: f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"})


def schema_org(described: Described, addresses: Addresses, language: Language) -> dict[str, Any]:
    """Return the description of a dataset, or of one release, in the language of a page."""
    release, about = described.release, described.about
    other = next(each for each in LANGUAGES if each != language)
    start, end = described.period
    fields: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": _address(described, addresses, "vi"),
        "url": _address(described, addresses, language),
        "name": about.title.of(language),
        "alternateName": about.title.of(other),
        "description": vocabularies.description(about, language),
        "keywords": [*about.keywords.of(language), THEME_LABELS[about.theme].of(language)],
        "inLanguage": list(LANGUAGES),
        "identifier": f"{release.dataset}/{release.name}" if described.pinned else release.dataset,
        "version": release.name,
        "license": vocabularies.LICENCES[about.licence].url,
        "isAccessibleForFree": True,
        "conditionsOfAccess": vocabularies.PUBLIC.label.of(language),
        "creator": _organisation(described, language),
        "publisher": _organisation(described, language),
        "datePublished": described.issued.isoformat(),
        "dateModified": described.modified.isoformat(),
        "temporalCoverage": f"{start or '..'}/{end or '..'}" if start or end else "",
        "spatialCoverage": {"@type": "Place", "name": about.coverage.area.of(language)},
        "variableMeasured": list(_variables(described, language)),
        "measurementTechnique": about.disclosure.summary.of(language) if about.disclosure else "",
        "creditText": about.attribution.of(language) if about.attribution else "",
        "citation": _cited(described, addresses, language),
        "distribution": list(_downloads(described, addresses)),
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": TITLE.of(language),
            "url": addresses.absolute(addresses.home(language)),
        },
    }
    if described.pinned:
        fields["isBasedOn"] = addresses.absolute(addresses.dataset(release.dataset, "vi"))
    return {name: value for name, value in fields.items() if value not in ("", [])}


def in_markup(document: Mapping[str, Any]) -> str:
    """Return JSON that can stand inside a ``script`` element: nothing in it ends the element or begins a comment."""
    return plain(json.dumps(document, ensure_ascii=False)).translate(_IN_MARKUP)


def _address(described: Described, addresses: Addresses, language: Language) -> str:
    release = described.release
    if described.pinned:
        return addresses.absolute(addresses.release(release.dataset, release.name, language))
    return addresses.absolute(addresses.dataset(release.dataset, language))


def _organisation(described: Described, language: Language) -> dict[str, Any]:
    publisher, contact = described.about.publisher, described.about.contact
    fields: dict[str, Any] = {
        "@type": "Organization",
        "name": publisher.name.of(language),
        "contactPoint": {
            "@type": "ContactPoint",
            "contactType": "customer service",
            "name": contact.name.of(language),
            "email": contact.email,
        },
    }
    url = web_address(publisher.url)
    return {**fields, "url": url} if url else fields


def _variables(described: Described, language: Language) -> Iterator[dict[str, Any]]:
    about = described.about
    for measure in about.measures:
        yield {
            "@type": "PropertyValue",
            "name": measure.title.of(language),
            "alternateName": measure.name,
            "unitText": measure.unit.of(language),
        }
    fields = [(each.title, each.name) for each in about.dimensions]
    fields += [(each.title, each.name) for each in (about.register_.fields if about.register_ else ())]
    for title, name in fields:
        yield {"@type": "PropertyValue", "name": title.of(language), "alternateName": name}


def _downloads(described: Described, addresses: Addresses) -> Iterator[dict[str, Any]]:
    release = described.release
    for path, _ in data_files(release):
        entry, kind = release.manifest.file(path), vocabularies.file_kind(path)
        if entry is not None and kind is not None:
            yield {
                "@type": "DataDownload",
                "name": path,
                "encodingFormat": kind.media_type,
                "contentUrl": addresses.absolute(addresses.file(release.dataset, release.name, path)),
                "contentSize": f"{entry.bytes} B",
                "sha256": entry.sha256,
            }
    package: dict[str, Any] = {
        "@type": "DataDownload",
        "name": f"{release.dataset}-{release.name}.zip",
        "encodingFormat": "application/zip",
        "contentUrl": addresses.absolute(addresses.package(release.dataset, release.name)),
    }
    made = described.package
    yield package | ({"contentSize": f"{made.bytes} B", "sha256": made.sha256} if made else {})


def _cited(described: Described, addresses: Addresses, language: Language) -> str:
    release = described.release
    page = addresses.absolute(addresses.release(release.dataset, release.name, language))
    year = release.manifest.available_from.astimezone(VIETNAM_TIME).year
    return Citation(described.about, release.version, str(year)).text(language, url=page)
