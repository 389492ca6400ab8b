"""The catalog for archives and libraries: OAI-PMH 2.0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from catalog.standards.oai import answer
from catalog.standards.oai_records import Repository
from datasets.errors import DatasetNotFound, VerificationFailed
from datasets.public_releases import PublicReleases
from datasets.release import PublicRelease
from portal.public.dependencies import GetServices, Services
from portal.public.routers.pages import page_links
from portal.public.sent_body import BodyLate, sent_body, told_late
from portal.shared.links import OAI, Links
from portal.shared.responses import MOMENT

router = APIRouter(include_in_schema=False)

_MOST_SENT = 8_192
_MOST_ARGUMENTS = 20


@router.api_route(OAI, methods=["GET", "HEAD"])
def asked(request: Request, services: GetServices) -> Response:
    """OAI-PMH 2.0 for archives: all releases, withdrawn ones as deleted records, as oai_dc and oai_datacite."""
    return _answer(request, services, request.query_params.multi_items())


@router.post(OAI)
async def sent(request: Request, services: GetServices) -> Response:
    """The same, asked by a form."""
    try:
        body = await sent_body(request, most=_MOST_SENT)
    except BodyLate:
        return told_late()
    text = body[:_MOST_SENT].decode("utf-8", "replace")
    given = parse_qsl(text, keep_blank_values=True) if text.count("&") < _MOST_ARGUMENTS else []
    return await run_in_threadpool(_answer, request, services, given)


def _answer(request: Request, services: Services, given: Sequence[tuple[str, str]]) -> Response:
    links = page_links(request, services)
    repository = _repository(services.releases, services.releases.stamp(), links.base_url)
    body = answer(given[: _MOST_ARGUMENTS + 1], repository, datetime.now(UTC))
    return Response(body, media_type="text/xml", headers={"Cache-Control": MOMENT})


@lru_cache(maxsize=2)
def _repository(releases: PublicReleases, stamp: str, base_url: str) -> Repository:
    """Return what can be harvested, kept as long as no release comes or goes: `stamp` is another then."""
    del stamp
    return Repository(tuple(_versions(releases)), Links(base_url))


def _versions(releases: PublicReleases) -> Iterator[tuple[PublicRelease, ...]]:
    for dataset in releases.datasets_ever():
        try:
            yield releases.releases(dataset)
        except (DatasetNotFound, VerificationFailed):
            continue
