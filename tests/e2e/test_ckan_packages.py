"""What CKAN's clients are told of datasets: their resources, their ids, what a search finds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from datasets.text import Bilingual
from tests.support.ckan_portal import asked, ckan_client, rows
from tests.support.http import Client
from tests.support.releases import EMBARGO, DemoStore, make_demo_store


@pytest.fixture(scope="module")
def client(demo: DemoStore) -> Iterator[Client]:
    with ckan_client(demo) as client:
        yield client


# Packages -------------------------------------------------------------------------------------------------------------


def test_a_package_has_a_resource_for_each_table_and_file(client: Client) -> None:
    package = asked(client, "package_show", id="notifiable-diseases")
    formats = [(each["name"], each["format"], each["datastore_active"]) for each in package["resources"]]
    assert formats[:3] == [("by-month.csv", "CSV", True), ("by-month.parquet", "PARQUET", False),
                           ("by-month.xlsx", "XLSX", False)]  # fmt: skip
    assert formats[-2:] == [("datapackage.json", "JSON", False), ("notifiable-diseases-2024.2.zip", "ZIP", False)]
    assert (package["license_id"], package["isopen"]) == ("CC-BY-4.0", True)
    assert package["organization"]["name"] == "ministry-of-health"
    assert package["title_translated"] == {"vi": "Bệnh truyền nhiễm phải báo cáo", "en": "Notifiable diseases"}
    assert package == asked(client, "package_show", id=package["id"])
    (same,) = asked(client, "package_search", fq="name:notifiable-diseases")["results"]
    assert same == package


def test_a_package_has_what_the_harvester_of_udata_demands(client: Client) -> None:
    for package in asked(client, "package_search", q="*:*")["results"]:
        assert package.keys() >= {
            "id",
            "name",
            "title",
            "notes",
            "license_id",
            "license_title",
            "tags",
            "metadata_created",
            "metadata_modified",
            "organization",
            "resources",
            "extras",
            "private",
            "type",
            "author",
            "author_email",
            "maintainer",
            "maintainer_email",
            "state",
        }
        assert package["organization"].keys() >= {
            "id",
            "description",
            "created",
            "title",
            "name",
            "revision_timestamp",
            "is_organization",
            "state",
            "image_url",
            "revision_id",
            "type",
            "approval_status",
        }
        assert all(isinstance(value, str) and value for key, value in package["organization"].items()
                   if key in {"revision_id", "revision_timestamp", "created", "description"})  # fmt: skip
        for resource in package["resources"]:
            assert resource["resource_type"] == "file"
            assert resource["url"].startswith("http://localhost/files/")
            assert resource["mimetype"] == resource["mimetype"].lower()


def test_a_resource_is_the_file_that_its_hash_and_size_say(client: Client) -> None:
    (resource, *_) = asked(client, "package_show", id="notifiable-diseases")["resources"]
    response = client.get(resource["url"].removeprefix("http://localhost"))
    assert response.status_code == 200
    assert f'"{resource["hash"].removeprefix("sha256:")}"' == response.headers["etag"]
    assert len(response.content) == resource["size"]
    assert asked(client, "resource_show", id=resource["id"]) == resource


def test_ids_stay_and_an_older_release_has_its_own(client: Client) -> None:
    newest = asked(client, "package_show", id="notifiable-diseases")
    (table, *_) = newest["resources"]
    pinned = asked(client, "package_show", id="notifiable-diseases", release="2024.2")["resources"][0]
    older = asked(client, "package_show", id="notifiable-diseases", release="2024.1")["resources"][0]
    assert pinned["id"] == table["pinned_resource_id"] != older["id"]
    assert asked(client, "resource_show", id=older["id"]) == older
    first = {"province": "01", "month": "2024-01", "sex": "M"}
    cases = [
        rows(client, resource_id=each["id"], filters=first)["records"][0]["cases"] for each in (table, pinned, older)
    ]
    assert cases[0] == cases[1] == cases[2] + 3, "version 2 corrected this cell by 3"
    assert rows(client, resource_id="notifiable-diseases/2024.1/by-month", limit=1)["resource_id"] == older["id"]


def test_what_is_embargoed_or_withdrawn_is_not_there(client: Client) -> None:
    missing = asked(client, "package_show", 404, id="notifiable-diseases", release="2077")
    assert asked(client, "package_show", 404, id="notifiable-diseases", release="2025") == missing
    assert "withdrawn" in asked(client, "package_show", 404, id="hospital-visits", release="2024.1")["message"]
    gone = rows_missing(client, "hospital-visits/2024.1/visits")
    assert gone == rows_missing(client, "hospital-visits/2077.1/visits").replace("2077", "2024")
    text = client.get("/api/3/action/package_search?q=*:*&rows=100").text
    assert "notifiable-diseases/2024.2" in text
    for canary in ("notifiable-diseases/2025", "notifiable-diseases-2025", "hospital-visits/2024.1"):
        assert canary not in text
    assert EMBARGO.date().isoformat() not in text


def rows_missing(client: Client, alias: str) -> str:
    message: str = asked(client, "datastore_search", 404, resource_id=alias)["message"]
    return message


def test_a_dataset_that_is_withdrawn_is_gone_from_every_list(tmp_path: Path) -> None:
    demo = make_demo_store(tmp_path / "data")
    with ckan_client(demo) as client:
        assert "licensed-facilities" in asked(client, "package_list")
        table = asked(client, "package_show", id="licensed-facilities")["resources"][0]["id"]
        demo.store.withdraw(
            "licensed-facilities",
            "2025-06",
            1,
            reason=Bilingual(vi="Sai.", en="Wrong."),
            signer=demo.signer,
            now=datetime(2025, 8, 1, tzinfo=UTC),
        )
        assert "licensed-facilities" not in asked(client, "package_list")
        assert asked(client, "package_search", q="*:*")["count"] == 3
        assert table in asked(client, "datastore_search", 404, resource_id=table)["message"]
        assert "message" in asked(client, "resource_show", 404, id=table)
        assert client.get("/dataset/licensed-facilities").status_code == 410


# Searching ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"q": "sot xuat huyet"}, ["notifiable-diseases"]),
        ({"q": "title:visits"}, ["hospital-visits"]),
        ({"q": "bệnh: truyền nhiễm("}, ["notifiable-diseases"]),
        (
            {"q": "organization:ministry-of-health", "sort": "name desc"},
            ["notifiable-diseases", "licensed-facilities", "hospital-visits", "administrative-units"],
        ),
        ({"fq": "organization:nobody"}, []),
        (
            {"fq": "-name:hospital-visits +res_format:XLSX", "sort": "name asc"},
            ["licensed-facilities", "notifiable-diseases"],
        ),
        (
            {"fq": "groups:(registers OR examination-treatment)", "sort": "name asc"},
            ["hospital-visits", "licensed-facilities"],
        ),
        (
            {"fq": "metadata_modified:[2025-07-01T00:00:00Z TO *]", "sort": "name asc"},
            ["administrative-units", "licensed-facilities"],
        ),
        ({"fq_list": ["tags:dengue", "state:active"]}, ["notifiable-diseases"]),
        ({"fq": "extras_synthetic:true"}, ["hospital-visits"]),
        ({"q": "", "rows": 1, "start": 1, "sort": "title asc"}, ["licensed-facilities"]),
        ({"rows": 0}, []),
    ],
)
def test_packages_are_found(client: Client, given: dict[str, Any], names: list[str]) -> None:
    found = asked(client, "package_search", **given)
    assert [each["name"] for each in found["results"]] == names


def test_facets_count_what_was_found(client: Client) -> None:
    found = asked(
        client, "package_search", rows=0, **{"facet.field": ["res_format", "organization", "groups", "license_id"]}
    )
    assert found["facets"]["organization"] == {"ministry-of-health": 4}
    (item,) = found["search_facets"]["organization"]["items"]
    assert item == {"name": "ministry-of-health", "display_name": "Bộ Y tế", "count": 4}
    assert found["facets"]["res_format"]["CSV"] == 4
    few = asked(client, "package_search", rows=0, **{"facet.field": "groups", "facet.limit": 1})
    assert len(few["facets"]["groups"]) == 1


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"nope": 1}, 400, "Invalid search parameters: ['nope']"),
        ({"sort": "name"}, 400, 'Invalid "sort" parameter'),
        ({"sort": "nope desc"}, 400, "Sort Order"),
        ({"fq": "nope:1"}, 409, "undefined field nope"),
        ({"fq": "name:"}, 409, "a value is missing"),
        ({"fq": "(name:a"}, 409, "a bracket is not closed"),
        ({"fq": "{!xx}"}, 409, "Local parameters"),
        ({"fq": "(" * 500}, 409, "nested"),
        ({"fq": "name:a " * 400}, 409, "conditions"),
        ({"facet.field": ["nope"]}, 409, "undefined field nope"),
        ({"rows": "x"}, 409, "Invalid integer"),
        ({"start": -1}, 409, "natural number"),
    ],
)
def test_what_cannot_be_searched_is_told(client: Client, given: dict[str, Any], status: int, words: str) -> None:
    assert words in json.dumps(asked(client, "package_search", status, **given)).replace('\\"', '"')
