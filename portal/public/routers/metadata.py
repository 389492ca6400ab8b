"""What there is: datasets, their releases, what each changed, and code lists."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from datasets import __version__
from datasets.public_releases import PublicRelease
from portal.public.dependencies import GetServices, Services
from portal.public.history_resources import HistoryDocument, history_document, in_force_today
from portal.public.known_parameters import FixedParameters
from portal.public.resource_answers import PROBLEMS, resource_answer
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
from portal.shared.responses import IMMUTABLE, SHORT, is_known, not_modified, weak_tag

router = APIRouter(prefix="/api/v1", route_class=FixedParameters, responses=PROBLEMS)

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
    make = partial(dataset_list, services.releases, services.links, limit=limit, after=after)
    return resource_answer(request, tag, SHORT, make)


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
    return resource_answer(request, tag, SHORT, partial(release_list, dataset, found, services.links))


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
    if document.lacks_comparisons:
        # The same releases tell more once the file is restored: whoever kept this would never ask for it.
        headers = {"Cache-Control": "no-store"}
        return Response(document.model_dump_json(by_alias=True), media_type="application/json", headers=headers)
    return resource_answer(request, tag, SHORT, lambda: document)


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

    def make() -> CodelistResource:
        return codelist_resource(found, services.releases.codelist(found, codelist))

    return resource_answer(request, tag, cache, make)


def _release(request: Request, services: Services, release: PublicRelease, *, pinned: bool) -> Response:
    tag, cache = weak_tag(release.envelope_sha256, services.links.base_url, "release"), IMMUTABLE if pinned else SHORT
    return resource_answer(request, tag, cache, partial(release_resource, release, services.links))
