"""News of releases, read by feedparser: corrections and withdrawals are told in both languages, as for CKAN."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import feedparser
import pytest

from catalog.standards.atom import MOST_ENTRIES, Feed, atom
from datasets.text import Bilingual
from portal.shared.links import Links
from tests.support.html_pages import Document
from tests.support.http import Client
from tests.support.portal import BASE_URL
from tests.support.releases import DemoStore

ATOM = "{http://www.w3.org/2005/Atom}"
ADDRESSES = (
    "/feeds/all.atom",
    "/feeds/datasets/hospital-visits.atom",
    "/feeds/publishers/ministry-of-health.atom",
    "/feeds/themes/vaccination.atom",
)


def parsed(body: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        feed = feedparser.parse(body, response_headers={"content-type": "application/atom+xml"})
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version == "atom10"
    return feed


def faults(body: bytes) -> list[str]:
    """Return what breaks the rules of RFC 4287 about which elements there must be, how often, and of what form."""
    root, found = ET.fromstring(body), []
    once = ("id", "title", "updated")
    for element in (root, *root.findall(f"{ATOM}entry")):
        found += [
            f"{element.tag}: {len(element.findall(ATOM + tag))} {tag}"
            for tag in once
            if len(element.findall(ATOM + tag)) != 1
        ]
        if element.find(f"{ATOM}author/{ATOM}name") is None:
            found.append("no author")
        if not urlsplit(element.findtext(f"{ATOM}id") or "").scheme:
            found.append("an id is no address")
        for tag in ("updated", "published"):
            for moment in element.findall(ATOM + tag):
                datetime.strptime(moment.text or "", "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        links = [(each.get("rel"), each.get("type"), each.get("hreflang")) for each in element.findall(f"{ATOM}link")]
        if len(set(links)) != len(links):
            found.append("two alternate links of one type and language")
        if any(not each.get("href") for each in element.findall(f"{ATOM}link")):
            found.append("a link to nowhere")
    entries = [each.findtext(f"{ATOM}id") for each in root.findall(f"{ATOM}entry")]
    if len(set(entries)) != len(entries):
        found.append("two entries of one id")
    if [each.get("href") for each in root.findall(f"{ATOM}link") if each.get("rel") == "self"] != [
        root.findtext(f"{ATOM}id")
    ]:
        found.append("it does not lead to itself")
    return found


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_feed_is_valid_and_leads_to_its_language(client: Client, prefix: str, address: str) -> None:
    answer = client.get(prefix + address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == "application/atom+xml"
    assert faults(answer.content) == []
    feed = parsed(answer.content)
    assert feed.feed.id == f"{BASE_URL}{prefix}{address}"
    assert feed.feed.language == (prefix[1:] or "vi")
    other = [each.href for each in feed.feed.links if each.rel == "alternate" and each.type == "application/atom+xml"]
    assert other == [f"{BASE_URL}{'/en' if not prefix else ''}{address}"]
    for entry in feed.entries:
        assert entry.link.startswith(f"{BASE_URL}{prefix}/datasets/")
        assert client.get(urlsplit(entry.link).path).status_code == (
            410 if "withdrawn" in {t.term for t in entry.tags} else 200
        )
    assert client.get(prefix + address, if_none_match=answer.headers["etag"]).status_code == 304


def test_corrections_and_withdrawals_are_told(client: Client) -> None:
    feed = parsed(client.get("/en/feeds/all.atom").content)

    assert [entry.updated for entry in feed.entries] == sorted((e.updated for e in feed.entries), reverse=True)
    assert feed.feed.updated == feed.entries[0].updated
    by_release = {entry.id.removeprefix(f"{BASE_URL}/datasets/"): entry for entry in feed.entries}
    withdrawn = by_release["hospital-visits/releases/2024.1"]
    assert withdrawn.title.startswith("Withdrawn: ")
    assert withdrawn.summary.startswith("Wrong denominator in quarter 2.")
    assert (withdrawn.published, withdrawn.updated) == ("2025-03-02T00:00:00Z", "2025-03-03T00:00:00Z")
    assert not any(link.rel == "enclosure" for link in withdrawn.links)
    assert by_release["notifiable-diseases/releases/2024.2"].title.startswith("Corrected: ")
    assert by_release["notifiable-diseases/releases/2024.2"].title.endswith(", edition 2024, version 2")
    assert "First release" not in withdrawn.summary
    assert by_release["notifiable-diseases/releases/2024.1"].title.startswith("New edition: ")
    assert "synthetic" in {tag.term for tag in by_release["hospital-visits/releases/2024.2"].tags}
    assert "made up" in by_release["hospital-visits/releases/2024.2"].summary
    assert not any("2025.1" in each and "notifiable" in each for each in by_release)  # It is under embargo.
    vietnamese = {entry.id: entry.title for entry in parsed(client.get("/feeds/all.atom").content).entries}
    assert vietnamese.keys() == {entry.id for entry in feed.entries}
    assert vietnamese[withdrawn.id].startswith("Đã thu hồi: ")


def test_each_feed_tells_of_its_own(client: Client) -> None:
    everything = parsed(client.get("/feeds/all.atom").content).entries
    dataset = parsed(client.get("/feeds/datasets/hospital-visits.atom").content).entries
    assert {entry.id for entry in dataset} == {entry.id for entry in everything if "/hospital-visits/" in entry.id}
    publisher = parsed(client.get("/feeds/publishers/ministry-of-health.atom").content).entries
    assert len(publisher) == len(everything)
    assert parsed(client.get("/feeds/themes/vaccination.atom").content).entries == []
    themes = [parsed(client.get(f"/feeds/themes/{each}.atom").content) for each in ("registers", "preventive-medicine")]
    assert all(theme.entries for theme in themes)


@pytest.mark.parametrize(
    ("of_ckan", "ours"),
    [
        ("/feeds/dataset.atom", "/feeds/all.atom"),
        ("/feeds/organization/ministry-of-health.atom", "/feeds/publishers/ministry-of-health.atom"),
        ("/feeds/group/registers.atom", "/feeds/themes/registers.atom"),
    ],
)
def test_clients_of_ckan_find_them(client: Client, of_ckan: str, ours: str) -> None:
    assert client.get(of_ckan).content == client.get(ours).content


def test_pages_lead_to_them(client: Client) -> None:
    for prefix in ("", "/en"):
        for page, feeds in (
            ("/about", {"/feeds/all.atom"}),
            ("/datasets/hospital-visits", {"/feeds/all.atom", "/feeds/datasets/hospital-visits.atom"}),
        ):
            links = Document(client.get(prefix + page).text).all("link")
            found = {each.attributes["href"] for each in links if each.attributes.get("type") == "application/atom+xml"}
            assert found == {prefix + each for each in feeds}


@pytest.mark.parametrize(
    ("address", "status", "place"),
    [
        ("/feeds/datasets/hospital-visit.atom", 404, "dataset"),
        ("/feeds/publishers/nobody.atom", 404, "publisher"),
        ("/en/feeds/themes/registrs.atom", 404, "theme"),
        ("/feeds/all.atom?page=2", 400, "page"),
    ],
)
def test_mistakes_are_told(client: Client, address: str, status: int, place: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["errors"][0]["place"] == place


def test_a_feed_is_bounded_and_whatever_its_words_are_it_can_be_read(demo: DemoStore) -> None:
    found = demo.releases.releases("hospital-visits")[0]
    hostile = Bilingual(vi="]]> <b>&amp; \x0b\ud800", en="</feed> \x00")
    about = found.description.model_copy(update={"title": hostile, "summary": hostile})
    many = tuple(
        type(found)(found.manifest.model_copy(update={"edition": str(year), "description": about}), "")
        for year in range(1, MOST_ENTRIES + 50)
    )
    body = atom(Feed(hostile, "vi", many), Links(BASE_URL))
    assert faults(body) == []
    assert len(parsed(body).entries) == MOST_ENTRIES
    assert "]]> <b>&amp; \ufffd\ufffd" in (ET.fromstring(body).findtext(f"{ATOM}entry/{ATOM}title") or "")
