"""Pure ASGI middleware: headers that protect readers, and a way to limit other middleware to some paths."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PROTECTIVE_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class ProtectiveHeaders:
    """Adds the protective headers to every response that does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in PROTECTIVE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_protected)


class ForPaths:
    """Puts a middleware around the requests whose path it is meant for, and around no other."""

    def __init__(self, app: ASGIApp, *, wrap: Callable[[ASGIApp], ASGIApp], applies: Callable[[str], bool]) -> None:
        self._plain = app
        self._wrapped = wrap(app)
        self._applies = applies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wrapped = scope["type"] == "http" and self._applies(scope["path"])
        await (self._wrapped if wrapped else self._plain)(scope, receive, send)
