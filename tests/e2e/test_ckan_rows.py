"""Rows that CKAN's clients get are those that were published: figures, statuses, pages and dumps."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.ckan_portal import FACILITIES, MONTHS, NATIVE, asked, ckan_client, post, rows
from tests.support.http import Client
from tests.support.releases import DemoStore


@pytest.fixture(scope="module")
def client(demo: DemoStore) -> Iterator[Client]:
    with ckan_client(demo) as client:
        yield client


# Rows -----------------------------------------------------------------------------------------------------------------


def test_a_withheld_figure_is_null_and_its_status_stands_beside_it(client: Client) -> None:
    found = rows(client, filters={"province": "48", "month": "2024-01", "sex": "M"})["records"]
    assert [(each["cases"], each["cases_status"]) for each in found] == [(None, "suppressed")]
    only = rows(client, fields=["cases"], filters={"cases_status": "suppressed"})
    assert [field["id"] for field in only["fields"]] == ["cases", "cases_status"]
    assert only["total"] == 12
    assert {tuple(each.values()) for each in only["records"]} == {(None, "suppressed")}
    assert rows(client, filters={"cases": None}, limit=0)["total"] == 12
    assert rows(client, filters={"cases": {"ne": None}}, limit=0)["total"] == 261


@pytest.mark.parametrize(
    ("given", "native"),
    [
        ({}, ""),
        ({"filters": {"province": ["01", "79"], "sex": "M"}}, "province__in=01,79&sex=M"),
        ({"filters": {"cases": {"gte": 400, "lt": 900}}}, "cases__gte=400&cases__lt=900"),
        (
            {"filters": {"$or": [{"province": "01", "cases": {"gt": 400}}, {"month": "2024-02"}]}},
            "where=province='01' and cases>400 or month='2024-02'",
        ),
        (
            {"filters": [{"sex": "M"}, {"$and": [{"sex": "F"}, {"province": "N"}]}]},
            "where=sex='M' or (sex='F' and province='N')",
        ),
        ({"filters": {"month": ["2024-01", {"gte": "2024-11"}]}}, "where=month='2024-01' or month>='2024-11'"),
        ({"filters": {"sex": {"ne": "M"}}}, "where=sex<>'M'"),
        ({"filters": {"mean_stay": {"in": [3.1, 3.2]}}}, "mean_stay__in=3.1,3.2"),
        ({"filters": '{"sex": "F"}'}, "sex=F"),
        ({"q": "Hồ Chí Minh"}, "province__contains=Ho Chi Minh"),
        ({"q": {"province": "79"}}, "province=79"),
        ({"sort": "cases desc, month"}, "order=-cases,month"),
        ({"sort": ["sex asc", "province desc"]}, "order=sex,-province"),
    ],
)
def test_rows_are_those_of_the_native_door(client: Client, given: dict[str, Any], native: str) -> None:
    ours = rows(client, limit=32_000, **given)
    pairs = [part.partition("=")[::2] for part in native.split("&") if part]
    theirs = client.json(f"{NATIVE}/rows?{urlencode([*pairs, ('limit', '10000')])}")
    kept = [
        {key: value for key, value in each.items() if key != "_id" and not key.startswith("rank")}
        for each in ours["records"]
    ]
    assert kept == theirs["data"]
    assert ours["total"] == theirs["total"] == len(kept)


@pytest.mark.parametrize("filters", [None, {"province": "79"}, {"cases": {"gt": 500}}, [{"sex": "M"}, {"sex": "F"}]])
def test_next_page_reads_every_row_once(client: Client, filters: Any) -> None:
    whole = rows(client, limit=32_000, filters=filters)
    seen, page = [], rows(client, limit=17, filters=filters, include_next_page=True)
    left = page["total"]
    while True:
        seen += page["records"]
        left -= len(page["records"])
        if "next_page" not in page:
            break
        page = rows(client, limit=17, filters=page["next_page"])
        assert page["total"] == left, "the total is of what is left, as in CKAN"
    assert seen == whole["records"]


def test_links_read_every_row_of_the_same_release_once(client: Client) -> None:
    first = client.json(
        f"/api/3/action/datastore_search?resource_id={MONTHS}&limit=50&filters=%7B%22sex%22:%22_T%22%7D"
    )
    seen, result = [], first["result"]
    while result["records"]:
        seen += result["records"]
        result = client.json(result["_links"]["next"])["result"]
    assert result["resource_id"] == first["result"]["pinned_resource_id"]
    assert seen == rows(client, filters={"sex": "_T"}, limit=1000)["records"]
    assert "prev" in result["_links"]


@pytest.mark.parametrize(
    ("ids", "numbers"),
    [
        ({"gt": 270}, [271, 272, 273]),
        ({"gte": 3, "lt": 5}, [3, 4]),
        ({"lte": 2}, [1, 2]),
        (7, [7]),
        ({"gt": 1000}, []),
        ({"gt": -5, "lte": 1}, [1]),
        ({"gte": 5, "lte": 3}, []),
        (-3, []),
        ([4, 3, 5], [3, 4, 5]),
        ([7], [7]),
    ],
)
def test_rows_are_found_by_their_number(client: Client, ids: Any, numbers: list[int]) -> None:
    found = rows(client, filters={"_id": ids})
    assert [each["_id"] for each in found["records"]] == numbers
    assert found["total"] == len(numbers)


def test_a_number_that_satisfies_no_other_condition_may_begin_a_page(client: Client) -> None:
    found = rows(client, filters={"_id": {"gt": 100}, "province": "79"}, limit=1)
    assert (found["records"][0]["_id"], found["total"]) == (235, 39)


@pytest.mark.parametrize(
    "filters",
    [
        {"_id": [1, 3]},
        {"_id": 1.5},
        {"_id": None},
        {"_id": {"ne": 1}},
        {"_id": "x"},
        {"$or": [{"_id": 1}, {"sex": "M"}]},
        {"_id": {"lt": 9}, "sex": "M"},
    ],
)
def test_numbers_that_are_no_range_are_refused(client: Client, filters: Any) -> None:
    (text,) = asked(client, "datastore_search", 409, resource_id=MONTHS, filters=filters)["filters"]
    assert text.startswith("_id: ")


def test_formats_hold_the_same(client: Client) -> None:
    objects = rows(client, limit=5)["records"]
    assert rows(client, limit=5, records_format="lists")["records"] == [list(each.values()) for each in objects]
    for name, separator in (("csv", ","), ("tsv", "\t")):
        lines = csv.reader(io.StringIO(rows(client, limit=5, records_format=name)["records"]), delimiter=separator)
        assert list(lines) == [["" if value is None else str(value) for value in each.values()] for each in objects]


def test_rows_that_differ(client: Client) -> None:
    found = rows(client, fields="province", distinct=True, sort="province desc", include_total="false")
    assert [each["province"] for each in found["records"]] == ["79", "48", "S", "22", "01", "N", "_T"]
    assert "total" not in found
    assert rows(client, fields=["sex", "_id"], distinct=True, limit=5)["total"] == 273


def test_a_register_is_asked_like_any_table(client: Client) -> None:
    found = rows(client, resource_id=FACILITIES, q="phong kham 15")
    assert [each["name"] for each in found["records"]] == ["Phòng khám Đa khoa"]
    found = rows(client, resource_id=FACILITIES, fields="name,issued", sort="issued desc", limit=1)
    assert found["records"] == [{"name": "Nhà thuốc số 5", "issued": "2021-02-03"}]
    assert [field["type"] for field in found["fields"]] == ["text", "date"]
    info = asked(client, "datastore_info", id=FACILITIES)
    assert info["meta"]["count"] == 4
    assert [field["id"] for field in info["fields"]] == ["licence_number", "name", "beds", "issued"]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"nope": 1}, "__extras"),
        ({"fields": ["nope"]}, "fields"),
        ({"fields": {"a": 1}}, "fields"),
        ({"sort": "nope"}, "sort"),
        ({"sort": "cases sideways"}, "sort"),
        ({"sort": "_id desc"}, "sort"),
        ({"sort": "cases_status"}, "query"),
        ({"sort": "sex", "fields": "province", "distinct": True}, "sort"),
        ({"filters": {"nope": 1}}, "filters"),
        ({"filters": {"province": {"like": "x"}}}, "filters"),
        ({"filters": {"province": {}}}, "filters"),
        ({"filters": {"province": []}}, "filters"),
        ({"filters": {"province": [[1]]}}, "filters"),
        ({"filters": {"$or": {}}}, "filters"),
        ({"filters": {"$or": []}}, "filters"),
        ({"filters": {"cases": {"gt": None}}}, "filters"),
        ({"filters": "nonsense"}, "filters"),
        ({"filters": {"province": "x" * 600}}, "filters"),
        ({"filters": {"cases": list(range(3000))}}, "filters"),
        ({"filters": {"cases": "abc"}}, "query"),
        ({"filters": {"province": "Hanoi"}}, "query"),
        ({"filters": {"cases_status": "secret"}}, "query"),
        ({"limit": -1}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"limit": True}, "limit"),
        ({"offset": 10**12}, "offset"),
        ({"distinct": "perhaps"}, "distinct"),
        ({"records_format": "pickle"}, "records_format"),
        ({"q": ["x"]}, "q"),
        ({"q": {"nope": "x"}}, "q"),
        ({"q": "a " * 100}, "q"),
        ({"resource_id": ["x"]}, "resource_id"),
    ],
)
def test_what_cannot_be_asked_is_told_by_its_place(client: Client, given: dict[str, Any], place: str) -> None:
    error = asked(client, "datastore_search", 409, **{"resource_id": MONTHS, **given})
    assert error["__type"] == "Validation Error"
    assert set(error) - {"__type", "info"} == {place}


def test_conditions_that_are_nested_too_deep_are_refused(client: Client) -> None:
    deep: Any = {"sex": "M"}
    for _ in range(40):
        deep = {"$and": [deep, {"sex": "M"}]}
    assert "deep" in asked(client, "datastore_search", 409, resource_id=MONTHS, filters=deep)["filters"][0]
    body = b'{"resource_id": "x", "filters": ' + b'{"$or":[' * 5000 + b"]}" * 5000 + b"}"
    assert post(client, "datastore_search", body).status_code == 400


# Dumps ----------------------------------------------------------------------------------------------------------------


def dump(client: Client, **given: Any) -> bytes:
    response = client.get(f"/datastore/dump/{MONTHS}?{urlencode(given)}")
    assert response.status_code == 200, response.text
    assert response.headers["content-disposition"].startswith('attachment; filename="')
    return response.content


def test_a_dump_holds_every_row_in_every_format(client: Client) -> None:
    whole = rows(client, limit=32_000)
    expected = [list(each.values()) for each in whole["records"]]
    names = [field["id"] for field in whole["fields"]]
    assert read_back(csv.reader(io.StringIO(dump(client).decode()))) == read_back([names, *expected])
    tsv = csv.reader(io.StringIO(dump(client, format="tsv", bom="true").decode("utf-8-sig")), delimiter="\t")
    assert read_back(tsv) == read_back([names, *expected])
    assert json.loads(dump(client, format="json")) == {"fields": whole["fields"], "records": expected}
    elements = list(ET.fromstring(dump(client, format="xml")))
    assert [element.get("_id") for element in elements] == [str(row[0]) for row in expected]
    assert read_back([cell.text or "" for cell in element] for element in elements) == read_back(
        row[1:] for row in expected
    )


def read_back(lines: Iterable[list[Any]]) -> list[list[str]]:
    """Return lines of text, in which 4 and 4.0 are the same, and so are nothing and an empty text."""
    return [[re.sub(r"[.]0$", "", "" if value is None else str(value)) for value in line] for line in lines]


def test_a_dump_can_be_narrowed(client: Client) -> None:
    text = dump(client, filters='{"province": "48", "month": "2024-01"}', fields="sex,cases", sort="sex desc").decode()
    assert list(csv.reader(io.StringIO(text)))[1:] == [
        ["F", "", "suppressed"],
        ["M", "", "suppressed"],
        ["_T", "93", "observed"],
    ]
    assert dump(client, limit=2, offset=1, fields="_id").decode() == "_id\n2\n3\n"
    assert dump(client, limit=0, fields="_id").decode() == "_id\n"
    assert json.loads(dump(client, limit=0, format="json"))["records"] == []
    assert dump(client, q="Minh", fields="province", distinct="true").decode() == 'province\n"79"\n'


def test_made_up_rows_say_so_in_a_dump(client: Client) -> None:
    response = client.get("/datastore/dump/hospital-visits/visits?limit=1")
    assert response.text.splitlines()[0].endswith(",synthetic")
    assert response.text.splitlines()[1].endswith(",true")
    assert rows(client, resource_id="hospital-visits/visits", limit=1)["synthetic"] is True


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("format=pickle", 400),
        ("nope=1", 400),
        ("limit=x", 400),
        ("filters=%7B%22nope%22:1%7D", 400),
        ("sort=cases_status", 400),
    ],
)
def test_a_dump_that_cannot_be_made_is_told_on_a_page(client: Client, query: str, status: int) -> None:
    response = client.get(f"/datastore/dump/{MONTHS}?{query}")
    assert (response.status_code, response.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert client.get(f"/datastore/dump/nope?{query}").status_code in {400, 404}
