"""What is posted arrives as it is; of the answer the status counts, and nothing else is kept or followed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from datasets.outbound.addresses import Target
from datasets.outbound.connections import Connection
from datasets.outbound.faults import RemoteFault
from datasets.outbound.limits import RequestLimits
from datasets.outbound.transport import Transport
from datasets.outbound.waiting import moment_of, seconds_asked
from tests.support.webhooks import Had, Reply, receiving

NOW = datetime(2026, 11, 26, tzinfo=UTC)
LIMITS = RequestLimits(document=1_000, idle=0.3, request=0.6)


def test_a_body_arrives_and_a_connection_is_kept_where_its_answer_was_read() -> None:
    with receiving(lambda number, _: Reply(200, body=b"x" * (10 if number < 3 else 5_000))) as receiver:
        transport = Transport(allow_private=True, limits=LIMITS, purpose="trial")
        answers = [transport.post(receiver.address, b"%d" % number, {"X-Y": "z"}) for number in range(4)]
        transport.close()
    assert [(answer.status, answer.content) for answer in answers] == [(200, b"")] * 4
    assert [had.body for had in receiver.had] == [b"0", b"1", b"2", b"3"]
    assert receiver.had[0].headers["x-y"] == "z"
    assert receiver.had[0].headers["user-agent"].endswith("(trial)")
    assert len(receiver.connections) == 2


def test_a_kept_connection_that_was_ended_is_made_anew_and_the_same_is_posted() -> None:
    def answer(_number: int, _had: Had) -> Reply:
        return Reply(raw=b"HTTP/1.1 204 No Content\r\n\r\n")

    with receiving(answer) as receiver:
        transport = Transport(allow_private=True, limits=LIMITS)
        assert [transport.post(receiver.address, b"x", {}).status for _ in range(3)] == [204] * 3
        transport.close()
    assert len(receiver.had) == 3
    assert len(receiver.connections) == 3


@pytest.mark.parametrize("before", [b"103 Early Hints", b"102 Processing", b"100 Continue", b"199 What"])
def test_what_comes_before_the_answer_is_not_the_answer(before: bytes) -> None:
    interim = b"HTTP/1.1 " + before + b"\r\nLink: </x>\r\n\r\n"

    def answer(number: int, _had: Had) -> Reply:
        return Reply(raw=interim * 3 + (b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % (199 + number)))

    with receiving(answer) as receiver:
        transport = Transport(allow_private=True, limits=LIMITS)
        assert [transport.post(receiver.address, b"x", {}).status for _ in range(2)] == [200, 201]
        transport.close()


def test_who_changes_to_another_protocol_has_not_answered() -> None:
    switching = Reply(raw=b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    with receiving(lambda *_: switching) as receiver, pytest.raises(RemoteFault, match="no HTTP"):
        Transport(allow_private=True, limits=LIMITS).post(receiver.address, b"x", {})


def test_nobody_is_posted_to_in_a_private_network() -> None:
    with receiving() as receiver, pytest.raises(RemoteFault, match="private network"):
        Transport(limits=LIMITS).post(receiver.address, b"x", {})
    assert receiver.had == []


def test_an_address_of_numbers_is_told_as_headers_need_it() -> None:
    target = Target("http", "::1", 80, "/", ("::1",))
    assert Connection(target, Transport(), 0.0).host == "[::1]"


def test_when_its_time_is_over_nothing_more_is_waited_for() -> None:
    with receiving() as receiver:
        ticks = iter([0.0, 0.1, 99.0])
        transport = Transport(allow_private=True, limits=LIMITS, clock=lambda: next(ticks, 99.0))
        with pytest.raises(RemoteFault, match="did not answer in time"):
            transport.post(receiver.address, b"x", {})


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Thu, 26 Nov 2026 00:01:00 GMT", 60.0),
        ("Thu, 26 Nov 2026 00:01:00 -0000", 60.0),
        ("Wed, 25 Nov 2026 00:00:00 GMT", 0.0),
        ("soon", 0.0),
        ("", 0.0),
        ("-5", 0.0),
        ("٣", 0.0),
        ("9" * 400, 999_999_999.0),
    ],
)
def test_how_long_a_remote_asks_to_be_left_alone(told: str, seconds: float) -> None:
    assert seconds_asked(told, NOW) == seconds


def test_what_names_no_moment_is_none() -> None:
    assert moment_of("Thu, 99 Nov 2026") is None
    assert moment_of("Fri, 31 Dec 9999 23:59:59 -0100") is None
