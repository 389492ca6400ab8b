"""A unit stands beside a name only where the name does not say it."""

from __future__ import annotations

import pytest

from portal.public.pages.units import is_said


@pytest.mark.parametrize(
    ("unit", "title", "said"),
    [
        ("lượt trên 100.000 dân", "Lượt ra viện trên 100.000 dân", True),
        ("ca trên 100.000 dân", "Tỷ suất mắc trên 100.000 dân", True),
        ("discharges per 100,000", "Discharges per 100,000 people", True),
        ("cases per 1,000", "Cases per 100,000 people", False),
        ("lượt", "Lượt ra viện", True),
        ("ngày", "Số ngày điều trị trung bình", True),
        ("ca mắc được báo cáo", "Số ca mắc", False),
        ("đồng", "Chi phí chăm sóc cộng đồng", False),
        ("days", "Mean length of stay", False),
        ("%", "Tỷ lệ %", False),
    ],
)
def test_whether_a_name_says_its_unit(unit: str, title: str, said: bool) -> None:
    assert is_said(unit, title) is said
