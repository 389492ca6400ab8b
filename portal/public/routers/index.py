"""The address of the API itself: where everything else is."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datasets import __version__
from portal.public.dependencies import GetServices
from portal.public.index_document import IndexDocument, index_document
from portal.public.known_parameters import FixedParameters
from portal.public.live_schedule import schedule_today
from portal.public.resource_answers import resource_answer
from portal.shared.links import API
from portal.shared.problems import ProblemDocument
from portal.shared.responses import SHORT, weak_tag

router = APIRouter(route_class=FixedParameters)


@router.head(API, include_in_schema=False)
@router.get(
    API,
    tags=["Index"],
    summary="Begin here: where everything is, and the dialects of other programs",
    response_model=IndexDocument,
    responses={400: {"model": ProblemDocument, "description": "There is no such parameter."}},
)
def index(request: Request, services: GetServices) -> Response:
    demonstration = schedule_today(services.releases).shows_demonstration
    tag = weak_tag("index", __version__, services.links.base_url, str(demonstration))
    document = partial(index_document, services.links, demonstration=demonstration)
    return resource_answer(request, tag, SHORT, document)
