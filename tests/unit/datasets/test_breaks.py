"""A break is told in words, and of what it concerns alone."""

from __future__ import annotations

import pytest

from datasets.breaks import Break, broken_series
from datasets.text import Bilingual

REASON = Bilingual(vi="Đổi biểu mẫu.", en="A new form.")


def broken(since: str, **of: object) -> Break:
    return Break.model_validate({"from": since, "reason": REASON, **of})


@pytest.mark.parametrize(
    ("since", "of", "vi", "en"),
    [
        ("2008", {}, "Năm 2008: Đổi biểu mẫu.", "2008: A new form."),
        ("2008-08", {}, "Tháng 8 năm 2008: Đổi biểu mẫu.", "August 2008: A new form."),
        (
            "2008-Q3",
            {"members": {"province": ("01", "28")}, "measures": ("cases",)},
            "Quý 3 năm 2008 (province 01, 28; cases): Đổi biểu mẫu.",
            "Quarter 3, 2008 (province 01, 28; cases): A new form.",
        ),
        ("wave-2", {}, "wave-2: Đổi biểu mẫu.", "wave-2: A new form."),
    ],
)
def test_a_break_says_when_of_what_and_why(since: str, of: dict[str, object], vi: str, en: str) -> None:
    assert broken_series(broken(since, **of)) == Bilingual(vi=vi, en=en)


@pytest.mark.parametrize(
    ("of", "concerns"),
    [
        ({}, True),
        ({"members": {"sex": ("F",)}}, True),
        ({"members": {"province": ("01",)}}, False),
        ({"members": {"province": ("01", "_T")}}, True),
        ({"measures": ("cases", "deaths")}, True),
        ({"measures": ("deaths",)}, False),
    ],
)
def test_a_table_is_concerned_by_what_it_has(of: dict[str, object], concerns: bool) -> None:
    assert broken("2008", **of).concerns(("sex", "month"), ("cases",)) == concerns
