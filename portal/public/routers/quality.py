"""How good each dataset is described and kept, for programs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from catalog.quality.reading import judged
from catalog.standards.described import describe
from datasets import __version__
from portal.public.dependencies import GetServices
from portal.public.known_parameters import FixedParameters
from portal.public.quality_resources import QualityDocument, quality_document
from portal.public.resources import DatasetId
from portal.public.routers.pages import page_links
from portal.shared.problems import ProblemDocument
from portal.shared.responses import SHORT, is_known, not_modified, validators, weak_tag

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": ProblemDocument, "description": "There is no such parameter; the problem names the nearest."},
    404: {"model": ProblemDocument, "description": "There is no such thing."},
    410: {"model": ProblemDocument, "description": "It was withdrawn."},
}
router = APIRouter(prefix="/api/v1", route_class=FixedParameters, responses=_PROBLEMS)


@router.head("/datasets/{dataset}/quality", include_in_schema=False)
@router.get(
    "/datasets/{dataset}/quality",
    tags=["Datasets"],
    summary="Tell how well a dataset is described, with reasons",
    description="Judged by its newest release, as of today in Viet Nam: criteria with reasons and remedies, and the"
    " indicators of the FAIR Data Maturity Model with the address of what proves each.",
    response_model=QualityDocument,
)
def quality(request: Request, services: GetServices, dataset: DatasetId) -> Response:
    newest, today, links = services.releases.latest(dataset), services.releases.today(), page_links(request, services)
    # With the releases before it, because FAIR indicators tell whether there are any.
    tag = weak_tag(__version__, services.releases.stamp(), newest.envelope_sha256, str(today), links.base_url)
    if is_known(request, tag):
        return not_modified(tag, SHORT)
    found = judged(services.releases, newest, today)
    document = quality_document(describe(services.releases, dataset), found, links, today)
    return Response(document.model_dump_json(), media_type="application/json", headers=validators(tag, SHORT))
