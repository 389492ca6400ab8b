"""A source that fails is asked again after a while, as long as it asks for, and a few times alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from catalog.harvest.limits import Limits
from catalog.harvest.session import Session
from datasets.outbound.faults import RemoteFault
from datasets.outbound.transport import Answer, Transport
from tests.support.remote_catalogs import Reply, answering

LIMITS = Limits(idle=0.3, request=1.0, pause=0.5)


NOW = datetime(2026, 11, 26, tzinfo=UTC)


def session_of(transport: Transport) -> tuple[Session, list[float]]:
    slept: list[float] = []
    return Session(transport, LIMITS, lambda: NOW, slept.append), slept


def parse(answer: Answer) -> bytes:
    return answer.content


def test_it_waits_longer_each_time_and_as_long_as_it_is_asked_to() -> None:
    replies = iter(
        [
            Reply(500),
            Reply(503, headers={"Retry-After": "9"}),
            Reply(429, headers={"Retry-After": "Thu, 26 Nov 2026 00:00:30 GMT"}),
            Reply(body=b"x"),
        ]
    )
    with answering(lambda path: next(replies), LIMITS) as (remote, transport):
        session, slept = session_of(transport)
        assert session.read(remote.address, parse) == b"x"
        assert slept == [0.5, 9.0, 30.0]
        assert (transport.traffic.requests, transport.traffic.retries) == (4, 3)
        assert session.started == remote.now


@pytest.mark.parametrize("told", ["never", "-5", "1e9", "Thu, 99 Nov 2026", "٣"])
def test_a_wait_that_is_none_is_none(told: str) -> None:
    replies = iter([Reply(503, headers={"Retry-After": told.encode().decode("latin-1")}), Reply(body=b"x")])
    with answering(lambda path: next(replies), LIMITS) as (remote, transport):
        session, slept = session_of(transport)
        assert session.read(remote.address, parse) == b"x"
        assert slept == [0.5]


def test_it_gives_up_where_that_does_not_help() -> None:
    with answering(lambda path: Reply(500), LIMITS) as (remote, transport):
        session, slept = session_of(transport)
        with pytest.raises(RemoteFault, match="answered 500"):
            session.read(remote.address, parse)
        assert len(slept) == 3
    with answering(lambda path: Reply(503, headers={"Retry-After": "86400"}), LIMITS) as (remote, transport):
        session, slept = session_of(transport)
        with pytest.raises(RemoteFault, match="left alone for 86400 seconds"):
            session.read(remote.address, parse)
        assert slept == []
    with answering(lambda path: Reply(403), LIMITS) as (remote, transport):
        session, slept = session_of(transport)
        with pytest.raises(RemoteFault, match="answered 403"):
            session.read(remote.address, parse)
        assert slept == []


def test_a_run_has_an_end() -> None:
    with answering(lambda path: Reply(body=b"x"), LIMITS) as (remote, transport):
        session, _ = session_of(transport)
        session.limits = replace(LIMITS, run=-1.0)
        session._ends = 1.0
        with pytest.raises(RemoteFault, match="longer than one run may"):
            session.get(remote.address)
