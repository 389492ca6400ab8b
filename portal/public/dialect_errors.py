"""Errors that belong to no question, in the shape that clients of each dialect show.

Callers are turned away before their request is read; or nothing is at the address, or not by that method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from datasets.errors import YtemoError
from portal.public.dialects import Dialect, dialect_of
from portal.public.pxweb.problems import problem_response
from portal.public.routers import ckan, odata
from portal.public.sdmx import exchange
from portal.shared.problem_texts import asked_language, framework_detail, items_of
from portal.shared.problems import allowed_methods, outcome_of
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


def install_dialects(app: FastAPI) -> None:
    """Tell clients of every dialect in its own shape that an address leads nowhere, or not by that method."""
    usual = app.exception_handlers[HTTPException]

    def elsewhere(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        tell = _ELSEWHERE.get(dialect_of(f"{request.url.path}/"))
        if tell is None or request.url.path.startswith("/datastore/"):
            answer: Response = usual(request, error)  # type: ignore[assignment]
            return answer
        detail = framework_detail(error.status_code, wording(asked_language(request)))
        answer = tell(request, error.status_code, detail)
        for name, value in {**allowed_methods(error), "Cache-Control": "no-store"}.items():
            answer.headers.setdefault(name, value)
        return answer

    app.add_exception_handler(HTTPException, elsewhere)


def _elsewhere_of_mcp(_: Request, status: int, __: str) -> Response:
    error = {"code": status, "message": "Messages are sent by POST"}
    body = orjson.dumps({"jsonrpc": "2.0", "id": None, "error": error})
    return Response(body, status, {"Allow": "POST"}, media_type="application/json")


_ELSEWHERE: Mapping[Dialect, Callable[[Request, int, str], Response]] = {
    "ckan": ckan.elsewhere,
    "mcp": _elsewhere_of_mcp,
    "odata": odata.elsewhere,
    "sdmx": exchange.elsewhere,
}
_SHAPES: Mapping[Dialect, Callable[[Request, YtemoError], Response]] = {
    "ckan": _of_ckan,
    "mcp": _of_mcp,
    "odata": odata.told,
    "pxweb": problem_response,
    "sdmx": exchange.told,
}
