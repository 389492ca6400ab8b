"""The PxWeb API over the datasets that come with ytemo: documents, formats, caching, and refusals in its own shape."""

from __future__ import annotations

import csv
import io
import json
import math
import random
from urllib.parse import quote, urlencode

import pyarrow.parquet as pq
import pytest
from jsonstat_validator import validate_jsonstat
from python_calamine import CalamineWorkbook

from datasets.names import TOTAL
from portal.public.dependencies import CallerLeft
from portal.public.pxweb.choices import MAX_DATA_CELLS
from portal.query.formats_columnar import ABOUT
from portal.query.formats_json_stat import METRIC
from portal.shared.links import PXWEB
from tests.support.http import Client

STAYS = "hospital-discharges.by-province-chapter-sex"
DENGUE = "dengue-cases.by-province-and-month"
SELECTED = {"valuecodes[province]": "01,79", "valuecodes[sex]": "*", f"valuecodes[{METRIC}]": "stays,rate"}
CELLS = 200


def address(path: str, **parameters: str) -> str:
    return f"{PXWEB}/{path}?{urlencode(parameters)}"


def data(table: str, selected: dict[str, str], **parameters: str) -> str:
    return f"{PXWEB}/tables/{table}/data?{urlencode({**selected, **parameters})}"


def names(client: Client) -> list[str]:
    return [table["id"] for table in client.json(address("tables", pageSize="1000"))["tables"]]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_document_of_every_table_is_valid(shipped: Client, lang: str) -> None:
    tables = names(shipped)
    assert len(tables) == 7
    for name in tables:
        metadata = shipped.json(address(f"tables/{name}/metadata", lang=lang))
        validate_jsonstat(metadata)
        everything = {f"valuecodes[{code}]": "*" for code in metadata["id"]}
        found = shipped.json(data(name, everything, lang=lang))
        validate_jsonstat(found)
        assert found["size"] == metadata["size"]
        assert len(found["value"]) == math.prod(found["size"]) > 0
        assert set(found["status"].values()) <= set(found["extension"]["legend"])
        validate_jsonstat(shipped.json(address(f"tables/{name}/data", lang=lang)))


def test_random_cells_are_those_of_the_native_api(shipped: Client) -> None:
    chosen, tables = random.Random(4), names(shipped)
    statuses = set()
    for _ in range(CELLS):
        name = chosen.choice(tables)
        dataset, table = name.split(".")
        metadata = shipped.json(address(f"tables/{name}/metadata"))
        codes = {each: chosen.choice(list(metadata["dimension"][each]["category"]["index"])) for each in metadata["id"]}
        measure = codes[METRIC]
        found = shipped.json(data(name, {f"valuecodes[{each}]": code for each, code in codes.items()}))
        filters = {each: code for each, code in codes.items() if each != METRIC}
        (row,) = shipped.json(f"/api/v1/datasets/{dataset}/tables/{table}/rows?{urlencode(filters)}")["data"]
        assert found["value"] == [row[measure]], codes
        assert found["status"].get("0", "observed") == row[f"{measure}_status"], codes
        statuses.add(row[f"{measure}_status"])
    assert {"observed", "suppressed", "zero"} <= statuses


def test_withheld_cells_are_null_and_say_so(shipped: Client) -> None:
    selected = {"valuecodes[province]": "*", "valuecodes[chapter]": "*", f"valuecodes[{METRIC}]": "stays"}
    found = shipped.json(data(STAYS, selected, lang="en"))
    withheld = [int(place) for place, status in found["status"].items() if status == "suppressed"]
    assert withheld
    assert {found["value"][place] for place in withheld} == {None}
    assert found["extension"]["legend"]["suppressed"]["label"] == "Withheld to protect people"
    assert "A null is not a zero" in found["note"][1]
    assert found["extension"]["noteMandatory"] == {"0": True, "1": True}
    zeros = [int(place) for place, status in found["status"].items() if status == "zero"]
    assert {found["value"][place] for place in zeros} <= {0}


def test_a_document_says_where_it_is_from(shipped: Client) -> None:
    found = shipped.json(data(DENGUE, {f"valuecodes[{METRIC}]": "cases", "valuecodes[month]": "*"}, lang="en"))
    extension = found["extension"]
    assert extension["release"]["release"] == "1994-2009.1"
    assert extension["license"] == {"id": "CC-BY-SA-4.0", "url": "https://creativecommons.org/licenses/by-sa/4.0/"}
    assert "OpenDengue" in extension["citation"]
    assert extension["synthetic"] is False
    assert extension["px"]["tableid"] == f"{DENGUE}@1994-2009.1"
    assert found["updated"] == "2026-11-23T09:30:00Z"
    assert found["role"] == {"time": ["month"], "metric": [METRIC]}
    assert found["dimension"]["month"]["category"]["child"]["2008"][0] == "2008-Q1"
    assert found["dimension"][METRIC]["category"]["unit"] == {"cases": {"base": "reported cases", "decimals": 0}}
    assert "href" not in found, "the address of this portal is not known"


def test_addresses_and_bodies_select_the_same(shipped: Client) -> None:
    asked = data(STAYS, SELECTED, heading=METRIC, stub="sex", lang="en")
    by_address = shipped.get(asked)
    body = {
        "selection": [
            {"variableCode": name.removeprefix("valuecodes[")[:-1], "valueCodes": text.split(",")}
            for name, text in SELECTED.items()
        ],
        "placement": {"heading": [METRIC], "stub": ["sex"]},
    }
    by_body = shipped.post(f"{PXWEB}/tables/{STAYS}/data?lang=en", json.dumps(body))
    assert by_body.json() == by_address.json()
    assert by_address.json()["id"] == ["sex", "province", METRIC]
    assert by_body.headers["cache-control"] == "no-store"
    assert "etag" not in by_body.headers


def test_an_answer_says_by_which_address_it_can_be_asked_again(shipped: Client) -> None:
    body = {
        "selection": [
            {"variableCode": "province", "valueCodes": ["range(01,08)"]},
            {"variableCode": METRIC, "valueCodes": ["stays"]},
        ]
    }
    for length in (1, 400):
        body["selection"][1]["valueCodes"] = ["stays"] * length
        answer = shipped.post(f"{PXWEB}/tables/{STAYS}/data?lang=en&outputFormat=parquet", json.dumps(body))
        url = json.loads(pq.read_schema(io.BytesIO(answer.content)).metadata[ABOUT])["url"]
        assert f"{STAYS}@2025.1" in url
        if length == 1:
            again = shipped.get(url)
            assert pq.read_table(io.BytesIO(again.content)).equals(pq.read_table(io.BytesIO(answer.content)))
        else:
            assert url == address(f"tables/{STAYS}@2025.1", lang="en").replace("%40", "@")


def test_nothing_selected_is_the_default_selection(shipped: Client) -> None:
    for name in names(shipped):
        selection = shipped.json(address(f"tables/{name}/defaultselection", lang="en"))
        answer = shipped.post(
            f"{PXWEB}/tables/{name}/data?lang=en",
            json.dumps({"selection": selection["selection"], "placement": selection["placement"]}),
        )
        assert answer.json() == shipped.json(address(f"tables/{name}/data", lang="en"))
        assert None not in answer.json()["status"].values()
        assert "not_published" not in answer.json()["status"].values()


def test_csv_has_codes_or_codes_and_names(shipped: Client) -> None:
    answer = shipped.get(data(STAYS, SELECTED, outputFormat="csv"))
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["province", "sex", "stays", "stays_status", "rate", "rate_status", "synthetic"]
    assert len(rows) == 1 + 2 * 3
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["ytemo-synthetic"] == "true"
    assert "hospital-discharges-2025.1-by-province-chapter-sex-synthetic.csv" in answer.headers["content-disposition"]
    asked = data(STAYS, SELECTED, outputFormat="csv", outputFormatParams="UseCodesAndTexts", lang="en")
    named = list(csv.reader(io.StringIO(shipped.get(asked).text)))
    assert named[0][:4] == ["Province of residence (code)", "Province of residence", "Sex (code)", "Sex"]
    assert named[1][:4] == ["01", "Hanoi", TOTAL, "Total"]


def test_csv_of_withheld_cells_is_empty_beside_its_status(shipped: Client) -> None:
    selected = {"valuecodes[province]": "*", "valuecodes[chapter]": "*", f"valuecodes[{METRIC}]": "stays"}
    rows = csv.DictReader(io.StringIO(shipped.get(data(STAYS, selected, outputFormat="csv")).text))
    withheld = [row["stays"] for row in rows if row["stays_status"] == "suppressed"]
    assert withheld
    assert set(withheld) == {""}


def test_workbooks_and_parquet_hold_the_same(shipped: Client) -> None:
    book = shipped.get(data(STAYS, SELECTED, outputFormat="xlsx", outputFormatParams="UseTexts", lang="vi"))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert sheet[0][:2] == ["Tỉnh, thành phố nơi cư trú (mã)", "Tỉnh, thành phố nơi cư trú"]
    parquet = pq.read_table(io.BytesIO(shipped.get(data(STAYS, SELECTED, outputFormat="parquet")).content))
    assert json.loads(parquet.schema.metadata[ABOUT])["release"] == "2025.1"
    assert parquet["stays"].to_pylist() == [row[4] for row in sheet[1:]]
    assert parquet.column_names[:3] == ["province", "sex", "stays"]


def test_a_pinned_table_never_changes_and_another_is_asked_again(shipped: Client) -> None:
    newest, pinned = shipped.get(data(STAYS, SELECTED)), shipped.get(data(f"{STAYS}@2025.1", SELECTED))
    assert "immutable" in pinned.headers["cache-control"]
    assert "max-age=60" in newest.headers["cache-control"]
    for path in (data(STAYS, SELECTED), address(f"tables/{STAYS}/metadata"), address("config")):
        tag = shipped.get(path).headers["etag"]
        again = shipped.get(path, if_none_match=tag)
        assert (again.status_code, again.content) == (304, b"")
    assert "immutable" in shipped.get(address(f"tables/{STAYS}@2025.1/metadata")).headers["cache-control"]
    assert shipped.request("HEAD", data(STAYS, SELECTED)).content == b""


def test_tables_are_listed_by_page(shipped: Client) -> None:
    first = shipped.json(address("tables", pageSize="3", lang="en"))
    assert first["page"] | {"links": []} == {
        "pageNumber": 1, "pageSize": 3, "totalElements": 7, "totalPages": 3, "links": [],
    }  # fmt: skip
    links = {link["rel"]: link["href"] for link in first["page"]["links"]}
    assert set(links) == {"next", "last"}
    seen = [table["id"] for table in first["tables"]]
    while "next" in links:
        page = shipped.json(links["next"])
        seen += [table["id"] for table in page["tables"]]
        links = {link["rel"]: link["href"] for link in page["page"]["links"]}
    assert seen == names(shipped)
    assert set(links) == {"previous", "last"}
    behind = shipped.get(address("tables", pageNumber="4", pageSize="3"))
    assert (behind.status_code, "the last page is 3" in behind.json()["detail"]) == (404, True)


def test_a_table_tells_its_periods_and_where_else_it_is(shipped: Client) -> None:
    dengue = shipped.json(address(f"tables/{DENGUE}", lang="en"))
    assert (dengue["firstPeriod"], dengue["lastPeriod"], dengue["timeUnit"]) == ("1994-01", "2009-12", "Monthly")
    stays = shipped.json(address(f"tables/{STAYS}", lang="en"))
    assert (stays["firstPeriod"], stays["lastPeriod"], stays["timeUnit"]) == ("2025", "2025", "Annual")
    assert stays["discontinued"] is False
    assert stays["variableNames"] == ["Province of residence", "ICD-10 chapter", "Sex", "Measure"]
    for link in stays["links"]:
        assert shipped.get(link["href"]).status_code == 200, link


def test_recent_tables_are_told_from_others(shipped: Client) -> None:
    assert shipped.json(address("tables", pastDays="100000"))["page"]["totalElements"] == 7


def test_code_lists_are_levels_that_can_be_asked(shipped: Client) -> None:
    lists = shipped.json(address(f"tables/{DENGUE}/codelists", lang="vi"))["codelists"]
    assert [each["type"] for each in lists].count("Aggregation") == 3
    for each in lists:
        found = shipped.json(address(f"codelists/{each['id']}", lang="vi"))
        assert found["label"] == each["label"]
        assert all(value["valueMap"] for value in found["values"])
    region = {"valuecodes[province]": "R1", "codelist[province]": f"agg_{DENGUE}.province.region"}
    single = shipped.json(data(DENGUE, {**region, "outputValues[province]": "single", f"valuecodes[{METRIC}]": "*"}))
    assert list(single["dimension"]["province"]["category"]["index"])[:2] == ["02", "04"]
    pinned = shipped.json(address(f"codelists/vs_{DENGUE}.province.region@1994-2009.1"))
    assert pinned["id"].endswith("@1994-2009.1")


def test_metadata_can_be_narrowed_to_code_lists(shipped: Client) -> None:
    asked = {
        "codelist[province]": "vs_region",
        "codelist[month]": f"agg_{DENGUE}.month.year",
        "defaultSelection": "true",
    }
    found = shipped.json(address(f"tables/{DENGUE}/metadata", **asked))
    validate_jsonstat(found)
    assert found["size"] == [6, 16, 1]
    assert shipped.get(address(f"tables/{DENGUE}/metadata", **{"codelist[province]": "vs_x"})).status_code == 400


def test_who_leaves_is_not_answered(shipped: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def left(*_: object) -> None:
        raise CallerLeft

    monkeypatch.setattr("portal.public.routers.pxweb.finished", left)
    assert shipped.get(data(STAYS, SELECTED)).status_code == 499


def test_the_configuration_is_what_is_kept(shipped: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    config = shipped.json(address("config"))
    assert config["maxDataCells"] == MAX_DATA_CELLS
    assert config["license"].count("https://") == 3
    for name in config["dataFormats"]:
        assert shipped.get(data(STAYS, SELECTED, outputFormat=name)).status_code == 200
    everything = {f"valuecodes[{name}]": "*" for name in ("province", "month", METRIC)}
    monkeypatch.setattr("portal.public.pxweb.choices.MAX_DATA_CELLS", 19_382)
    refused = shipped.get(data(DENGUE, everything))
    assert (refused.status_code, "19383 cells" in refused.json()["detail"]) == (403, True)
    monkeypatch.setattr("portal.public.pxweb.choices.MAX_DATA_CELLS", 19_383)
    assert shipped.get(data(DENGUE, everything)).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("tables/x", 404, "is not the name of a table"),
        ("tables/no.such", 404, "is not known"),
        ("tables/health-facilities.register", 404, "has no cells"),
        ("tables/hospital-discharges.by-province", 404, "Did you mean"),
        ("tables/hospital-discharges.by-age-sex-chapter@2024.1", 410, "Wrong unit"),
        (f"tables/{STAYS}@2019.1", 404, "Known here: latest, 2025.1"),
        (f"tables/{STAYS}/metadata?savedQuery=1", 400, "is not known"),
        (f"tables/{STAYS}/metadata?outputFormat=json-px", 400, "json-stat2"),
        (f"tables/{STAYS}/data?lang=fr", 400, "Known here: vi, en"),
        (f"tables/{STAYS}/data?outputFormat=px", 400, "json-stat2, csv, xlsx, parquet"),
        (f"tables/{STAYS}/data?outputFormatParams=UseCodes", 400, "csv, xlsx"),
        (f"tables/{STAYS}/data?outputFormat=csv&outputFormatParams=IncludeTitle", 400, "UseCodesAndTexts"),
        (f"tables/{STAYS}/data?valuecodes[sex]=F", 400, "no published total"),
        (f"tables/{STAYS}/data?valuecodes[sex]=<script>", 400, "is not known"),
        ("codelists/x", 404, "vs_dataset.table.variable.level"),
        (f"codelists/vs_{STAYS}.province.zone", 404, "Did you mean"),
        (f"codelists/vs_{STAYS}.x.zone", 404, "is not known"),
        ("savedqueries/1", 404, "@2025.1"),
        ("tables?pageSize=0", 400, "from 1 to"),
        ("tables?pastDays=x", 400, "from 1 to"),
        ("tables?includeDiscontinued=1", 400, "true, false"),
        ("tables?query=" + "a" * 501, 400, "500"),
        ("tables?query=%00", 400, "Take away the code %00"),
        ("table", 404, "Did you mean tables?"),
        ("", 404, "config, tables"),
    ],
)
def test_what_is_wrong_is_told_in_the_shape_of_the_api(shipped: Client, path: str, status: int, text: str) -> None:
    answer = shipped.get(f"{PXWEB}/{path}".rstrip("/"))
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "instance", "errors"}
    assert (problem["status"], text in problem["detail"]) == (status, True), problem["detail"]


def test_problems_are_told_in_vietnamese_where_that_is_asked(shipped: Client) -> None:
    answer = shipped.get(data(STAYS, {"valuecodes[sexx]": "F"}, lang="vi"))
    assert "Có phải" in answer.json()["detail"]
    assert answer.json()["title"] == "Câu hỏi không hợp lệ"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(shipped: Client, method: str) -> None:
    for path, allowed in (("", None), ("/tables", "GET, HEAD"), (f"/tables/{STAYS}/data", "GET, HEAD, POST")):
        answer = shipped.request(method, f"{PXWEB}{path}")
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, answer.headers.get("allow")) == (405 if allowed else 404, allowed)
    assert shipped.request("HEAD", f"{PXWEB}/tables/x").content == b""


def test_a_body_that_is_too_long_is_not_read_to_its_end(shipped: Client) -> None:
    answer = shipped.post(f"{PXWEB}/tables/{STAYS}/data", "x" * 3_000_000)
    assert (answer.status_code, "1048576 bytes" in answer.json()["detail"]) == (400, True)


def test_pages_of_other_sites_may_ask(shipped: Client) -> None:
    answer = shipped.get(address("config"), origin="https://example.org")
    assert answer.headers["access-control-allow-origin"] == "*"


def test_names_are_escaped_in_links(shipped: Client) -> None:
    links = shipped.json(address("tables", query="dengue ca", lang="en"))["links"]
    assert quote("dengue ca").replace("%20", "+") in links[0]["href"]
