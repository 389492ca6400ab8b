"""What is wrong with the records of a release before it goes out: each finding with place, rule and remedy.

Records are made from the release whenever they are asked for: what would make an invalid one has to be found before
it is signed, for it can never be corrected in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import chain
from xml.etree import ElementTree as ET

import orjson
from rdflib import Graph

from catalog.record import THEME_LABELS
from catalog.standards import vocabularies
from catalog.standards.addresses import Addresses
from catalog.standards.atom import Feed, atom
from catalog.standards.croissant import croissant
from catalog.standards.data_json import data_json
from catalog.standards.datacite import datacite, datacite_xml
from catalog.standards.dcat import dataset_graph
from catalog.standards.dcat_catalog import TITLE
from catalog.standards.described import Described, data_files
from catalog.standards.mandatory import ill_typed, lacking
from catalog.standards.oai import answer
from catalog.standards.oai_records import FORMATS, Repository
from catalog.standards.rdf import written
from catalog.standards.schema_org import schema_org
from datasets.errors import Problem
from datasets.periods import period_of
from datasets.release import FileEntry, Manifest, PublicRelease, ReleaseDescription
from datasets.said import said
from datasets.text import LANGUAGES, Bilingual, unfit
from datasets.web_address import web_address

_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def record_faults(
    description: ReleaseDescription, files: Sequence[FileEntry], changes: Bilingual, *, addresses: Addresses
) -> tuple[Problem, ...]:
    """Return what would make a record of this release invalid; it must not go out with any of these."""
    found = (*_places(description), *_dates(description), *_files(description, files), *_words(description, changes))
    # Records can only be made of what is right so far.
    return found or tuple(_records(_as_release(description, files, changes), addresses))


# What records are made of ---------------------------------------------------------------------------------------------


def _places(description: ReleaseDescription) -> Iterator[Problem]:
    url = description.publisher.url
    if url and not web_address(url):
        remedy = said("Write it with https:// and without spaces, or leave it out")
        yield Problem("publisher.url", said("must be an address of the web"), remedy)
    if description.theme not in THEME_LABELS:
        yield Problem(
            "theme", said("has no name in both languages"), said("Add it to THEME_LABELS in catalog/record.py")
        )
    lists = {each.id for each in description.codelists}
    used = [(f"dimensions.{each.name}", each.codelist) for each in description.dimensions]
    fields = description.register_.fields if description.register_ else ()
    used += [(f"register.{each.name}", each.codelist) for each in fields if each.codelist]
    for place, codelist in used:
        if codelist not in lists:
            rule = said("names the code list %(name)s, which the release does not have", name=codelist)
            yield Problem(place, rule, said("Put the code list into the package"))


def _dates(description: ReleaseDescription) -> Iterator[Problem]:
    coverage = description.coverage
    days = {"coverage.start": coverage.start, "coverage.end": coverage.end}
    days |= {"period_start": description.period_start, "period_end": description.period_end}
    spans = {place: period_of(text) for place, text in days.items() if text}
    for place, span in spans.items():
        if span is None:
            rule = said("must be a period of the calendar")
            yield Problem(place, rule, said("Write it as 2024, 2024-01 or 2024-01-31"))
    for start, end in (("coverage.start", "coverage.end"), ("period_start", "period_end")):
        first, last = spans.get(start), spans.get(end)
        if first and last and first[0] > last[1]:
            yield Problem(end, said("must not be before %(start)s", start=start), said("Exchange the two"))
    try:
        date.fromisoformat(description.next_release or "2026-01-01")
    except ValueError:
        rule = said("must be a day of the calendar")
        yield Problem("next_release", rule, said("Write it as 2024, 2024-01 or 2024-01-31"))


def _files(description: ReleaseDescription, files: Sequence[FileEntry]) -> Iterator[Problem]:
    entries = {each.path: each for each in files}
    paths = [path for path, _ in data_files(_as_release(description, files, _NO_CHANGES))]
    if not paths:
        yield Problem("files", said("must hold data"), said("Publish a table, a register or a code list"))
    for path in dict.fromkeys((*paths, *(each.path for each in description.codelists))):
        kind, entry = vocabularies.file_kind(path), entries.get(path)
        if entry is None:
            yield Problem(path, said("is described and is not in the package"), said("Build the package anew"))
        elif kind is None:
            yield Problem(
                path, said("is of no format that records have a name for"), said("Publish CSV, Parquet or XLSX")
            )
        elif entry.media_type != kind.media_type:
            rule = said("must have the media type %(name)s", name=kind.media_type)
            yield Problem(path, rule, said("Build the package anew"))


def _words(description: ReleaseDescription, changes: Bilingual) -> Iterator[Problem]:
    texts = {"title": description.title, "summary": description.summary, "changes": changes}
    texts |= {"publisher.name": description.publisher.name, "contact.name": description.contact.name}
    texts |= {"coverage.area": description.coverage.area}
    for place, text in texts.items():
        for language in LANGUAGES:
            if unfit(text.of(language)):
                rule = said("holds a character that records cannot hold")
                remedy = said("Write the text anew instead of copying it")
                yield Problem(f"{place}.{language}", rule, remedy)


# The records themselves -----------------------------------------------------------------------------------------------


def _records(release: PublicRelease, addresses: Addresses) -> Iterator[Problem]:
    described = Described(release, (release,), pinned=True, quality=1.0)
    latest = Described(release, (release,), quality=1.0)
    makers: dict[str, Callable[[], object]] = {
        "croissant.json": lambda: orjson.loads(orjson.dumps(croissant(described, addresses))),
        "datacite.xml": lambda: _read_xml(datacite_xml(datacite(described, addresses))),
        "data.json": lambda: orjson.loads(orjson.dumps(data_json([latest], addresses))),
        "schema-org.json": lambda: [schema_org(latest, addresses, language) for language in LANGUAGES],
        "feeds": lambda: [_read_xml(atom(Feed(TITLE, each, (release,)), addresses)) for each in LANGUAGES],
        "oai": lambda: [_harvested(release, addresses, each.prefix) for each in FORMATS],
    }
    for place, make in makers.items():
        yield from _made(place, make)
    yield from chain(_checked_graph(described, addresses), _checked_graph(latest, addresses))


def _made(place: str, make: Callable[[], object]) -> Iterator[Problem]:
    """Yield a finding where a record cannot be made, or not be read again, whatever the reason."""
    try:
        make()
    except Exception as error:  # noqa: BLE001  any of them would be met by readers later
        rule = said("cannot be made: %(reason)s", reason=type(error).__name__)
        yield Problem(place, rule, said("This is a fault of ytemo: report it, with the definition"))


def _checked_graph(described: Described, addresses: Addresses) -> Iterator[Problem]:
    place = "release.ttl" if described.pinned else "dataset.ttl"
    graphs: list[Graph] = []

    def make() -> None:
        graph = dataset_graph(described, addresses)
        read = Graph().parse(data=written(graph, "ttl"), format="turtle")
        if len(read) != len(graph) or len(Graph().parse(data=written(graph, "rdf"), format="xml")) != len(graph):
            raise ValueError("what is written says something else")
        graphs.append(graph)

    yield from _made(place, make)
    for graph in graphs:
        for thing, lacks in lacking(graph):
            rule = said("%(thing)s must have %(name)s in both languages", thing=thing, name=lacks)
            yield Problem(place, rule, said("Complete the definition"))
        for name, text in ill_typed(graph):
            rule = said("%(name)s is no day or moment: %(text)s", name=name, text=text[:40])
            yield Problem(place, rule, said("Write it as 2024, 2024-01 or 2024-01-31"))


def _read_xml(text: bytes) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314  it was written here


def _harvested(release: PublicRelease, addresses: Addresses, prefix: str) -> ET.Element:
    asked = [("verb", "ListRecords"), ("metadataPrefix", prefix)]
    root = _read_xml(answer(asked, Repository([(release,)], addresses), _ANY_DAY))
    if root.find("{*}ListRecords") is None:
        raise ValueError(prefix)
    return root


_NO_CHANGES = Bilingual(vi="-", en="-")


def _as_release(description: ReleaseDescription, files: Sequence[FileEntry], changes: Bilingual) -> PublicRelease:
    """Return the release as its records would see it; number and moment are settled when it is published."""
    manifest = Manifest(
        dataset=description.dataset,
        edition=description.edition,
        version=1,
        published_at=_ANY_DAY,
        available_from=_ANY_DAY,
        changes=changes,
        files=tuple(files),
        description=description,
    )
    return PublicRelease(manifest, "0" * 64)
