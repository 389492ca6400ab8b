"""Pure ASGI middleware: headers that protect readers, one address for each thing, and middleware for some paths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
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

_FOR_DOCUMENTS = ("Content-Security-Policy", "Cross-Origin-Opener-Policy", "Permissions-Policy", "X-Frame-Options")
_NEVER_DOCUMENTS = ("font/", "text/css", "text/javascript")
"""What no browser opens as a page: a first visit fetches eight such files, and headers are not compressed."""


def embeddable() -> dict[str, str]:
    """Return the headers of a page that other sites may show inside theirs: the same, but for who may do so."""
    policy = PROTECTIVE_HEADERS["Content-Security-Policy"].replace("frame-ancestors 'none'", "frame-ancestors *")
    return {"Content-Security-Policy": policy, "X-Frame-Options": ""}


class ProtectiveHeaders:
    """Adds the protective headers to every response that does not set its own; files of a page need few of them.

    An answer 304 gets none: caches put its headers in the place of those that they hold (RFC 9111, section 3.2), and
    what other sites may show inside theirs would from then on be shown nowhere.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                known = message["status"] == 304
                for name, value in () if known else _protective(headers.get("Content-Type", "")).items():
                    headers.setdefault(name, value)
                if not headers.get("X-Frame-Options", "DENY"):
                    # The older header knows no "anyone": a page that may be embedded goes without.
                    del headers["X-Frame-Options"]
            await send(message)

        await self._app(scope, receive, send_protected)


def _protective(content_type: str) -> Mapping[str, str]:
    """Return the headers that protect readers of an answer of this type."""
    if not content_type.startswith(_NEVER_DOCUMENTS):
        return PROTECTIVE_HEADERS
    return {name: value for name, value in PROTECTIVE_HEADERS.items() if name not in _FOR_DOCUMENTS}


class VaryingEncoding:
    """Says of every response that its encoding depends on the request: compression tells it only where it compresses.

    HEAD must answer what GET would, and has nothing to compress.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_varying(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Vary", "Accept-Encoding")
            await send(message)

        await self._app(scope, receive, send_varying)


class WithoutTrailingSlash:
    """Sends readers from an address that ends with a slash to the same one without it, which is the only one served.

    The target is a path and never names a host, so nobody is sent off this site: a path that begins with two slashes,
    which browsers would read as a host, is left to be not found.
    """

    def __init__(self, app: ASGIApp, *, cache: str) -> None:
        self._app = app
        self._cache = cache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = _without_slash(scope) if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") else ""
        if not target:
            await self._app(scope, receive, send)
            return
        headers = {"Location": target, "Cache-Control": self._cache}
        await Response(status_code=308, headers=headers)(scope, receive, send)


def _without_slash(scope: Scope) -> str:
    """Return the address without its trailing slashes; empty where it has none, or where it is no plain path."""
    raw = scope.get("raw_path") or quote(scope["path"]).encode("ascii")
    path = raw.decode("latin-1").partition("?")[0]
    bare = path.rstrip("/")
    if bare == path or not bare.startswith("/") or bare.startswith(("//", "/\\")):
        return ""
    # What is escaped stays so, and whatever browsers read as something else, such as a backslash or a tab, becomes so.
    query = quote(scope["query_string"].decode("latin-1"), safe="%/:?@!$&'()*+,;=~", encoding="latin-1")
    return quote(bare, safe="%/:@!$&'()*+,;=~", encoding="latin-1") + (f"?{query}" if query else "")


class ForPaths:
    """Puts a middleware around the requests whose path it is meant for, and around no other."""

    def __init__(self, app: ASGIApp, *, wrap: Callable[[ASGIApp], ASGIApp], applies: Callable[[str], bool]) -> None:
        self._plain = app
        self._wrapped = wrap(app)
        self._applies = applies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wrapped = scope["type"] == "http" and self._applies(scope["path"])
        await (self._wrapped if wrapped else self._plain)(scope, receive, send)
