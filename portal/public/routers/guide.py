"""The pages around the data: publishers, themes, explanations, letters to write, and what others made."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from datasets import __version__
from datasets.public_releases import PublicRelease, PublicReleases, WithdrawnRelease
from datasets.text import LANGUAGES, Language
from portal.public.dependencies import GetServices, Services
from portal.public.live_schedule import schedule_today
from portal.public.pages.collection import Shelves, publisher_page, theme_page
from portal.public.pages.collections import publishers_page, themes_page, topics_page
from portal.public.pages.letter import (
    MOST_CHARACTERS,
    MOST_WANTED,
    Purpose,
    about,
    letters_about,
    letters_to_all,
    plain_words,
)
from portal.public.pages.reuses import reuses_page
from portal.public.pages.text import Asked, text_page
from portal.public.pages.topic import topic_page
from portal.public.routers.pages import contents_reader, page_links
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.responses import SHORT, is_known, not_modified, validators, weak_tag
from portal.shared.templating import render
from portal.shared.wording import wording

_METHODS = ["GET", "HEAD"]
_ADDRESS = re.compile(r"(?:/en)?/(?:datasets|embed)/([a-z0-9-]+)(?:[/?][A-Za-z0-9/._~%?&=:,;+*()@!$'-]*)?")


class LetterParameters(BaseModel):
    """What a letter is about; other parameters, such as those of campaigns, say nothing."""

    model_config = ConfigDict(frozen=True)

    dataset: str = Field(default="", max_length=100)
    release: str = Field(default="", max_length=100)
    address: str = Field(default="", max_length=MOST_CHARACTERS)
    about: str = Field(default="", max_length=MOST_WANTED)

    @field_validator("about")
    @classmethod
    def _is_words_alone(cls, given: str) -> str:
        return plain_words(given)

    @field_validator("address")
    @classmethod
    def _is_of_the_dataset(cls, given: str, info: ValidationInfo) -> str:
        """Take nothing but a page of that dataset: a letter in our name must not lead readers anywhere else."""
        found = _ADDRESS.fullmatch(given)
        if given and (found is None or found[1] != info.data.get("dataset")):
            raise ValueError("must be a page of the dataset")
        return given

    def found(self, releases: PublicReleases) -> PublicRelease | None:
        """Return the release that is meant, also one that was withdrawn; None where none is named."""
        if not self.dataset:
            return None
        try:
            return releases.find(self.dataset, self.release or "latest")
        except WithdrawnRelease as error:
            return error.release


GetLetter = Annotated[LetterParameters, Query()]


def _router(language: Language) -> APIRouter:  # one short handler for each page
    router = APIRouter(prefix="" if language == "vi" else "/en", include_in_schema=False)
    words = wording(language)

    @router.api_route("/publishers", methods=_METHODS)
    def publishers(request: Request, services: GetServices) -> Response:
        """Who publishes here."""
        return _changing(
            request, services, "collections", lambda shelves, links: publishers_page(shelves, links, words)
        )

    @router.api_route("/publishers/{publisher}", methods=_METHODS)
    def publisher(request: Request, services: GetServices, publisher: str) -> Response:
        """A publisher: whom to ask, its datasets, and what comes next."""
        return _changing(
            request, services, "collection", lambda shelves, links: publisher_page(publisher, shelves, links, words)
        )

    @router.api_route("/themes", methods=_METHODS)
    def themes(request: Request, services: GetServices) -> Response:
        """What the data is about."""
        return _changing(request, services, "collections", lambda shelves, links: themes_page(shelves, links, words))

    @router.api_route("/themes/{theme}", methods=_METHODS)
    def theme(request: Request, services: GetServices, theme: str) -> Response:
        """A theme: what it holds, and its datasets."""
        return _changing(
            request, services, "collection", lambda shelves, links: theme_page(theme, shelves, links, words)
        )

    @router.api_route("/topics", methods=_METHODS)
    def topics(request: Request, services: GetServices) -> Response:
        """What people look for."""
        return _changing(request, services, "collections", lambda shelves, links: topics_page(shelves, links, words))

    @router.api_route("/topics/{topic}", methods=_METHODS)
    def topic(request: Request, services: GetServices, topic: str) -> Response:
        """A topic: a chart, the usual questions, its datasets, and what comes next."""
        reader = contents_reader(services.releases)
        return _changing(
            request, services, "topic", lambda shelves, links: topic_page(topic, shelves, reader, links, words)
        )

    @router.api_route("/glossary", methods=_METHODS)
    def glossary(request: Request, services: GetServices) -> Response:
        """What the words mean."""
        links = page_links(request, services)
        return _page("text", text_page("glossary", links, words), links)

    @router.api_route("/help", methods=_METHODS)
    def help_(request: Request, services: GetServices) -> Response:
        """How to find, read, download and cite."""
        links = page_links(request, services)
        return _page("text", text_page("help", links, words), links)

    @router.api_route("/accessibility", methods=_METHODS)
    def accessibility(request: Request, services: GetServices) -> Response:
        """Who can use the portal, how that is tested, and what does not work."""
        links = page_links(request, services)
        return _page("text", text_page("accessibility", links, words), links)

    @router.api_route("/report", methods=_METHODS)
    def report(request: Request, services: GetServices, parameters: GetLetter) -> Response:
        """How to report a problem; `dataset`, `release` and `address` say where it is."""
        return _letter(request, services, "report", parameters, language)

    @router.api_route("/request", methods=_METHODS)
    def request_(request: Request, services: GetServices, parameters: GetLetter) -> Response:
        """How to ask for data: more of `dataset`, or `about` what a search did not find."""
        return _letter(request, services, "request", parameters, language)

    @router.api_route("/reuses", methods=_METHODS)
    def reuses(request: Request, services: GetServices) -> Response:
        """What others made with the data."""
        links = page_links(request, services)
        return _page("reuses", reuses_page(services.reuses.current(), services.releases, links, words), links)

    return router


router = APIRouter(include_in_schema=False)
for _language in LANGUAGES:
    router.include_router(_router(_language))


def _shelves(services: Services) -> Shelves:
    schedule = schedule_today(services.releases)
    return Shelves(services.catalog.current(), services.releases, schedule, services.topics.gathered(schedule))


def _letter(
    request: Request, services: Services, purpose: Purpose, parameters: LetterParameters, language: Language
) -> Response:
    links, words = page_links(request, services), wording(language)
    release = parameters.found(services.releases)
    if release is None:
        shelves = _shelves(services)
        wanted = parameters.about if purpose == "request" else ""
        asked = Asked(
            {each: _address(purpose, links, each, None, parameters) for each in LANGUAGES},
            letters_to_all(purpose, shelves.newest(shelves.search(language, {})), words, wanted),
            indexed=not wanted,
        )
    else:
        asked = Asked(
            {each: _address(purpose, links, each, release, parameters) for each in LANGUAGES},
            letters_about(purpose, release, links, words, parameters.address),
            about(release, links, words),
            indexed=False,
        )
    return _page("text", text_page(purpose, links, words, asked), links)


def _address(
    purpose: Purpose, links: Links, language: Language, release: PublicRelease | None, parameters: LetterParameters
) -> str:
    if release is None:
        return links.request(language, wanted=parameters.about) if purpose == "request" else links.report(language)
    if purpose == "request":
        return links.request(language, release.dataset)
    return links.report(language, release.dataset, release.name, parameters.address)


def _changing(request: Request, services: Services, name: str, make: Callable[[Shelves, Links], Page]) -> Response:
    """Return a page of what the catalog holds, or that it is as it was."""
    shelves = _shelves(services)
    parts = (services.catalog.held_for(), services.topics.stamp, str(request.url), str(shelves.schedule.today))
    tag = weak_tag(__version__, services.releases.stamp(), *parts)
    if is_known(request, tag):
        return not_modified(tag, SHORT)
    links = page_links(request, services)
    answer = _page(name, make(shelves, links), links)
    answer.headers.update(validators(tag, SHORT))
    return answer


def _page(name: str, page: Page, links: Links) -> Response:
    return HTMLResponse(render(name, page, links), headers={"Cache-Control": SHORT})
