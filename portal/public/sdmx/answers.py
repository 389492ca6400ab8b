"""Answer SDMX-REST: find the release, read, and write in the format that was agreed on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import orjson

from datasets.hints import hint, listed
from datasets.public_releases import PublicRelease, PublicReleases
from datasets.said import joined, said
from datasets.text import Language
from portal.public.notice_headers import retiring_headers
from portal.public.release_headers import release_headers
from portal.public.sdmx import naming
from portal.public.sdmx.artefacts import Artefact
from portal.public.sdmx.availability import available
from portal.public.sdmx.data_csv import csv_data
from portal.public.sdmx.data_json import json_data
from portal.public.sdmx.data_query import DataQuery
from portal.public.sdmx.data_xml import xml_data
from portal.public.sdmx.flows import Flow
from portal.public.sdmx.media_types import MediaType
from portal.public.sdmx.messages import Preamble
from portal.public.sdmx.observations import Looking, Observations, read_observations, shape_of
from portal.public.sdmx.refusals import NoContent, not_found
from portal.public.sdmx.registry import Registry
from portal.public.sdmx.selections import select
from portal.public.sdmx.structure_json import availability_message, structure_message
from portal.public.sdmx.structure_query import StructureQuery, find_artefacts, read_structure_query
from portal.public.sdmx.structure_xml import structure_document
from portal.public.table_reading import TableReading
from portal.query.answer import CHUNK_ROWS
from portal.query.run import Session
from portal.shared.links import SDMX, Links
from portal.shared.responses import IMMUTABLE, SHORT, weak_tag


@dataclass(frozen=True)
class Asked:
    """A request as it came, and the format and language that were agreed on."""

    parts: tuple[str, ...]
    """The path behind ``data/``, ``structure/`` or ``availability/``."""
    parameters: Mapping[str, str]
    media_type: MediaType
    language: Language

    def preamble(self, *about: str) -> Preamble:
        """Return the beginning of a message; its id is the same for the same question about the same releases."""
        texts = (*self.parts, *(f"{name}={value}" for name, value in self.parameters.items()), *about)
        identifier = weak_tag(*texts).strip('W/"')[:16]
        return Preamble(f"M{identifier}", datetime.now(UTC), self.language, self.media_type.version)


@dataclass(frozen=True)
class SdmxAnswer:
    """What to send: whole, or part by part."""

    headers: Mapping[str, str]
    body: bytes | None = None
    parts: Iterator[bytes] | None = None


@dataclass(frozen=True)
class SdmxService:
    """Answers questions in SDMX-REST 2. Safe for many threads at once."""

    releases: PublicReleases
    reading: TableReading
    links: Links

    @property
    def registry(self) -> Registry:
        return Registry(self.releases, self.reading)

    def structures(self, asked: Asked, as_of: datetime | None) -> SdmxAnswer:
        """Return structural metadata; what is not there raises Refusal."""
        query = read_structure_query(asked.parts, asked.parameters)
        artefacts = find_artefacts(query, self.registry.at(as_of))
        return SdmxAnswer({"Cache-Control": SHORT}, body=_structures(artefacts, asked, asked.preamble()))

    def data(self, session: Session, asked: Asked, query: DataQuery) -> SdmxAnswer:
        """Read data; what is not there raises Refusal, NoContent or an error of ours."""
        flow = self.flow(query)
        selection, shape = select(query, flow), shape_of(query, flow)
        bounded = asked.media_type.writing != "csv"
        looking = Looking(session, self.reading, flow)
        found = read_observations(looking, query, selection, shape=shape, bounded=bounded)
        parts = self._written(found, asked, query)
        following, told = self._next(found, query, asked), self._notices(flow, query)
        links = [each["Link"] for each in (following, told) if each]
        headers = {**_headers(found, query, asked), **told, **({"Link": ", ".join(links)} if links else {})}
        if found.returned <= CHUNK_ROWS:
            return SdmxAnswer(headers, body=b"".join(parts))
        return SdmxAnswer(headers, parts=parts)

    def availability(self, session: Session, asked: Asked, query: DataQuery, components: str) -> SdmxAnswer:
        """Say what is available for a query for data."""
        flow = self.flow(query)
        looking = Looking(session, self.reading, flow)
        constraint = available(looking, query, select(query, flow), components)
        related = self._related(flow, asked.parameters.get("references", "none"))
        preamble = asked.preamble(flow.release.envelope_sha256)
        headers = {"Cache-Control": SHORT, **release_headers(flow.release)}
        if asked.media_type.writing == "xml":
            return SdmxAnswer(headers, body=structure_document([constraint, *related], preamble).encode())
        return SdmxAnswer(headers, body=orjson.dumps(availability_message(constraint, related, preamble)))

    def flow(self, query: DataQuery) -> Flow:
        """Return the dataflow that a query is about, at one version."""
        identifier = query.id.removeprefix("DSD_") if query.context == "datastructure" else query.id
        dataset, table = naming.split_flow(identifier)
        release = _release(self.releases, dataset, query)
        agency = release.description.publisher.id
        if query.agencies and agency not in query.agencies:
            rule = said("This dataflow is of another agency")
            raise not_found(joined(rule, hint(query.agencies[0], [agency]), between=". "))
        if query.updated_after is not None and release.manifest.available_from <= query.updated_after:
            raise NoContent
        return self.registry.flow(release, table)

    def _related(self, flow: Flow, references: str) -> list[Artefact]:
        if references == "none":
            return []
        name = flow.name
        parts = ("dataflow", name.agency, name.id, name.version)
        wanted = {"all": "descendants"}.get(references, references)
        query: StructureQuery = read_structure_query(parts, {"references": wanted})
        found = find_artefacts(query, self.registry)
        asked = {"dataflow"} if "dataflow" in references else set()
        return [each for each in found if references == "all" or each.name.type in {*references.split(","), *asked}]

    def _written(self, found: Observations, asked: Asked, query: DataQuery) -> Iterator[bytes]:
        preamble = asked.preamble(found.shape.flow.release.envelope_sha256)
        if asked.media_type.writing == "csv":
            return csv_data(found, asked.media_type.options, asked.language)
        if asked.media_type.writing == "xml":
            return xml_data(found, preamble, query.as_of)
        return json_data(found, preamble, query.as_of, self._described(found.shape.flow))

    def _described(self, flow: Flow) -> str:
        name = flow.name
        return self.links.absolute(f"{SDMX}/structure/dataflow/{name.agency}/{name.id}/{name.version}")

    def _notices(self, flow: Flow, query: DataQuery) -> dict[str, str]:
        pinned = query.version.choice == "exact" or query.as_of is not None
        return {} if pinned else retiring_headers(flow.release, flow.cube.name, self.releases, self.links)

    def _next(self, found: Observations, query: DataQuery, asked: Asked) -> dict[str, str]:
        """Return the link to the page after this one, which names the version: pages never mix two of them."""
        seen = query.offset + found.returned
        if query.limit is None or seen >= found.total:
            return {}
        name = found.shape.flow.name
        key = asked.parts[4] if len(asked.parts) > 4 else "*"
        path = "/".join(quote(part, safe="+*,.") for part in ("dataflow", name.agency, name.id, name.version, key))
        page = {**asked.parameters, "offset": str(seen)}
        return {"Link": f'<{self.links.absolute(f"{SDMX}/data/{path}")}?{urlencode(page)}>; rel="next"'}


def caching(query: DataQuery) -> str:
    """Return how long an answer to a query for data is true: for ever, where it names one version."""
    return IMMUTABLE if query.version.choice == "exact" else SHORT


def _structures(artefacts: Sequence[Artefact], asked: Asked, preamble: Preamble) -> bytes:
    if asked.media_type.writing == "xml":
        return structure_document(artefacts, preamble).encode()
    return orjson.dumps(structure_message(artefacts, preamble))


def _release(releases: PublicReleases, dataset: str, query: DataQuery) -> PublicRelease:
    """Return the release that a version means: the newest one that it holds for, at a moment where one is given."""
    known = releases.releases(dataset)
    holding = [release for release in known if query.version.holds(naming.version_of(release))]
    if query.as_of is not None and query.version.choice != "exact":
        found = releases.as_of(dataset, query.as_of)
        holding = [each for each in holding if each.name == found.name]
    elif query.as_of is not None:
        holding = [each for each in holding if each.manifest.available_from <= query.as_of]
    if not holding:
        names = listed(dict.fromkeys(naming.version_of(release) for release in known))
        raise not_found(said("This dataflow has no such version. Known here: %(names)s", names=names))
    standing = next((each for each in holding if each.withdrawal is None), holding[0])
    # Raises what is to be told of a release that was withdrawn.
    return releases.get(dataset, standing.edition, standing.version)


def _headers(found: Observations, query: DataQuery, asked: Asked) -> dict[str, str]:
    flow = found.shape.flow
    headers = {
        "Cache-Control": caching(query),
        "Ytemo-Total": str(found.total),
        "Ytemo-Returned": str(found.returned),
        "Ytemo-Truncated": str(query.offset + found.returned < found.total).lower(),
        **release_headers(flow.release),
    }
    if asked.media_type.writing == "csv":
        name = f"{flow.name.id}-{flow.release.name}"
        headers["Content-Disposition"] = f'inline; filename="{name}.csv"'
    return headers
