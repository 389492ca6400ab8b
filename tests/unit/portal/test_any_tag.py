"""``If-None-Match: *`` is answered with 304 where there is something, and with the error where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp

from portal.shared.any_tag import AnyTag

TAG = {"ETag": '"1"', "Cache-Control": "no-cache", "Vary": "Accept"}


def asked(app: ASGIApp, known: str | None = "*", method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = [] if known is None else [(b"if-none-match", known.encode())]
    scope = {"type": "http", "method": method, "path": "/", "headers": headers, "asgi": {"spec_version": "2.4"}}
    asyncio.run(AnyTag(app)(scope, receive, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:])


def parts() -> Iterator[bytes]:
    yield b"one"
    yield b"two"


@pytest.mark.parametrize("answer", [Response(b"content", headers=TAG), StreamingResponse(parts(), headers=TAG)])
def test_what_there_is_is_not_sent_again(answer: Response) -> None:
    kept = {name.lower(): value for name, value in TAG.items()}
    assert asked(answer) == (304, kept, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_part_is_not_sent_again_either(method: str) -> None:
    answer = Response(b"x", 206, {**TAG, "Content-Range": "bytes 0-0/9"})
    assert asked(answer, method=method)[0] == 304


@pytest.mark.parametrize("status", [204, 400, 404, 429, 500])
def test_what_is_wrong_is_told_as_ever(status: int) -> None:
    assert asked(Response(b"wrong", status, TAG))[::2] == (status, b"wrong")


def test_an_answer_that_has_no_validator_is_sent() -> None:
    assert asked(Response(b"content"))[::2] == (200, b"content")


@pytest.mark.parametrize(("known", "method"), [(None, "GET"), ('"1"', "GET"), ('"*"', "GET"), ("*", "POST")])
def test_other_requests_pass(known: str | None, method: str) -> None:
    assert asked(Response(b"content", headers=TAG), known, method)[::2] == (200, b"content")
