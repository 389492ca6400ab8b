"""The page that compares releases: exact, in words, of public releases alone, and the same as its file."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from html import unescape
from io import StringIO

import pytest

from portal.public.compare import answering, reading
from tests.support.compared_releases import publish_compared
from tests.support.http import Client
from tests.support.portal import portal_client
from tests.support.releases import DemoStore, make_demo_store
from tests.support.vietnamese_text import SpokenText, foreign_words, machine_looking

DISEASES = "/datasets/notifiable-diseases/compare"
VISITS = "/datasets/hospital-visits/compare"
REGISTER = "/datasets/licensed-facilities/compare"
NAMES = frozenset({"ytemo", "CSV", "TP"})


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    demo = make_demo_store(tmp_path_factory.mktemp("compared") / "data")
    publish_compared(demo)
    return demo


@pytest.fixture(scope="module")
def client(demo: DemoStore) -> Iterator[Client]:
    with portal_client(demo) as client:
        yield client


def table(html: str, anchor: str) -> list[list[str]]:
    """Return the texts of the cells of one table, row by row; what only screen readers say is left out."""
    body = html[html.index(f'<table id="{anchor}"') :]
    body = body[body.index("<tbody>") : body.index("</tbody>")]
    rows = re.findall(r"<tr>(.*?)</tr>", re.sub(r'<span class="unseen">.*?</span>', "", body), flags=re.DOTALL)
    cells = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL) for row in rows)
    return [[unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in cells]


def test_the_newest_is_compared_with_the_one_before(client: Client) -> None:
    page = client.get(f"/en{DISEASES}").text
    assert "From 2024, version 2 to 2024, version 3" in page
    assert table(page, "table-by-month") == [
        ["Cases", "1", "0", "1", "2", "0", "0", "269"],
        ["Mean length of stay", "0", "0", "0", "0", "0", "0", "273"],
    ]
    assert table(page, "table-by-province") == [["Cases", "0", "0", "0", "0", "0", "1", "6"]]
    assert table(page, "differences") == [
        ["Ho Chi Minh City", "December 2024", "Female", "Cases", "999", "1,009 [r]", "+10", "+1.0 %", "Another value"],
        ["City of Da Nang", "January 2024", "Male", "Cases", "[c]", "41", "–", "–", "Published now"],
        ["Ha Noi", "February 2024", "Male", "Cases", "418", "418 [p]", "0", "0.0 %", "Another status"],
        ["Ha Noi", "March 2024", "Male", "Cases", "425", "[x]", "–", "–", "Another status"],
    ]
    assert "Provinces: codes with another name: Da Nang → City of Da Nang." in page
    assert "Since edition 2024, version 2: 3 values changed, 4 statuses changed" in page


@pytest.mark.parametrize("query", ["", "?table=by-province", "?kind=status&measure=cases", "?from=2024.1&to=2024.3"])
def test_a_page_shows_what_its_file_holds(client: Client, query: str) -> None:
    page = client.get(f"/en{DISEASES}{query}").text
    shown = table(page, "differences")
    address = re.search(r'<a href="([^"]+compare\.csv[^"]*)"', page)
    assert address
    answer = client.get(unescape(address[1]))
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert answer.headers["ytemo-truncated"] == "false"
    assert len(rows) == len(shown) == int(answer.headers["ytemo-returned"])
    for cells, row in zip(shown, rows, strict=True):
        assert cells[0] == row["province_label"]
        for name, text in (("before", cells[-5]), ("after", cells[-4])):
            if row[name]:
                assert float(text.split()[0].replace(",", "")) == float(row[name])
            else:
                assert text == "–" if not row[f"{name}_status"] else text.startswith("[")
        if not (row["before"] and row["after"]):
            assert (cells[-3], cells[-2], row["difference"], row["percent"]) == ("–", "–", "", "")


def test_releases_that_are_swapped_are_put_right(client: Client) -> None:
    for path in (f"/en{DISEASES}", f"/en{DISEASES}.csv"):
        answer = client.get(f"{path}?from=2024.3&to=2024.1&kind=value")
        assert answer.status_code == 307
        assert answer.headers["location"].endswith("?from=2024.1&to=2024.3&kind=value")


def test_editions_without_a_common_period_are_not_told_as_new(client: Client) -> None:
    page = client.get(f"/en{DISEASES}?from=2023.1&to=2024.3").text
    assert "The two releases have no period in common" in page
    assert 'id="table-by-month"' not in page
    assert "a difference is what changed from one period to the other, and no correction" in page
    assert [row[0] for row in table(page, "differences")][-1] == "Quang Ninh"
    refused = client.get(f"{DISEASES}.csv?from=2023.1&to=2024.3&table=by-month")
    assert refused.status_code == 400


def test_a_register_is_compared_by_its_key(client: Client) -> None:
    page = client.get(f"/en{REGISTER}").text
    assert table(page, "table-register") == [
        ["Name of the facility", "1", "0", "0", "0", "1", "1", "2"],
        ["Beds", "2", "0", "0", "0", "1", "1", "1"],
        ["Date of issue", "1", "0", "0", "0", "1", "1", "2"],
    ]
    rows = table(page, "differences")
    assert rows[0] == ["01234/BYT-GPHĐ", "Beds", "3200", "3300", "+100", "+3.1 %", "Another value"]
    assert ["00007/SYT-GPHĐ", "Beds", "–", "4", "–", "–", "Another value"] in rows
    assert ["00007/SYT-GPHĐ", "Date of issue", "2 January 2020", "3 January 2020", "–", "–", "Another value"] in rows
    text = client.get(f"{REGISTER}.csv").text
    assert text.splitlines()[0] == (
        "licence_number,column,change,before,before_status,after,after_status,difference,percent"
    )


def test_code_lists_are_compared_in_words(client: Client) -> None:
    page = client.get("/en/datasets/administrative-units/compare").text
    assert "Provinces: codes with another name: Da Nang → City of Da Nang." in page
    assert "How many cells differ" not in page


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"{DISEASES}?to=2025.1", 404),  # under embargo
        (f"{DISEASES}?from=2024.9", 404),
        (f"{DISEASES}.csv?from=2024.9", 404),
        ("/datasets/nothing/compare", 404),
        (f"{VISITS}?from=2024.1", 410),
        (f"{VISITS}.csv?from=2024.1", 410),
        (f"{DISEASES}.csv?from=2024.1&to=2024.1", 404),
        (f"{DISEASES}.csv?measure=deaths", 400),
        (f"{DISEASES}.csv?kind=better", 400),
        (f"{DISEASES}?page=0", 422),
    ],
)
def test_what_is_not_public_or_not_there_is_answered_as_elsewhere(client: Client, address: str, status: int) -> None:
    assert client.get(address).status_code == status


def test_a_withdrawn_release_is_passed_over_and_told_of(client: Client) -> None:
    page = client.get(f"/en{VISITS}").text
    assert "From 2023, version 1 to 2024, version 2" in page
    assert "Wrong denominator in quarter 2." in page
    reason = client.get(f"/en{VISITS}?from=2024.1").text
    assert "Wrong denominator in quarter 2." in reason
    assert "1,113" not in reason


def test_what_cannot_be_compared_is_said(client: Client) -> None:
    same = client.get(f"/en{DISEASES}?from=2024.1&to=2024.1").text
    assert "Both are the same release. Choose another one." in same
    first = client.get(f"/en{DISEASES}?to=2023.1").text
    assert "There is no release before this one to compare it with." in first
    unknown = client.get(f"/en{DISEASES}?table=by-age&measure=deaths&page=7").text
    assert "by-age, deaths" in unknown
    assert len(table(unknown, "differences")) == 4
    none = client.get(f"/en{DISEASES}?kind=new").text
    assert "No cell differs in this way." in none


def test_a_page_that_is_known_is_not_made_again(client: Client) -> None:
    for path in (DISEASES, f"{DISEASES}.csv"):
        tag = client.get(path).headers["etag"]
        assert client.get(path, if_none_match=tag).status_code == 304


def test_long_lists_have_pages_and_files_parts(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    query = f"/en{DISEASES}?from=2024.1&to=2024.2"
    everything = table(client.get(query).text, "differences")
    monkeypatch.setattr("portal.public.compare.answering.ROWS_ON_A_PAGE", 10)
    monkeypatch.setattr("portal.public.pages.compare_cells.ROWS_ON_A_PAGE", 10)
    for name in ("compare.answering", "pages.compare_cells", "routers.compare"):
        monkeypatch.setattr(f"portal.public.{name}.MOST_IN_A_FILE", 10)
    found: list[list[str]] = []
    address = query
    while address:
        page = client.get(f"{address}&utm=1").text
        found += table(page, "differences")
        later = re.search(r'rel="next" href="([^"#]+)', page)
        address = unescape(later[1]) if later else ""
    assert found == everything
    assert len(found) == 24
    assert "These cells as CSV, part 3 of 3" in page
    first = client.get(f"{DISEASES}.csv?from=2024.1&to=2024.2")
    assert first.headers["ytemo-truncated"] == "true"
    assert 'page=2>; rel="next"' in first.headers["link"]


def test_what_is_too_large_is_not_compared(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "MOST_VALUES", 2 * 273 * 5)
    page = client.get(f"/en{DISEASES}?from=2024.2&to=2024.3&large=1").text
    assert "It is too large to be compared here." in page
    assert "Compare this table alone" in page
    alone = client.get(f"/en{DISEASES}?table=by-province&large=1").text
    assert table(alone, "table-by-province") == [["Cases", "0", "0", "0", "0", "0", "1", "6"]]


def test_large_comparisons_wait_for_one_another(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_LARGE", 1)
    assert client.get(f"{DISEASES}?busy=0").status_code == 200
    with reading._LARGE_ONE:
        busy = client.get(f"{DISEASES}?busy=1")
    assert busy.status_code == 503
    assert int(busy.headers["retry-after"]) > 0
    assert client.get(f"{DISEASES}?busy=2").status_code == 200


def test_the_page_of_a_dataset_leads_there(client: Client) -> None:
    page = client.get("/en/datasets/notifiable-diseases").text
    assert page.count("Compare with the one before") == 3
    address = "/en/datasets/notifiable-diseases/compare?from=2024.2&amp;to=2024.3"
    assert f'<a href="{address}" rel="nofollow">' in page
    assert client.get(unescape(address)).status_code == 200


@pytest.mark.parametrize("path", [DISEASES, f"{DISEASES}?from=2023.1&to=2024.3", VISITS])
def test_the_page_speaks_vietnamese(client: Client, path: str) -> None:
    html = client.get(path).text
    text = " ".join(SpokenText(html).pieces)
    assert machine_looking(text) == []
    assert foreign_words(text, NAMES) == []
