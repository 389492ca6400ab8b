"""One cell, asked in every dialect and every format, has one value and one status."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from portal.query.formats_json_stat import METRIC
from portal.shared.links import MCP, PXWEB
from tests.support.http import Client

DATASETS = ("dengue-cases", "diabetes-hospital-encounters", "hospital-discharges")
Found = tuple[float | None, str]
"""The value and the status of a cell."""


@dataclass(frozen=True)
class Cell:
    """One cell of one measure, as the published table has it."""

    dataset: str
    table: str
    measure: str
    codes: Mapping[str, str]
    value: float | None
    status: str
    time: str
    """The dimension of time; empty where there is none."""
    resource: str
    """The table's id at CKAN's door."""

    @property
    def native(self) -> str:
        return f"/api/v1/datasets/{self.dataset}/tables/{self.table}"


@pytest.fixture(scope="module")
def cells(shipped: Client) -> list[Cell]:
    """Every cell, the withheld ones first."""
    found = [cell for dataset in DATASETS for cell in published(shipped, dataset)]
    return sorted(found, key=lambda cell: cell.value is not None)


def published(client: Client, dataset: str) -> Iterator[Cell]:
    newest = client.json(f"/api/v1/datasets/{dataset}")
    description = newest["description"]
    times = {each["name"] for each in description["dimensions"] if each["role"] == "time"}
    for table in description["tables"]:
        asked = f"/api/v1/datasets/{dataset}/tables/{table['id']}/rows?limit=100000"
        resource = f"{dataset}/{newest['release']}/{table['id']}"
        time = next((name for name in table["dimensions"] if name in times), "")
        for row in client.json(asked)["data"]:
            codes = {name: row[name] for name in table["dimensions"]}
            for name in table["measures"]:
                yield Cell(dataset, table["id"], name, codes, row[name], row[f"{name}_status"], time, resource)


# How each is asked ----------------------------------------------------------------------------------------------------


def by_native(kind: str, form: str, read: Callable[[bytes], dict[str, Any]]) -> Callable[[Client, Cell], Found]:
    def ask(client: Client, cell: Cell) -> Found:
        asked = urlencode({**cell.codes, "select": cell.measure, "format": form})
        answer = client.get(f"{cell.native}/{kind}?{asked}")
        assert answer.status_code == 200, answer.text
        row = read(answer.content)
        value = row[cell.measure]
        return (None if value in {None, ""} else float(value)), row[f"{cell.measure}_status"]

    return ask


def from_csv(raw: bytes) -> dict[str, Any]:
    (row,) = csv.DictReader(io.StringIO(raw.decode(), newline=""))
    return dict(row)


def from_workbook(raw: bytes) -> dict[str, Any]:
    names, row = CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0).to_python()
    return dict(zip(map(str, names), row, strict=True))


def by_ckan(client: Client, cell: Cell) -> Found:
    asked = urlencode({"resource_id": cell.resource, "filters": json.dumps(dict(cell.codes))})
    (row,) = client.json(f"/api/3/action/datastore_search?{asked}")["result"]["records"]
    return row[cell.measure], row[f"{cell.measure}_status"]


def by_ckan_sql(client: Client, cell: Cell) -> Found:
    columns = f'"{cell.measure}", "{cell.measure}_status"'
    where = " AND ".join(f"\"{name}\" = '{code}'" for name, code in cell.codes.items())
    asked = urlencode({"sql": f'SELECT {columns} FROM "{cell.resource}" WHERE {where}'})
    (row,) = client.json(f"/api/3/action/datastore_search_sql?{asked}")["result"]["records"]
    return row[cell.measure], row[f"{cell.measure}_status"]


def by_pxweb(client: Client, cell: Cell) -> Found:
    chosen = {f"valuecodes[{name}]": code for name, code in {**cell.codes, METRIC: cell.measure}.items()}
    found = client.json(f"{PXWEB}/tables/{cell.dataset}.{cell.table}/data?{urlencode(chosen)}")
    (value,) = found["value"]
    return value, found["status"].get("0", "observed")


def by_json_stat(client: Client, cell: Cell) -> Found:
    asked = urlencode({**cell.codes, "select": cell.measure, "format": "json-stat"})
    found = client.json(f"{cell.native}/data?{asked}")
    (value,) = found["value"]
    return value, found["status"].get("0", "observed")


def by_odata(client: Client, cell: Cell) -> Found:
    condition = " and ".join(f"{name} eq '{code}'" for name, code in cell.codes.items())
    entities = f"/odata/v4/{cell.dataset}/{cell.table.replace('-', '_')}?{urlencode({'$filter': condition})}"
    (row,) = client.json(entities)["value"]
    return row[cell.measure], row[f"{cell.measure}_status"]


def by_sdmx(client: Client, cell: Cell) -> Found:
    flow = f"/sdmx/v2/data/dataflow/*/{cell.dataset}_{cell.table}"
    chosen = {f"c[{name.upper()}]": code for name, code in cell.codes.items() if name != cell.time}
    asked = urlencode({**chosen, "c[INDICATOR]": cell.measure, "format": "csvdata"})
    answer = client.get(f"{flow}?{asked}")
    assert answer.status_code == 200, answer.text
    wanted = cell.codes.get(cell.time, "")
    rows = [row for row in csv.DictReader(io.StringIO(answer.text, newline="")) if is_of(row, wanted)]
    (row,) = rows
    return (float(row["OBS_VALUE"]) if row["OBS_VALUE"] else None), row["CELL_STATUS"]


def by_mcp(client: Client, cell: Cell) -> Found:
    arguments = {"dataset": cell.dataset, "table": cell.table, "filters": dict(cell.codes), "select": [cell.measure]}
    call = {"name": "query", "arguments": arguments}
    message = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call})
    answer = client.post(MCP, message, content_type="application/json", accept="application/json")
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["result"]["structuredContent"]["rows"]
    return row[cell.measure], row[f"{cell.measure}_status"]


def is_of(row: Mapping[str, str], time: str) -> bool:
    """The total over time has no frequency; a table without time has the one of its edition."""
    return not time or (row["FREQ"] == "_Z" if time == "_T" else row["TIME_PERIOD"] == time)


WAYS: Mapping[str, Callable[[Client, Cell], Found]] = {
    "rows, JSON": by_native("rows", "json", lambda raw: orjson.loads(raw)["data"][0]),
    "rows, CSV": by_native("rows", "csv", from_csv),
    "rows, JSON lines": by_native("rows", "jsonl", orjson.loads),
    "rows, XLSX": by_native("rows", "xlsx", from_workbook),
    "rows, Parquet": by_native("rows", "parquet", lambda raw: pq.read_table(pa.BufferReader(raw)).to_pylist()[0]),
    "rows, Arrow": by_native("rows", "arrow", lambda raw: pa.ipc.open_stream(raw).read_all().to_pylist()[0]),
    "data, JSON": by_native("data", "json", lambda raw: orjson.loads(raw)["data"][0]),
    "data, JSON-stat": by_json_stat,
    "CKAN": by_ckan,
    "CKAN, SQL": by_ckan_sql,
    "PxWeb": by_pxweb,
    "OData": by_odata,
    "SDMX": by_sdmx,
    "MCP": by_mcp,
}
seen: set[tuple[str, str]] = set()


@settings(
    max_examples=200,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
)
@given(place=st.floats(0, 1, exclude_max=True), withheld=st.booleans())
def test_a_cell_is_the_same_everywhere(shipped: Client, cells: list[Cell], place: float, withheld: bool) -> None:
    count = sum(cell.value is None for cell in cells)
    first, length = (0, count) if withheld else (count, len(cells) - count)
    cell = cells[first + int(place * length)]
    event(cell.status)
    seen.add((cell.dataset, cell.status))
    for name, ask in WAYS.items():
        assert ask(shipped, cell) == (cell.value, cell.status), (name, cell)


@pytest.mark.usefixtures("shipped")  # runs where the test before did
def test_cells_of_every_dataset_were_asked() -> None:
    assert {dataset for dataset, _ in seen} == set(DATASETS)
    assert {status for _, status in seen} >= {"observed", "suppressed", "zero"}
