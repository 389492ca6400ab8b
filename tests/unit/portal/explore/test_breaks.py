"""Breaks in series are marked at the first period that is shown after them, of the members that are shown alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.breaks import Break
from datasets.codelist import Codelist, Member
from datasets.geography import Crosswalk
from datasets.periods import period_of
from portal.public.explore.asked import read_asked
from portal.public.explore.breaks import SeriesBreak, series_of
from portal.public.explore.exploration import Exploration
from portal.public.explore.settling import settle
from portal.query.schema import Areas, Axis, Cube
from tests.support.cubes import axis, both, cube, measure

YEARS = [str(year) for year in range(1994, 2011)]
MONTHS = [f"{year}-{month:02}" for year in YEARS for month in range(1, 13)]
TIME = axis(
    "month",
    [*((year, "year", "") for year in YEARS), *((code, "month", code[:4]) for code in MONTHS)],
    levels=("year", "month"),
    role="time",
)
LEGACY = Codelist(
    "provinces-legacy",
    both("provinces"),
    (
        Member("_T", both("country")),
        Member("R", both("region"), "region"),
        Member("01", both("Ha Noi"), "province", "R", valid_to="2025-06-30", successor="01"),
        Member("28", both("Ha Tay"), "province", "R", valid_to="2008-07-31", successor="01"),
        Member("06", both("Bac Kan"), "province", "R", "1997-01-01", "2025-06-30", successor="19"),
        Member("19", both("Thai Nguyen"), "province", "R", "1997-01-01", "2025-06-30", successor="19"),
    ),
)
NEW = Codelist("provinces", both("34"), (Member("01", both("Ha Noi")), Member("19", both("Thai Nguyen"))))
PROVINCE = axis("province", ["01"], levels=("region", "province"), role="geography")
PROVINCE = Axis(PROVINCE.description.model_copy(update={"codelist": LEGACY.id}), LEGACY)
SEX = axis("sex", ["M", "F"], role="sex")
RATE = measure("rate", "rate", number=True, numerator="cases", denominator="people")
SCHEMA = replace(
    cube([PROVINCE, TIME, SEX], [measure("cases"), measure("deaths"), RATE]), areas=Areas(Crosswalk(LEGACY), NEW)
)


def broken(since: str, **keys: Any) -> Break:
    return Break.model_validate({"from": since, "reason": both(since), **keys})


def shown(text: str, schema: Cube = SCHEMA) -> Exploration:
    return settle(read_asked([part.partition("=")[::2] for part in text.split("&")]), schema)


def found(text: str, *declared: Break, schema: Cube = SCHEMA) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    exploration = shown(text, schema)
    columns = exploration.columns.codes if exploration.columns else ("",)
    series = series_of(exploration, exploration.rows.codes, columns)
    assert series is not None
    return [(one.since, one.periods, one.members) for one in series.breaks(declared)]


TOTAL = "rows=month&level.month=month"


def test_it_is_marked_at_the_first_period_after_it_of_every_level() -> None:
    assert found(TOTAL, broken("2008-08")) == [("2008-08", ("2008-08",), ())]
    assert found(TOTAL, broken("2008")) == [("2008", ("2008-01",), ())]
    assert found("rows=month&level.month=year", broken("2008-08")) == [("2008-08", ("2008",), ())]
    mixed = "rows=month&in.month=2007,2009,2007-12,2009-02"
    assert found(mixed, broken("2008-08")) == [("2008-08", ("2009", "2009-02"), ())]


@pytest.mark.parametrize("span", ["from.month=2008-08", "to.month=2008-07", "in.month=2008-09"])
def test_one_outside_the_span_is_none(span: str) -> None:
    assert found(f"{TOTAL}&{span}", broken("2008-08")) == []


def test_without_time_nothing_breaks() -> None:
    exploration = shown("rows=sex&columns=province")
    assert series_of(exploration, exploration.rows.codes, ("01",)) is None


def test_only_the_members_that_are_shown_break() -> None:
    of_sex = broken("2001", members={"sex": ["F"]})
    both_of = broken("2001", members={"sex": ["F"], "province": ["01"]})
    assert found(TOTAL, of_sex) == []
    assert found(f"{TOTAL}&at.sex=F", of_sex) == [("2001", ("2001-01",), ())]
    assert found(f"{TOTAL}&at.sex=M", of_sex) == []
    assert found(f"{TOTAL}&columns=sex", of_sex) == [("2001", ("2001-01",), ("F",))]
    assert found(f"{TOTAL}&columns=sex&in.sex=M", of_sex) == []
    assert found(f"{TOTAL}&columns=sex&at.province=R", both_of) == []
    beside = found(f"{TOTAL}&columns=sex&at.province=01&to.month=2007-01", both_of)
    assert beside == [("2001", ("2001-01",), ("F",))]


def test_a_rate_breaks_with_what_it_is_made_of() -> None:
    of_cases = broken("2001", measures=["cases"])
    assert found(f"{TOTAL}&measure=deaths", of_cases) == []
    assert found(f"{TOTAL}&measure=rate", of_cases) == found(f"{TOTAL}&measure=cases", of_cases) != []


def test_the_list_of_provinces_knows_who_was_formed_and_who_was_joined() -> None:
    lines = f"{TOTAL}&columns=province&in.province="
    assert found(f"{lines}01,28") == [("2008-08-01", ("2008-08",), ("01",))]
    assert found(f"{lines}06,19,28") == [("1997-01-01", ("1997-01",), ("06", "19"))]
    assert found(f"{TOTAL}&at.province=06") == [("1997-01-01", ("1997-01",), ("06",))]
    assert found(f"{TOTAL}&at.province=R") == found(TOTAL) == []
    assert found(f"{TOTAL}&at.province=06&from.month=1997-01") == []


def test_what_the_release_tells_is_told_once() -> None:
    lines = f"{TOTAL}&columns=province&in.province="
    divided = broken("1997-01", members={"province": ["19"]})
    assert found(f"{lines}06,19", divided) == [
        ("1997-01", ("1997-01",), ("19",)),
        ("1997-01-01", ("1997-01",), ("06",)),
    ]
    assert found(f"{lines}19", divided) == [("1997-01", ("1997-01",), ("19",))]
    assert found(f"{lines}01", broken("2008-08")) == [("2008-08", ("2008-08",), ())]


def test_a_sum_of_old_provinces_breaks_where_one_of_them_does() -> None:
    of_one = broken("2009-06", members={"province": ["06"]})
    joined = f"{TOTAL}&columns=province&geography=2025&from.month=2009-01"
    assert found(joined, of_one) == [("2009-06", ("2009-06",), ("19",))]


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ({"01": "2000-01-01", "19": "2000-01-01"}, []),
        ({"01": "2000-01-01", "19": "2005-01-01"}, [("2005-01-01", ("2005-01",), ("19",))]),
        ({"01": "", "19": "2005-01-01"}, [("2005-01-01", ("2005-01",), ("19",))]),
    ],
)
def test_numbers_from_before_a_list_began_are_in_its_borders(since: dict[str, str], expected: list[object]) -> None:
    members = tuple(replace(one, level="province", valid_from=since[one.code]) for one in NEW.members)
    description = PROVINCE.description.model_copy(update={"codelist": NEW.id, "levels": ("province",), "total": False})
    new = Axis(description, replace(NEW, members=members))
    schema = replace(cube([new, TIME], [measure("cases")]), areas=SCHEMA.areas)
    assert found(f"{TOTAL}&columns=province", schema=schema) == expected


SINCE = st.sampled_from([*YEARS, *MONTHS[::7], "1980", "2030-01"])


@given(SINCE, st.sampled_from(MONTHS), st.sampled_from(MONTHS), st.sampled_from(["month", "year"]))
def test_what_is_before_ends_before_and_what_is_after_does_not(since: str, one: str, other: str, level: str) -> None:
    text = f"rows=month&level.month={level}&from.month={min(one, other)}&to.month={max(one, other)}"
    exploration = shown(text)
    series = series_of(exploration, exploration.rows.codes, ("",))
    assert series is not None
    start = period_of(since)
    assert start is not None
    ends = {code: period[1] for code in exploration.rows.codes if (period := period_of(code))}
    before = [code for code, end in ends.items() if end < start[0]]
    after = [code for code, end in ends.items() if end >= start[0]]
    expected = (after[0],) if before and after else ()
    told: tuple[SeriesBreak, ...] = series.breaks([broken(since)])
    assert tuple(period for each in told for period in each.periods) == expected
