"""Count the uses of datasets while they are answered, and keep the counts from time to time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.public.usage.counts import UsageCounts
from portal.public.usage.uses import use_of

KEEP_EVERY = 60.0
"""Seconds between two times that counts are written down."""


class CountsUses:
    """Counts requests that were answered with what they asked for; nothing of who asked is kept."""

    def __init__(self, app: ASGIApp, *, counts: UsageCounts) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "POST"}:
            await self._app(scope, receive, send)
            return

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in {200, 206}:
                self._count(scope)
            await send(message)

        await self._app(scope, receive, send_counted)

    def _count(self, scope: Scope) -> None:
        if found := use_of(scope["path"], Headers(scope=scope)):
            self._counts.count(*found)


@asynccontextmanager
async def kept_from_time_to_time(counts: UsageCounts) -> AsyncIterator[None]:
    """Keep what is counted every minute while the application runs, and once more at its end."""
    task = asyncio.create_task(_keep(counts))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await asyncio.to_thread(counts.keep)


async def _keep(counts: UsageCounts) -> None:
    while True:
        await asyncio.sleep(KEEP_EVERY)
        await asyncio.to_thread(counts.keep)
