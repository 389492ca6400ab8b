"""An address that leads nowhere, or not by that method, is told in the shape of the dialect that was asked."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from portal.public.app import PortalOptions, create_app
from tests.support.http import Client
from tests.support.releases import make_demo_store

PROBLEM = "application/problem+json"
READ = "GET, HEAD"


@pytest.mark.parametrize(
    ("method", "url", "status", "media_type", "allow"),
    [
        ("POST", "/api/v1", 405, PROBLEM, READ),
        ("DELETE", "/api/v1/datasets", 405, PROBLEM, READ),
        ("FOO", "/api/v1/datasets/dengue-cases/tables/by-province-and-month/data", 405, PROBLEM, READ),
        ("GET", "/api/v1/nothing", 404, PROBLEM, None),
        ("GET", "/api/nothing", 404, PROBLEM, None),
        ("GET", "/api/2/rest/dataset", 404, PROBLEM, None),
        ("PUT", "/api/3/action/package_show", 405, "application/json;charset=utf-8", "GET, HEAD, POST"),
        ("DELETE", "/api/3", 405, "application/json;charset=utf-8", READ),
        ("GET", "/api/3/nothing", 404, "application/json;charset=utf-8", None),
        ("DELETE", "/datastore/dump/x", 405, "text/html; charset=utf-8", READ),
        ("POST", "/sdmx/v2/data/dataflow/x/y", 405, "application/json", READ),
        ("POST", "/sdmx/v1/data/x", 405, "application/xml", READ),
        ("GET", "/sdmx/v9/data", 404, "application/json", None),
        ("PATCH", "/odata/v4/dengue-cases", 405, "application/json;odata.metadata=minimal", READ),
        ("TRACE", "/odata/v4/dengue-cases", 405, "application/json;odata.metadata=minimal", READ),
        ("GET", "/odata/v2/dengue-cases", 404, PROBLEM, None),
        ("FOO", "/api/pxweb/v2/tables", 405, PROBLEM, READ),
        ("FOO", "/mcp", 405, "application/json", "POST"),
        ("POST", "/datasets", 405, "text/html; charset=utf-8", READ),
        ("POST", "/api", 405, "text/html; charset=utf-8", READ),
    ],
)
def test_a_wrong_address_or_method(
    shipped: Client, *, method: str, url: str, status: int, media_type: str, allow: str | None
) -> None:
    answer = shipped.request(method, url)
    assert (answer.status_code, answer.headers["content-type"]) == (status, media_type)
    assert answer.headers.get("allow") == allow
    assert answer.headers["cache-control"] == "no-store"


def test_a_request_without_a_path_is_no_fault_of_ours(tmp_path: Path) -> None:
    demo = make_demo_store(tmp_path / "data")
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    host = [(b"host", b"localhost")]
    # Servers hand on the target "?", which no client sends, as an empty path.
    scope = {"type": "http", "method": "GET", "path": "", "raw_path": b"", "query_string": b"", "headers": host}
    asyncio.run(create_app(PortalOptions(demo.root, demo.public_key))(scope, receive, send))
    assert sent[0]["status"] == 404


def test_each_dialect_says_it_in_its_words(shipped: Client) -> None:
    ckan = shipped.request("DELETE", "/api/3/action/package_show").json()
    assert ckan["success"] is False
    assert ckan["error"] == {"__type": "Method Not Allowed", "message": "This address can only be read."}
    (sdmx,) = shipped.post("/sdmx/v2/structure", "").json()["errors"]
    assert (sdmx["code"], sdmx["title"]) == (405, "Method Not Allowed")
    older = shipped.post("/sdmx/v1/dataflow?lang=vi", "")
    assert '<mes:ErrorMessage code="405"><com:Text xml:lang="vi">Địa chỉ này chỉ dùng để đọc.' in older.text
    assert shipped.request("FOO", "/mcp").json()["error"] == {"code": 405, "message": "Messages are sent by POST"}
    assert shipped.request("TRACE", "/odata/v4/x").json()["error"]["code"] == "method-not-allowed"
