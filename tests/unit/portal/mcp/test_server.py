"""What goes wrong is told where the caller can mend it, and is for our log alone where not."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from fastapi import Request
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from datasets.errors import CatalogUnavailable, DatasetNotFound, Problem, QueryTimeout, YtemoError
from datasets.said import said
from portal.public.mcp.server import Work, build_server, refused_text
from portal.shared.links import MCP
from tests.support.http import client_of
from tests.support.mcp_fixture import application

HEADERS = {"accept": "application/json", "content_type": "application/json"}
SECRET = "/srv/store/objects/ab"


def answered(error: Exception, method: str, **params: Any) -> Any:
    """Return what a server says whose every work ends in ``error``."""

    async def run(_: Work[Any], __: Request) -> Any:
        raise error

    with client_of(application(build_server(run))) as client:
        body = json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
        answer = client.post(MCP, body, **HEADERS)
        assert (answer.status_code, answer.json()["id"]) == (200, 7)
        return answer.json()


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {"name": "search", "arguments": {}}),
        ("tools/call", {"name": "query"}),
        ("resources/list", {}),
        ("resources/read", {"uri": "ytemo://datasets/x"}),
    ],
)
def test_what_nobody_foresaw_is_not_told(method: str, params: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    document = answered(RuntimeError(SECRET), method, **params)
    assert document["error"] == {"code": INTERNAL_ERROR, "message": "Something went wrong"}
    (record,) = [each for each in caplog.records if each.name == "ytemo.portal"]
    assert record.exc_info is not None
    assert method in record.getMessage()


def test_what_is_our_fault_is_told_without_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    document = answered(CatalogUnavailable(SECRET), "tools/call", name="search", arguments={})
    (content,) = document["result"]["content"]
    assert document["result"]["isError"] is True
    assert SECRET not in content["text"]
    assert "Ask again in 30 seconds" in content["text"]
    assert SECRET in caplog.text


def test_lists_and_resources_that_cannot_be_read_are_errors_of_the_protocol() -> None:
    listed = answered(QueryTimeout("Too many questions are waiting"), "resources/list")
    assert listed["error"]["code"] == INTERNAL_ERROR
    assert "Too many questions are waiting" in listed["error"]["message"]
    uri = "ytemo://datasets/" + "x" * 500
    read = answered(DatasetNotFound("There is none"), "resources/read", uri=uri)
    assert read["error"]["code"] == INVALID_PARAMS
    assert read["error"]["data"] == {"uri": uri[:200]}


def test_nothing_is_said_twice() -> None:
    problem = Problem("a", said("is wrong"), "Do b")
    error = YtemoError("", problems=[problem])
    queried = DatasetNotFound(said("%(part0)s: %(part1)s", part0="a", part1=said("is wrong")), problems=[problem])
    assert refused_text(queried, "en").splitlines() == ["Dataset not found", "a: is wrong. Do b"]
    assert str(problem) not in refused_text(error, "en"), "an error that is in no table is ours"


def test_errors_are_said_in_vietnamese() -> None:
    text = refused_text(QueryTimeout("The question took too long"), "vi")
    assert text.splitlines()[-1] == "Hãy hỏi lại sau 10 giây"
