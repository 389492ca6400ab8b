"""``If-None-Match: *``: whatever there is now, the caller has it; known only once the answer is (RFC 9110, 13.1.2)."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HAS_CONTENT = frozenset({200, 206})
_OF_CONTENT = ("content-length", "content-type", "content-encoding", "content-range", "accept-ranges")


class AnyTag:
    """Answers 304 to ``If-None-Match: *`` where there is something: what is wrong or missing is told as ever.

    Other tags are looked at before anything is read; this one is no tag, so that a wrong question would have it too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not _any(scope):
            await self._app(scope, receive, send)
            return
        unchanged = False

        async def send_unchanged(message: Message) -> None:
            nonlocal unchanged
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                unchanged = message["status"] in _HAS_CONTENT and "etag" in headers
                if unchanged:
                    message["status"] = 304
                    for name in _OF_CONTENT:
                        del headers[name]
            elif unchanged:
                message["body"] = b""
            await send(message)

        await self._app(scope, receive, send_unchanged)


def _any(scope: Scope) -> bool:
    return Headers(scope=scope).get("if-none-match", "").strip() == "*"
