"""The answer to who is turned away before a request is read, in the shape that clients of each dialect show."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import orjson
from fastapi import Request
from fastapi.responses import Response

from datasets.errors import YtemoError
from portal.public.dialects import Dialect, dialect_of
from portal.public.pxweb.problems import problem_response
from portal.public.routers import ckan, odata
from portal.public.sdmx import exchange
from portal.shared.problem_texts import asked_language, items_of
from portal.shared.problems import outcome_of
from portal.shared.wording import wording


def told(request: Request, error: YtemoError) -> Response:
    """Return the answer to ``error`` in the dialect of the address that was asked."""
    return _SHAPES.get(dialect_of(request.url.path), _problem)(request, error)


def _problem(request: Request, error: YtemoError) -> Response:
    """Answer as the application answers the errors of its routes: a problem document, or a page."""
    answer: Response = request.app.exception_handlers[YtemoError](request, error)
    return answer


def _of_ckan(request: Request, error: YtemoError) -> Response:
    """Dumps are asked for in browsers too, as downloads of a page are, and answer with a page."""
    return _problem(request, error) if request.url.path.startswith("/datastore/") else ckan.told(request, error)


def _of_mcp(request: Request, error: YtemoError) -> Response:
    """Return an error of JSON-RPC that belongs to no message, as none was read."""
    words, status = wording(asked_language(request)), outcome_of(error).status
    message = " ".join(f"{item}." for item in items_of(error, words))
    body = orjson.dumps({"jsonrpc": "2.0", "id": None, "error": {"code": status, "message": message}})
    return Response(body, status, {"Cache-Control": "no-store"}, "application/json")


_SHAPES: Mapping[Dialect, Callable[[Request, YtemoError], Response]] = {
    "ckan": _of_ckan,
    "mcp": _of_mcp,
    "odata": odata.told,
    "pxweb": problem_response,
    "sdmx": exchange.told,
}
