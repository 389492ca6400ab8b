"""Clients of SDMX that we did not write read the shipped datasets as they are: sdmx1 and pysdmx."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pandas as pd
import pytest
import sdmx
from pysdmx.io import read_sdmx
from pysdmx.model import Codelist, Dataflow, DataStructureDefinition
from requests import HTTPError

from datasets.cell_status import STATUS_MEANINGS, CellStatus
from portal.public.app import PortalOptions, create_app
from tests.support.http import Client
from tests.support.publication import Ministry
from tests.support.served import served

AGENCY = "ytemo-demonstration"
MONTHS = "hospital-discharges_by-month-province-insurance"
XML = "application/vnd.sdmx.data+xml;version=3.0.0, application/vnd.sdmx.structure+xml;version=3.0.0"
FLOWS = {
    "dengue-cases_by-province-and-month",
    "diabetes-hospital-encounters_by-race-sex-age-readmission",
    "diabetes-hospital-encounters_by-admission-age-readmission",
    "diabetes-hospital-encounters_by-specialty-sex-readmission",
    "hospital-discharges_by-province-chapter-sex",
    MONTHS,
    "hospital-discharges_by-age-sex-chapter",
}
CELLS = 200


@pytest.fixture(scope="module")
def portal(shipped: Client, shipped_ministry: Ministry) -> Iterator[str]:
    root = shipped_ministry.root
    with served(create_app(PortalOptions(root, root / "public-key.pem"), shipped_ministry.releases)) as found:
        yield found


@pytest.fixture(scope="module")
def address(portal: str) -> str:
    return f"{portal}/sdmx/v2"


@pytest.fixture(scope="module")
def newer(address: str) -> Iterator[Any]:
    """A client of SDMX 3.0."""
    kinds = ("data", "dataflow", "datastructure", "codelist", "conceptscheme", "agencyscheme", "availableconstraint")
    source = {
        "id": AGENCY,
        "name": "ytemo",
        "url": address,
        "versions": ["3.0.0"],
        "headers": {kind: {"Accept": XML} for kind in kinds},
        "supports": {"availableconstraint": True},
    }
    yield from asking(source)


@pytest.fixture(scope="module")
def older(portal: str) -> Iterator[Any]:
    """A client of SDMX 2.1, with nothing said that it does not ask for."""
    yield from asking({"id": AGENCY, "name": "ytemo", "url": f"{portal}/sdmx/v1"})


@pytest.fixture(params=["newer", "older"])
def client(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def asking(source: dict[str, Any]) -> Iterator[Any]:
    sdmx.add_source(source, override=True)
    client = sdmx.Client(AGENCY)
    with client.session:
        yield client


def fetched(url: str, accept: str) -> bytes:
    with urlopen(Request(url, headers={"Accept": accept}), timeout=60) as answer:
        content: bytes = answer.read()
    return content


def test_sdmx1_lists_the_dataflows(client: Any) -> None:
    listed = sdmx.to_pandas(client.dataflow().dataflow)
    assert set(listed.index) == FLOWS
    assert listed[MONTHS].startswith("Hospital discharges by province")


def test_sdmx1_reads_the_data_structure_with_its_code_lists(client: Any) -> None:
    message = client.dataflow(MONTHS, params={"references": "all"})
    structure = message.dataflow[MONTHS].structure
    assert [each.id for each in structure.dimensions] == ["FREQ", "INDICATOR", "PROVINCE", "INSURANCE", "TIME_PERIOD"]
    assert [each.id for each in structure.measures] == ["OBS_VALUE"]
    assert [each.id for each in structure.attributes] == ["OBS_STATUS", "CONF_STATUS", "CELL_STATUS", "SYNTHETIC"]
    provinces = structure.dimensions.get("PROVINCE").local_representation.enumerated
    assert len(provinces) == 35
    assert str(provinces["79"].name["vi"]).endswith("Hồ Chí Minh")
    months = client.codelist("CL_hospital-discharges_months").codelist["CL_hospital-discharges_months"]
    assert months["2025-01"].parent.id == "2025-Q1"


def test_sdmx1_gets_data_with_a_key(client: Any, shipped: Client) -> None:
    found = sdmx.to_pandas(client.data(MONTHS, key="M.stays.01+79._T"))
    assert len(found) == 2 * 12
    keys = [str(name) for name in found.index.names]
    path = "/api/v1/datasets/hospital-discharges/tables/by-month-province-insurance/data"
    native = shipped.json(f"{path}?group=month,province&province__in=01,79&select=stays")["data"]
    for row in native:
        place = {"FREQ": "M", "INDICATOR": "stays", "PROVINCE": row["province"], "INSURANCE": "_T"}
        assert found[tuple({**place, "TIME_PERIOD": row["month"]}[key] for key in keys)] == row["stays"]


def test_sdmx1_makes_a_key_of_a_dictionary(older: Any) -> None:
    key = {"FREQ": "M", "INDICATOR": ["stays", "deaths"], "PROVINCE": "01+79", "INSURANCE": "_T"}
    message = older.data(MONTHS, key=key, params={"startPeriod": "2025-11", "endPeriod": "2025-12"})
    table = sdmx.to_pandas(message, attributes="o")
    assert list(table.index.names) == ["FREQ", "INDICATOR", "PROVINCE", "INSURANCE", "TIME_PERIOD"]
    assert len(table) == 2 * 2 * 2
    assert (table["value"].isna() == (table["CONF_STATUS"] == "C")).all()


def test_sdmx1_previews_what_there_is(older: Any) -> None:
    keys = older.series_keys(MONTHS)
    assert len(keys) == 35 * 3 * 4 * 2
    assert {str(key.FREQ.value) for key in keys} == {"M", "_Z"}


def cells(frame: pd.DataFrame, count: int, seed: int) -> list[tuple[dict[str, str], pd.Series]]:
    chosen = random.Random(seed).sample(range(len(frame)), count)
    names = [str(name) for name in frame.index.names]
    return [(dict(zip(names, frame.index[at], strict=True)), frame.iloc[at]) for at in chosen]


def native_row(shipped: Client, flow: str, key: dict[str, str]) -> dict[str, Any]:
    """Return the row of our own API that a key of SDMX means."""
    dataset, _, table = flow.partition("_")
    fields = shipped.json(f"/api/v1/datasets/{dataset}/tables/{table}/rows?limit=1")["fields"]
    names = [field["name"] for field in fields if field["kind"] == "dimension"]
    given = {name: key.get(name.upper(), "") for name in names if name != "month"}
    if "month" in names:
        given["month"] = "_T" if key["FREQ"] == "_Z" else key["TIME_PERIOD"]
    query = "&".join(f"{name}={value}" for name, value in given.items())
    (row,) = shipped.json(f"/api/v1/datasets/{dataset}/tables/{table}/rows?{query}")["data"]
    assert isinstance(row, dict)
    return row


@pytest.mark.parametrize("flow", sorted(FLOWS))
def test_sdmx1_has_the_numbers_of_our_own_api(client: Any, shipped: Client, flow: str) -> None:
    message = client.data(flow)
    frame = sdmx.to_pandas(message, attributes="o")
    assert isinstance(frame, pd.DataFrame)
    assert len(frame) == int(message.response.headers["Ytemo-Total"])
    seen = set()
    for key, cell in cells(frame, CELLS, seed=len(flow)):
        row = native_row(shipped, flow, key)
        value, status = row[key["INDICATOR"]], CellStatus(row[f"{key['INDICATOR']}_status"])
        meaning = STATUS_MEANINGS[status]
        assert (cell["value"] == value) if value is not None else pd.isna(cell["value"])
        told = tuple(str(cell[name]) for name in ("OBS_STATUS", "CONF_STATUS", "CELL_STATUS"))
        assert told == (meaning.sdmx_obs_status, meaning.sdmx_conf_status, status.value)
        seen.add(status)
    withheld = {CellStatus.MISSING} if flow.startswith("dengue") else {CellStatus.SUPPRESSED}
    assert withheld <= seen, "cells without a value are among those that were compared"


def test_sdmx1_knows_who_publishes(client: Any) -> None:
    message = client.agencyscheme(agency_id="SDMX")
    assert AGENCY in message.organisation_scheme["AGENCIES"]


def test_sdmx1_asks_what_is_available(newer: Any) -> None:
    message = newer.get("availableconstraint", resource_id=MONTHS, key="M.stays.79", component_id="*")
    (constraint,) = message.constraint.values()
    (region,) = constraint.data_content_region
    held = {dimension.id: {value.value for value in each.values} for dimension, each in region.member.items()}
    assert held["PROVINCE"] == {"79"}
    assert held["INSURANCE"] == {"_T", "insured", "uninsured"}


def test_sdmx1_reads_csv_with_a_structure(newer: Any, address: str) -> None:
    structure = newer.dataflow(MONTHS, params={"references": "all"}).dataflow[MONTHS]
    url = f"{address}/data/dataflow/{AGENCY}/{MONTHS}/+/M.deaths.79"
    content = fetched(url, "application/vnd.sdmx.data+csv;version=2.0.0")
    message: Any = sdmx.read_sdmx(io.BytesIO(content), format="CSV", structure=structure)
    observations = message.data[0].obs
    assert len(observations) == 3 * 12
    lost = [each for each in observations if each.attached_attribute["CONF_STATUS"].value == "C"]
    assert lost
    assert {each.value for each in lost} == {""}


def test_pysdmx_reads_the_structures(address: str) -> None:
    url = f"{address}/structure/dataflow/{AGENCY}/{MONTHS}/+?references=all"
    for version in ("2.0.0", "2.1.0"):
        content = fetched(url, f"application/vnd.sdmx.structure+json;version={version}").decode()
        held = read_sdmx(content, validate=True).structures
        assert held is not None
        (structure,) = [each for each in held if isinstance(each, DataStructureDefinition)]
        assert [each.id for each in structure.components.dimensions][:4] == [
            "FREQ",
            "INDICATOR",
            "PROVINCE",
            "INSURANCE",
        ]
        assert [each.id for each in held if isinstance(each, Dataflow)] == [MONTHS]
        lists = {each.id: each for each in held if isinstance(each, Codelist)}
        assert {"_T", "01", "79"} <= {code.id for code in lists["CL_hospital-discharges_provinces"]}


def test_sdmx1_says_what_is_not_found(client: Any) -> None:
    with pytest.raises(HTTPError, match="404 Client Error: Not Found") as caught:
        client.data(MONTHS, key="M.stays.78")
    assert caught.value.response is not None
    assert "PROVINCE has no published code '78'" in caught.value.response.text
    # What the client makes of 501, which is what the standard has for queries that a server does not answer.
    with pytest.raises(NotImplementedError):
        client.get("schema", resource_id=MONTHS, context="dataflow", force=True)
