"""The rate of several members is one number in every dialect that can ask for it, and that of what is published."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from portal.query.formats_json_stat import METRIC
from portal.shared.links import MCP, PXWEB
from tests.support.http import Client

DATASET, TABLE = "hospital-discharges", "by-province-chapter-sex"
NATIVE = f"/api/v1/datasets/{DATASET}/tables/{TABLE}"
Members = Mapping[str, tuple[str, ...]]
"""The members that are chosen of each dimension; one that is left out is at its total."""
Found = tuple[float | None, str]
Cells = Mapping[tuple[str, ...], Mapping[str, Any]]


@pytest.fixture(scope="module")
def cells(shipped: Client) -> Cells:
    rows = shipped.json(f"{NATIVE}/rows?limit=100000")["data"]
    return {(row["province"], row["chapter"], row["sex"]): row for row in rows}


def by_native(form: str, read: Callable[[bytes], dict[str, Any]]) -> Callable[[Client, Members], Found]:
    def ask(client: Client, members: Members) -> Found:
        asked = {f"{name}__in": ",".join(codes) for name, codes in members.items()}
        answer = client.get(f"{NATIVE}/data?{urlencode({**asked, 'select': 'rate', 'format': form})}")
        assert answer.status_code == 200, answer.text
        row = read(answer.content)
        return (float(row["rate"]) if row["rate"] not in {None, ""} else None), row["rate_status"]

    return ask


def by_json_stat(client: Client, members: Members) -> Found:
    asked = {f"{name}__in": ",".join(codes) for name, codes in members.items()}
    found = client.json(f"{NATIVE}/data?{urlencode({**asked, 'select': 'rate', 'format': 'json-stat'})}")
    (value,) = found["value"]
    return value, found["status"].get("0", "observed")


def by_ckan_sql(client: Client, members: Members) -> Found:
    release = client.json(f"/api/v1/datasets/{DATASET}")["release"]
    listed = {name: ", ".join(f"'{code}'" for code in codes) for name, codes in members.items()}
    where = " AND ".join(f"{name} IN ({codes})" for name, codes in listed.items())
    sql = f'SELECT AVG(rate) AS rate FROM "{DATASET}/{release}/{TABLE}" WHERE {where}'
    (row,) = client.json(f"/api/3/action/datastore_search_sql?{urlencode({'sql': sql})}")["result"]["records"]
    return row["rate"], row["rate_status"]


def by_odata(client: Client, members: Members) -> Found:
    listed = {name: ",".join(f"'{code}'" for code in codes) for name, codes in members.items()}
    condition = " and ".join(f"{name} in ({codes})" for name, codes in listed.items())
    apply = {"$apply": f"filter({condition})/aggregate(rate)"}
    (row,) = client.json(f"/odata/v4/{DATASET}/{TABLE.replace('-', '_')}?{urlencode(apply)}")["value"]
    return row["rate"], row["rate_status"]


def by_mcp(client: Client, members: Members) -> Found:
    filters = {f"{name}__in": list(codes) for name, codes in members.items()}
    arguments = {"dataset": DATASET, "table": TABLE, "filters": filters, "select": ["rate"]}
    call = {"name": "query", "arguments": arguments}
    message = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call})
    answer = client.post(MCP, message, content_type="application/json", accept="application/json")
    (row,) = answer.json()["result"]["structuredContent"]["rows"]
    return row["rate"], row["rate_status"]


def first_of_csv(raw: bytes) -> dict[str, Any]:
    (row,) = csv.DictReader(io.StringIO(raw.decode(), newline=""))
    return dict(row)


WAYS: Mapping[str, Callable[[Client, Members], Found]] = {
    "native, JSON": by_native("json", lambda raw: orjson.loads(raw)["data"][0]),
    "native, CSV": by_native("csv", first_of_csv),
    "native, JSON lines": by_native("jsonl", orjson.loads),
    "native, JSON-stat": by_json_stat,
    "CKAN, SQL": by_ckan_sql,
    "OData": by_odata,
    "MCP": by_mcp,
}
PROVINCES = ("01", "04", "31", "46", "48", "79", "91", "96")
CHAPTERS = ("I", "II", "IV", "IX", "X", "XVI")


@settings(max_examples=40, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
@given(
    provinces=st.lists(st.sampled_from(PROVINCES), min_size=2, max_size=5, unique=True),
    chapters=st.lists(st.sampled_from(CHAPTERS), max_size=3, unique=True),
    sexes=st.sampled_from([(), ("F",), ("F", "M")]),
)
def test_a_rate_of_several_members_is_the_same_everywhere(
    shipped: Client, cells: Cells, provinces: list[str], chapters: list[str], sexes: tuple[str, ...]
) -> None:
    asked = {"province": tuple(provinces), "chapter": tuple(chapters), "sex": sexes}
    members = {name: codes for name, codes in asked.items() if codes}
    expected = divided(cells, provinces, chapters or ["_T"], "F" if sexes == ("F",) else "_T")
    for name, ask in WAYS.items():
        assert ask(shipped, members) == expected, name


def divided(cells: Cells, provinces: list[str], chapters: list[str], sex: str) -> Found:
    """Divide published cells as anybody could who has downloaded the table."""
    stays = [cells[province, chapter, sex] for province in provinces for chapter in chapters]
    if any(cell["stays_status"] == "suppressed" for cell in stays):
        return None, "suppressed"
    people = sum(cells[province, "_T", sex]["people"] for province in provinces)
    cases = sum(cell["stays"] for cell in stays)
    return float(round(Fraction(cases, people) * 100_000, 1)), "observed" if cases else "zero"


def test_a_rate_is_shown_where_its_count_is_and_people_everywhere(cells: Cells) -> None:
    for cell in cells.values():
        assert cell["people_status"] == "observed"
        assert cell["rate_status"] == cell["stays_status"]
        if cell["stays"] is not None:
            assert cell["rate"] == float(round(Fraction(cell["stays"], cell["people"]) * 100_000, 1))


def test_some_of_them_are_withheld(cells: Cells) -> None:
    seen = {divided(cells, [one, other], list(CHAPTERS), "_T")[1] for one in PROVINCES for other in PROVINCES[1:]}
    assert seen == {"observed", "suppressed"}


def test_dialects_that_list_published_cells_give_the_parts_of_a_rate(shipped: Client, cells: Cells) -> None:
    chosen = {"province": "01,79", "chapter": "_T", "sex": "_T", METRIC: "stays,people,rate"}
    selection = urlencode({f"valuecodes[{name}]": codes for name, codes in chosen.items()})
    found = shipped.json(f"{PXWEB}/tables/{DATASET}.{TABLE}/data?{selection}")
    expected = [cells[code, "_T", "_T"][name] for code in ("01", "79") for name in ("stays", "people", "rate")]
    assert found["value"] == expected
    flow = f"/sdmx/v2/data/dataflow/*/{DATASET}_{TABLE}?c[PROVINCE]=01,79&c[CHAPTER]=_T&c[SEX]=_T&c[INDICATOR]=people"
    rows = list(csv.DictReader(io.StringIO(shipped.get(f"{flow}&format=csvdata").text, newline="")))
    assert [float(row["OBS_VALUE"]) for row in rows] == [cells[code, "_T", "_T"]["people"] for code in ("01", "79")]


def test_every_dialect_refuses_a_mean_whose_sum_is_not_published(shipped: Client) -> None:
    told = "needs the sum of its values"
    native = shipped.get(f"{NATIVE}/data?province__in=01,79&select=mean_days")
    assert (native.status_code, told in native.text) == (400, True)
    release = shipped.json(f"/api/v1/datasets/{DATASET}")["release"]
    sql = f"SELECT AVG(mean_days) FROM \"{DATASET}/{release}/{TABLE}\" WHERE province IN ('01', '79')"
    ckan = shipped.get(f"/api/3/action/datastore_search_sql?{urlencode({'sql': sql})}")
    assert (ckan.status_code, told in json.dumps(ckan.json())) == (409, True)
    apply = {"$apply": "filter(province in ('01','79'))/aggregate(mean_days)"}
    odata = shipped.get(f"/odata/v4/{DATASET}/{TABLE.replace('-', '_')}?{urlencode(apply)}")
    assert (odata.status_code, told in odata.text) == (400, True)
