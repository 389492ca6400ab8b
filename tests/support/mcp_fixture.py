"""A server with the tools that the conformance suite wants to call, behind the portal's own door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    AudioContent,
    CallToolRequestParams,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    TextResourceContents,
    Tool,
)

from portal.public.mcp.door import McpDoor
from portal.public.mcp.origins import trusts_origin
from portal.public.routers import mcp as router
from portal.shared.links import MCP
from tests.support.served import served

_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="
_ANYTHING: dict[str, Any] = {"type": "object"}
_DIALECT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
_HEADED = {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}
_SCHEMAS = {"json_schema_2020_12_tool": _DIALECT, "test_custom_header": _HEADED}


def _text(text: str) -> TextContent:
    return TextContent(type="text", text=text)


def _resource(uri: str, mime_type: str, text: str) -> EmbeddedResource:
    return EmbeddedResource(type="resource", resource=TextResourceContents(uri=uri, mime_type=mime_type, text=text))


_IMAGE = ImageContent(type="image", data=_PNG, mime_type="image/png")
_ANSWERS: dict[str, list[ContentBlock]] = {
    "test_simple_text": [_text("This is a simple text response for testing.")],
    "test_image_content": [_IMAGE],
    "test_audio_content": [AudioContent(type="audio", data=_WAV, mime_type="audio/wav")],
    "test_embedded_resource": [
        _resource("test://embedded-resource", "text/plain", "This is an embedded resource content.")
    ],
    "test_multiple_content_types": [
        _text("Multiple content types test:"),
        _IMAGE,
        _resource("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ],
    "test_error_handling": [_text("This tool intentionally returns an error for testing")],
    "test_streaming_elicitation": [_text("Nothing is asked of whoever calls.")],
    "test_logging_tool": [_text("Nothing is logged.")],
    "test_missing_capability": [],
    **{name: [_text("Called.")] for name in _SCHEMAS},
}


async def _list(_: ServerRequestContext[Any], __: PaginatedRequestParams | None) -> ListToolsResult:
    tools = [Tool(name=name, description=name, input_schema=_SCHEMAS.get(name, _ANYTHING)) for name in _ANSWERS]
    return ListToolsResult(tools=tools, ttl_ms=0, cache_scope="public")


async def _call(_: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
    if params.name == "test_missing_capability":
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "sampling", {"requiredCapabilities": {"sampling": {}}})
    if params.name not in _ANSWERS:
        raise MCPError(INVALID_PARAMS, "Unknown tool")
    return CallToolResult(content=_ANSWERS[params.name], is_error=params.name == "test_error_handling")


def application(server: Server[Any]) -> FastAPI:
    """Return an application that has nothing but ``server``, behind the portal's route and door."""
    door = McpDoor(server, lambda origin: trusts_origin(origin, ("127.0.0.1",)))
    app = FastAPI(lifespan=lambda _: door.running())
    app.state.mcp = door
    app.include_router(router.router)
    return app


@contextmanager
def fixture_server() -> Iterator[str]:
    """Serve the fixture tools, and yield the address."""
    server: Server[Any] = Server("fixture", version="1", on_list_tools=_list, on_call_tool=_call)
    with served(application(server)) as address:
        yield f"{address}{MCP}"
