"""The pages around the data: who publishes, what about, what words mean, whom to write to, what others made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from portal.public.app import PortalOptions, create_app
from tests.support.html_pages import Document, dangers, faults
from tests.support.http import Client, client_of
from tests.support.publication import Ministry
from tests.support.shipped_portal import EDITIONS, WITHDRAWN

OURS = "ytemo-demonstration"
PATHS = (
    "/publishers",
    f"/publishers/{OURS}",
    "/themes",
    "/themes/registers",
    "/glossary",
    "/help",
    "/accessibility",
    "/request",
    "/report",
    "/reuses",
)
REUSES = """\
reuses:
  - id: dengue-map
    title: {vi: Bản đồ <b>sốt</b> xuất huyết, en: Map of <b>dengue</b>}
    url: https://example.org/map?a=1&b="2"
    author: <script>alert(1)</script>
    day: 2026-03-31
    datasets: [dengue-cases, not-public]
""".replace('"2"', "2")


@pytest.fixture(scope="module")
def showing(shipped_ministry: Ministry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A portal with a list of reuses."""
    file = tmp_path_factory.mktemp("reuses") / "reuses.yaml"
    file.write_text(REUSES, encoding="utf-8")
    root = shipped_ministry.root
    options = PortalOptions(root, root / "public-key.pem", "http://localhost", reuses_file=file)
    with client_of(create_app(options)) as client:
        yield client


def letter(html: str) -> dict[str, str]:
    """Return what a mail program makes of the first button of a page."""
    found = re.search(r'class="button" href="(mailto:[^"]*)"', html)
    assert found
    parts = urlsplit(unescape(found[1]))
    return dict(parse_qsl(parts.query, strict_parsing=True)) | {"to": parts.path}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["", "/en"])
def test_a_page_is_sound_and_every_page_leads_to_it(shipped: Client, path: str, language: str) -> None:
    answer = shipped.get(f"{language}{path}")
    assert answer.status_code == 200
    assert faults(Document(answer.text)) == []
    assert dangers(Document(answer.text)) == []
    if path.count("/") == 1:
        assert f'href="{language}{path}"' in shipped.get(f"{language}/about").text


def test_a_publisher_says_what_it_has_and_whom_to_ask(shipped: Client) -> None:
    html = shipped.get(f"/en/publishers/{OURS}").text
    for dataset in EDITIONS:
        assert f'href="/en/datasets/{dataset}"' in html
    assert 'href="mailto:data@ytemo.example"' in html
    assert f'href="/en/feeds/publishers/{OURS}.atom"' in html
    assert "31 March 2027" in html
    assert shipped.get(f"/en/feeds/publishers/{OURS}.atom").status_code == 200
    assert shipped.get("/publishers/nobody").status_code == 404


def test_a_theme_says_what_it_holds(shipped: Client) -> None:
    html = shipped.get("/themes/registers").text
    assert 'href="/datasets/health-facilities"' in html
    assert 'href="/datasets/dengue-cases"' not in html
    assert 'href="/feeds/themes/registers.atom"' in html
    assert "/request" in shipped.get("/themes/vaccination").text
    assert shipped.get("/themes/nothing").status_code == 404


@pytest.mark.parametrize("path", [f"/publishers/{OURS}", "/themes", "/themes/registers", "/publishers"])
def test_what_has_not_changed_is_not_sent_again(shipped: Client, path: str) -> None:
    tag = shipped.get(path).headers["etag"]
    assert shipped.get(path, if_none_match=tag).status_code == 304


@pytest.mark.parametrize("path", ["/datasets/dengue-cases", "/datasets?q=dengue"])
def test_datasets_lead_to_their_publisher_and_theme(shipped: Client, path: str) -> None:
    html = shipped.get(path).text
    assert f'href="/publishers/{OURS}"' in html
    assert 'href="/themes/preventive-medicine"' in html


def test_the_first_page_leads_to_themes(shipped: Client) -> None:
    assert 'href="/en/themes/preventive-medicine"' in shipped.get("/en").text


def test_a_term_has_an_address(shipped: Client) -> None:
    html = shipped.get("/glossary").text
    for anchor in ("edition", "withheld", "confidence-interval", "icd-10", "administrative-units"):
        assert f'id="{anchor}"' in html


# Letters --------------------------------------------------------------------------------------------------------------


def test_a_problem_is_reported_from_the_release_and_from_the_explorer(shipped: Client) -> None:
    for page in ("/en/datasets/dengue-cases", "/en/datasets/dengue-cases/explore?show=map&rows=province"):
        found = re.search(r'href="(/en/report\?[^"]*)"', shipped.get(page).text)
        assert found
        answer = shipped.get(unescape(found[1]))
        assert answer.status_code == 200
        read = letter(answer.text)
        assert read["to"] == "data@ytemo.example"
        assert "Dengue cases by province and month" in read["subject"]
        assert "1994–2009, version 1" in read["body"]
        assert "http://localhost/en/datasets/dengue-cases/" in read["body"]
        assert ("show=map" in read["body"]) == ("explore" in page)
        assert 'name="robots" content="noindex"' in answer.text


@pytest.mark.parametrize("path", ["/report", "/request", "/en/report", "/en/request"])
def test_who_names_no_dataset_is_told_every_contact(shipped: Client, path: str) -> None:
    read = letter(shipped.get(path).text)
    assert set(read) == {"to", "subject", "body"}
    assert read["to"] == "data@ytemo.example"


@pytest.mark.parametrize(
    ("address", "theme"),
    [
        ("/datasets?q=tiem+chung", "/themes/vaccination"),
        ("/en/datasets?q=Vaccination", "/en/themes/vaccination"),
    ],
)
def test_a_theme_without_data_is_found_by_its_name(shipped: Client, address: str, theme: str) -> None:
    assert f'<li><a href="{theme}">' in shipped.get(address).text.partition("<footer")[0]
    assert "/themes/vaccination" not in shipped.get("/datasets?q=tiem").text.partition("<footer")[0]


@pytest.mark.parametrize("language", ["", "/en"])
def test_what_was_searched_in_vain_stands_in_the_letter(shipped: Client, language: str) -> None:
    searched = 'zzqx <script>"&bcc=a@b.example\n http://evil.example/' + "ậ" * 200
    html = shipped.get(f"{language}/datasets?q={quote(searched)}").text
    found = re.search(rf'href="({language}/request\?about=[^"]*)"', html)
    assert found
    answer = shipped.get(unescape(found[1]))
    assert dangers(Document(answer.text)) == []
    read = letter(answer.text)
    assert set(read) == {"to", "subject", "body"}
    assert "zzqx script bcc a b example http evil example ậậ" in read["subject"]
    assert "zzqx script" in read["body"]
    assert 'name="robots" content="noindex"' in answer.text
    assert shipped.get(f"{language}/request?about={'x' * 101}").status_code == 422


@pytest.mark.parametrize("dataset", EDITIONS)
@pytest.mark.parametrize("page", ["/report", "/request"])
def test_a_letter_about_each_dataset_fits_into_its_link(shipped: Client, dataset: str, page: str) -> None:
    assert set(letter(shipped.get(f"{page}?dataset={dataset}").text)) == {"to", "subject", "body"}


def test_a_problem_of_a_withdrawn_release_can_be_reported(shipped: Client) -> None:
    dataset, edition, version = WITHDRAWN
    answer = shipped.get(f"/report?dataset={dataset}&release={edition}.{version}")
    assert answer.status_code == 200
    assert letter(answer.text)["to"] == "data@ytemo.example"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/datasets/hospital-discharges",
        "/datasets/dengue-cases-x",
        "/datasets/dengue-cases/\r\nBcc: other@example.org",
        "/datasets/dengue-cases?a=<script>alert(1)</script>",
        "/datasets/dengue-cases?q=Call me now",
        "/help",
        "javascript:alert(1)",
        pytest.param("/datasets/dengue-cases?" + "a" * 2_000, id="long"),
    ],
)
def test_an_address_of_something_else_is_refused(shipped: Client, address: str) -> None:
    answer = shipped.get(f"/report?dataset=dengue-cases&address={quote(address, safe='')}")
    assert answer.status_code == 422
    assert "mailto:" not in answer.text
    assert "evil.example" not in answer.text
    assert dangers(Document(answer.text)) == []


@pytest.mark.parametrize(
    "parameters",
    ["dataset=nothing", "dataset=dengue-cases&release=1.1", "dataset=dengue-cases%0d%0aBcc:x", "dataset=../../x"],
)
def test_of_what_is_not_public_nothing_is_told(shipped: Client, parameters: str) -> None:
    answer = shipped.get(f"/report?{parameters}")
    assert answer.status_code == 404
    assert "mailto:" not in answer.text


def test_headers_are_not_taken_from_the_address(shipped: Client) -> None:
    html = shipped.get("/report?dataset=dengue-cases&cc=other@example.org&subject=x&body=x&bcc=y").text
    assert "other@example.org" not in html
    query = letter(html)
    assert set(query) == {"to", "subject", "body"}


# Reuses ---------------------------------------------------------------------------------------------------------------


def test_what_others_made_is_shown_as_text_and_leads_away(showing: Client) -> None:
    html = showing.get("/reuses").text
    assert dangers(Document(html)) == []
    assert faults(Document(html)) == []
    assert "Bản đồ &lt;b&gt;sốt&lt;/b&gt;" in html
    assert 'href="https://example.org/map?a=1&amp;b=2" rel="noopener external nofollow"' in html
    assert 'href="/datasets/dengue-cases"' in html
    assert "not-public" not in html


def test_an_empty_list_says_how_to_be_listed(shipped: Client) -> None:
    html = shipped.get("/en/reuses").text
    assert "Nothing is listed yet." in html
    assert "How to be listed" in html
