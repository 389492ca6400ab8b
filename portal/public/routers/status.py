"""Whether the portal is alive and can read its store; for load balancers and people on call."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from portal.public.dependencies import GetServices
from portal.shared.responses import MOMENT

router = APIRouter(tags=["Status"])


class Health(BaseModel):
    """What works."""

    status: Literal["ok", "degraded"] = Field(description="`degraded`: pages and data are served, the search lags.")
    datasets: int = Field(description="How many datasets are public.")
    catalog: Literal["current", "rebuilding", "missing"]


@router.get("/health", summary="Tell whether the portal works", response_model=Health)
@router.head("/health", include_in_schema=False)
def health(services: GetServices, response: Response) -> Health:
    response.headers["Cache-Control"] = MOMENT
    state = services.catalog.state()
    return Health(
        status="ok" if state == "current" else "degraded", datasets=len(services.releases.datasets()), catalog=state
    )
