"""Every line to copy in docs/how-to/use-sdmx-clients.md works against the datasets of the demo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sdmx.source import sources

from portal.public.app import PortalOptions, create_app
from tests.support.http import Client
from tests.support.publication import Ministry
from tests.support.sdmx_messages import json_faults, xml_faults
from tests.support.served import served

# Once sdmx1 2.28 has read SDMX 2.1 it cannot learn SDMX 3.0; the guide says "a session of its own".
import_module("sdmx.reader.xml.v30")

ADDRESS = "http://127.0.0.1:8000"
GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "use-sdmx-clients.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ curl -sS (?:-g )?'([^']+)'$", GUIDE, re.MULTILINE)
PROGRAMS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
NAMED = re.findall(r"`application/[^\n]*\| `([a-z]+)` \|$", GUIDE, re.MULTILINE)


@pytest.fixture(scope="module")
def address(shipped: Client, shipped_ministry: Ministry) -> Iterator[str]:
    root = shipped_ministry.root
    with served(create_app(PortalOptions(root, root / "public-key.pem"), shipped_ministry.releases)) as found:
        yield found


def run(code: str, address: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(code.replace(ADDRESS, address), "guide", "exec"), names)  # the guide is ours
    return names


def test_the_guide_has_these_examples() -> None:
    assert len(COMMANDS) == GUIDE.count("$ curl") == 7
    assert len(PROGRAMS) == 3
    assert len(NAMED) == 5


@pytest.mark.parametrize("url", COMMANDS)
def test_a_command_answers(shipped: Client, url: str) -> None:
    answer = shipped.get(url.removeprefix(ADDRESS))
    assert answer.status_code == 200, answer.text
    kind = answer.headers["content-type"]
    if "json" in kind:
        assert json_faults(answer.json(), "data" if "data+json" in kind else "structure", "2.1.0") == []
    else:
        assert "csv" in kind or xml_faults(answer.content, "2.1" if "version=2.1" in kind else "3.0") == []


@pytest.mark.parametrize("program", PROGRAMS[:2])
def test_a_program_with_sdmx1_runs(address: str, program: str, capsys: pytest.CaptureFixture[str]) -> None:
    sources.pop("ytemo-demonstration", None)
    table = run(program, address)["table"]
    assert len(table) == 2 * 2 * 12
    assert table.loc[table["CONF_STATUS"] == "C", "value"].isna().all()
    assert (table["CONF_STATUS"] == "C").any()
    assert "NaN" in capsys.readouterr().out


def test_the_program_with_pandas_runs(address: str) -> None:
    table = run(PROGRAMS[2], address)["table"]
    assert isinstance(table, pd.DataFrame)
    assert set(table["INDICATOR"]) == {"stays"}
    assert len(table) == 12 * 35 * 3


@pytest.mark.parametrize("accept", re.findall(r"`(application/vnd\.sdmx[^`]+)`", GUIDE))
def test_a_format_of_the_guide_is_offered(shipped: Client, accept: str) -> None:
    kind = "data/dataflow/*/hospital-discharges_by-month-province-insurance?limit=1"
    path = f"/sdmx/v2/{kind if 'data+' in accept else 'structure/dataflow'}"
    if "2.1" in accept and "xml" in accept:
        path = "/sdmx/v1/data/hospital-discharges_by-month-province-insurance/M.stays.79"
    assert shipped.get(path, accept=accept).headers["content-type"].startswith(accept.partition(";")[0])


@pytest.mark.parametrize("name", NAMED)
def test_a_format_of_the_guide_can_be_named(shipped: Client, name: str) -> None:
    flow = "data/dataflow/*/hospital-discharges_by-month-province-insurance?limit=1&"
    path = flow if "data" in name else "structure/dataflow?"
    assert shipped.get(f"/sdmx/v2/{path}format={name}").status_code == 200
