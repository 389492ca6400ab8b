"""The pages over HTTP: complete in both languages, free of codes, well-formed, and without a dead link."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import BytesIO
from typing import get_args
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import pytest

from datasets.cell_status import CellStatus
from datasets.definition import Licence, Theme
from datasets.text import LANGUAGES, Language
from portal.public.app import PortalOptions, create_app
from portal.shared.links import Links
from tests.support.html_pages import Document, address, dangers, faults, read
from tests.support.http import Client, client_of
from tests.support.releases import DemoStore

LINKS = Links()
PAGES = [
    "/",
    "/datasets",
    "/datasets?q=benh+truyen+nhiem",
    "/datasets?q=zzzz",
    "/datasets?theme=registers&kind=register&sort=title",
    "/datasets/notifiable-diseases",
    "/datasets/notifiable-diseases/releases/2024.1",
    "/datasets/notifiable-diseases/releases/2023.1",
    "/datasets/hospital-visits",
    "/datasets/licensed-facilities",
    "/datasets/administrative-units",
    "/datasets/notifiable-diseases/api",
    "/datasets/licensed-facilities/api",
    "/datasets/administrative-units/api",
    "/about",
    "/api",
]
CODES = {*get_args(Theme), *get_args(Licence), "notifiable-diseases", "hospital-visits", "licensed-facilities"} - {
    "vaccination",  # also English words
    "pharmacy",
    "registers",
    "administration",
}
ANSWERS = {"/files/", "/api/", "/static/"}
"""Addresses that are no pages."""


@pytest.fixture(scope="module")
def client(demo: DemoStore) -> Iterator[Client]:
    app = create_app(PortalOptions(demo.root, demo.public_key), demo.releases)
    app.state.services.catalog.refresh()
    with client_of(app) as client:
        yield client


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_in_each_language(client: Client, path: str, language: Language) -> None:
    document = read(client, address(path, language))
    assert faults(document) == []
    assert dangers(document) == []
    assert document.all("html")[0].attributes["lang"] == language
    alternates = {
        link.attributes["hreflang"]: link.attributes["href"]
        for link in document.all("link")
        if link.attributes["rel"] == "alternate" and "hreflang" in link.attributes
    }
    assert urlsplit(alternates["vi"]).path == urlsplit(address(path, "vi")).path
    assert urlsplit(alternates["en"]).path == urlsplit(address(path, "en")).path
    other: Language = "en" if language == "vi" else "vi"
    (switch,) = [link for link in document.all("a") if link.attributes.get("hreflang") == other]
    assert dict(parse_qsl(urlsplit(switch.attributes["href"]).query)) == dict(parse_qsl(urlsplit(path).query))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_people_read_no_codes(client: Client, path: str, language: Language) -> None:
    said = " ".join(read(client, address(path, language)).visible)
    assert re.findall(r"\b[a-z]+_[a-z_]+\b|\b_T\b", said) == []
    assert re.findall(r"\b\d{4}-(?:\d\d|Q\d|W\d\d)\b|\d\dT\d\d:", said) == []
    assert [code for code in CODES if re.search(rf"(?<![\w-]){re.escape(code)}(?![\w-])", said)] == []
    assert "None" not in said


@pytest.mark.parametrize("path", PAGES)
def test_the_languages_do_not_mix(client: Client, path: str) -> None:
    english = " ".join(read(client, address(path, "en")).visible)
    for word in ("Tải về", "Ngày công bố", "Phiên bản", "Bộ lọc", "Từ điển"):
        assert word not in english
    vietnamese = " ".join(read(client, path).visible)
    for word in ("Download", "Published", "Version", "Filters", "Dictionary", "Newest", "withheld"):
        assert word not in vietnamese


def test_no_link_is_dead(client: Client) -> None:
    waiting, seen, targets = ["/", "/en"], set[str](), dict[str, set[str]]()
    fragments = set[tuple[str, str]]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        response = client.get(path)
        assert response.status_code in (200, 307), (path, response.status_code)
        if response.status_code == 307:
            waiting.append(local(response.headers["location"], path) or "/nowhere")
        elif response.headers["content-type"].startswith("text/html") and not path.startswith(tuple(ANSWERS)):
            document = Document(response.text)
            targets[path] = set(document.values("id"))
            for link in document.links:
                target = local(link, path)
                # Filters and orders combine without end: what a search leads to is asked for, but not followed.
                if target is not None and "?" not in path:
                    waiting.append(target)
                    fragments.add((target, urlsplit(link).fragment))
    assert len(seen) > 60
    assert [(path, name) for path, name in fragments if name and path in targets and name not in targets[path]] == []


def local(link: str, page: str) -> str | None:
    parts = urlsplit(urljoin(f"http://localhost{page}", link))
    if parts.netloc != "localhost" or parts.scheme == "mailto":
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_withheld_cells_are_marked_and_explained(client: Client, language: Language) -> None:
    document = read(client, address("/datasets/notifiable-diseases", language))
    said = " ".join(document.visible)
    assert "[c]" in said
    assert ("24 ô không được công bố" if language == "vi" else "24 cells are withheld") in said
    marks = [element for element in document.all("tr") if "[c]" in element.text]
    assert any("suppressed" in row.text for row in marks), "the legend names the status as files write it"


def test_the_preview_shows_what_was_published(client: Client) -> None:
    document = read(client, "/datasets/notifiable-diseases")
    (table,) = [each for each in document.all("table") if each.attributes["id"] == "table-by-month-preview"]
    rows = [[cell.text for cell in row.children] for part in table.children[1:] for row in part.children]
    assert [heading.split()[0] for heading in rows[0]] == ["Tỉnh,", "Số", "Số"], (
        "a column for what differs between rows"
    )
    places = [row[0] for row in rows[1:]]
    assert len(set(places)) == len(places) > 1, "a row for each province"
    assert places[0] == "Cả nước"
    (section,) = [each for each in document.all("div") if each.attributes.get("id") == "table-by-month"]
    assert "Gồm tất cả: giới tính. Tháng: Tháng 12 năm 2024." in section.text


def test_a_register_and_a_code_list_have_a_fitting_page(client: Client) -> None:
    register = " ".join(read(client, "/en/datasets/licensed-facilities").visible)
    assert "Bệnh viện Bạch Mai" in register
    assert "01/05/2014" not in register
    assert "1 May 2014" in register
    assert "Not stated" in register
    assert "withheld" not in register.replace("withheld cells", "")
    codelist = read(client, "/en/datasets/administrative-units")
    said = " ".join(codelist.visible)
    assert "Ha Noi" in said
    assert "TP. Hồ Chí Minh" in said
    assert "Preview" not in said


def test_made_up_data_says_so_first(client: Client) -> None:
    document = read(client, "/en/datasets/hospital-visits")
    said = " ".join(document.visible)
    assert said.index("This data is made up.") < said.index("Visits by province and quarter.")
    assert "Made-up data" in " ".join(read(client, "/en").visible)
    assert "made up" not in " ".join(read(client, "/en/datasets/notifiable-diseases").visible)


def test_an_older_release_leads_to_the_newest(client: Client) -> None:
    older = read(client, "/datasets/notifiable-diseases/releases/2023.1")
    assert "Tập dữ liệu này đã có bản phát hành mới hơn." in " ".join(older.visible)
    assert "đính chính ở" not in " ".join(older.visible)
    newest = read(client, "/datasets/notifiable-diseases/releases/2024.2")
    assert "mới hơn" not in " ".join(newest.visible)


@pytest.mark.parametrize(
    "page", ["/datasets/{}/releases/{}", "/datasets/{}/releases/{}/explore", "/embed/{}/releases/{}"]
)
def test_numbers_that_were_corrected_say_so_wherever_they_are_read(client: Client, page: str) -> None:
    older = client.get(page.format("notifiable-diseases", "2024.1")).text
    assert "Số liệu này đã được đính chính ở phiên bản 2" in older
    assert re.search(r'href="/datasets/notifiable-diseases/releases/2024\.2[^"]*"[^>]*>Đến phiên bản 2<', older)
    assert 'href="/datasets/notifiable-diseases/compare?from=2024.1&amp;to=2024.2"' in older
    assert "Đã có số liệu mới hơn" not in older
    assert "đính chính ở" not in client.get(page.format("notifiable-diseases", "2024.2")).text


def test_a_withdrawn_release_tells_whether_a_version_stands_in_its_place(client: Client) -> None:
    withdrawn = client.get("/en/datasets/hospital-visits/releases/2024.1")
    assert "check them against version 2." in withdrawn.text
    assert 'href="/en/datasets/hospital-visits/releases/2024.2"' in withdrawn.text
    embedded = client.get("/en/embed/hospital-visits/releases/2024.1")
    assert (embedded.status_code, "Wrong denominator in quarter 2." in embedded.text) == (410, True)
    assert "frame-ancestors *" in embedded.headers["content-security-policy"]
    assert client.get("/en/datasets/hospital-visits/releases/2024.1/explore").text == withdrawn.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_withdrawn_release_keeps_its_reason(client: Client, language: Language) -> None:
    document = read(client, address("/datasets/hospital-visits/releases/2024.1", language), status=410)
    assert faults(document) == []
    said = " ".join(document.visible)
    assert ("Sai mẫu số quý 2." if language == "vi" else "Wrong denominator in quarter 2.") in said
    assert ("Đây là dữ liệu giả lập." if language == "vi" else "This data is made up.") in said
    listed = " ".join(read(client, address("/datasets/hospital-visits", language)).visible)
    assert ("Sai mẫu số quý 2." if language == "vi" else "Wrong denominator in quarter 2.") in listed


def test_parameters_of_others_change_nothing(client: Client) -> None:
    assert read(client, "/datasets?utm_source=mail").visible == read(client, "/datasets").visible


def test_an_edition_or_the_latest_leads_to_its_pinned_release(client: Client) -> None:
    for name in ("2024", "latest"):
        response = client.get(f"/en/datasets/notifiable-diseases/releases/{name}")
        assert response.status_code == 307
        assert response.headers["location"].endswith("/en/datasets/notifiable-diseases/releases/2024.2")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chart_is_an_image_of_its_own(client: Client, language: Language) -> None:
    path = LINKS.chart("notifiable-diseases", "2024.2", "by-month", language)
    response = client.get(path)
    assert response.headers["content-type"] == "image/svg+xml"
    assert response.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert ("Số ca mắc theo tháng" if language == "vi" else "Cases by month") in response.text
    narrow = client.get(LINKS.chart("notifiable-diseases", "2024.2", "by-month", language, narrow=True))
    assert narrow.text != response.text
    assert narrow.headers["etag"] != response.headers["etag"]
    assert client.get(f"{path}?width=huge").status_code == 422
    page = read(client, LINKS.release("notifiable-diseases", "2024.2", language))
    pictures = [
        (each.children[0].attributes["srcset"], each.children[1].attributes["src"]) for each in page.all("picture")
    ]
    assert (f"{path}?width=narrow", path) in [
        (urlsplit(one).path + "?width=narrow", urlsplit(two).path) for one, two in pictures
    ]
    again = client.get(path, if_none_match=response.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(LINKS.chart("notifiable-diseases", "2024.2", "nothing", language)).status_code == 404
    assert client.get(LINKS.chart("hospital-visits", "2024.1", "visits", language)).status_code == 410
    assert client.get(LINKS.chart("licensed-facilities", "2025-06.1", "register", language)).status_code == 404


def test_a_page_that_has_not_changed_is_not_sent_again(client: Client) -> None:
    first = client.get("/datasets/notifiable-diseases")
    again = client.get("/datasets/notifiable-diseases", if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    english = client.get("/en/datasets/notifiable-diseases", if_none_match=first.headers["etag"])
    assert english.status_code == 200


def test_head_answers_like_get(client: Client) -> None:
    for path in (*PAGES, "/en", "/robots.txt"):
        assert client.request("HEAD", path).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_calls_for_developers_work(client: Client, language: Language) -> None:
    document = read(client, address("/api", language))
    lines = [pre.text for pre in document.all("pre")]
    assert len(lines) == 8
    for line in lines:
        (url,) = re.findall(r'"(http[^"]+)"', line)
        assert url.startswith("http://localhost/")
        answer = client.get(url.removeprefix("http://localhost"))
        assert answer.status_code == 200, url
        if "format=csv" not in url and not url.endswith(".zip"):
            assert json.loads(answer.text)
        if "search?q=" in url:
            assert answer.json()["total"] >= 1


def test_the_example_of_paging_reads_every_row(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def opened(url: str) -> BytesIO:
        asked.append(url)
        return BytesIO(client.get(url.removeprefix("http://localhost")).content)

    monkeypatch.setattr("urllib.request.urlopen", opened)
    code = [pre.text for pre in read(client, "/en/api").all("pre")][-1]
    exec(code.replace("limit=5", "limit=3"), {})  # the demonstration of tests has four rows
    first = client.get(asked[0].removeprefix("http://localhost")).json()
    assert len(capsys.readouterr().out.splitlines()) == first["total"] > first["returned"]
    assert len(asked) == -(-first["total"] // 3)


def test_snippets_and_citations_name_this_version_and_work(client: Client) -> None:
    document = read(client, "/datasets/notifiable-diseases/releases/2024.1")
    snippets = {pre.attributes["id"]: pre.text for pre in document.all("pre")}
    python = compile(snippets["use-python"], "snippet", "exec")
    assert "pd" in python.co_names
    for text in snippets.values():
        for url in re.findall(r"http://localhost[^\s\"'}]+", text):
            assert client.get(unquote(url.removeprefix("http://localhost"))).status_code == 200
    assert "/files/notifiable-diseases/2024.1/data/by-month.csv" in snippets["use-r"]
    assert "FROM 'http://localhost/files/notifiable-diseases/2024.1/data/by-month.parquet'" in snippets["use-duckdb"]
    assert '"http://localhost/files/notifiable-diseases/2024.1.zip"' in snippets["verify"]
    assert '"province": "string"' in snippets["use-python"]
    assert '"cases": "Int64"' in snippets["use-python"]
    register = read(client, "/datasets/licensed-facilities")
    (pandas,) = [pre.text for pre in register.all("pre") if pre.attributes["id"] == "use-python"]
    assert "parse_dates=[" in pandas
    assert "kỳ 2024, phiên bản 1 [tập dữ liệu]" in snippets["cite-text"]
    assert snippets["cite-bibtex"].startswith("@misc{notifiable-diseases-2024-1,")
    assert snippets["cite-latest"].endswith("http://localhost/datasets/notifiable-diseases")


def test_a_configured_address_is_used_whatever_host_was_asked(demo: DemoStore) -> None:
    app = create_app(PortalOptions(demo.root, demo.public_key, base_url="https://data.example.vn"), demo.releases)
    with client_of(app) as client:
        html = client.get("/datasets/notifiable-diseases").text
    assert "https://data.example.vn/files/notifiable-diseases/2024.2/data/by-month.csv" in html
    assert "http://localhost" not in html


def test_every_status_of_a_cell_is_in_the_legend(client: Client) -> None:
    document = read(client, "/en/about")
    codes = {code.text for code in document.all("code")}
    assert {status.value for status in CellStatus} <= codes


@pytest.mark.parametrize("path", ["/en/about", "/en/help", "/en/datasets/notifiable-diseases"])
def test_the_mark_of_a_break_is_explained_with_the_others(client: Client, path: str) -> None:
    text = re.sub(r"<[^>]+>|\s+", " ", client.get(path).text)
    assert re.search(r"\[b\][^.]*from here on numbers cannot be compared with those before", text)


def test_robots_are_told_what_has_no_end(client: Client) -> None:
    text = client.get("/robots.txt").text
    assert "Disallow: /api/" in text
    assert "Disallow: /datasets?" in text
    assert 'content="noindex"' in client.get("/datasets?q=x").text
    assert "noindex" not in client.get("/datasets").text
