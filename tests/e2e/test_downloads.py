"""Files of releases: whole, in part, under their own address and under the latest one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.http import Client
from tests.support.portal import portal_client
from tests.support.releases import DemoStore, make_demo_store


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    return make_demo_store(Path(tmp_path_factory.mktemp("store")) / "data")


@pytest.fixture(scope="module")
def client(demo: DemoStore) -> Iterator[Client]:
    with portal_client(demo) as client:
        yield client


# Downloads ------------------------------------------------------------------------------------------------------------

FILE = "/files/notifiable-diseases/2024.2/data/by-month.csv"


def test_a_file_has_its_name_type_and_hash(client: Client) -> None:
    response = client.get(FILE)
    assert response.headers["etag"] == f'"{hashlib.sha256(response.content).hexdigest()}"'
    assert response.headers["content-disposition"] == 'attachment; filename="notifiable-diseases-2024.2-by-month.csv"'
    assert response.headers["content-type"].startswith("text/csv")
    assert int(response.headers["content-length"]) == len(response.content)
    head = client.request("HEAD", FILE)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == response.headers["content-length"]


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=0-999999999", 206, slice(0, None)),
        ("bytes=99999999-", 416, slice(0, 0)),
        ("lines=1-2", 200, slice(0, None)),
    ],
)
def test_a_part_of_a_file(client: Client, asked: str, status: int, part: slice) -> None:
    whole = client.get(FILE).content
    response = client.get(FILE, range=asked)
    if asked.startswith("lines"):
        assert response.status_code in {200, 400}
        return
    assert response.status_code == status
    assert response.content == whole[part]


def test_a_part_is_sent_only_of_the_file_that_is_meant(client: Client) -> None:
    tag = client.get(FILE).headers["etag"]
    assert client.get(FILE, range="bytes=0-9", if_range=tag).status_code == 206
    assert client.get(FILE, range="bytes=0-9", if_range='"another"').status_code == 200
    several = client.get(FILE, range="bytes=0-9,20-29")
    assert several.status_code == 206
    assert several.headers["content-type"].startswith("multipart/byteranges")


def test_the_latest_release_has_an_address_of_its_own(client: Client) -> None:
    for url, target in (
        ("/files/notifiable-diseases/latest.zip", "/files/notifiable-diseases/2024.2.zip"),
        ("/files/notifiable-diseases/2024/README.md", "/files/notifiable-diseases/2024.2/README.md"),
    ):
        response = client.get(url)
        assert (response.status_code, response.headers["location"]) == (307, target)
        assert "immutable" not in response.headers["cache-control"]
