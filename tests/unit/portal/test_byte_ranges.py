"""Parts of files: what cannot be asked over HTTP of the files that there are."""

from __future__ import annotations

import asyncio
import io
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request

from portal.shared.byte_ranges import FileParts, RangeNotSatisfiable, Span, asked_spans


def request(*ranges: str, method: str = "GET") -> Request:
    headers = [(b"range", each.encode()) for each in ranges]
    return Request({"type": "http", "method": method, "headers": headers})


def spans(size: int, *ranges: str) -> tuple[Span, ...]:
    return asked_spans(request(*ranges), size, tag='"t"', modified="m")


def test_an_empty_file_has_no_parts() -> None:
    assert spans(0, "bytes=0-0") == ()
    assert spans(0, "bytes=-5") == ()


def test_two_headers_are_no_header() -> None:
    assert spans(100, "bytes=0-9", "bytes=20-29") == ()


def test_overlapping_parts_are_joined_and_others_are_not() -> None:
    assert spans(100, "bytes=50-59,0-9,5-14") == (Span(0, 15), Span(50, 60))
    assert spans(100, "bytes=50-59,0-9") == (Span(50, 60), Span(0, 10))
    assert spans(100, "bytes=0-9,10-19") == (Span(0, 10), Span(10, 20))
    assert spans(100, "bytes=0-,-1,3-4") == (Span(0, 100),)


def test_the_length_is_told_with_the_refusal() -> None:
    with pytest.raises(RangeNotSatisfiable) as caught:
        spans(100, "bytes=100-")
    assert caught.value.headers == {"Content-Range": "bytes */100", "Accept-Ranges": "bytes"}


async def receive() -> MutableMapping[str, Any]:
    await asyncio.sleep(10)
    return {"type": "http.disconnect"}


def test_the_file_is_closed_when_the_caller_leaves(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 1_000_000)
    file = path.open("rb")

    async def leave(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            raise OSError("the caller has left")

    response = FileParts(file, 1_000_000, (), {"Content-Type": "text/plain"})
    with pytest.raises(BaseException, match=r"caller has left|TaskGroup|^$"):
        asyncio.run(response({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, leave))
    assert file.closed


def test_a_file_that_became_shorter_breaks_off() -> None:
    """An answer that is too short is noticed by its length; one that is filled up would not be."""
    sent: list[bytes] = []

    async def keep(message: MutableMapping[str, Any]) -> None:
        sent.append(message.get("body", b""))

    response = FileParts(io.BytesIO(b"short"), 100, (), {"Content-Type": "text/plain"})
    with pytest.raises(BaseException, match=r"shorter|TaskGroup"):
        asyncio.run(response({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, keep))
    assert b"".join(sent) == b"short"
