"""The door of assistants: one address that speaks the Model Context Protocol, over the same core as every dialect."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import Response
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR
from starlette.types import Receive, Scope, Send

from portal.public.dependencies import CallerLeft, Services, finished
from portal.public.mcp.door import McpDoor
from portal.public.mcp.origins import trusts_origin
from portal.public.mcp.server import Work, build_server
from portal.public.mcp.sources import Sources
from portal.public.routers.pages import page_links
from portal.shared.links import MCP

router = APIRouter(include_in_schema=False)


@router.api_route(MCP, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
async def assistants(request: Request) -> Response:
    """Assistants: the Model Context Protocol by POST, with the tools `search`, `describe` and `query`."""
    return _Handed(request.app.state.mcp)


class _Handed(Response):
    """An answer that is another application's."""

    def __init__(self, door: McpDoor) -> None:
        super().__init__()
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._door(scope, receive, send)


def make_door(services: Services, trusted_hosts: Sequence[str]) -> McpDoor:
    """Return what answers assistants; pages of ``trusted_hosts`` and of the public address may ask, no others."""
    own = urlsplit(services.links.base_url).hostname
    hosts = (*trusted_hosts, *((own,) if own else ()))
    return McpDoor(build_server(partial(_run, services)), lambda origin: trusts_origin(origin, hosts))


async def _run(services: Services, work: Work[Any], request: Request) -> Any:
    """Do work in a thread of the engine, within its deadline; it is stopped when its caller leaves."""
    sources = Sources(services.releases, services.catalog, services.reading, page_links(request, services))
    try:
        return await finished(services.reading.submit(lambda session: work(sources, session)), request)
    except CallerLeft:
        raise MCPError(INTERNAL_ERROR, "Nobody waits for the answer") from None
