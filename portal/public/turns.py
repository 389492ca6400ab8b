"""Turns in the thread that serves everyone: after each short piece of work all others get theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class Turns:
    """Lets one piece of work be done in each pass of the event loop, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def take(self, work: Callable[[], Result]) -> Result:
        """Do ``work``, which raises what it raises, when its turn has come."""
        await self._lock.acquire()
        # Released in the next pass: what became ready meanwhile comes before the next work.
        asyncio.get_running_loop().call_soon(self._lock.release)
        return work()
