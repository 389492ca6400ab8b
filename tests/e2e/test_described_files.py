"""Programs find what describes the files of a release where it has that, and older releases go on without."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rdflib import DCTERMS, Graph, URIRef

from datasets.package_files import CSVW, CSVW_STANDARD, RO_CRATE, RO_CRATE_PROFILE, RO_CRATE_VERSION
from datasets.package_verification import verify_package
from portal.public.app import PortalOptions, create_app
from portal.query.run import EngineLimits
from tests.support.dcat_shapes import breaches
from tests.support.http import Client
from tests.support.oracles import oracle
from tests.support.packages import build_package
from tests.support.portal import portal_client
from tests.support.releases import DemoStore, disease_contents, disease_definition, make_demo_store, register_contents
from tests.support.served import served

FILES = "/files/notifiable-diseases"
DESCRIBED, OLDER = f"{FILES}/2024.2", f"{FILES}/2022.1"
LINK = f'<{DESCRIBED}/{CSVW}>; rel="describedby"; type="application/csvm+json"'


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    """A store with a release that was made before packages had these files."""
    folder = tmp_path_factory.mktemp("described")
    made = make_demo_store(folder / "store")
    older = build_package(disease_contents(disease_definition(), "2022"), folder / "older")
    made.store.add(
        older.folder,
        files=[entry for entry in older.files if entry.path not in (CSVW, RO_CRATE)],
        description=older.description,
        changes=older.changes,
        signer=made.signer,
        now=datetime(2025, 1, 4, tzinfo=UTC),
    )
    return made


@pytest.fixture(scope="module")
def client(demo: DemoStore) -> Iterator[Client]:
    with portal_client(demo) as client:
        yield client


@pytest.mark.parametrize("path", ["data/by-month.csv", "codelists/sex-demo.csv"])
def test_a_csv_file_says_where_it_is_described(client: Client, path: str) -> None:
    for answer in (
        client.get(f"{DESCRIBED}/{path}"),
        client.get(f"{DESCRIBED}/{path}", range="bytes=0-9"),
        client.request("HEAD", f"{DESCRIBED}/{path}"),
    ):
        assert answer.headers["link"] == LINK
    described = client.get(f"{DESCRIBED}/{CSVW}")
    assert described.headers["content-type"] == "application/csvm+json"
    assert path in {each["url"] for each in described.json()["tables"]}


@pytest.mark.parametrize("path", ["data/by-month.parquet", "README.md", CSVW, RO_CRATE])
def test_no_other_file_says_so(client: Client, path: str) -> None:
    answer = client.get(f"{DESCRIBED}/{path}")
    assert answer.status_code == 200
    assert "link" not in answer.headers


def test_a_reader_of_csvw_finds_and_checks_the_files_over_http(demo: DemoStore) -> None:
    options = PortalOptions(demo.root, demo.public_key, limits=EngineLimits(2, 256, 5))
    paths = [f"{DESCRIBED}/data/by-month.csv", f"{OLDER}/data/by-month.csv", f"{DESCRIBED}/{CSVW}"]
    with served(create_app(options, demo.releases)) as base:
        found, older, checked = oracle("csv_on_the_web.py", [base + path for path in paths])
    assert "data/by-month.csv" in found["located"]
    assert older["located"] == []
    assert checked == {"tables": 5, "problems": []}


def test_pages_lead_programs_to_both(client: Client) -> None:
    header = client.get("/datasets/notifiable-diseases/releases/2024.2").headers["link"]
    assert f'{DESCRIBED}/{CSVW}>; rel="describedby"; type="application/csvm+json"' in header
    assert f'{DESCRIBED}/{RO_CRATE}>; rel="describedby"; type="application/ld+json"; profile="{RO_CRATE_PROFILE}"' in (
        header
    )
    older = client.get("/datasets/notifiable-diseases/releases/2022.1").headers["link"]
    assert CSVW not in older
    assert RO_CRATE not in older


def conforming(client: Client, release: str) -> dict[str, set[str]]:
    """Return which distributions of a release keep CSVW and RO-Crate, as its DCAT-AP says, which must be valid."""
    text = client.get(f"/datasets/notifiable-diseases/releases/{release}.ttl").text
    graph = Graph().parse(data=text, format="turtle")
    assert breaches(graph, "base") == []
    return {
        standard: {str(each).rpartition("#")[2] for each in graph.subjects(DCTERMS.conformsTo, URIRef(standard))}
        for standard in (CSVW_STANDARD, RO_CRATE_VERSION)
    }


def test_records_say_which_files_keep_which_standard(client: Client) -> None:
    assert conforming(client, "2024.2") == {
        CSVW_STANDARD: {"data/by-month.csv", "data/by-province.csv"},
        RO_CRATE_VERSION: {"notifiable-diseases.zip"},
    }
    assert conforming(client, "2022.1") == {CSVW_STANDARD: set(), RO_CRATE_VERSION: set()}


def test_both_are_documents_and_no_data(client: Client) -> None:
    release = client.json("/api/v1/datasets/notifiable-diseases/releases/2024.2")
    media_types = {each["path"]: each["media_type"] for each in release["files"]}
    assert (media_types[CSVW], media_types[RO_CRATE]) == ("application/csvm+json", "application/ld+json")
    for address in (
        "/datasets/notifiable-diseases/releases/2024.2/croissant.json",
        "/datasets/notifiable-diseases/releases/2024.2/schema-org.json",
        "/api/3/action/package_show?id=notifiable-diseases",
        "/data.json",
        "/datasets/notifiable-diseases",
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert CSVW not in answer.text
        assert RO_CRATE not in answer.text


def test_an_older_release_is_served_and_verified_as_it_was(demo: DemoStore, client: Client, tmp_path: Path) -> None:
    answer = client.get(f"{OLDER}/data/by-month.csv")
    assert answer.status_code == 200
    assert "link" not in answer.headers
    assert client.get(f"{OLDER}/{CSVW}").status_code == 404
    assert client.get("/datasets/notifiable-diseases/releases/2022.1").status_code == 200
    package = tmp_path / "package.zip"
    package.write_bytes(client.get(f"{FILES}/2022.1.zip").content)
    assert CSVW not in zipfile.ZipFile(package).namelist()
    assert verify_package(package, demo.public_key).failures == ()


def test_the_same_content_on_another_day_is_the_same_release(demo: DemoStore, tmp_path: Path) -> None:
    newest = demo.releases.latest("licensed-facilities")
    later = datetime(2026, 2, 28, tzinfo=UTC)
    package = build_package(replace(register_contents(), published=later.date()), tmp_path / "package")
    manifest = demo.store.add(
        package.folder,
        files=package.files,
        description=package.description,
        changes=package.changes,
        signer=demo.signer,
        now=later,
    )
    assert manifest == newest.manifest
