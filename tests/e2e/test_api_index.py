"""The address of the API itself, what it says of parameters that it does not have, and of keys."""

from __future__ import annotations

import pytest

from portal.public.app import PortalOptions, create_app
from tests.support.http import Client, client_of
from tests.support.publication import Ministry

DATASET = "/api/v1/datasets/dengue-cases"
FIXED = (
    "/api/v1",
    "/api/v1/datasets",
    DATASET,
    f"{DATASET}/releases",
    f"{DATASET}/releases/1994-2009.1",
    f"{DATASET}/codelists/provinces-legacy",
    f"{DATASET}/openapi.json",
    f"{DATASET}/tables/by-province-and-month/statistics",
    "/api/v1/search",
    "/api/v1/limits",
    "/api/v1/openapi.json",
)


def test_the_index_leads_everywhere(shipped: Client) -> None:
    index = shipped.json("/api/v1")
    assert shipped.get("/api/v1/").headers["location"] == "/api/v1"
    assert index["demonstration"] is True
    for link in index["links"].values():
        assert shipped.get(link).status_code == 200, link
    dialects = {each["dialect"]: each for each in index["dialects"]}
    assert set(dialects) == {"native", "ckan", "pxweb", "sdmx", "sdmx-2.1", "odata", "mcp"}
    for each in dialects.values():
        assert (each["start"] is None) == (each["dialect"] == "mcp")
        assert each["start"] is None or shipped.get(each["start"]).status_code == 200, each
        assert each["start"] is None or each["start"].startswith(each["base"])
    assert shipped.get(dialects["mcp"]["base"]).headers["allow"] == "POST"


def test_the_index_is_for_pages_of_other_sites_too(shipped: Client) -> None:
    for path in ("/api/v1", "/api/3", "/odata/v4", "/sdmx/v2"):
        answer = shipped.get(path, origin="https://elsewhere.example")
        assert answer.headers["access-control-allow-origin"] == "*"


def test_addresses_of_the_index_are_whole_where_that_of_the_portal_is_known(shipped_ministry: Ministry) -> None:
    root = shipped_ministry.root
    options = PortalOptions(root, root / "public-key.pem", base_url="https://data.example.org")
    with client_of(create_app(options, shipped_ministry.releases)) as client:
        index = client.json("/api/v1")
    addresses = [*index["links"].values(), *(each["base"] for each in index["dialects"])]
    assert all(address.startswith("https://data.example.org/") for address in addresses)


def test_the_description_shows_what_the_index_answers(shipped: Client) -> None:
    described = shipped.json("/api/v1/openapi.json")["paths"]["/api/v1"]["get"]["responses"]["200"]
    assert described["content"]["application/json"]["example"] == shipped.json("/api/v1")


@pytest.mark.parametrize("url", FIXED)
def test_a_parameter_that_there_is_not_is_refused(shipped: Client, url: str) -> None:
    answer = shipped.get(f"{url}?langg=vi&lang=vi")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    (item,) = answer.json()["errors"]
    assert (item["place"], item["rule"]) == ("langg", "không có tên 'langg'")
    assert item["remedy"].startswith("Có phải ý bạn là lang? Các tên có ở đây: ")


@pytest.mark.parametrize("url", FIXED)
@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ("lang=en&lang=en", "Give lang once"),
        ("lang=", "Give it one, or leave it out"),
        ("lang=fr", "Known here: vi, en"),
        ("%00=1", "Known here: "),
        ("%FF%FE=1", "Known here: "),
        (f"{'x' * 3_000}=1", "Known here: "),
    ],
)
def test_each_is_given_once_and_has_a_value(shipped: Client, url: str, given: str, remedy: str) -> None:
    answer = shipped.get(f"{url}?{given}")
    assert answer.status_code == (422 if url.endswith("search") and given == "lang=fr" else 400)
    (item,) = answer.json()["errors"]
    assert remedy in item["remedy"]
    assert len(answer.content) < 2_000


def test_the_language_of_problems_is_described_wherever_it_can_be_given(shipped: Client) -> None:
    paths = shipped.json("/api/v1/openapi.json")["paths"]
    for path, operations in paths.items():
        if path.startswith("/api/v1"):
            names = [each["name"] for each in operations["get"].get("parameters", ()) if each["in"] == "query"]
            assert names.count("lang") == 1, path


def test_the_description_says_how_a_key_is_brought(shipped: Client) -> None:
    document = shipped.json("/api/v1/openapi.json")
    schemes = document["components"]["securitySchemes"]
    assert (schemes["ApiKey"]["in"], schemes["ApiKey"]["name"]) == ("header", "X-API-Key")
    assert (schemes["Bearer"]["type"], schemes["Bearer"]["scheme"]) == ("http", "bearer")
    assert document["security"] == [{}, {"ApiKey": []}, {"Bearer": []}], "nothing needs one"
    for headers in ({"x_api_key": "wrong"}, {"authorization": "Bearer wrong"}):
        assert shipped.get("/api/v1/limits", **headers).status_code == 401
