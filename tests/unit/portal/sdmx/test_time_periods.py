"""Times as SDMX writes them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.public.sdmx.time_periods import frequency_of, read_period, sdmx_period, time_range


@given(st.dates(date(1, 1, 2), date(9990, 1, 1)), st.integers(0, 3000))
def test_a_range_is_read_as_it_was_written(first: date, days: int) -> None:
    last = date.fromordinal(first.toordinal() + days)
    assert read_period(time_range(first, last)) == (first, last)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("2025-02", date(2025, 2, 1), date(2025, 2, 28)),
        ("2025-Q2", date(2025, 4, 1), date(2025, 6, 30)),
        ("2025-A1", date(2025, 1, 1), date(2025, 12, 31)),
        ("2025-S2", date(2025, 7, 1), date(2025, 12, 31)),
        ("2025-T3", date(2025, 9, 1), date(2025, 12, 31)),
        ("2025-M02", date(2025, 2, 1), date(2025, 2, 28)),
        ("2025-W01", date(2024, 12, 30), date(2025, 1, 5)),
        ("2025-03-31", date(2025, 3, 31), date(2025, 3, 31)),
        ("2025-03-31T12:00:00", date(2025, 3, 31), date(2025, 3, 31)),
        ("2025-01-01/P1Y", date(2025, 1, 1), date(2025, 12, 31)),
        ("2025-01-01/P7D", date(2025, 1, 1), date(2025, 1, 7)),
        ("2025-01-01T00:00:00/P2M", date(2025, 1, 1), date(2025, 2, 28)),
    ],
)
def test_a_time_covers_these_days(text: str, first: date, last: date) -> None:
    assert read_period(text) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2025-13",
        "2025-Q5",
        "2025-S3",
        "2025-A2",
        "2025-M00",
        "0000-A1",
        "2025T00",
        "2025-02-30",
        "9999-01-01/P9Y",
        "0000-01-01/P1D",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_period(text) is None


@pytest.mark.parametrize(
    ("code", "written", "frequency"),
    [
        ("2025", "2025", "A"),
        ("2025-Q1", "2025-Q1", "Q"),
        ("2025-01", "2025-01", "M"),
        ("2025-W05", "2025-W05", "W"),
        ("2025-01-31", "2025-01-31", "D"),
        ("1994-2009", "1994-01-01/P16Y", "_Z"),
        ("spring", "", "_Z"),
    ],
)
def test_a_code_has_a_time_and_a_frequency(code: str, written: str, frequency: str) -> None:
    assert sdmx_period(code) == written
    assert frequency_of(written) == frequency
