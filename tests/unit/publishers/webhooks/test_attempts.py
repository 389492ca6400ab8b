"""One attempt: signed, at the address that was checked, and over within seconds whatever the receiver does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from datasets.outbound.limits import RequestLimits
from publishers.webhooks.attempts import Post, Result
from publishers.webhooks.signing import Secrets
from tests.support.webhooks import KEY, NOON, Had, Receiver, Reply, is_signed, receiving, silent, subscriber

LIMITS = RequestLimits(document=1_000, idle=0.3, request=0.6)


@contextmanager
def posting(reply: Reply | None = None, **given: Any) -> Iterator[tuple[Receiver, Post]]:
    def answer(_number: int, _had: Had) -> Reply:
        return reply or Reply()

    with receiving(answer) as receiver:
        whom = subscriber(**{"url": receiver.address, **given})
        with closing(Post(whom, Secrets((KEY,)), lambda: NOON, limits=LIMITS)) as post:
            yield receiver, post


def posted(address: str, **given: Any) -> Result:
    with closing(Post(subscriber(address, **given), Secrets((KEY,)), lambda: NOON, limits=LIMITS)) as post:
        return post("msg_1", b"{}")


def test_it_is_signed_and_the_connection_is_kept() -> None:
    with posting(Reply(200, body=b"thanks")) as (receiver, post):
        for number in range(3):
            assert post(f"msg_{number}", b'{"x": "\xc3\xaa"}') == Result(200)
        assert all(map(is_signed, receiver.had))
        assert not is_signed(receiver.had[0], b"x" * 32)
        headers = receiver.had[2].headers
        assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_2", str(int(NOON.timestamp())))
        assert headers["content-type"].startswith("application/cloudevents+json")
        assert "(webhook)" in headers["user-agent"]
        assert len(receiver.connections) == 1


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (Reply(201), Result(201)),
        (Reply(204), Result(204)),
        (Reply(500, body=b"x" * 100), Result(500, "answered 500")),
        (Reply(404), Result(404, "answered 404")),
        (Reply(410), Result(410, "answered 410")),
        (Reply(503, {"Retry-After": "120"}), Result(503, "answered 503", asked=120.0, is_down=True)),
        (
            Reply(429, {"Retry-After": "Sun, 01 Mar 2026 12:00:30 GMT"}),
            Result(429, "answered 429", asked=30.0, is_down=True),
        ),
        (Reply(429, {"Retry-After": "soon"}), Result(429, "answered 429", is_down=True)),
    ],
)
def test_what_an_answer_means(reply: Reply, wanted: Result) -> None:
    with posting(reply) as (_, post):
        assert post("msg_1", b"{}") == wanted


def test_redirects_are_not_followed() -> None:
    with receiving() as inside, posting(Reply(307, {"Location": inside.address})) as (_, post):
        result = post("msg_1", b"{}")
        assert (result.status, result.fault, result.is_delivered) == (307, "leads elsewhere (307)", False)
        assert inside.had == []


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, body=b"x" * 100, drip=0.2),
        Reply(200, body=b"x" * 1_000_000),
        Reply(200, {"Content-Length": "50"}, body=b"x"),
        Reply(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"),
        Reply(200, {"Content-Encoding": "gzip"}, body=b"no gzip"),
    ],
)
def test_a_status_counts_whatever_follows_it(reply: Reply) -> None:
    with posting(reply) as (receiver, post):
        began = time.monotonic()
        assert post("msg_1", b"{}").is_delivered
        assert post("msg_2", b"{}").is_delivered
        assert time.monotonic() - began < 3
        assert [each.id for each in receiver.had] == ["msg_1", "msg_2"]


@pytest.mark.parametrize(
    "reply",
    [Reply(wait=1.0), Reply(raw=b""), Reply(raw=b"HTTP/1.1 2"), Reply(raw=b"SSH-2.0-x\r\n"), Reply(raw=b"\0" * 70_000)],
)
def test_no_status_is_no_delivery(reply: Reply) -> None:
    with posting(reply) as (_, post):
        result = post("msg_1", b"{}")
        assert (result.status, result.is_down, result.needs_somebody) == (0, True, False)
        assert result.fault


def test_a_tarpit_costs_seconds() -> None:
    began = time.monotonic()
    with silent() as address:
        result = posted(address)
    assert result.fault == "did not answer in time"
    assert time.monotonic() - began < 2
    assert posted("http://127.0.0.1:9/hook").fault == "cannot be reached, or ended the connection"


@pytest.mark.parametrize(
    ("address", "given", "rule"),
    [
        ("https://127.0.0.1/hook", {"allow_private": False}, "private network"),
        ("https://[::ffff:10.0.0.1]/", {"allow_private": False}, "private network"),
        ("http://169.254.169.254/latest/meta-data", {}, "must not be asked"),
        ("https://2130706433/", {"allow_private": False}, "private network"),
    ],
)
def test_no_event_is_sent_where_it_must_not(address: str, given: dict[str, Any], rule: str) -> None:
    result = posted(address, **given)
    assert rule in result.fault
    assert result.needs_somebody


def test_the_machine_that_was_checked_is_the_one_that_is_sent_to() -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    with receiving() as receiver:
        port = receiver.address.split(":")[2].partition("/")[0]
        whom = subscriber(f"http://rebinding.example.org:{port}/hook")
        with closing(Post(whom, Secrets((KEY,)), lambda: NOON, lambda *_: next(answers), LIMITS)) as post:
            assert post("msg_1", b"{}").is_delivered
            assert "must not be asked" in post("msg_2", b"{}").fault
        assert [each.headers["host"] for each in receiver.had] == [f"rebinding.example.org:{port}"]
