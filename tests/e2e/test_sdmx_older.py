"""SDMX-REST 1 for clients of SDMX 2.1: the same data in what their schemas say."""

from __future__ import annotations

import pytest
from lxml import etree

from tests.support.http import Client
from tests.support.sdmx_messages import xml_faults
from tests.support.sdmx_portal import AGENCY, BEFORE, DATA, FLOW, XML, rows


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
def test_older_clients_get_what_their_schema_says(client: Client, path: str) -> None:
    answer = client.get(f"{BEFORE}/{path}")
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
def test_older_clients_get_the_same_data(client: Client, old: str, new: str) -> None:
    before, now = client.get(f"{BEFORE}/data/{old}"), client.get(DATA + new, accept=XML)
    assert observed(before.content) == observed(now.content) != []
    told = [row | {"OBS_VALUE": row.get("OBS_VALUE", "")} for row in observed(before.content)]
    lines = [{name: row[name] for name in list(row)[3:]} for row in rows(client, DATA + new)]
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
def test_older_clients_are_told_what_is_wrong(client: Client, path: str, status: int, told: str) -> None:
    answer = client.get(f"{BEFORE}/{path}".rstrip("/"), accept="*/*")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/xml"
    assert told in answer.text
    assert xml_faults(answer.content, "2.1") == []


def test_older_clients_cannot_have_formats_of_newer_ones(client: Client) -> None:
    wanted = "application/vnd.sdmx.genericdata+xml;version=2.1"
    assert client.get(f"{BEFORE}/data/{FLOW}", accept=wanted).status_code == 406
    exact = "application/vnd.sdmx.structurespecificdata+xml;version=2.1"
    assert client.get(f"{BEFORE}/data/{FLOW}", accept=exact).status_code == 200
    assert client.get(DATA, accept=exact).status_code == 406
