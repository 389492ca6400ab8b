"""What servers hand on and clients would not send: raw paths that browsers read in another way."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from portal.shared.middleware import WithoutTrailingSlash


def location(raw_path: bytes | None, query: bytes = b"", *, path: str = "/x/") -> str:
    """Return where a request is sent; empty where it is answered."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope: MutableMapping[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": raw_path,
        "query_string": query,
        "headers": [],
    }
    asyncio.run(WithoutTrailingSlash(PlainTextResponse("answered"), cache="no-store")(scope, receive, send))
    headers = dict(sent[0]["headers"])
    return headers.get(b"location", b"").decode() if sent[0]["status"] == 308 else ""


@pytest.mark.parametrize(
    ("raw", "target"),
    [
        (b"/datasets/", "/datasets"),
        (b"/\t/evil.example/", "/%09/evil.example"),
        (b"/\r\nSet-Cookie:a=b/", "/%0D%0ASet-Cookie:a=b"),
        (b"/x\\evil.example/", "/x%5Cevil.example"),
        (b"/\xff/", "/%FF"),
        (b"/a%2Fb/", "/a%2Fb"),
        (b"/datasets/?q=1", "/datasets"),
        (None, "/x"),
        (b"//evil.example/", ""),
        (b"/\\evil.example/", ""),
        (b"http://evil.example/", ""),
        (b"evil.example/", ""),
        (b"/", ""),
        (b"//", ""),
        (b"/x", ""),
    ],
)
def test_where_a_slash_at_the_end_leads(raw: bytes | None, target: str) -> None:
    assert location(raw) == target


def test_a_query_goes_along_and_breaks_nothing() -> None:
    assert location(b"/x/", b"q=a+b&c=%20") == "/x?q=a+b&c=%20"
    assert location(b"/x/", b"q=\r\nSet-Cookie:a") == "/x?q=%0D%0ASet-Cookie:a"
