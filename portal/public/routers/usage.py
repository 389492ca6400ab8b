"""How often the datasets are used: a page in each language, and the counts as a file."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from datasets.text import Language
from portal.public.dependencies import GetServices, Services
from portal.public.pages.usage import titles_of, usage_csv, usage_page
from portal.public.routers.pages import page_links
from portal.shared.responses import SHORT
from portal.shared.templating import render
from portal.shared.wording import wording

router = APIRouter(include_in_schema=False)
_METHODS = ["GET", "HEAD"]


@router.api_route("/usage", methods=_METHODS)
def in_vietnamese(request: Request, services: GetServices) -> Response:
    """How often the datasets are used."""
    return _page(request, services, "vi")


@router.api_route("/en/usage", methods=_METHODS)
def in_english(request: Request, services: GetServices) -> Response:
    """How often the datasets are used, in English."""
    return _page(request, services, "en")


@router.api_route("/usage.csv", methods=_METHODS)
def file(services: GetServices) -> Response:
    """The counts of uses: a row for each month, dataset and use."""
    text = usage_csv(services.usage.used(), titles_of(services.releases), month=_month(services))
    headers = {"Cache-Control": SHORT, "Content-Disposition": 'attachment; filename="usage.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _page(request: Request, services: Services, language: Language) -> Response:
    links = page_links(request, services)
    page = usage_page(
        services.usage.used(), titles_of(services.releases), links, wording(language), month=_month(services)
    )
    return HTMLResponse(render("usage", page, links), headers={"Cache-Control": SHORT})


def _month(services: Services) -> str:
    return f"{services.releases.today():%Y-%m}"
