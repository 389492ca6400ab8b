"""The page that compares two releases of a dataset, and the file of the cells that differ."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from datasets import __version__
from datasets.errors import FileNotFound
from datasets.public_releases import WithdrawnRelease
from datasets.said import said
from datasets.text import LANGUAGES, Language
from portal.public.compare.answering import MOST_IN_A_FILE, Asked, Compared, compare, in_a_file, table_of
from portal.public.compare.csv_file import csv_text
from portal.public.compare.matching import Matched, matches
from portal.public.compare.pairing import Pair, Paired, paired
from portal.public.compare.reading import Difference
from portal.public.dependencies import GetServices, Services, finished
from portal.public.measured_work import measured
from portal.public.pages.compare import Shown, compare_page
from portal.public.pages.withdrawn import withdrawn_page
from portal.public.routers.pages import page_links
from portal.query.run import Session
from portal.shared.responses import SHORT, is_known, not_modified, validators, weak_tag
from portal.shared.templating import render
from portal.shared.wording import wording

_METHODS = ["GET", "HEAD"]


class Parameters(BaseModel):
    """What the address may say; other parameters, such as those of campaigns, say nothing."""

    model_config = ConfigDict(frozen=True)

    older: str = Field(default="", alias="from", max_length=64)
    newer: str = Field(default="", alias="to", max_length=64)
    table: str = Field(default="", max_length=200)
    measure: str = Field(default="", max_length=200)
    kind: str = Field(default="", max_length=200)
    page: int = Field(default=1, ge=1, le=1_000_000)

    def asked(self) -> Asked:
        return Asked(self.table, self.measure, self.kind, self.page)

    def put_right(self, found: Paired) -> list[tuple[str, str]]:
        """Return the parameters with the older release first."""
        assert found.old is not None
        return [("from", found.old.name), ("to", found.new.name), *self.asked().parameters()]


AskedFor = Annotated[Parameters, Query()]


@dataclass(frozen=True)
class Reader:
    """Who asks, in which language, of which dataset."""

    request: Request
    services: Services
    language: Language
    dataset: str
    parameters: Parameters

    def paired(self) -> Paired:
        return paired(self.services.releases, self.dataset, self.parameters.older, self.parameters.newer)

    def tag(self) -> str:
        return weak_tag(__version__, self.services.releases.stamp(), str(self.request.url))


def _router(language: Language) -> APIRouter:
    router = APIRouter(prefix="" if language == "vi" else "/en", include_in_schema=False)

    @router.api_route("/datasets/{dataset}/compare", methods=_METHODS)
    async def page(request: Request, services: GetServices, dataset: str, parameters: AskedFor) -> Response:
        """What changed between two releases, cell by cell; without `from` and `to` of the newest one."""
        return await _page(Reader(request, services, language, dataset, parameters))

    @router.api_route("/datasets/{dataset}/compare.csv", methods=_METHODS)
    async def file(request: Request, services: GetServices, dataset: str, parameters: AskedFor) -> Response:
        """The cells that differ, as CSV."""
        return await _file(Reader(request, services, language, dataset, parameters))

    return router


router = APIRouter(include_in_schema=False)
for _language in LANGUAGES:
    router.include_router(_router(_language))


async def _page(reader: Reader) -> Response:
    links, words, releases = (
        page_links(reader.request, reader.services),
        wording(reader.language),
        reader.services.releases,
    )
    try:
        found = reader.paired()
    except WithdrawnRelease as error:
        withdrawn = withdrawn_page(error.release, releases.releases(reader.dataset), links, words)
        return HTMLResponse(render("withdrawn", withdrawn, links), 410, headers={"Cache-Control": SHORT})
    if found.swapped:
        address = links.compare(reader.dataset, reader.language, reader.parameters.put_right(found))
        return RedirectResponse(address, 307)
    tag = reader.tag()
    if is_known(reader.request, tag):
        return not_modified(tag, SHORT)
    compared = await _compared(reader, found.pair) if found.pair else None
    shown = Shown(releases, found.new, found.old, compared)
    page = await run_in_threadpool(compare_page, shown, links, words)
    return HTMLResponse(render("compare", page, links), headers=validators(tag, SHORT))


async def _compared(reader: Reader, pair: Pair) -> Compared:
    tables = await run_in_threadpool(matches, reader.services.reading, pair)
    asked = reader.parameters.asked()

    def work(session: Session) -> Compared:
        return compare(reader.services.releases, pair, tables, asked, session)

    return await finished(reader.services.reading.submit(work), reader.request)


async def _file(reader: Reader) -> Response:
    found = reader.paired()
    if found.swapped:
        address = reader.services.links.compared(reader.dataset, reader.language, reader.parameters.put_right(found))
        return RedirectResponse(address, 307)
    if found.pair is None:
        raise FileNotFound(said("There are no two releases at this address to compare"))
    tag = reader.tag()
    if is_known(reader.request, tag):
        return not_modified(tag, SHORT)
    tables = await run_in_threadpool(matches, reader.services.reading, found.pair)
    asked = reader.parameters.asked()
    table = table_of(tables, asked)
    work = partial(in_a_file, reader.services.releases, found.pair, table, asked)
    cells = await finished(reader.services.reading.submit(work), reader.request)
    written = measured(partial(csv_text, found.pair, table, cells[:MOST_IN_A_FILE]))
    text = await run_in_threadpool(written, wording(reader.language))
    headers = {**validators(tag, SHORT), **_told(reader, found.pair, table, cells)}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _told(reader: Reader, pair: Pair, table: Matched, cells: tuple[Difference, ...]) -> dict[str, str]:
    """Return the headers that name the file, and say whether there is more in another one."""
    name = f"{reader.dataset}-{pair.old.name}-{pair.new.name}-{table.name}.csv"
    more = len(cells) > MOST_IN_A_FILE
    told = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Ytemo-Returned": str(min(len(cells), MOST_IN_A_FILE)),
        "Ytemo-Truncated": str(more).lower(),
    }
    if not more:
        return told
    asked = dict(reader.parameters.asked().parameters()) | {"page": str(reader.parameters.page + 1)}
    parameters = [("from", pair.old.name), ("to", pair.new.name), *asked.items()]
    following = reader.services.links.compared(reader.dataset, reader.language, parameters)
    return {**told, "Link": f'<{following}>; rel="next"'}
