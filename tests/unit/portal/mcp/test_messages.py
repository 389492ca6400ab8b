"""A message of a stranger is bounded and strict, and written anew for whoever reads on."""

from __future__ import annotations

import json
import time

import pytest
from mcp_types import INVALID_REQUEST, PARSE_ERROR

from portal.public.mcp.messages import MAX_BODY_BYTES, MAX_DEPTH, MAX_VALUES, MessageRefused, read_message

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def refused(body: bytes) -> MessageRefused:
    begun = time.process_time()
    with pytest.raises(MessageRefused) as caught:
        read_message(body)
    assert time.process_time() - begun < 0.2
    return caught.value


@pytest.mark.parametrize("identifier", [0, -1, 2**53, "", "a" * 200, "số"])
def test_requests_and_notifications_pass(identifier: int | str) -> None:
    for message in ({**PING, "id": identifier}, {"jsonrpc": "2.0", "method": "x", "params": {"a": [1, {"b": None}]}}):
        assert json.loads(read_message(json.dumps(message).encode())) == message


def test_whoever_reads_on_is_given_each_name_once() -> None:
    read = read_message(b'{"jsonrpc":"1.0", "jsonrpc":"2.0","id":1,"method":"a","method":"b"}')
    assert read == b'{"jsonrpc":"2.0","id":1,"method":"b"}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"method": "\xff"}',
        b'{"method": "\\ud800"}',
        b'{"a": NaN}',
        b"\xef\xbb\xbf{}",
        b"[" * MAX_BODY_BYTES,
        b'{"a":' * 10_000,
        b"9" * MAX_BODY_BYTES,
    ],
)
def test_what_is_not_json_cannot_be_read(body: bytes) -> None:
    error = refused(body)
    assert (error.status, error.code, error.identifier) == (400, PARSE_ERROR, None)


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        ([PING], "batches"),
        ([], "batches"),
        ("ping", "must be an object"),
        (None, "must be an object"),
        ({**PING, "jsonrpc": "1.0"}, "jsonrpc"),
        ({**PING, "method": ""}, "method"),
        ({**PING, "method": 1}, "method"),
        ({**PING, "method": "m" * 201}, "method"),
        ({"jsonrpc": "2.0", "id": 1, "result": {}}, "method"),
        ({**PING, "params": [1]}, "params"),
        ({**PING, "params": None}, "params"),
        ({**PING, "id": None}, "id"),
        ({**PING, "id": True}, "id"),
        ({**PING, "id": 1.0}, "id"),
        ({**PING, "id": 2**53 + 1}, "id"),
        ({**PING, "id": "i" * 201}, "id"),
        ({**PING, "params": {"a": [0] * MAX_VALUES}}, "values"),
    ],
)
def test_what_is_no_message_is_told_which_rule_it_breaks(message: object, rule: str) -> None:
    error = refused(json.dumps(message).encode())
    assert (error.status, error.code) == (400, INVALID_REQUEST)
    assert rule in error.rule


def test_depth_is_bounded_and_counted_from_the_message() -> None:
    def nested(depth: int) -> bytes:
        return json.dumps({**PING, "params": {"a": json.loads("[" * depth + "]" * depth)}}).encode()

    assert read_message(nested(MAX_DEPTH - 3))
    assert "deep" in refused(nested(MAX_DEPTH)).rule


def test_an_error_belongs_to_the_request_where_that_can_be_read() -> None:
    assert refused(json.dumps({**PING, "id": "mine", "params": []}).encode()).identifier == "mine"
    assert refused(json.dumps({**PING, "id": [], "params": []}).encode()).identifier is None
