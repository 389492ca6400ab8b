"""Answers of the API about made-up data say that it is made up, also when they are saved and passed on as CSV."""

from __future__ import annotations

import csv
import io

import pytest

from tests.support.html_pages import Document
from tests.support.http import Client

REGISTER = "/api/v1/datasets/health-facilities/tables/register"
CUBE = "/api/v1/datasets/hospital-discharges/tables/by-province-chapter-sex"
QUESTIONS = (
    f"{REGISTER}/rows?limit=3&format=csv",
    f"{REGISTER}/data?select=name&limit=3&lang=vi&format=csv",
    f"{REGISTER}/rows?name=nowhere&format=csv",
    f"{CUBE}/rows?limit=3&format=csv",
    f"{CUBE}/data?group=sex&format=csv",
    f"{CUBE}/data?select=stays&sex__in=M,F&province__level=province&province__prefix=0&format=csv",
)


@pytest.mark.parametrize("url", QUESTIONS)
def test_csv_of_made_up_data_says_so_in_rows_header_and_name(shipped: Client, url: str) -> None:
    answer = shipped.get(url)
    assert answer.status_code == 200, answer.text
    head, *rows = csv.reader(io.StringIO(answer.text))
    assert head[-1] == "synthetic"
    assert {row[-1] for row in rows} <= {"true"}
    assert bool(rows) == ("nowhere" not in url)
    assert answer.headers["ytemo-synthetic"] == "true"
    assert '-synthetic.csv"' in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("table", "file"),
    [
        (REGISTER, "/files/health-facilities/2026.1/data/register.csv"),
        (CUBE, "/files/hospital-discharges/2025.1/data/by-province-chapter-sex.csv"),
        (
            "/api/v1/datasets/dengue-cases/tables/by-province-and-month",
            "/files/dengue-cases/1994-2009.1/data/by-province-and-month.csv",
        ),
    ],
)
def test_all_rows_are_the_file_as_it_was_published(shipped: Client, table: str, file: str) -> None:
    assert shipped.get(f"{table}/rows?limit=1000000&format=csv").text == shipped.get(file).text


def test_real_data_is_not_called_made_up(shipped: Client) -> None:
    answer = shipped.get("/api/v1/datasets/dengue-cases/tables/by-province-and-month/data?format=csv")
    assert answer.text.splitlines()[0] == "cases,cases_status"
    assert answer.headers["ytemo-synthetic"] == "false"
    assert "synthetic" not in answer.headers["content-disposition"]


@pytest.mark.parametrize(("prefix", "title"), [("", "Dữ liệu giả lập"), ("/en", "Made-up data")])
def test_the_dictionary_lists_the_column_where_the_files_have_it(shipped: Client, prefix: str, title: str) -> None:
    def rows(dataset: str) -> dict[str, str]:
        page = Document(shipped.get(f"{prefix}/datasets/{dataset}").text)
        lines = [row for row in page.all("tr") if row.inside("tbody")]
        return {row.children[0].text.strip(): row.text for row in lines}

    assert title in rows("health-facilities")["synthetic"]
    assert title in rows("hospital-discharges")["synthetic"]
    assert "synthetic" not in rows("dengue-cases")
