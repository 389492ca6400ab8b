"""What is sent is read as far as it may be long and late; a caller that leaves in the middle breaks nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from fastapi import Request

from portal.public import sent_body
from portal.public.dependencies import CallerLeft

PART = {"type": "http.request", "body": b"12345", "more_body": True}
LAST = {"type": "http.request", "body": b"67", "more_body": False}


def read(messages: Sequence[dict[str, Any]], *, most: int = 100) -> bytes:
    """Read a body that arrives in parts; after the last one nothing comes any more."""
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.sleep(60)
        return waiting.pop(0)

    request = Request({"type": "http", "headers": []}, receive)
    return asyncio.run(sent_body.sent_body(request, most=most))


def test_a_body_is_read_to_its_end() -> None:
    assert read([PART, LAST]) == b"1234567"


def test_one_that_is_too_long_is_read_no_further() -> None:
    assert read([PART, PART, PART], most=7) == b"1234512345"


def test_a_caller_that_leaves_is_no_fault() -> None:
    with pytest.raises(CallerLeft):
        read([PART, {"type": "http.disconnect"}])


def test_one_that_sends_too_slowly_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sent_body, "BODY_SECONDS", 0.05)
    with pytest.raises(sent_body.BodyLate):
        read([PART])
    answer = sent_body.told_late()
    assert (answer.status_code, answer.headers["connection"]) == (408, "close")
