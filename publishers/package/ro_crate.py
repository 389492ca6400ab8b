"""The ``ro-crate-metadata.json`` of a package: RO-Crate 1.2, by which archives and tools of research take it in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

from datasets.package_files import CSVW, CSVW_STANDARD, RO_CRATE, RO_CRATE_VERSION
from datasets.release import FileEntry, ReleaseDescription
from datasets.text import LANGUAGES, Bilingual
from datasets.web_address import web_address
from publishers.package.descriptor import PROFILE
from publishers.package.file_names import CHECKSUMS, checksum_line, file_content, file_names
from publishers.package.licences import LICENCES
from publishers.package.phrases import SYNTHETIC_COLUMN, SYNTHETIC_TYPE, summary

ROOT = "./"

Json = dict[str, Any]

_STANDARDS = {
    CSVW: (CSVW_STANDARD, "Metadata Vocabulary for Tabular Data"),
    "datapackage.json": (PROFILE, "Data Package 2.0"),
}


def ro_crate(description: ReleaseDescription, files: Sequence[FileEntry], published: date) -> Json:
    """Return the crate of an edition that appears on the day ``published``; ``files`` are all that it can hash.

    It lists all files but itself, and no hash of the list of checksums, which holds its own.
    """
    names, hashed = dict(file_names(description)), {entry.path: entry for entry in files}
    paths = sorted([*hashed, CHECKSUMS], key=lambda path: ("/" in path, path))
    entities = [
        _metadata(),
        _root(description, paths, published),
        *(_file(path, names[path], hashed) for path in paths),
        *_others(description),
        _work(RO_CRATE_VERSION, "RO-Crate 1.2"),
        *(_work(*standard) for path, standard in _STANDARDS.items() if path in hashed),
    ]
    return {"@context": f"{RO_CRATE_VERSION}/context", "@graph": entities}


def _metadata() -> Json:
    return {
        "@id": RO_CRATE,
        "@type": "CreativeWork",
        "name": "RO-Crate",
        "conformsTo": {"@id": RO_CRATE_VERSION},
        "about": {"@id": ROOT},
    }


def _root(description: ReleaseDescription, paths: Sequence[str], published: date) -> Json:
    start, end = description.period_start, description.period_end
    fields: Json = {
        "@id": ROOT,
        "@type": "Dataset",
        "additionalType": {"@id": SYNTHETIC_TYPE} if description.synthetic else "",
        **_named(_titled(description)),
        "description": _in_both(summary(description)),
        "identifier": {"@id": _NAME},
        "datePublished": published.isoformat(),
        "license": {"@id": LICENCES[description.licence].url},
        "publisher": {"@id": _publisher_id(description)},
        "creditText": _in_both(description.attribution) if description.attribution else "",
        "inLanguage": list(LANGUAGES),
        "keywords": [*description.keywords.vi, *description.keywords.en],
        "temporalCoverage": f"{start}/{end}" if start else "",
        "spatialCoverage": {"@id": _PLACE},
        "isAccessibleForFree": True,
        "hasPart": [{"@id": path} for path in paths],
    }
    return {name: value for name, value in fields.items() if value not in ("", [])}


def _titled(description: ReleaseDescription) -> Bilingual:
    title, edition = description.title, description.edition
    return Bilingual(vi=f"{title.vi}, {edition}", en=f"{title.en}, {edition}")


# Files ----------------------------------------------------------------------------------------------------------------


def _file(path: str, name: Bilingual, hashed: Mapping[str, FileEntry]) -> Json:
    entity: Json = {"@id": path, "@type": "File", **_named(name), "description": _in_both(file_content(path, name))}
    if path == CHECKSUMS:
        entity |= {"encodingFormat": "text/plain", "contentSize": str(_bytes_of_checksums(hashed))}
    else:
        entry = hashed[path]
        entity |= {"encodingFormat": entry.media_type, "contentSize": str(entry.bytes), "sha256": entry.sha256}
    if path in _STANDARDS:
        entity["conformsTo"] = {"@id": _STANDARDS[path][0]}
    if path.endswith(".csv"):
        entity["subjectOf"] = {"@id": CSVW}
    return entity


def _bytes_of_checksums(hashed: Iterable[str]) -> int:
    return sum(len(checksum_line("0" * 64, path).encode()) for path in (*hashed, RO_CRATE))


# People, places and works ---------------------------------------------------------------------------------------------

_NAME, _PLACE = "#name", "#coverage"
_NAME_IN_STORE = Bilingual(vi="Bộ dữ liệu và kỳ", en="Dataset and edition")


def _others(description: ReleaseDescription) -> Iterator[Json]:
    yield _publisher(description)
    yield _contact(description)
    yield {
        "@id": _NAME,
        "@type": "PropertyValue",
        **_named(_NAME_IN_STORE),
        "propertyID": "ytemo",
        "value": f"{description.dataset}/{description.edition}",
    }
    if description.synthetic:
        yield {"@id": SYNTHETIC_TYPE, "@type": "DefinedTerm", **_named(SYNTHETIC_COLUMN)}
    yield {"@id": _PLACE, "@type": "Place", **_named(description.coverage.area)}
    licence = LICENCES[description.licence]
    yield _work(licence.url, licence.title) | {"description": _in_both(licence.meaning)}


def _publisher(description: ReleaseDescription) -> Json:
    url = web_address(description.publisher.url)
    return {
        "@id": _publisher_id(description),
        "@type": "Organization",
        **_named(description.publisher.name),
        **({"url": url} if url else {}),
        "contactPoint": {"@id": _contact_id(description)},
    }


def _contact(description: ReleaseDescription) -> Json:
    return {
        "@id": _contact_id(description),
        "@type": "ContactPoint",
        **_named(description.contact.name),
        "contactType": "customer service",
        "email": description.contact.email,
        "availableLanguage": list(LANGUAGES),
    }


def _work(url: str, name: str) -> Json:
    return {"@id": url, "@type": "CreativeWork", "name": name, "url": url}


def _publisher_id(description: ReleaseDescription) -> str:
    return web_address(description.publisher.url) or f"#{description.publisher.id}"


def _contact_id(description: ReleaseDescription) -> str:
    return f"mailto:{quote(description.contact.email, safe='@+')}"


def _named(name: Bilingual) -> Json:
    """Return a name in Vietnamese, the language of record, with the English one beside it."""
    return {"name": name.vi} | ({"alternateName": name.en} if name.en != name.vi else {})


def _in_both(text: Bilingual) -> str:
    return f"{text.vi}\n\n{text.en}"
