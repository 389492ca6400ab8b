"""CKAN's API: its actions, its dumps, and the addresses of its pages, which lead to ours."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from datasets.errors import FileNotFound, QueryInvalid, YtemoError
from datasets.public_releases import PublicReleases
from portal.public.ckan.actions import ACTIONS, WRITING, refused
from portal.public.ckan.context import Action, Context
from portal.public.ckan.directory import Directories
from portal.public.ckan.dump_answer import Dump, dump_table
from portal.public.ckan.failures import ActionFailed, RequestUnusable, failure_of
from portal.public.ckan.parameters import MOST_BYTES, Parameters, gathered, read_body
from portal.public.dependencies import GetServices, Services, finished
from portal.public.routers.pages import page_links
from portal.public.sent_body import BodyLate, sent_body, told_late
from portal.shared.problems import outcome_of
from portal.shared.responses import IMMUTABLE, SHORT, is_known, not_modified, streamed, strong_tag, validators

router = APIRouter(include_in_schema=False)

JSON = "application/json;charset=utf-8"
_SCRIPT = "application/javascript;charset=utf-8"
_CALLBACK = re.compile(r"[A-Za-z_$][\w$.]{0,99}")
_READS = ["GET", "HEAD"]
_log = logging.getLogger("ytemo.portal")


@router.api_route("/api/3", methods=_READS)
def version() -> Response:
    """The version of CKAN's API."""
    return Response(b'{"version": 3}', media_type=JSON, headers={"Cache-Control": SHORT})


@router.api_route("/api/action/{name}", methods=[*_READS, "POST"])
@router.api_route("/api/3/action/{name}", methods=[*_READS, "POST"])
async def action(request: Request, services: GetServices, name: str) -> Response:
    """One of CKAN's actions: `package_search`, `datastore_search`, …"""
    context = _context(request, services)
    help_url = context.links.absolute(f"/api/3/action/help_show?name={name}")
    try:
        result = await _done(request, context, name)
    except BodyLate:
        return told_late()
    except RequestUnusable as error:
        return _json(f"Bad request: {error}", 400)
    except ActionFailed as failure:
        return _failed(failure, help_url)
    except YtemoError as error:
        if not outcome_of(error).told:
            _log.error("%s: %s", error.code, error)
        return _failed(failure_of(error), help_url)
    answer = _answered(request, {"help": help_url, "success": True, "result": result})
    answer.headers.update(context.headers)
    return answer


async def _done(request: Request, context: Context, name: str) -> Any:
    found = ACTIONS.get(name)
    if name in WRITING:
        if request.method != "POST":
            raise RequestUnusable("JSON Error: Invalid request. Please use POST method for your request")
        raise refused(name)
    if found is None:
        raise RequestUnusable(f"Action name not known: {name[:100]}")
    given = await _given(request)
    if found.run is not None:
        return await to_thread.run_sync(found.run, context, given)
    return await finished(context.services.reading.submit(_reader(found, context, given)), request)


def _reader(found: Action, context: Context, given: Parameters) -> Callable[[Any], Any]:
    read = found.read
    assert read is not None
    return lambda session: read(context, given, session)


async def _given(request: Request) -> dict[str, Any]:
    asked = gathered((name, value) for name, value in request.query_params.multi_items() if name != "callback")
    if request.method != "POST":
        return asked
    body = await sent_body(request, most=MOST_BYTES)
    if len(body) > MOST_BYTES:
        raise RequestUnusable(f"JSON Error: The request is larger than {MOST_BYTES} bytes")
    return {**asked, **read_body(body, request.headers.get("content-type", ""))}


def _answered(request: Request, envelope: Mapping[str, Any]) -> Response:
    callbacks = request.query_params.getlist("callback") if request.method in _READS else []
    callback = callbacks[0] if callbacks else None
    if callback is not None and not (len(callbacks) == 1 and _CALLBACK.fullmatch(callback)):
        return _json("Bad request: callback must be the name of a function, given once", 400)
    body, cache = orjson.dumps(envelope), _cache(envelope["result"])
    if request.method == "POST":
        return Response(body, media_type=JSON, headers={"Cache-Control": cache})
    tag = strong_tag(body.decode(), callback or "")
    if is_known(request, tag):
        return not_modified(tag, cache)
    if callback is None:
        return Response(body, media_type=JSON, headers=validators(tag, cache))
    script = b"%s(%s);" % (callback.encode(), body)
    return Response(script, media_type=_SCRIPT, headers=validators(tag, cache))


def _cache(result: Any) -> str:
    """Return how long an answer is true: rows that are asked by the id of a release stay as they are."""
    pinned = result.get("pinned_resource_id") if isinstance(result, Mapping) else None
    if pinned is None or result.get("resource_id") != pinned:
        return SHORT
    # Names that will not be answered for ever change the columns when their day has passed.
    return SHORT if result.get("notices") else IMMUTABLE


def _failed(failure: ActionFailed, help_url: str) -> Response:
    headers = {"Retry-After": str(failure.retry_after)} if failure.retry_after else {}
    envelope = {"help": help_url, "error": failure.error, "success": False}
    return _json(envelope, failure.status, headers)


def told(request: Request, error: YtemoError) -> Response:
    """Return what clients of CKAN are told who are turned away before their action is begun."""
    name = request.url.path.rpartition("/")[2]
    help_url = page_links(request, request.app.state.services).absolute(f"/api/3/action/help_show?name={name}")
    message = " ".join(f"{problem}." for problem in error.problems)
    return _failed(ActionFailed(outcome_of(error).status, error.title, {"message": message}), help_url)


def elsewhere(request: Request, status: int, detail: str) -> Response:
    """Return what clients of CKAN are told of an address that leads nowhere, or not by that method."""
    kind = {404: "Not Found Error", 405: "Method Not Allowed"}.get(status, "Request Error")
    help_url = page_links(request, request.app.state.services).absolute("/api/3/action/help_show?name=help_show")
    return _failed(ActionFailed(status, kind, {"message": detail}), help_url)


def _json(content: Any, status: int, headers: Mapping[str, str] | None = None) -> Response:
    # An error is true only now: a release may come out at any moment.
    headers = {"Cache-Control": "no-store", **(headers or {})}
    return Response(orjson.dumps(content), status, media_type=JSON, headers=headers)


def _context(request: Request, services: Services) -> Context:
    return Context(services, _directories(services.releases), page_links(request, services), datetime.now(UTC))


@lru_cache(maxsize=8)
def _directories(releases: PublicReleases) -> Directories:
    """Return what lists a store; an application has one, tests a few."""
    return Directories(releases)


# Dumps ----------------------------------------------------------------------------------------------------------------


@router.api_route("/datastore/dump/{identifier:path}", methods=_READS)
async def dump(request: Request, services: GetServices, identifier: str) -> Response:
    """A whole table as CSV, TSV, JSON or XML; `filters`, `fields`, `sort`, `limit` and `bom` as in CKAN."""
    context = _context(request, services)
    try:
        given = gathered(request.query_params.multi_items())
        job = services.reading.submit(lambda session: dump_table(context, identifier, given, session))
        written: Dump = await finished(job, request)
    except (ActionFailed, RequestUnusable) as error:
        raise _as_page(error) from None
    cache = IMMUTABLE if written.pinned else SHORT
    if is_known(request, written.tag):
        return not_modified(written.tag, cache)
    named = {"Content-Disposition": f'attachment; filename="{written.name}"'}
    headers = {**named, **validators(written.tag, cache), **context.headers}
    # CKAN calls every dump so.
    return streamed(request, written.parts, media_type="application/octet-stream", headers=headers)


def _as_page(error: ActionFailed | RequestUnusable) -> YtemoError:
    """Return an error that is shown as a page: a dump is asked for by people, in a browser."""
    if isinstance(error, ActionFailed) and error.status == 404:
        return FileNotFound("There is no table of this id")
    texts = [f"{name}: {text}" for name, text in _texts(error)]
    return QueryInvalid("; ".join(texts) or "The request cannot be read")


def _texts(error: ActionFailed | RequestUnusable) -> Iterable[tuple[str, str]]:
    if isinstance(error, RequestUnusable):
        return [("query", str(error))]
    return [(name, text) for name, texts in error.error.items() if isinstance(texts, list) for text in texts]


# Pages ----------------------------------------------------------------------------------------------------------------


@router.api_route("/dataset", methods=_READS)
def datasets_page(services: GetServices) -> Response:
    """CKAN's list of datasets; leads to ours."""
    return _to(services.links.datasets("vi"))


@router.api_route("/dataset/{name}", methods=_READS)
def dataset_page(request: Request, services: GetServices, name: str) -> Response:
    """CKAN's page of a dataset; leads to ours."""
    return _to(services.links.dataset(_package(request, services, name), "vi"))


@router.api_route("/dataset/{name}/resource/{identifier}", methods=_READS)
def resource_page(request: Request, services: GetServices, name: str, identifier: str) -> Response:
    """CKAN's page of a resource; leads to the release that it is of."""
    found = _resource(request, services, name, identifier)
    return _to(services.links.release(_package(request, services, name), found["release"], "vi"))


@router.api_route("/dataset/{name}/resource/{identifier}/download", methods=_READS)
@router.api_route("/dataset/{name}/resource/{identifier}/download/{file}", methods=_READS)
def resource_download(request: Request, services: GetServices, name: str, identifier: str) -> Response:
    """CKAN's download of a resource; leads to the file."""
    return _to(_resource(request, services, name, identifier)["url"])


@router.api_route("/organization/{name}", methods=_READS)
def organization_page(request: Request, services: GetServices, name: str) -> Response:
    """CKAN's page of an organisation; leads to its datasets."""
    known = _context(request, services).directory.organizations
    return _to(services.links.datasets("vi", publisher=_named(known, name)))


@router.api_route("/group/{name}", methods=_READS)
def group_page(request: Request, services: GetServices, name: str) -> Response:
    """CKAN's page of a group; leads to the datasets of the theme."""
    known = _context(request, services).directory.groups
    return _to(services.links.datasets("vi", theme=_named(known, name)))


def _package(request: Request, services: Services, name: str) -> str:
    found = _context(request, services).directory.names.get(name)
    # Asking for it raises the error that its own page would, of a withdrawn dataset too.
    return found if found is not None else services.releases.latest(name).dataset


def _resource(request: Request, services: Services, name: str, identifier: str) -> dict[str, Any]:
    _package(request, services, name)
    try:
        run = ACTIONS["resource_show"].run
        assert run is not None
        found: dict[str, Any] = run(_context(request, services), {"id": identifier})
    except ActionFailed as error:
        raise _as_page(error) from None
    return found


def _named(known: Mapping[str, Any], name: str) -> str:
    if name not in known:
        raise FileNotFound("There is nothing of this name")
    return name


def _to(address: str) -> Response:
    return RedirectResponse(address, status_code=307, headers={"Cache-Control": SHORT})
