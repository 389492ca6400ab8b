"""Answers over HTTP in every format: the same rows, where they come from, and validators of what was sent."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from jsonstat_validator import validate_jsonstat
from python_calamine import CalamineWorkbook

from portal.public import table_answers
from portal.query import answer
from tests.support.http import Client
from tests.support.portal import DATA, ROWS

REGISTER = "/api/v1/datasets/licensed-facilities/tables/register/data"


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return list(orjson.loads(frame.to_json(orient="records")))


READERS: dict[str, Callable[[bytes], list[dict[str, Any]]]] = {
    "csv": lambda raw: records(pd.read_csv(io.BytesIO(raw), dtype={"province": str, "month": str, "sex": str})),
    "jsonl": lambda raw: records(pd.read_json(io.BytesIO(raw), lines=True, dtype=False)),
    "parquet": lambda raw: pq.read_table(pa.BufferReader(raw)).to_pylist(),
    "arrow": lambda raw: pa.ipc.open_stream(raw).read_all().to_pylist(),
}


@pytest.mark.parametrize("key", READERS)
def test_every_format_holds_the_same_rows(client: Client, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = client.json(f"{ROWS}?limit=10000&select=cases")["data"]
    assert sum(row["cases_status"] == "suppressed" for row in expected) > 0
    for limit, streamed in (("9999", False), ("all", True)):
        if streamed:
            monkeypatch.setattr(answer, "CHUNK_ROWS", 100)
            monkeypatch.setattr(table_answers, "WHOLE_ROWS", 100)
        response = client.get(f"{ROWS}?limit={limit}&select=cases&format={key}")
        assert response.status_code == 200, response.text
        assert ("content-length" in response.headers) is not streamed
        assert READERS[key](response.content) == expected
        assert response.headers["ytemo-total"] == response.headers["ytemo-returned"] == str(len(expected))
        assert response.headers["content-disposition"].startswith("attachment; filename=")


def test_a_workbook_says_where_its_rows_come_from(client: Client) -> None:
    response = client.get(f"{DATA}?group=province&select=cases&limit=3&lang=vi&format=xlsx&header=both")
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    data, _, notes = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    document = client.json(f"{DATA}?group=province&select=cases&limit=3&lang=vi")
    assert len(data) == 4
    title = document["fields"][0]["title"]
    assert data[0][:2] == [f"{title['vi']} (mã) / {title['en']} (code)", f"{title['vi']} / {title['en']}"]
    assert [row[1] for row in data[1:]] == [row["province_label"] for row in document["data"]]
    text = "\n".join("|".join(map(str, row)) for row in notes)
    assert "NOT COMPLETE" in text
    assert "release=2024.2" in text
    assert "Withheld to protect people" in text


def test_arrow_and_parquet_carry_their_release(client: Client) -> None:
    for key, read in (("arrow", lambda raw: pa.ipc.open_stream(raw).schema), ("parquet", pq.read_schema)):
        raw = client.get(f"{DATA}?group=sex&format={key}").content
        about = orjson.loads(read(pa.BufferReader(raw)).metadata[b"ytemo"])
        assert (about["dataset"], about["release"]) == ("notifiable-diseases", "2024.2")
        assert about["truncated"] is False


def test_json_stat_holds_the_cross_product_and_says_what_was_added_up(client: Client) -> None:
    raw = client.get(f"{DATA}?group=sex&province__in=01,79&select=cases&format=json-stat&lang=en")
    document = validate_jsonstat(raw.json()) and raw.json()
    assert raw.headers["content-type"] == "application/json"
    assert raw.headers["content-disposition"].endswith('.json"')
    assert document["id"] == ["sex", "ContentsCode"]
    assert document["extension"]["selection"]["province"] == {"use": "summed", "count": 2, "members": ["01", "79"]}
    rows = client.json(f"{DATA}?group=sex&province__in=01,79&select=cases")["data"]
    assert document["value"] == [row["cases"] for row in rows]
    assert document["dimension"]["sex"]["label"] == "Sex"


def test_json_stat_is_whole_or_refused(client: Client) -> None:
    whole = client.json(f"{ROWS}?format=json-stat")
    rows = client.json(f"{ROWS}?limit=100000")["data"]
    assert sum(value is not None for value in whole["value"]) == sum(
        row[name] is not None for row in rows for name in whole["dimension"]["ContentsCode"]["category"]["index"]
    )
    assert "suppressed" in whole["status"].values()
    for asked in (f"{DATA}?group=province&limit=2", f"{DATA}?group=province&cases__gte=10", REGISTER + "?limit=9"):
        refused = client.get(f"{asked}&format=json-stat")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["place"] == "format"


def test_the_accept_header_chooses_and_may_choose_nothing(client: Client) -> None:
    assert client.get(DATA, accept="application/x-ndjson").headers["content-type"] == "application/x-ndjson"
    refused = client.get(DATA, accept="image/png")
    assert refused.status_code == 406
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["errors"][0]["place"] == "Accept"


# Validators -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "identity"])
def test_a_strong_tag_names_the_bytes_that_were_sent(client: Client, encoding: str) -> None:
    url = f"{ROWS}?limit=500&release=2024.2"
    plain = client.get(url, accept_encoding="identity").headers["etag"]
    first = client.get(url, accept_encoding=encoding)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    assert tag == (plain if encoding == "identity" else f'{plain[:-1]}-{encoding}"')
    assert first.headers.get("content-encoding", "identity") == encoding
    assert "immutable" in first.headers["cache-control"]
    again = client.get(url, accept_encoding=encoding, if_none_match=tag)
    assert (again.status_code, again.headers["etag"], again.content) == (304, tag, b"")
    assert client.get(url, if_none_match='"other-gzip"').status_code == 200


@pytest.mark.parametrize("known", ["", '"nothing"', "*"])
def test_caches_learn_what_an_answer_depends_on_whether_it_changed_or_not(client: Client, known: str) -> None:
    answer = client.get(f"{ROWS}?limit=500", accept_encoding="gzip", if_none_match=known)
    assert answer.status_code == (304 if known == "*" else 200)
    assert {each.strip() for each in answer.headers["vary"].split(",")} == {"Accept", "Accept-Encoding", "Origin"}


@pytest.mark.parametrize(
    "url",
    [
        f"{ROWS}?limit=500&format=csv",
        f"{ROWS}?limit=500&format=jsonl",
        "/sdmx/v2/structure/codelist/*/*/*",
        "/sdmx/v2/structure/codelist/*/*/*?format=structure",
        "/sdmx/v1/codelist/all/all/latest",
    ],
)
def test_texts_are_compressed(client: Client, url: str) -> None:
    plain, packed = (client.get(url, accept_encoding=encoding) for encoding in ("identity", "zstd"))
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "zstd"
    assert len(packed.content) == len(plain.content)


def test_what_one_caller_writes_is_never_answered_to_another(client: Client) -> None:
    # A value with the rest of another's question in it, asked before that one is.
    mine = client.get(f"{REGISTER}?name__contains=a%0Alimit=2")
    theirs = client.get(f"{REGISTER}?name__contains=a&limit=2")
    assert (mine.json()["total"], theirs.json()["returned"]) == (0, 2)
    assert mine.headers["etag"] != theirs.headers["etag"]


# Conditions, figures, dates -------------------------------------------------------------------------------------------


def test_conditions_nest(client: Client) -> None:
    where = quote("(province = '01' and cases >= 10) or (sex = 'F' and not cases_status = 'observed')")
    rows = client.json(f"{ROWS}?select=cases&limit=10000&where={where}")["data"]
    everything = client.json(f"{ROWS}?select=cases&limit=10000")["data"]
    assert rows == [
        row
        for row in everything
        if (row["province"] == "01" and row["cases"] is not None and row["cases"] >= 10)
        or (row["sex"] == "F" and row["cases_status"] != "observed")
    ]
    assert 0 < len(rows) < len(everything)
    refused = client.get(f"{DATA}?where={quote('sex = 1')}")
    assert refused.json()["errors"][0]["rule"] == "'sex' is not a column of this answer"
    assert client.get(f"{DATA}?group=sex&where={quote('sex = (select 1)')}").status_code == 400


def test_a_register_is_counted_in_groups(client: Client) -> None:
    everything = client.json(REGISTER)["data"]
    counted = client.json(f"{REGISTER}?aggregate=count,sum(beds),max(issued)")["data"]
    beds = [row["beds"] for row in everything if row["beds"] is not None]
    assert counted == [
        {
            "count": len(everything),
            "beds_sum": sum(beds),
            "issued_max": max(r["issued"] for r in everything if r["issued"]),
        }
    ]
    field = next(name for name in everything[0] if name not in {"beds", "issued", "name"})
    groups = client.json(f"{REGISTER}?group={field}&order=-count")["data"]
    assert sum(row["count"] for row in groups) == len(everything)
    assert client.get(f"{DATA}?aggregate=count").json()["errors"][0]["place"] == "aggregate"


def test_rows_can_be_passed_over(client: Client) -> None:
    everything = client.json(f"{DATA}?group=province,month")["data"]
    page = client.json(f"{DATA}?group=province,month&offset=5&limit=4")
    assert page["data"] == everything[5:9]
    assert page["total"] == len(everything)
    following = client.json(page["next"].removeprefix("https://data.example.org"))
    assert "offset" not in page["next"]
    assert following["data"] == everything[9:13]
    refused = client.get(f"{page['next'].removeprefix('https://data.example.org')}&offset=3")
    assert refused.json()["errors"][0]["place"] == "offset"


def test_a_day_names_the_release_that_was_newest(client: Client) -> None:
    releases = client.json("/api/v1/datasets/notifiable-diseases/releases")["releases"]
    for release in releases:
        if not release["withdrawn"]:
            found = client.json(f"{DATA}?as_of={quote(release['available_from'])}")
            assert found["release"] == release["release"]
    assert client.get(f"{DATA}?as_of=1999-12-31").status_code == 404
    assert client.get(f"{DATA}?as_of=yesterday").json()["errors"][0]["place"] == "as_of"
    assert client.get(f"{DATA}?as_of=2030-01-01&release=2024").json()["errors"][0]["place"] == "as_of"


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("format=xml", "format"),
        ("header=fr", "header"),
        ("bom=1", "bom"),
        ("download=no", "download"),
        ("release=", "release"),
        ("release=latest&release=latest", "release"),
        ("format=json&bom=true", "bom"),
        ("format=xlsx&bom=true", "bom"),
        ("format=parquet&header=vi", "header"),
        ("header=both", "header"),
        ("limit=all", "limit"),
    ],
)
def test_how_an_answer_is_handed_out_is_checked(client: Client, question: str, place: str) -> None:
    response = client.get(f"{DATA}?{question}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["place"] == place


# Columns --------------------------------------------------------------------------------------------------------------


def test_statistics_say_what_the_columns_hold(client: Client) -> None:
    url = ROWS.replace("/rows", "/statistics")
    whole = client.json(f"{url}?lang=vi")
    rows = client.json(f"{ROWS}?limit=100000")["data"]
    assert whole["rows"] == len(rows)
    columns = {each["name"]: each for each in whole["columns"]}
    status = {each["value"]: each["rows"] for each in columns["cases_status"]["values"]}
    assert status["suppressed"] == columns["cases"]["empty"] == sum(row["cases"] is None for row in rows)
    assert columns["cases"]["largest"] == max(row["cases"] for row in rows if row["cases"] is not None)
    labels = {each["value"]: each["label"] for each in columns["province"]["values"]}
    assert labels["01"] == "Hà Nội"
    part = client.json(f"{url}?province=01&select=cases&where={quote('cases is not null')}")
    assert [each["name"] for each in part["columns"]] == ["province", "month", "sex", "cases", "cases_status"]
    assert part["rows"] == sum(row["province"] == "01" and row["cases"] is not None for row in rows)
    tag = client.get(url).headers["etag"]
    assert client.get(url, if_none_match=tag).status_code == 304
    assert client.get(url).json() == client.get(url).json()
    assert client.get(f"{url}?limit=5").json()["errors"][0]["place"] == "limit"
    register = client.json(REGISTER.removesuffix("data") + "statistics")
    assert {each["name"] for each in register["columns"]} >= {"name", "beds"}
