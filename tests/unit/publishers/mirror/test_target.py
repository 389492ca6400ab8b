"""Where a mirror may write to, and where its token comes from."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from datasets import disk
from datasets.errors import JobRunning, UsageInvalid
from publishers.mirror.target import alone_at, checked_address, checked_prefix, read_token

TOKEN = "eyJhbGciOiJIUzI1NiJ9.token"


@pytest.mark.parametrize("address", ["https://data.example.org/", "https://example.org/ckan", "http://127.0.0.1:5000"])
def test_an_address_by_https_or_of_this_machine_is_taken(address: str) -> None:
    assert checked_address(address, plain_http=False) == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        "data.example.org",
        "ftp://data.example.org",
        "https://",
        "https://data.example.org:0",
        "https://data.example.org:70000",
        "https://[::1",
        "https://data.example.org/?a=b",
        "https://data.example.org/#a",
    ],
)
def test_what_is_no_address_is_told(address: str) -> None:
    with pytest.raises(UsageInvalid, match="must be the address of a CKAN"):
        checked_address(address, plain_http=True)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageInvalid, match="must hold no password") as raised:
        checked_address("https://me:hush@data.example.org", plain_http=False)
    assert "hush" not in str(raised.value)


def test_a_token_goes_unencrypted_only_where_that_is_asked_for() -> None:
    with pytest.raises(UsageInvalid, match="--plain-http"):
        checked_address("http://ckan.lan", plain_http=False)
    assert checked_address("http://ckan.lan", plain_http=True) == "http://ckan.lan"


def test_a_token_is_read_from_the_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", encoding="utf-8")
    assert read_token(file, {"CKAN_API_TOKEN": "another-token"}) == TOKEN
    assert read_token(None, {"CKAN_API_TOKEN": TOKEN}) == TOKEN


@pytest.mark.parametrize(
    "text", ["short", "two words-in-it", "a" * 9_000, "tokén-with-a-mark", "line-one\nline-two-two"]
)
def test_a_token_that_cannot_be_one_is_not_repeated(tmp_path: Path, text: str) -> None:
    file = tmp_path / "token"
    file.write_text(text, encoding="utf-8")
    for place, environ in ((file, {}), (None, {"CKAN_API_TOKEN": text})):
        with pytest.raises(UsageInvalid, match="must hold the API token") as raised:
            read_token(place, environ)
        assert text not in str(raised.value)


def test_a_missing_token_is_told_with_where_it_belongs(tmp_path: Path) -> None:
    with pytest.raises(UsageInvalid, match="CKAN_API_TOKEN: holds no token"):
        read_token(None, {})
    with pytest.raises(UsageInvalid, match="cannot be read: No such file"):
        read_token(tmp_path / "none", {})


@pytest.mark.parametrize("prefix", ["Byt-", "-byt", "a" * 36, "b t"])
def test_a_prefix_that_ckan_would_not_take_is_told(prefix: str) -> None:
    with pytest.raises(UsageInvalid, match="--prefix"):
        checked_prefix(prefix)
    assert checked_prefix("byt-") == "byt-"
    assert checked_prefix("") == ""


def test_one_mirror_at_a_time_writes_to_a_target(tmp_path: Path) -> None:
    with alone_at("https://one.example", tmp_path):
        with alone_at("https://other.example", tmp_path):
            pass
        with pytest.raises(JobRunning, match="another process"), alone_at("https://one.example", tmp_path):
            pass
    with alone_at("https://one.example", tmp_path):
        pass


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_who_may_only_read_the_store_mirrors_it_nevertheless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refused(*_: Path) -> None:
        raise OSError(code, "refused")

    monkeypatch.setattr(disk, "make_folders", refused)
    with alone_at("https://one.example", tmp_path), alone_at("https://one.example", tmp_path):
        assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Path) -> None:
        raise OSError(errno.EIO, "fails")

    monkeypatch.setattr(disk, "make_folders", fails)
    with pytest.raises(OSError, match="fails"), alone_at("https://one.example", tmp_path):
        pass
