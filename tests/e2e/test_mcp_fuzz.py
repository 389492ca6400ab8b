"""Strange messages to the door of assistants: never our fault, never slow, never anything but an answer of JSON-RPC."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from portal.public.mcp.arguments import DescribeArguments, QueryArguments, SearchArguments
from portal.shared.links import MCP
from tests.support.hostile_sql import HOSTILE_SQL
from tests.support.http import Client

EXAMPLES = 150
ATTACKS = [attack.replace("{t}", "cells") for attack in HOSTILE_SQL]
SLOW = 1.0
"""Seconds of processor time for one message: most take a few thousandths."""
RELAXED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
TOOLS = {"search": SearchArguments, "describe": DescribeArguments, "query": QueryArguments}

texts = st.text(max_size=30) | st.sampled_from(["_T", "latest", "2024.1", "01", "\x00", "%00", "a" * 600, "'; --", "٣"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))
methods = texts | st.sampled_from(
    [
        "initialize",
        "ping",
        "server/discover",
        "tools/list",
        "tools/call",
        "resources/list",
        "resources/read",
        "resources/templates/list",
        "prompts/list",
        "prompts/get",
        "subscriptions/listen",
        "notifications/initialized",
        "notifications/cancelled",
        "completion/complete",
        "logging/setLevel",
    ]
)
names = st.sampled_from(sorted({*QueryArguments.model_fields, *DescribeArguments.model_fields, "x"}))
fields = st.sampled_from(
    ["province", "chapter", "deaths", "deaths_status", "stays__gt", "sex__in", "limit", "x__level"]
)
plausible = st.fixed_dictionaries(
    {},
    optional={
        "dataset": st.sampled_from(["hospital-discharges", "dengue-cases", "health-facilities", "nix"]) | anything,
        "table": st.sampled_from(["by-province-chapter-sex", "register", "by-province-and-month"]) | anything,
        "release": st.sampled_from(["latest", "2025.1", "2024.1"]) | anything,
        "filters": st.dictionaries(fields | texts, anything, max_size=4) | anything,
        "where": st.sampled_from(ATTACKS) | anything,
        "group": st.lists(st.sampled_from(["province", "sex", "chapter", "type"]) | texts, max_size=4) | anything,
        "select": st.lists(texts, max_size=2) | anything,
        "aggregate": st.lists(st.sampled_from(["count", "sum(beds)", "sum("]), max_size=2) | anything,
        "order": st.lists(st.sampled_from(["-stays", "province"]) | texts, max_size=2) | anything,
        "limit": st.integers(-5, 300) | anything,
        "offset": st.integers(-5, 2**40) | anything,
        "after": texts | anything,
        "codes_of": st.sampled_from(["province", "month", "communes"]) | anything,
        "find": texts | anything,
        "level": texts | anything,
        "text": texts | anything,
        "page": st.integers(-5, 2_000) | anything,
        "lang": st.sampled_from(["vi", "en", "fr"]) | anything,
    },
)
ids = st.integers(-(2**60), 2**60) | texts | anything
headers = st.fixed_dictionaries(
    {"accept": st.sampled_from(["application/json, text/event-stream", "*/*", "text/html", ""])},
    optional={
        "content_type": st.sampled_from(["application/json", "text/plain", "application/json; charset=latin-1", ""]),
        "content_encoding": st.sampled_from(["gzip", "identity", "br"]),
        "origin": st.sampled_from(["http://localhost", "http://evil.example.com", "null", "http://["]),
        "mcp_protocol_version": st.sampled_from(["2024-11-05", "2025-11-25", "2026-07-28", "1900-01-01", "x"]),
        "mcp_method": st.sampled_from(["tools/call", "tools/list", "=?base64?eA==?=", ""]),
        "mcp_name": st.sampled_from(["query", "=?base64?cXVlcnk=?=", "=?base64?!?=", ""]),
        "mcp_session_id": st.just("stolen"),
        "last_event_id": st.just("1"),
    },
)
USUAL = {"accept": "application/json, text/event-stream", "content_type": "application/json"}


def told(answer: httpx.Response) -> Any:
    """Return what an answer says: it is never our fault, and JSON wherever it says anything."""
    assert answer.status_code < 500, answer.text
    if answer.status_code in {202, 405}:
        return None
    assert answer.headers["content-type"].startswith("application/json")
    document = json.loads(answer.text)
    assert document["jsonrpc"] == "2.0"
    assert ("result" in document) != ("error" in document)
    assert document.get("error", {}).get("code") != -32603, "an internal error is our fault too"
    return document


def asked(client: Client, body: bytes | str, **named: str) -> Any:
    """Return what an answer says; that it is dear three times over is not what else the process does meanwhile."""
    for _ in range(3):
        begun = time.process_time()
        document = told(client.post(MCP, body, **named))
        if time.process_time() - begun < SLOW:
            return document
    raise AssertionError("the answer is dear")


def written(value: object) -> bytes:
    # Lone surrogates are written as escapes, as a program that does not know better would.
    return json.dumps(value).encode()


@RELAXED
@given(body=st.binary(max_size=200))
@example(b"[" * 60_000)
@example(b'{"a":' * 12_000)
@example(b"\xef\xbb\xbf{}")
@example(b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}')
@example(b'{"jsonrpc":"2.0","id":' + b"9" * 5_000 + b',"method":"ping"}')
@example(b'{"jsonrpc":"2.0","id":1,"method":"ping"}' * 2)
def test_any_bytes(shipped: Client, body: bytes) -> None:
    assert "error" in asked(shipped, body, **USUAL)


@RELAXED
@given(message=anything | st.lists(st.fixed_dictionaries({"jsonrpc": st.just("2.0"), "method": methods}), max_size=3))
def test_any_json(shipped: Client, message: object) -> None:
    asked(shipped, written(message), **USUAL)


@RELAXED
@given(
    message=st.fixed_dictionaries(
        {}, optional={"jsonrpc": st.just("2.0") | anything, "id": ids, "method": methods, "params": anything}
    ),
    named=headers,
)
def test_any_envelope_with_any_headers(shipped: Client, message: dict[str, Any], named: dict[str, str]) -> None:
    asked(shipped, written(message), **named)


@RELAXED
@given(
    name=st.sampled_from(sorted(TOOLS)),
    arguments=plausible | st.dictionaries(names | texts, anything, max_size=5),
    modern=st.booleans(),
)
def test_any_arguments(shipped: Client, name: str, arguments: dict[str, Any], modern: bool) -> None:
    params: dict[str, Any] = {"name": name, "arguments": arguments}
    named = dict(USUAL)
    if modern:
        params["_meta"] = META
        named |= {"mcp_protocol_version": "2026-07-28", "mcp_method": "tools/call", "mcp_name": name}
    document = asked(shipped, written({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}), **named)
    result = document.get("result")
    if result is not None and not result["isError"]:
        assert result["structuredContent"]["dataset" if name != "search" else "total"] is not None


@RELAXED
@given(
    method=methods, params=st.dictionaries(st.sampled_from(["name", "uri", "cursor", "arguments", "_meta"]), anything)
)
def test_any_parameters_of_any_method(shipped: Client, method: str, params: dict[str, Any]) -> None:
    asked(shipped, written({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}), **USUAL)


def test_hostile_sql_is_refused_or_harmless(shipped: Client) -> None:
    # An empty argument is one that is left out.
    for attack in filter(None, ATTACKS):
        arguments = {"dataset": "hospital-discharges", "table": "by-province-chapter-sex", "where": attack}
        params = {"name": "query", "arguments": arguments}
        body = written({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
        document = asked(shipped, body, **USUAL)
        assert "error" in document or document["result"]["isError"], attack
