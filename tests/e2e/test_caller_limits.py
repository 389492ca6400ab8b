"""Who uses more than may be used is told so in the shape of each dialect, with the time to wait; nobody else is."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import anyio
import ckanapi
import httpx
import pytest
from fastapi import FastAPI

from datasets.errors import QueryTimeout
from portal.public.api_keys import KeyEntry, entry_text, hash_of
from portal.public.app import PortalOptions, create_app
from portal.public.metering import CallerLimits, Metering
from portal.public.table_reading import TableReading
from portal.shared.links import PXWEB
from tests.support.http import Client, client_of
from tests.support.portal import DATA
from tests.support.releases import DemoStore
from tests.support.served import served

CUBE = "notifiable-diseases.by-month"
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip
SDMX_DATA = "/sdmx/v2/data/dataflow/*/notifiable-diseases_by-month/*/*"


class Limited:
    """A portal of a few calls a minute whose clock stands still, and one caller."""

    def __init__(self, app: FastAPI, client: Client) -> None:
        self.client = client
        self.now = 1_800_000_000.0
        self.metering: Metering = app.state.services.metering
        self.metering.clock = lambda: self.now

    def use_up(self) -> None:
        """Ask until nothing is left."""
        while self.client.get("/api/v1/datasets").status_code == 200:
            pass


@pytest.fixture
def limited(demo: DemoStore) -> Iterator[Limited]:
    app = create_app(options(demo, CallerLimits(per_minute=6, at_once=4)), demo.releases)
    with client_of(app) as client:
        yield Limited(app, client)


def options(demo: DemoStore, callers: CallerLimits) -> PortalOptions:
    return PortalOptions(demo.root, demo.public_key, callers=callers)


# Each dialect in its own shape ----------------------------------------------------------------------------------------


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


# Keys -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.yaml"
    path.write_text(entry_text("clinic-app", KeyEntry(sha256=hash_of("ytemo_right"), per_minute=100, per_day=8)))
    return path


@pytest.fixture
def keyed(demo: DemoStore, keys_file: Path) -> Iterator[Limited]:
    callers = CallerLimits(per_minute=2, at_once=4, keys_file=keys_file)
    app = create_app(options(demo, callers), demo.releases)
    with client_of(app) as client:
        yield Limited(app, client)


@pytest.mark.parametrize("header", [{"authorization": "Bearer ytemo_right"}, {"authorization": "bearer ytemo_right"},
                                    {"x_api_key": "ytemo_right"}])  # fmt: skip
def test_a_key_has_an_allowance_of_its_own(keyed: Limited, header: dict[str, str]) -> None:
    keyed.use_up()
    for _ in range(8):
        answer = keyed.client.get("/api/v1/datasets", **header)
        assert answer.status_code == 200
        assert "ytemo_right" not in str(answer.headers)
    refused = keyed.client.get("/api/v1/datasets?lang=vi", **header)
    assert refused.status_code == 429
    assert "8 đơn vị công việc" in refused.json()["detail"]
    # 1,800,000,000 is 15 January 2027, 15:00 in Viet Nam.
    assert refused.headers["retry-after"] == str(9 * 3600)
    assert '"day";q=8;w=86400' in refused.headers["ratelimit-policy"]
    assert '"day";r=0;t=32400' in refused.headers["ratelimit"]
    keyed.now += 9 * 3600
    assert keyed.client.get("/api/v1/datasets", **header).status_code == 200


@pytest.mark.parametrize("key", ["ytemo_wrong", "x" * 5_000, " "])
def test_an_unknown_key_is_refused_and_never_repeated(
    keyed: Limited, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    response = keyed.client.get("/api/v1/datasets", x_api_key=key)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="ytemo"'
    assert response.json()["type"] == "urn:ytemo:key-unknown"
    assert response.headers["cache-control"] == "no-store"
    told = response.text + str(response.headers)
    assert key.strip()[:100] == "" or key.strip()[:100] not in told
    assert key.strip() == "" or key.strip() not in caplog.text


def test_guessing_keys_uses_up_what_a_stranger_may_use(keyed: Limited) -> None:
    codes = [keyed.client.get("/api/v1/datasets", x_api_key=f"ytemo_{number}").status_code for number in range(3)]
    assert codes == [401, 401, 429]


def test_an_unknown_key_in_every_dialect_but_that_of_ckan(keyed: Limited) -> None:
    bad = {"authorization": "Bearer of-another-portal"}
    assert keyed.client.get(f"{PXWEB}/config", **bad).json()["type"] == "urn:ytemo:key-unknown"
    assert keyed.client.get("/odata/v4/", **bad).json()["error"]["code"] == "key-unknown"
    keyed.now += 60
    assert keyed.client.get("/sdmx/v2/structure/dataflow", **bad).json()["errors"][0]["code"] == 401
    refused = keyed.client.post("/mcp", "{}", **bad)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, 401)
    keyed.now += 60
    assert keyed.client.get("/api/3/action/package_list", **bad).status_code == 200
    assert keyed.client.get("/api/3/action/package_list", authorization="of-another").status_code == 200


@pytest.mark.parametrize("header", [{"authorization": "ytemo_right"}, {"x_ckan_api_key": "ytemo_right"},
                                    {"authorization": "no", "x_ckan_api_key": "ytemo_right"}])  # fmt: skip
def test_clients_of_ckan_send_a_key_as_they_are_used_to(keyed: Limited, header: dict[str, str]) -> None:
    keyed.use_up()
    assert keyed.client.get("/api/3/action/package_list", **header).status_code == 200
    native = keyed.client.get("/api/v1/datasets", **header)
    assert native.status_code == 429, "elsewhere these headers say nothing"


def test_a_client_of_ckan_uses_its_key_and_shows_what_it_is_told(demo: DemoStore, keys_file: Path) -> None:
    app = create_app(options(demo, CallerLimits(per_minute=1, keys_file=keys_file)), demo.releases)
    with served(app) as address:
        with ckanapi.RemoteCKAN(address, apikey="ytemo_right") as holder:
            assert [len(holder.action.package_list()) for _ in range(3)] == [4, 4, 4]
        with ckanapi.RemoteCKAN(address, apikey="of-another-portal") as stranger:
            stranger.action.package_list()
            with pytest.raises(ckanapi.CKANAPIError, match="1 units of work may be used in a minute"):
                stranger.action.package_list()


def test_other_schemes_of_authorization_say_nothing(keyed: Limited) -> None:
    assert keyed.client.get("/api/v1/datasets", authorization="Basic dTpw").status_code == 200


def test_the_file_is_read_again_when_it_changes(
    keyed: Limited, keys_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def asked(key: str) -> int:
        keyed.now += 60
        return keyed.client.get("/api/v1/datasets", x_api_key=key).status_code

    assert (asked("ytemo_right"), asked("ytemo_new")) == (200, 401)
    text = keys_file.read_text() + entry_text("other", KeyEntry(sha256=hash_of("ytemo_new"), per_minute=5))
    keys_file.write_text(text)
    assert (asked("ytemo_right"), asked("ytemo_new")) == (200, 200)
    keys_file.write_text(text + "broken: [\n")
    assert (asked("ytemo_right"), asked("ytemo_new")) == (200, 200)
    assert "the keys read before are used" in caplog.text
    assert hash_of("ytemo_new") not in caplog.text
    keys_file.write_text("# none\n")
    assert (asked("ytemo_right"), asked("ytemo_new")) == (401, 401)
    caplog.clear()
    keys_file.unlink()
    assert asked("ytemo_right") == 401
    assert "cannot be read" in caplog.text


def test_what_is_left_can_be_read(keyed: Limited) -> None:
    assert keyed.client.get("/api/v1/datasets").status_code == 200
    answer = keyed.client.get("/api/v1/limits")
    assert answer.headers["cache-control"] == "no-store"
    stranger: dict[str, Any] = answer.json()["allowance"]
    assert stranger == {
        "key": "", "per_minute": 2, "left": 1, "seconds": 30, "per_day": None, "left_today": None,
        "seconds_of_today": None, "at_once": 4,
    }  # fmt: skip
    assert keyed.client.json("/api/v1/limits") == answer.json(), "asking for it costs nothing"
    holder = keyed.client.get("/api/v1/limits", x_api_key="ytemo_right").json()["allowance"]
    assert (holder["key"], holder["per_minute"], holder["left_today"]) == ("clinic-app", 100, 8)
    assert keyed.client.get("/api/v1/limits", x_api_key="ytemo_wrong").status_code == 401
