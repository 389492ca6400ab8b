"""What a page shows at a glance: rows that tell something, no title that repeats its badge, a hint to scroll."""

from __future__ import annotations

import pytest

from tests.support.html_pages import Document
from tests.support.http import Client

TABLES = {
    "dengue-cases": ("table-by-province-and-month", 20),
    "hospital-discharges": ("table-by-month-province-insurance", 20),
    "diabetes-hospital-encounters": ("table-by-specialty-sex-readmission", 20),
}


def preview(client: Client, dataset: str, anchor: str) -> list[list[str]]:
    page = Document(client.get(f"/en/datasets/{dataset}").text)
    (table,) = [each for each in page.all("table") if each.attributes.get("id") == f"{anchor}-preview"]
    return [[cell.text for cell in row.children] for row in table.children[-1].children]


@pytest.mark.parametrize("dataset", TABLES)
def test_a_preview_has_the_total_once_and_a_row_for_each_member(shipped: Client, dataset: str) -> None:
    anchor, most = TABLES[dataset]
    rows = preview(shipped, dataset, anchor)
    assert 3 < len(rows) <= most
    assert len({row[0] for row in rows}) == len(rows)
    assert rows[0][0] in {"Whole country", "Total"}


def test_a_preview_over_time_shows_the_newest_period(shipped: Client) -> None:
    page = Document(shipped.get("/en/datasets/dengue-cases").text)
    (part,) = [each for each in page.all("div") if each.attributes.get("id") == "table-by-province-and-month"]
    assert "Period: December 2009." in part.text


@pytest.mark.parametrize(("path", "said"), [("/", "Đây là bản trình diễn."), ("/en", "This is a demonstration.")])
def test_a_demonstration_says_so_first(shipped: Client, client: Client, path: str, said: str) -> None:
    page = shipped.get(path).text
    assert page.index(said) < page.index("<h1>")
    assert said not in client.get(path).text, "no dataset there came with ytemo"
    assert not client.json("/api/v1")["demonstration"]


@pytest.mark.parametrize(("path", "said"), [("/datasets", "giả lập"), ("/en/datasets", "synthetic data")])
def test_a_title_beside_the_badge_does_not_say_so_again(shipped: Client, path: str, said: str) -> None:
    headings = [each.text for each in Document(shipped.get(path).text).all("h3")]
    made_up = [text for text in headings if "giả lập" in text or "Made-up data" in text]
    assert len(made_up) == 2
    assert all(text.count("giả lập") <= 1 and f"({said})" not in text for text in made_up)


@pytest.mark.parametrize(("dataset", "hinted"), [("health-facilities", True), ("dengue-cases", False)])
def test_wide_tables_say_that_they_scroll(shipped: Client, dataset: str, hinted: bool) -> None:
    page = Document(shipped.get(f"/datasets/{dataset}").text)
    hints = [each for each in page.all("p") if "sideways" in each.attributes.get("class", "")]
    assert bool(hints) == hinted
