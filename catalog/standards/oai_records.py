"""What can be harvested by OAI-PMH: a record for each release, those that were withdrawn as deleted ones for ever."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from catalog.record import THEME_LABELS
from catalog.standards import vocabularies
from catalog.standards.addresses import Addresses
from catalog.standards.datacite import XSI, datacite, datacite_element
from catalog.standards.described import Described, changed_at
from catalog.standards.rdf import plain
from datasets.release import PublicRelease
from datasets.text import LANGUAGES

OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
OAI_DATACITE = "http://schema.datacite.org/oai/oai-1.1/"
_DC = "http://purl.org/dc/elements/1.1/"
_XML = "http://www.w3.org/XML/1998/namespace"
for _prefix, _namespace in (("oai_dc", OAI_DC), ("oai_datacite", OAI_DATACITE), ("dc", _DC)):
    ET.register_namespace(_prefix, _namespace)


@dataclass(frozen=True)
class Format:
    """A format of metadata."""

    prefix: str
    schema: str
    namespace: str


FORMATS = (
    Format("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", OAI_DC),
    Format("oai_datacite", "http://schema.datacite.org/oai/oai-1.1/oai.xsd", OAI_DATACITE),
)


@dataclass(frozen=True)
class Record:
    """One release as it is harvested; ``versions`` are all visible releases of its dataset."""

    identifier: str
    release: PublicRelease
    versions: tuple[PublicRelease, ...]

    @cached_property
    def datestamp(self) -> str:
        """When it last changed, to the second; what lies between two seconds counts as the later one's."""
        return stamp(changed_at(self.release))

    @property
    def deleted(self) -> bool:
        return self.release.withdrawal is not None

    @property
    def sets(self) -> tuple[str, str]:
        about = self.release.description
        return f"theme:{about.theme}", f"publisher:{about.publisher.id}"

    @property
    def order(self) -> tuple[str, str]:
        return self.datestamp, self.identifier


@dataclass(frozen=True)
class Repository:
    """Everything that can be harvested, at one moment."""

    releases: Iterable[tuple[PublicRelease, ...]] = field(repr=False)
    """The visible releases of each dataset."""
    addresses: Addresses

    @cached_property
    def host(self) -> str:
        return urlsplit(self.addresses.absolute("/")).hostname or "ytemo"

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """All records, in the order in which they changed."""
        found = [
            Record(f"oai:{self.host}:{release.dataset}/{release.name}", release, versions)
            for versions in self.releases
            for release in versions
        ]
        return tuple(sorted(found, key=lambda record: record.order))

    @cached_property
    def by_identifier(self) -> dict[str, Record]:
        return {record.identifier: record for record in self.records}

    @cached_property
    def sets(self) -> dict[str, str]:
        """The sets by their names, with what they are called: by theme and by publisher."""
        found = {"theme": "Chủ đề / Themes", "publisher": "Cơ quan công bố / Publishers"}
        for record in self.records:
            about, (theme, publisher) = record.release.description, record.sets
            label, name = THEME_LABELS[about.theme], about.publisher.name
            found.setdefault(theme, f"{label.vi} / {label.en}")
            found.setdefault(publisher, f"{name.vi} / {name.en}")
        return found

    def metadata(self, record: Record, prefix: str) -> ET.Element:
        """Return what a record that is not deleted says, in one of the formats."""
        described = Described(record.release, record.versions, pinned=True)
        make = {"oai_dc": _dublin_core, "oai_datacite": _datacite}[prefix]
        return make(described, self.addresses)


def stamp(at: datetime) -> str:
    """Return a moment as OAI-PMH writes it; parts of a second are rounded up, so that no harvest misses a change."""
    whole = at.astimezone(UTC)
    return datetime.fromtimestamp(-(-whole.timestamp() // 1), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _dublin_core(described: Described, addresses: Addresses) -> ET.Element:
    release, about = described.release, described.about
    schema = f"{OAI_DC} http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
    root = ET.Element(f"{{{OAI_DC}}}dc", {f"{{{XSI}}}schemaLocation": schema})
    start, end = vocabularies.interval(release)

    def say(name: str, text: str, language: str = "") -> None:
        named = {f"{{{_XML}}}lang": language} if language else {}
        ET.SubElement(root, f"{{{_DC}}}{name}", named).text = plain(text)

    for language in LANGUAGES:
        say("title", f"{about.title.of(language)}, {release.name}", language)
        say("creator", about.publisher.name.of(language), language)
        for word in (*about.keywords.of(language), THEME_LABELS[about.theme].of(language)):
            say("subject", word, language)
        say("description", vocabularies.description(about, language), language)
        say("publisher", about.publisher.name.of(language), language)
        say("coverage", about.coverage.area.of(language), language)
        say("language", {"vi": "vie", "en": "eng"}[language])
    say("date", release.manifest.available_from.date().isoformat())
    say("type", "Dataset")
    say("format", "application/zip")
    say("identifier", addresses.absolute(addresses.release(release.dataset, release.name, "vi")))
    say("identifier", addresses.absolute(addresses.package(release.dataset, release.name)))
    say("relation", addresses.absolute(addresses.dataset(release.dataset, "vi")))
    if start or end:
        say("coverage", f"{start}/{end}")
    say("rights", vocabularies.LICENCES[about.licence].url)
    return root


def _datacite(described: Described, addresses: Addresses) -> ET.Element:
    schema = f"{OAI_DATACITE} http://schema.datacite.org/oai/oai-1.1/oai.xsd"
    root = ET.Element(f"{{{OAI_DATACITE}}}oai_datacite", {f"{{{XSI}}}schemaLocation": schema})
    ET.SubElement(root, f"{{{OAI_DATACITE}}}schemaVersion").text = "4.6"
    ET.SubElement(root, f"{{{OAI_DATACITE}}}datacentreSymbol").text = "YTEMO"
    payload = ET.SubElement(root, f"{{{OAI_DATACITE}}}payload")
    payload.append(datacite_element(datacite(described, addresses)))
    return root
