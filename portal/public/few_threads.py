"""A few threads for what takes the processor long, as drawings do, so that pages keep theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from datasets.errors import QueryTimeout
from portal.public.measured_work import measured

Argument = TypeVar("Argument")
Result = TypeVar("Result")
SECONDS = 10.0
"""For waiting and being made."""
_THREADS = 2


class FewThreads:
    """Runs one kind of work; who waits for a thread takes none meanwhile."""

    def __init__(self, threads: int = _THREADS, seconds: float = SECONDS) -> None:
        self._limiter = CapacityLimiter(threads)
        self._seconds = seconds

    async def run(self, work: Callable[[Argument], Result], argument: Argument) -> Result:
        """Do ``work`` in a thread; raise what it raises, and QueryTimeout where no thread was free in time."""
        try:
            async with asyncio.timeout(self._seconds):
                return await to_thread.run_sync(measured(work), argument, limiter=self._limiter)
        except TimeoutError:
            raise QueryTimeout("Too many people ask for this at once; ask again in a moment") from None
