"""Strong validators under compression: other bytes have another ETag (RFC 9110, 8.8.3)."""

from __future__ import annotations

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ENCODED = re.compile(r'-(gzip|br|zstd)"')


class EncodedTags:
    """Names the encoding in the strong ETag of a compressed response, and takes it out of what callers send back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = Headers(scope=scope).get("if-none-match", "")
        found = _ENCODED.search(known)
        if found is not None:
            scope = _without_encodings(scope)

        async def send_tagged(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # What has not changed is the answer that the caller has, in the encoding in which it came.
                encoding = (
                    found[1] if found is not None and message["status"] == 304 else headers.get("content-encoding")
                )
                tag = headers.get("etag", "")
                if tag and "accept-encoding" not in headers.get("vary", "").lower():
                    # Compressed or not, sent or known: caches are told the same of it (RFC 9110, 15.4.5).
                    headers.add_vary_header("Accept-Encoding")
                if encoding and tag.startswith('"'):
                    headers["etag"] = f'{tag[:-1]}-{encoding}"'
            await send(message)

        await self._app(scope, receive, send_tagged)


def _without_encodings(scope: Scope) -> Scope:
    headers = [
        (name, _ENCODED.sub('"', value.decode("latin-1")).encode("latin-1") if name == b"if-none-match" else value)
        for name, value in scope["headers"]
    ]
    return {**scope, "headers": headers}
