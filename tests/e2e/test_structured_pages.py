"""What machines find in pages: schema.org read by extruct, typed links in headers read by httplink, RDF by 303."""

from __future__ import annotations

import hashlib
import json
import warnings
from typing import Any
from urllib.parse import urlsplit

import httplink
import pytest

from catalog.standards.schema_org import in_markup
from catalog.standards.signposting import MOST_ITEMS
from portal.shared.middleware import PROTECTIVE_HEADERS
from tests.support.html_pages import Document, dangers
from tests.support.http import Client
from tests.support.portal import BASE_URL
from tests.support.shipped_portal import EDITIONS, SYNTHETIC

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import extruct


def structured(client: Client, address: str) -> dict[str, Any]:
    page = client.get(address)
    assert page.status_code == 200, address
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = extruct.extract(page.text, syntaxes=["json-ld"])["json-ld"]
    assert len(found) == 1
    document: dict[str, Any] = found[0]
    return document


def path_of(address: str) -> str:
    return urlsplit(address)._replace(scheme="", netloc="").geturl()


@pytest.mark.parametrize("dataset", EDITIONS)
def test_search_engines_read_every_dataset(shipped: Client, dataset: str) -> None:
    for prefix, language in (("", "vi"), ("/en", "en")):
        about = shipped.json(f"/api/v1/datasets/{dataset}")["description"]
        found = structured(shipped, f"{prefix}/datasets/{dataset}")
        assert (found["@context"], found["@type"]) == ("https://schema.org/", "Dataset")
        assert found["name"] == about["title"][language]
        assert about["summary"][language] in found["description"]
        # What Google asks of a dataset.
        assert 50 <= len(found["description"]) <= 5_000
        assert {"license", "creator", "distribution", "isAccessibleForFree", "identifier", "keywords"} <= set(found)
        made_up = found["description"].startswith(("Dữ liệu giả lập", "Synthetic data"))
        assert made_up == (dataset in SYNTHETIC)
        files = {each["contentUrl"]: each for each in found["distribution"]}
        assert len(files) == len(found["distribution"]) > 1
        for address, each in files.items():
            body = shipped.get(path_of(address)).content
            assert (each["sha256"], each["contentSize"]) == (hashlib.sha256(body).hexdigest(), f"{len(body)} B")


def test_a_release_has_its_own(client: Client) -> None:
    newest = structured(client, "/datasets/notifiable-diseases")
    assert newest["temporalCoverage"] == "2023-01-01/2024-12-31"
    assert newest["@id"] == f"{BASE_URL}/datasets/notifiable-diseases"
    pinned = structured(client, "/en/datasets/notifiable-diseases/releases/2023.1")
    assert pinned["temporalCoverage"] == "2023-01-01/2023-12-31"
    assert (pinned["version"], pinned["identifier"]) == ("2023.1", "notifiable-diseases/2023.1")
    assert pinned["@id"] == f"{BASE_URL}/datasets/notifiable-diseases/releases/2023.1"
    assert pinned["url"] == f"{BASE_URL}/en/datasets/notifiable-diseases/releases/2023.1"
    document = client.get("/datasets/notifiable-diseases/schema-org.json")
    assert document.json() == newest
    assert document.headers["content-type"] == "application/ld+json"


def test_nothing_in_it_ends_its_element() -> None:
    hostile = {"name": "</script><script>alert(1)</script><!-- & \u2028 \u2029 ]]> \" '"}
    text = in_markup(hostile)
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == hostile
    page = f'<html lang="vi"><head><script type="application/ld+json">{text}</script></head><body></body></html>'
    assert dangers(Document(page)) == []
    assert dangers(Document(page.replace(text, "</script><script>alert(1)")))


def test_it_is_data_and_the_policy_allows_no_inline_code(client: Client) -> None:
    page = client.get("/datasets/notifiable-diseases")
    assert page.headers["content-security-policy"] == PROTECTIVE_HEADERS["Content-Security-Policy"]
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    inline = [each for each in Document(page.text).all("script") if each.text]
    assert [each.attributes for each in inline] == [{"type": "application/ld+json"}]


# Signposting ----------------------------------------------------------------------------------------------------------


def links_of(client: Client, address: str) -> dict[str, list[httplink.Link]]:
    header = client.get(address).headers["link"]
    assert len(header) < 8_000
    found: dict[str, list[httplink.Link]] = {}
    for link in httplink.parse_link_header(header).links:
        for rel in link.rel:
            found.setdefault(rel, []).append(link)
    return found


@pytest.mark.parametrize(
    "address", ["/datasets/notifiable-diseases", "/en/datasets/notifiable-diseases/releases/2023.1"]
)
def test_programs_find_their_way_from_a_page(client: Client, address: str) -> None:
    found = links_of(client, address)
    release = "2023.1" if "releases" in address else "2024.2"
    assert [each.target for each in found["cite-as"]] == [f"{BASE_URL}/datasets/notifiable-diseases/releases/{release}"]
    assert {each.target for each in found["type"]} == {"https://schema.org/AboutPage", "https://schema.org/Dataset"}
    assert [each.target for each in found["license"]] == ["https://creativecommons.org/licenses/by/4.0/"]
    for link in (*found["describedby"], *found["item"], *found["linkset"]):
        answer = client.get(path_of(link.target))
        assert answer.status_code == 200, link.target
        assert answer.headers["content-type"].partition(";")[0] == link["type"]
    assert f"/{release}" in found["item"][0].target
    head = client.request("HEAD", address)
    assert head.headers["link"] == client.get(address).headers["link"]


def test_the_set_of_links_holds_all_of_them(client: Client) -> None:
    found = links_of(client, "/datasets/notifiable-diseases")
    whole = client.get(path_of(found["linkset"][0].target))
    anchors = {each["anchor"]: each for each in whole.json()["linkset"]}
    page = anchors[f"{BASE_URL}/datasets/notifiable-diseases"]
    assert page["cite-as"][0]["href"] == found["cite-as"][0].target
    assert {each["href"] for each in page["item"]} >= {each.target for each in found["item"]}
    assert anchors[page["item"][0]["href"]]["collection"][0]["href"] == f"{BASE_URL}/datasets/notifiable-diseases"
    assert f"{BASE_URL}/en/datasets/notifiable-diseases" in anchors
    assert len(found["item"]) <= MOST_ITEMS


# Negotiation ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "ends"),
    [
        ("text/turtle", ".ttl"),
        ("application/rdf+xml, text/html;q=0.8", ".rdf"),
        ("application/ld+json;profile=x", ".jsonld"),
        ("text/html, text/turtle", ""),
        ("*/*", ""),
        ("image/png", ""),
        ("", ""),
        ("text/turtle;q=0, text/html;q=0", ""),
    ],
)
def test_who_prefers_rdf_is_led_to_it(client: Client, accept: str, ends: str) -> None:
    for address in ("/datasets/notifiable-diseases", "/datasets/notifiable-diseases/releases/2023.1"):
        answer = client.get(address, accept=accept)
        assert "Accept" in [each.strip() for each in answer.headers["vary"].split(",")]
        if not ends:
            assert answer.status_code == 200
            continue
        assert (answer.status_code, answer.headers["location"]) == (303, f"{BASE_URL}{address}{ends}")
        assert client.get(f"{address}{ends}").status_code == 200
