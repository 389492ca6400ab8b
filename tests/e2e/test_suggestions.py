"""Suggestions as the API gives them, the search page around them, and the facets of the search in both."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.support.html_pages import Document
from tests.support.http import Client

SUGGEST = "/api/v1/suggest"


def test_what_is_typed_leads_to_pages_that_exist(shipped: Client) -> None:
    for typed in ("can t", "cần", "den", "sot xu", "health f"):
        found = shipped.json(f"{SUGGEST}?q={typed}&lang=en")
        assert found["suggestions"], typed
        assert found["did_you_mean"] == ""
        for each in found["suggestions"]:
            address = urlsplit(each["page"])
            page = shipped.get(f"{address.path}?{address.query}")
            assert page.status_code == 200
            assert "No dataset matches" not in page.text, each


def test_a_title_leads_to_its_dataset(shipped: Client) -> None:
    found = shipped.json(f"{SUGGEST}?q=dengue cases&lang=en&limit=20")["suggestions"]
    titles = {each["dataset"] for each in found if each["kind"] == "title"}
    assert titles == {"dengue-cases"}
    assert next(each for each in found if each["dataset"])["page"].endswith("/en/datasets/dengue-cases")


def test_a_misspelt_word_says_what_was_meant(shipped: Client) -> None:
    assert shipped.json(f"{SUGGEST}?q=dengeu")["did_you_mean"] == "dengue"


@pytest.mark.parametrize(
    ("question", "status"), [("?q=a&lang=fr", 422), (f"?q={'a' * 101}", 422), ("?q=a&limit=0", 422), ("?w=a", 400)]
)
def test_what_cannot_be_asked_is_refused(shipped: Client, question: str, status: int) -> None:
    answer = shipped.get(SUGGEST + question)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_what_is_typed_is_never_run(shipped: Client) -> None:
    answer = shipped.get(SUGGEST + "?q=%3Cscript%3Ealert(1)%3C/script%3E")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in str(answer.json()["suggestions"])


def test_the_search_box_says_where_suggestions_come_from(shipped: Client) -> None:
    page = Document(shipped.get("/datasets").text)
    (box,) = (each for each in page.all("input") if each.attributes.get("id") == "q")
    assert box.attributes["data-suggest"] == SUGGEST
    # What a dataset is called there, and a record of another catalog, which no reader may take for one of ours.
    assert (box.attributes["data-kind"], box.attributes["data-elsewhere"]) == ("Tập dữ liệu", "Danh mục khác")
    assert "dataset.elsewhere" in shipped.get("/static/suggest.js").text
    assert shipped.get("/static/suggest.js").status_code == 200


@pytest.mark.parametrize(
    ("facet", "value", "expected"),
    [
        ("geography", "commune", {"administrative-units", "health-facilities"}),
        ("period", "2001", {"dengue-cases", "diabetes-hospital-encounters"}),
        ("dimension", "sex", {"diabetes-hospital-encounters", "hospital-discharges"}),
        ("status", "made-up", {"health-facilities", "hospital-discharges"}),
    ],
)
def test_pages_and_api_narrow_alike(shipped: Client, facet: str, value: str, expected: set[str]) -> None:
    found = shipped.json(f"/api/v1/search?{facet}={value}")
    assert {hit["dataset"] for hit in found["hits"]} == expected
    counts = {each["value"]: each["count"] for each in found["facets"][facet]}
    assert counts[value] == len(expected)
    page = shipped.get(f"/en/datasets?{facet}={value}").text
    assert f"{len(expected)} datasets" in page


def test_the_most_complete_first(shipped: Client) -> None:
    assert len(shipped.json("/api/v1/search?sort=complete")["hits"]) == 5
    assert shipped.get("/datasets?sort=complete").status_code == 200


@pytest.mark.parametrize(("typed", "part"), [("Cần Thơ", "members"), ("specialty", "dimensions")])
def test_members_and_dimensions_are_found_and_named_as_the_reason(shipped: Client, typed: str, part: str) -> None:
    hits = shipped.json(f"/api/v1/search?q={typed}")["hits"]
    assert part in {reason["part"] for hit in hits for reason in hit["reasons"]}
    page = shipped.get(f"/en/datasets?q={typed}").text
    assert "<mark>" in page


@pytest.mark.parametrize("url", ["/api/v1/search?q=soi", "/api/v1/suggest?q=so"])
def test_the_same_question_is_answered_without_work_until_something_changes(shipped: Client, url: str) -> None:
    tag = shipped.get(url).headers["etag"]
    assert shipped.get(url, if_none_match=tag).status_code == 304
    assert shipped.get(url + "x", if_none_match=tag).status_code == 200


def test_a_year_is_told_as_a_reason(shipped: Client) -> None:
    hits = shipped.json("/api/v1/search?q=2001")["hits"]
    assert hits
    assert all(hit["reasons"] == [{"part": "years", "text": "2001"}] for hit in hits)
    assert "Year: <mark>2001</mark>" in shipped.get("/en/datasets?q=2001").text


def test_reasons_are_written_as_the_record_writes_them(shipped: Client) -> None:
    reasons = shipped.json("/api/v1/search?q=sot xuat huyet")["hits"][0]["reasons"]
    assert {"part": "title", "text": "sốt xuất huyết"} in reasons
