"""Accept headers, odd ones among them: every dialect reads them alike."""

from __future__ import annotations

import pytest

from portal.shared.accept import LONGEST, Wish, read_accept


@pytest.mark.parametrize(
    ("weight", "read"),
    [("0", 0.0), ("0.5", 0.5), ("1", 1.0), ("1.000", 1.0), ("1.5", 0.0), ("0.1234", 0.0), ("-1", 0.0), ("x", 0.0)],
)
def test_a_weight_is_between_nothing_and_one(weight: str, read: float) -> None:
    assert list(read_accept(f"text/csv; q={weight}")) == [Wish("text/csv", {}, read)]


def test_parameters_keep_their_values_as_they_are_written() -> None:
    header = 'application/vnd.sdmx.data+csv; Version="2.0.0"; labels=Both ;q=0.9, , TEXT/CSV;;'
    csv, plain = read_accept(header)
    assert csv == Wish("application/vnd.sdmx.data+csv", {"version": "2.0.0", "labels": "Both"}, 0.9)
    assert (plain.media_range, plain.weight) == ("text/csv", 1.0)


def test_no_more_than_so_much_is_read() -> None:
    assert list(read_accept("")) == []
    assert len(list(read_accept("a/b," * LONGEST))) == LONGEST // 4
