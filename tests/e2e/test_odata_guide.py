"""What the guide to Excel and Power BI shows works on the demo datasets."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from portal.public.app import PortalOptions, create_app
from portal.public.odata.conditions import FUNCTIONS, OPERATORS
from portal.public.odata.negotiation import DEFAULT_PAGE, MAX_PAGE
from tests.support.http import Client
from tests.support.publication import Ministry
from tests.support.served import served

GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "connect-excel-and-power-bi.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8000"
CALLS = [url.replace("\\$", "$") for url in re.findall(r'^\$ curl -sS "([^"]+)"$', GUIDE, re.MULTILINE)]
FEEDS = sorted({url.rstrip("/") + "/" for url in re.findall(rf'{ADDRESS}(/odata/v4/[a-z-]+/)[`"]', GUIDE)})


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize("url", CALLS)
def test_a_call_answers(shipped: Client, url: str) -> None:
    answer = shipped.get(url.removeprefix(ADDRESS))
    assert answer.status_code == 200, answer.text
    assert answer.json().get("value", True), "an example that shows no row explains nothing"


def test_every_call_is_tried() -> None:
    assert len(CALLS) == GUIDE.count("curl") == 4
    assert FEEDS == ["/odata/v4/hospital-discharges/"]


def test_the_names_that_m_uses_are_there(shipped: Client) -> None:
    feed, figures = blocks("m")
    (name,) = re.findall(r'\[Name = "(\w+)", Signature = "table"\]', feed)
    (columns,) = re.findall(r"SelectColumns\(\w+, \{([^}]+)\}", feed)
    (row,) = shipped.json(f"{FEEDS[0]}{name}?$top=1&$select={columns.replace(' ', '').replace(chr(34), '')}")["value"]
    assert [f'"{column}"' for column in row] == columns.split(", ")
    (address,) = re.findall(r'Address = "([^"]+)"', figures)
    (asked,) = re.findall(r'\[#"\$apply" = "([^"]+)"\]', figures)
    answer = shipped.json(f"{address.removeprefix(ADDRESS)}?$apply={asked}")
    assert {row["sex"] for row in answer["value"]} == {"M", "F"}


def test_the_file_for_power_bi_names_the_feed(shipped: Client) -> None:
    (text,) = blocks("json")
    (connection,) = json.loads(text)["connections"]
    assert connection["details"]["protocol"] == "odata"
    assert shipped.get(connection["details"]["address"]["url"].removeprefix(ADDRESS)).status_code == 200


def test_the_python_of_the_guide_runs(shipped_ministry: Ministry, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks("python")
    root = shipped_ministry.root
    with served(create_app(PortalOptions(root, root / "public-key.pem"), shipped_ministry.releases)) as address:
        names: dict[str, object] = {}
        exec(code.replace(ADDRESS, address), names)
        service = names["service"]
        service.default_context.connection.session.close()  # type: ignore[attr-defined]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("_T Total 10404 observed")


def test_the_operators_and_limits_of_the_guide_are_those_of_the_code() -> None:

    assert all(re.search(rf"[` ]{name}[` ]", GUIDE) for name in (*FUNCTIONS, *OPERATORS))
    assert f"{DEFAULT_PAGE:,} rows" in GUIDE
    assert f"up to {MAX_PAGE:,}" in GUIDE
