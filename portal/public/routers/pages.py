"""The pages that people read, in Vietnamese and, under ``/en``, in English."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from catalog.origin import is_harvested
from catalog.search import SearchRequest, Sort
from catalog.standards.rdf import MEDIA_TYPES
from catalog.standards.signposting import link_header
from datasets import __version__
from datasets.public_releases import PublicReleases, WithdrawnRelease
from datasets.release import PublicRelease
from datasets.text import LANGUAGES, Language
from portal.public.dependencies import GetServices, Services
from portal.public.harvested_resources import find_harvested
from portal.public.history_resources import comparisons_of
from portal.public.live_schedule import schedule_today
from portal.public.pages.about import about_page
from portal.public.pages.citation_files import MEDIA_TYPES as MEDIA_TYPES_OF_CITATIONS
from portal.public.pages.citation_files import WRITERS
from portal.public.pages.contents import ContentsReader
from portal.public.pages.developers import developers_page, example_release
from portal.public.pages.harvested import harvested_page
from portal.public.pages.headline import headline
from portal.public.pages.home import Told, home_page
from portal.public.pages.listing import datasets_page, filters_of, usual_sort
from portal.public.pages.refused import dataset_meant, refused_parts
from portal.public.pages.release import ShownRelease, release_page
from portal.public.pages.withdrawn import withdrawn_page
from portal.shared.accept import preferred
from portal.shared.error_page import error_page
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.problems import ProblemDocument
from portal.shared.responses import SHORT, is_known, not_modified, see_other, validators, weak_tag
from portal.shared.templating import render
from portal.shared.wording import wording

_METHODS = ["GET", "HEAD"]


class ListingParameters(BaseModel):
    """What the address of the list of datasets may say; other parameters, such as those of campaigns, say nothing."""

    model_config = ConfigDict(frozen=True)

    q: str = Field(default="", max_length=400)
    theme: list[str] = []
    publisher: list[str] = []
    kind: list[str] = []
    geography: list[str] = []
    period: list[str] = []
    frequency: list[str] = []
    dimension: list[str] = []
    format: list[str] = []
    licence: list[str] = []
    status: list[str] = []
    source: list[str] = []
    sort: Sort | None = None
    page: int = Field(default=1, ge=1, le=10_000)

    def request(self, language: Language) -> SearchRequest:
        return SearchRequest(
            text=self.q.strip(),
            filters=filters_of(self.model_dump()),
            sort=self.sort or usual_sort(self.q.strip()),
            page=self.page,
            lang=language,
        )


def html_error(request: Request, problem: ProblemDocument, error: Exception) -> Response:
    """Return the page that people see for an error, in the language of the address that they asked for."""
    language: Language = "en" if f"{request.url.path}/".startswith("/en/") else "vi"
    links = page_links(request, request.app.state.services)
    words = wording(language)
    details = refused_parts(error.errors(), words) if isinstance(error, RequestValidationError) else ()
    releases = request.app.state.services.releases
    meant = dataset_meant(request.url.path, releases, links, words) if problem.status == 404 else None
    page = error_page(problem.status, links, words, kind=problem.type, details=details)
    return _page("error", page.model_copy(update={"meant": meant}), links, status=problem.status)


def _router(language: Language) -> APIRouter:  # one short handler for each page
    router = APIRouter(prefix="" if language == "vi" else "/en", include_in_schema=False)
    words = wording(language)

    @router.api_route("" if language == "en" else "/", methods=_METHODS)
    def home(request: Request, services: GetServices) -> Response:
        """What is new, and where to search."""
        return _home(request, services, language)

    @router.api_route("/datasets", methods=_METHODS)
    def datasets(
        request: Request, services: GetServices, parameters: Annotated[ListingParameters, Query()]
    ) -> Response:
        """The list of datasets, searched and filtered."""
        links = page_links(request, services)
        page = datasets_page(
            services.catalog.current(),
            parameters.request(language),
            links,
            words,
            topics=services.topics.gathered(schedule_today(services.releases)),
        )
        return _page("datasets", page, links)

    @router.api_route("/datasets/{dataset}", methods=_METHODS)
    def dataset(request: Request, services: GetServices, dataset: str) -> Response:
        """The newest release of a dataset, or why there is none any more; or a record of another catalog."""
        if is_harvested(dataset):
            return _harvested(request, services, dataset, language)
        try:
            newest = services.releases.latest(dataset)
        except WithdrawnRelease as error:
            return _withdrawn(request, services, error.release, language)
        return _release(request, services, newest, language, pinned=False)

    @router.api_route("/datasets/{dataset}/releases/{name}", methods=_METHODS)
    def release(request: Request, services: GetServices, dataset: str, name: str) -> Response:
        """One release, or why it was withdrawn."""
        try:
            found = services.releases.find(dataset, name)
        except WithdrawnRelease as error:
            return _withdrawn(request, services, error.release, language)
        if found.name != name:
            return RedirectResponse(services.links.release(dataset, found.name, language), 307)
        return _release(request, services, found, language, pinned=True)

    @router.api_route("/datasets/{dataset}/releases/{name}/cite.{extension}", methods=_METHODS)
    def citation(
        request: Request, services: GetServices, dataset: str, name: str, extension: Literal["bib", "ris", "json"]
    ) -> Response:
        """The citation of a release for reference managers: BibTeX, RIS or CSL JSON."""
        release = services.releases.find(dataset, name)
        text = WRITERS[extension](release, page_links(request, services), language)
        disposition = f'attachment; filename="{release.dataset}-{release.name}.{extension}"'
        headers = {"Cache-Control": SHORT, "Content-Disposition": disposition}
        return Response(text, media_type=MEDIA_TYPES_OF_CITATIONS[extension], headers=headers)

    @router.api_route("/about", methods=_METHODS)
    def about(request: Request, services: GetServices) -> Response:
        """What this portal is."""
        links = page_links(request, services)
        return _page("about", about_page(links, words), links)

    @router.api_route("/api", methods=_METHODS)
    def developers(request: Request, services: GetServices) -> Response:
        """How to begin with the API."""
        links = page_links(request, services)
        return _page("developers", developers_page(example_release(services.releases), links, words), links)

    return router


router = APIRouter(include_in_schema=False)
for _language in LANGUAGES:
    router.include_router(_router(_language))


def _home(request: Request, services: Services, language: Language) -> Response:
    today = str(services.releases.today())
    tag = weak_tag(
        __version__,
        services.releases.stamp(),
        services.catalog.held_for(),
        str(request.url),
        today,
        services.topics.stamp,
    )
    catalog = services.catalog.current()
    if is_known(request, tag):
        return not_modified(tag, SHORT)
    links, words, schedule = page_links(request, services), wording(language), schedule_today(services.releases)
    shown = headline(schedule, contents_reader(services.releases), links, words)
    told = Told(catalog, schedule, shown, services.topics.gathered(schedule))
    return _page("home", home_page(told, links, words), links, tag=tag)


def _release(
    request: Request, services: Services, release: PublicRelease, language: Language, *, pinned: bool
) -> Response:
    links = page_links(request, services)
    formats = {media_type: extension for extension, media_type in MEDIA_TYPES.items()}
    wanted = preferred(request.headers.get("accept", ""), ("text/html", *formats))
    if wanted in formats:
        pin = release.name if pinned else ""
        return see_other(links.absolute(links.dataset_record(release.dataset, formats[wanted], pin)))
    today = services.releases.today()
    dated = not pinned or release.description.renamed or release.description.retiring
    tag = weak_tag(__version__, services.releases.stamp(), str(request.url), str(today) if dated else "")
    if is_known(request, tag):
        return not_modified(tag, SHORT, {"Vary": "Accept"})
    siblings = services.releases.releases(release.dataset)
    shown = ShownRelease(
        release=release,
        siblings=siblings,
        contents=contents_reader(services.releases).read(release),
        pinned=pinned,
        today=today,
        comparisons=comparisons_of(siblings, services.releases),
    )
    answer = _page("release", release_page(shown, links, wording(language)), links, tag=tag)
    answer.headers["Link"] = link_header(shown.described(), links)
    answer.headers["Vary"] = "Accept"
    return answer


def _harvested(request: Request, services: Services, identifier: str, language: Language) -> Response:
    today = services.releases.today()
    tag = weak_tag(__version__, services.catalog.held_for(), str(request.url), str(today))
    record = find_harvested(services.catalog.current(), identifier)
    assert record.harvested is not None
    if is_known(request, tag):
        return not_modified(tag, SHORT)
    links = page_links(request, services)
    page = harvested_page(record, record.harvested, links, wording(language), today=today)
    return _page("harvested", page, links, tag=tag)


def _withdrawn(request: Request, services: Services, release: PublicRelease, language: Language) -> Response:
    links = page_links(request, services)
    page = withdrawn_page(release, services.releases.releases(release.dataset), links, wording(language))
    return _page("withdrawn", page, links, status=410)


def _page(name: str, page: Page, links: Links, *, status: int = 200, tag: str = "") -> Response:
    headers = validators(tag, SHORT) if tag else {"Cache-Control": SHORT}
    return HTMLResponse(render(name, page, links), status, headers=headers)


def page_links(request: Request, services: Services) -> Links:
    """Return links to the public address; where none is set, to the one that was asked, a trusted host."""
    return services.links if services.links.base_url else Links(str(request.base_url).rstrip("/"))


@lru_cache(maxsize=8)
def contents_reader(releases: PublicReleases) -> ContentsReader:
    """Return the reader of a store; an application has one, tests a few."""
    return ContentsReader(releases)
