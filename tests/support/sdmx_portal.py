"""What tests of SDMX-REST over the demo store share: its addresses, and what an answer holds."""

from __future__ import annotations

import csv
import io

from tests.support.http import Client
from tests.support.sdmx_messages import json_faults

SDMX = "/sdmx/v2"
AGENCY = "ministry-of-health"
FLOW = "notifiable-diseases_by-month"
DATA = f"{SDMX}/data/dataflow/{AGENCY}/{FLOW}"
CSV = "application/vnd.sdmx.data+csv;version=2.0.0"
XML = "application/xml"
BEFORE = "/sdmx/v1"
"""Where clients of SDMX 2.1 ask."""


def rows(client: Client, path: str, accept: str = CSV) -> list[dict[str, str]]:
    answer = client.get(path, accept=accept)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def error_of(client: Client, path: str, status: int, **headers: str) -> str:
    answer = client.get(path, **headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["cache-control"] == "no-store"
    document = answer.json()
    assert json_faults(document, "data", "2.1.0") == []
    assert {each["code"] for each in document["errors"]} == {status}
    return " ".join(each["detail"] for each in document["errors"])


def artefacts(client: Client, path: str) -> set[tuple[str, str, str]]:
    data = client.json(f"{SDMX}/structure/{path}")["data"]
    return {(kind, each["id"], each.get("version", "")) for kind, held in data.items() for each in held}
