"""What there is: datasets, their releases and code lists, the search, and what the API allows."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from datasets import __version__
from datasets.public_releases import PublicRelease
from portal.public.dependencies import GetServices, Services
from portal.public.harvested_resources import HarvestedRecord, find_harvested, harvested_record
from portal.public.history_resources import HistoryDocument, history_document, in_force_today
from portal.public.known_parameters import FixedParameters
from portal.public.limits_document import LimitsDocument, limits_document
from portal.public.metering import rate_headers
from portal.public.resources import (
    CodelistResource,
    DatasetId,
    DatasetList,
    ReleaseList,
    ReleaseName,
    ReleaseResource,
    codelist_resource,
    dataset_list,
    release_list,
    release_resource,
)
from portal.public.search_resources import (
    SearchDocument,
    SearchParameters,
    SuggestDocument,
    SuggestParameters,
    search_document,
    suggest_document,
)
from portal.public.turned_away import key_unknown
from portal.shared.problems import ProblemDocument
from portal.shared.responses import IMMUTABLE, SHORT, is_known, not_modified, validators, weak_tag

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": ProblemDocument, "description": "There is no such parameter; the problem names the nearest."},
    404: {"model": ProblemDocument, "description": "There is no such thing."},
    410: {"model": ProblemDocument, "description": "It was withdrawn."},
}
router = APIRouter(prefix="/api/v1", route_class=FixedParameters, responses=_PROBLEMS)

MAX_LISTED = 1_000
MAX_HISTORY = 1_000


@router.head("/datasets", include_in_schema=False)
@router.get("/datasets", tags=["Datasets"], summary="List the datasets", response_model=DatasetList)
def datasets(
    request: Request,
    services: GetServices,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED, description="How many at most.")] = 100,
    after: Annotated[str, Query(max_length=200, description="The last dataset of the page before.")] = "",
) -> Response:
    tag = weak_tag(services.releases.stamp(), str(request.url.query))
    if is_known(request, tag):
        return not_modified(tag, SHORT)
    return _json(dataset_list(services.releases, services.links, limit=limit, after=after), tag, SHORT)


@router.head("/datasets/{dataset}", include_in_schema=False)
@router.get(
    "/datasets/{dataset}",
    tags=["Datasets"],
    summary="Describe a dataset by its newest release",
    response_model=ReleaseResource,
)
def dataset(request: Request, services: GetServices, dataset: DatasetId, release: ReleaseName = "latest") -> Response:
    return _release(request, services, services.releases.find(dataset, release), pinned=False)


@router.head("/datasets/{dataset}/releases", include_in_schema=False)
@router.get(
    "/datasets/{dataset}/releases",
    tags=["Datasets"],
    summary="List the releases of a dataset",
    response_model=ReleaseList,
)
def releases(request: Request, services: GetServices, dataset: DatasetId) -> Response:
    found = services.releases.releases(dataset)
    tag = weak_tag(dataset, *(f"{each.envelope_sha256} {each.withdrawal is None}" for each in found))
    if is_known(request, tag):
        return not_modified(tag, SHORT)
    return _json(release_list(dataset, found, services.links), tag, SHORT)


@router.head("/datasets/{dataset}/changes", include_in_schema=False)
@router.get(
    "/datasets/{dataset}/changes",
    tags=["Datasets"],
    summary="Tell what each release of a dataset changed",
    description="Every public release, newest first: tables, columns, codes, rows, cells and statuses that changed"
    " since the release before, withdrawals with their reason, and which names will not be answered for ever.",
    response_model=HistoryDocument,
)
def changes(
    request: Request,
    services: GetServices,
    dataset: DatasetId,
    limit: Annotated[int, Query(ge=1, le=MAX_HISTORY, description="How many releases at most.")] = 100,
    after: Annotated[str, Query(max_length=100, description="The last release of the page before.")] = "",
) -> Response:
    releases, links = services.releases, services.links
    found = releases.releases(dataset)
    states = (f"{each.envelope_sha256} {each.withdrawal is None}" for each in found)
    over = in_force_today(found, releases.today())
    tag = weak_tag(__version__, links.base_url, str(request.url.query), dataset, *states, *over)
    if is_known(request, tag):
        return not_modified(tag, SHORT)
    document = history_document(dataset, releases, links, limit=limit, after=after)
    return _json(document, tag, SHORT)


@router.head("/datasets/{dataset}/releases/{release}", include_in_schema=False)
@router.get(
    "/datasets/{dataset}/releases/{release}",
    tags=["Datasets"],
    summary="Describe a release",
    response_model=ReleaseResource,
)
def release(request: Request, services: GetServices, dataset: DatasetId, release: str) -> Response:
    found = services.releases.find(dataset, release)
    return _release(request, services, found, pinned=release == found.name)


@router.head("/datasets/{dataset}/codelists/{codelist}", include_in_schema=False)
@router.get(
    "/datasets/{dataset}/codelists/{codelist}",
    tags=["Datasets"],
    summary="List the codes of a release",
    response_model=CodelistResource,
)
def codelist(
    request: Request, services: GetServices, dataset: DatasetId, codelist: str, release: ReleaseName = "latest"
) -> Response:
    found = services.releases.find(dataset, release)
    tag, cache = weak_tag(found.envelope_sha256, "codelist", codelist), IMMUTABLE if release == found.name else SHORT
    if is_known(request, tag):
        return not_modified(tag, cache)
    return _json(codelist_resource(found, services.releases.codelist(found, codelist)), tag, cache)


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
    tag = _catalog_tag(request, services)
    if is_known(request, tag):
        return not_modified(tag, SHORT)
    document = search_document(services.catalog.current(), services.releases, services.links, asked.request())
    return _json(document, tag, SHORT)


@router.head("/suggest", include_in_schema=False)
@router.get("/suggest", tags=["Search"], summary="Suggest how a search goes on", response_model=SuggestDocument)
def suggest(request: Request, services: GetServices, asked: Annotated[SuggestParameters, Query()]) -> Response:
    tag = _catalog_tag(request, services)
    if is_known(request, tag):
        return not_modified(tag, SHORT)
    document = suggest_document(services.catalog.current(), services.releases, services.links, asked)
    return _json(document, tag, SHORT)


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
    if is_known(request, tag):
        return not_modified(tag, SHORT)
    return _json(harvested_record(found, services.links), tag, SHORT)


@router.head("/limits", include_in_schema=False)
@router.get(
    "/limits",
    tags=["Limits"],
    summary="What the API allows",
    description="Every limit that a caller can run into, and what the caller who asks has left now. Asking costs"
    " nothing. A request that uses more than there is, is answered with 429 and `Retry-After`.",
    response_model=LimitsDocument,
    responses={401: {"model": ProblemDocument, "description": "The API key is not known."}},
)
async def limits(request: Request, services: GetServices) -> Response:
    caller = await services.metering.caller(request.scope)
    if caller.mistaken:
        raise key_unknown()
    left = services.metering.left(caller)
    headers = {"Cache-Control": "no-store"}
    headers |= {name.decode(): value.decode() for name, value in rate_headers(caller.account.allowance, left)}
    document = limits_document(services.limits, caller, left)
    return Response(document.model_dump_json(), media_type="application/json", headers=headers)


def _release(request: Request, services: Services, release: PublicRelease, *, pinned: bool) -> Response:
    tag, cache = weak_tag(release.envelope_sha256, services.links.base_url, "release"), IMMUTABLE if pinned else SHORT
    if is_known(request, tag):
        return not_modified(tag, cache)
    return _json(release_resource(release, services.links), tag, cache)


def _catalog_tag(request: Request, services: Services) -> str:
    """Return the tag of an answer from the catalog: it differs with the releases, the index and what is asked."""
    return weak_tag(__version__, services.releases.stamp(), services.catalog.held_for(), str(request.url.query))


def _json(content: BaseModel, tag: str, cache: str) -> Response:
    """Write a resource at once: it is made of checked parts, so it is not checked again."""
    headers = validators(tag, cache) if tag else {"Cache-Control": cache}
    return Response(content.model_dump_json(by_alias=True), media_type="application/json", headers=headers)
