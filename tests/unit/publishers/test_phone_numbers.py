"""Telephone numbers are told from other numbers by how they are written."""

from __future__ import annotations

import pytest

from publishers.phone_numbers import is_bare_phone, is_expected_phone, is_written_phone


@pytest.mark.parametrize(
    "text",
    [
        "0912/345/678",
        "0912.345.678",
        "0912_345_678",
        "(0912) 345-678",
        "[0912] 345 678",
        "09 12 34 56 78",
        "09.12.34.56.78",
        "0 912 345 678",
        "(0)912345678",
        "+84912345678",
        "+84 (0) 912 345 678",
        "+84(0)912345678",
        "(+84) 912345678",
        "84 912 345 678",
        "0084 912 345 678",
        "00 84 912345678",
        "024.3825.3531",
        "(024) 3 825 3531",
        "024 38253531 - 024 38253532",
        "0236/3822/125",
        "+842363822125",
        "gọi 0912345678",
        "gọi 0084912345678 nhé",
        "ngày 01/02/2024, 0912 345 678",
        "0912 345 678 01/02/2024",
    ],
)
def test_a_written_number_is_found(text: str) -> None:
    assert is_written_phone(text)


@pytest.mark.parametrize(
    "text",
    [
        "0912345678",
        "84.912.345.678",
        "84.912.345.678 đồng",
        "84,912,345,678",
        "1.032.123.456.789",
        "0.912345678",
        "tỷ lệ 0.912345678",
        "0,912345678",
        "0-9 10-19 20-29",
        "08-12 13-17 18",
        "02/03/2024 - 05/04/2024",
        "02/03/2024-05/04/2024",
        "02/2024 - 4/2024",
        "2024-02-03 2024-02-05",
        "0912345678901",
        "X0912345678",
    ],
)
def test_other_numbers_are_not_taken_for_one(text: str) -> None:
    assert not is_written_phone(text)


@pytest.mark.parametrize(
    "text", ["0912345678", "84912345678", "0084912345678", "0912345678; 02438253531", "(0912345678)"]
)
def test_bare_digits_can_be_one(text: str) -> None:
    assert is_bare_phone(text)


@pytest.mark.parametrize("text", ["123456789", "0112345678", "84.912.345.678", "x 0912345678", ""])
def test_bare_digits_can_be_something_else(text: str) -> None:
    assert not is_bare_phone(text)


@pytest.mark.parametrize("text", ["912345678", "84912345678", "0912,345,678", "2438253531", "+840912345678"])
def test_under_a_header_that_says_so_the_digits_are_enough(text: str) -> None:
    assert is_expected_phone(text)


def test_under_such_a_header_a_count_is_a_count() -> None:
    assert not is_expected_phone("12345")
