"""The server of the official library with our tools in it, and errors as models can learn from them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    TextContent,
    TextResourceContents,
)
from starlette.requests import Request

import datasets
from datasets.errors import YtemoError
from datasets.hints import hint
from datasets.text import Language
from portal.public.mcp.arguments import language_of
from portal.public.mcp.shelf import JSON, PROMPT, PROMPTS, TEMPLATES, list_datasets, quote_figure, read_dataset
from portal.public.mcp.sources import Sources
from portal.public.mcp.tools import INSTRUCTIONS, TOOLS
from portal.query.model import clip
from portal.query.run import Session
from portal.shared.problem_texts import detail_of, items_of
from portal.shared.problems import outcome_of
from portal.shared.wording import wording

Result = TypeVar("Result")
Context = ServerRequestContext[Any]
Work = Callable[[Sources, Session], Result]
Run = Callable[[Work[Any], Request], Awaitable[Any]]
"""Does work in a thread of the engine for the request that waits for it; raises YtemoError."""

_LONG = CacheHint(ttl_ms=3_600_000, scope="public")
_SHORT = CacheHint(ttl_ms=60_000, scope="public")
_NAMED = 200
_log = logging.getLogger("ytemo.portal")


def build_server(run: Run) -> Server[Any]:
    """Return a server that offers the tools, the datasets as resources, and a prompt; ``run`` does the work."""
    answers = _Answers(run)
    return Server(
        "ytemo",
        version=datasets.__version__,
        title="Dữ liệu mở y tế - Open health data",
        instructions=INSTRUCTIONS,
        cache_hints={
            "server/discover": _LONG,
            "tools/list": _LONG,
            "prompts/list": _LONG,
            "resources/templates/list": _LONG,
            "resources/list": _SHORT,
            "resources/read": _SHORT,
        },
        on_list_tools=answers.tools,
        on_call_tool=answers.call,
        on_list_resources=answers.resources,
        on_list_resource_templates=answers.templates,
        on_read_resource=answers.read,
        on_list_prompts=answers.prompts,
        on_get_prompt=answers.prompt,
    )


class _Answers:
    """What is answered to each method of the protocol."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def tools(self, _: Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[tool.declared for tool in TOOLS.values()])

    async def call(self, context: Context, params: CallToolRequestParams) -> CallToolResult:
        tool, given = TOOLS.get(params.name), params.arguments or {}
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"Unknown tool: {clip(params.name)}. {hint(params.name, TOOLS)}")
        try:
            return await self._done(lambda sources, session: tool.call(sources, session, given), context)
        except YtemoError as error:
            return refusal(error, language_of(given))

    async def resources(self, context: Context, params: PaginatedRequestParams | None) -> ListResourcesResult:
        after = (params.cursor if params else None) or ""
        try:
            return await self._done(lambda sources, _: list_datasets(sources, after), context)
        except YtemoError as error:
            raise MCPError(INTERNAL_ERROR, refused_text(error, "en")) from None

    async def templates(self, _: Context, __: PaginatedRequestParams | None) -> ListResourceTemplatesResult:
        return ListResourceTemplatesResult(resource_templates=list(TEMPLATES))

    async def read(self, context: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        uri = params.uri
        try:
            text = await self._done(lambda sources, _: read_dataset(sources, uri), context)
        except YtemoError as error:
            raise MCPError(INVALID_PARAMS, refused_text(error, "en"), {"uri": uri[:_NAMED]}) from None
        return ReadResourceResult(contents=[TextResourceContents(uri=uri, mime_type=JSON, text=text)])

    async def prompts(self, _: Context, __: PaginatedRequestParams | None) -> ListPromptsResult:
        return ListPromptsResult(prompts=list(PROMPTS))

    async def prompt(self, _: Context, params: GetPromptRequestParams) -> GetPromptResult:
        if params.name != PROMPT:
            raise MCPError(INVALID_PARAMS, f"Unknown prompt: {clip(params.name)}. {hint(params.name, [PROMPT])}")
        try:
            return quote_figure(params.arguments or {})
        except ValueError as error:
            raise MCPError(INVALID_PARAMS, str(error)) from None

    async def _done(self, work: Work[Result], context: Context) -> Result:
        """Do ``work`` for whoever waits; what goes wrong unexpectedly is for our log alone, not for the caller."""
        assert isinstance(context.request, Request)
        try:
            done: Result = await self._run(work, context.request)
        except (YtemoError, MCPError):
            raise
        except Exception:  # noqa: BLE001
            _log.exception("unexpected error in %s", context.method)
            raise MCPError(INTERNAL_ERROR, "Something went wrong") from None
        return done


def refusal(error: YtemoError, language: Language) -> CallToolResult:
    """Return what a model is told of an error of a tool."""
    return CallToolResult(content=[TextContent(type="text", text=refused_text(error, language))], is_error=True)


def refused_text(error: YtemoError, language: Language) -> str:
    """Return an error in words: its kind, each thing that is wrong with the rule and the remedy, when to ask again."""
    outcome, words = outcome_of(error), wording(language)
    if not outcome.told:
        _log.error("%s: %s", error.code, error)
    items = [str(item) for item in items_of(error, words)] if outcome.told else []
    detail = detail_of(error, outcome.status, words, told=outcome.told)
    lines = [words.gettext(error.title), detail, *items]
    if outcome.retry_after:
        lines.append(words.gettext("Ask again in %(seconds)s seconds") % {"seconds": outcome.retry_after})
    # The detail of an error often is its only item without the remedy.
    kept = [line for line in dict.fromkeys(lines) if line in items or not any(item.startswith(line) for item in items)]
    return "\n".join(filter(None, kept))
