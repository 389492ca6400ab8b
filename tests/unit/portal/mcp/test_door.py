"""The door turns away what is no sound message before the library sees it, and says why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp_types import ListToolsResult, PaginatedRequestParams
from starlette.types import Message

from portal.public import sent_body
from portal.public.mcp.door import McpDoor
from portal.public.mcp.messages import MAX_BODY_BYTES
from portal.shared.links import MCP
from tests.support.http import Client, client_of
from tests.support.mcp_fixture import application

HEADERS = {"accept": "application/json, text/event-stream", "content_type": "application/json"}
LIST = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})


async def nothing(_: ServerRequestContext[Any], __: PaginatedRequestParams | None) -> ListToolsResult:
    return ListToolsResult(tools=[])


@pytest.fixture
def client() -> Iterator[Client]:
    with client_of(application(Server("test", on_list_tools=nothing))) as client:
        yield client


def rule(answer: httpx.Response) -> str:
    """Return what an error says, which is JSON-RPC and may be kept by nobody."""
    assert answer.headers["cache-control"] == "no-store"
    document = answer.json()
    assert (document["jsonrpc"], document["id"]) == ("2.0", None)
    return str(document["error"]["message"])


def test_a_message_is_answered_with_json_that_nobody_keeps(client: Client) -> None:
    answer = client.post(MCP, LIST, **HEADERS)
    assert (answer.status_code, answer.json()["result"]) == (200, {"tools": []})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "APPLICATION/JSON"])
def test_media_types_are_read_as_they_are_written(client: Client, media_type: str) -> None:
    assert client.post(MCP, LIST, accept="*/*", content_type=media_type).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_only_post_is_answered_and_people_are_told_where_to_go(client: Client, method: str) -> None:
    answer = client.request(method, MCP)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert method == "HEAD" or "trợ lý AI" in answer.text


def test_pages_of_others_are_turned_away_first(client: Client) -> None:
    for method in ("GET", "POST"):
        answer = client.request(method, MCP, origin="http://evil.example.com")
        assert answer.status_code == 403
        assert rule(answer).startswith("Origin: ")
    assert client.post(MCP, LIST, **HEADERS, origin="http://127.0.0.1:99").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({"content_type": "text/plain"}, 415, "Content-Type: "),
        ({"content_encoding": "gzip"}, 415, "Content-Type: "),
        ({"accept": "text/html"}, 406, "Accept: "),
    ],
)
def test_headers_that_cannot_be_are_named(client: Client, headers: dict[str, str], status: int, said: str) -> None:
    answer = client.post(MCP, LIST, **{**HEADERS, **headers})
    assert (answer.status_code, rule(answer)[: len(said)]) == (status, said)


def test_a_long_message_is_not_read_to_its_end(client: Client) -> None:
    answer = client.post(MCP, b" " * (MAX_BODY_BYTES + 1), **HEADERS)
    assert answer.status_code == 413
    assert str(MAX_BODY_BYTES) in rule(answer)


def test_what_is_no_message_never_reaches_the_library(client: Client) -> None:
    answer = client.post(MCP, "[]", **HEADERS)
    assert (answer.status_code, "batches" in rule(answer)) == (400, True)


@pytest.mark.parametrize("leaves", [False, True])
def test_a_message_that_does_not_arrive_is_given_up(monkeypatch: pytest.MonkeyPatch, leaves: bool) -> None:
    monkeypatch.setattr(sent_body, "BODY_SECONDS", 0.05)
    sent: list[Message] = []

    async def receive() -> Message:
        if not leaves:
            await asyncio.sleep(10)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def ask() -> None:
        opened = McpDoor(Server("test"), lambda _: True)
        headers = [(b"content-type", b"application/json"), (b"accept", b"*/*")]
        async with opened.running():
            await opened({"type": "http", "method": "POST", "headers": headers, "path": MCP}, receive, send)

    asyncio.run(ask())
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"], "what still comes is no request"
