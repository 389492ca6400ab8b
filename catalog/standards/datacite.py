"""A release as DataCite 4 describes it, as JSON and as XML of the same; it has a place for a DOI, and mints none."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from catalog.record import THEME_LABELS
from catalog.standards import vocabularies
from catalog.standards.addresses import Addresses
from catalog.standards.described import Described, data_files
from catalog.standards.rdf import plain
from datasets.moments import VIETNAM_TIME
from datasets.text import LANGUAGES, Bilingual

NAMESPACE = "http://datacite.org/schema/kernel-4"
SCHEMA = "http://schema.datacite.org/meta/kernel-4.6/metadata.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ET.register_namespace("datacite", NAMESPACE)
ET.register_namespace("xsi", XSI)
_XML = "http://www.w3.org/XML/1998/namespace"
_KINDS = {"statistics": "Statistical tables", "register": "Register", "codelist": "Code lists"}


def datacite(described: Described, addresses: Addresses, *, doi: str = "") -> dict[str, Any]:
    """Return the attributes of a DOI as DataCite's API takes them; without ``doi`` the address stands for it."""
    release, about = described.release, described.about
    page = addresses.absolute(addresses.release(release.dataset, release.name, "vi"))
    appeared = release.manifest.available_from.astimezone(VIETNAM_TIME)
    licence = vocabularies.LICENCES[about.licence]
    kind = f"{'Synthetic ' if about.synthetic else ''}{_KINDS[about.kind]}"
    named = {"doi": doi} if doi else {}
    return {
        **named,
        "schemaVersion": NAMESPACE,
        "url": page,
        "identifiers": [{"identifier": page, "identifierType": "URL"}],
        "creators": [{"name": about.publisher.name.vi, "nameType": "Organizational", "lang": "vi"}],
        "titles": [{"title": about.title.vi, "lang": "vi"}, _translated(about.title)],
        "publisher": {"name": about.publisher.name.vi, "lang": "vi"},
        "publicationYear": appeared.year,
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": kind.capitalize()},
        "language": "vi",
        "version": release.name,
        "subjects": _subjects(described),
        "contributors": [
            {"name": about.contact.name.vi, "nameType": "Organizational", "contributorType": "ContactPerson"}
        ],
        "dates": _dates(described),
        "alternateIdentifiers": [
            {"alternateIdentifier": f"{release.dataset}/{release.name}", "alternateIdentifierType": "ytemo"},
            {"alternateIdentifier": release.envelope_sha256, "alternateIdentifierType": "SHA-256 of the envelope"},
        ],
        "relatedIdentifiers": _related(described, addresses),
        "sizes": _sizes(described),
        "formats": _formats(described),
        "rightsList": [
            {
                "rights": licence.title,
                "rightsUri": licence.url,
                "rightsIdentifier": about.licence,
                "rightsIdentifierScheme": "SPDX",
                "schemeUri": "https://spdx.org/licenses/",
            }
        ],
        "descriptions": _descriptions(described),
        "geoLocations": [{"geoLocationPlace": about.coverage.area.en}],
    }


def datacite_element(document: dict[str, Any]) -> ET.Element:
    """Return what ``datacite`` returned as an element of DataCite's own schema, 4.6."""
    root = ET.Element(f"{{{NAMESPACE}}}resource", {f"{{{XSI}}}schemaLocation": f"{NAMESPACE} {SCHEMA}"})
    first = document["identifiers"][0]
    kind = "DOI" if "doi" in document else first["identifierType"]
    _add(root, "identifier", document.get("doi", first["identifier"]), identifierType=kind)
    creator = _add(_add(root, "creators"), "creator")
    for each in document["creators"]:
        _add(creator, "creatorName", each["name"], nameType=each["nameType"], lang=each["lang"])
    titles = _add(root, "titles")
    for each in document["titles"]:
        _add(titles, "title", each["title"], titleType=each.get("titleType", ""), lang=each["lang"])
    _add(root, "publisher", document["publisher"]["name"], lang=document["publisher"]["lang"])
    _add(root, "publicationYear", str(document["publicationYear"]))
    types = document["types"]
    _add(root, "resourceType", types["resourceType"], resourceTypeGeneral=types["resourceTypeGeneral"])
    _add(root, "language", document["language"])
    _add(root, "version", document["version"])
    contributors = _add(root, "contributors")
    for each in document["contributors"]:
        contributor = _add(contributors, "contributor", contributorType=each["contributorType"])
        _add(contributor, "contributorName", each["name"], nameType=each["nameType"])
    _lists(root, document)
    return root


def datacite_xml(document: dict[str, Any]) -> bytes:
    """Return the XML of what ``datacite`` returned."""
    written: bytes = ET.tostring(datacite_element(document), encoding="utf-8", xml_declaration=True)
    return written


# Parts of the document ------------------------------------------------------------------------------------------------


def _translated(text: Bilingual) -> dict[str, str]:
    return {"title": text.en, "lang": "en", "titleType": "TranslatedTitle"}


def _subjects(described: Described) -> list[dict[str, str]]:
    about = described.about
    words = [(each, language) for language in LANGUAGES for each in about.keywords.of(language)]
    words += [(THEME_LABELS[about.theme].of(language), language) for language in LANGUAGES]
    return [{"subject": word, "lang": language} for word, language in words]


def _dates(described: Described) -> list[dict[str, str]]:
    appeared = described.release.manifest.available_from.isoformat()
    start, end = vocabularies.interval(described.release)
    dates = [{"date": appeared, "dateType": "Issued"}, {"date": appeared, "dateType": "Available"}]
    return [*dates, {"date": f"{start}/{end}", "dateType": "Coverage"}] if start or end else dates


def _related(described: Described, addresses: Addresses) -> list[dict[str, str]]:
    release = described.release

    def link(address: str, relation: str) -> dict[str, str]:
        whole = addresses.absolute(address)
        return {"relatedIdentifier": whole, "relatedIdentifierType": "URL", "relationType": relation}

    found = [link(addresses.dataset(release.dataset, "vi"), "IsVersionOf")]
    found.append(link(addresses.dataset_record(release.dataset, "ttl", release.name), "HasMetadata"))
    # Later versions are not told: what is harvested once would no longer be true, without having changed.
    earlier = [
        each for each in described.releases if each.edition == release.edition and each.version < release.version
    ]
    return [*found, *(link(addresses.release(release.dataset, each.name, "vi"), "IsNewVersionOf") for each in earlier)]


def _sizes(described: Described) -> list[str]:
    about = described.about
    rows = sum(table.rows for table in about.tables) + (about.register_.rows if about.register_ else 0)
    sizes = [f"{rows} rows"] if rows else []
    return [*sizes, f"{described.package.bytes} bytes"] if described.package else sizes


def _formats(described: Described) -> list[str]:
    kinds = [vocabularies.file_kind(path) for path, _ in data_files(described.release)]
    return [*dict.fromkeys(kind.media_type for kind in kinds if kind), "application/zip"]


def _descriptions(described: Described) -> list[dict[str, str]]:
    about = described.about
    told = [("Abstract", Bilingual(**{each: vocabularies.description(about, each) for each in LANGUAGES}))]
    if about.disclosure:
        told.append(("Methods", about.disclosure.summary))
    if about.attribution:
        told.append(("Other", about.attribution))
    return [
        {"description": text.of(language), "descriptionType": kind, "lang": language}
        for kind, text in told
        for language in LANGUAGES
    ]


# Parts of the XML -----------------------------------------------------------------------------------------------------


def _lists(root: ET.Element, document: dict[str, Any]) -> None:
    for each in _listed(root, "subjects", document):
        _add(root[-1], "subject", each["subject"], lang=each["lang"])
    for each in _listed(root, "dates", document):
        _add(root[-1], "date", each["date"], dateType=each["dateType"])
    for each in _listed(root, "alternateIdentifiers", document):
        name, kind = each["alternateIdentifier"], each["alternateIdentifierType"]
        _add(root[-1], "alternateIdentifier", name, alternateIdentifierType=kind)
    for each in _listed(root, "relatedIdentifiers", document):
        kinds = {name: each[name] for name in ("relatedIdentifierType", "relationType")}
        _add(root[-1], "relatedIdentifier", each["relatedIdentifier"], **kinds)
    for plural, singular in (("sizes", "size"), ("formats", "format")):
        for text in _listed(root, plural, document):
            _add(root[-1], singular, text)
    for each in _listed(root, "rightsList", document):
        scheme = {"rightsIdentifierScheme": each["rightsIdentifierScheme"], "schemeURI": each["schemeUri"]}
        named = {"rightsURI": each["rightsUri"], "rightsIdentifier": each["rightsIdentifier"], **scheme}
        _add(root[-1], "rights", each["rights"], **named)
    for each in _listed(root, "descriptions", document):
        _add(root[-1], "description", each["description"], descriptionType=each["descriptionType"], lang=each["lang"])
    for each in _listed(root, "geoLocations", document):
        _add(_add(root[-1], "geoLocation"), "geoLocationPlace", each["geoLocationPlace"])


def _listed(root: ET.Element, name: str, document: dict[str, Any]) -> list[Any]:
    """Begin a list in ``root``, where the document has one, and return what is to be put into it."""
    found: list[Any] = document[name]
    if found:
        _add(root, name)
    return found


def _add(parent: ET.Element, tag: str, text: str = "", *, lang: str = "", **attributes: str) -> ET.Element:
    named = {name: plain(value) for name, value in attributes.items() if value}
    if lang:
        named[f"{{{_XML}}}lang"] = lang
    element = ET.SubElement(parent, f"{{{NAMESPACE}}}{tag}", named)
    if text:
        element.text = plain(text)
    return element
