"""Short work in the thread that serves everyone is done in turns: whoever waits for something else is not kept."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from portal.public.turns import Turns


def test_others_go_on_between_two_pieces_of_work() -> None:
    async def passes() -> list[str]:
        turns, told = Turns(), list[str]()

        async def other() -> None:
            for _ in range(10):
                told.append("other")
                await asyncio.sleep(0)

        work = [turns.take(lambda number=number: told.append(f"work {number}")) for number in range(4)]  # type: ignore[misc]
        await asyncio.gather(*work, other())
        return told

    told = asyncio.run(passes())
    done = [place for place, each in enumerate(told) if each.startswith("work")]
    assert [told[place] for place in done] == [f"work {number}" for number in range(4)]
    assert all("other" in told[first:last] for first, last in pairwise(done))


def test_work_that_fails_and_callers_that_leave_keep_nobody() -> None:
    async def both() -> str:
        turns = Turns()
        with pytest.raises(ZeroDivisionError):
            await turns.take(lambda: 1 // 0)
        leaving = asyncio.gather(*(turns.take(lambda: "gone") for _ in range(3)))
        await asyncio.sleep(0)
        leaving.cancel()
        return await asyncio.wait_for(turns.take(lambda: "kept"), 5)

    assert asyncio.run(both()) == "kept"
