"""Every thing has one address: one with a slash too many leads to it, and never off this site."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest

from portal.shared.middleware import PROTECTIVE_HEADERS
from tests.support.http import Client


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("/en/", "/en"),
        ("/datasets/", "/datasets"),
        ("/datasets/?q=a+b&theme=registers", "/datasets?q=a+b&theme=registers"),
        ("/datasets/notifiable-diseases/", "/datasets/notifiable-diseases"),
        ("/en/datasets/notifiable-diseases/releases/2024.2///", "/en/datasets/notifiable-diseases/releases/2024.2"),
        ("/about/", "/about"),
        ("/health/", "/health"),
        ("/api/v1/datasets/?limit=1", "/api/v1/datasets?limit=1"),
        ("/api/v1/docs/", "/api/v1/docs"),
        (
            "/api/v1/datasets/notifiable-diseases/tables/by-month/data/?sex__in=M,F",
            "/api/v1/datasets/notifiable-diseases/tables/by-month/data?sex__in=M,F",
        ),
        ("/files/notifiable-diseases/2024.2/README.md/", "/files/notifiable-diseases/2024.2/README.md"),
    ],
)
def test_a_slash_at_the_end_leads_to_the_address_without_it(client: Client, asked: str, target: str) -> None:
    for method in ("GET", "HEAD"):
        response = client.request(method, asked)
        assert (response.status_code, response.headers["location"]) == (308, target)
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "immutable" not in response.headers["cache-control"]
    assert client.get(target).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        "//evil.example/",
        "///evil.example/",
        "//evil.example//",
        "/\\evil.example/",
        "/%5Cevil.example/",
        "/%09/evil.example/",
        "/.//evil.example/",
        "/..//evil.example/",
        "/%2F%2Fevil.example/",
        "/%2f/evil.example/",
        "/http://evil.example/",
        "/@evil.example/",
        "/en//evil.example/",
        "/%0d%0aSet-Cookie:a=b/",
        "/datasets/?next=//evil.example/",
        "/%E2%80%AE/",
        "/%FF/",
    ],
)
def test_nobody_is_sent_off_this_site(client: Client, asked: str) -> None:
    response = client.get(f"http://localhost{asked}")
    assert response.status_code in {308, 400, 404}
    assert "set-cookie" not in response.headers
    if response.status_code == 308:
        location = response.headers["location"]
        assert urlsplit(urljoin("https://data.example.org/datasets/", location)).netloc == "data.example.org"
        # As browsers read it: a backslash is a slash, and tabs and line ends are nothing.
        seen = location.replace("\\", "/").translate(dict.fromkeys(b"\t\r\n"))
        assert seen.startswith("/")
        assert not seen.startswith("//")


def test_the_root_and_other_methods_stay(client: Client) -> None:
    assert client.get("/").status_code == 200
    assert client.request("POST", "/datasets/").status_code in {404, 405}


STATIC = ["/static/site.css", "/static/page.js", "/static/vendor/swagger-ui/swagger-ui.css", "/static/no-such-file.css"]


@pytest.mark.parametrize("address", ["/api/v1/docs", "/api/v1/openapi.json", *STATIC])
@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_head_answers_what_get_does(client: Client, address: str, accepted: str) -> None:
    got = client.get(address, accept_encoding=accepted)
    head = client.request("HEAD", address, accept_encoding=accepted)
    assert (head.status_code, head.text) == (got.status_code, "")
    assert head.headers["content-type"] == got.headers["content-type"]
    if address in STATIC:
        assert head.headers["vary"] == got.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("address", ["/static/site.css", "/static/page.js"])
def test_files_of_a_page_have_no_headers_that_only_pages_need(client: Client, address: str) -> None:
    headers = client.get(address).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "permissions-policy" not in headers
    assert "permissions-policy" in client.get("/static/icon.svg").headers, "a drawing can be opened as a page"


def test_a_wrong_host_is_turned_away_with_the_headers_that_all_answers_have(client: Client) -> None:
    answer = client.get("/", host="elsewhere.example")
    assert answer.status_code == 400
    for name, value in PROTECTIVE_HEADERS.items():
        assert answer.headers[name] == value
