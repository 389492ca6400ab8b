"""Numbers, dates, sizes and periods are written as each language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from datasets.text import Language
from portal.shared.numbers import day, number, period, short_period, size


@pytest.mark.parametrize(
    ("value", "decimals", "vietnamese", "english"),
    [
        (0, None, "0", "0"),
        (999, None, "999", "999"),
        (1_234_567, None, "1.234.567", "1,234,567"),
        (-1_234, None, "-1.234", "-1,234"),
        (1_234_567.8, None, "1.234.567,8", "1,234,567.8"),
        (3.0, None, "3", "3"),
        (1e-7, None, "0,0000001", "0.0000001"),
        (1e21, None, "1.000.000.000.000.000.000.000", "1,000,000,000,000,000,000,000"),
        (0.125, 2, "0,12", "0.12"),
        (0.375, 2, "0,38", "0.38"),
        (5, 1, "5,0", "5.0"),
        (Decimal("0.10"), None, "0,10", "0.10"),
    ],
)
def test_numbers(value: float | Decimal, decimals: int | None, vietnamese: str, english: str) -> None:
    assert number(value, "vi", decimals=decimals) == vietnamese
    assert number(value, "en", decimals=decimals) == english


def test_days() -> None:
    assert day(date(2026, 11, 23), "vi") == "23/11/2026"
    assert day(date(2026, 1, 2), "vi") == "02/01/2026"
    assert day(date(2026, 11, 23), "en") == "23 November 2026"
    assert day("2026-11-23", "en") == "23 November 2026"


def test_a_moment_is_told_by_its_day_in_viet_nam() -> None:
    evening = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    assert day(evening, "vi") == "01/01/2027"
    assert day("2026-12-31T16:59:59Z", "vi") == "31/12/2026"


@pytest.mark.parametrize(
    ("count", "vietnamese", "english"),
    [
        (0, "0 B", "0 B"),
        (999, "999 B", "999 B"),
        (1_000, "1,0 kB", "1.0 kB"),
        (99_960, "100 kB", "100 kB"),
        (999_600, "1,0 MB", "1.0 MB"),
        (1_234_567, "1,2 MB", "1.2 MB"),
        (5_000_000_000_000_000, "5.000 TB", "5,000 TB"),
    ],
)
def test_sizes(count: int, vietnamese: str, english: str) -> None:
    assert size(count, "vi") == vietnamese
    assert size(count, "en") == english


@pytest.mark.parametrize(
    ("code", "language", "expected"),
    [
        ("2024", "vi", "Năm 2024"),
        ("2024", "en", "2024"),
        ("1994-2010", "vi", "Giai đoạn 1994–2010"),
        ("1994-2010", "en", "1994–2010"),
        ("2024-Q1", "vi", "Quý 1 năm 2024"),
        ("2024-Q1", "en", "Quarter 1, 2024"),
        ("2024-01", "vi", "Tháng 1 năm 2024"),
        ("2024-01", "en", "January 2024"),
        ("2024-W05", "vi", "Tuần 5 năm 2024"),
        ("2024-W05", "en", "Week 5, 2024"),
        ("2024-01-31", "vi", "31/01/2024"),
        ("2024-01-31", "en", "31 January 2024"),
        ("2024-02-31", "vi", "2024-02-31"),
        ("first", "vi", "first"),
    ],
)
def test_periods(code: str, language: Language, expected: str) -> None:
    assert period(code, language) == expected


def test_short_periods() -> None:
    assert [short_period(code, "vi") for code in ("2024", "2024-Q3", "2024-07")] == ["2024", "Quý 3/2024", "7/2024"]
    assert [short_period(code, "en") for code in ("2024", "2024-Q3", "2024-07")] == ["2024", "Q3/2024", "7/2024"]
