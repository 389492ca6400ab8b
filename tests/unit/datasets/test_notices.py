"""The last day of a notice ends at midnight in Viet Nam, whichever day somebody writes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from datasets.notices import RenamedField, day_of, end_of, in_force


@pytest.mark.parametrize("day", [date.min, date(2028, 2, 29), date(2028, 6, 30), date(2028, 12, 31), date.max])
def test_a_day_ends_at_midnight_in_viet_nam(day: date) -> None:
    assert end_of(day) == datetime(day.year, day.month, day.day, 17, tzinfo=UTC)


@pytest.mark.parametrize("day", [date(2028, 2, 29), date(2028, 6, 30), date(2028, 12, 31)])
def test_an_older_name_is_answered_until_the_end_of_its_day(day: date) -> None:
    renamed = [RenamedField(old="sex", new="gender", until=day)]
    assert in_force(renamed, day_of(end_of(day) - timedelta(microseconds=1))) == {"sex": "gender"}
    assert in_force(renamed, day_of(end_of(day))) == {}
