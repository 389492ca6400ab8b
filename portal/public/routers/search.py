"""What is found: the search, suggestions while one types, and records of other catalogs."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from datasets import __version__
from portal.public.dependencies import GetServices, Services
from portal.public.harvested_resources import HarvestedRecord, find_harvested, harvested_record
from portal.public.known_parameters import FixedParameters
from portal.public.resource_answers import PROBLEMS, resource_answer
from portal.public.search_resources import (
    SearchDocument,
    SearchParameters,
    SuggestDocument,
    SuggestParameters,
    search_document,
    suggest_document,
)
from portal.shared.responses import SHORT, weak_tag

router = APIRouter(prefix="/api/v1", route_class=FixedParameters, responses=PROBLEMS)


@router.head("/search", include_in_schema=False)
@router.get(
    "/search",
    tags=["Search"],
    summary="Search the catalog",
    description="The hits, each with the reasons for it, and how many every value of each facet would give. Several"
    " values of one facet widen, different facets narrow; `suggestion` says how words were read that were mended.",
    response_model=SearchDocument,
)
def search(request: Request, services: GetServices, asked: Annotated[SearchParameters, Query()]) -> Response:
    def make() -> SearchDocument:
        return search_document(services.catalog.current(), services.releases, services.links, asked.request())

    return resource_answer(request, _catalog_tag(request, services), SHORT, make)


@router.head("/suggest", include_in_schema=False)
@router.get("/suggest", tags=["Search"], summary="Suggest how a search goes on", response_model=SuggestDocument)
def suggest(request: Request, services: GetServices, asked: Annotated[SuggestParameters, Query()]) -> Response:
    def make() -> SuggestDocument:
        return suggest_document(services.catalog.current(), services.releases, services.links, asked)

    return resource_answer(request, _catalog_tag(request, services), SHORT, make)


@router.head("/harvested/{record}", include_in_schema=False)
@router.get(
    "/harvested/{record}",
    tags=["Search"],
    summary="Describe a record of another catalog",
    description="Its data is not here: `record.harvested` says which catalog lists it, and where its page and files"
    " are.",
    response_model=HarvestedRecord,
)
def harvested(request: Request, services: GetServices, record: Annotated[str, Path(max_length=200)]) -> Response:
    tag = _catalog_tag(request, services)
    found = find_harvested(services.catalog.current(), record)
    return resource_answer(request, tag, SHORT, partial(harvested_record, found, services.links))


def _catalog_tag(request: Request, services: Services) -> str:
    """Return the tag of an answer from the catalog: it differs with the releases, the index and what is asked."""
    return weak_tag(__version__, services.releases.stamp(), services.catalog.held_for(), str(request.url.query))
