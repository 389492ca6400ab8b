"""Read what callers send along with a request, as far as it may be long and late."""

from __future__ import annotations

import asyncio

from fastapi.responses import PlainTextResponse, Response
from starlette.requests import ClientDisconnect, Request

from portal.public.dependencies import CallerLeft

BODY_SECONDS = 10
"""How long a body may take to arrive: each one that is waited for holds a connection."""


class BodyLate(Exception):
    """What is sent does not arrive in time."""


async def sent_body(request: Request, *, most: int) -> bytes:
    """Return the body, or as much of one with more than ``most`` bytes as shows that it is too long.

    Raises BodyLate where it takes too long to arrive, and CallerLeft where it never will.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    break
    except TimeoutError:
        raise BodyLate from None
    except ClientDisconnect:
        raise CallerLeft from None
    return bytes(body)


def told_late() -> Response:
    """Return the answer to whoever sends too slowly; the connection is closed, for what follows is no request."""
    text = f"What is sent must arrive within {BODY_SECONDS} seconds\n"
    return PlainTextResponse(text, 408, {"Cache-Control": "no-store", "Connection": "close"})
