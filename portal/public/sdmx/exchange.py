"""How requests of SDMX-REST are read and answered over HTTP: in version 2, and in version 1 for older clients."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Literal

import orjson
from fastapi import Request
from fastapi.responses import Response

from datasets.errors import YtemoError
from datasets.said import translated
from datasets.text import LANGUAGES, Language
from portal.public.sdmx import availability, data_query, older, structure_query
from portal.public.sdmx.answers import Asked, SdmxAnswer
from portal.public.sdmx.markup import THREE, TWO, Markup, xml_error
from portal.public.sdmx.media_types import OFFERED, OFFERED_BEFORE, Content, MediaType, negotiate
from portal.public.sdmx.messages import Preamble, json_error
from portal.public.sdmx.refusals import NoContent, Refusal, no_such_address, too_long
from portal.query.model import unknown
from portal.shared.links import SDMX, SDMX_BEFORE
from portal.shared.problem_texts import detail_of, items_of
from portal.shared.problems import outcome_of
from portal.shared.responses import SHORT, streamed
from portal.shared.wording import wording

Kind = Literal["structure", "data", "availability", "elsewhere"]
Answering = Callable[[Asked], Awaitable[Response]]

VARY = {"Vary": "Accept, Accept-Language"}
_MAX_PATH = 8_000
_LANGUAGE = re.compile(r"\s*([A-Za-z]{1,8})")


@dataclass(frozen=True)
class Protocol:
    """One version of SDMX-REST: where it is, what it offers, which parameters and how many parts a path has."""

    prefix: str
    offered: Sequence[MediaType]
    parameters: Mapping[Kind, Sequence[str]]
    parts: Mapping[Kind, int]
    markup: Markup
    older: bool = False


NOW = Protocol(
    SDMX,
    OFFERED,
    {
        "structure": structure_query.PARAMETERS,
        "data": data_query.PARAMETERS,
        "availability": availability.PARAMETERS,
    },
    {"structure": 5, "data": 5, "availability": 6},
    THREE,
)
BEFORE = Protocol(
    SDMX_BEFORE,
    OFFERED_BEFORE,
    {
        "structure": older.STRUCTURE_PARAMETERS,
        "data": older.DATA_PARAMETERS,
        "availability": older.AVAILABILITY_PARAMETERS,
    },
    {"structure": 5, "data": 3, "availability": 4},
    TWO,
    older=True,
)


async def answered(request: Request, protocol: Protocol, kind: Kind, path: str, answer: Answering) -> Response:
    """Read a request and answer it; every error is told in the shape of SDMX."""
    language = _language(request)
    try:
        return await answer(_asked(request, protocol, kind, path))
    except NoContent:
        return Response(status_code=204, headers={**VARY, "Cache-Control": SHORT})
    except (Refusal, YtemoError) as error:
        return _error(request, protocol, error, language)


def told(request: Request, error: YtemoError) -> Response:
    """Return what is told in the shape of SDMX to whoever is turned away before the request is read."""
    protocol = BEFORE if request.url.path.startswith(f"{BEFORE.prefix}/") else NOW
    return _error(request, protocol, error, _language(request))


def elsewhere(request: Request, status: int, detail: str) -> Response:
    """Return what is told in the shape of SDMX of an address that leads nowhere, or not by that method."""
    protocol = BEFORE if request.url.path.startswith(f"{BEFORE.prefix}/") else NOW
    return _error(request, protocol, Refusal(status, detail), _language(request))


def sent(request: Request, answer: SdmxAnswer, asked: Asked, tag: str = "") -> Response:
    """Return an answer as a response."""
    headers = {**VARY, **answer.headers, "Content-Language": asked.language, **({"ETag": tag} if tag else {})}
    media_type = asked.media_type.header
    if answer.parts is not None:
        return streamed(request, answer.parts, media_type=media_type, headers=headers)
    return Response(answer.body, media_type=media_type, headers=headers)


def _asked(request: Request, protocol: Protocol, kind: Kind, path: str) -> Asked:
    if len(path) + len(request.url.query) > _MAX_PATH:
        raise too_long(_MAX_PATH)
    parts = tuple(path.split("/")) if path else ()
    if len(parts) > protocol.parts.get(kind, len(parts)):
        raise no_such_address()
    content: Content = "data" if kind == "data" else "structure"
    parameters: Mapping[str, str] = {}
    if kind != "elsewhere":
        given, conditions = request.query_params.multi_items(), kind != "structure" and not protocol.older
        parameters = data_query.read_parameters(given, protocol.parameters[kind], conditions=conditions)
        if "lang" in parameters and _named(parameters["lang"]) is None:
            raise unknown("lang", parameters["lang"], LANGUAGES)
    media_type = negotiate(request.headers.get("accept", ""), content, parameters, protocol.offered)
    if protocol.older and kind != "elsewhere":
        newer = older.newer_structure if kind == "structure" else older.newer_data
        parts, parameters = newer(parts, parameters)
    return Asked(parts, parameters, media_type, _language(request))


def _language(request: Request) -> Language:
    given = request.query_params.get("lang", "") or request.headers.get("accept-language", "")
    return _named(given) or "en"


def _named(given: str) -> Language | None:
    for part in given[:200].split(","):
        found = _LANGUAGE.match(part)
        for language in LANGUAGES:
            if found and found[1].lower() == language:
                return language
    return None


def _error(request: Request, protocol: Protocol, error: Refusal | YtemoError, language: Language) -> Response:
    words = wording(language)
    headers = {**VARY, "Cache-Control": "no-store"}
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
    accepted = request.headers.get("accept", "")
    if protocol.older or ("xml" in accepted and "json" not in accepted):
        body, media_type = xml_error(protocol.markup, language, status, details).encode(), "application/xml"
    else:
        preamble = Preamble("ERROR", datetime.now(UTC), language, "2.1.0")
        body, media_type = orjson.dumps(json_error(preamble, status, title, details)), "application/json"
    return Response(body, status_code=status, media_type=media_type, headers=headers)
