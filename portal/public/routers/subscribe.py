"""Subscribing to letters, confirming it, and stopping them. Only POST changes anything: programs open every link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from datasets.errors import Problem, StoreUnavailable
from datasets.text import LANGUAGES, Language
from portal.public.dependencies import GetServices, Services
from portal.public.pages import subscribe as pages
from portal.public.pages.subscribe import Place, Site
from portal.public.sent_body import BodyLate, sent_body, told_late
from portal.public.subscriptions.door import is_from_elsewhere
from portal.public.subscriptions.mail_addresses import mail_address
from portal.public.subscriptions.subject_titles import Offered
from portal.public.subscriptions.subjects import EVERYTHING, subject
from portal.shared.page import Page
from portal.shared.responses import SHORT
from portal.shared.templating import render
from portal.shared.wording import wording

_METHODS = ["GET", "HEAD"]
_MOST_SENT = 4_096
"""Bytes of a form."""
_MOST_FIELDS = 10
_OF_ONE_READER = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
"""For whoever has the link of a letter: no cache keeps the page, and no other site is told its address."""

About = Annotated[str, Query(max_length=120)]


def _router(language: Language) -> APIRouter:  # one short handler for each page
    router = APIRouter(prefix="" if language == "vi" else "/en", include_in_schema=False)

    @router.api_route("/subscribe", methods=_METHODS)
    def form(services: GetServices, about: About = "all") -> Response:
        """How to subscribe to letters about `datasets/…`, `themes/…`, `topics/…`, `all`; where a mail server is set."""
        _check_offered(services)
        chosen = subject(about)
        if chosen is None:
            raise HTTPException(404)
        return _page("subscribe", pages.subscribe_page(chosen, _site(services, language)), services, keep=SHORT)

    @router.post("/subscribe")
    async def ask(request: Request, services: GetServices) -> Response:
        """Have a letter sent that asks whether the address is meant."""
        _check_offered(services)
        try:
            sent = await _sent(request)
        except BodyLate:
            return told_late()
        return await run_in_threadpool(_ask, request, services, sent, language)

    @router.api_route("/subscribe/asked", methods=_METHODS)
    def asked(services: GetServices) -> Response:
        """What comes after the form."""
        _check_offered(services)
        return _page("subscription", pages.asked_page(_site(services, language)), services)

    @router.api_route("/subscribe/confirm/{sealed}", methods=_METHODS)
    def look(services: GetServices, sealed: str) -> Response:
        """What the link in the letter leads to: a button that confirms."""
        _check_offered(services)
        found = services.mail.asked(sealed)
        if found is None:
            return _ended(services, _confirming(services, sealed), language)
        return _page("subscription", pages.confirm_page(found, sealed, _site(services, language)), services)

    @router.post("/subscribe/confirm/{sealed}")
    def confirm(request: Request, services: GetServices, sealed: str) -> Response:
        """Confirm an address."""
        _check_offered(services)
        found, site = services.mail.asked(sealed), _site(services, language)
        if found is None:
            return _ended(services, _confirming(services, sealed), language)
        if is_from_elsewhere(request.headers, services.hosts):
            page = pages.confirm_page(found, sealed, site, fault=pages.FROM_ELSEWHERE)
            return _page("subscription", page, services, 403)
        return _page("subscription", pages.confirmed_page(services.mail.confirm(found), sealed, site), services)

    @router.api_route("/unsubscribe/{key}", methods=_METHODS)
    def stopping(services: GetServices, key: str) -> Response:
        """Where letters are stopped: by a button for all of them, and one for each thing that they are about."""
        whom = services.mail.stopped_by(key)
        if whom is None:
            return _ended(services, _stopping(services, key), language)
        return _page("subscription", pages.stopping_page(whom, key, _site(services, language)), services)

    @router.post("/unsubscribe/{key}")
    async def stop(request: Request, services: GetServices, key: str) -> Response:
        """Stop letters; mail programs do it by themselves (RFC 8058), so it does not matter who sends this."""
        try:
            about = (await _sent(request)).get("about", "")
        except BodyLate:
            return told_late()
        return await run_in_threadpool(_stop, services, key, about, language)

    return router


router = APIRouter(include_in_schema=False)
for _language in LANGUAGES:
    router.include_router(_router(_language))


def _check_offered(services: Services) -> None:
    """Answer as where there is nothing, when no mail server is set."""
    if services.mail.post is None:
        raise HTTPException(404)


def _site(services: Services, language: Language) -> Site:
    return Site(Offered(services.releases, services.topics.by_id), services.links, wording(language))


async def _sent(request: Request) -> Mapping[str, str]:
    """Return the fields of a form; none where it is none. Raises BodyLate."""
    body = await sent_body(request, most=_MOST_SENT)
    try:
        return dict(parse_qsl(body.decode(), max_num_fields=_MOST_FIELDS)) if len(body) <= _MOST_SENT else {}
    except ValueError:
        return {}


def _ask(request: Request, services: Services, sent: Mapping[str, str], language: Language) -> Response:
    about, typed = subject(sent.get("about", "")) or EVERYTHING, sent.get("address", "")
    address, fault = mail_address(typed), ""
    if is_from_elsewhere(request.headers, services.hosts):
        fault = pages.FROM_ELSEWHERE
    elif address is None:
        fault = pages.NO_ADDRESS
    # Made before anything is kept: it raises where there is no such subject.
    page = pages.subscribe_page(about, _site(services, language), address=typed, fault=fault)
    if fault or address is None:
        return _page("subscribe", page, services, 403 if fault == pages.FROM_ELSEWHERE else 422)
    services.door.let_in(request.client.host if request.client else "")
    if not services.mail.outbox.put(address, about, language):
        problem = Problem("outbox", "holds as many letters as it may", "see whether the mail server takes letters")
        raise StoreUnavailable("Letters that ask for confirmation cannot be taken now", problems=[problem])
    services.postman.wake()
    return RedirectResponse(services.links.subscribe_asked(language), 303, headers=_OF_ONE_READER)


def _stop(services: Services, key: str, written: str, language: Language) -> Response:
    whom, about, site = services.mail.stopped_by(key), subject(written), _site(services, language)
    if whom is None:
        # Stopped already, which is what was wanted.
        return _ended(services, _stopping(services, key), language, 200)
    if written and about is None:
        # Whoever names one thing does not mean all of them.
        return _page("subscription", pages.stopping_page(whom, key, site), services, 422)
    services.mail.stop(whom, about)
    return _page("subscription", pages.stopped_page(whom, about, key, site), services)


def _confirming(services: Services, sealed: str) -> Place:
    return lambda language: services.links.confirm(language, sealed)


def _stopping(services: Services, key: str) -> Place:
    return lambda language: services.links.unsubscribe(language, key)


def _ended(services: Services, place: Place, language: Language, status: int = 410) -> Response:
    return _page("subscription", pages.ended_page(place, _site(services, language)), services, status)


def _page(name: str, page: Page, services: Services, status: int = 200, *, keep: str = "no-store") -> Response:
    headers = {**_OF_ONE_READER, "Cache-Control": keep}
    return HTMLResponse(render(name, page, services.links), status, headers=headers)
