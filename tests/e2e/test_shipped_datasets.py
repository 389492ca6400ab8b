"""The shipped datasets as readers meet them: found by what people type, honest about what is made up or missing."""

from __future__ import annotations

import io
import json
import re
import zipfile
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from catalog.vietnamese import strip_marks
from datasets.cell_status import STATUS_MEANINGS, CellStatus
from datasets.package_files import CSVW, RO_CRATE
from tests.support.html_pages import Document, Element
from tests.support.http import Client
from tests.support.shipped_portal import SYNTHETIC

FOUND_BY = {
    "hospital-discharges": "xuất viện, ra viện, nằm viện, nội trú, điều trị nội trú, bệnh nhân nội trú, nhập viện,"
    " viện phí, bảo hiểm y tế, BHYT, chi phí khám chữa bệnh, bệnh viện, hospital discharge, inpatient",
    "diabetes-hospital-encounters": "đái tháo đường, tiểu đường, ĐTĐ, nằm viện, tái nhập viện, diabetes",
    "health-facilities": "cơ sở y tế, cơ sở khám chữa bệnh, CSKCB, bệnh viện, trạm y tế, phòng khám, health facility",
    "administrative-units": "tỉnh thành, xã phường, đơn vị hành chính, sáp nhập tỉnh, mã tỉnh, province",
    "dengue-cases": "sốt xuất huyết, SXH, dengue, dịch bệnh, ca mắc, bệnh truyền nhiễm",
}
QUERIES = [(dataset, query) for dataset, queries in FOUND_BY.items() for query in queries.split(", ")]
FIRST = {"xuất viện", "ra viện", "nội trú"} | {"đái tháo đường", "tiểu đường"} | {"cơ sở y tế", "tỉnh thành", "SXH"}
"""Queries whose dataset stands first."""
MADE_UP = {"vi": "giả lập", "en": "made up"}


def hits(client: Client, query: str) -> list[str]:
    found: list[str] = [hit["dataset"] for hit in client.json(f"/api/v1/search?q={quote(query)}")["hits"]]
    return found


@pytest.mark.parametrize(("dataset", "query"), QUERIES)
def test_a_dataset_is_found_by_what_people_type(shipped: Client, dataset: str, query: str) -> None:
    for typed in (query, strip_marks(query)):
        found = hits(shipped, typed)
        assert dataset in found[:3], typed
        assert query not in FIRST or found[0] == dataset, typed


# Made-up data ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", SYNTHETIC)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_that_shows_made_up_data_says_so(shipped: Client, dataset: str, language: str) -> None:
    prefix = "" if language == "vi" else "/en"
    page = Document(shipped.get(f"{prefix}/datasets/{dataset}").text)
    notes = [each.text for each in page.elements if each.attributes.get("class") == "note warn"]
    assert MADE_UP[language] in notes[0]
    for path in ("", "/datasets", f"/datasets?q={dataset}"):
        cards = Document(shipped.get(f"{prefix}{path}" or "/").text).all("li")
        leading = [each for each in cards if _leads_to(dataset, each)]
        assert leading
        assert all(("Dữ liệu giả lập" if language == "vi" else "Made-up data") in each.text for each in leading)


def _leads_to(dataset: str, item: Element) -> bool:
    """Say whether an item of a list leads to the page of a dataset, by itself or by its heading."""
    inside = [*item.children, *(each for child in item.children for each in child.children)]
    return any(link.attributes["href"].endswith(f"/datasets/{dataset}") for link in inside if link.tag == "a")


def test_a_drawing_of_made_up_data_says_so_by_itself(shipped: Client) -> None:
    for width in ("wide", "narrow"):
        path = "/datasets/hospital-discharges/releases/2025.1/charts/by-province-chapter-sex.svg?width=" + width
        assert re.search("<text[^>]*>[^<]*– Dữ liệu giả lập</text>", shipped.get(path).text)


@pytest.mark.parametrize("dataset", SYNTHETIC)
def test_every_file_of_made_up_data_says_so(shipped: Client, dataset: str) -> None:
    files = package(shipped, dataset)
    for name, content in files.items():
        assert _says_made_up(name, content), name


def _says_made_up(name: str, content: bytes) -> bool:
    """Code lists hold real names, and a list of checksums holds nothing that could be taken for data."""
    if name.startswith("codelists/") or name == "checksums.txt":
        return True
    if name.endswith(".md"):
        text = content.decode()
        return "DỮ LIỆU GIẢ LẬP" in text and "SYNTHETIC DATA" in text
    if name in (CSVW, RO_CRATE):
        return b"/dataset-type/SYNTHETIC_DATA" in content and "DỮ LIỆU GIẢ LẬP" in content.decode()
    if name.endswith(".json"):
        return b'"synthetic":true' in content.replace(b" ", b"")
    if name.endswith(".csv"):
        lines = content.decode().splitlines()
        return lines[0].endswith(",synthetic") and all(line.endswith(",true") for line in lines[1:])
    if name.endswith(".parquet"):
        table = pq.read_table(io.BytesIO(content), columns=["synthetic"])
        return set(table.column("synthetic").to_pylist()) == {True}
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = [str(book.get_sheet_by_name(sheet).to_python()) for sheet in book.sheet_names]
    return any("DỮ LIỆU GIẢ LẬP" in sheet for sheet in sheets)


def package(client: Client, dataset: str) -> dict[str, bytes]:
    answer = client.get(f"/files/{dataset}/latest.zip")
    if answer.status_code == 307:
        answer = client.get(answer.headers["location"])
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# Lower bounds and withheld cells --------------------------------------------------------------------------------------


def test_page_files_and_dictionary_agree_on_what_a_lower_bound_is(shipped: Client) -> None:
    files, label = package(shipped, "dengue-cases"), STATUS_MEANINGS[CellStatus.ESTIMATED].label
    (csv,) = [content.decode() for name, content in files.items() if name.startswith("data/") and name.endswith(".csv")]
    assert '"_T","_T",' in csv
    assert csv.count('"estimated"') > 10
    statuses = {each["status"]: each for each in json.loads(files["datapackage.json"])["statuses"]}
    assert (statuses["estimated"]["letter"], statuses["estimated"]["titles"]) == ("e", label.model_dump())
    assert f"| `estimated` | [e] | {label.vi} | có |" in files["README.md"].decode()
    for prefix, text, bound in (("", label.vi, "bằng hoặc lớn hơn"), ("/en", label.en, "the same or larger")):
        page = Document(shipped.get(f"{prefix}/datasets/dengue-cases").text)
        (row,) = [each.text for each in page.all("tr") if "[e]" in each.text and "estimated" in each.text]
        assert text in row
        assert bound in row
        assert re.search(rf"\[e\] \([^)]+\): {re.escape(text)}", " ".join(page.visible))
        assert any(re.search(r"\d \[e\]", cell.text) for cell in page.all("td", "span"))


@pytest.mark.parametrize("dataset", ["hospital-discharges", "diabetes-hospital-encounters"])
def test_withheld_cells_are_counted_and_the_counts_add_up(shipped: Client, dataset: str) -> None:
    page = Document(shipped.get(f"/en/datasets/{dataset}").text)
    (table,) = [each for each in page.all("table") if each.attributes.get("id") == "withheld-counts"]
    *rows, total = [
        [cell.text for cell in row.children] for row in page.all("tr") if row.inside("table") and _in(row, table)
    ]
    counts = [_number(row[2]) for row in rows[1:]]
    assert sum(counts) == _number(total[1]) > 0
    said = " ".join(page.visible)
    assert f"{total[1]} cells are withheld to protect people, counted in every table and for every measure" in said
    report = json.loads(package(shipped, dataset)["disclosure-report.json"])
    assert f"{report['withheld']:,} of {report['cells']:,} cells are withheld, counting a cell once" in said
    assert report["withheld"] <= sum(counts)


def _in(row: Element, table: Element) -> bool:
    return row.parent is not None and row.parent.parent is table


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def test_reasons_policies_and_sources_follow_the_language(shipped: Client) -> None:
    pairs = {"dengue-cases": ("OpenDengue và Project Tycho đã công bố", "already publish every one of these counts")}
    pairs["diabetes-hospital-encounters"] = (
        "Đây là số liệu Hoa Kỳ, và CDC WONDER",
        "These are United States data, and",
    )
    pairs["hospital-discharges"] = ("không có giá trị pháp lý", "without legal force")
    for dataset, (vi, en) in pairs.items():
        vietnamese, english = shipped.get(f"/datasets/{dataset}").text, shipped.get(f"/en/datasets/{dataset}").text
        assert (vi in vietnamese, en in vietnamese, vi in english, en in english) == (True, False, False, True)
