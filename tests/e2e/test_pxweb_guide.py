"""Everything to copy in docs/how-to/use-pxweb-clients.md works against the datasets of the demo."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from jsonstat_validator import validate_jsonstat

from datasets.settings import Settings
from portal.public.allowances import MINUTE
from portal.public.pxweb.choices import MAX_DATA_CELLS
from portal.public.pxweb.data_answers import OUTPUT_FORMATS
from portal.shared.links import PXWEB
from tests.support.http import Client
from tests.support.publication import Ministry
from tests.support.served import served
from tests.support.shipped_portal import shipped_app

GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "use-pxweb-clients.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8000"
COMMANDS = re.findall(r"^\$ curl -sS (?:-g )?'([^']+)'$", GUIDE, re.MULTILINE)
PROGRAMS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
IN_R = re.findall(r"```r\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(scope="module")
def address(shipped_ministry: Ministry) -> Iterator[str]:
    with served(shipped_app(shipped_ministry)) as found:
        yield found


def test_all_of_it_is_tried() -> None:
    assert len(COMMANDS) == GUIDE.count("$ curl") == 7
    assert (len(PROGRAMS), len(IN_R)) == (2, 1)
    assert GUIDE.count("```") == 2 * (1 + len(PROGRAMS) + len(IN_R))
    assert GUIDE.count(ADDRESS) == 1 + len(COMMANDS) + len(PROGRAMS) + len(IN_R)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_answers(shipped: Client, command: str) -> None:
    answer = shipped.get(quote(command.removeprefix(ADDRESS), safe="/?&=%,@*"))
    assert answer.status_code == 200, answer.text
    if "outputFormat=csv" in command:
        assert len(list(csv.reader(io.StringIO(answer.text)))) == 1 + 6 * 12
    elif "/data?" in command or "/metadata" in command:
        validate_jsonstat(answer.json())
    else:
        assert len(answer.json()) > 1


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_runs(address: str, program: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(compile(program.replace(ADDRESS, address), "guide", "exec"), names)  # the guide is ours
    told = capsys.readouterr().out
    if "PxApi" in program:
        assert "Chapter IX: Heart and circulatory diseases" in told
        assert names["frame"]["value"].isna().any()
        assert len(names["frame"]) == 2 * 23 * 2
    else:
        assert "suppressed" in told
        withheld = names["deaths"]["Deaths in hospital: status"] == "suppressed"
        assert names["deaths"].loc[withheld, "Deaths in hospital"].isna().all()


def test_what_r_asks_is_there_and_of_the_shape_that_it_reads(shipped: Client) -> None:
    parts = re.findall(r'"([^"]+)"', IN_R[0])
    asked = (parts[0] + parts[1]).removeprefix(ADDRESS)
    document = shipped.json(quote(asked, safe="/?&=%,@*"))
    validate_jsonstat(document)
    assert document["class"] == "dataset"
    assert len(document["value"]) == 2 * 23


def test_the_selection_of_the_guide_is_understood(shipped: Client) -> None:
    (body,) = re.findall(r'`(\{"selection".+?\})`\.', GUIDE)
    selection = json.loads(body)
    selection["selection"].append({"variableCode": "ContentsCode", "valueCodes": ["*"]})
    table = "dengue-cases.by-province-and-month"
    answer = shipped.post(f"{PXWEB}/tables/{table}/data", json.dumps(selection))
    assert answer.status_code == 200, answer.text
    assert answer.json()["size"] == [12, 1]


def test_its_limits_and_formats_are_those_that_are_kept() -> None:
    assert f"{MAX_DATA_CELLS:,} cells" in GUIDE
    assert f"{Settings().calls_per_minute:,} calls in {MINUTE} seconds" in GUIDE
    assert ", ".join(f"`{name}`" for name in OUTPUT_FORMATS) in GUIDE
