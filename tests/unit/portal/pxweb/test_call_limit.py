"""A caller may ask so often within the window, and is told when it may ask again."""

from __future__ import annotations

import pytest

from portal.public.pxweb import call_limit
from portal.public.pxweb.call_limit import CallLimit, TooManyCalls


def test_calls_within_the_window_are_counted() -> None:
    limit = CallLimit(calls=2, window=10)
    limit.count("192.0.2.1", 0.0)
    limit.count("192.0.2.1", 4.0)
    with pytest.raises(TooManyCalls, match="Too many calls") as caught:
        limit.count("192.0.2.1", 5.5)
    assert caught.value.seconds == 5
    assert str(caught.value.problems[0].rule) == "2 calls within 10 seconds are allowed"
    limit.count("192.0.2.2", 5.5)
    limit.count("192.0.2.1", 10.0)
    with pytest.raises(TooManyCalls) as caught:
        limit.count("192.0.2.1", 13.9)
    assert caught.value.seconds == 1


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("somewhere", "", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_who_is_one_caller(first: str, second: str, same: bool) -> None:
    limit = CallLimit(calls=1, window=10)
    limit.count(first, 0.0)
    if same:
        with pytest.raises(TooManyCalls):
            limit.count(second, 0.0)
    else:
        limit.count(second, 0.0)


def test_only_the_last_callers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_limit, "_REMEMBERED_CALLERS", 2)
    limit = CallLimit(calls=1, window=10)
    for number in (1, 2, 3):
        limit.count(f"192.0.2.{number}", 0.0)
    limit.count("192.0.2.1", 1.0)
    with pytest.raises(TooManyCalls):
        limit.count("192.0.2.3", 1.0)
