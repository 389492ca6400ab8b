"""The charts of pages: of each table of a release, and the stamp beside a dataset in a list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from datasets import __version__
from datasets.errors import FileNotFound
from datasets.release import PublicRelease
from datasets.text import LANGUAGES, Language
from portal.public.charts import drawing, spark
from portal.public.dependencies import GetServices, Services
from portal.public.pages.figure import chart
from portal.public.routers.pages import contents_reader
from portal.shared.responses import IMMUTABLE, SHORT, is_known, not_modified, validators, weak_tag
from portal.shared.wording import wording

_METHODS = ["GET", "HEAD"]


@dataclass(frozen=True)
class AskedChart:
    """A chart that somebody asked for."""

    release: PublicRelease
    table: str
    narrow: bool


def asked_chart(
    services: GetServices, dataset: str, name: str, table: str, width: Literal["wide", "narrow"] = "wide"
) -> AskedChart:
    """Return what an address of a chart asks for."""
    return AskedChart(services.releases.find(dataset, name), table, narrow=width == "narrow")


def _router(language: Language) -> APIRouter:
    router = APIRouter(prefix="" if language == "vi" else "/en", include_in_schema=False)

    @router.api_route("/datasets/{dataset}/releases/{name}/charts/{table}.svg", methods=_METHODS)
    def drawn(request: Request, services: GetServices, asked: Annotated[AskedChart, Depends(asked_chart)]) -> Response:
        """The chart of a table, SVG; `width=narrow` draws it for a small screen."""
        return _drawing(request, services, asked, language)

    @router.api_route("/datasets/{dataset}/releases/{name}/spark.svg", methods=_METHODS)
    def stamp(request: Request, services: GetServices, dataset: str, name: str) -> Response:
        """The shape of the first chart of a release, for lists; empty where there is nothing to draw."""
        return _stamp(request, services, services.releases.find(dataset, name), language)

    return router


router = APIRouter(include_in_schema=False)
for _language in LANGUAGES:
    router.include_router(_router(_language))


def _drawing(request: Request, services: Services, asked: AskedChart, language: Language) -> Response:
    release, table = asked.release, asked.table
    tag = weak_tag(__version__, release.envelope_sha256, table, language, str(asked.narrow))
    if is_known(request, tag):
        return not_modified(tag, SHORT)
    series = contents_reader(services.releases).read(release).series.get(table)
    if series is None:
        raise FileNotFound("This release has no chart of this name")
    described = next(each for each in release.description.tables if each.id == table)
    drawn = chart(release.description, described, series, wording(language))
    svg = drawing.svg(replace(drawn, narrow=asked.narrow))
    headers = {**validators(tag, SHORT), "Content-Security-Policy": drawing.POLICY}
    return Response(svg, media_type="image/svg+xml", headers=headers)


def _stamp(request: Request, services: Services, release: PublicRelease, language: Language) -> Response:
    tag = weak_tag(__version__, release.envelope_sha256, language, "stamp")
    if is_known(request, tag):
        return not_modified(tag, IMMUTABLE)
    first = contents_reader(services.releases).read(release).first_series(release)
    svg = drawing.spark_svg(chart(release.description, *first, wording(language))) if first else spark.EMPTY
    headers = {**validators(tag, IMMUTABLE), "Content-Security-Policy": drawing.POLICY}
    return Response(svg, media_type="image/svg+xml", headers=headers)
