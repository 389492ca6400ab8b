"""The API over a real store: what people get, what they are told when they err, and what never leaks."""

from __future__ import annotations

import csv
import gzip
import io
from typing import Any

import httpx
import pyarrow as pa
import pytest

from portal.public import table_answers
from portal.public.app import PortalOptions, app_from_environment, create_app
from portal.query import answer, tables
from portal.query.answer import OpenTable
from portal.query.plan import Plan
from portal.query.run import Session
from tests.support.http import Client, client_of
from tests.support.portal import DATA, ROWS
from tests.support.releases import DemoStore


def table(response: httpx.Response) -> list[dict[str, Any]]:
    """The rows of an answer in either form, with the empty fields of CSV as None and numbers as numbers."""
    assert response.status_code == 200, response.text
    if response.headers["content-type"].startswith("application/json"):
        return list(response.json()["data"])
    rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    numeric = {name for row in rows for name in row if f"{name}_status" in row}
    return [
        {name: (float(value) if name in numeric else value) if value else None for name, value in row.items()}
        for row in rows
    ]


# What is asked --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_dimension_left_out_means_its_published_total(client: Client, form: str) -> None:
    published = {
        (row["province"], row["month"], row["sex"]): row["cases"]
        for row in table(client.get(f"{ROWS}?limit=10000&select=cases"))
    }
    (whole,) = table(client.get(f"{DATA}?select=cases&format={form}"))
    assert whole == {"cases": published["_T", "_T", "_T"], "cases_status": "observed"}
    by_sex = table(client.get(f"{DATA}?province=79&group=sex&select=cases&format={form}"))
    assert [(row["sex"], row["cases"]) for row in by_sex] == [
        ("M", published["79", "_T", "M"]),
        ("F", published["79", "_T", "F"]),
    ]


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_sum_over_a_withheld_cell_is_null_with_its_status(client: Client, form: str) -> None:
    question = f"{DATA}?province=48&sex=F&month__in=2024-01,2024-05&select=cases&format={form}"
    assert table(client.get(question)) == [{"province": "48", "sex": "F", "cases": None, "cases_status": "suppressed"}]
    grouped = table(client.get(f"{question}&group=month"))
    assert [row["cases_status"] for row in grouped] == ["suppressed", "observed"]


def test_all_members_together_answer_with_what_is_published_of_them(client: Client) -> None:
    total = table(client.get(f"{DATA}?province=48&month=2024-01"))
    both = table(client.get(f"{DATA}?province=48&month=2024-01&sex__in=M,F"))
    assert both == total
    assert both[0]["cases"] is not None
    assert table(client.get(f"{DATA}?province__level=province&select=cases")) == table(
        client.get(f"{DATA}?select=cases")
    )


def test_an_answer_says_where_it_comes_from(client: Client) -> None:
    response = client.get(f"{DATA}?group=month,province&limit=5&lang=vi&format=csv")
    assert response.headers["ytemo-release"] == "notifiable-diseases 2024.2"
    assert (response.headers["ytemo-total"], response.headers["ytemo-returned"]) == ("48", "5")
    assert response.headers["ytemo-truncated"] == "true"
    assert "release=2024.2" in response.headers["link"]
    assert response.headers["link"].startswith("<https://data.example.org/api/v1/")
    assert response.text.splitlines()[1].startswith('"01","Hà Nội","2024-01","Tháng 1 năm 2024",')
    document = client.json(f"{DATA}?province=01")
    assert document["release"] == "2024.2"
    assert document["selection"]["sex"] == {"use": "total", "count": 1, "members": ["_T"]}


def test_next_links_lead_through_the_whole_answer_once(client: Client) -> None:
    whole = table(client.get(f"{DATA}?group=province,month&select=cases&order=-cases,month"))
    url: str | None = f"{DATA}?group=province,month&select=cases&order=-cases,month&limit=7"
    rows: list[dict[str, Any]] = []
    while url:
        page = client.json(url.removeprefix("https://data.example.org"))
        rows += page["data"]
        url = page["next"]
    assert rows == whole
    assert len(rows) == 48


def test_a_listing_is_the_published_file(client: Client) -> None:
    published = client.get("/files/notifiable-diseases/2024.2/data/by-month.csv")
    listed = client.get(f"{ROWS}?format=csv&limit=10000&release=2024.2")
    assert listed.text == published.text


def test_a_register_is_searched_by_its_fields(client: Client) -> None:
    register = "/api/v1/datasets/licensed-facilities/tables/register/data"
    assert [row["name"] for row in table(client.get(f"{register}?beds__gte=1&order=-issued&select=name"))] == [
        "Bệnh viện Bạch Mai",
        "Phòng khám Đa khoa",
    ]


def test_csv_by_the_accept_header(client: Client) -> None:
    response = client.get(DATA, accept="text/csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["vary"].startswith("Accept")
    assert client.get(f"{DATA}?format=json", accept="text/csv").headers["content-type"] == "application/json"
    assert 'inline; filename="notifiable' in client.get(DATA).headers["content-disposition"]
    assert "attachment" in client.get(f"{DATA}?download=true").headers["content-disposition"]


# What is told ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "status", "kind"),
    [
        (f"{DATA}?provinc=01", 400, "query-invalid"),
        (f"{DATA}?release=1999", 404, "release-not-found"),
        (f"{DATA}?download=perhaps", 400, "query-invalid"),
        ("/api/v1/datasets/none/tables/x/data", 404, "dataset-not-found"),
        ("/api/v1/datasets/notifiable-diseases/tables/none/rows", 404, "file-not-found"),
        ("/api/v1/datasets/hospital-visits/releases/2024.1", 410, "release-withdrawn"),
        ("/api/v1/datasets?limit=0", 422, "request-invalid"),
        ("/api/v1/search?page=x", 422, "request-invalid"),
        ("/api/v1/search?colour=red", 400, "query-invalid"),
        ("/api/v1/datasets?q=dengue", 400, "query-invalid"),
        ("/api/v2/datasets", 404, "not-found"),
        ("/api/v1/nothing", 404, "not-found"),
        ("/files/notifiable-diseases/2024.2/../../secret", 404, "not-found"),
        ("/files/notifiable-diseases/2024.2/data/none.csv", 404, "file-not-found"),
        ("/files/notifiable-diseases/latest/data/none.csv", 404, "file-not-found"),
        ("/files/hospital-visits/2024.1.zip", 410, "release-withdrawn"),
    ],
)
def test_an_error_is_a_problem_document(client: Client, url: str, status: int, kind: str) -> None:
    response = client.get(url)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    problem = response.json()
    assert (problem["type"], problem["status"]) == (f"urn:ytemo:{kind}", status)
    assert problem["title"]


@pytest.mark.parametrize(
    ("url", "place", "remedy"),
    [
        (f"{DATA}?provinc=01", "provinc", "Did you mean province? Known here: province, month, sex"),
        (f"{DATA}?province=Ha+Noi", "province", "Did you mean 01 (Hà Nội)? Known here: _T ("),
        (f"{DATA}?province__lke=01", "province__lke", "Did you mean lte? Known here: eq, in"),
        (f"{DATA}?cases__gte=ten", "cases__gte", "Write it like 125"),
        (f"{DATA}?format=jsn", "format", "Did you mean json? Known here: json, csv"),
        (f"{DATA}?download=yes", "download", "Known here: true, false"),
        (f"{DATA}?release=2042", "release", "Known here: latest, 2024.2, 2024.1, 2023.1"),
        (DATA.replace("by-month", "by-mnth"), "table", "Did you mean by-month? Known here: by-month, by-province"),
        (DATA.replace("diseases", "disease"), "dataset", "Did you mean notifiable-diseases?"),
        ("/api/v1/datasets/zzz", "dataset", "GET /api/v1/datasets lists those that there are"),
        (
            "/api/v1/datasets/notifiable-diseases/codelists/sexdemo",
            "codelist",
            "Did you mean sex-demo? Known here: ",
        ),
        ("/files/notifiable-diseases/2024.2/data/by-month.cvs", "path", "Did you mean data/by-month.csv? Known here: "),
        ("/files/notifiable-diseases/latest/readme.md", "path", "Did you mean README.md? Known here: "),
        ("/api/v1/search?colour=red", "colour", "Known here: q, sort, lang, page, page_size, theme"),
        ("/api/v1/search?them=registers", "them", "Did you mean theme? Known here: q, sort"),
        ("/api/v1/search?sort=newst", "sort", "Did you mean newest? Known here: relevance, newest, title, complete."),
        ("/api/v1/search?lang=fr", "lang", "Known here: vi, en."),
    ],
)
def test_an_error_says_where_it_is_and_what_would_be_right(client: Client, url: str, place: str, remedy: str) -> None:
    (problem,) = client.get(url).json()["errors"]
    assert problem["place"] == place
    assert problem["remedy"].startswith(remedy)


def test_a_wrong_method_is_told_the_right_one(client: Client) -> None:
    response = client.request("DELETE", "/api/v1/datasets")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")


def test_an_unexpected_error_tells_nothing(demo: DemoStore, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(PortalOptions(demo.root, demo.public_key), demo.releases)
    with client_of(app) as client:
        monkeypatch.setattr(type(demo.releases), "releases", lambda *_: 1 / 0)
        response = client.get("/api/v1/datasets/notifiable-diseases/releases")
    assert response.status_code == 500
    assert "ZeroDivisionError" not in response.text
    assert response.json()["title"] == "Something went wrong"


# Caching and headers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "cache"),
    [
        (f"{DATA}?release=2024.2&group=sex", "immutable"),
        (f"{DATA}?release=2024", "max-age=60"),
        (DATA, "max-age=60"),
        ("/api/v1/datasets", "max-age=60"),
        ("/api/v1/datasets/notifiable-diseases", "max-age=60"),
        ("/api/v1/datasets/notifiable-diseases/releases", "max-age=60"),
        ("/api/v1/datasets/notifiable-diseases/releases/2024.2", "immutable"),
        ("/api/v1/datasets/notifiable-diseases/codelists/sex-demo?release=2024.2", "immutable"),
        ("/files/notifiable-diseases/2024.2/README.md", "immutable"),
        ("/files/notifiable-diseases/2024.2.zip", "immutable"),
    ],
)
def test_what_is_known_is_not_sent_again(client: Client, url: str, cache: str) -> None:
    first = client.get(url)
    assert cache in first.headers["cache-control"]
    again = client.get(url, if_none_match=f'"x", {first.headers["etag"]}')
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get(url, if_none_match='"x"').status_code == 200
    assert client.get(url).content == first.content


def test_every_answer_is_protected_and_only_programs_may_cross_origins(client: Client) -> None:
    api = client.get(DATA, origin="https://elsewhere.example")
    assert api.headers["access-control-allow-origin"] == "*"
    assert "Ytemo-Total" in api.headers["access-control-expose-headers"]
    page = client.get("/", origin="https://elsewhere.example")
    assert "access-control-allow-origin" not in page.headers
    for response in (api, page, client.get("/none"), client.get("/files/notifiable-diseases/2024.2/README.md")):
        assert response.headers["content-security-policy"].startswith("default-src 'self'; script-src 'self'")
        assert "unsafe" not in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"
    assert client.get(DATA, host="evil.example").status_code == 400


def test_answers_are_compressed_and_files_are_not(client: Client) -> None:
    answer = client.get(f"{ROWS}?limit=500", accept_encoding="gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["vary"]
    file = client.get("/files/notifiable-diseases/2024.2/data/by-month.csv", accept_encoding="gzip")
    assert "content-encoding" not in file.headers
    assert gzip.compress(b"") != file.content


def test_a_long_answer_is_streamed_and_the_same(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = table(client.get(f"{ROWS}?limit=400&order=-cases"))
    expected = [(row["province"], row["month"], row["sex"], row["cases"]) for row in whole]
    assert len(expected) == 273
    monkeypatch.setattr(answer, "CHUNK_ROWS", 100)
    monkeypatch.setattr(table_answers, "WHOLE_ROWS", 100)
    monkeypatch.setattr(tables, "FEW_ROWS", 100)
    for form in ("csv", "json"):
        # Another length is another question: nothing is answered from what was kept.
        streamed = client.get(f"{ROWS}?limit=399&order=-cases&format={form}")
        assert "content-length" not in streamed.headers
        assert streamed.headers["ytemo-returned"] == "273"
        assert [(row["province"], row["month"], row["sex"], row["cases"]) for row in table(streamed)] == expected


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_where_only_headers_are_asked_for_the_rest_of_a_long_answer_is_not_read(
    client: Client, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr(answer, "CHUNK_ROWS", 100)
    monkeypatch.setattr(table_answers, "WHOLE_ROWS", 100)
    monkeypatch.setattr(tables, "FEW_ROWS", 100)
    read, chunks = answer._read_chunk, list[int]()

    def counted(open_table: OpenTable, plan: Plan, rows: int, session: Session) -> pa.Table:
        chunks.append(rows)
        return read(open_table, plan, rows, session)

    monkeypatch.setattr(answer, "_read_chunk", counted)
    url = f"{ROWS}?limit=398&format=csv"
    head = client.request("HEAD", url, accept_encoding=encoding)
    assert (head.status_code, chunks) == (200, [])
    got = client.get(url, accept_encoding=encoding)
    assert len(chunks) == 2
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}


def test_short_answers_are_kept_within_a_bound(demo: DemoStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_answers, "_KEPT_BYTES", 3_000)
    app = create_app(PortalOptions(demo.root, demo.public_key), demo.releases)
    with client_of(app) as client:
        for _ in range(2):
            answers = [client.get(f"{DATA}?limit={number}").json()["total"] for number in range(1, 8)]
            assert answers == [1] * 7
    kept = app.state.services.tables._kept
    assert 0 < kept._bytes <= 3_000
    assert kept._bytes == sum(len(each.body) for each in kept._kept.values())


def test_the_application_is_made_from_the_environment(demo: DemoStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YTEMO_DATA_DIR", str(demo.root))
    monkeypatch.setenv("YTEMO_TRUSTED_HOSTS", "localhost, data.example.org")
    with client_of(app_from_environment()) as client:
        assert client.get("/api/v1/limits", host="data.example.org").status_code == 200
        assert client.get("/api/v1/limits", host="elsewhere.example.org").status_code == 400


@pytest.mark.parametrize("path", ["/api/v1/datasets", "/api/v1/limits", "/api/v1/search?q=x", "/files/public-key.pem"])
def test_head_answers_like_get_without_a_body(client: Client, path: str) -> None:
    got, head = client.get(path), client.request("HEAD", path)
    assert (head.status_code, head.headers["content-type"]) == (200, got.headers["content-type"])
    assert (got.content != b"", head.content) == (True, b"")
