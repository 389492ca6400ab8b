"""OData 4.01, for Excel, Power BI and whoever else connects to feeds: a service for each dataset."""

from __future__ import annotations

from functools import lru_cache

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datasets.errors import Problem, YtemoError
from datasets.public_releases import PublicReleases
from datasets.text import Language
from portal.public.dependencies import GetServices, Services, finished
from portal.public.odata.answers import ODataAnswers
from portal.public.odata.messages import Asked
from portal.public.odata.payloads import error_document
from portal.public.routers.pages import page_links
from portal.public.table_reading import TableReading
from portal.shared.links import ODATA
from portal.shared.problem_texts import asked_language, detail_of, items_of
from portal.shared.problems import outcome_of
from portal.shared.wording import wording

router = APIRouter(prefix=ODATA, include_in_schema=False)

_JSON = "application/json;odata.metadata=minimal"
_READS = ["GET", "HEAD"]
_WRITES = ["POST", "PUT", "PATCH", "DELETE"]
_HEADERS = ("accept", "odata-maxversion", "prefer", "if-none-match")


@router.api_route("", methods=_READS)
async def feeds(request: Request, services: GetServices) -> Response:
    """The list of OData feeds, one for each dataset."""
    return await _answer(request, services, "")


@router.api_route("/{path:path}", methods=_READS)
async def resource(request: Request, services: GetServices, path: str) -> Response:
    """An OData feed: service document, model (`$metadata`), entity sets, single entities."""
    return await _answer(request, services, path)


@router.api_route("/{path:path}", methods=_WRITES)
def refused(request: Request) -> Response:
    """Tell those who would write that everything is read only."""
    answer = elsewhere(request, 405, "")
    answer.headers["Allow"] = ", ".join(_READS)
    return answer


async def _answer(request: Request, services: Services, path: str) -> Response:
    asked = Asked(
        path,
        tuple(request.query_params.multi_items()),
        {name: request.headers.get(name, "") for name in _HEADERS},
        page_links(request, services).absolute(ODATA),
    )
    answers = _answers(services.releases, services.reading)
    try:
        answered = await finished(services.reading.submit(lambda session: answers.answer(session, asked)), request)
    except YtemoError as error:
        return told(request, error)
    content_type = {"Content-Type": answered.media_type} if answered.media_type else {}
    headers = {**answered.headers, **content_type}
    return Response(answered.body, answered.status, headers=headers)


@lru_cache(maxsize=8)
def _answers(releases: PublicReleases, reading: TableReading) -> ODataAnswers:
    """Return what answers for a store; an application has one, tests a few."""
    return ODataAnswers(releases, reading)


def told(request: Request, error: YtemoError) -> Response:
    """Say what is wrong in the shape that OData's clients show: the problem and its remedy in one message."""
    outcome, words = outcome_of(error), wording(_language(request))
    items = items_of(error, words) if outcome.told else ()
    message = " ".join(map(_sentence, items)) or detail_of(error, outcome.status, words, told=outcome.told)
    headers = {"Retry-After": str(outcome.retry_after)} if outcome.retry_after else {}
    return _error(outcome.status, error.code, message, items, headers)


def elsewhere(request: Request, status: int, _: str) -> Response:
    """Say that a method is none of those that are understood: every address of a feed is read."""
    message = wording(_language(request)).gettext("Everything is read only: use GET")
    return _error(status, "method-not-allowed", message, (), {})


def _sentence(item: Problem) -> str:
    return f"{item}" if str(item).endswith((".", "?", "!")) else f"{item}."


def _error(status: int, code: str, message: str, items: tuple[Problem, ...], headers: dict[str, str]) -> Response:
    details = [{"code": code, "target": each.place, "message": _sentence(each)} for each in items]
    body = error_document(code, message, details)
    # An error is true only now: a release may come out, or the machine recover, at any moment.
    told = {"OData-Version": "4.0", "Cache-Control": "no-store", "Content-Type": _JSON, **headers}
    return Response(body, status, headers=told)


def _language(request: Request) -> Language:
    """Return the language that ``lang`` asks for, or else that of the browser or of Excel."""
    if "lang" not in request.query_params and request.headers.get("accept-language", "").lower().startswith("vi"):
        return "vi"
    return asked_language(request)
