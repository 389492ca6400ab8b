"""Data by SDMX-REST 2 over the demo store: what is asked for is answered, in every format."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from datasets.cell_status import STATUS_MEANINGS, CellStatus
from portal.public.sdmx import answers as sdmx_answers
from portal.public.sdmx import observations, structure_query
from portal.query import answer as query_answer
from tests.support.http import Client
from tests.support.portal import BASE_URL
from tests.support.sdmx_messages import json_faults, xml_faults
from tests.support.sdmx_portal import AGENCY, CSV, DATA, FLOW, SDMX, XML, error_of, rows


@pytest.mark.parametrize(
    "query",
    [
        "",
        "/2023.0.1",
        "/%2B/M.cases.01+79.F,M.mean_stay.22.M",
        "/%2B?dimensionAtObservation=AllDimensions",
        "/%2B?dimensionAtObservation=SEX",
        "/%2B?attributes=none",
        "/%2B?attributes=OBS_STATUS&measures=none",
        "/%2B?attributes=none&measures=none",
        "/%2B?firstNObservations=1&lastNObservations=2",
        "/%2B?asOf=2025-01-20T00:00:00Z",
        "/%2B?offset=5&limit=7",
    ],
)
def test_data_is_valid(client: Client, query: str) -> None:
    for version in ("2.0.0", "2.1.0"):
        answer = client.get(DATA + query, accept=f"application/vnd.sdmx.data+json;version={version}")
        assert json_faults(answer.json(), "data", version) == []
    assert xml_faults(client.get(DATA + query, accept=XML).content) == []


def flat(message: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the observations of a message in SDMX-JSON: the key in the order of positions, the value, attributes."""
    (structure,), (held,) = message["data"]["structures"], message["data"]["dataSets"]
    series, observed = (structure["dimensions"][level] for level in ("series", "observation"))
    found = []
    for series_key, inner in held.get("series", {"": held}).items():
        for key, values in inner["observations"].items():
            places = [*filter(None, series_key.split(":")), *key.split(":")]
            dimensions = list(zip([*series, *observed], map(int, places), strict=True))
            codes = {d["keyPosition"]: d["values"][at].get("id", d["values"][at].get("value")) for d, at in dimensions}
            attributes = structure["attributes"]["observation"]
            told = [each["values"][at]["id"] for each, at in zip(attributes, values[1:], strict=True)]
            number = "" if values[0] is None else str(values[0])
            found.append((*(codes[position] for position in sorted(codes)), number, *told))
    return found


@pytest.mark.parametrize("along", ["TIME_PERIOD", "SEX", "PROVINCE", "AllDimensions"])
@pytest.mark.parametrize("flow", [FLOW, "notifiable-diseases_by-province", "hospital-visits_visits"])
def test_json_says_what_csv_says(client: Client, flow: str, along: str) -> None:
    path = f"{SDMX}/data/dataflow/{AGENCY}/{flow}"
    columns = list(rows(client, path)[0])[3:]
    if along not in {*columns, "AllDimensions"}:
        assert "Known here" in error_of(client, f"{path}?dimensionAtObservation={along}", 400)
        return
    message = client.json(f"{path}?dimensionAtObservation={along}")
    made_up = "SYNTHETIC" in columns
    written = [tuple(row[name] for name in columns if name != "SYNTHETIC") for row in rows(client, path)]
    assert sorted(flat(message)) == sorted(written)
    fixed = message["data"]["structures"][0]["attributes"]["dataSet"]
    assert [each["id"] for each in fixed] == (["SYNTHETIC"] if made_up else [])
    assert {row.get("SYNTHETIC") for row in rows(client, path)} == ({"true"} if made_up else {None})


def test_numbers_are_those_of_our_own_api(client: Client) -> None:
    native = {
        (row["province"], row["month"], row["sex"]): row
        for row in client.json("/api/v1/datasets/notifiable-diseases/tables/by-month/rows?limit=100000")["data"]
    }
    found = rows(client, DATA)
    assert len(found) == 2 * len(native)
    for row in found:
        month = "_T" if row["FREQ"] == "_Z" else row["TIME_PERIOD"]
        cell = native[row["PROVINCE"], month, row["SEX"]]
        value = cell[row["INDICATOR"]]
        assert row["OBS_VALUE"] == ("" if value is None else str(value))
        assert row["CELL_STATUS"] == cell[f"{row['INDICATOR']}_status"]
        meaning = STATUS_MEANINGS[CellStatus(row["CELL_STATUS"])]
        assert (row["OBS_STATUS"], row["CONF_STATUS"]) == (meaning.sdmx_obs_status, meaning.sdmx_conf_status)
        assert meaning.has_value is (value is not None)
    assert {row["OBS_STATUS"] for row in found} >= {"A", "Q"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("/*/M.cases.01.F?c[TIME_PERIOD]=ge:2024-03+le:2024-04", {"2024-03", "2024-04"}),
        ("/*/M.cases.01.F?c[TIME_PERIOD]=gt:2024-10", {"2024-11", "2024-12"}),
        ("/*/M.cases.01.F?c[TIME_PERIOD]=lt:2024-Q1", set()),
        ("/*/M.cases.01.F?c[TIME_PERIOD]=le:2024-Q1", {"2024-01", "2024-02", "2024-03"}),
        ("/*/M.cases.01.F?c[TIME_PERIOD]=2024-05,2024-07", {"2024-05", "2024-07"}),
        ("/*/M.cases.01.F?c[TIME_PERIOD]=ge:2024-03%2Ble:2024-03,2024-12", {"2024-03", "2024-12"}),
        ("/*/*.cases.01.F?c[TIME_PERIOD]=2024-01-01/P1Y", {"2024-01-01/P1Y"}),
        ("/*/_Z.cases.01.F", {"2024-01-01/P1Y"}),
        ("/*/M.cases.01.F?c[TIME_PERIOD]=ew:-06", {"2024-06"}),
        ("/*/M.cases.01.F?firstNObservations=2", {"2024-01", "2024-02"}),
        ("/*/M.cases.01.F?lastNObservations=1", {"2024-12"}),
        ("/*/M.cases.01.F?firstNObservations=1&lastNObservations=1", {"2024-01", "2024-12"}),
        ("/*/M.cases.01.F?firstNObservations=3&offset=1&limit=1", {"2024-02"}),
        ("/*/M.cases.01+79?lastNObservations=1&dimensionAtObservation=AllDimensions", {"2024-12"}),
    ],
)
def test_times_are_chosen(client: Client, query: str, expected: set[str]) -> None:
    if not expected:
        assert client.get(DATA + query).status_code == 204
        return
    assert {row["TIME_PERIOD"] for row in rows(client, DATA + query)} == expected


@pytest.mark.parametrize(
    ("key", "condition", "expected"),
    [
        ("M.cases.01+79.F", "", {("cases", "01", "F"), ("cases", "79", "F")}),
        ("M.cases..F", "c[PROVINCE]=01,79", {("cases", "01", "F"), ("cases", "79", "F")}),
        ("M.cases.*.F", "c[PROVINCE]=sw:7", {("cases", "79", "F")}),
        ("M.cases.01", "c[SEX]=ne:_T", {("cases", "01", "F"), ("cases", "01", "M")}),
        ("M.cases.01", "c[SEX]=ne:_T%2Bne:F", {("cases", "01", "M")}),
        ("M.cases.01.F,M.mean_stay.79.M", "", {("cases", "01", "F"), ("mean_stay", "79", "M")}),
        ("M.cases.01.F,M.cases.79.M", "c[SEX]=F", {("cases", "01", "F")}),
        ("M.*.01.F", "c[INDICATOR]=co:mean", {("mean_stay", "01", "F")}),
    ],
)
def test_codes_are_chosen(client: Client, key: str, condition: str, expected: set[tuple[str, ...]]) -> None:
    found = rows(client, f"{DATA}/*/{key}?{condition}")
    assert {(row["INDICATOR"], row["PROVINCE"], row["SEX"]) for row in found} == expected


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("c[OBS_VALUE]=ge:100.5", lambda row: row["OBS_VALUE"] and float(row["OBS_VALUE"]) >= 100.5),
        ("c[OBS_VALUE]=gt:99.5%2Blt:300.5", lambda row: row["OBS_VALUE"] and 99.5 < float(row["OBS_VALUE"]) < 300.5),
        ("c[OBS_VALUE]=ne:12.5", lambda row: row["OBS_VALUE"] != "" and float(row["OBS_VALUE"]) != 12.5),
        ("c[OBS_STATUS]=Q", lambda row: row["OBS_STATUS"] == "Q"),
        ("c[CONF_STATUS]=ne:F", lambda row: row["CONF_STATUS"] == "C"),
        ("c[CELL_STATUS]=suppressed,zero", lambda row: row["CELL_STATUS"] in {"suppressed", "zero"}),
        ("c[OBS_STATUS]=A&c[OBS_VALUE]=le:20", lambda row: row["OBS_VALUE"] and float(row["OBS_VALUE"]) <= 20),
    ],
)
def test_what_is_observed_is_chosen(client: Client, condition: str, holds: Any) -> None:
    everything, found = rows(client, DATA), rows(client, f"{DATA}?{condition}")
    assert found == [row for row in everything if holds(row)]
    assert 0 < len(found) < len(everything)


def test_made_up_data_can_be_left_out(client: Client) -> None:
    path = f"{SDMX}/data/dataflow/*/hospital-visits_visits"
    assert rows(client, f"{path}?c[SYNTHETIC]=true") == rows(client, path)
    assert client.get(f"{path}?c[SYNTHETIC]=ne:true").status_code == 204
    assert "SYNTHETIC" not in rows(client, f"{path}?attributes=OBS_STATUS")[0]


def test_references_of_very_many_are_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure_query, "MAX_REFERRING", 2)
    assert "at most 2" in error_of(client, f"{SDMX}/structure/*?references=all", 400)
    assert client.get(f"{SDMX}/structure/*").status_code == 200


def test_pages_together_are_everything(client: Client) -> None:
    everything = rows(client, DATA)
    for size in (1000, 97):
        page, found = f"{DATA}/2024.0.2?limit={size}", []
        while page:
            answer = client.get(page, accept=CSV)
            found += list(csv.DictReader(io.StringIO(answer.text)))
            assert int(answer.headers["ytemo-total"]) == len(everything)
            link = answer.headers.get("link", "")
            assert (answer.headers["ytemo-truncated"] == "true") is bool(link)
            page = link.partition(">")[0].removeprefix(f"<{BASE_URL}")
        assert found == everything


def test_labels_and_keys_of_csv(client: Client) -> None:
    path = f"{DATA}/%2B/M.cases.01.F?limit=1"
    (both,) = rows(client, path, f"{CSV};labels=both;keys=both")
    assert both["PROVINCE: Province"] == "01: Ha Noi"
    assert both["INDICATOR: Indicator"].startswith("cases: ")
    assert (both["SERIES_KEY"], both["OBS_KEY"]) == ("M.cases.01.F", "M.cases.01.F.2024-01")
    assert both["STRUCTURE_ID"].startswith(f"{AGENCY}:{FLOW}(2024.0.2): Notifiable diseases")
    (named,) = rows(client, path, f"{CSV};labels=name")
    assert (named["PROVINCE"], named["Province"]) == ("01", "Ha Noi")
    assert named["STRUCTURE_NAME"].startswith("Notifiable diseases")
    answer = client.get(path, accept=f"{CSV};labels=name", accept_language="vi")
    assert "Hà Nội" in answer.text
    assert answer.headers["content-language"] == "vi"


def test_what_was_known_at_a_moment(client: Client) -> None:
    path = f"{DATA}/*/_Z.cases._T._T"
    now, before = rows(client, path), rows(client, f"{path}?asOf=2025-01-20T00:00:00%2B07:00")
    assert "2024.0.2" in now[0]["STRUCTURE_ID"]
    assert "2024.0.1" in before[0]["STRUCTURE_ID"]
    assert now[0]["OBS_VALUE"] != before[0]["OBS_VALUE"]
    assert client.get(f"{path}?asOf=2025-01-20T00:00:00 07:00").status_code == 200, "a plus sign that became a space"
    assert client.get(f"{DATA}/2024.0.2?asOf=2025-01-20").status_code == 404
    assert client.get(f"{path}?updatedAfter=2025-01-20").status_code == 200
    assert client.get(f"{path}?updatedAfter=2025-02-02").status_code == 204
    assert "later than asOf" in error_of(client, f"{path}?updatedAfter=2025-02-02&asOf=2025-02-01", 400)


def test_what_was_withdrawn_says_why(client: Client) -> None:
    path = f"{SDMX}/data/dataflow/*/hospital-visits_visits"
    assert "Wrong denominator" in error_of(client, f"{path}/2024.0.1", 410)
    assert "Wrong denominator" in error_of(client, f"{path}/*?asOf=2025-03-02T12:00:00Z", 410)
    assert "2024.0.2" in rows(client, path)[0]["STRUCTURE_ID"]


def test_a_data_structure_may_be_named_instead(client: Client) -> None:
    path = f"{SDMX}/data/datastructure/{AGENCY}/DSD_{FLOW}"
    assert rows(client, path) == rows(client, DATA)


@pytest.mark.parametrize("accept", [CSV, XML, "application/json"])
@pytest.mark.parametrize(
    "query", ["", "?dimensionAtObservation=SEX", "?dimensionAtObservation=AllDimensions", "?limit=500"]
)
def test_an_answer_in_many_pieces_is_the_same(
    client: Client, monkeypatch: pytest.MonkeyPatch, accept: str, query: str
) -> None:
    def body() -> str:
        answer = client.get(DATA + query, accept=accept)
        assert answer.status_code == 200
        return re.sub(r"(?<=repared)[^Z]*Z", "", answer.text)

    whole = body()
    monkeypatch.setattr(query_answer, "CHUNK_ROWS", 7)
    monkeypatch.setattr(sdmx_answers, "CHUNK_ROWS", 7)
    if accept == CSV:
        assert body() == whole
    else:
        # Rows of a table come in lines of their own pieces, which mean nothing.
        assert body().replace("\n", "") == whole.replace("\n", "")


def test_more_than_a_message_holds_is_refused_but_not_in_csv(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = rows(client, DATA)
    monkeypatch.setattr(observations, "MAX_OBSERVATIONS", 100)
    assert "more than 100 observations" in error_of(client, DATA, 413)
    assert "more than 100 observations" in error_of(client, f"{DATA}?lastNObservations=1", 413)
    assert client.get(f"{DATA}?limit=100").status_code == 200
    assert rows(client, DATA) == everything
