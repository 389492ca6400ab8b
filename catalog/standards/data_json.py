"""The whole catalog as one JSON file in the shape of DCAT-US 1.1 (Project Open Data), which many harvesters read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from catalog.record import THEME_LABELS
from catalog.standards import vocabularies
from catalog.standards.addresses import Addresses
from catalog.standards.described import Described, data_files
from datasets.definition import Frequency

SCHEMA = "https://project-open-data.cio.gov/v1.1/schema"


def data_json(datasets: Iterable[Described], addresses: Addresses) -> dict[str, Any]:
    """Return the catalog. What is for agencies of the United States alone, their codes and programmes, is left out."""
    return {
        "@context": f"{SCHEMA}/catalog.jsonld",
        "@id": addresses.absolute(addresses.data_json()),
        "@type": "dcat:Catalog",
        "conformsTo": SCHEMA,
        "describedBy": f"{SCHEMA}/catalog.json",
        "dataset": [_dataset(each, addresses) for each in datasets],
    }


def _dataset(described: Described, addresses: Addresses) -> dict[str, Any]:
    release, about = described.release, described.about
    page = addresses.absolute(addresses.dataset(release.dataset, "vi"))
    publisher: dict[str, Any] = {"@type": "org:Organization", "name": about.publisher.name.vi}
    start, end = described.period
    fields: dict[str, Any] = {
        "@type": "dcat:Dataset",
        "identifier": page,
        "title": about.title.vi,
        "description": f"{vocabularies.description(about, 'vi')}\n\n{about.title.en}. "
        f"{vocabularies.description(about, 'en')}",
        "keyword": [*about.keywords.vi, *about.keywords.en] or [THEME_LABELS[about.theme].vi],
        "theme": [THEME_LABELS[about.theme].vi, THEME_LABELS[about.theme].en],
        "issued": described.issued.isoformat(),
        "modified": described.modified.isoformat(),
        "publisher": publisher,
        "contactPoint": {
            "@type": "vcard:Contact",
            "fn": about.contact.name.vi,
            "hasEmail": f"mailto:{about.contact.email}",
        },
        "accessLevel": "public",
        "license": vocabularies.LICENCES[about.licence].url,
        "rights": about.attribution.vi if about.attribution else "",
        "spatial": about.coverage.area.vi,
        "temporal": f"{start}/{end}" if start and end else "",
        "accrualPeriodicity": _repeated(about.frequency),
        "language": ["vi", "en"],
        "landingPage": page,
        "distribution": [*_distributions(described, addresses)],
    }
    return {name: value for name, value in fields.items() if value != ""}


def _repeated(frequency: Frequency) -> str:
    """Return how often as ISO 8601 writes it; empty for what has no such length."""
    length = vocabularies.DURATIONS.get(frequency)
    return f"R/{length}" if length else "irregular" if frequency == "irregular" else ""


def _distributions(described: Described, addresses: Addresses) -> Iterable[dict[str, Any]]:
    release = described.release
    for path, _ in data_files(release):
        kind = vocabularies.file_kind(path)
        if kind is not None:
            yield {
                "@type": "dcat:Distribution",
                "title": path,
                "downloadURL": addresses.absolute(addresses.file(release.dataset, release.name, path)),
                "mediaType": kind.media_type,
                "format": kind.name,
            }
    yield {
        "@type": "dcat:Distribution",
        "title": f"{release.dataset}-{release.name}.zip",
        "downloadURL": addresses.absolute(addresses.package(release.dataset, release.name)),
        "mediaType": "application/zip",
        "format": "ZIP",
    }
    openapi = addresses.absolute(addresses.dataset_openapi(release.dataset))
    if described.about.tables or described.about.register_:
        yield {
            "@type": "dcat:Distribution",
            "title": "API",
            "accessURL": addresses.absolute(addresses.api(f"datasets/{release.dataset}")),
            "format": "API",
            "describedBy": openapi,
            "describedByType": "application/json",
        }
