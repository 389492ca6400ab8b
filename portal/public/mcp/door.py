"""The address that assistants speak to: what may come in, and the transport of the official library behind it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from mcp.server.lowlevel import Server
from mcp.server.streamable_http import check_accept_headers
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import INVALID_REQUEST, PARSE_ERROR
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from portal.public.dependencies import CallerLeft
from portal.public.mcp.messages import MAX_BODY_BYTES, MessageRefused, read_message
from portal.public.sent_body import BodyLate, sent_body

_FOR_PEOPLE = (
    "Địa chỉ này dành cho trợ lý AI (giao thức MCP), chỉ nhận POST. Trang dữ liệu: /\n"
    "This address is for assistants that speak MCP, by POST only. The pages are at /en\n"
)
_UNREAD = frozenset({408, 413})
"""Answers to a message of which not all was read."""
# Strangers must not be able to fill the log: the library warns of what they get wrong.
logging.getLogger("mcp").setLevel(logging.ERROR)


class McpDoor:
    """An ASGI application that lets in one sound JSON-RPC message at a time, and answers it with JSON.

    The library behind it speaks every revision of the protocol. It is given the message as it was read here, so that
    both understand the same.
    """

    def __init__(self, server: Server[Any], trusts: Callable[[str], bool]) -> None:
        """``trusts`` says whether a page of this origin may ask; programs that are no pages have none."""
        self._server = server
        self._trusts = trusts
        self._sessions: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer while the block runs."""
        self._sessions = StreamableHTTPSessionManager(
            self._server, json_response=True, stateless=True, max_request_body_size=MAX_BODY_BYTES
        )
        async with self._sessions.run():
            yield
        self._sessions = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._sessions is not None, "answers only while it is running"
        request = Request(scope, receive)
        refused = self._refused(request)
        if refused is not None:
            await refused(scope, receive, send)
            return
        try:
            message = read_message(await _body(request))
        except MessageRefused as error:
            refused = _error(error.status, error.code, error.rule, identifier=error.identifier)
            if error.status in _UNREAD:
                # What still comes is no request, and each connection that is waited on is one fewer for others.
                refused.headers["Connection"] = "close"
            await refused(scope, receive, send)
            return
        await self._sessions.handle_request(_plain(scope, message), _again(message, receive), _uncached(send))

    def _refused(self, request: Request) -> Response | None:
        """Return the answer to a request that is turned away by its headers alone."""
        origin = request.headers.get("origin")
        if origin is not None and not self._trusts(origin):
            return _error(403, INVALID_REQUEST, "Origin: pages of other sites may not ask. Ask from a program instead")
        if request.method != "POST":
            return PlainTextResponse(_FOR_PEOPLE, 405, {"Allow": "POST"})
        if (
            _media_type(request) != "application/json"
            or request.headers.get("content-encoding", "identity") != "identity"
        ):
            return _error(415, INVALID_REQUEST, "Content-Type: must be application/json, not compressed")
        if not check_accept_headers(request)[0]:
            return _error(406, INVALID_REQUEST, "Accept: must include application/json and text/event-stream")
        return None


async def _body(request: Request) -> bytes:
    """Read the body, as far as it may be long and late; raises MessageRefused."""
    try:
        body = await sent_body(request, most=MAX_BODY_BYTES)
    except (BodyLate, CallerLeft):
        raise MessageRefused(408, PARSE_ERROR, "the message did not arrive in time") from None
    if len(body) > MAX_BODY_BYTES:
        raise MessageRefused(413, INVALID_REQUEST, f"the message must have at most {MAX_BODY_BYTES} bytes")
    return body


def _plain(scope: Scope, message: bytes) -> Scope:
    """Return the scope of a request whose body is ``message``."""
    told = (b"content-length", b"content-type", b"transfer-encoding")
    headers = [(name, value) for name, value in scope["headers"] if name not in told]
    described = [(b"content-type", b"application/json"), (b"content-length", str(len(message)).encode())]
    return {**scope, "headers": [*headers, *described]}


def _again(message: bytes, receive: Receive) -> Receive:
    """Return what hands out ``message`` as the body, and then whatever comes: that the caller has left."""
    waiting: list[Message] = [{"type": "http.request", "body": message, "more_body": False}]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received


def _uncached(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Cache-Control"] = "no-store"
        await send(message)

    return sent


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _error(status: int, code: int, message: str, *, identifier: str | int | None = None) -> Response:
    """Return an error of JSON-RPC; without ``identifier`` it belongs to no request, as none could be read."""
    body = orjson.dumps({"jsonrpc": "2.0", "id": identifier, "error": {"code": code, "message": message}})
    return Response(body, status, {"Cache-Control": "no-store"}, media_type="application/json")
