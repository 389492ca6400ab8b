"""Errors over HTTP: the only table from class to status, RFC 9457 problems for programs, pages for people."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from datasets.errors import (
    CatalogUnavailable,
    DatasetNotFound,
    FileNotFound,
    KeyUnknown,
    NotAcceptable,
    Problem,
    QueryInvalid,
    QueryTimeout,
    ReleaseNotFound,
    ReleaseWithdrawn,
    StoreUnavailable,
    TooManyCalls,
    VerificationFailed,
    YtemoError,
)
from datasets.public_releases import WithdrawnRelease
from datasets.text import Bilingual
from portal.shared.links import FILES, is_record
from portal.shared.problem_texts import (
    INVALID,
    UNEXPECTED,
    asked_language,
    detail_of,
    framework_detail,
    items_of,
    title_of,
    unknown_address,
)
from portal.shared.validation import refusals
from portal.shared.wording import wording

PROBLEM_TYPE = "application/problem+json"
CHALLENGE = 'Bearer realm="ytemo"'
"""What a key that is not known is answered with, as HTTP demands."""

_FOR_PROGRAMS = ("/api/", "/odata/", f"{FILES}/")
"""Where an error is a document; elsewhere it is a page, as at the dumps of CKAN."""

_log = logging.getLogger("ytemo.portal")


class Outcome(NamedTuple):
    """How one class of errors is answered; ``told`` says whether the caller may read what exactly is wrong."""

    status: int
    told: bool = True
    retry_after: int = 0
    """Seconds after which asking again makes sense."""


OUTCOMES: Mapping[type[YtemoError], Outcome] = {
    QueryInvalid: Outcome(400),
    NotAcceptable: Outcome(406),
    DatasetNotFound: Outcome(404),
    ReleaseNotFound: Outcome(404),
    FileNotFound: Outcome(404),
    ReleaseWithdrawn: Outcome(410),
    KeyUnknown: Outcome(401),
    TooManyCalls: Outcome(429),
    QueryTimeout: Outcome(503, retry_after=10),
    CatalogUnavailable: Outcome(503, told=False, retry_after=30),
    StoreUnavailable: Outcome(503, told=False, retry_after=30),
    VerificationFailed: Outcome(503, told=False, retry_after=300),
}
_UNEXPECTED = Outcome(500, told=False)
INVALID_CODE, INVALID_STATUS = "request-invalid", 422
"""How a parameter with a name or value that it cannot have is answered, on pages and in the API alike."""


class ProblemItem(BaseModel):
    """One thing that is wrong."""

    model_config = ConfigDict(frozen=True)

    place: str = Field(description="The parameter, header or file.")
    rule: str = Field(description="What should hold.")
    remedy: str = Field(default="", description="What to do about it.")


class WithdrawnNote(BaseModel):
    """What is still told of a release that was withdrawn."""

    model_config = ConfigDict(frozen=True)

    dataset: str
    release: str = Field(description="Edition and version.", examples=["2024.1"])
    title: Bilingual = Field(description="The title of the dataset.")
    withdrawn_at: datetime
    reason: Bilingual


class ProblemDocument(BaseModel):
    """An error, as RFC 9457 writes it."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(description="What kind of error it is; it never changes.", examples=["urn:ytemo:query-invalid"])
    title: str = Field(description="The kind in words.", examples=["The query is not valid"])
    status: int = Field(description="The HTTP status.", examples=[400])
    detail: str = Field(default="", description="What is wrong this time.", examples=["age: has no published total"])
    instance: str = Field(description="The address that was asked.")
    errors: tuple[ProblemItem, ...] = Field(default=(), description="Each thing that is wrong.")
    withdrawn: WithdrawnNote | None = Field(default=None, description="Only with status 410: when and why.")


HtmlError = Callable[[Request, ProblemDocument, Exception], Response]
"""Makes the page that people see instead of a problem document."""


def outcome_of(error: YtemoError) -> Outcome:
    """Return how ``error`` is answered; a class that is in no line of the table is our fault and tells nothing."""
    return next((OUTCOMES[kind] for kind in type(error).__mro__ if kind in OUTCOMES), _UNEXPECTED)


def install(app: FastAPI, html_error: HtmlError) -> None:
    """Answer the four families of errors: ours, invalid requests, those of the framework, and all others."""

    def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, YtemoError)
        outcome = outcome_of(error)
        if not outcome.told:
            _log.error("%s: %s", error.code, error)
        words = wording(asked_language(request))
        seconds = error.seconds if isinstance(error, TooManyCalls) else outcome.retry_after
        headers = {"Retry-After": str(seconds)} if seconds else {}
        if outcome.status == 401:
            headers["WWW-Authenticate"] = CHALLENGE
        problem = _problem(request, error.code, words.gettext(error.title), outcome.status).model_copy(
            update={
                "detail": detail_of(error, outcome.status, words, told=outcome.told),
                "errors": _items(items_of(error, words) if outcome.told else ()),
                "withdrawn": _withdrawn(error),
            }
        )
        return _respond(request, problem, html_error, error, headers)

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        words = wording(asked_language(request))
        problem = _problem(request, INVALID_CODE, words.gettext(INVALID), INVALID_STATUS)
        items = tuple(ProblemItem(**each.model_dump()) for each in refusals(error.errors(), words))
        detail = f"{items[0].place}: {items[0].rule}" if items else ""
        return _respond(request, problem.model_copy(update={"errors": items, "detail": detail}), html_error, error)

    def framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        words, title = wording(asked_language(request)), title_of(error)
        problem = _problem(request, title.lower().replace(" ", "-"), words.gettext(title), error.status_code)
        items = _items(unknown_address(request.url.path, words) if error.status_code == 404 else ())
        detail = framework_detail(error.status_code, words)
        told = problem.model_copy(update={"detail": detail, "errors": items})
        return _respond(request, told, html_error, error, allowed_methods(error))

    def unexpected(request: Request, error: Exception) -> Response:
        _log.error("unexpected error at %s", ascii(request.url.path[:200]), exc_info=error)
        words = wording(asked_language(request))
        problem = _problem(request, "unexpected", words.gettext(UNEXPECTED), 500)
        detail = framework_detail(500, words)
        return _respond(request, problem.model_copy(update={"detail": detail}), html_error, error)

    app.add_exception_handler(YtemoError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, framework)
    app.add_exception_handler(Exception, unexpected)


def allowed_methods(error: HTTPException) -> dict[str, str]:
    """Return the headers of an error of the framework; those methods that are allowed in one order."""
    headers = dict(error.headers or {})
    named = {name.strip() for name in headers.get("Allow", "").split(",")} - {""}
    if named & {"GET", "HEAD"}:
        # Each may have a route of its own, and the framework names the first one that it finds.
        headers["Allow"] = ", ".join(["GET", "HEAD", *sorted(named - {"GET", "HEAD"})])
    return headers


def _items(problems: Iterable[Problem]) -> tuple[ProblemItem, ...]:
    return tuple(ProblemItem(place=each.place, rule=each.rule, remedy=each.remedy) for each in problems)


def _problem(request: Request, code: str, title: str, status: int) -> ProblemDocument:
    return ProblemDocument(type=f"urn:ytemo:{code}", title=title, status=status, instance=request.url.path[:500])


def _respond(
    request: Request,
    problem: ProblemDocument,
    html_error: HtmlError,
    error: Exception,
    headers: Mapping[str, str] | None = None,
) -> Response:
    path = request.url.path
    if path.startswith(_FOR_PROGRAMS) or path == "/health" or is_record(path):
        # Of an answer to HEAD only the headers are sent, those that GET would have.
        body = problem.model_dump_json(exclude_defaults=True)
        response = Response(body, problem.status, media_type=PROBLEM_TYPE)
    else:
        response = html_error(request, problem, error)
    response.headers.update(headers or {})
    # An error is true only now: a release may come out, or the machine recover, at any moment.
    response.headers["Cache-Control"] = "no-store"
    return response


def _withdrawn(error: YtemoError) -> WithdrawnNote | None:
    if not isinstance(error, WithdrawnRelease):
        return None
    release, withdrawal = error.release, error.release.withdrawal
    assert withdrawal is not None
    return WithdrawnNote(
        dataset=release.dataset,
        release=release.name,
        title=release.description.title,
        withdrawn_at=withdrawal.withdrawn_at,
        reason=withdrawal.reason,
    )
