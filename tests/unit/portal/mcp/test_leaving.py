"""A caller who leaves stops the work, in both eras of the protocol."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi import Request
from mcp.shared.exceptions import MCPError
from starlette.types import Message

from portal.public.dependencies import Services
from portal.public.mcp.door import McpDoor
from portal.public.mcp.server import Work, build_server
from portal.public.mcp.sources import Sources
from portal.public.routers import mcp as router
from portal.query.run import Engine, EngineLimits, Session
from portal.query.statement import Statement
from portal.shared.links import MCP, Links

ENDLESS = Statement("SELECT sum(a.range * b.range) FROM range(300000) a, range(300000) b", ())
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
MODERN = [(b"mcp-protocol-version", b"2026-07-28"), (b"mcp-method", b"tools/call"), (b"mcp-name", b"search")]


@pytest.mark.parametrize("modern", [False, True])
def test_nothing_goes_on_for_a_caller_who_left(tmp_path: Path, modern: bool) -> None:
    engine = Engine(tmp_path, EngineLimits(threads=1, memory_mb=64, seconds=30))
    began, left = threading.Event(), threading.Event()

    reading = SimpleNamespace(submit=engine.submit)
    services = SimpleNamespace(releases=None, catalog=None, reading=reading, links=Links("https://data.example.vn"))

    def endless(_: Sources, session: Session) -> Any:
        began.set()
        return session.read(ENDLESS)

    async def run(_: Work[Any], request: Request) -> Any:
        try:
            return await router._run(cast("Services", services), endless, request)
        except MCPError:
            left.set()
            raise

    try:
        begun = time.monotonic()
        asyncio.run(ask(McpDoor(build_server(run), lambda _: True), began, modern=modern))
        assert left.is_set()
        assert engine.run(lambda _: "free again") == "free again"
        assert time.monotonic() - begun < 10
    finally:
        engine.close()


async def ask(door: McpDoor, began: threading.Event, *, modern: bool) -> None:
    """Call a tool, and leave once the work has begun."""
    params = {"name": "search", "arguments": {}, **({"_meta": META} if modern else {})}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        while not began.is_set():
            await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        """Nobody listens any more."""

    headers = [(b"content-type", b"application/json"), (b"accept", b"*/*"), *(MODERN if modern else [])]
    async with door.running():
        await door({"type": "http", "method": "POST", "headers": headers, "path": MCP}, receive, send)
