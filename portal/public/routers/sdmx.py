"""SDMX-REST 2: structural metadata, data and what is available, as statistical clients ask for it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus

import orjson
from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from datasets.errors import YtemoError
from datasets.said import translated
from datasets.text import LANGUAGES, Language
from portal.public.dependencies import CallerLeft, GetServices, Services, finished
from portal.public.sdmx import availability, data_query, structure_query
from portal.public.sdmx.answers import SDMX, Asked, SdmxAnswer, SdmxService
from portal.public.sdmx.markup import THREE, xml_error
from portal.public.sdmx.media_types import Content, negotiate
from portal.public.sdmx.messages import Preamble, json_error
from portal.public.sdmx.refusals import NoContent, Refusal, no_such_address, not_offered, too_long
from portal.query.run import Session
from portal.shared.problem_texts import detail_of, items_of
from portal.shared.problems import outcome_of
from portal.shared.responses import SHORT, is_known, not_modified, weak_tag
from portal.shared.wording import wording

router = APIRouter(prefix=SDMX, include_in_schema=False)

_READS = ["GET", "HEAD"]
_CLOSED = 499
"""Nobody reads it: the caller has left."""
_MAX_PARTS = 6
_MAX_PATH = 8_000
_LANGUAGE = re.compile(r"\s*([A-Za-z]{1,8})")


@router.api_route("/structure", methods=_READS)
@router.api_route("/structure/{path:path}", methods=_READS)
async def structure(request: Request, services: GetServices, path: str = "") -> Response:
    """Structural metadata: dataflows, data structures, code lists, concepts, constraints, agencies."""

    async def answer(asked: Asked) -> Response:
        moment = data_query.read_as_of(asked.parameters)
        service = _service(services)
        tag = weak_tag(services.releases.stamp(), asked.media_type.header, asked.language, str(request.url))
        if is_known(request, tag):
            return not_modified(tag, SHORT, _VARY)
        found = await to_thread.run_sync(service.structures, asked, moment)
        return _sent(found, asked, tag)

    return await _answered(request, "structure", path, answer)


@router.api_route("/data", methods=_READS)
@router.api_route("/data/{path:path}", methods=_READS)
async def data(request: Request, services: GetServices, path: str = "") -> Response:
    """Data of one dataflow."""

    async def answer(asked: Asked) -> Response:
        query = data_query.read_data_query(asked.parts, asked.parameters)
        service = _service(services)
        tag = weak_tag(services.releases.stamp(), asked.media_type.header, asked.language, str(request.url))
        if is_known(request, tag):
            return not_modified(tag, SHORT, _VARY)

        def read(session: Session) -> SdmxAnswer:
            return service.data(session, asked, query)

        return _sent(await finished(services.reading.submit(read), request), asked, tag)

    return await _answered(request, "data", path, answer)


@router.api_route("/availability", methods=_READS)
@router.api_route("/availability/{path:path}", methods=_READS)
async def what_is_available(request: Request, services: GetServices, path: str = "") -> Response:
    """The values of each dimension that data is available for."""

    async def answer(asked: Asked) -> Response:
        query = data_query.read_data_query(asked.parts[:5], asked.parameters)
        components = asked.parts[5] if len(asked.parts) > 5 else ""
        service = _service(services)

        def read(session: Session) -> SdmxAnswer:
            return service.availability(session, asked, query, components)

        return _sent(await finished(services.reading.submit(read), request), asked, "")

    return await _answered(request, "availability", path, answer)


@router.api_route("", methods=_READS)
@router.api_route("/{path:path}", methods=_READS)
async def elsewhere(request: Request, path: str = "") -> Response:
    """Parts of SDMX-REST that are not offered, and addresses that it does not have."""

    async def answer(_: Asked) -> Response:
        head = path.partition("/")[0]
        if head in {"schema", "metadata", "registration"}:
            raise not_offered(head)
        raise no_such_address()

    return await _answered(request, "elsewhere", path, answer)


# How every request is answered ----------------------------------------------------------------------------------------

Answering = Callable[[Asked], Awaitable[Response]]
_VARY = {"Vary": "Accept, Accept-Language"}
_PARAMETERS = {
    "structure": structure_query.PARAMETERS,
    "data": data_query.PARAMETERS,
    "availability": availability.PARAMETERS,
}


async def _answered(request: Request, kind: str, path: str, answer: Answering) -> Response:
    language = _language(request)
    try:
        return await answer(_asked(request, kind, path, language))
    except CallerLeft:
        return Response(status_code=_CLOSED)
    except NoContent:
        return Response(status_code=204, headers={**_VARY, "Cache-Control": SHORT})
    except (Refusal, YtemoError) as error:
        return _error(request, error, language)


def _asked(request: Request, kind: str, path: str, language: Language) -> Asked:
    if len(path) + len(request.url.query) > _MAX_PATH:
        raise too_long(_MAX_PATH)
    content: Content = "data" if kind == "data" else "structure"
    allowed = _PARAMETERS.get(kind)
    given = request.query_params.multi_items()
    parameters = {}
    if allowed is not None:
        parameters = data_query.read_parameters(given, allowed, conditions=kind != "structure")
    media_type = negotiate(request.headers.get("accept", ""), content, parameters)
    parts = tuple(path.split("/")) if path else ()
    most = {"data": 5, "structure": 5}.get(kind, _MAX_PARTS)
    if allowed is not None and len(parts) > most:
        raise no_such_address()
    return Asked(parts, parameters, media_type, language)


def _language(request: Request) -> Language:
    given = request.query_params.get("lang", "") or request.headers.get("accept-language", "")[:200]
    for part in given.split(","):
        found = _LANGUAGE.match(part)
        for language in LANGUAGES:
            if found and found[1].lower() == language:
                return language
    return "en"


def _service(services: Services) -> SdmxService:
    return SdmxService(services.releases, services.reading, services.links)


def _sent(answer: SdmxAnswer, asked: Asked, tag: str) -> Response:
    headers = {**_VARY, **answer.headers, "Content-Language": asked.language, **({"ETag": tag} if tag else {})}
    media_type = asked.media_type.header
    if answer.parts is not None:
        return StreamingResponse(answer.parts, media_type=media_type, headers=headers)
    return Response(answer.body, media_type=media_type, headers=headers)


def _error(request: Request, error: Refusal | YtemoError, language: Language) -> Response:
    words = wording(language)
    headers = {**_VARY, "Cache-Control": "no-store"}
    if isinstance(error, Refusal):
        status, title = error.status, HTTPStatus(error.status).phrase
        details = [translated(error.text, words.gettext)]
    else:
        outcome = outcome_of(error)
        status, title = outcome.status, words.gettext(error.title)
        items = items_of(error, words) if outcome.told else ()
        details = [str(item) for item in items] or [detail_of(error, status, words, told=outcome.told)]
        if outcome.retry_after:
            headers["Retry-After"] = str(outcome.retry_after)
    if "xml" in request.headers.get("accept", "") and "json" not in request.headers.get("accept", ""):
        body, media_type = xml_error(THREE, language, status, details).encode(), "application/xml"
    else:
        preamble = Preamble("ERROR", datetime.now(UTC), language, "2.1.0")
        body = orjson.dumps(json_error(preamble, status, title, details))
        media_type = "application/json"
    return Response(body, status_code=status, media_type=media_type, headers=headers)
