"""Who uses more than may be used is told so in the shape of each dialect, with the time to wait; nobody else is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from xml.etree import ElementTree as ET

import anyio
import httpx
import pytest

from datasets.errors import QueryTimeout
from portal.public.app import create_app
from portal.public.metering import CallerLimits
from portal.public.table_reading import TableReading
from portal.shared.links import PXWEB
from tests.support.http import Client, client_of
from tests.support.limited_portal import Limited, options
from tests.support.portal import DATA
from tests.support.releases import DemoStore

CUBE = "notifiable-diseases.by-month"
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip
SDMX_DATA = "/sdmx/v2/data/dataflow/*/notifiable-diseases_by-month/*/*"


@pytest.fixture
def limited(demo: DemoStore) -> Iterator[Limited]:
    app = create_app(options(demo, CallerLimits(per_minute=6, at_once=4)), demo.releases)
    with client_of(app) as client:
        yield Limited(app, client)


def problem(response: httpx.Response) -> str:
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["type"] in {"urn:ytemo:too-many-calls", "urn:ytemo:query-timeout"}
    return " ".join(
        [document["title"], document.get("detail", ""), *(str(each) for each in document.get("errors", ()))]
    )


def ckan_error(response: httpx.Response) -> str:
    document = response.json()
    assert set(document) == {"help", "success", "error"}
    assert document["success"] is False
    assert document["help"].endswith("help_show?name=package_list") or "datastore" in document["help"]
    return f"{document['error']['__type']} {document['error']['message']}"


def page(response: httpx.Response) -> str:
    assert response.headers["content-type"].startswith("text/html")
    return response.text


def odata_error(response: httpx.Response) -> str:
    error = response.json()["error"]
    assert response.headers["odata-version"] == "4.0"
    return f"{error['code']} {error['message']}"


def sdmx_json(response: httpx.Response) -> str:
    (error,) = response.json()["errors"]
    assert error["code"] == response.status_code
    return f"{error['title']} {error['detail']}"


def sdmx_xml(response: httpx.Response) -> str:
    return " ".join(text.strip() for text in ET.fromstring(response.content).itertext())


def json_rpc(response: httpx.Response) -> str:
    document = response.json()
    assert (document["jsonrpc"], document["id"], document["error"]["code"]) == ("2.0", None, 429)
    return str(document["error"]["message"])


def get(path: str, **headers: str) -> Callable[[Client], httpx.Response]:
    return lambda client: client.get(path, **headers)


DOORS: dict[str, tuple[Callable[[Client], httpx.Response], Callable[[httpx.Response], str]]] = {
    "native": (get(DATA), problem),
    "native list": (get("/api/v1/datasets"), problem),
    "native search": (get("/api/v1/search?q=x"), problem),
    "CKAN": (get("/api/3/action/package_list"), ckan_error),
    "CKAN by POST": (lambda client: client.post("/api/action/package_list", "{}"), ckan_error),
    "CKAN dump": (get("/datastore/dump/x"), page),
    "PxWeb": (get(f"{PXWEB}/tables/{CUBE}/data"), problem),
    "SDMX-JSON": (get(SDMX_DATA), sdmx_json),
    "SDMX-ML": (get(SDMX_DATA, accept="application/vnd.sdmx.data+xml"), sdmx_xml),
    "SDMX 2.1": (get("/sdmx/v1/dataflow"), sdmx_xml),
    "OData": (get("/odata/v4/notifiable-diseases/by_month"), odata_error),
    "MCP": (lambda client: client.post("/mcp", json.dumps(INITIALIZE), content_type="application/json"), json_rpc),
}


@pytest.mark.parametrize("door", DOORS)
def test_whoever_has_used_everything_is_told_when_to_come_back(limited: Limited, door: str) -> None:
    ask, read = DOORS[door]
    limited.use_up()
    response = ask(limited.client)
    text = read(response)
    assert response.status_code == 429, text
    assert response.headers["retry-after"] == "10"
    assert response.headers["ratelimit-policy"] == '"minute";q=6;w=60'
    assert response.headers["ratelimit"] == '"minute";r=0;t=10'
    assert response.headers["cache-control"] == "no-store"
    if door != "CKAN dump":
        assert "6 units of work may be used in a minute" in text
        assert "Ask again in 10 seconds" in text
        assert "Parquet" in text
        assert "API key" in text
    limited.now += 10
    assert ask(limited.client).status_code != 429


@pytest.mark.parametrize("door", ["native", "CKAN", "CKAN dump", "PxWeb", "SDMX-JSON", "SDMX-ML", "OData"])
def test_a_portal_that_is_full_says_when_to_come_back(
    demo: DemoStore, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    def full(*_: object) -> None:
        raise QueryTimeout("Too many questions are waiting; ask again in a moment")

    ask, read = DOORS[door]
    paths = {"CKAN": "/api/3/action/datastore_search_sql?sql=x", "CKAN dump": "/datastore/dump/x"}
    asked = get(paths[door]) if door in paths else ask
    monkeypatch.setattr(TableReading, "submit", full)
    with client_of(create_app(options(demo, CallerLimits()), demo.releases)) as client:
        response = asked(client)
    assert response.status_code == 503, response.text
    assert response.headers["retry-after"] == "10"
    assert response.headers["cache-control"] == "no-store"
    assert read(response)


def test_openapi_tells_how_callers_are_turned_away(limited: Limited) -> None:
    paths = limited.client.json("/api/v1/openapi.json")["paths"]
    counted = {path for path, operations in paths.items() if "429" in operations["get"]["responses"]}
    assert counted == {path for path in paths if path.startswith("/api/v1/") and path != "/api/v1/limits"}
    told = paths["/api/v1/datasets"]["get"]["responses"]["429"]
    assert set(told["content"]) == {"application/problem+json"}
    assert "Retry-After" in told["headers"]
    assert "401" in paths["/api/v1/limits"]["get"]["responses"]


def test_pages_and_downloads_are_for_everyone(limited: Limited) -> None:
    limited.use_up()
    for path in ("/", "/en/datasets", "/datasets/notifiable-diseases", "/files/public-key.pem", "/health",
                 "/api/v1/limits", "/api/v1/docs", "/api/v1/openapi.json", "/robots.txt"):  # fmt: skip
        assert limited.client.get(path).status_code == 200, path
    assert limited.client.get("/api/v1/datasets").status_code == 429


def test_a_browser_may_ask_what_it_may_ask_and_reads_what_is_left(limited: Limited) -> None:
    limited.use_up()
    asked = limited.client.request(
        "OPTIONS", DATA, origin="https://a.example", access_control_request_method="GET",
        access_control_request_headers="authorization, x-api-key",
    )  # fmt: skip
    assert asked.status_code == 200
    refused = limited.client.get(DATA, origin="https://a.example")
    assert refused.status_code == 429
    assert refused.headers["access-control-allow-origin"] == "*"
    assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= set(
        refused.headers["access-control-expose-headers"].split(", ")
    )


def test_what_a_cache_may_keep_says_nothing_of_one_caller(limited: Limited) -> None:
    kept, told = limited.client.get(DATA), limited.client.get(f"{DATA}?nothing=1")
    assert "public" in kept.headers["cache-control"]
    assert "ratelimit" not in kept.headers
    assert told.status_code == 400
    assert told.headers["ratelimit"].startswith('"minute";r=4;')


def test_a_question_costs_what_it_takes(limited: Limited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.public.metering.BYTES_PER_UNIT", 1_000)
    monkeypatch.setattr("portal.public.metering.SECONDS_PER_UNIT", 1e-5)
    assert limited.client.get(DATA).status_code == 200
    left = limited.client.json("/api/v1/limits")["allowance"]
    assert left["left"] == 0
    assert left["seconds"] > 60, "more was used than there was: it has to come back first"
    assert int(limited.client.get(DATA).headers["retry-after"]) > 1


MESSAGE = {
    "jsonrpc": "2.0", "id": 1, "method": "tools/call",
    "params": {"name": "query", "arguments": {"dataset": "notifiable-diseases", "table": "by-month"}},
}  # fmt: skip
MCP_HEADERS = {"content_type": "application/json", "accept": "application/json, text/event-stream",
               "mcp_protocol_version": "2025-06-18"}  # fmt: skip
WORKING: dict[str, Callable[[Client], httpx.Response]] = {
    "native": get(DATA),
    "native statistics": get(f"{DATA.removesuffix('data')}statistics"),
    "PxWeb": get(f"{PXWEB}/tables/{CUBE}/data"),
    "SDMX": get(SDMX_DATA),
    "OData": get("/odata/v4/notifiable-diseases/by_month"),
    "CKAN": get("/api/3/action/datastore_search_sql?sql=SELECT%201"),
    "MCP": lambda client: client.post("/mcp", json.dumps(MESSAGE), **MCP_HEADERS),
}


@pytest.mark.parametrize("door", WORKING)
def test_the_work_of_a_question_is_charged_in_every_dialect(
    limited: Limited, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    monkeypatch.setattr("portal.public.metering.SECONDS_PER_UNIT", 1e-6)
    answer = WORKING[door](limited.client)
    assert answer.status_code in {200, 409}, answer.text
    assert limited.client.json("/api/v1/limits")["allowance"]["seconds"] > 60


def test_it_is_told_once_that_a_web_server_may_have_to_be_trusted(
    limited: Limited, caplog: pytest.LogCaptureFixture
) -> None:
    limited.use_up()
    assert limited.client.get(DATA, x_forwarded_for="203.0.113.1, 127.0.0.1").status_code == 429
    assert caplog.text == "", "it is trusted, and this is who calls"
    for number in range(3):
        assert limited.client.get(DATA, x_forwarded_for=f"203.0.113.{number}").status_code == 429
    assert caplog.text.count("YTEMO_TRUSTED_PROXIES") == 1
    assert "'127.0.0.1'" in caplog.text
    assert "203.0.113" not in caplog.text


def test_one_caller_cannot_take_every_place(limited: Limited) -> None:
    """Four requests are let in; a fifth, while they are answered, is not."""
    metering = limited.metering
    caller = anyio.run(metering.caller, {"path": DATA, "headers": [], "client": ("127.0.0.1", 1)})
    uses = [metering.begin(caller) for _ in range(4)]
    refused = limited.client.get(DATA)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert "4 requests of one caller" in refused.json()["detail"]
    for use in uses:
        use.end()
    assert limited.client.get(DATA).status_code == 200


def test_a_request_that_fails_gives_its_place_back(demo: DemoStore, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(options(demo, CallerLimits(at_once=1)), demo.releases)
    with client_of(app) as client:
        monkeypatch.setattr(type(demo.releases), "releases", lambda *_: 1 / 0)
        for _ in range(3):
            assert client.get("/api/v1/datasets/notifiable-diseases/releases").status_code == 500
