"""News of releases as Atom (RFC 4287): what appeared, what was corrected and what was withdrawn, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from catalog.standards import vocabularies
from catalog.standards.addresses import Addresses
from catalog.standards.described import changed_at
from catalog.standards.rdf import plain
from datasets.citation import Citation
from datasets.release import PublicRelease
from datasets.text import LANGUAGES, Bilingual, Language

MEDIA_TYPE = "application/atom+xml"
MOST_ENTRIES = 100
"""A feed tells of so many releases, those that changed last."""
_ATOM = "http://www.w3.org/2005/Atom"
_NOTHING_YET = datetime(2026, 1, 1, tzinfo=UTC)
"""When a feed without an entry was updated: it must say some moment."""
EVENTS = {
    "new": Bilingual(vi="Kỳ mới", en="New edition"),
    "corrected": Bilingual(vi="Đính chính", en="Corrected"),
    "withdrawn": Bilingual(vi="Đã thu hồi", en="Withdrawn"),
}


@dataclass(frozen=True)
class Feed:
    """A feed: what it is about, in whose words, and the releases that it tells of."""

    title: Bilingual
    language: Language
    releases: tuple[PublicRelease, ...]
    kind: str = ""
    """``datasets``, ``publishers``, ``themes`` or ``topics``; empty for all releases."""
    name: str = ""


def event_of(release: PublicRelease) -> str:
    """Return what happened to a release last: ``new``, ``corrected`` (a later version) or ``withdrawn``."""
    if release.withdrawal:
        return "withdrawn"
    return "corrected" if release.version > 1 else "new"


def atom(feed: Feed, addresses: Addresses) -> bytes:
    """Return the feed as XML. A release that is withdrawn keeps its entry, with another title and a later date."""
    language = feed.language
    here = addresses.absolute(addresses.feed(language, feed.kind, feed.name))
    shown = sorted(feed.releases, key=lambda each: (changed_at(each), each.dataset, each.name), reverse=True)
    shown = shown[:MOST_ENTRIES]
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": language})
    _text(root, "id", here)
    _text(root, "title", feed.title.of(language))
    _text(root, "updated", _moment(changed_at(shown[0]) if shown else _NOTHING_YET))
    _link(root, "self", here, MEDIA_TYPE, language)
    for other in LANGUAGES:
        if other != language:
            there = addresses.absolute(addresses.feed(other, feed.kind, feed.name))
            _link(root, "alternate", there, MEDIA_TYPE, other)
    _link(root, "alternate", addresses.absolute(_page(feed, addresses)), "text/html", language)
    _text(ET.SubElement(root, "author"), "name", "ytemo")
    ET.SubElement(root, "generator", {"uri": addresses.absolute(addresses.home(language))}).text = "ytemo"
    for release in shown:
        _entry(root, release, addresses, language)
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _page(feed: Feed, addresses: Addresses) -> str:
    if feed.kind == "datasets":
        return addresses.dataset(feed.name, feed.language)
    return addresses.home(feed.language)


def _entry(root: ET.Element, release: PublicRelease, addresses: Addresses, language: Language) -> None:
    about, entry = release.description, ET.SubElement(root, "entry")
    page = addresses.absolute(addresses.release(release.dataset, release.name, language))
    event = event_of(release)
    # One release is one entry whatever happens to it: readers show it anew when its date changes.
    _text(entry, "id", addresses.absolute(addresses.release(release.dataset, release.name, "vi")))
    called = Citation(about, release.version).edition(language)
    _text(entry, "title", f"{EVENTS[event].of(language)}: {about.title.of(language)}, {called}")
    _text(entry, "updated", _moment(changed_at(release)))
    _text(entry, "published", _moment(release.manifest.available_from))
    _link(entry, "alternate", page, "text/html", language)
    if release.withdrawal is None:
        package = addresses.absolute(addresses.package(release.dataset, release.name))
        _link(entry, "enclosure", package, "application/zip", "")
    _text(ET.SubElement(entry, "author"), "name", about.publisher.name.of(language))
    for term in (event, about.theme, about.kind, *(["synthetic"] if about.synthetic else [])):
        ET.SubElement(entry, "category", {"term": term})
    _text(entry, "rights", vocabularies.LICENCES[about.licence].title)
    _text(entry, "summary", " ".join(_sentences(release, language)))


def _sentences(release: PublicRelease, language: Language) -> Iterable[str]:
    if release.withdrawal:
        yield release.withdrawal.reason.of(language)
    else:
        yield release.manifest.changes.of(language)
    yield vocabularies.description(release.description, language)


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = plain(text)


def _link(parent: ET.Element, rel: str, href: str, media_type: str, language: str) -> None:
    named = {"rel": rel, "href": href, "type": media_type, "hreflang": language}
    ET.SubElement(parent, "link", {name: value for name, value in named.items() if value})


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
