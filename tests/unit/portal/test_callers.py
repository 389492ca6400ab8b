"""Who is one caller, and which keys a request brings, whatever strangers send."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.public.api_keys import MAX_KEY_LENGTH
from portal.public.callers import UNKNOWN, caller_of, keys_in
from portal.public.dialects import dialect_of


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::1", "2001:db8::/64"),
        ("2001:DB8:0:1::1", "2001:db8:0:1::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", UNKNOWN),
        ("somewhere", UNKNOWN),
        ("192.0.2", UNKNOWN),
        ("192.0.2.01", UNKNOWN),
        ("[2001:db8::1]:443", UNKNOWN),
        ("2001:db8::1::2", UNKNOWN),
        ("1" * 100_000, UNKNOWN),
        (":" * 49, UNKNOWN),
        ("192.0.2.1\x00", UNKNOWN),
    ],
)
def test_who_is_one_caller(address: str, caller: str) -> None:
    assert caller_of(address) == caller


@given(st.text(max_size=60))
def test_any_text_is_somebody(address: str) -> None:
    assert caller_of(address)


def test_long_addresses_are_refused_at_once_and_not_kept() -> None:
    addresses = [f"{number:x}" + ":" * 60_000 for number in range(200)]
    tracemalloc.start()
    begun = time.perf_counter()
    assert {caller_of(address) for address in addresses} == {UNKNOWN}
    took = time.perf_counter() - begun
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 0.05
    assert kept < 100_000


@pytest.mark.parametrize(
    ("headers", "native", "ckan"),
    [
        ([], (), ()),
        ([(b"authorization", b"Bearer abc")], ("abc",), ("abc",)),
        ([(b"authorization", b"bEARER  abc ")], ("abc",), ("abc",)),
        ([(b"authorization", b"abc")], (), ("abc",)),
        ([(b"authorization", b"Basic abc")], (), ()),
        ([(b"authorization", b"Bearer")], ("",), ("",)),
        ([(b"x-api-key", b"abc"), (b"authorization", b"Bearer d")], ("abc", "d"), ("abc", "d")),
        ([(b"x-ckan-api-key", b"abc")], (), ("abc",)),
        ([(b"x-api-key", b"k\xe9\xff")], ("kéÿ",), ("kéÿ",)),
        ([(b"cookie", b"x-api-key=abc")], (), ()),
    ],
)
def test_which_keys_a_request_brings(
    headers: list[tuple[bytes, bytes]], native: tuple[str, ...], ckan: tuple[str, ...]
) -> None:
    assert keys_in(headers, ckan=False) == native
    assert keys_in(headers, ckan=True) == ckan


def test_a_long_key_is_cut_where_it_shows_that_it_is_none() -> None:
    (key,) = keys_in([(b"x-api-key", b"x" * 60_000)], ckan=False)
    assert len(key) == MAX_KEY_LENGTH + 1


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/api/v1/datasets", "native"),
        ("/api/v1/limits", ""),
        ("/api/v1/limits/x", "native"),
        ("/api/v1/docs", ""),
        ("/api/3/action/package_list", "ckan"),
        ("/api/action/package_list", "ckan"),
        ("/datastore/dump/x", "ckan"),
        ("/api/pxweb/v2/config", "pxweb"),
        ("/sdmx/v1/dataflow", "sdmx"),
        ("/odata/v4", "odata"),
        ("/mcp", "mcp"),
        ("/", ""),
        ("/en/api", ""),
        ("/files/x/latest.zip", ""),
        ("/datasets/x", ""),
    ],
)
def test_what_is_counted(path: str, dialect: str) -> None:
    assert dialect_of(path) == dialect
