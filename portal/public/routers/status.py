"""Whether the portal is alive and can read its store; for load balancers and people on call."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from portal.public.dependencies import GetServices
from portal.shared.problems import ProblemDocument
from portal.shared.responses import MOMENT

router = APIRouter(tags=["Status"])

_NAMED = 20
_UNREADABLE: dict[int | str, dict[str, Any]] = {
    503: {"model": ProblemDocument, "description": "The store cannot be read at all."}
}


class Health(BaseModel):
    """What works."""

    status: Literal["ok", "degraded"] = Field(
        description="`degraded`: what is sound is served; the search lags, or some of the store is damaged or missing."
    )
    datasets: int = Field(description="How many datasets are public.")
    catalog: Literal["current", "rebuilding", "missing"]
    store: Literal["readable", "missing"] = Field(description="`missing`: nothing is published, or no disk mounted.")
    damaged: int = Field(description="How many public releases cannot be handed out as they were signed.")
    damaged_releases: tuple[str, ...] = Field(description="The first twenty of them, such as `dengue-cases 2024.1`.")


@router.get("/health", summary="Tell whether the portal works", response_model=Health, responses=_UNREADABLE)
@router.head("/health", include_in_schema=False)
def health(services: GetServices, response: Response) -> Health:
    response.headers["Cache-Control"] = MOMENT
    state, damaged = services.catalog.state(), services.store.damaged()
    is_there = services.store.can_be_read()
    return Health(
        status="ok" if state == "current" and is_there and not damaged else "degraded",
        datasets=len(services.releases.datasets()),
        catalog=state,
        store="readable" if is_there else "missing",
        damaged=len(damaged),
        damaged_releases=damaged[:_NAMED],
    )
