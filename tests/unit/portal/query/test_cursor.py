"""A cursor is accepted only by the question it was written for, and only as it was written."""

from __future__ import annotations

import base64
from hashlib import blake2b

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.errors import QueryInvalid
from datasets.release import FieldType
from portal.query.cursor import Cursor, read_cursor, write_cursor

TYPES: tuple[FieldType, ...] = ("string", "integer", "number", "date")


def forge(body: bytes, fingerprint: str = "f") -> str:
    check = blake2b(body, key=fingerprint.encode(), digest_size=8).digest()
    return base64.urlsafe_b64encode(check + body).rstrip(b"=").decode()


@given(
    st.tuples(
        st.none() | st.text(max_size=20),
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | st.dates().map(lambda day: day.isoformat()),
    ),
    st.integers(0, 2**62),
)
def test_what_is_written_is_read_back(values: tuple[str | int | float | None, ...], row: int) -> None:
    cursor = Cursor(values, row)
    assert read_cursor(write_cursor(cursor, fingerprint="f"), fingerprint="f", types=TYPES) == cursor


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(QueryInvalid, match="is not a cursor of this question"):
        read_cursor(text, fingerprint="f", types=TYPES)


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b'{"a":1}',
        b"[1]",
        orjson.dumps(["a", 1, 1.5, "2024-01-01", "row"]),
        orjson.dumps(["a", 1, 1.5, "2024-01-01", 2**63]),
        orjson.dumps([1, 1, 1.5, "2024-01-01", 1]),
        orjson.dumps(["a", True, 1.5, "2024-01-01", 1]),
        orjson.dumps(["a", 1, "x", "2024-01-01", 1]),
        orjson.dumps(["a", 1, 1.5, "yesterday", 1]),
        orjson.dumps(["a", 1, 1.5, 20240101, 1]),
    ],
)
def test_a_forged_cursor_of_wrong_values_is_refused(body: bytes) -> None:
    with pytest.raises(QueryInvalid):
        read_cursor(forge(body), fingerprint="f", types=TYPES)


def test_a_cursor_of_another_question_is_refused() -> None:
    text = write_cursor(Cursor((), 3), fingerprint="f")
    with pytest.raises(QueryInvalid):
        read_cursor(text, fingerprint="g", types=())
    with pytest.raises(QueryInvalid):
        read_cursor("A" * 5000, fingerprint="f", types=())
