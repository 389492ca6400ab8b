"""Files of releases: whole, in part, under their own address and under the latest one."""

from __future__ import annotations

import email
import hashlib

import pytest

from tests.support.http import Client

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
    ("asked", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=0-9", slice(0, 10)),
        ("BYTES=0-9", slice(0, 10)),
        ("bytes=0-9,", slice(0, 10)),
        ("bytes= 0-9 ,", slice(0, 10)),
        ("bytes=10-", slice(10, None)),
        ("bytes=0-", slice(0, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=-999999999", slice(0, None)),
        ("bytes=0-999999999", slice(0, None)),
        (f"bytes=0-{'9' * 5000}", slice(0, None)),
        (f"bytes=0-{'0' * 5000}9", slice(0, 10)),
        ("bytes=0-9,999999999-", slice(0, 10)),
        ("bytes=0-9,5-19", slice(0, 20)),
    ],
)
def test_a_part_of_a_file(client: Client, asked: str, part: slice) -> None:
    whole = client.get(FILE).content
    response = client.get(FILE, range=asked)
    assert (response.status_code, response.content) == (206, whole[part])
    first, last, _ = part.indices(len(whole))
    assert response.headers["content-range"] == f"bytes {first}-{last - 1}/{len(whole)}"
    assert int(response.headers["content-length"]) == len(response.content)
    assert response.headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=99999999-999999999", "bytes=-0", "bytes=99999999-,-0"])
def test_no_part_beyond_the_end(client: Client, asked: str) -> None:
    size = len(client.get(FILE).content)
    response = client.get(FILE, range=asked)
    assert (response.status_code, response.headers["content-range"]) == (416, f"bytes */{size}")
    assert response.json()["type"] == "urn:ytemo:range-not-satisfiable"
    assert client.get(FILE, range=f"bytes={size}-").status_code == 416
    assert client.get(FILE, range=f"bytes={size - 1}-").status_code == 206


@pytest.mark.parametrize(
    "asked",
    [
        "lines=1-2", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=0-9,5-2", "bytes=1",
        "bytes=0x1-2", "bytes=1-2-3", "bytes=+1-2", "bytes=1 - 2", "bytes = 1-2", "bytes=1-2;3-4", "0-9",
        "bytes=" + ",".join(f"{2 * n}-{2 * n}" for n in range(21)),
    ],
)  # fmt: skip
def test_what_is_no_range_is_ignored(client: Client, asked: str) -> None:
    response = client.get(FILE, range=asked)
    assert (response.status_code, response.content) == (200, client.get(FILE).content)
    assert response.headers["accept-ranges"] == "bytes"
    assert "content-range" not in response.headers


@pytest.mark.parametrize("asked", ["bytes=0-9,20-29", "bytes=20-29,0-9", "bytes=-10,0-9,99999999-"])
def test_several_parts_come_in_the_order_in_which_they_were_asked(client: Client, asked: str) -> None:
    whole = client.get(FILE)
    response = client.get(FILE, range=asked)
    assert response.status_code == 206
    assert int(response.headers["content-length"]) == len(response.content)
    message = email.message_from_bytes(
        b"Content-Type: " + response.headers["content-type"].encode() + b"\r\n\r\n" + response.content
    )
    assert message.get_content_type() == "multipart/byteranges"
    parts = list(message.walk())[1:]
    found = [str(part["Content-Range"]) for part in parts]
    total = len(whole.content)
    ranges = {"0-9": "0-9", "20-29": "20-29", "-10": f"{total - 10}-{total - 1}"}
    asked_for = [ranges[each] for each in asked.removeprefix("bytes=").split(",") if each in ranges]
    assert found == [f"bytes {each}/{total}" for each in asked_for]
    for part, name in zip(parts, found, strict=True):
        first, last = map(int, name.removeprefix("bytes ").partition("/")[0].split("-"))
        assert part.get_payload(decode=True) == whole.content[first : last + 1]
        assert part["Content-Type"] == whole.headers["content-type"]


def test_a_part_is_sent_only_of_the_file_that_is_meant(client: Client) -> None:
    whole = client.get(FILE)
    tag, modified = whole.headers["etag"], whole.headers["last-modified"]
    for condition, status in (
        (tag, 206),
        (modified, 206),
        (f"W/{tag}", 200),
        (tag.strip('"'), 200),
        ('"another"', 200),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 200),
        ("", 200),
    ):
        response = client.get(FILE, range="bytes=0-9", if_range=condition)
        assert response.status_code == status, condition
    assert client.get(FILE, if_range=tag).status_code == 200
    assert client.get(FILE, range="bytes=99999999-", if_range='"another"').status_code == 200
    assert client.get(FILE, range="bytes=0-9", if_none_match=tag).status_code == 304
    assert client.get(FILE, range="bytes=0-9", if_match='"another"').status_code == 412
    assert client.get(FILE, range="bytes=0-9", if_match=f'"another", {tag}').status_code == 206


@pytest.mark.parametrize("asked", ["bytes=0-9", "bytes=99999999-", "bytes=0-9,20-29"])
def test_head_knows_no_parts(client: Client, asked: str) -> None:
    whole = client.get(FILE)
    response = client.request("HEAD", FILE, range=asked)
    assert (response.status_code, response.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "last-modified", "accept-ranges", "content-disposition"):
        assert response.headers[name] == whole.headers[name]


def test_a_package_has_parts_too(client: Client) -> None:
    url = "/files/notifiable-diseases/2024.2.zip"
    whole = client.get(url)
    assert client.get(url, range="bytes=-22").content == whole.content[-22:]
    assert client.get(url, range="bytes=0-3").content == b"PK\x03\x04"


def test_a_browser_of_another_site_may_read_the_headers_of_parts(client: Client) -> None:
    response = client.get(FILE, range="bytes=0-9", origin="https://elsewhere.example")
    assert "Content-Range" in response.headers["access-control-expose-headers"]


def test_the_latest_release_has_an_address_of_its_own(client: Client) -> None:
    for url, target in (
        ("/files/notifiable-diseases/latest.zip", "/files/notifiable-diseases/2024.2.zip"),
        ("/files/notifiable-diseases/2024/README.md", "/files/notifiable-diseases/2024.2/README.md"),
    ):
        response = client.get(url)
        assert (response.status_code, response.headers["location"]) == (307, target)
        assert "immutable" not in response.headers["cache-control"]
