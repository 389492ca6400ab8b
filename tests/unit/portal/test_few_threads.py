"""What takes long has few threads of its own: who waits for one holds none, and is told where it takes too long."""

from __future__ import annotations

import asyncio
from threading import Event

import pytest
from starlette.concurrency import run_in_threadpool

from datasets.errors import QueryTimeout
from portal.public.few_threads import FewThreads
from portal.public.measured_work import paid_by


def test_it_returns_what_work_returns_and_raises_what_it_raises() -> None:
    async def ask() -> None:
        threads = FewThreads()
        assert await threads.run(int, "7") == 7
        with pytest.raises(ValueError, match="invalid literal"):
            await threads.run(int, "seven")

    asyncio.run(ask())


def test_a_crowd_leaves_threads_to_others() -> None:
    async def ask() -> None:
        threads, gate = FewThreads(), Event()
        crowd = [asyncio.create_task(threads.run(gate.wait, 20.0)) for _ in range(100)]
        await asyncio.sleep(0)
        assert await asyncio.wait_for(run_in_threadpool(int, "7"), 15) == 7
        gate.set()
        assert all(await asyncio.gather(*crowd))

    asyncio.run(ask())


def test_who_waits_too_long_is_told() -> None:
    async def ask() -> None:
        threads, gate = FewThreads(threads=1, seconds=0.05), Event()
        held = asyncio.create_task(FewThreads.run(threads, gate.wait, 20.0))
        await asyncio.sleep(0)
        with pytest.raises(QueryTimeout, match="at once"):
            await threads.run(int, "7")
        gate.set()
        with pytest.raises(QueryTimeout):
            await held

    asyncio.run(ask())


def test_what_is_worked_is_paid_for() -> None:
    async def ask() -> None:
        paid: list[float] = []
        with paid_by(paid.append):
            await FewThreads().run(sum, range(1000))
        assert len(paid) == 1

    asyncio.run(ask())
