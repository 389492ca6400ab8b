"""What handlers need, made once by the application and handed to each request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from fastapi.responses import Response

from datasets.errors import QueryTimeout
from datasets.public_releases import PublicReleases
from portal.public.charts import drawing
from portal.public.few_threads import FewThreads
from portal.public.kept_documents import KeptDocuments
from portal.public.limits_document import LimitNote
from portal.public.live_catalog import LiveCatalog
from portal.public.metering import Metering
from portal.public.pxweb.data_answers import DataAnswers
from portal.public.reuses import Showcase
from portal.public.statistics_answers import StatisticsAnswers
from portal.public.store_watch import StoreWatch
from portal.public.subscriptions.door import Door
from portal.public.subscriptions.mail import Subscriptions
from portal.public.subscriptions.postman import Postman
from portal.public.table_answers import TableAnswers
from portal.public.table_reading import TableReading
from portal.public.topics.gathering import Topics
from portal.public.turns import Turns
from portal.public.usage.counting import kept_from_time_to_time
from portal.public.usage.counts import UsageCounts
from portal.query.run import Engine, Job
from portal.shared.links import Links

Result = TypeVar("Result")
_CLOSED = 499
_LOOK_EVERY = 0.05
"""Seconds between two looks whether the caller is still there."""


@dataclass(frozen=True)
class Services:
    """Everything that answers requests; lives as long as the application."""

    releases: PublicReleases
    catalog: LiveCatalog
    reading: TableReading
    tables: TableAnswers
    statistics: StatisticsAnswers
    links: Links
    store: StoreWatch
    pxweb: DataAnswers
    metering: Metering
    limits: tuple[LimitNote, ...]
    turns: Turns
    """For what is answered where it arrives."""
    documents: KeptDocuments
    usage: UsageCounts
    exploring: FewThreads
    drawing: FewThreads
    reuses: Showcase
    topics: Topics
    mail: Subscriptions
    postman: Postman
    door: Door
    hosts: tuple[str, ...]
    """The names that this portal answers to."""


@dataclass(frozen=True)
class Running:
    """The services, and what has to be started and stopped with them."""

    services: Services
    engine: Engine
    beside: Callable[[], AbstractAsyncContextManager[None]]
    """What else runs as long as the application."""

    @asynccontextmanager
    async def lifespan(self, _: object) -> AsyncIterator[None]:
        self.services.catalog.start()
        self.services.postman.start()
        beginning = asyncio.create_task(asyncio.to_thread(drawing.begin))
        async with kept_from_time_to_time(self.services.usage), self.beside():
            yield
        await asyncio.gather(beginning, return_exceptions=True)  # A drawing that fails tells whoever asks for it.
        await asyncio.to_thread(self.services.postman.stop)
        await asyncio.to_thread(self.services.catalog.stop)
        await asyncio.to_thread(self.engine.close)


async def get_services(request: Request) -> Services:
    """Return what the application was made with; a coroutine, because a plain function would take a thread."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


GetServices = Annotated[Services, Depends(get_services)]


class CallerLeft(Exception):
    """Nobody waits for the answer any more."""


async def nobody_waits(_request: Request, _error: Exception) -> Response:
    """Answer a caller who has left: nobody reads it."""
    return Response(status_code=_CLOSED)


async def finished(job: Job[Result], request: Request) -> Result:
    """Wait for ``job``; give it up when its deadline passes (QueryTimeout) or the caller leaves (CallerLeft)."""
    future = asyncio.wrap_future(job.future)
    try:
        await _settled(future, job.deadline, request)
    except BaseException:
        job.stop()
        future.add_done_callback(_looked_at)
        raise
    return future.result()


async def _settled(future: asyncio.Future[Result], deadline: float, request: Request) -> None:
    while True:
        await asyncio.wait({future}, timeout=_LOOK_EVERY)
        if future.done():
            return
        if time.monotonic() > deadline:
            raise QueryTimeout("The question took too long and was stopped; ask for fewer cells")
        if await request.is_disconnected():
            raise CallerLeft


def _looked_at(future: asyncio.Future[Result]) -> None:
    """Take note of how a job ended that was given up; there is nobody to tell."""
    if not future.cancelled():
        future.exception()
