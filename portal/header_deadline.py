"""Closes connections on which a request does not come to an end, and turns away those that are too many."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from portal.connection_limits import BUSY_SECONDS, HEADER_SECONDS, MAX_CONNECTIONS

_PIECE = 4 * 1024
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


class HeaderDeadline(H11Protocol):
    """HTTP/1.1 that waits so long for the headers of each request, however slowly they trickle in.

    uvicorn itself waits for ever, and does not tell those whom it turns away when to come back.
    """

    seconds = HEADER_SECONDS
    most = MAX_CONNECTIONS
    _deadline: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._application = self.app

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = self.loop.call_later(self.seconds, self._close)

    def data_received(self, data: bytes) -> None:
        crowded = len(self.connections) > self.most or len(self.tasks) > self.most
        self.app = busy if crowded else self._application
        # The length of a head is looked at whenever bytes have come and its end has not: so in small pieces, too.
        for start in range(0, len(data), _PIECE):
            if not self.transport.is_closing():
                super().data_received(data[start : start + _PIECE])
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering:
            self._disarm()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.seconds, self._close)

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
