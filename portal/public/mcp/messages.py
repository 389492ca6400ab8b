"""Read one JSON-RPC message from bytes of a stranger: bounded, strict, and written anew for whoever reads on."""

from __future__ import annotations

from typing import Any, TypeGuard

import orjson
from mcp_types import INVALID_REQUEST, PARSE_ERROR

MAX_BODY_BYTES = 64 * 1024
MAX_DEPTH = 20
"""How deep objects and lists may be nested."""
MAX_VALUES = 5_000
"""How many values a message may hold, at whatever depth."""
MAX_NAME_LENGTH = 200
"""How long a method's name or an identifier may be."""
_LARGEST_ID = 2**53


class MessageRefused(Exception):
    """What came is no message: an HTTP status, a code of JSON-RPC, and the rule that it breaks."""

    def __init__(self, status: int, code: int, rule: str) -> None:
        super().__init__(rule)
        self.status, self.code, self.rule = status, code, rule
        self.identifier: str | int | None = None
        """The message's own, where it could be read."""


def read_message(body: bytes) -> bytes:
    """Return the one request or notification that ``body`` holds, as plain JSON; raise MessageRefused for all else."""
    try:
        message = orjson.loads(body)
    except ValueError:
        raise MessageRefused(400, PARSE_ERROR, "the message must be JSON in UTF-8") from None
    if isinstance(message, list):
        raise _refused("batches are not taken: send each message by itself")
    if not isinstance(message, dict):
        raise _refused("the message must be an object")
    try:
        _check_size(message)
        _check_envelope(message)
    except MessageRefused as error:
        error.identifier = message["id"] if _is_identifier(message.get("id")) else None
        raise
    return orjson.dumps(message)


def _check_size(message: object) -> None:
    level, count = [message], 0
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        count += len(level)
        if count > MAX_VALUES:
            raise _refused(f"a message may hold at most {MAX_VALUES} values")
        if not level:
            return
    raise _refused(f"a message may be nested at most {MAX_DEPTH} deep")


def _inside(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _check_envelope(message: dict[str, Any]) -> None:
    if message.get("jsonrpc") != "2.0":
        raise _refused('jsonrpc: must be "2.0"')
    method = message.get("method")
    if not isinstance(method, str) or not 0 < len(method) <= MAX_NAME_LENGTH:
        raise _refused("method: must be the name of one; answers are not taken")
    if not isinstance(message.get("params", {}), dict):
        raise _refused("params: must be an object of names and values")
    if "id" in message and not _is_identifier(message["id"]):
        raise _refused(f"id: must be a whole number, or a text of at most {MAX_NAME_LENGTH} characters")


def _is_identifier(value: object) -> TypeGuard[str | int]:
    if isinstance(value, str):
        return len(value) <= MAX_NAME_LENGTH
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST_ID


def _refused(rule: str) -> MessageRefused:
    return MessageRefused(400, INVALID_REQUEST, rule)
