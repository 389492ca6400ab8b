"""Bounds what a connection may hold up: requests that do not come to an end, long heads, too many at once."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from portal.connection_limits import BUSY_SECONDS, HEADER_SECONDS, MAX_CONNECTIONS, MAX_HEADER_BYTES

_TOO_LONG = f"The address and the headers of a request may take {MAX_HEADER_BYTES} bytes together."
_BUSY = f"The portal is busy. Ask again in {BUSY_SECONDS} seconds.\n".encode()


async def busy(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer that there are too many connections, and close this one."""
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(_BUSY)).encode()),
        (b"cache-control", b"no-store"),
        (b"retry-after", str(BUSY_SECONDS).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": _BUSY})


class HeaderDeadline(HttpToolsProtocol):
    """HTTP/1.1 that waits so long for the headers of each request, however slowly they trickle in.

    uvicorn itself waits for ever, takes headers of any length, and does not tell those whom it turns away when to come
    back.
    """

    seconds = HEADER_SECONDS
    most = MAX_CONNECTIONS
    _deadline: asyncio.TimerHandle | None = None
    _in_head = False
    _unread_head = 0
    """Bytes that came for the head of a request whose end has not come."""
    _too_long = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._application = self.app

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = self.loop.call_later(self.seconds, self._close)

    def data_received(self, data: bytes) -> None:
        crowded = len(self.connections) > self.most or len(self.tasks) > self.most
        self.app = busy if crowded else self._application
        begun = self._in_head
        super().data_received(data)
        # Where it begins among the first bytes is not known, so these are not counted; the sum at its end is exact.
        self._unread_head += len(data) if begun and self._in_head else 0
        if self._unread_head > MAX_HEADER_BYTES and not self.transport.is_closing():
            self.send_400_response(_TOO_LONG)
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering:
            self._disarm()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.seconds, self._close)

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Blanks behind a value are none of it (RFC 9110, 5.5); the parser leaves them there.
        super().on_header(name, value.rstrip(b" \t"))

    def on_headers_complete(self) -> None:
        self._in_head, self._unread_head = False, 0
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MAX_HEADER_BYTES:
            self._too_long = True
            raise ValueError(_TOO_LONG)
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        super().send_400_response(_TOO_LONG if self._too_long else msg)

    def on_response_complete(self) -> None:
        # From here on the wait for the next request is the keep-alive's, until its first byte.
        self._disarm()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _close(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
