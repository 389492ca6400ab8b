"""The explorer: its page, what it draws, and the page that other sites show inside theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from datasets import __version__
from datasets.errors import FileNotFound
from datasets.public_releases import PublicRelease, WithdrawnRelease
from datasets.said import said
from datasets.text import LANGUAGES, Language
from portal.public.charts import drawing, framing
from portal.public.charts.chart import AnyChart
from portal.public.dependencies import GetServices, Services, finished
from portal.public.explore.answering import Refused, answer, explored
from portal.public.explore.drawn import chart_of
from portal.public.explore.telling import Telling
from portal.public.pages.caveats import warnings_of
from portal.public.pages.correction import correction_of
from portal.public.pages.drawing_notes import drawing_notes
from portal.public.pages.embed import embed_page
from portal.public.pages.explore import Opened, explore_page
from portal.public.pages.withdrawn import withdrawn_page
from portal.public.routers.pages import contents_reader, page_links
from portal.shared.middleware import embeddable
from portal.shared.responses import IMMUTABLE, SHORT, is_known, not_modified, validators, weak_tag
from portal.shared.templating import render
from portal.shared.wording import wording

_METHODS = ["GET", "HEAD"]
Extension = Literal["svg", "png", "json"]


@dataclass(frozen=True)
class Reader:
    """Who asks, in which language."""

    request: Request
    services: Services
    language: Language

    @property
    def parameters(self) -> list[tuple[str, str]]:
        return self.request.query_params.multi_items()

    async def found(self, release: PublicRelease) -> Telling | Refused:
        exploration = explored(self.services.reading, release, self.parameters)
        job = answer(self.services.reading, release, exploration, wording(self.language))
        return await finished(job, self.request)

    def methods(self, release: PublicRelease) -> str:
        return contents_reader(self.services.releases).read(release).methods

    def tag(self, release: PublicRelease, *parts: str) -> str:
        return weak_tag(__version__, release.envelope_sha256, str(self.request.url), *parts)


def _router(language: Language) -> APIRouter:
    router = APIRouter(prefix="" if language == "vi" else "/en", include_in_schema=False)

    @router.api_route("/datasets/{dataset}/explore", methods=_METHODS)
    async def newest(request: Request, services: GetServices, dataset: str) -> Response:
        """The explorer of the newest release."""
        reader = Reader(request, services, language)
        try:
            release = services.releases.latest(dataset)
        except WithdrawnRelease as error:
            return _withdrawn(reader, error.release)
        return await _page(reader, release, pinned=False)

    @router.api_route("/datasets/{dataset}/releases/{name}/explore", methods=_METHODS)
    async def pinned(request: Request, services: GetServices, dataset: str, name: str) -> Response:
        """The explorer of one release."""
        try:
            release = services.releases.find(dataset, name)
        except WithdrawnRelease as error:
            return _withdrawn(Reader(request, services, language), error.release)
        if release.name != name:
            address = services.links.explore(
                dataset, language, request.query_params.multi_items(), release=release.name
            )
            return RedirectResponse(address, 307)
        return await _page(Reader(request, services, language), release, pinned=True)

    @router.api_route("/datasets/{dataset}/releases/{name}/explore.{extension}", methods=_METHODS)
    async def drawn(request: Request, services: GetServices, dataset: str, name: str, extension: Extension) -> Response:
        """What the explorer draws: SVG, PNG, or the description that browsers draw from."""
        return await _drawing(Reader(request, services, language), services.releases.find(dataset, name), extension)

    @router.api_route("/embed/{dataset}", methods=_METHODS)
    async def embedded(request: Request, services: GetServices, dataset: str) -> Response:
        """A chart of the newest release, inside the page of another site."""
        return await _embed(Reader(request, services, language), partial(services.releases.latest, dataset))

    @router.api_route("/embed/{dataset}/releases/{name}", methods=_METHODS)
    async def embedded_pinned(request: Request, services: GetServices, dataset: str, name: str) -> Response:
        """A chart of one release, inside the page of another site."""
        return await _embed(Reader(request, services, language), partial(services.releases.find, dataset, name))

    return router


router = APIRouter(include_in_schema=False)
for _language in LANGUAGES:
    router.include_router(_router(_language))


async def _page(reader: Reader, release: PublicRelease, *, pinned: bool) -> Response:
    links = page_links(reader.request, reader.services)

    def page(opened: Opened, found: Telling | Refused) -> Response:
        shown = explore_page(opened, found, links, wording(reader.language), methods=reader.methods(release))
        return HTMLResponse(render("explore", shown, links), 400 if isinstance(found, Refused) else 200)

    return await _opened(reader, release, page, pinned=pinned)


def _withdrawn(reader: Reader, release: PublicRelease, *, embedded: bool = False) -> Response:
    links = page_links(reader.request, reader.services)
    shown = withdrawn_page(release, reader.services.releases.releases(release.dataset), links, wording(reader.language))
    headers = {"Cache-Control": SHORT, **(embeddable() if embedded else {})}
    return HTMLResponse(render("embed_withdrawn" if embedded else "withdrawn", shown, links), 410, headers=headers)


async def _embed(reader: Reader, find: Callable[[], PublicRelease]) -> Response:
    """Return the page inside those of others; a withdrawn release says so there too, where its numbers were read."""
    links = page_links(reader.request, reader.services)
    try:
        release = find()
    except WithdrawnRelease as error:
        return _withdrawn(reader, error.release, embedded=True)

    def page(opened: Opened, found: Telling | Refused) -> Response:
        shown = embed_page(opened, found, links, wording(reader.language), methods=reader.methods(release))
        return HTMLResponse(render("embed", shown, links), headers=embeddable())

    return await _opened(reader, release, page, pinned=True)


async def _opened(
    reader: Reader, release: PublicRelease, page: Callable[[Opened, Telling | Refused], Response], *, pinned: bool
) -> Response:
    """Return the page of a release in the explorer, or that it is as it was; it tells whether there is a newer one."""
    releases = reader.services.releases
    correction = correction_of(release, releases.releases(release.dataset))
    opened = Opened(release, releases.latest(release.dataset).name, pinned=pinned, correction=correction)
    tag = reader.tag(release, opened.newest, correction.later.name if correction else "")
    if is_known(reader.request, tag):
        return not_modified(tag, SHORT)
    answer = await reader.services.exploring.run(partial(page, opened), await reader.found(release))
    answer.headers.update(validators(tag, SHORT))
    return answer


async def _drawing(reader: Reader, release: PublicRelease, extension: Extension) -> Response:
    tag = reader.tag(release)
    if is_known(reader.request, tag):
        return not_modified(tag, IMMUTABLE)
    found = await reader.found(release)
    return await reader.services.drawing.run(partial(_drawn, reader, found, tag), extension)


def _drawn(reader: Reader, found: Telling | Refused, tag: str, extension: Extension) -> Response:
    narrow = reader.request.query_params.get("width") == "narrow"
    chart = chart_of(found, narrow=narrow) if isinstance(found, Telling) else None
    if chart is None or isinstance(found, Refused):
        raise FileNotFound(said("There is nothing to draw at this address"))
    headers = {**validators(tag, IMMUTABLE), "Content-Security-Policy": drawing.POLICY}
    if extension == "json":
        return JSONResponse(drawing.vega_lite(chart), headers=headers)
    svg = drawing.svg(chart)
    if extension == "png":
        headers["Content-Security-Policy"] = framing.PNG_POLICY
        return Response(framing.png(_framed(reader, found, chart, svg)), media_type="image/png", headers=headers)
    if reader.request.query_params.get("source"):
        framed = _framed(reader, found, chart, svg)
        svg, headers["Content-Security-Policy"] = framing.lettered(framed), framing.policy(framed)
    return Response(svg, media_type="image/svg+xml", headers=headers)


def _framed(reader: Reader, found: Telling, chart: AnyChart, svg: str) -> str:
    links = page_links(reader.request, reader.services)
    warnings = warnings_of(reader.methods(found.release), found.words)
    notes = tuple(drawing_notes(found, chart, links, warnings))
    return framing.framed(svg, about=found.about, title=found.held_title, notes=notes)
