"""The API's own documentation: OpenAPI 3.1 with examples that work, and a page to try them, from our own files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse, Response

from datasets.public_releases import PublicReleases
from portal.public.dialects import dialect_of
from portal.public.index_document import index_document
from portal.public.key_schemes import KEY_SCHEMES, KEYS_OPTIONAL
from portal.public.known_parameters import FixedParameters
from portal.public.live_schedule import schedule_today
from portal.public.pages.developers import example_release
from portal.query.schema import table_names
from portal.shared.links import Links
from portal.shared.problems import PROBLEM_TYPE
from portal.shared.responses import SHORT

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API – Open health data (ytemo)</title>
<link rel="icon" href="{icon}" type="image/svg+xml">
<link rel="stylesheet" href="{style}">
</head>
<body>
<p><a href="{portal}">← Open health data: back to the portal</a> ·
<a href="{vietnamese}" lang="vi" hreflang="vi">Tiếng Việt</a></p>
<div id="swagger-ui" data-openapi="{openapi}"></div>
<noscript><p>This page needs JavaScript. The same, for programs: <a href="{openapi}">{openapi}</a></p></noscript>
<script src="{bundle}"></script>
<script src="{start}"></script>
</body>
</html>
"""


def add_api_docs(app: FastAPI, releases: PublicReleases, links: Links, record: Callable[[], str]) -> None:
    """Serve the description and its page; examples name what is public at the moment of asking.

    ``record`` gives the identifier of a record of another catalog, or nothing.
    """

    router = APIRouter(route_class=FixedParameters, include_in_schema=False)

    @router.api_route(links.openapi(), methods=["GET", "HEAD"])
    def openapi() -> Response:
        """The description of this API, OpenAPI 3.1."""
        schema = get_openapi(
            title=app.title, version=app.version, summary=app.summary, description=app.description, routes=app.routes
        )
        _name_problems(schema)
        _add_refusals(schema)
        schema["components"]["securitySchemes"] = KEY_SCHEMES
        schema["security"] = KEYS_OPTIONAL
        _add_examples(schema, releases, record())
        _add_index(schema, links, releases)
        return JSONResponse(schema, headers={"Cache-Control": SHORT})

    app.include_router(router)

    @app.get(links.api_docs(), include_in_schema=False)
    @app.head(links.api_docs(), include_in_schema=False)
    def docs() -> Response:
        """A page to read the description and try it."""
        return docs_page(links, links.openapi(), english=links.developers("en"), vietnamese=links.developers("vi"))


def docs_page(links: Links, openapi: str, *, english: str, vietnamese: str) -> Response:
    """Return the page that reads and tries the description at ``openapi``, with the pages that lead back from it."""
    page = _PAGE.format(
        style=links.static("vendor/swagger-ui/swagger-ui.css"),
        bundle=links.static("vendor/swagger-ui/swagger-ui-bundle.js"),
        start=links.static("api-docs.js"),
        openapi=openapi,
        icon=links.static("icon.svg"),
        portal=english,
        vietnamese=vietnamese,
    )
    return HTMLResponse(page, headers={"Cache-Control": SHORT})


def _name_problems(schema: dict[str, Any]) -> None:
    """Say of every error that it is a problem document, under its own media type; the framework knows only JSON."""
    for path in schema["paths"].values():
        for response in (each for operation in path.values() for each in operation["responses"].values()):
            told = response.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
            if told.rpartition("/")[2] in {"ProblemDocument", "HTTPValidationError"}:
                response["content"] = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    for unused in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(unused, None)


def _add_refusals(schema: dict[str, Any]) -> None:
    """Say of every operation that is counted how callers are turned away before it is done."""
    problem = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    wait = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    told = {
        "401": {"description": "The API key is not known.", "content": problem},
        "429": {"description": "More was used than one caller may use.", "headers": wait, "content": problem},
    }
    for path, operations in schema["paths"].items():
        if dialect_of(path):
            for operation in operations.values():
                operation["responses"] |= told


def _add_index(schema: dict[str, Any], links: Links, releases: PublicReleases) -> None:
    """Show what the address of the API itself answers."""
    answer = schema["paths"][links.api_index()]["get"]["responses"]["200"]["content"]["application/json"]
    demonstration = schedule_today(releases).shows_demonstration
    answer["example"] = index_document(links, demonstration=demonstration).model_dump(mode="json")


def _add_examples(schema: dict[str, Any], releases: PublicReleases, record: str) -> None:
    """Give the parameters of every path values that exist, so that what is tried out answers."""
    example = example_release(releases)
    if example is None:
        return
    description = example.description
    known = {
        "dataset": example.dataset,
        "release": example.name,
        "table": next(iter(table_names(description)), ""),
        "codelist": next((codelist.id for codelist in description.codelists), ""),
        "record": record,
        "path": next((entry.path for entry in example.manifest.files), ""),
    }
    for parameter in _parameters(schema):
        if known.get(parameter["name"]) and parameter["in"] in {"path", "query"}:
            parameter["example"] = known[parameter["name"]]


def _parameters(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in schema["paths"].values():
        for operation in path.values():
            yield from operation.get("parameters", ())
