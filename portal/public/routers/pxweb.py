"""The PxWeb API 2: tables for the clients that users of statistical offices have, such as pxwebpy and PxWeb itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from datasets.definition import Licence
from datasets.errors import FileNotFound, Problem, YtemoError
from datasets.hints import hint
from datasets.said import said
from portal.public.dependencies import GetServices, Services, finished
from portal.public.pxweb.choices import values_of_lists
from portal.public.pxweb.configuration import configuration
from portal.public.pxweb.data_answers import DataQuestion
from portal.public.pxweb.found_tables import FoundTable, cube_of, find_code_list, find_table
from portal.public.pxweb.links import PxLinks
from portal.public.pxweb.problems import ProblemRoute
from portal.public.pxweb.requests import read_flag, read_language, read_metadata_format, read_words
from portal.public.pxweb.selections import MAX_BODY, check_names, read_codelists
from portal.public.pxweb.table_documents import described_table, tables_document
from portal.public.pxweb.tables_list import LIST_PARAMETERS, datasets_like, found_page
from portal.public.pxweb.value_documents import (
    code_list_document,
    code_lists_document,
    default_selection_document,
    metadata_document,
)
from portal.public.sent_body import BodyLate, sent_body, told_late
from portal.query.model import clip
from portal.query.schema import Cube
from portal.shared.links import PXWEB
from portal.shared.responses import IMMUTABLE, SHORT, is_known, not_modified, strong_tag, validators

router = APIRouter(prefix=PXWEB, route_class=ProblemRoute, include_in_schema=False)

_READ = ["GET", "HEAD"]
_ANY = [*_READ, "POST", "PUT", "PATCH", "DELETE"]
_ADDRESSES = ("config", "tables", "tables/{id}", "tables/{id}/metadata", "tables/{id}/data", "codelists/{id}")


@router.api_route("/config", methods=_READ)
def config(request: Request, services: GetServices) -> Response:
    """What this API can do, and the limits that it keeps to."""
    _asked(request, services)
    return _document(request, configuration(_licences(services), services.metering.limits.per_minute))


@router.api_route("/tables", methods=_READ)
def tables(request: Request, services: GetServices) -> Response:
    """The tables, all of them or those that words find, a page at a time."""
    parameters, links = _asked(request, services, *LIST_PARAMETERS)
    names, words = services.releases.datasets(), read_words(parameters)
    if words.strip():
        public = frozenset(names)
        found = datasets_like(services.catalog.current(), words, links.language)
        names = tuple(name for name in found if name in public)
    return _document(
        request, tables_document(*found_page(services.releases, names, parameters, now=datetime.now(UTC)), links)
    )


@router.api_route("/tables/{table}", methods=_READ)
def table(request: Request, services: GetServices, table: str) -> Response:
    """One table, and where it is in other editions."""
    _, links = _asked(request, services)
    found = find_table(services.releases, table)
    return _document(request, described_table(found, services.releases.editions(found.id.dataset), links), found)


@router.api_route("/tables/{table}/metadata", methods=_READ)
def metadata(request: Request, services: GetServices, table: str) -> Response:
    """The variables of a table with their values, or those of code lists: JSON-stat 2 without cells."""
    # What is selected by default needs no code lists, so that it changes nothing here.
    parameters, links = _asked(request, services, "defaultSelection", "outputFormat", keyed=("codelist",))
    read_flag(parameters, "defaultSelection")
    read_metadata_format(parameters)
    found = find_table(services.releases, table)
    cube = _cube(services, found)
    codes = values_of_lists(read_codelists(parameters), cube, found.id)
    return _document(request, metadata_document(found, cube, links, codes), found)


@router.api_route("/tables/{table}/defaultselection", methods=_READ)
def selected_by_default(request: Request, services: GetServices, table: str) -> Response:
    """What `data` answers where nothing is selected."""
    _, links = _asked(request, services)
    found = find_table(services.releases, table)
    return _document(request, default_selection_document(found, _cube(services, found), links), found)


@router.api_route("/tables/{table}/codelists", methods=_READ)
def code_lists(request: Request, services: GetServices, table: str) -> Response:
    """The code lists of a table's variables: the levels of their hierarchies."""
    _, links = _asked(request, services)
    found = find_table(services.releases, table)
    return _document(request, code_lists_document(found, _cube(services, found), links), found)


@router.api_route("/codelists/{codelist:path}", methods=_READ)
def code_list(request: Request, services: GetServices, codelist: str) -> Response:
    """The values of one code list, and what each stands for."""
    _, links = _asked(request, services)
    found, values = find_code_list(services.releases, services.reading.schema, codelist)
    return _document(request, code_list_document(values, links), found)


@router.api_route("/tables/{table}/data", methods=_READ)
async def data(request: Request, services: GetServices, table: str) -> Response:
    """The cells that the address selects."""
    known = request.headers.get("if-none-match", "")
    return await _answer(request, services, DataQuestion(table, _parameters(request), known=known))


@router.post("/tables/{table}/data")
async def data_by_post(request: Request, services: GetServices, table: str) -> Response:
    """The cells that the body selects."""
    try:
        body = await sent_body(request, most=MAX_BODY)
    except BodyLate:
        return told_late()
    return await _answer(request, services, DataQuestion(table, _parameters(request), body))


@router.api_route("/savedqueries", methods=["GET", "HEAD", "POST"])
@router.api_route("/savedqueries/{rest:path}", methods=_READ)
def saved_queries() -> Response:
    """There are none: an address that names its release is one already."""
    remedy = said(
        "Keep the address of the data with a table that names its release, such as %(example)s", example="…@2025.1"
    )
    problem = Problem("savedqueries", said("queries are not saved here"), remedy)
    raise FileNotFound(said("There are no saved queries"), problems=[problem])


@router.api_route("", methods=_ANY)
@router.api_route("/{rest:path}", methods=_ANY)
def elsewhere(request: Request, rest: str = "") -> Response:
    """Nothing is asked like this; clients of this API are told so in its own shape."""
    allowed = _methods_at(request.url.path)
    if allowed:
        raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
    rule = said("nothing is asked by this method and at this address")
    problem = Problem(clip(rest), rule, hint(rest[:100], _ADDRESSES))
    raise FileNotFound(said("There is nothing at this address"), problems=[problem])


def _methods_at(path: str) -> set[str]:
    """Return the methods by which something is asked at an address."""
    routes = (route for route in router.routes if isinstance(route, APIRoute) and route.endpoint is not elsewhere)
    return {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}


def _parameters(request: Request) -> tuple[tuple[str, str], ...]:
    return tuple(request.query_params.multi_items())


def _asked(
    request: Request, services: Services, *known: str, keyed: Sequence[str] = ()
) -> tuple[tuple[tuple[str, str], ...], PxLinks]:
    """Return the parameters of a request and the addresses in its language."""
    parameters = _parameters(request)
    check_names(parameters, ("lang", *known), keyed)
    return parameters, PxLinks(services.links, read_language(parameters))


def _cube(services: Services, found: FoundTable) -> Cube:
    return cube_of(services.reading.schema(found.release, found.table.id))


def _licences(services: Services) -> list[Licence]:
    found: list[Licence] = []
    for name in services.releases.datasets():
        with suppress(YtemoError):
            found.append(services.releases.latest(name).description.licence)
    return found


async def _answer(request: Request, services: Services, question: DataQuestion) -> Response:
    answer = await finished(services.pxweb.submit(question), request)
    if answer.body is None:
        return Response(status_code=304, headers=dict(answer.headers))
    return Response(answer.body, media_type=answer.media_type, headers=dict(answer.headers))


def _document(request: Request, document: Mapping[str, object], found: FoundTable | None = None) -> Response:
    """Return a JSON document, or that the caller has it already; that of a named release never changes."""
    body = orjson.dumps(document)
    tag = strong_tag(body.decode())
    cache = IMMUTABLE if found is not None and found.is_pinned else SHORT
    if is_known(request, tag):
        return not_modified(tag, cache)
    return Response(body, media_type="application/json", headers=validators(tag, cache))
