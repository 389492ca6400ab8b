"""Pages of the portal may ask, others may not."""

from __future__ import annotations

import pytest

from portal.public.mcp.origins import trusts_origin

HOSTS = ("data.example.vn", "*.moh.example.vn", "127.0.0.1")


@pytest.mark.parametrize(
    "origin",
    ["https://data.example.vn", "http://data.example.vn:8443", "http://127.0.0.1:8000", "https://a.moh.example.vn"],
)
def test_its_own_pages_are_trusted(origin: str) -> None:
    assert trusts_origin(origin, HOSTS)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "https://evil.example.com",
        "https://data.example.vn.evil.example.com",
        "https://evilmoh.example.vn",
        "https://moh.example.vn",
        "file://data.example.vn",
        "data.example.vn",
        "https://data.example.vn@evil.example.com",
        "http://[",
        "https://",
    ],
)
def test_others_are_not(origin: str) -> None:
    assert not trusts_origin(origin, HOSTS)


def test_where_every_host_is_trusted_so_is_every_page() -> None:
    assert trusts_origin("https://anywhere.example.com", ("*",))
    assert not trusts_origin("null", ("*",))
