"""What developers read of one dataset: a page with code to copy, and its API as OpenAPI 3.1."""

from __future__ import annotations

from functools import partial
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from datasets import __version__
from datasets.public_releases import PublicRelease
from datasets.text import LANGUAGES, Language
from portal.public.api_docs import docs_page
from portal.public.dataset_docs.examples import Example, Told, examples_of
from portal.public.dataset_docs.openapi import DescribedTable, dataset_openapi
from portal.public.dependencies import GetServices, Services, finished
from portal.public.known_parameters import FixedParameters
from portal.public.pages.dataset_api import dataset_api_page
from portal.public.resources import DatasetId, ReleaseName
from portal.public.routers.pages import contents_reader, page_links
from portal.public.table_questions import TableQuestion
from portal.query.schema import Cube, table_names
from portal.shared.problems import ProblemDocument
from portal.shared.responses import IMMUTABLE, SHORT, is_known, not_modified, validators, weak_tag
from portal.shared.templating import render
from portal.shared.wording import wording

router = APIRouter()
_METHODS = ["GET", "HEAD"]
_SHOWN_ROWS = "3"


def _page(language: Language) -> APIRouter:
    pages = APIRouter(prefix="" if language == "vi" else "/en", include_in_schema=False)

    @pages.api_route("/datasets/{dataset}/api", methods=_METHODS)
    def dataset_api(request: Request, services: GetServices, dataset: str) -> Response:
        """How to ask one dataset: real questions as code to copy, its columns and codes, and every dialect."""
        release = services.releases.latest(dataset)
        tag = weak_tag(__version__, services.releases.stamp(), str(request.url))
        if is_known(request, tag):
            return not_modified(tag, SHORT)
        told = _told(request, services, release, language)
        codelists = contents_reader(services.releases).read(release).codelists
        page = dataset_api_page(release, told, codelists, wording(language))
        return HTMLResponse(render("dataset_api", page, told.links), headers=validators(tag, SHORT))

    return pages


for _language in LANGUAGES:
    router.include_router(_page(_language))


_descriptions = APIRouter(route_class=FixedParameters)


@_descriptions.head("/api/v1/datasets/{dataset}/openapi.json", include_in_schema=False)
@_descriptions.get(
    "/api/v1/datasets/{dataset}/openapi.json",
    tags=["Datasets"],
    summary="Describe the API of one dataset: its tables, columns and codes (OpenAPI 3.1)",
    response_model=dict[str, Any],
    responses={
        400: {"model": ProblemDocument, "description": "There is no such parameter."},
        404: {"model": ProblemDocument, "description": "There is no such thing."},
        410: {"model": ProblemDocument, "description": "It was withdrawn."},
        503: {"model": ProblemDocument, "description": "Too many questions are waiting."},
    },
)
async def openapi(
    request: Request, services: GetServices, dataset: DatasetId, release: ReleaseName = "latest"
) -> Response:
    links = page_links(request, services)
    found = await run_in_threadpool(services.releases.find, dataset, release)
    tag = weak_tag(__version__, found.envelope_sha256, links.base_url)
    cache = IMMUTABLE if release == found.name else SHORT
    if is_known(request, tag):
        return not_modified(tag, cache)
    document = dataset_openapi(found, await _described(request, services, found), links)
    return Response(orjson.dumps(document), media_type="application/json", headers=validators(tag, cache))


router.include_router(_descriptions)


@router.api_route("/api/v1/datasets/{dataset}/docs", methods=_METHODS, include_in_schema=False)
def docs(services: GetServices, dataset: DatasetId) -> Response:
    """A page to read the description of one dataset's API and try it."""
    links, name = services.links, services.releases.latest(dataset).dataset
    pages = {"english": links.dataset_api(name, "en"), "vietnamese": links.dataset_api(name, "vi")}
    return docs_page(links, links.dataset_openapi(name), **pages)


async def _described(request: Request, services: Services, release: PublicRelease) -> list[DescribedTable]:
    """Return every table of a release, with examples that are asked at once: their answers are shown."""
    told = await run_in_threadpool(_told, request, services, release, "en")
    examples = await run_in_threadpool(examples_of, release, told)
    tables = []
    for name in table_names(release.description):
        schema = told.schema(name)
        title = schema.table.title if isinstance(schema, Cube) else release.description.title
        asked = [example for example in examples if example.question and example.question.table == name]
        answers: dict[str, Any] = {each.asked.kind: await _asked(request, services, release, each) for each in asked}
        tables.append(DescribedTable(schema, title, asked, answers))
    return tables


async def _asked(request: Request, services: Services, release: PublicRelease, example: Example) -> Any:
    """Return the first rows that answer an example."""
    question = example.question
    assert question is not None
    kept = tuple((name, value) for name, value in question.parameters if name != "limit")
    parameters = (*kept, ("limit", _SHOWN_ROWS), ("release", release.name))
    asked = TableQuestion(release.dataset, question.table, question.resource, parameters)
    answer = await finished(services.tables.submit(asked), request)
    assert answer.body is not None, "an answer of a few rows is whole"
    return orjson.loads(answer.body)


def _told(request: Request, services: Services, release: PublicRelease, language: Language) -> Told:
    contents = contents_reader(services.releases).read(release)
    schema = partial(services.reading.schema, release)
    return Told(schema, contents.rows, page_links(request, services), language)
