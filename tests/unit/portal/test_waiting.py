"""A question is given up when its time is over or its caller has left, and its thread is free again at once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request

from datasets.errors import QueryInvalid, QueryTimeout
from portal.public.dependencies import CallerLeft, finished
from portal.query.run import Engine, EngineLimits
from portal.query.statement import Statement

ENDLESS = Statement("SELECT sum(a.range * b.range) FROM range(300000) a, range(300000) b", ())


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(tmp_path, EngineLimits(threads=1, memory_mb=64, seconds=0.6))
    yield engine
    engine.close()


def request(*, leaves: Callable[[], bool]) -> Request:
    """A request whose caller leaves as soon as ``leaves`` says so."""

    async def receive() -> dict[str, str]:
        while not leaves():
            await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}

    return Request({"type": "http", "app": FastAPI(), "headers": []}, receive)


def test_an_answer_in_time_is_handed_on(engine: Engine) -> None:
    assert asyncio.run(finished(engine.submit(lambda _: 42), request(leaves=lambda: False))) == 42


def test_an_error_is_handed_on(engine: Engine) -> None:
    def refuse(_: object) -> None:
        raise QueryInvalid("no")

    with pytest.raises(QueryInvalid, match="no"):
        asyncio.run(finished(engine.submit(refuse), request(leaves=lambda: False)))


def test_a_slow_question_is_stopped(engine: Engine) -> None:
    with pytest.raises(QueryTimeout):
        asyncio.run(finished(engine.submit(lambda session: session.read(ENDLESS)), request(leaves=lambda: False)))
    assert engine.run(lambda _: "free again") == "free again"


def test_nothing_goes_on_for_a_caller_who_left(engine: Engine) -> None:
    begun = time.monotonic()
    with pytest.raises(CallerLeft):
        asyncio.run(finished(engine.submit(lambda session: session.read(ENDLESS)), request(leaves=lambda: True)))
    assert engine.run(lambda _: "free again") == "free again"
    assert time.monotonic() - begun < 0.5


def test_a_question_that_still_waits_is_dropped_with_its_caller(engine: Engine) -> None:
    gate = threading.Event()
    first = engine.submit(lambda _: gate.wait(5))
    waiting = engine.submit(lambda _: pytest.fail("ran for nobody"))
    with pytest.raises(CallerLeft):
        asyncio.run(finished(waiting, request(leaves=lambda: True)))
    gate.set()
    assert first.future.result(5)
    assert waiting.future.cancelled()
