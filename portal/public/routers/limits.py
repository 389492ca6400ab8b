"""What the API allows, and what the caller who asks has left."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from portal.public.dependencies import GetServices
from portal.public.known_parameters import FixedParameters
from portal.public.limits_document import LimitsDocument, limits_document
from portal.public.metering import rate_headers
from portal.public.resource_answers import PROBLEMS
from portal.public.turned_away import key_unknown
from portal.shared.problems import ProblemDocument

router = APIRouter(prefix="/api/v1", route_class=FixedParameters, responses=PROBLEMS)


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
