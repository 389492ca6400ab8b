"""CKAN's other doors: its pages, its ways of asking, and what is answered when something is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from datasets.errors import CatalogUnavailable, DatasetNotFound, QueryTimeout
from datasets.release import PublicRelease
from portal.public.ckan.actions import ACTIONS
from portal.public.ckan.directory import Directories
from portal.public.dependencies import CallerLeft
from portal.shared.links import Links
from tests.support.ckan_portal import MONTHS, asked, ckan_client, post, rows
from tests.support.http import Client
from tests.support.releases import DemoStore, make_demo_store


@pytest.fixture(scope="module")
def client(demo: DemoStore) -> Iterator[Client]:
    with ckan_client(demo) as client:
        yield client


# The other doors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/dataset", "/datasets"),
        ("/dataset/hospital-visits", "/datasets/hospital-visits"),
        ("/organization/ministry-of-health", "/datasets?publisher=ministry-of-health"),
        ("/group/registers", "/datasets?theme=registers"),
    ],
)
def test_addresses_of_ckan_lead_to_ours(client: Client, address: str, target: str) -> None:
    response = client.get(address)
    assert (response.status_code, response.headers["location"]) == (307, target)
    assert client.get(target).status_code == 200


def test_addresses_of_a_resource_lead_to_its_release_and_its_file(client: Client) -> None:
    package = asked(client, "package_show", id="hospital-visits")
    table = package["resources"][0]
    page = client.get(f"/dataset/{package['id']}/resource/{table['id']}")
    assert page.headers["location"] == "/datasets/hospital-visits/releases/2024.2"
    for tail in ("/download", "/download/visits.csv"):
        file = client.get(f"/dataset/hospital-visits/resource/{table['id']}{tail}")
        assert file.headers["location"] == table["url"]


@pytest.mark.parametrize(
    "address",
    ["/dataset/nope", "/dataset/nope/resource/x", "/dataset/hospital-visits/resource/x", "/organization/x", "/group/x"],
)
def test_addresses_of_nothing_are_not_found(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_forms_and_addresses_are_read_like_json(client: Client) -> None:
    wanted = rows(client, limit=1, fields=["sex", "cases"])["records"]
    form = urlencode({"resource_id": MONTHS, "limit": "1", "fields": "sex,cases"}).encode()
    sent = post(client, "datastore_search", form, "application/x-www-form-urlencoded")
    assert sent.json()["result"]["records"] == wanted
    address = f"/api/action/datastore_search?resource_id={MONTHS}&limit=1&fields=sex&fields=cases"
    assert client.json(address)["result"]["records"] == wanted
    curl = post(
        client,
        "datastore_search",
        json.dumps({"resource_id": MONTHS, "limit": 1, "fields": ["sex", "cases"]}).encode(),
        "application/x-www-form-urlencoded",
    )
    assert curl.json()["result"]["records"] == wanted


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b'{"id": "\xff"}', "application/json"),
        (b"[" * 5000, "application/json"),
        (b'["a"]', "application/json"),
        (b'"a"', "application/json"),
        (b"1", "text/plain"),
        (b"a=%FF&b=\xff", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % number for number in range(2000)), "application/x-www-form-urlencoded"),
        (b"x", "multipart/form-data; boundary=x"),
        (b" " * 10 + b'{"id": "' + b"x" * 300_000 + b'"}', "application/json"),
    ],
)
def test_bodies_that_cannot_be_read_are_refused(client: Client, content: bytes, kind: str) -> None:
    response = post(client, "package_show", content, kind)
    assert response.status_code == 400
    assert response.json().startswith("Bad request: ")


def test_what_writes_is_refused_with_its_reason(client: Client) -> None:
    for action in ("package_create", "resource_delete", "datastore_upsert", "organization_update", "dataset_purge"):
        error = asked(client, action, 403, id="x")
        assert error["__type"] == "Authorization Error"
        assert "read only" in error["message"]
    assert (
        "read only"
        in post(client, "resource_create", b"x", "multipart/form-data; boundary=x").json()["error"]["message"]
    )


def test_every_action_says_what_it_does(client: Client) -> None:
    for name in ACTIONS:
        assert len(asked(client, "help_show", name=name)) > 20


def test_what_there_is_none_of_is_an_empty_list(client: Client) -> None:
    for action in ("vocabulary_list", "resource_view_list", "organization_list_for_user"):
        assert asked(client, action) == []
    assert asked(client, "site_read") is True
    assert asked(client, "user_list", 403)["__type"] == "Authorization Error"


@pytest.mark.parametrize("callback", ["cb", "a.b_c$1"])
def test_a_script_may_take_the_answer(client: Client, callback: str) -> None:
    response = client.get(f"/api/3/action/site_read?{urlencode({'callback': callback})}")
    assert response.text.startswith(f"{callback}({{")
    assert response.headers["content-type"] == "application/javascript;charset=utf-8"


def test_a_callback_that_is_no_name_is_refused(client: Client) -> None:
    twice = client.get("/api/3/action/site_read?callback=a&callback=b")
    assert (twice.status_code, "given once" in twice.text) == (400, True)
    response = client.get("/api/3/action/site_read?callback=alert(1)//")
    assert response.status_code == 400
    assert "alert" not in response.text


def test_browsers_of_other_sites_may_ask(client: Client) -> None:
    preflight = client.request(
        "OPTIONS",
        "/api/3/action/datastore_search",
        origin="https://other.example",
        access_control_request_method="POST",
        access_control_request_headers="content-type",
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"


ATTACKS = [
    "'; DROP TABLE x; --",
    "\x00",
    "%00",
    "\u202e",
    "💉" * 500,
    "9" * 400,
    "[" * 500,
    "{{7*7}}",
    "<script>",
    "../../etc",
    "NaN",
    "-" * 999,
]


@pytest.mark.parametrize(
    "action",
    [
        "package_show",
        "package_search",
        "resource_search",
        "datastore_search",
        "datastore_info",
        "tag_list",
        "organization_list",
        "package_autocomplete",
        "help_show",
    ],
)
def test_no_text_of_a_stranger_breaks_an_action(client: Client, action: str) -> None:
    names = [
        "id",
        "q",
        "fq",
        "sort",
        "rows",
        "query",
        "filters",
        "resource_id",
        "fields",
        "limit",
        "all_fields",
        "name",
        "facet.field",
    ]
    for attack in ATTACKS:
        for name in names:
            given = {"resource_id": MONTHS, name: attack} if action == "datastore_search" else {name: attack}
            for value in (given, {**given, name: [attack]}, {**given, name: {attack[:20]: attack}}):
                response = post(client, action, json.dumps(value).encode())
                assert response.status_code < 500, (action, value)
            assert client.get(f"/api/3/action/{action}?{urlencode(given)}").status_code < 500


# What is our fault ----------------------------------------------------------------------------------------------------


def test_what_takes_too_long_or_cannot_be_read_is_told_as_such(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def too_many(*_: object) -> None:
        raise QueryTimeout("Too many questions are waiting; ask again in a moment")

    def not_built(*_: object) -> None:
        raise CatalogUnavailable("/a/place/of/ours")

    monkeypatch.setattr("portal.public.table_reading.TableReading.submit", too_many)
    monkeypatch.setattr("portal.public.live_catalog.LiveCatalog.current", not_built)
    response = client.get(f"/api/3/action/datastore_search?resource_id={MONTHS}")
    assert (response.status_code, response.headers["retry-after"]) == (503, "10")
    assert response.headers["cache-control"] == "no-store"
    assert "Too many questions" in response.json()["error"]["message"]
    assert client.get(f"/datastore/dump/{MONTHS}").status_code == 503
    hidden = client.get("/api/3/action/package_search?q=dengue")
    assert hidden.status_code == 503
    assert "/a/place" not in hidden.text
    assert "/a/place" in caplog.text


def test_a_damaged_dataset_is_left_out_and_the_others_go_on(tmp_path: Path) -> None:
    demo = make_demo_store(tmp_path / "data")
    envelope = next((demo.root / "releases" / "licensed-facilities").iterdir())
    envelope.chmod(0o644)
    envelope.write_bytes(envelope.read_bytes().replace(b"2025-06", b"2025-07", 1))
    with ckan_client(demo) as client:
        found = asked(client, "package_search", q="*:*", sort="name asc")
        assert [each["name"] for each in found["results"]] == [
            "administrative-units",
            "hospital-visits",
            "notifiable-diseases",
        ]


def test_a_dataset_that_goes_while_the_list_is_made_is_left_out(
    demo: DemoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    latest = demo.releases.latest

    def gone(dataset: str) -> PublicRelease:
        if dataset == "hospital-visits":
            raise DatasetNotFound("Withdrawn this moment")
        return latest(dataset)

    monkeypatch.setattr(demo.releases, "latest", gone)
    assert "hospital-visits" not in Directories(demo.releases).current(Links("http://localhost")).packages


def test_nobody_reads_what_a_caller_that_left_would_get(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def left(*_: object) -> None:
        raise CallerLeft

    monkeypatch.setattr("portal.public.routers.ckan.finished", left)
    for address in (f"/api/3/action/datastore_search?resource_id={MONTHS}", f"/datastore/dump/{MONTHS}"):
        response = client.get(address)
        assert (response.status_code, response.content) == (499, b"")


def test_a_portal_asked_by_many_names_keeps_few_lists(demo: DemoStore) -> None:
    directories = Directories(demo.releases)
    for number in range(20):
        directory = directories.current(Links(f"http://localhost:{number}"))
        url = directory.packages["hospital-visits"]["url"]
        assert url == f"http://localhost:{number}/datasets/hospital-visits"
    assert len(directories._kept) <= 8
    assert directories.current(Links("http://localhost:19")) is directory


@pytest.mark.parametrize(
    ("action", "given", "check"),
    [
        (
            "package_autocomplete",
            {"q": "benh truyen"},
            lambda found: [each["name"] for each in found] == ["notifiable-diseases"],
        ),
        ("package_autocomplete", {"q": "visits"}, lambda found: found[0]["match_field"] == "name"),
        ("package_list", {"limit": 2, "offset": 1}, lambda found: found == ["hospital-visits", "licensed-facilities"]),
        ("tag_list", {"query": "xuat huyet"}, lambda found: found == ["sốt xuất huyết"]),
        (
            "resource_search",
            {"query": ["format:csv", "table:by"], "order_by": "name"},
            lambda found: found["count"] == 2,
        ),
        ("group_show", {"id": "registers", "include_datasets": True}, lambda found: len(found["packages"]) == 1),
        ("organization_list", {"organizations": "nobody"}, lambda found: found == []),
        (
            "package_search",
            {"fl": "name,tags", "fq": "name:hospital-visits"},
            lambda found: found["results"] == [{"name": "hospital-visits", "tags": []}],
        ),
        ("package_search", {"facet": "false", "facet.field": ["tags"]}, lambda found: found["facets"] == {}),
        (
            "datastore_search",
            {"resource_id": MONTHS, "sort": "_id", "limit": 1},
            lambda found: found["records"][0]["_id"] == 1,
        ),
        ("resource_show", {"id": "notifiable-diseases/2024.1/by-month"}, lambda found: found["release"] == "2024.1"),
    ],
)
def test_what_else_is_asked(client: Client, action: str, given: dict[str, Any], check: Callable[[Any], bool]) -> None:
    assert check(asked(client, action, **given))


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("package_list", {"limit": -1}),
        ("resource_search", {"query": "nope:x"}),
        ("resource_search", {}),
        ("datastore_search", {"resource_id": MONTHS, "sort": "cases", "filters": {"_id": {"gt": 1}}}),
        (
            "datastore_search",
            {"resource_id": MONTHS, "filters": {"cases": list(range(600)), "mean_stay": list(range(600))}},
        ),
    ],
)
def test_what_else_is_refused(client: Client, action: str, given: dict[str, Any]) -> None:
    assert asked(client, action, 409, **given)["__type"] == "Validation Error"
