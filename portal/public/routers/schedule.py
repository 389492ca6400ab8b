"""When datasets appear: the release calendar and the open-data plan, as pages and as files."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from catalog.schedule import Schedule
from catalog.standards.icalendar import MEDIA_TYPE, icalendar
from datasets import __version__
from datasets.text import LANGUAGES, Language
from portal.public.dependencies import GetServices, Services
from portal.public.known_parameters import FixedParameters
from portal.public.live_schedule import schedule_today
from portal.public.pages.calendar import calendar_page
from portal.public.pages.plan import CSV_TYPE, plan_csv, plan_page
from portal.public.record_answers import record_answer
from portal.public.routers.pages import page_links
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.responses import SHORT, is_known, not_modified, validators, weak_tag
from portal.shared.templating import render
from portal.shared.wording import wording

_METHODS = ["GET", "HEAD"]


def _pages(language: Language) -> APIRouter:
    router = APIRouter(prefix="" if language == "vi" else "/en", include_in_schema=False)
    words = wording(language)

    @router.api_route("/calendar", methods=_METHODS)
    def calendar(request: Request, services: GetServices) -> Response:
        """What comes next, what is overdue, and what came out."""
        return _page(request, services, "calendar", lambda schedule, links: calendar_page(schedule, links, words))

    @router.api_route("/plan", methods=_METHODS)
    def plan(request: Request, services: GetServices) -> Response:
        """The open-data plan: every dataset, and how it stands."""

        def make(schedule: Schedule, links: Links) -> Page:
            return plan_page(schedule, links, words, planned=services.topics.planned(schedule))

        return _page(request, services, "plan", make)

    return router


def _files(language: Language) -> APIRouter:
    router = APIRouter(prefix="" if language == "vi" else "/en", route_class=FixedParameters, include_in_schema=False)
    words = wording(language)

    @router.api_route("/calendar.ics", methods=_METHODS)
    def calendar(request: Request, services: GetServices) -> Response:
        """The release calendar as iCalendar (RFC 5545), to subscribe to."""

        def make(schedule: Schedule, links: Links) -> bytes:
            return icalendar(schedule, links, language, words.period)

        return _file(request, services, f"{MEDIA_TYPE}; charset=utf-8", make)

    @router.api_route("/plan.csv", methods=_METHODS)
    def plan(request: Request, services: GetServices) -> Response:
        """The open-data plan as CSV."""

        def make(schedule: Schedule, links: Links) -> bytes:
            return plan_csv(schedule, links, words, planned=services.topics.planned(schedule))

        return _file(request, services, CSV_TYPE, make)

    return router


router = APIRouter(include_in_schema=False)
for _language in LANGUAGES:
    router.include_router(_pages(_language))
    router.include_router(_files(_language))


def _page(request: Request, services: Services, name: str, make: Callable[[Schedule, Links], Page]) -> Response:
    """Answer with a page that is true until a release comes or goes, or the day ends."""
    today = str(services.releases.today())
    tag = weak_tag(__version__, services.releases.stamp(), str(request.url), today, services.topics.stamp)
    if is_known(request, tag):
        return not_modified(tag, SHORT)
    links = page_links(request, services)
    page = make(schedule_today(services.releases), links)
    return HTMLResponse(render(name, page, links), headers=validators(tag, SHORT))


def _file(request: Request, services: Services, media_type: str, make: Callable[[Schedule, Links], bytes]) -> Response:
    return record_answer(
        request,
        services,
        media_type=media_type,
        make=lambda links: make(schedule_today(services.releases), links),
        key=f"{services.releases.today()} {services.topics.stamp}",
    )
