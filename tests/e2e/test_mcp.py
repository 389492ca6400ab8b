"""Assistants read the portal with the official client: both eras of the protocol, every tool, every kind of error."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import jsonschema
import pytest
from mcp import Client as McpClient
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CallToolResult, TextContent, TextResourceContents

from portal.public.mcp.tools import TOOLS
from portal.shared.links import MCP
from tests.support.http import Client
from tests.support.publication import Ministry
from tests.support.served import served
from tests.support.shipped_portal import EDITIONS, shipped_app

Result = TypeVar("Result")
Ask = Callable[[Callable[[McpClient], Coroutine[Any, Any, Result]]], Result]
STAYS = {"dataset": "hospital-discharges", "table": "by-province-chapter-sex"}
DENGUE = {"dataset": "dengue-cases", "table": "by-province-and-month"}
HEADERS = {"accept": "application/json, text/event-stream", "content_type": "application/json"}


@pytest.fixture(scope="module")
def address(shipped_ministry: Ministry) -> Iterator[str]:
    with served(shipped_app(shipped_ministry)) as found:
        yield found


@pytest.fixture(params=["2026-07-28", "legacy"])
def ask(address: str, request: pytest.FixtureRequest) -> Ask[Any]:
    def asked(work: Callable[[McpClient], Coroutine[Any, Any, Any]]) -> Any:
        async def connected() -> Any:
            async with McpClient(f"{address}{MCP}", mode=request.param) as client:
                return await work(client)

        return asyncio.run(connected())

    return asked


def call(ask: Ask[CallToolResult], name: str, arguments: dict[str, Any]) -> Any:
    """Call a tool that must answer, and return its structured content, which must be what its schema says."""
    result = ask(lambda client: client.call_tool(name, arguments))
    assert not result.is_error, result.content
    jsonschema.validate(result.structured_content, TOOLS[name].declared.output_schema)
    in_short, whole = result.content
    assert isinstance(in_short, TextContent)
    assert isinstance(whole, TextContent)
    assert json.loads(whole.text) == result.structured_content
    return result.structured_content


def refused(ask: Ask[CallToolResult], name: str, arguments: dict[str, Any]) -> str:
    """Call a tool that must refuse, and return what it says."""
    result = ask(lambda client: client.call_tool(name, arguments))
    assert result.is_error
    assert result.structured_content is None
    (told,) = result.content
    assert isinstance(told, TextContent)
    return told.text


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


# What there is --------------------------------------------------------------------------------------------------------


def test_a_client_connects_and_sees_three_tools_that_only_read(ask: Ask[Any]) -> None:
    tools = ask(lambda client: client.list_tools()).tools
    assert [tool.name for tool in tools] == ["search", "describe", "query"]
    for tool in tools:
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.idempotent_hint is True
        assert tool.annotations.destructive_hint is False
        assert tool.annotations.open_world_hint is False
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        assert "$ref" not in json.dumps(tool.input_schema), "not every client follows references"


def test_the_oldest_revision_is_still_spoken(shipped: Client) -> None:
    hello = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "old", "version": "1"}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
    answer = shipped.post(MCP, body, **HEADERS)
    assert answer.json()["result"]["protocolVersion"] == "2024-11-05"
    assert "suppressed" in answer.json()["result"]["instructions"]
    assert "mcp-session-id" not in answer.headers


@pytest.mark.parametrize("words", ["sốt xuất huyết", "sot xuat huyet", "dengue"])
def test_search_finds_in_both_languages(ask: Ask[Any], words: str) -> None:
    (found,) = call(ask, "search", {"text": words})["datasets"]
    assert (found["dataset"], found["release"]) == ("dengue-cases", "1994-2009.1")
    assert found["editions"] == ["1994-2009.1"]
    assert [table["name"] for table in found["tables"]] == ["by-province-and-month"]
    assert "cases" in [measure["name"] for measure in found["measures"]]


def test_search_lists_everything_and_its_address_finds_the_same(ask: Ask[Any], shipped: Client) -> None:
    answer = call(ask, "search", {})
    assert {each["dataset"] for each in answer["datasets"]} == set(EDITIONS)
    native = shipped.json(path_of(answer["api"]))
    assert [each["dataset"] for each in native["hits"]] == [each["dataset"] for each in answer["datasets"]]
    for each in answer["datasets"]:
        assert shipped.json(path_of(each["links"]["api"]))["release"] == each["release"]
        assert each["citation"]["en"].endswith(each["links"]["page_en"])
    assert any("Made-up" in note for note in answer["notes"])


def test_search_filters_and_says_when_nothing_is_found(ask: Ask[Any]) -> None:
    assert [each["dataset"] for each in call(ask, "search", {"kind": "register"})["datasets"]] == ["health-facilities"]
    assert call(ask, "search", {"text": "zzzzqq"})["total"] == 0
    assert call(ask, "search", {"page": 2})["datasets"] == []


def test_describe_says_what_is_needed_to_ask(ask: Ask[Any]) -> None:
    told = call(ask, "describe", {"dataset": "hospital-discharges", "lang": "vi"})
    assert told["about"]["licence"] == "CC0-1.0"
    assert told["about"]["protection"]["audited"] is True
    assert any("không phải là số 0" in note for note in told["notes"])
    (province,) = [each for each in told["dimensions"] if each["name"] == "province"]
    assert province["has_total"] is True
    assert province["codes"]["codes"][0]["code"] == "_T"
    assert (province["codes"]["more"], len(province["codes"]["codes"])) == (True, 8)
    assert {each["name"]: each["additive"] for each in told["measures"]}["patients"] is False
    assert [(each["release"], each["withdrawn"]) for each in told["releases"]] == [("2025.1", False), ("2024.1", True)]
    assert "suppressed" in [each["status"] for each in told["statuses"]]
    assert sum(count for table in told["tables"] for count in table["withheld"].values()) > 0


def test_describe_lists_codes_page_by_page(ask: Ask[Any]) -> None:
    asked = {"dataset": "administrative-units", "codes_of": "communes"}
    first = call(ask, "describe", asked)["codes"]
    second = call(ask, "describe", {**asked, "offset": 100})["codes"]
    assert (first["total"], len(first["codes"]), first["more"]) == (second["total"], 100, True)
    assert first["codes"][-1] != second["codes"][0]
    assert not call(ask, "describe", {**asked, "offset": first["total"] - 1})["codes"]["more"]
    found = call(ask, "describe", {"dataset": "dengue-cases", "codes_of": "month", "level": "year"})["codes"]
    assert {code["level"] for code in found["codes"]} == {"year"}
    (hanoi,) = call(ask, "describe", {"dataset": "hospital-discharges", "codes_of": "province", "find": "Ha Noi"})[
        "codes"
    ]["codes"]
    assert hanoi["code"] == "01"


def test_describe_shows_the_columns_of_a_register(ask: Ask[Any]) -> None:
    told = call(ask, "describe", {"dataset": "health-facilities"})
    assert [table["name"] for table in told["tables"]] == ["register"]
    coded = {each["name"] for each in told["fields"] if each["codes"]}
    assert "type" in coded
    listed = call(ask, "describe", {"dataset": "health-facilities", "codes_of": "type"})["codes"]
    assert listed["total"] == len(listed["codes"])


# Numbers --------------------------------------------------------------------------------------------------------------

QUESTIONS = [
    {**STAYS},
    {**STAYS, "group": ["chapter"], "filters": {"province": "01"}, "select": ["deaths"]},
    {**STAYS, "group": ["province", "sex"], "limit": 7, "order": ["-stays"], "lang": "vi"},
    {**STAYS, "group": ["chapter"], "filters": {"deaths_status": ["suppressed", "zero"]}, "select": ["deaths"]},
    {**STAYS, "group": ["chapter"], "where": "deaths IS NULL OR deaths > 100", "select": ["deaths"]},
    {**STAYS, "filters": {"chapter": ["IX", "X"]}, "select": ["stays"]},
    {**DENGUE, "group": ["month"], "filters": {"month__gte": "2008-06", "month__lte": "2008-12"}},
    {**STAYS, "filters": {"province": "01"}, "geography": "legacy"},
    {"dataset": "health-facilities", "table": "register", "group": ["type"], "aggregate": ["count", "sum(beds)"]},
    {"dataset": "health-facilities", "table": "register", "filters": {"beds__gte": 300.0}, "limit": 5},
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_numbers_and_statuses_are_those_of_the_native_api(
    ask: Ask[Any], shipped: Client, question: dict[str, Any]
) -> None:
    answer = call(ask, "query", question)
    native = shipped.json(path_of(answer["links"]["api"]))
    assert answer["rows"] == native["data"]
    for name in ("dataset", "release", "table", "synthetic", "total", "returned", "truncated"):
        assert answer[name] == native[name]
    assert f"release={answer['release']}" in answer["links"]["api"]
    for citation in answer["citation"].values():
        assert citation.endswith(answer["links"]["api"])
    whole = shipped.get(path_of(answer["links"]["csv"]))
    assert whole.text.count("\n") == answer["total"] + 1


def test_withheld_cells_are_never_zero_and_never_silent(ask: Ask[Any]) -> None:
    asked = {**STAYS, "group": ["province", "chapter"], "select": ["deaths"], "limit": 200}
    answer = call(ask, "query", asked)
    withheld = [row for row in answer["rows"] if row["deaths_status"] == "suppressed"]
    assert withheld
    assert {row["deaths"] for row in withheld} == {None}
    (status,) = [each for each in answer["statuses"] if each["status"] == "suppressed"]
    assert (status["cells"], status["has_value"]) == (len(withheld), False)
    assert any("Withheld is not zero" in note and str(len(withheld)) in note for note in answer["notes"])
    result = ask(lambda client: client.call_tool("query", {**asked, "lang": "vi"}))
    assert "Không công bố không phải là số 0" in result.content[0].text


@pytest.mark.parametrize(
    ("tool", "arguments", "english", "vietnamese"),
    [
        ("search", {"text": "dengue"}, "1 dataset was found; this is page 1.", "Tìm thấy 1 tập dữ liệu"),
        ("search", {}, "5 datasets were found; these are on page 1.", "Tìm thấy 5 tập dữ liệu"),
        (
            "query",
            {**DENGUE, "group": ["province"], "filters": {"province": "01"}},
            ": 1 of 1 row.",
            ": 1 trong 1 dòng.",
        ),
        ("query", {**DENGUE, "group": ["province"], "limit": 1}, ": 1 of 64 rows.", ": 1 trong 64 dòng."),
    ],
)
def test_one_is_counted_in_the_singular(
    ask: Ask[Any], *, tool: str, arguments: dict[str, Any], english: str, vietnamese: str
) -> None:
    def head(lang: str) -> str:
        result = ask(lambda client: client.call_tool(tool, {**arguments, "lang": lang}))
        return str(result.content[0].text).partition("\n")[0]

    assert english in head("en")
    assert vietnamese in head("vi")


def test_pages_follow_one_another(ask: Ask[Any]) -> None:
    asked = {**DENGUE, "group": ["province"], "limit": 40}
    first = call(ask, "query", asked)
    second = call(ask, "query", {**asked, "after": first["after"]})
    assert (first["truncated"], second["truncated"], second["after"]) == (True, False, "")
    assert len(first["rows"]) + len(second["rows"]) == first["total"] == second["total"]
    assert any(note.startswith("Not complete") for note in first["notes"])


def test_an_answer_says_what_stands_at_its_total_and_what_is_counted(ask: Ask[Any]) -> None:
    answer = call(ask, "query", STAYS)
    assert answer["selection"]["sex"]["use"] == "total"
    assert any(note == "At their published total: province, chapter, sex." for note in answer["notes"])
    units = {each["name"]: each["unit"] for each in answer["columns"]}
    assert units["stays"]["en"]
    assert units["stays_status"] is None


# Errors ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("query", {}, ["dataset: is missing. The tool search finds datasets", "table: is missing"]),
        ("query", {**STAYS, "dataset": 1}, ["dataset: must be text"]),
        ("query", {**STAYS, "grup": []}, ["arguments: 'grup' is not known. Did you mean group?"]),
        ("query", {**STAYS, "group": "sex"}, ["group: must be a list"]),
        ("query", {**STAYS, "filters": []}, ["filters: must be an object"]),
        ("query", {**STAYS, "filters": {"sex": None}}, ["filters.sex: must be text, a number, or a list of them"]),
        ("query", {**STAYS, "filters": {"sex": ["F,M"]}}, ["sex: has a value with a comma"]),
        ("query", {**STAYS, "filters": {"stays__gt": [1, 2]}}, ["stays__gt: takes one value", "stays__in=a,b"]),
        ("query", {**STAYS, "filters": {"sex": []}}, ["sex__in: has no value"]),
        ("query", {**STAYS, "filters": {"sexx": "F"}}, ["sexx: 'sexx' is not known. Did you mean sex?"]),
        ("query", {**STAYS, "filters": {"province": "999"}}, ["province: '999' is not known"]),
        ("query", {**STAYS, "limit": 201}, ["limit: must be at most 200"]),
        ("query", {**STAYS, "limit": "many"}, ["limit: must be a whole number"]),
        ("query", {**STAYS, "where": "1; DROP TABLE cells"}, ["where: cannot be read"]),
        ("query", {**STAYS, "select": ["patients"], "filters": {"chapter": ["IX", "X"]}}, ["cannot be added up"]),
        ("query", {**STAYS, "after": "x"}, ["after"]),
        ("query", {**STAYS, "table": "nix"}, ["table: 'nix' is not known", "by-province-chapter-sex"]),
        ("query", {**STAYS, "release": "1999"}, ["has no such release", "Known here: latest, 2025.1"]),
        ("query", {**STAYS, "release": "2024.1"}, ["withdrawn", "Wrong unit."]),
        ("query", {**STAYS, "dataset": "hospital-discharge"}, ["Did you mean hospital-discharges?"]),
        ("describe", {"dataset": "nix"}, ["There is no dataset 'nix'"]),
        ("describe", {"dataset": "dengue-cases", "codes_of": "monht"}, ["codes_of: 'monht'", "Did you mean month?"]),
        ("describe", {"dataset": "dengue-cases", "codes_of": "month", "level": "day"}, ["level: 'day' is not known"]),
        ("describe", {"dataset": "dengue-cases", "find": "x"}, ["find: is only for codes", "codes_of"]),
        ("search", {"text": "x" * 501}, ["text: must have at most 500 characters"]),
        ("search", {"kind": "regster"}, ["kind: is not known. Did you mean register?"]),
        ("search", {"page": 0}, ["page: must be at least 1"]),
    ],
)
def test_an_error_names_the_argument_the_rule_and_the_remedy(
    ask: Ask[Any], name: str, arguments: dict[str, Any], told: list[str]
) -> None:
    text = refused(ask, name, arguments)
    for part in told:
        assert part in text


def test_errors_are_told_in_vietnamese_too(ask: Ask[Any]) -> None:
    text = refused(ask, "query", {**STAYS, "limit": 0, "lang": "vi"})
    assert text.startswith("Câu hỏi không hợp lệ")
    assert "limit: không được nhỏ hơn 1" in text


def test_an_unknown_tool_prompt_or_resource_is_an_error_of_the_protocol(ask: Ask[Any]) -> None:
    for work, said in (
        (lambda client: client.call_tool("serch", {}), "Did you mean search?"),
        (lambda client: client.get_prompt("quote", {}), "quote-figure"),
        (lambda client: client.get_prompt("quote-figure", {"question": " "}), "question: must be given"),
        (lambda client: client.read_resource("ytemo://datasets/nix"), "There is no dataset 'nix'"),
        (lambda client: client.read_resource("file:///etc/passwd"), "No resource has this address"),
    ):
        error = ask(partial(failure, work))
        assert error.code == INVALID_PARAMS
        assert said in error.message


async def failure(work: Callable[[McpClient], Coroutine[Any, Any, Any]], client: McpClient) -> Any:
    """Do what must fail, and return the error of the protocol."""
    with pytest.raises(MCPError) as caught:
        await work(client)
    return caught.value.error


# Resources and prompts ------------------------------------------------------------------------------------------------


def test_datasets_can_be_put_before_a_model_by_hand(ask: Ask[Any]) -> None:
    listed = ask(lambda client: client.list_resources())
    assert [each.name for each in listed.resources] == sorted(EDITIONS)
    assert listed.next_cursor is None
    (contents,) = ask(lambda client: client.read_resource(listed.resources[1].uri)).contents
    assert isinstance(contents, TextResourceContents)
    assert json.loads(contents.text)["dataset"] == "dengue-cases"
    templates = ask(lambda client: client.list_resource_templates()).resource_templates
    pinned = templates[1].uri_template.format(dataset="hospital-discharges", release="2025.1")
    (contents,) = ask(lambda client: client.read_resource(pinned)).contents
    assert json.loads(contents.text)["release"] == "2025.1"


@pytest.mark.parametrize(("lang", "said"), [("vi", "Trả lời câu hỏi"), ("en", "Answer the question"), ("", "Trả lời")])
def test_a_prompt_asks_for_a_figure_with_its_source(ask: Ask[Any], lang: str, said: str) -> None:
    (prompt,) = ask(lambda client: client.list_prompts()).prompts
    given = {"question": "Bao nhiêu ca 100%?", **({"lang": lang} if lang else {})}
    (message,) = ask(lambda client: client.get_prompt(prompt.name, given)).messages
    assert message.content.text.startswith(said)
    assert message.content.text.endswith("Bao nhiêu ca 100%?")
