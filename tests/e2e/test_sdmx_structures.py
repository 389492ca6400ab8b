"""Structures and availability by SDMX-REST 2: what there is is listed, and nothing under embargo."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.http import Client
from tests.support.sdmx_messages import json_faults, xml_faults
from tests.support.sdmx_portal import AGENCY, DATA, FLOW, SDMX, XML, artefacts, error_of, rows

# Structures -----------------------------------------------------------------------------------------------------------


def test_every_release_that_is_out_is_a_version_of_its_dataflows(client: Client) -> None:
    assert artefacts(client, "dataflow/*/*/*") == {
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
def test_versions_are_chosen(client: Client, path: str, expected: set[str]) -> None:
    assert {version for _, _, version in artefacts(client, path)} == expected


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
def test_references_bring_what_belongs_to_it(client: Client, query: str, expected: set[str]) -> None:
    found = artefacts(client, f"dataflow/{AGENCY}/{FLOW}/2024.0.1?references={query}")
    assert {version for _, _, version in found} == {"2024.0.1"}
    assert {identifier for _, identifier, _ in found} == {FLOW, *expected}


def test_a_code_list_leads_to_what_uses_it(client: Client) -> None:
    found = artefacts(client, f"codelist/{AGENCY}/CL_notifiable-diseases_sex-demo?references=ancestors")
    assert {identifier for _, identifier, _ in found} >= {f"DSD_{FLOW}", FLOW, f"CR_{FLOW}"}
    assert "DSD_notifiable-diseases_by-province" not in {identifier for _, identifier, _ in found}


def test_a_code_list_has_its_hierarchy_and_both_languages(client: Client) -> None:
    data = client.json(f"{SDMX}/structure/codelist/{AGENCY}/CL_notifiable-diseases_provinces-demo?lang=vi")["data"]
    codes = {code["id"]: code for code in data["codelists"][0]["codes"]}
    assert codes["01"]["parent"] == "N"
    assert "parent" not in codes["_T"]
    assert codes["01"]["name"] == codes["01"]["names"]["vi"] == "Hà Nội"
    assert codes["01"]["names"]["en"] != codes["01"]["name"]


def test_one_item_of_a_list_makes_it_partial(client: Client) -> None:
    path = f"{SDMX}/structure/codelist/{AGENCY}/CL_notifiable-diseases_sex-demo/~/F"
    (codelist,) = client.json(path)["data"]["codelists"]
    assert [code["id"] for code in codelist["codes"]] == ["F"]
    assert codelist["isPartial"] is True
    assert "has no item 'X'" in error_of(client, f"{path[:-1]}X", 404)
    assert "schemes of items" in error_of(client, f"{SDMX}/structure/dataflow/{AGENCY}/{FLOW}/~/F", 400)


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
    client: Client, detail: str, asked: bool, referenced: bool
) -> None:
    path = f"{SDMX}/structure/datastructure/{AGENCY}/DSD_{FLOW}?references=codelist&detail={detail}"
    data = client.json(path)["data"]
    assert ("dataStructureComponents" in data["dataStructures"][0]) is asked
    assert ("codes" in data["codelists"][0]) is referenced
    complete = client.json(f"{SDMX}/structure/dataflow?detail={detail}")["data"]["dataflows"][0]
    assert ("descriptions" in complete) is (detail != "allstubs")


def test_what_is_under_embargo_leaves_no_trace(client: Client) -> None:
    for path in ("*/*/*/*", f"dataflow/{AGENCY}/{FLOW}/*?references=all"):
        for accept in ("application/json", XML):
            assert "2025.0.1" not in client.get(f"{SDMX}/structure/{path}", accept=accept).text
    missing = error_of(client, f"{DATA}/2026.0.1", 404)
    assert error_of(client, f"{DATA}/2025.0.1", 404) == missing


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
def test_structures_are_valid(client: Client, path: str) -> None:
    for version in ("2.0.0", "2.1.0"):
        answer = client.get(f"{SDMX}/{path}", accept=f"application/vnd.sdmx.structure+json;version={version}")
        assert answer.headers["content-type"] == f"application/vnd.sdmx.structure+json; version={version}"
        assert json_faults(answer.json(), "structure", version) == []
    answer = client.get(f"{SDMX}/{path}", accept="application/vnd.sdmx.structure+xml;version=3.0.0")
    assert xml_faults(answer.content) == []


# What is available ----------------------------------------------------------------------------------------------------


def held(client: Client, query: str) -> tuple[dict[str, list[str]], dict[str, Any]]:
    message = client.json(f"{SDMX}/availability/dataflow/{AGENCY}/{FLOW}/{query}")
    (constraint,) = message["data"]["availabilityConstraints"]
    values = constraint["cubeRegion"]["keyValues"]
    return {each["id"]: [value["value"] for value in each["values"]] for each in values}, constraint


def test_what_is_available_is_what_the_answer_holds(client: Client) -> None:
    for query in ("*/M.cases.01+79.F", "*/*.*.*.*?c[OBS_VALUE]=ge:200", "*/M.cases..F?c[OBS_STATUS]=Q"):
        values, constraint = held(client, query)
        found = rows(client, f"{DATA}/{query}")
        for name, listed in values.items():
            assert sorted(listed) == sorted({row[name] for row in found}), name
        assert constraint["obsCount"] == len(found)
        series = {tuple(row[name] for name in ("FREQ", "INDICATOR", "PROVINCE", "SEX")) for row in found}
        assert constraint["seriesCount"] == len(series)


def test_what_could_be_added_is_available_too(client: Client) -> None:
    values, _ = held(client, "*/M.cases.01.F?mode=available")
    assert set(values["SEX"]) == {"_T", "F", "M"}
    assert "79" in values["PROVINCE"]
    only, _ = held(client, "*/M.cases.01.F/SEX?mode=exact")
    assert only == {"SEX": ["F"]}
    assert client.get(f"{SDMX}/availability/dataflow/*/{FLOW}/*/M.cases?c[OBS_VALUE]=ge:1000000").status_code == 204
    assert "Known here" in error_of(client, f"{SDMX}/availability/dataflow/*/{FLOW}/*/*/AGE", 400)
    assert "exact" in error_of(client, f"{SDMX}/availability/dataflow/*/{FLOW}?mode=x", 400)
