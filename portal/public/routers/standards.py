"""Datasets and the catalog in the standards of others, for harvesters, search engines and tools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from catalog.quality.reading import lasting_quality
from catalog.standards.croissant import croissant
from catalog.standards.data_json import data_json
from catalog.standards.datacite import datacite, datacite_xml
from catalog.standards.dcat import dataset_graph
from catalog.standards.dcat_catalog import PAGE_SIZE, CatalogPage, catalog_graph
from catalog.standards.described import Described, describe, describe_all
from catalog.standards.rdf import MEDIA_TYPES, Extension, written
from catalog.standards.schema_org import schema_org
from catalog.standards.signposting import LINKSET, linkset
from datasets.errors import FileNotFound, Problem
from datasets.said import said
from datasets.text import LANGUAGES
from portal.public.dependencies import GetServices, Services
from portal.public.known_parameters import FixedParameters
from portal.public.record_answers import record_answer
from portal.public.routers.pages import page_links
from portal.shared.accept import preferred
from portal.shared.links import CATALOG, Links
from portal.shared.responses import see_other

router = APIRouter(route_class=FixedParameters, include_in_schema=False)

_METHODS = ["GET", "HEAD"]
_MOST_PAGES = 1_000_000
Page = Annotated[int, Query(ge=1, le=_MOST_PAGES, description="The page of the catalog, from 1.")]


@router.api_route(CATALOG, methods=_METHODS)
def catalog(request: Request, services: GetServices) -> Response:
    """The catalog itself: leads to its description in the format that is wanted, or to the list for people."""
    links = page_links(request, services)
    wanted = preferred(request.headers.get("accept", ""), ("text/turtle", *MEDIA_TYPES.values(), "text/html"))
    formats = {media_type: extension for extension, media_type in MEDIA_TYPES.items()}
    if wanted == "text/html":
        return see_other(links.datasets("vi"))
    return see_other(links.catalog_record(formats[wanted]))


@router.api_route(f"{CATALOG}.ttl", methods=_METHODS)
def catalog_turtle(request: Request, services: GetServices, page: Page = 1) -> Response:
    """The catalog as DCAT-AP in Turtle, a page of it."""
    return _catalog(request, services, "ttl", page)


@router.api_route(f"{CATALOG}.jsonld", methods=_METHODS)
def catalog_json(request: Request, services: GetServices, page: Page = 1) -> Response:
    """The catalog as DCAT-AP in JSON-LD, a page of it."""
    return _catalog(request, services, "jsonld", page)


@router.api_route(f"{CATALOG}.rdf", methods=_METHODS)
@router.api_route(f"{CATALOG}.xml", methods=_METHODS)
def catalog_xml(request: Request, services: GetServices, page: Page = 1) -> Response:
    """The catalog as DCAT-AP in RDF/XML, a page of it; CKAN has it at both addresses."""
    return _catalog(request, services, "rdf", page)


@dataclass(frozen=True)
class AskedRecord:
    """A description that somebody asked for: of a dataset, or with ``release`` of that one."""

    dataset: str
    extension: Extension = "ttl"
    release: str = "latest"
    versions: bool = True
    """Without versions where CKAN has it: harvesters take every dataset that a document names for one of its own."""


@router.api_route("/data.json", methods=_METHODS)
def data_file(request: Request, services: GetServices) -> Response:
    """The whole catalog in the shape of DCAT-US 1.1."""

    def make(links: Links) -> bytes:
        return orjson.dumps(data_json(describe_all(services.releases, services.releases.datasets()), links))

    return record_answer(request, services, media_type="application/json", make=make)


def _dataset_routes(extension: Extension) -> None:
    def one(request: Request, services: GetServices, dataset: str) -> Response:
        """A dataset as DCAT-AP, by its newest release, with its versions."""
        return _dataset(request, services, AskedRecord(dataset, extension))

    def pinned(request: Request, services: GetServices, dataset: str, release: str) -> Response:
        """A release as DCAT-AP."""
        return _dataset(request, services, AskedRecord(dataset, extension, release))

    def of_ckan(request: Request, services: GetServices, dataset: str) -> Response:
        """A dataset as DCAT-AP, where CKAN has it: by its newest release alone."""
        return _dataset(request, services, AskedRecord(dataset, extension, versions=False))

    paths: dict[str, Callable[..., Response]] = {
        f"/datasets/{{dataset}}.{extension}": one,
        f"/datasets/{{dataset}}/releases/{{release}}.{extension}": pinned,
        f"/dataset/{{dataset}}.{extension}": of_ckan,
    }
    for path, handler in paths.items():
        router.add_api_route(path, handler, methods=_METHODS)
    if extension == "rdf":
        router.add_api_route("/dataset/{dataset}.xml", of_ckan, methods=_METHODS)


for _extension in MEDIA_TYPES:
    _dataset_routes(_extension)


@dataclass(frozen=True)
class Standard:
    """A record that is made of one release."""

    name: str
    media_type: str
    make: Callable[[Described, Links], bytes]
    summary: str


def _json(make: Callable[[Described, Links], Any]) -> Callable[[Described, Links], bytes]:
    return lambda described, links: orjson.dumps(make(described, links), option=orjson.OPT_INDENT_2)


_STANDARDS = (
    Standard(
        "croissant.json",
        "application/ld+json",
        _json(croissant),
        "as Croissant 1.1 describes it: files with SHA-256, and every column",
    ),
    Standard(
        "datacite.json",
        "application/vnd.datacite.datacite+json",
        _json(datacite),
        "as DataCite 4 describes it, without a DOI, as JSON",
    ),
    Standard(
        "datacite.xml",
        "application/vnd.datacite.datacite+xml",
        lambda described, links: datacite_xml(datacite(described, links)),
        "as DataCite 4 describes it, without a DOI, as XML",
    ),
    Standard(
        "schema-org.json",
        "application/ld+json",
        _json(lambda described, links: schema_org(described, links, "vi")),
        "as schema.org describes it, as in its page",
    ),
    Standard(
        "linkset.json",
        LINKSET,
        _json(lambda described, links: linkset(described, links, languages=LANGUAGES)),
        "as a set of typed links (RFC 9264, FAIR Signposting)",
    ),
)


def _standard_routes(standard: Standard) -> None:
    def one(request: Request, services: GetServices, dataset: str) -> Response:
        return _standard(request, services, standard, AskedRecord(dataset))

    def pinned(request: Request, services: GetServices, dataset: str, release: str) -> Response:
        return _standard(request, services, standard, AskedRecord(dataset, release=release))

    path, under = (
        f"/datasets/{{dataset}}/{standard.name}",
        f"/datasets/{{dataset}}/releases/{{release}}/{standard.name}",
    )
    router.add_api_route(path, one, methods=_METHODS, summary=f"A dataset {standard.summary}.")
    router.add_api_route(under, pinned, methods=_METHODS, summary=f"A release {standard.summary}.")


for _each in _STANDARDS:
    _standard_routes(_each)


def _standard(request: Request, services: Services, standard: Standard, asked: AskedRecord) -> Response:
    found = services.releases.find(asked.dataset, asked.release)

    def make(links: Links) -> bytes:
        return standard.make(describe(services.releases, asked.dataset, asked.release, packed=True), links)

    return record_answer(request, services, media_type=standard.media_type, make=make, key=found.envelope_sha256)


def _catalog(request: Request, services: Services, extension: Extension, number: int) -> Response:
    names = services.releases.datasets()
    last = max(1, -(-len(names) // PAGE_SIZE))
    if number > last:
        problem = Problem("page", said("must be a page that there is"), said("The last one is %(count)s", count=last))
        raise FileNotFound(said("The catalog has no such page"), problems=[problem])

    def make(links: Links) -> bytes:
        shown = describe_all(services.releases, names[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
        page = CatalogPage(tuple(shown), number, len(names), extension)
        return written(catalog_graph(page, links), extension)

    return record_answer(request, services, media_type=MEDIA_TYPES[extension], make=make)


def _dataset(request: Request, services: Services, asked: AskedRecord) -> Response:
    found = services.releases.find(asked.dataset, asked.release)

    def make(links: Links) -> bytes:
        described = describe(services.releases, asked.dataset, asked.release, packed=True)
        described = replace(described, quality=lasting_quality(services.releases)(described.release))
        return written(dataset_graph(described, links, versions=asked.versions), asked.extension)

    media_type = MEDIA_TYPES[asked.extension]
    return record_answer(request, services, media_type=media_type, make=make, key=found.envelope_sha256)
