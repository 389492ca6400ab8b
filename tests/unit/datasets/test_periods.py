"""Names of editions as periods, and the code lists of time."""

from __future__ import annotations

from datetime import date

import pytest

from datasets.periods import TIME_LEVELS, in_a_sentence, period_of, time_codelist
from datasets.text import Bilingual


@pytest.mark.parametrize(
    ("edition", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("9999", date(9999, 1, 1), date(9999, 12, 31)),
        ("1994-2010", date(1994, 1, 1), date(2010, 12, 31)),
        ("2024-Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024-Q4", date(2024, 10, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28)),
        ("2024-12", date(2024, 12, 1), date(2024, 12, 31)),
        ("2024-01-31", date(2024, 1, 31), date(2024, 1, 31)),
        # ISO 8601: week 1 holds the year's first Thursday; 2020 had 53 weeks.
        ("2024-W01", date(2024, 1, 1), date(2024, 1, 7)),
        ("2021-W01", date(2021, 1, 4), date(2021, 1, 10)),
        ("2020-W53", date(2020, 12, 28), date(2021, 1, 3)),
    ],
)
def test_periods(edition: str, first: date, last: date) -> None:
    assert period_of(edition) == (first, last)


@pytest.mark.parametrize(
    "edition",
    ["", "0000", "2010-1994", "2024-Q5", "2024-13", "2024-00", "2024-02-30", "2021-W53", "2024-W00", "spring", "٢٠٢٤"],
)
def test_other_names_are_no_period(edition: str) -> None:
    assert period_of(edition) is None


@pytest.mark.parametrize(
    ("edition", "vi", "en"),
    [
        ("2025-06", "tháng 6/2025", "June 2025"),
        ("2025-Q3", "quý 3/2025", "Quarter 3, 2025"),
        ("2025", "2025", "2025"),
        ("1994-2009", "1994–2009", "1994–2009"),
        ("wave-2", "wave-2", "wave-2"),
    ],
)
def test_a_sentence_names_an_edition_as_people_do(edition: str, vi: str, en: str) -> None:
    assert in_a_sentence(edition) == Bilingual(vi=vi, en=en)


def test_months_have_quarters_and_years() -> None:
    codelist = time_codelist("months", date(2024, 11, 15), date(2025, 1, 2))
    assert [(member.code, member.level, member.parent) for member in codelist.members] == [
        ("2024", "year", ""),
        ("2024-Q4", "quarter", "2024"),
        ("2024-11", "month", "2024-Q4"),
        ("2024-12", "month", "2024-Q4"),
        ("2025", "year", ""),
        ("2025-Q1", "quarter", "2025"),
        ("2025-01", "month", "2025-Q1"),
    ]
    assert codelist.levels == TIME_LEVELS["months"]


def test_labels_are_in_both_languages() -> None:
    codelist = time_codelist("months", date(2024, 1, 1), date(2024, 1, 31))
    assert [(member.label.vi, member.label.en) for member in codelist.members] == [
        ("Năm 2024", "2024"),
        ("Quý 1 năm 2024", "Quarter 1, 2024"),
        ("Tháng 1 năm 2024", "January 2024"),
    ]


def test_a_member_is_valid_in_its_own_period() -> None:
    quarter = time_codelist("quarters", date(2024, 1, 1), date(2024, 12, 31)).by_code["2024-Q2"]
    assert (quarter.valid_from, quarter.valid_to) == ("2024-04-01", "2024-06-30")


def test_quarters_and_years_leave_finer_levels_out() -> None:
    start, end = date(2023, 1, 1), date(2024, 12, 31)
    assert len(time_codelist("quarters", start, end).members) == 10
    assert [member.code for member in time_codelist("years", start, end).members] == ["2023", "2024"]
    assert time_codelist("years", start, end).levels == TIME_LEVELS["years"]
