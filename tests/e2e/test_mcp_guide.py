"""Everything to copy in docs/how-to/use-with-assistants.md works against the datasets of the demo."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.public.mcp.arguments import MAX_ROWS
from portal.public.mcp.messages import MAX_BODY_BYTES, MAX_DEPTH
from portal.public.mcp.shelf import PROMPT
from portal.public.mcp.tools import TOOLS
from portal.shared.links import MCP
from tests.support.http import Client
from tests.support.publication import Ministry
from tests.support.served import served
from tests.support.shipped_portal import shipped_app

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "how-to" / "use-with-assistants.md").read_text(encoding="utf-8")
VIETNAMESE = (DOCS / "how-to" / "huong-dan-cho-nguoi-dung.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8000"
COMMANDS = re.findall(r"^\$ curl -sS '([^']+)' -H '([^']+)' -H '([^']+)' -d '([^']+)'$", GUIDE, re.MULTILINE)
PROGRAMS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(scope="module")
def address(shipped_ministry: Ministry) -> Iterator[str]:
    with served(shipped_app(shipped_ministry)) as found:
        yield found


def test_all_of_it_is_tried() -> None:
    assert len(COMMANDS) == GUIDE.count("$ curl") == 3
    assert len(PROGRAMS) == 1
    assert GUIDE.count("```") == 2 * (1 + len(PROGRAMS))


@pytest.mark.parametrize("command", COMMANDS, ids=range(len(COMMANDS)))
def test_a_command_answers(shipped: Client, command: tuple[str, str, str, str]) -> None:
    url, media_type, accept, body = command
    assert url == f"{ADDRESS}{MCP}"
    named = {"content_type": media_type.partition(": ")[2], "accept": accept.partition(": ")[2]}
    answer = shipped.post(MCP, body, **named)
    assert answer.status_code == 200, answer.text
    result = answer.json()["result"]
    assert result.get("isError", False) is False
    assert result.get("tools") or result["structuredContent"]


def test_the_program_runs(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(compile(PROGRAMS[0].replace(ADDRESS, address), "guide", "exec"), names)  # the guide is ours
    told = capsys.readouterr().out
    assert "['dengue-cases']" in told
    assert "Withheld is not zero" in told
    assert "release=2025.1" in told
    assert {row["deaths_status"] for row in names["answer"]["rows"]} >= {"suppressed"}


def test_settings_of_clients_are_json_with_the_address() -> None:
    settings = re.findall(r"`(\{\"(?:servers|mcpServers)\".+?\}\})`", GUIDE)
    assert len(settings) == 2
    for each in settings:
        (servers,) = json.loads(each).values()
        assert servers["ytemo"]["url"] == f"{ADDRESS}{MCP}"


def test_its_tools_and_limits_are_those_that_there_are() -> None:
    for tool in TOOLS.values():
        (row,) = [line for line in GUIDE.splitlines() if line.startswith(f"| `{tool.name}` |")]
        assert set(re.findall(r"`(\w+)`", row.split("|")[2])) == set(tool.asked.model_fields)
    assert f"at most {MAX_ROWS} rows" in GUIDE
    assert f"at most {MAX_BODY_BYTES:,} bytes" in GUIDE
    assert f"at most {MAX_DEPTH} deep" in GUIDE
    assert f"`{PROMPT}`" in GUIDE


def test_visitors_are_told_of_it_in_vietnamese() -> None:
    assert "`https://CONG/mcp`" in VIETNAMESE
    assert "(use-with-assistants.md)" in VIETNAMESE
