"""Data of one table: ``data`` answers a question about a cube or a register, ``rows`` lists what was published."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from portal.public.dependencies import GetServices, Services, finished
from portal.public.resources import DatasetId, JsonStatDocument, TableDocument, TableName
from portal.public.routers.parameters_guide import GUIDE, QUERY_PARAMETERS
from portal.public.statistics_answers import StatisticsDocument
from portal.public.table_answers import TableAnswer
from portal.public.table_questions import Kind, TableQuestion
from portal.query.answer_formats import FORMATS, JSON
from portal.query.run import Job
from portal.shared.problems import ProblemDocument
from portal.shared.responses import streamed

router = APIRouter(prefix="/api/v1/datasets", tags=["Data"])

_OF_STATISTICS = frozenset({"release", "as_of", "select", "where", "lang", "filters"})
_OTHERS = tuple(each.media_type.partition(";")[0] for each in FORMATS.values() if each.media_type != JSON.media_type)
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "model": TableDocument | JsonStatDocument,
        "content": {media_type: {"schema": {"type": "string"}} for media_type in _OTHERS},
    },
    304: {"description": "What you have is still true."},
    400: {"model": ProblemDocument, "description": "The question has no answer; the problem says why."},
    404: {"model": ProblemDocument, "description": "No such dataset, release or table."},
    406: {"model": ProblemDocument, "description": "`Accept` names no format that there is."},
    410: {"model": ProblemDocument, "description": "The release was withdrawn."},
    503: {"model": ProblemDocument, "description": "The question took too long, or too many are waiting."},
}


@router.head("/{dataset}/tables/{table}/data", include_in_schema=False)
@router.get(
    "/{dataset}/tables/{table}/data",
    summary="Ask a table",
    description=GUIDE,
    responses=_RESPONSES,
    openapi_extra={"parameters": QUERY_PARAMETERS},
)
async def table_data(request: Request, services: GetServices, dataset: DatasetId, table: TableName) -> Response:
    return await _rows_of(request, services, _question(request, dataset, table, "data"))


@router.head("/{dataset}/tables/{table}/rows", include_in_schema=False)
@router.get(
    "/{dataset}/tables/{table}/rows",
    summary="List the rows of a table as they were published",
    description="Every row of the published table, totals (`_T`) included; filters, `select`, `order`, `limit`, "
    "`after`, `lang` and `format` work as in `data`. Nothing is grouped or added up.",
    responses=_RESPONSES,
    openapi_extra={"parameters": QUERY_PARAMETERS},
)
async def table_rows(request: Request, services: GetServices, dataset: DatasetId, table: TableName) -> Response:
    return await _rows_of(request, services, _question(request, dataset, table, "rows"))


@router.head("/{dataset}/tables/{table}/statistics", include_in_schema=False)
@router.get(
    "/{dataset}/tables/{table}/statistics",
    summary="Say what the columns of a table hold",
    description="How many values each column has, how many are empty, the smallest, the largest and the mean, the most "
    "frequent values of a text column, a histogram of numbers. Filters, `where`, `select`, `lang`, `release` and "
    "`as_of` work as in `rows`: totals (`_T`) are rows too, unless a filter leaves them out.",
    response_model=StatisticsDocument,
    responses={status: told for status, told in _RESPONSES.items() if status not in {200, 406}},
    openapi_extra={"parameters": [each for each in QUERY_PARAMETERS if each["name"] in _OF_STATISTICS]},
)
async def table_statistics(request: Request, services: GetServices, dataset: DatasetId, table: TableName) -> Response:
    question = _question(request, dataset, table, "statistics")
    return await _sent(request, services.statistics.submit(question))


def _question(request: Request, dataset: str, table: str, kind: Kind) -> TableQuestion:
    return TableQuestion(
        dataset,
        table,
        kind,
        parameters=tuple(request.query_params.multi_items()),
        known=request.headers.get("if-none-match", ""),
        accept=request.headers.get("accept", ""),
    )


async def _rows_of(request: Request, services: Services, question: TableQuestion) -> Response:
    answer = await services.turns.take(partial(services.tables.at_once, question))
    return await _sent(request, services.tables.submit(question)) if answer is None else _response(request, answer)


async def _sent(request: Request, job: Job[TableAnswer]) -> Response:
    return _response(request, await finished(job, request))


def _response(request: Request, answer: TableAnswer) -> Response:
    if answer.parts is not None:
        return streamed(request, answer.parts, media_type=answer.media_type, headers=answer.headers)
    if answer.body is None:
        return Response(status_code=304, headers=dict(answer.headers))
    return Response(answer.body, media_type=answer.media_type, headers=dict(answer.headers))
