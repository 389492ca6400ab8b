"""Queries of SDMX-REST 1, which clients of SDMX 2.1 send, put into the words of SDMX-REST 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datasets.said import said
from portal.public.sdmx.refusals import not_offered
from portal.query.model import invalid, unknown

STRUCTURE_PARAMETERS = ("detail", "references")
DATA_PARAMETERS = (
    "startPeriod",
    "endPeriod",
    "updatedAfter",
    "firstNObservations",
    "lastNObservations",
    "dimensionAtObservation",
    "detail",
    "includeHistory",
)
AVAILABILITY_PARAMETERS = ("startPeriod", "endPeriod", "updatedAfter", "references", "mode")

_TYPES = {
    "structure": "*",
    "contentconstraint": "dataconstraint",
    "allowedconstraint": "dataconstraint",
    "actualconstraint": "dataconstraint",
}
"""Types that have another name in SDMX-REST 2."""
_DETAILS: Mapping[str, Mapping[str, str]] = {
    "full": {},
    "dataonly": {"attributes": "none"},
    "nodata": {"measures": "none"},
    "serieskeysonly": {"attributes": "none", "measures": "none", "firstNObservations": "1"},
}


def newer_structure(parts: Sequence[str], parameters: Mapping[str, str]) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Return a query for structures as SDMX-REST 2 asks it; the version that is left out is the newest."""
    artefact_type = _TYPES.get(parts[0], parts[0])
    references = ",".join(_TYPES.get(each, each) for each in parameters.get("references", "none").split(","))
    return (artefact_type, *parts[1:]), {**parameters, "references": references}


def newer_data(parts: Sequence[str], parameters: Mapping[str, str]) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Return a query for data, or for what is available, as SDMX-REST 2 asks it."""
    flow, key, provider, *rest = [*parts, *[""] * (3 - len(parts))]
    if provider not in {"", "all"}:
        raise not_offered(said("data of one provider"))
    named = flow.split(",")
    if not 1 <= len(named) <= 3:
        rule = said("a dataflow is named by at most three parts")
        raise invalid("flow", rule, said("Write it like %(example)s", example="AGENCY,FLOW,latest"))
    agency, identifier, version = ("all", *named, "latest") if len(named) == 1 else (*named, "latest")[:3]
    return ("dataflow", agency, identifier, version or "latest", key, *rest), _parameters(parameters)


def _parameters(given: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in given.items() if name not in {"startPeriod", "endPeriod", "detail"}}
    times = [f"{sign}:{given[name]}" for name, sign in (("startPeriod", "ge"), ("endPeriod", "le")) if name in given]
    detail = given.get("detail", "full")
    if detail not in _DETAILS:
        raise unknown("detail", detail, _DETAILS)
    conditions = {"c[TIME_PERIOD]": "+".join(times)} if times else {}
    return {**kept, **conditions, **_DETAILS[detail]}
