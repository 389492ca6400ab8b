"""SDMX-REST 2 over the demo store: what is asked for is answered, in every format, and nothing under embargo."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from datasets.cell_status import STATUS_MEANINGS, CellStatus
from datasets.errors import QueryTimeout
from portal.public.app import PortalOptions, create_app
from portal.public.dependencies import CallerLeft
from portal.public.routers import sdmx as sdmx_router
from portal.public.sdmx import answers as sdmx_answers
from portal.public.sdmx import observations, structure_query
from portal.public.sdmx.data_query import PARAMETERS
from portal.query import answer as query_answer
from tests.support.http import Client, client_of
from tests.support.releases import make_demo_store
from tests.support.sdmx_messages import json_faults, xml_faults

SDMX = "/sdmx/v2"
AGENCY = "ministry-of-health"
FLOW = "notifiable-diseases_by-month"
DATA = f"{SDMX}/data/dataflow/{AGENCY}/{FLOW}"
CSV = "application/vnd.sdmx.data+csv;version=2.0.0"
XML = "application/xml"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    demo = make_demo_store(tmp_path_factory.mktemp("store") / "data")
    with client_of(create_app(PortalOptions(demo.root, demo.public_key), demo.releases)) as client:
        yield client


def rows(portal: Client, path: str, accept: str = CSV) -> list[dict[str, str]]:
    answer = portal.get(path, accept=accept)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def error_of(portal: Client, path: str, status: int, **headers: str) -> str:
    answer = portal.get(path, **headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["cache-control"] == "no-store"
    document = answer.json()
    assert json_faults(document, "data", "2.1.0") == []
    assert {each["code"] for each in document["errors"]} == {status}
    return " ".join(each["detail"] for each in document["errors"])


def artefacts(portal: Client, path: str) -> set[tuple[str, str, str]]:
    data = portal.json(f"{SDMX}/structure/{path}")["data"]
    return {(kind, each["id"], each.get("version", "")) for kind, held in data.items() for each in held}


# Structures -----------------------------------------------------------------------------------------------------------


def test_every_release_that_is_out_is_a_version_of_its_dataflows(portal: Client) -> None:
    assert artefacts(portal, "dataflow/*/*/*") == {
        ("dataflows", "notifiable-diseases_by-month", "2024.0.2"),
        ("dataflows", "notifiable-diseases_by-month", "2024.0.1"),
        ("dataflows", "notifiable-diseases_by-month", "2023.0.1"),
        ("dataflows", "notifiable-diseases_by-province", "2024.0.2"),
        ("dataflows", "notifiable-diseases_by-province", "2024.0.1"),
        ("dataflows", "notifiable-diseases_by-province", "2023.0.1"),
        ("dataflows", "hospital-visits_visits", "2024.0.2"),
        ("dataflows", "hospital-visits_visits", "2023.0.1"),
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"dataflow/{AGENCY}/{FLOW}", {"2024.0.2"}),
        (f"dataflow/{AGENCY}/{FLOW}/~", {"2024.0.2"}),
        (f"dataflow/{AGENCY}/{FLOW}/%2B", {"2024.0.2"}),
        (f"dataflow/{AGENCY}/{FLOW}/2023.0.1,2024.0.1", {"2023.0.1", "2024.0.1"}),
        (f"dataflow/all/{FLOW}/latest", {"2024.0.2"}),
        (f"dataflow/*/{FLOW},hospital-visits_visits/2023.*.0", {"2023.0.1"}),
        (f"dataflow/{AGENCY}/{FLOW}?asOf=2025-01-20", {"2024.0.1"}),
    ],
)
def test_versions_are_chosen(portal: Client, path: str, expected: set[str]) -> None:
    assert {version for _, _, version in artefacts(portal, path)} == expected


LISTS = {f"CL_notifiable-diseases_{name}" for name in ("INDICATOR", "FREQ", "OBS_STATUS", "CONF_STATUS", "CELL_STATUS")}
MEMBERS = {f"CL_notifiable-diseases_{name}" for name in ("provinces-demo", "sex-demo")}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("none", set()),
        ("children", {f"DSD_{FLOW}"}),
        ("descendants", {f"DSD_{FLOW}", "CS_notifiable-diseases", *LISTS, *MEMBERS}),
        ("parents", {f"CR_{FLOW}"}),
        ("parentsandsiblings", {f"CR_{FLOW}"}),
        ("ancestors", {f"CR_{FLOW}"}),
        ("all", {f"DSD_{FLOW}", f"CR_{FLOW}", "CS_notifiable-diseases", *LISTS, *MEMBERS}),
        ("codelist", {*LISTS, *MEMBERS}),
        ("datastructure,conceptscheme", {f"DSD_{FLOW}", "CS_notifiable-diseases"}),
        ("categorisation", set()),
    ],
)
def test_references_bring_what_belongs_to_it(portal: Client, query: str, expected: set[str]) -> None:
    found = artefacts(portal, f"dataflow/{AGENCY}/{FLOW}/2024.0.1?references={query}")
    assert {version for _, _, version in found} == {"2024.0.1"}
    assert {identifier for _, identifier, _ in found} == {FLOW, *expected}


def test_a_code_list_leads_to_what_uses_it(portal: Client) -> None:
    found = artefacts(portal, f"codelist/{AGENCY}/CL_notifiable-diseases_sex-demo?references=ancestors")
    assert {identifier for _, identifier, _ in found} >= {f"DSD_{FLOW}", FLOW, f"CR_{FLOW}"}
    assert "DSD_notifiable-diseases_by-province" not in {identifier for _, identifier, _ in found}


def test_a_code_list_has_its_hierarchy_and_both_languages(portal: Client) -> None:
    data = portal.json(f"{SDMX}/structure/codelist/{AGENCY}/CL_notifiable-diseases_provinces-demo?lang=vi")["data"]
    codes = {code["id"]: code for code in data["codelists"][0]["codes"]}
    assert codes["01"]["parent"] == "N"
    assert "parent" not in codes["_T"]
    assert codes["01"]["name"] == codes["01"]["names"]["vi"] == "Hà Nội"
    assert codes["01"]["names"]["en"] != codes["01"]["name"]


def test_one_item_of_a_list_makes_it_partial(portal: Client) -> None:
    path = f"{SDMX}/structure/codelist/{AGENCY}/CL_notifiable-diseases_sex-demo/~/F"
    (codelist,) = portal.json(path)["data"]["codelists"]
    assert [code["id"] for code in codelist["codes"]] == ["F"]
    assert codelist["isPartial"] is True
    assert "has no item 'X'" in error_of(portal, f"{path[:-1]}X", 404)
    assert "schemes of items" in error_of(portal, f"{SDMX}/structure/dataflow/{AGENCY}/{FLOW}/~/F", 400)


@pytest.mark.parametrize(
    ("detail", "asked", "referenced"),
    [
        ("full", True, True),
        ("allstubs", False, False),
        ("allcompletestubs", False, False),
        ("referencestubs", True, False),
        ("referencecompletestubs", True, False),
        ("raw", True, True),
    ],
)
def test_detail_leaves_out_what_artefacts_are_made_of(
    portal: Client, detail: str, asked: bool, referenced: bool
) -> None:
    path = f"{SDMX}/structure/datastructure/{AGENCY}/DSD_{FLOW}?references=codelist&detail={detail}"
    data = portal.json(path)["data"]
    assert ("dataStructureComponents" in data["dataStructures"][0]) is asked
    assert ("codes" in data["codelists"][0]) is referenced
    complete = portal.json(f"{SDMX}/structure/dataflow?detail={detail}")["data"]["dataflows"][0]
    assert ("descriptions" in complete) is (detail != "allstubs")


def test_what_is_under_embargo_leaves_no_trace(portal: Client) -> None:
    for path in ("*/*/*/*", f"dataflow/{AGENCY}/{FLOW}/*?references=all"):
        for accept in ("application/json", XML):
            assert "2025.0.1" not in portal.get(f"{SDMX}/structure/{path}", accept=accept).text
    missing = error_of(portal, f"{DATA}/2026.0.1", 404)
    assert error_of(portal, f"{DATA}/2025.0.1", 404) == missing


@pytest.mark.parametrize(
    "path",
    [
        "structure/*/*/*/*",
        "structure/*?references=all",
        f"structure/dataflow/{AGENCY}/{FLOW}?references=all",
        "structure/*?detail=allstubs",
        "structure/agencyscheme/SDMX/AGENCIES/1.0",
        f"availability/dataflow/{AGENCY}/{FLOW}",
        f"availability/dataflow/{AGENCY}/{FLOW}/%2B/M.cases/*?references=all",
    ],
)
def test_structures_are_valid(portal: Client, path: str) -> None:
    for version in ("2.0.0", "2.1.0"):
        answer = portal.get(f"{SDMX}/{path}", accept=f"application/vnd.sdmx.structure+json;version={version}")
        assert answer.headers["content-type"] == f"application/vnd.sdmx.structure+json; version={version}"
        assert json_faults(answer.json(), "structure", version) == []
    answer = portal.get(f"{SDMX}/{path}", accept="application/vnd.sdmx.structure+xml;version=3.0.0")
    assert xml_faults(answer.content) == []


# Data -----------------------------------------------------------------------------------------------------------------


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
def test_data_is_valid(portal: Client, query: str) -> None:
    for version in ("2.0.0", "2.1.0"):
        answer = portal.get(DATA + query, accept=f"application/vnd.sdmx.data+json;version={version}")
        assert json_faults(answer.json(), "data", version) == []
    assert xml_faults(portal.get(DATA + query, accept=XML).content) == []


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
def test_json_says_what_csv_says(portal: Client, flow: str, along: str) -> None:
    path = f"{SDMX}/data/dataflow/{AGENCY}/{flow}"
    columns = list(rows(portal, path)[0])[3:]
    if along not in {*columns, "AllDimensions"}:
        assert "Known here" in error_of(portal, f"{path}?dimensionAtObservation={along}", 400)
        return
    message = portal.json(f"{path}?dimensionAtObservation={along}")
    made_up = "SYNTHETIC" in columns
    written = [tuple(row[name] for name in columns if name != "SYNTHETIC") for row in rows(portal, path)]
    assert sorted(flat(message)) == sorted(written)
    fixed = message["data"]["structures"][0]["attributes"]["dataSet"]
    assert [each["id"] for each in fixed] == (["SYNTHETIC"] if made_up else [])
    assert {row.get("SYNTHETIC") for row in rows(portal, path)} == ({"true"} if made_up else {None})


def test_numbers_are_those_of_our_own_api(portal: Client) -> None:
    native = {
        (row["province"], row["month"], row["sex"]): row
        for row in portal.json("/api/v1/datasets/notifiable-diseases/tables/by-month/rows?limit=100000")["data"]
    }
    found = rows(portal, DATA)
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
def test_times_are_chosen(portal: Client, query: str, expected: set[str]) -> None:
    if not expected:
        assert portal.get(DATA + query).status_code == 204
        return
    assert {row["TIME_PERIOD"] for row in rows(portal, DATA + query)} == expected


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
def test_codes_are_chosen(portal: Client, key: str, condition: str, expected: set[tuple[str, ...]]) -> None:
    found = rows(portal, f"{DATA}/*/{key}?{condition}")
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
def test_what_is_observed_is_chosen(portal: Client, condition: str, holds: Any) -> None:
    everything, found = rows(portal, DATA), rows(portal, f"{DATA}?{condition}")
    assert found == [row for row in everything if holds(row)]
    assert 0 < len(found) < len(everything)


def test_made_up_data_can_be_left_out(portal: Client) -> None:
    path = f"{SDMX}/data/dataflow/*/hospital-visits_visits"
    assert rows(portal, f"{path}?c[SYNTHETIC]=true") == rows(portal, path)
    assert portal.get(f"{path}?c[SYNTHETIC]=ne:true").status_code == 204
    assert "SYNTHETIC" not in rows(portal, f"{path}?attributes=OBS_STATUS")[0]


def test_references_of_very_many_are_refused(portal: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure_query, "MAX_REFERRING", 2)
    assert "at most 2" in error_of(portal, f"{SDMX}/structure/*?references=all", 400)
    assert portal.get(f"{SDMX}/structure/*").status_code == 200


def test_pages_together_are_everything(portal: Client) -> None:
    everything = rows(portal, DATA)
    for size in (1000, 97):
        page, found = f"{DATA}/2024.0.2?limit={size}", []
        while page:
            answer = portal.get(page, accept=CSV)
            found += list(csv.DictReader(io.StringIO(answer.text)))
            assert int(answer.headers["ytemo-total"]) == len(everything)
            link = answer.headers.get("link", "")
            assert (answer.headers["ytemo-truncated"] == "true") is bool(link)
            page = link.partition(">")[0].removeprefix("<")
        assert found == everything


def test_labels_and_keys_of_csv(portal: Client) -> None:
    path = f"{DATA}/%2B/M.cases.01.F?limit=1"
    (both,) = rows(portal, path, f"{CSV};labels=both;keys=both")
    assert both["PROVINCE: Province"] == "01: Ha Noi"
    assert both["INDICATOR: Indicator"].startswith("cases: ")
    assert (both["SERIES_KEY"], both["OBS_KEY"]) == ("M.cases.01.F", "M.cases.01.F.2024-01")
    assert both["STRUCTURE_ID"].startswith(f"{AGENCY}:{FLOW}(2024.0.2): Notifiable diseases")
    (named,) = rows(portal, path, f"{CSV};labels=name")
    assert (named["PROVINCE"], named["Province"]) == ("01", "Ha Noi")
    assert named["STRUCTURE_NAME"].startswith("Notifiable diseases")
    answer = portal.get(path, accept=f"{CSV};labels=name", accept_language="vi")
    assert "Hà Nội" in answer.text
    assert answer.headers["content-language"] == "vi"


def test_what_was_known_at_a_moment(portal: Client) -> None:
    path = f"{DATA}/*/_Z.cases._T._T"
    now, before = rows(portal, path), rows(portal, f"{path}?asOf=2025-01-20T00:00:00%2B07:00")
    assert "2024.0.2" in now[0]["STRUCTURE_ID"]
    assert "2024.0.1" in before[0]["STRUCTURE_ID"]
    assert now[0]["OBS_VALUE"] != before[0]["OBS_VALUE"]
    assert portal.get(f"{path}?asOf=2025-01-20T00:00:00 07:00").status_code == 200, "a plus sign that became a space"
    assert portal.get(f"{DATA}/2024.0.2?asOf=2025-01-20").status_code == 404
    assert portal.get(f"{path}?updatedAfter=2025-01-20").status_code == 200
    assert portal.get(f"{path}?updatedAfter=2025-02-02").status_code == 204
    assert "later than asOf" in error_of(portal, f"{path}?updatedAfter=2025-02-02&asOf=2025-02-01", 400)


def test_what_was_withdrawn_says_why(portal: Client) -> None:
    path = f"{SDMX}/data/dataflow/*/hospital-visits_visits"
    assert "Wrong denominator" in error_of(portal, f"{path}/2024.0.1", 410)
    assert "Wrong denominator" in error_of(portal, f"{path}/*?asOf=2025-03-02T12:00:00Z", 410)
    assert "2024.0.2" in rows(portal, path)[0]["STRUCTURE_ID"]


def test_a_data_structure_may_be_named_instead(portal: Client) -> None:
    path = f"{SDMX}/data/datastructure/{AGENCY}/DSD_{FLOW}"
    assert rows(portal, path) == rows(portal, DATA)


@pytest.mark.parametrize("accept", [CSV, XML, "application/json"])
@pytest.mark.parametrize(
    "query", ["", "?dimensionAtObservation=SEX", "?dimensionAtObservation=AllDimensions", "?limit=500"]
)
def test_an_answer_in_many_pieces_is_the_same(
    portal: Client, monkeypatch: pytest.MonkeyPatch, accept: str, query: str
) -> None:
    def body() -> str:
        answer = portal.get(DATA + query, accept=accept)
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


def test_more_than_a_message_holds_is_refused_but_not_in_csv(portal: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = rows(portal, DATA)
    monkeypatch.setattr(observations, "MAX_OBSERVATIONS", 100)
    assert "more than 100 observations" in error_of(portal, DATA, 413)
    assert "more than 100 observations" in error_of(portal, f"{DATA}?lastNObservations=1", 413)
    assert portal.get(f"{DATA}?limit=100").status_code == 200
    assert rows(portal, DATA) == everything


# What is available ----------------------------------------------------------------------------------------------------


def held(portal: Client, query: str) -> tuple[dict[str, list[str]], dict[str, Any]]:
    message = portal.json(f"{SDMX}/availability/dataflow/{AGENCY}/{FLOW}/{query}")
    (constraint,) = message["data"]["availabilityConstraints"]
    values = constraint["cubeRegion"]["keyValues"]
    return {each["id"]: [value["value"] for value in each["values"]] for each in values}, constraint


def test_what_is_available_is_what_the_answer_holds(portal: Client) -> None:
    for query in ("*/M.cases.01+79.F", "*/*.*.*.*?c[OBS_VALUE]=ge:200", "*/M.cases..F?c[OBS_STATUS]=Q"):
        values, constraint = held(portal, query)
        found = rows(portal, f"{DATA}/{query}")
        for name, listed in values.items():
            assert sorted(listed) == sorted({row[name] for row in found}), name
        assert constraint["obsCount"] == len(found)
        series = {tuple(row[name] for name in ("FREQ", "INDICATOR", "PROVINCE", "SEX")) for row in found}
        assert constraint["seriesCount"] == len(series)


def test_what_could_be_added_is_available_too(portal: Client) -> None:
    values, _ = held(portal, "*/M.cases.01.F?mode=available")
    assert set(values["SEX"]) == {"_T", "F", "M"}
    assert "79" in values["PROVINCE"]
    only, _ = held(portal, "*/M.cases.01.F/SEX?mode=exact")
    assert only == {"SEX": ["F"]}
    assert portal.get(f"{SDMX}/availability/dataflow/*/{FLOW}/*/M.cases?c[OBS_VALUE]=ge:1000000").status_code == 204
    assert "Known here" in error_of(portal, f"{SDMX}/availability/dataflow/*/{FLOW}/*/*/AGE", 400)
    assert "exact" in error_of(portal, f"{SDMX}/availability/dataflow/*/{FLOW}?mode=x", 400)


# What is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        (f"data/dataflow/x/{FLOW}", 404, "ministry-of-health"),
        ("data/dataflow/*/notifiable-disease_by-month", 404, "Did you mean notifiable-diseases"),
        ("data/dataflow/*/notifiable-diseases_by-mont", 404, "Did you mean by-month"),
        ("data/dataflow/*/notifiable-diseases", 404, "by-month"),
        ("data/dataflow/*/licensed-facilities_register", 404, "register"),
        (f"data/dataflow/*/{FLOW}/*/M.case", 404, "Did you mean cases"),
        (f"data/dataflow/*/{FLOW}/*?c[PROVINCE]=1", 404, "PROVINCE has no published code"),
        (f"data/dataflow/*/{FLOW}/*/a.b.c.d.e.f", 400, "FREQ.INDICATOR.PROVINCE.SEX"),
        (f"data/dataflow/*/{FLOW}/*?c[AGE]=1", 400, "Known here: FREQ"),
        (f"data/dataflow/*/{FLOW}/*?c[SEX]=", 400, "has no value"),
        (f"data/dataflow/*/{FLOW}/*?c[SEX]=F&c[SEX]=M", 400, "more than once"),
        (f"data/dataflow/*/{FLOW}/*?c[TIME_PERIOD]=ge:soon", 400, "is not a time"),
        (f"data/dataflow/*/{FLOW}/*?c[OBS_VALUE]=ge:many", 400, "must be a number"),
        (f"data/dataflow/*/{FLOW}/*?c[OBS_VALUE]=co:1", 400, "co is not for numbers"),
        (f"data/dataflow/*/{FLOW}/*?c[OBS_STATUS]={'A' * 501}", 400, "empty or too long"),
        (f"data/dataflow/*/{FLOW}/*?" + "&".join(f"c[D{n}]=1" for n in range(101)), 400, "more than 100 parameters"),
        (f"structure/codelist/{','.join(['a'] * 101)}", 400, "names more than"),
        (f"structure/codelist?references={','.join(['all'] * 101)}", 400, "names more than"),
        ("structure/conceptscheme/*/*/9.9.9", 404, "no artefact of this name"),
        (f"data/dataflow/*/{FLOW}/*?limit=0", 400, "limit: must be a whole number"),
        (f"data/dataflow/*/{FLOW}/*?offset=-1", 400, "offset: must be a whole number"),
        (f"data/dataflow/*/{FLOW}/*?firstNObservations=x", 400, "firstNObservations"),
        (f"data/dataflow/*/{FLOW}/*?asOf=yesterday", 400, "2026-01-31T09:30:00Z"),
        (f"data/dataflow/*/{FLOW}/*?attributes=x", 400, "OBS_STATUS"),
        (f"data/dataflow/*/{FLOW}/*?measures=x", 400, "OBS_VALUE"),
        (f"data/dataflow/*/{FLOW}/*?measures=none,all", 400, "cannot be joined"),
        (f"data/dataflow/*/{FLOW}/*?detail=full", 400, "'detail' is not known"),
        (f"data/dataflow/*/{FLOW}/*?includeHistory=x", 400, "includeHistory"),
        (f"data/dataflow/*/{FLOW}/x.y", 400, "is not a version"),
        (f"data/flow/*/{FLOW}", 400, "dataflow"),
        (f"data/provisionagreement/*/{FLOW}", 404, "provisionagreement"),
        (f"data/dataflow/*/{FLOW}/2023.0.1,2024.0.1", 501, "several versions"),
        ("data/dataflow/*/*", 501, "several dataflows"),
        ("data", 501, "several dataflows"),
        (f"data/dataflow/*/{FLOW}/*?includeHistory=true", 501, "includeHistory"),
        (f"data/dataflow/*/{FLOW}/*?sort=SEX", 501, "sort"),
        (f"data/dataflow/*/{FLOW}/*?dimensionAtObservation=INDICATOR", 501, "INDICATOR"),
        (f"data/dataflow/*/{FLOW}/*?dimensionAtObservation=SEX&firstNObservations=1", 501, "SEX"),
        (f"data/dataflow/*/{FLOW}/*/*/x", 404, "nothing at this address"),
        (f"schema/dataflow/*/{FLOW}", 501, "schema"),
        ("metadata/metadataset", 501, "metadata"),
        ("", 404, "nothing at this address"),
        ("x" * 9_000, 414, "longer than"),
        ("structure/codelis", 400, "Did you mean codelist"),
        ("structure/categoryscheme", 404, "nothing of the type"),
        ("structure/codelist/*/CL_notifiable-diseases_sex", 404, "Did you mean CL_notifiable-diseases_sex-demo"),
        ("structure/codelist/ministry", 404, "ministry-of-health"),
        ("structure/dataflow?references=friends", 400, "references"),
        ("structure/dataflow?detail=more", 400, "detail"),
        ("structure/dataflow?c[SEX]=F", 400, "is not known"),
    ],
)
def test_a_refusal_says_what_to_do(portal: Client, path: str, status: int, told: str) -> None:
    assert told in error_of(portal, f"{SDMX}/{path}".rstrip("/"), status)


def test_a_refusal_is_told_in_xml_and_in_vietnamese(portal: Client) -> None:
    answer = portal.get(f"{DATA}/*/M.<b>", accept=XML, accept_language="vi")
    assert answer.status_code == 404
    assert xml_faults(answer.content) == []
    assert "<b>" not in answer.text
    assert 'code="100"' in answer.text
    assert 'xml:lang="vi"' in answer.text
    assert "không" in answer.text


@pytest.mark.parametrize("accept", ["image/png", "application/vnd.sdmx.data+json;version=1.0.0", "text/html"])
def test_a_format_that_is_not_offered(portal: Client, accept: str) -> None:
    assert "application/vnd.sdmx.data+csv" in error_of(portal, DATA, 406, accept=accept)


def test_too_many_codes_are_refused_before_anything_is_read(portal: Client) -> None:
    assert "names more than" in error_of(portal, f"{DATA}/*/{'+'.join(['a'] * 2)},{'b,' * 99}b", 400)
    many = "+".join(f"x{number}" for number in range(1_100))
    assert "names more than" in error_of(portal, f"{DATA}/*/{many}", 400)


def test_nothing_changed_is_said_without_reading(portal: Client) -> None:
    for path in (DATA, f"{SDMX}/structure/dataflow"):
        first = portal.get(path)
        again = portal.get(path, if_none_match=first.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")
        assert "Accept" in again.headers["vary"]
        other = portal.get(path, if_none_match=first.headers["etag"], accept=XML)
        assert other.status_code == 200


def test_what_is_pinned_may_be_kept_for_ever(portal: Client) -> None:
    assert "immutable" in portal.get(f"{DATA}/2024.0.2").headers["cache-control"]
    assert "immutable" not in portal.get(DATA).headers["cache-control"]
    assert portal.request("HEAD", DATA).status_code == 200
    assert portal.get(DATA, origin="https://example.org").headers["access-control-allow-origin"] == "*"


# SDMX 2.1 -------------------------------------------------------------------------------------------------------------

BEFORE = "/sdmx/v1"


@pytest.mark.parametrize(
    "path",
    [
        "dataflow",
        "structure",
        "structure/all/all/all",
        f"dataflow/{AGENCY}/{FLOW}/latest?references=all",
        f"datastructure/{AGENCY}/DSD_{FLOW}/2023.0.1?references=children",
        f"contentconstraint/{AGENCY}",
        f"codelist/{AGENCY}/CL_notifiable-diseases_sex-demo?references=parents&detail=allstubs",
        "agencyscheme/SDMX/AGENCIES/1.0",
        f"availableconstraint/{FLOW}/M.cases.01/all/SEX",
        f"data/{FLOW}",
        f"data/{AGENCY},{FLOW}/M.cases..F/all?dimensionAtObservation=AllDimensions",
        f"data/{AGENCY},{FLOW},2023.0.1/all/all?detail=serieskeysonly",
    ],
)
def test_older_clients_get_what_their_schema_says(portal: Client, path: str) -> None:
    answer = portal.get(f"{BEFORE}/{path}")
    assert answer.status_code == 200, answer.text
    kind = "structurespecificdata" if path.startswith("data/") else "structure"
    assert answer.headers["content-type"] == f"application/vnd.sdmx.{kind}+xml; version=2.1"
    assert xml_faults(answer.content, "2.1") == []


def observed(content: bytes) -> list[dict[str, str]]:
    """Return the observations of a message in SDMX-ML, each with what its series says."""
    return [
        {str(name): str(value) for name, value in (*series.attrib.items(), *each.attrib.items())}
        for series in etree.fromstring(content).iter("Series")
        for each in series
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"{FLOW}/M.cases.01+79.F", "/*/M.cases.01+79.F"),
        (f"{AGENCY},{FLOW},2023.0.1/all", "/2023.0.1"),
        (f"{AGENCY},{FLOW}/..N.", "/*/..N."),
        (f"{FLOW}/M.cases?startPeriod=2024-03&endPeriod=2024-Q2", "/*/M.cases?c[TIME_PERIOD]=ge:2024-03%2Ble:2024-Q2"),
        (f"{FLOW}/all?startPeriod=2024-11", "/*?c[TIME_PERIOD]=ge:2024-11"),
        (f"{FLOW}/M.cases?lastNObservations=1", "/*/M.cases?lastNObservations=1"),
        (f"{FLOW}/M.cases?detail=nodata", "/*/M.cases?measures=none"),
        (f"{FLOW}/M.cases?detail=dataonly", "/*/M.cases?attributes=none"),
    ],
)
def test_older_clients_get_the_same_data(portal: Client, old: str, new: str) -> None:
    before, now = portal.get(f"{BEFORE}/data/{old}"), portal.get(DATA + new, accept=XML)
    assert observed(before.content) == observed(now.content) != []
    told = [row | {"OBS_VALUE": row.get("OBS_VALUE", "")} for row in observed(before.content)]
    lines = [{name: row[name] for name in list(row)[3:]} for row in rows(portal, DATA + new)]
    if "detail" not in old:
        assert sorted(map(str, (dict(sorted(row.items())) for row in told))) == sorted(
            map(str, (dict(sorted(row.items())) for row in lines))
        )


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        (f"data/{FLOW}/M.cases.99", 404, "PROVINCE has no published code"),
        (f"data/{FLOW}/all/someone", 501, "data of one provider"),
        ("data/a,b,c,d", 400, "at most three parts"),
        (f"data/{FLOW}/all/all/x", 404, "nothing at this address"),
        (f"data/{FLOW}?c[SEX]=F", 400, "is not known"),
        (f"data/{FLOW}?detail=some", 400, "serieskeysonly"),
        (f"data/{FLOW}?includeHistory=true", 501, "includeHistory"),
        (f"availableconstraint/{FLOW}/all/all/AGE", 400, "SEX"),
        ("schema/dataflow", 501, "schema"),
        ("categoryscheme", 404, "nothing of the type"),
        ("nothing/at/all", 400, "is not known"),
        ("", 404, "nothing at this address"),
    ],
)
def test_older_clients_are_told_what_is_wrong(portal: Client, path: str, status: int, told: str) -> None:
    answer = portal.get(f"{BEFORE}/{path}".rstrip("/"), accept="*/*")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/xml"
    assert told in answer.text
    assert xml_faults(answer.content, "2.1") == []


def test_older_clients_cannot_have_formats_of_newer_ones(portal: Client) -> None:
    wanted = "application/vnd.sdmx.genericdata+xml;version=2.1"
    assert portal.get(f"{BEFORE}/data/{FLOW}", accept=wanted).status_code == 406
    exact = "application/vnd.sdmx.structurespecificdata+xml;version=2.1"
    assert portal.get(f"{BEFORE}/data/{FLOW}", accept=exact).status_code == 200
    assert portal.get(DATA, accept=exact).status_code == 406


# What strangers send --------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=12)
"""No route takes an address with a line feed: the framework itself answers 404."""
ODD = st.one_of(
    st.sampled_from(
        ["", "*", "~", "+", "all", AGENCY, FLOW, f"DSD_{FLOW}", "2024.0.2", "M.cases", "..", "'", "%00", "�", "a" * 300]
    ),
    TEXT,
)
NAMES = st.one_of(
    st.sampled_from(
        [
            *PARAMETERS,
            "detail",
            "references",
            "mode",
            "startPeriod",
            "c[SEX]",
            "c[TIME_PERIOD]",
            "c[OBS_VALUE]",
            "c[",
            "x",
        ]
    ),
    TEXT,
)
VALUES = st.one_of(
    st.sampled_from(
        ["1", "0", "-1", "99999999999999999999", "true", "ge:2024+le:x", "eq:", ":", "all", "F", "2024-01-01"]
    ),
    TEXT,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.tuples(
        st.sampled_from([SDMX, BEFORE]),
        st.sampled_from(["structure", "data", "availability", "schema", ""]),
        st.sampled_from(["dataflow", "datastructure", "codelist", "*", "x"]),
    ),
    parts=st.lists(ODD, max_size=6),
    parameters=st.lists(st.tuples(NAMES, VALUES), max_size=4),
    accept=st.sampled_from(["", "*/*", XML, CSV, "x", ";;,", "application/json;q=x"]),
)
def test_whatever_is_sent_is_answered(
    portal: Client, start: tuple[str, str, str], parts: list[str], parameters: list[tuple[str, str]], accept: str
) -> None:
    # A bare ".." never arrives: clients take it for the folder above, and would ask another address.
    path = "/".join(quote(part, safe="").replace(".", "%2E") for part in (*start[1:], *parts))
    query = urlencode(parameters, errors="replace")
    answer = portal.get(f"{start[0]}/{path}?{query}", accept=accept)
    assert answer.status_code in {200, 204, 308, 400, 404, 406, 410, 413, 414, 501}, answer.text
    if answer.status_code >= 400:
        if "xml" in answer.headers["content-type"]:
            assert xml_faults(answer.content, "2.1" if start[0] == BEFORE else "3.0") == []
        else:
            assert json_faults(answer.json(), "data", "2.1.0") == []


# What goes wrong on our side ------------------------------------------------------------------------------------------


def test_a_question_that_takes_too_long_is_told_so(portal: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(*_: object) -> None:
        raise QueryTimeout("The question took too long")

    monkeypatch.setattr(sdmx_router, "finished", slow)
    assert "took too long" in error_of(portal, DATA, 503)
    assert portal.get(DATA).headers["retry-after"] == "10"


def test_nobody_is_answered_who_has_left(portal: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def left(*_: object) -> None:
        raise CallerLeft

    monkeypatch.setattr(sdmx_router, "finished", left)
    assert portal.get(DATA).status_code == 499
