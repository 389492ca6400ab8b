"""All structural metadata of the public releases: what there is, and each artefact made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from datasets.breaks import broken_series
from datasets.errors import YtemoError
from datasets.names import TOTAL
from datasets.public_releases import PublicRelease, PublicReleases
from datasets.release import DimensionDescription
from datasets.said import said
from datasets.text import Bilingual
from portal.public.sdmx import naming
from portal.public.sdmx.artefacts import Annotation, Artefact, Constraint, Dataflow, DataStructure, Item, Scheme
from portal.public.sdmx.flows import (
    STATUS_ATTRIBUTES,
    TITLES,
    TOTAL_LABEL,
    Flow,
    Value,
    list_value,
    status_values,
)
from portal.public.sdmx.naming import ArtefactType, Name
from portal.public.sdmx.refusals import not_found
from portal.public.sdmx.time_periods import FREQUENCIES
from portal.public.table_reading import TableReading
from portal.public.told_breaks import breaks_of
from portal.query.schema import Cube

Kind = Literal["agencies", "concepts", "indicators", "frequencies", "statuses", "members", "flow", "structure", "held"]

_AGENCIES = Bilingual(vi="Các cơ quan công bố", en="Agencies that publish")
_CONCEPTS = Bilingual(vi="Khái niệm", en="Concepts")
HELD = Bilingual(vi="Những giá trị được công bố", en="Values that are published")


@dataclass(frozen=True)
class Entry:
    """One artefact that there is, and what it is made from; ``subject`` is a table or a code list."""

    name: Name
    kind: Kind
    release: PublicRelease | None = None
    subject: str = ""


class Registry:
    """Finds and makes artefacts. Nothing is kept: releases are, and artefacts are made from them in little time."""

    def __init__(self, releases: PublicReleases, reading: TableReading, as_of: datetime | None = None) -> None:
        """``as_of`` leaves out what came later."""
        self._releases = releases
        self._reading = reading
        self._as_of = as_of

    def at(self, moment: datetime | None) -> Registry:
        """Return what there was at a moment, as far as it still stands."""
        return Registry(self._releases, self._reading, moment)

    def releases(self, dataset: str) -> tuple[PublicRelease, ...]:
        """Return the releases of a dataset that stand, newest first; none of one that is not known or is damaged."""
        try:
            found = self._releases.releases(dataset)
        except YtemoError:
            return ()
        return tuple(each for each in found if each.withdrawal is None and each.description.tables and self._was(each))

    def _was(self, release: PublicRelease) -> bool:
        return self._as_of is None or release.manifest.available_from <= self._as_of

    def flow(self, release: PublicRelease, table: str) -> Flow:
        """Return a table as a dataflow; raise FileNotFound where the release has none of this name, or Refusal."""
        cube = self._reading.schema(release, table)
        if not isinstance(cube, Cube):
            raise not_found(
                said("A register is no dataflow: it counts nothing. Ask /api/v1 or CKAN's API for its rows")
            )
        return Flow(release, cube)

    def entries(self, types: Iterable[ArtefactType], datasets: Iterable[str] | None = None) -> Iterator[Entry]:
        """Yield the artefacts of these types, newest versions first, of all datasets or some."""
        wanted = frozenset(types)
        if "agencyscheme" in wanted:
            yield Entry(Name("agencyscheme", naming.STANDARDS_AGENCY, "AGENCIES", "1.0"), "agencies")
        for dataset in self._releases.datasets() if datasets is None else dict.fromkeys(datasets):
            for release in self.releases(dataset):
                yield from (entry for entry in of_release(release) if entry.name.type in wanted)

    def make(self, entry: Entry) -> Artefact:
        """Return the whole artefact."""
        return _MAKERS[entry.kind](self, entry)

    def agencies(self) -> Iterator[tuple[str, Bilingual]]:
        """Yield the publishers of datasets, each once."""
        seen: set[str] = set()
        for dataset in self._releases.datasets():
            for release in self.releases(dataset)[:1]:
                publisher = release.description.publisher
                if publisher.id not in seen:
                    seen.add(publisher.id)
                    yield publisher.id, publisher.name

    def codelist_values(self, release: PublicRelease, codelist: str) -> tuple[Value, ...]:
        """Return all members of a code list of a release, the total first where a dimension has one."""
        members = self._releases.codelist(release, codelist)
        values = tuple(list_value(member) for member in members.members)
        totals = any(each.total for each in release.description.dimensions if each.codelist == codelist)
        return (Value(TOTAL, TOTAL_LABEL), *values) if totals and TOTAL not in members.by_code else values


def of_release(release: PublicRelease) -> Iterator[Entry]:
    """Yield every artefact that a release brings."""
    agency, version, dataset = release.description.publisher.id, naming.version_of(release), release.dataset

    def entry(kind: Kind, artefact_type: ArtefactType, identifier: str, subject: str = "") -> Entry:
        return Entry(Name(artefact_type, agency, identifier, version), kind, release, subject)

    for table in release.description.tables:
        flow = naming.flow_id(dataset, table.id)
        yield entry("flow", "dataflow", flow, table.id)
        yield entry("structure", "datastructure", naming.structure_id(flow), table.id)
        yield entry("held", "dataconstraint", naming.constraint_id(flow), table.id)
    yield entry("concepts", "conceptscheme", naming.scheme_id(dataset))
    yield entry("indicators", "codelist", naming.list_id(dataset, naming.INDICATOR))
    yield entry("frequencies", "codelist", naming.list_id(dataset, naming.FREQUENCY))
    for attribute in STATUS_ATTRIBUTES:
        yield entry("statuses", "codelist", naming.list_id(dataset, attribute), attribute)
    for codelist in dict.fromkeys(each.codelist for each in _used(release)):
        yield entry("members", "codelist", naming.list_id(dataset, codelist), codelist)


def _used(release: PublicRelease) -> Iterator[DimensionDescription]:
    used = {name for table in release.description.tables for name in table.dimensions}
    return (each for each in release.description.dimensions if each.name in used)


def _release(entry: Entry) -> PublicRelease:
    assert entry.release is not None
    return entry.release


def _agencies(registry: Registry, entry: Entry) -> Artefact:
    items = tuple(Item(identifier, name) for identifier, name in registry.agencies())
    return Scheme(entry.name, _AGENCIES, items=items)


def _concepts(registry: Registry, entry: Entry) -> Artefact:
    release = _release(entry)
    flows = [registry.flow(release, table.id) for table in release.description.tables]
    components = {each.id: each.title for flow in flows for each in flow.dimensions}
    components |= {each.id: each.title for flow in flows for each in flow.attributes}
    components[naming.VALUE] = TITLES[naming.VALUE]
    items = tuple(Item(identifier, title) for identifier, title in components.items())
    return Scheme(entry.name, _of_dataset(_CONCEPTS, release), items=items)


def _indicators(_: Registry, entry: Entry) -> Artefact:
    release = _release(entry)
    items = tuple(Item(each.name, each.title, description=each.unit) for each in release.description.measures)
    return Scheme(entry.name, _of_dataset(TITLES[naming.INDICATOR], release), items=items)


def _frequencies(_: Registry, entry: Entry) -> Artefact:
    items = tuple(Item(code, label) for code, label in FREQUENCIES.items())
    return Scheme(entry.name, TITLES[naming.FREQUENCY], items=items)


def _statuses(_: Registry, entry: Entry) -> Artefact:
    items = tuple(Item(value.id, value.label) for value in status_values(entry.subject))
    return Scheme(entry.name, TITLES[entry.subject], items=items)


def _members(registry: Registry, entry: Entry) -> Artefact:
    release = _release(entry)
    described = next(each for each in release.description.codelists if each.id == entry.subject)
    values = registry.codelist_values(release, entry.subject)
    known = {value.id for value in values}
    items = tuple(Item(value.id, value.label, parent=value.parent if value.parent in known else "") for value in values)
    return Scheme(entry.name, described.title, described.source, items=items)


def _flow(_: Registry, entry: Entry) -> Artefact:
    release = _release(entry)
    description = release.description
    table = next(each for each in description.tables if each.id == entry.subject)
    title = Bilingual(vi=f"{description.title.vi}: {table.title.vi}", en=f"{description.title.en}: {table.title.en}")
    annotations = (
        Annotation("RELEASE", f"{release.dataset} {release.name}"),
        Annotation("LICENCE", description.licence),
        Annotation("SYNTHETIC", str(description.synthetic).lower()),
        *(Annotation("BREAK", one.from_, broken_series(one)) for one in breaks_of(description, table)),
    )
    structure = replace(entry.name, type="datastructure", id=naming.structure_id(entry.name.id))
    return Dataflow(entry.name, title, description.summary, annotations, structure=structure)


def _structure(registry: Registry, entry: Entry) -> Artefact:
    release = _release(entry)
    flow = registry.flow(release, entry.subject)
    concepts = replace(entry.name, type="conceptscheme", id=naming.scheme_id(release.dataset))
    return DataStructure(entry.name, flow.cube.table.title, flow=flow, concepts=concepts)


def _held(registry: Registry, entry: Entry) -> Artefact:
    flow = registry.flow(_release(entry), entry.subject)
    values = tuple((each.id, tuple(value.id for value in each.values)) for each in flow.dimensions)
    return Constraint(entry.name, HELD, dataflow=flow.name, values=values)


def _of_dataset(title: Bilingual, release: PublicRelease) -> Bilingual:
    whole = release.description.title
    return Bilingual(vi=f"{title.vi}: {whole.vi}", en=f"{title.en}: {whole.en}")


_MAKERS: dict[Kind, Callable[[Registry, Entry], Artefact]] = {
    "agencies": _agencies,
    "concepts": _concepts,
    "indicators": _indicators,
    "frequencies": _frequencies,
    "statuses": _statuses,
    "members": _members,
    "flow": _flow,
    "structure": _structure,
    "held": _held,
}
