"""The API tells what there is: datasets, releases, code lists, hits, limits and its own documentation."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

from tests.support.http import Client


def test_the_list_of_datasets_comes_in_pages(client: Client) -> None:
    names, url = [], "/api/v1/datasets?limit=3"
    while url:
        page = client.json(url.removeprefix("https://data.example.org"))
        names += [each["dataset"] for each in page["datasets"]]
        url = page["next"]
    assert names == ["administrative-units", "hospital-visits", "licensed-facilities", "notifiable-diseases"]
    assert page["total"] == 4


def test_a_release_describes_itself_and_its_files_are_what_it_says(client: Client) -> None:
    release = client.json("/api/v1/datasets/notifiable-diseases/releases/2024.2")
    assert release["description"]["title"]["en"] == "Notifiable diseases"
    assert [each["id"] for each in release["tables"]] == ["by-month", "by-province"]
    for file in release["files"]:
        content = client.get(file["url"].removeprefix("https://data.example.org")).content
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
    assert client.json("/api/v1/datasets/notifiable-diseases?release=2023")["release"] == "2023.1"
    register = client.json("/api/v1/datasets/licensed-facilities")["description"]
    assert register["register"]["key"] == ["licence_number"]


def test_releases_are_listed_with_those_withdrawn(client: Client) -> None:
    releases = client.json("/api/v1/datasets/hospital-visits/releases")["releases"]
    assert [each["release"] for each in releases] == ["2024.2", "2024.1", "2023.1"]
    assert releases[1]["withdrawn"]["reason"]["en"] == "Wrong denominator in quarter 2."
    assert releases[1]["links"] is None


def test_code_lists_are_those_of_the_release(client: Client) -> None:
    found = client.json("/api/v1/datasets/notifiable-diseases/codelists/provinces-demo?release=2024.2")
    assert {
        "code": "79",
        "label": {"vi": "TP. Hồ Chí Minh", "en": "Ho Chi Minh City"},
        "level": "province",
        "parent": "S",
    } in (found["members"])
    assert client.get("/api/v1/datasets/notifiable-diseases/codelists/none").status_code == 404


def test_the_search_finds_vietnamese_without_marks(client: Client) -> None:
    found = client.json("/api/v1/search?q=sot%20xuat%20huyet&theme=preventive-medicine")
    assert [hit["dataset"] for hit in found["hits"]] == ["notifiable-diseases"]
    assert found["hits"][0]["page"] == "https://data.example.org/datasets/notifiable-diseases"
    assert client.json("/api/v1/search?theme=pharmacy")["total"] == 0


def test_the_limits_can_be_read(client: Client) -> None:
    limits = client.json("/api/v1/limits")
    assert (limits["default_limit"], limits["max_rows"]["json"], limits["max_rows"]["csv"]) == (1000, 100_000, None)
    assert {
        "key": "prefix",
        "meaning": {"vi": "bắt đầu bằng", "en": "starts with"},
        "kinds": ["dimension", "string"],
    } in (limits["operators"])


def test_the_examples_of_the_description_answer(client: Client) -> None:
    schema = client.json("/api/v1/openapi.json")
    assert schema["openapi"].startswith("3.1")
    for path, operations in schema["paths"].items():
        parameters = operations["get"].get("parameters", ())
        address = path
        if path == "/api/v1/harvested/{record}":
            continue  # Nothing was harvested here; tests/e2e/test_harvested_records.py asks its example.
        for parameter in parameters:
            if parameter["in"] == "path":
                address = address.replace(f"{{{parameter['name']}}}", quote(str(parameter["example"]), safe="/"))
        assert client.get(address).status_code == 200, address


def test_the_documentation_page_has_no_inline_script(client: Client) -> None:
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    scripts = page.text.split("<script")[1:]
    assert len(scripts) == 2
    assert all(
        script.startswith(' src="/static/') and script.split(">")[1].startswith("</script") for script in scripts
    )
    assert "defaultModelsExpandDepth: 0" in client.get("/static/api-docs.js").text


def test_the_documentation_page_has_a_title_an_icon_and_a_way_back(client: Client) -> None:
    page = client.get("/api/v1/docs").text
    assert "Open health data" in page.partition("<title>")[2].partition("</title>")[0]
    for link in re.findall(r'href="([^"]+)"', page):
        assert client.get(link).status_code == 200, link
    assert 'rel="icon"' in page
    assert 'href="/en/api"' in page
    assert client.get("/favicon.ico").headers["content-type"] == "image/svg+xml"
