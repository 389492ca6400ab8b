"""The three tools: their names, what models are told of them, and what they call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from mcp_types import CallToolResult, TextContent, Tool, ToolAnnotations
from pydantic import BaseModel

from portal.public.mcp import asking, describing, searching
from portal.public.mcp.arguments import (
    Arguments,
    DescribeArguments,
    QueryArguments,
    SearchArguments,
    read_arguments,
)
from portal.public.mcp.documents import DescribeAnswer, QueryAnswer, SearchAnswer
from portal.public.mcp.sources import Sources
from portal.query.run import Session

Asked = TypeVar("Asked", bound=Arguments)
Told = TypeVar("Told", bound=BaseModel)

INSTRUCTIONS = """\
Open health data of the ministry, read only. Begin with `search`, look at tables and codes with `describe`, get numbers\
 with `query`. Numbers come from these tools, never from memory. Quote each with its `citation`, and say when data is\
 made up (`synthetic`). A cell with the status `suppressed` is withheld to protect people: it is not zero, and must not\
 be guessed or worked out. Do not add up rows: leave a dimension out of `query` and its published total is given.
Dữ liệu mở của Bộ Y tế, chỉ đọc. Tìm bằng `search`, xem bảng và mã bằng `describe`, lấy số bằng `query`. Mỗi con số\
 phải kèm `citation`; ô `suppressed` là không công bố, không phải số 0; số liệu giả lập (`synthetic`) phải nói rõ."""


@dataclass(frozen=True)
class ReadTool(Generic[Asked, Told]):
    """One tool, which reads and changes nothing."""

    name: str
    title: str
    description: str
    asked: type[Asked]
    told: type[Told]
    answer: Callable[[Sources, Session, Asked], Told]
    text: Callable[[Told, Asked], str]

    @cached_property
    def declared(self) -> Tool:
        """What clients are told of it."""
        return Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=_untitled(self.asked.model_json_schema()),
            output_schema=_untitled(self.told.model_json_schema(mode="serialization")),
            annotations=ToolAnnotations(
                title=self.title,
                read_only_hint=True,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=False,
            ),
        )

    def call(self, sources: Sources, session: Session, given: Mapping[str, Any]) -> CallToolResult:
        """Answer a call: in short as text, whole as structured content, and the same as JSON for older clients."""
        asked = read_arguments(self.asked, given)
        told = self.answer(sources, session, asked)
        content = [
            TextContent(type="text", text=self.text(told, asked)),
            TextContent(type="text", text=told.model_dump_json()),
        ]
        return CallToolResult(content=[*content], structured_content=told.model_dump(mode="json"))


def _untitled(schema: Any) -> Any:
    """Return a schema without the titles that are its names once more: models read every word of it."""
    if isinstance(schema, list):
        return [_untitled(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _untitled(value) for key, value in schema.items() if key != "title" or not isinstance(value, str)}


_SEARCH = ReadTool[SearchArguments, SearchAnswer](
    name="search",
    title="Tìm tập dữ liệu y tế - Search health datasets",
    description="Find datasets by words in Vietnamese or English. Each comes with its identifier, tables, what is"
    " measured, editions, licence and citation. Begin here.",
    asked=SearchArguments,
    told=SearchAnswer,
    answer=lambda sources, _, asked: searching.search(sources, asked),
    text=searching.text_of,
)
_DESCRIBE = ReadTool[DescribeArguments, DescribeAnswer](
    name="describe",
    title="Mô tả tập dữ liệu - Describe a dataset",
    description="One dataset: its tables, dimensions with their codes, measures with units, how people were protected,"
    " its releases, licence and citation. With `codes_of` it lists or searches the codes of one dimension.",
    asked=DescribeArguments,
    told=DescribeAnswer,
    answer=lambda sources, _, asked: describing.describe(sources, asked),
    text=describing.text_of,
)
_QUERY = ReadTool[QueryArguments, QueryAnswer](
    name="query",
    title="Lấy số liệu - Get numbers",
    description="Numbers of one table: filtered, grouped, sorted. The answer names its release, has a citation and an"
    " address that gives the same for ever. Withheld cells are null with the status `suppressed`: that is not zero.",
    asked=QueryArguments,
    told=QueryAnswer,
    answer=asking.query,
    text=asking.text_of,
)

TOOLS: Mapping[str, ReadTool[Any, Any]] = {tool.name: tool for tool in (_SEARCH, _DESCRIBE, _QUERY)}
"""Every tool by its name, in the order in which they are listed."""
