"""How good each dataset is described and kept, for programs."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from catalog.quality.reading import judged
from catalog.standards.described import describe
from datasets import __version__
from portal.public.dependencies import GetServices
from portal.public.known_parameters import FixedParameters
from portal.public.quality_resources import QualityDocument, quality_document
from portal.public.resource_answers import PROBLEMS, resource_answer
from portal.public.resources import DatasetId
from portal.public.routers.pages import page_links
from portal.shared.responses import SHORT, weak_tag

router = APIRouter(prefix="/api/v1", route_class=FixedParameters, responses=PROBLEMS)


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

    def make() -> QualityDocument:
        found = judged(services.releases, newest, today)
        return quality_document(describe(services.releases, dataset), found, links, today)

    return resource_answer(request, tag, SHORT, make)
