"""Names of editions that look like periods: what staff are asked, and which names are nobody's business."""

from __future__ import annotations

from datetime import date

import pytest

from datasets.errors import SettingInvalid
from publishers import cautions
from publishers.arguments import checked_edition
from publishers.edition_names import of_spelling, period_meant


@pytest.mark.parametrize(
    ("edition", "meant"),
    [
        ("2026-q1", "2026-Q1"),
        ("2026Q1", "2026-Q1"),
        ("2026-Q01", "2026-Q1"),
        ("Q1-2026", "2026-Q1"),
        ("2026-w05", "2026-W05"),
        ("2026-W5", "2026-W05"),
        ("2026-1", "2026-01"),
        ("202603", "2026-03"),
        ("03-2026", "2026-03"),
        ("2026-T3", "2026-03"),
        ("20260301", "2026-03-01"),
        ("1-3-2026", "2026-03-01"),
        ("2025_2026", "2025-2026"),
    ],
)
def test_staff_are_asked_which_period_they_mean(edition: str, meant: str) -> None:
    assert period_meant(edition) == meant
    (warning,) = of_spelling(edition)
    assert warning.remedy == f"Did you mean {meant}?"
    assert edition in warning.rule


@pytest.mark.parametrize("edition", ["2026-13", "202613", "2026-Q5", "2026-W54", "2026-02-30", "2026-2025"])
def test_what_no_year_has_is_told_without_a_guess(edition: str) -> None:
    assert period_meant(edition) is None
    (warning,) = of_spelling(edition)
    assert "2026-W05" in (warning.remedy or "")


def test_a_half_year_has_a_coverage_and_no_name() -> None:
    (warning,) = of_spelling("2026-H1")
    assert "give coverage its start and end" in (warning.remedy or "")


@pytest.mark.parametrize("edition", ["2026", "2026-Q1", "2026-03", "final", "2026-final", "round-2", "v2", "12026"])
def test_a_period_and_a_name_of_another_kind_are_fine(edition: str) -> None:
    assert list(of_spelling(edition)) == []
    assert period_meant(edition) is None


def test_the_job_warns() -> None:
    (warning,) = cautions.of_edition("2026-q1", date(2026, 5, 1))
    assert warning.place == "--edition"


def test_a_name_that_cannot_be_used_has_the_hint_too() -> None:
    with pytest.raises(SettingInvalid, match="did you mean 2026-Q1"):
        checked_edition("2026_Q1")
    with pytest.raises(SettingInvalid, match="name the reference period"):
        checked_edition("the year!")
