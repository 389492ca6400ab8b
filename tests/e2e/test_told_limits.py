"""What /api/v1/limits tells of a limit is what happens beyond it: asked at each, and one more."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from portal.shared.links import PXWEB
from tests.support.http import Client

TABLE = "/api/v1/datasets/hospital-discharges/tables/by-province-chapter-sex"
CUBE = "hospital-discharges.by-province-chapter-sex"
FLOW = "/sdmx/v2/data/dataflow/*/hospital-discharges_by-province-chapter-sex"
ENTITIES = "/odata/v4/hospital-discharges/by_province_chapter_sex"
ACTION = "/api/3/action"

Ask = Callable[[Client, int], httpx.Response]


def get(make: Callable[[int], str]) -> Ask:
    return lambda client, count: client.get(make(count))


def mcp(client: Client, count: int) -> httpx.Response:
    body = b"[" + b" " * (count - 2) + b"]"
    return client.post("/mcp", body, content_type="application/json", accept="application/json, text/event-stream")


def mcp_name(client: Client, count: int) -> httpx.Response:
    body = json.dumps({"jsonrpc": "2.0", "method": "x" * count, "id": 1})
    return client.post("/mcp", body, content_type="application/json", accept="application/json, text/event-stream")


BEYOND: dict[tuple[str, str], Ask] = {
    ("all", "values"): get(lambda count: f"{TABLE}/rows?stays__in={','.join(map(str, range(count)))}"),
    ("all", "nesting"): get(lambda count: f"{TABLE}/rows?where={'(' * count}sex = 'F'{')' * count}"),
    ("all", "value-length"): get(lambda count: f"{TABLE}/rows?province__prefix={'x' * count}"),
    ("all", "offset"): get(lambda count: f"{TABLE}/rows?offset={count}"),
    ("all", "key-length"): lambda client, count: client.get(f"{TABLE}/rows", x_api_key="x" * count),
    ("native", "rows-json"): get(lambda count: f"{TABLE}/rows?limit={count}"),
    ("native", "rows-xlsx"): get(lambda count: f"{TABLE}/rows?format=xlsx&limit={count}"),
    ("native", "where-length"): get(lambda count: f"{TABLE}/rows?where={'sex'.rjust(count - 6)} = 'F'"),
    ("native", "where-words"): get(lambda count: f"{TABLE}/rows?where={'not ' * (count - 3)}sex = 'F'"),
    ("native", "cursor-length"): get(lambda count: f"{TABLE}/rows?after={'x' * count}"),
    ("native", "listed"): get(lambda count: f"/api/v1/datasets?limit={count}"),
    ("native", "search-length"): get(lambda count: f"/api/v1/search?q={'x' * count}"),
    ("native", "search-page"): get(lambda count: f"/api/v1/search?page_size={count}"),
    ("native", "search-pages"): get(lambda count: f"/api/v1/search?page={count}"),
    ("native", "search-values"): get(lambda count: f"/api/v1/search?{'&'.join(['theme=x'] * count)}"),
    ("ckan", "search-length"): get(lambda count: f"{ACTION}/package_search?fq={'name:x'.ljust(count, 'x')}"),
    ("ckan", "search-conditions"): get(lambda count: f"{ACTION}/package_search?fq={quote('a:b ' * count)}"),
    ("ckan", "search-nesting"): get(lambda count: f"{ACTION}/package_search?fq={'(' * count}a:b{')' * count}"),
    ("ckan", "search-wildcards"): get(lambda count: f"{ACTION}/package_search?fq=name:{'a*' * count}"),
    ("ckan", "body"): lambda client, count: client.post(f"{ACTION}/package_list", "{}".ljust(count)),
    ("ckan", "parameters"): get(lambda count: f"{ACTION}/package_list?{'&'.join(['a=1'] * count)}"),
    ("pxweb", "body"): lambda client, count: client.post(f"{PXWEB}/tables/{CUBE}/data", "{}".ljust(count)),
    ("pxweb", "page"): get(lambda count: f"{PXWEB}/tables?pageSize={count}"),
    ("pxweb", "search-length"): get(lambda count: f"{PXWEB}/tables?query={'x' * count}"),
    ("pxweb", "stars"): get(lambda count: f"{PXWEB}/tables/{CUBE}/data?valuecodes[province]={'*0' * count}"),
    ("pxweb", "expressions"): get(
        lambda count: f"{PXWEB}/tables/{CUBE}/data?valuecodes[province]={','.join(['top(1)'] * count)}"
    ),
    ("sdmx", "address-length"): get(lambda count: f"{FLOW}?x={'x' * count}"),
    ("sdmx", "keys"): get(lambda count: f"{FLOW}/*/{','.join(['*'] * count)}"),
    ("sdmx", "names"): get(lambda count: f"/sdmx/v2/structure/dataflow/*/{','.join(['x'] * count)}"),
    ("sdmx", "versions"): get(lambda count: f"{FLOW}/{','.join(['1.0.0'] * count)}"),
    ("odata", "path-length"): get(lambda count: f"/odata/v4/{'x' * count}"),
    ("odata", "option-length"): get(lambda count: f"{ENTITIES}?$filter={' ' * count}true"),
    ("odata", "option-words"): get(lambda count: f"{ENTITIES}?$filter={'not ' * count}true"),
    ("mcp", "message"): mcp,
    ("mcp", "name-length"): mcp_name,
}


@pytest.fixture(scope="module")
def told(shipped: Client) -> dict[tuple[str, str], dict[str, Any]]:
    limits = shipped.json("/api/v1/limits")["limits"]
    return {(limit["dialect"], limit["name"]): limit for limit in limits}


@pytest.mark.parametrize("limit", BEYOND, ids=" ".join)
def test_beyond_a_limit_happens_what_is_told(
    shipped: Client, told: dict[tuple[str, str], dict[str, Any]], limit: tuple[str, str]
) -> None:
    value, ask = int(told[limit]["value"]), BEYOND[limit]
    beyond = ask(shipped, value + 1)
    assert beyond.status_code == told[limit]["status"], beyond.text[:500]


@pytest.mark.parametrize(
    "limit",
    [("all", "nesting"), ("all", "offset"), ("all", "values"), ("native", "rows-json"), ("native", "search-page"),
     ("ckan", "body"), ("ckan", "search-wildcards"), ("pxweb", "page"), ("pxweb", "search-length"),
     ("ckan", "search-length")],
    ids=" ".join,
)  # fmt: skip
def test_at_a_limit_nothing_is_refused(
    shipped: Client, told: dict[tuple[str, str], dict[str, Any]], limit: tuple[str, str]
) -> None:
    value = int(told[limit]["value"])
    answer = BEYOND[limit](shipped, value - 1 if limit == ("all", "values") else value)
    assert answer.status_code == 200, answer.text[:500]


def test_most_limits_that_refuse_are_tried(told: dict[tuple[str, str], dict[str, Any]]) -> None:
    refusing = {limit for limit, note in told.items() if note["status"] in {400, 401, 404, 409, 413, 414, 422}}
    assert set(BEYOND) <= refusing
    # Those left out need more than a request: much data, a slow connection, or a whole server.
    assert len(refusing - set(BEYOND)) < 16
