"""SDMX-REST: structural metadata, data and what is available, in version 2, and in version 1 for older clients."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from portal.public.dependencies import GetServices, Services, finished
from portal.public.sdmx import data_query
from portal.public.sdmx.answers import Asked, SdmxAnswer, SdmxService, caching
from portal.public.sdmx.exchange import BEFORE, NOW, VARY, Protocol, answered, sent
from portal.public.sdmx.refusals import no_such_address, not_offered
from portal.query.run import Session
from portal.shared.responses import SHORT, is_known, not_modified, weak_tag

router = APIRouter(include_in_schema=False)

_READS = ["GET", "HEAD"]


@router.api_route(f"{NOW.prefix}/structure", methods=_READS)
@router.api_route(f"{NOW.prefix}/structure/{{path:path}}", methods=_READS)
async def structure(request: Request, services: GetServices, path: str = "") -> Response:
    """Structural metadata: dataflows, data structures, code lists, concepts, constraints, agencies."""
    return await _structure(request, services, path, NOW)


@router.api_route(f"{NOW.prefix}/data", methods=_READS)
@router.api_route(f"{NOW.prefix}/data/{{path:path}}", methods=_READS)
async def data(request: Request, services: GetServices, path: str = "") -> Response:
    """Data of one dataflow."""
    return await _data(request, services, path, NOW)


@router.api_route(f"{NOW.prefix}/availability", methods=_READS)
@router.api_route(f"{NOW.prefix}/availability/{{path:path}}", methods=_READS)
async def what_is_available(request: Request, services: GetServices, path: str = "") -> Response:
    """The values of each dimension that data is available for."""
    return await _availability(request, services, path, NOW)


@router.api_route(NOW.prefix, methods=_READS)
@router.api_route(f"{NOW.prefix}/{{path:path}}", methods=_READS)
async def elsewhere(request: Request, path: str = "") -> Response:
    """Parts of SDMX-REST that are not offered, and addresses that it does not have."""
    return await _elsewhere(request, path, NOW)


@router.api_route(f"{BEFORE.prefix}/data/{{path:path}}", methods=_READS)
async def data_for_older_clients(request: Request, services: GetServices, path: str) -> Response:
    """Data of one dataflow, for clients of SDMX 2.1."""
    return await _data(request, services, path, BEFORE)


@router.api_route(f"{BEFORE.prefix}/availableconstraint/{{path:path}}", methods=_READS)
async def what_is_available_to_older_clients(request: Request, services: GetServices, path: str) -> Response:
    """The values of each dimension that data is available for, for clients of SDMX 2.1."""
    return await _availability(request, services, path, BEFORE)


@router.api_route(BEFORE.prefix, methods=_READS)
@router.api_route(f"{BEFORE.prefix}/{{path:path}}", methods=_READS)
async def structure_for_older_clients(request: Request, services: GetServices, path: str = "") -> Response:
    """Structural metadata, for clients of SDMX 2.1."""
    if path.partition("/")[0] in {"", *_NOT_OFFERED}:
        return await _elsewhere(request, path, BEFORE)
    return await _structure(request, services, path, BEFORE)


_NOT_OFFERED = frozenset({"schema", "metadata", "registration"})


async def _structure(request: Request, services: Services, path: str, protocol: Protocol) -> Response:
    async def answer(asked: Asked) -> Response:
        moment = data_query.read_as_of(asked.parameters)
        tag = _tag(request, services, asked)
        if is_known(request, tag):
            return not_modified(tag, SHORT, VARY)
        return sent(request, await to_thread.run_sync(_service(services).structures, asked, moment), asked, tag)

    return await answered(request, protocol, "structure", path, answer)


async def _data(request: Request, services: Services, path: str, protocol: Protocol) -> Response:
    async def answer(asked: Asked) -> Response:
        query = data_query.read_data_query(asked.parts, asked.parameters)
        tag = _tag(request, services, asked)
        if is_known(request, tag):
            return not_modified(tag, caching(query), VARY)

        def read(session: Session) -> SdmxAnswer:
            return _service(services).data(session, asked, query)

        return sent(request, await finished(services.reading.submit(read), request), asked, tag)

    return await answered(request, protocol, "data", path, answer)


async def _availability(request: Request, services: Services, path: str, protocol: Protocol) -> Response:
    async def answer(asked: Asked) -> Response:
        query = data_query.read_data_query(asked.parts[:5], asked.parameters)
        components = asked.parts[5] if len(asked.parts) > 5 else ""
        tag = _tag(request, services, asked)
        if is_known(request, tag):
            return not_modified(tag, SHORT, VARY)

        def read(session: Session) -> SdmxAnswer:
            return _service(services).availability(session, asked, query, components)

        return sent(request, await finished(services.reading.submit(read), request), asked, tag)

    return await answered(request, protocol, "availability", path, answer)


async def _elsewhere(request: Request, path: str, protocol: Protocol) -> Response:
    async def answer(_: Asked) -> Response:
        head = path.partition("/")[0]
        raise not_offered(head) if head in _NOT_OFFERED else no_such_address()

    return await answered(request, protocol, "elsewhere", path, answer)


def _service(services: Services) -> SdmxService:
    return SdmxService(services.releases, services.reading, services.links)


def _tag(request: Request, services: Services, asked: Asked) -> str:
    return weak_tag(services.releases.stamp(), asked.media_type.header, asked.language, str(request.url))
