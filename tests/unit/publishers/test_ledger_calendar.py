"""The periods of editions and of tables: which make up others, and where nothing tells that they do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from datasets.definition_files import load_definition
from datasets.errors import DisclosureRuleInvalid
from datasets.periods import period_of
from publishers.ledger_calendar import EDITION, Calendar, CutPeriods
from publishers.tabulate.plan import plan
from tests.support.publication import Ministry
from tests.unit.publishers.visits_by_month import DEFINITION, published, read, write


def calendar(edition: str, *editions: str) -> Calendar:
    periods = {name: period for name in (edition, *editions) if (period := period_of(name))}
    return Calendar("month", edition, periods[edition], periods)


def test_the_present_period_is_the_total_and_others_have_their_names() -> None:
    one = calendar("2024", "2024-Q1")
    assert (one.member("2024"), one.member("2024-Q1"), one.member("2024-01")) == ("_T", "2024-Q1", "2024-01")
    assert calendar("2024-01").member("2024-01") == "_T"


def test_editions_that_fill_another_make_it_up() -> None:
    quarters = [f"2024-Q{number}" for number in range(1, 5)]
    assert list(calendar("2024", *quarters).sums()) == [("_T", tuple(quarters))]
    assert list(calendar("2024", *quarters[:3]).sums()) == []
    months = ("2024-01", "2024-02", "2024-03")
    assert list(calendar("2024-Q1", *months, "2024").sums()) == [("_T", months)]


def test_one_edition_inside_another_hides_no_sum() -> None:
    half = (date(2024, 1, 1), date(2024, 6, 30))
    one = calendar("2024", "2024-Q1", "2024-Q3", "2024-Q4")
    assert list(one.sums()) == []
    nested = replace(one, editions={**one.editions, "half": half})
    assert list(nested.sums()) == [("_T", ("half", "2024-Q3", "2024-Q4"))]
    both = replace(nested, editions={**nested.editions, "2024-Q2": (date(2024, 4, 1), half[1])})
    assert set(both.sums()) == {
        ("half", ("2024-Q1", "2024-Q2")),
        ("_T", ("half", "2024-Q3", "2024-Q4")),
        ("_T", ("2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4")),
    }


def test_editions_that_cross_make_up_the_same_days() -> None:
    """Six months and April to December are the year and April to June, although no edition holds all others' parts."""
    crossing = {"half": (date(2024, 1, 1), date(2024, 6, 30)), "last": (date(2024, 4, 1), date(2024, 12, 31))}
    one = calendar("2024", "2024-Q2")
    crossed = replace(one, editions={**one.editions, **crossing})
    ((name, first), (again, second)) = crossed.sums()
    assert name == again, "what they make up is one member"
    assert {frozenset(first), frozenset(second)} == {frozenset({"_T", "2024-Q2"}), frozenset({"half", "last"})}
    # Where the first quarter is out as well, three sums say so already.
    whole = replace(crossed, editions={**crossed.editions, "2024-Q1": (date(2024, 1, 1), date(2024, 3, 31))})
    assert set(whole.sums()) == {("half", ("2024-Q1", "2024-Q2")), ("_T", ("2024-Q1", "last"))}
    windows = {f"w{at}": (date(2024, at, 1), date(2024, at + 2, 28)) for at in (1, 3, 5)}
    assert list(replace(one, editions={**one.editions, **windows}).sums()) == []


def test_a_longer_ring_of_editions_leads_back_over_several_days() -> None:
    """Two groups of days that hang together are linked by one edition: a way goes through both."""
    days = [date(2024, month, 1) for month in range(1, 11)]
    periods = {"a": (0, 2), "b": (1, 2), "c": (1, 4), "d": (5, 7), "e": (5, 6), "f": (4, 6), "g": (0, 7)}
    editions = {
        name: (days[first], date.fromordinal(days[after].toordinal() - 1)) for name, (first, after) in periods.items()
    }
    one = replace(calendar("2024", "2024"), editions=editions)
    ((name, first), (_, second)) = one.sums()
    assert {frozenset(first), frozenset(second)} == {frozenset("acfd"), frozenset("bge")}, name


def test_months_of_tables_make_up_editions_and_are_called_as_they_are_now(tmp_path: Path) -> None:
    """The year shows its months, the quarter does not; and the edition of one month has a name of its own."""
    ministry = Ministry(tmp_path / "store")
    text = DEFINITION.replace("    dimensions: [month, sex]", "    dimensions: [sex]")
    start, end = text.index("  month:\n"), text.index("  sex:\n    title")
    flat = text[:start] + text[end:]
    published(ministry, tmp_path / "clinic", "2024", list(range(1, 13)))
    (year,) = read(ministry, write(tmp_path / "clinic", "2024-Q1", [1, 2, 3], text=flat), "2024-Q1")
    (months,) = (one for one in year.dimensions if one.name == "month")
    assert ("_T", ("2024-01", "2024-02", "2024-03")) in months.sums
    first = flat.replace("coverage:\n", "coverage:\n  start: 2024-05-01\n  end: 2024-05-31\n")
    published(ministry, tmp_path / "clinic", "may", [5], text=first)
    named = read(ministry, write(tmp_path / "clinic", "2024-Q2", [4, 5, 6]), "2024-Q2")
    (may,) = (one for one in named if one.name == "clinic-visits may.1")
    assert may.whole == ("month", "2024-05")
    assert EDITION not in {one.name for one in may.dimensions}


def test_another_period_is_no_version_of_an_edition(tmp_path: Path) -> None:
    """A running edition that grows: the third quarter is the difference of its versions, not late reports."""
    ministry = Ministry(tmp_path / "store")
    months = DEFINITION.replace("coverage:\n", "coverage:\n  start: 2024-01\n  end: 2024-06\n")
    published(ministry, tmp_path / "clinic", "running", list(range(1, 7)), text=months)
    grown = months.replace("end: 2024-06", "end: 2024-09")
    with pytest.raises(DisclosureRuleInvalid, match=r"is of 2024-01-01 to 2024-06-30, and .* of 2024-01-01 to 2024-09"):
        read(ministry, write(tmp_path / "clinic", "running", list(range(1, 10)), text=grown), "running")
    assert len(read(ministry, write(tmp_path / "clinic", "2024-Q3", [7, 8, 9], text=DEFINITION), "2024-Q3")) == 0
    write(tmp_path / "clinic", "running", list(range(1, 7)), text=months)
    assert len(read(ministry, tmp_path / "clinic", "running")) == 1
    # Of which days it is may be said later.
    start, end = DEFINITION.index("  month:\n"), DEFINITION.index("  sex:\n    title")
    flat = (DEFINITION[:start] + DEFINITION[end:]).replace("    dimensions: [month, sex]", "    dimensions: [sex]")
    published(ministry, tmp_path / "clinic", "final", [1, 2], text=flat)
    told = flat.replace("coverage:\n", "coverage:\n  start: 2024-01\n  end: 2024-02\n")
    assert read(ministry, write(tmp_path / "clinic", "final", [1, 2], text=told), "final")


def test_editions_of_the_same_time_are_one_member() -> None:
    quarters = [f"2024-Q{number}" for number in range(1, 5)]
    one = calendar("2024", *quarters)
    again = replace(one, editions={**one.editions, "2024-Q1-final": one.editions["2024-Q1"]})
    assert again.member("2024-Q1-final") == again.member("2024-Q1") == "2024-Q1"
    assert list(again.sums()) == [("_T", tuple(quarters))]
    mixed = calendar("2024", "2024-Q1", "2024-01", "2024-Q2", "2024-Q3", "2024-10", "2024-11", "2024-12")
    parts = ("2024-Q1", "2024-Q2", "2024-Q3", "2024-10", "2024-11", "2024-12")
    assert list(mixed.sums()) == [("_T", parts)]


def test_a_calendar_without_a_dimension_of_time_tells_editions_apart(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    text = DEFINITION.replace("    dimensions: [month, sex]", "    dimensions: [sex]")
    start, end = text.index("  month:\n"), text.index("  sex:\n    title")
    flat = text[:start] + text[end:]
    published(ministry, tmp_path / "clinic", "2024-05", [5], text=flat)
    (may,) = read(ministry, write(tmp_path / "clinic", "2024", [5, 6], text=flat), "2024")
    assert {one.name for one in may.dimensions} == {"sex", EDITION}
    assert date(2024, 5, 1) == may_period(ministry)
    assert may.whole == (EDITION, "2024-05")
    assert may.days == (date(2024, 5, 1).toordinal(), date(2024, 6, 1).toordinal())
    final = flat.replace("coverage:\n", "coverage:\n  start: 2024-05-01\n  end: 2024-05-31\n")
    published(ministry, tmp_path / "clinic", "2024-05-final", [5], text=final, same_as="2024-05")
    for one in read(ministry, write(tmp_path / "clinic", "2024", [5, 6], text=flat), "2024"):
        assert (one.whole, one.days) == (may.whole, may.days), "editions of the same days are one member"
    assert [one.whole for one in read(ministry, tmp_path / "clinic", "2024-05")] == [None, None]


def may_period(ministry: Ministry) -> date:
    return date.fromisoformat(ministry.releases.get("clinic-visits", "2024-05").description.period_start)


OWN_MONTHS = DEFINITION.replace(
    "codelist: months\n    column: day\n    match: month\n    levels: [month]\n", "codelist: own\n    column: number\n"
).replace("    day: {type: date}\n", "    day: {type: date}\n    number: {}\n")


def write_numbered(folder: Path, edition: str, months: list[int], *, time: bool) -> Path:
    """Write a clinic whose months are 05 and 06 in a list of its own, not 2024-05 and 2024-06."""
    text = OWN_MONTHS if time else OWN_MONTHS.replace("    role: time\n", "    role: other\n")
    write(folder, edition, months, text=text)
    (folder / "codelists").mkdir(exist_ok=True)
    rows = "".join(f"{month:02d},Tháng {month},Month {month}\n" for month in range(1, 13))
    (folder / "codelists/own.csv").write_text(f"code,label_vi,label_en\n{rows}", encoding="utf-8")
    (folder / "codelists/index.yaml").write_text(
        "codelists:\n  own:\n    title: {vi: T, en: M}\n    source: {vi: P, en: C}\n", encoding="utf-8"
    )
    file = folder / f"visits-{edition}.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    numbered = [lines[0].replace("day,", "day,number,"), *(f"{one[:10]},{one[5:7]}{one[10:]}" for one in lines[1:])]
    file.write_text("\n".join(numbered) + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("order", [("2024", "2024-05"), ("2024-05", "2024")])
def test_months_that_are_no_periods_are_refused_beside_editions_of_other_days(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    """The month 05 of a year is the edition of May, and nothing says so."""
    ministry, folder = Ministry(tmp_path / "store"), tmp_path / "clinic"
    months = {"2024": list(range(1, 13)), "2024-05": [5]}
    ministry.publish(write_numbered(folder, order[0], months[order[0]], time=True), order[0], folder)
    assert len(read(ministry, write_numbered(folder, order[0], months[order[0]], time=True), order[0])) == 1
    with pytest.raises(DisclosureRuleInvalid, match=r"dimension month: has members that are no periods \(01, 02, 03\)"):
        read(ministry, write_numbered(folder, order[1], months[order[1]], time=True), order[1])


def test_numbers_that_are_no_time_may_stand_beside_other_days(tmp_path: Path) -> None:
    ministry, folder = Ministry(tmp_path / "store"), tmp_path / "clinic"
    ministry.publish(write_numbered(folder, "2024", list(range(1, 13)), time=False), "2024", folder)
    assert len(read(ministry, write_numbered(folder, "2024-05", [5], time=False), "2024-05")) == 1


WEEK = "2025-W05"
"""From 27 January to 2 February."""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("2025-01", [WEEK]), ("2025-W05", [])),
        (("2025-W05", []), ("2025-01", [WEEK])),
        (("2025-01", [WEEK]), ("2025-02", ["2025-W04", WEEK])),
        (("2025-01", [WEEK]), ("2025", [WEEK])),
    ],
)
def test_weeks_that_an_edition_cuts_are_refused_beside_other_days_of_them(
    first: tuple[str, list[str]], second: tuple[str, list[str]]
) -> None:
    """The last days of January and the first of February are together a week, and nothing says so."""
    cut = CutPeriods()
    assert list(cut.see(f"visits {first[0]}", period_of(first[0]), first[1])) == []
    (problem,) = cut.see(f"visits {second[0]}", period_of(second[0]), second[1])
    assert problem.place == f"visits {second[0]} and visits {first[0]}"
    assert "of 2025-01-27 to 2025-02-02: nothing tells" in problem.rule


@pytest.mark.parametrize(
    "editions",
    [
        [("2025-01", ["2025-Q1", "2025-01"]), ("2025-Q1", ["2025-Q1", "2025-01", "2025-02"])],
        [("2025", [WEEK]), ("2025-W05", [])],
        [("2025-01", [WEEK, "2025-W20"]), ("2025-01", [WEEK])],
        [("2025-01", [WEEK]), ("final", [WEEK, "01"])],
        [("2025-01", [WEEK, "01"]), ("2025-W04", [])],
    ],
)
def test_whole_periods_and_the_same_part_of_one_are_not(editions: list[tuple[str, list[str]]]) -> None:
    """What fills an edition is its total; days of an edition of no period are not known; others are not there."""
    cut = CutPeriods()
    assert [one for name, codes in editions for one in cut.see(name, period_of(name), codes)] == []


def test_a_job_stops_where_two_releases_have_other_days_of_a_week(tmp_path: Path) -> None:
    ministry, folder = Ministry(tmp_path / "store"), tmp_path / "clinic"
    text = DEFINITION.replace(
        "codelist: months\n    column: day\n    match: month\n    levels: [month]\n",
        "codelist: own\n    column: number\n",
    ).replace("    day: {type: date}\n", "    number: {}\n")
    for edition in ("2024", "2024-W22"):
        folder.mkdir(exist_ok=True)
        write(folder, edition, [], text=text)
        (folder / "codelists").mkdir(exist_ok=True)
        weeks = "2024-W01,T,W\n2024-W22,U,V\n2025-W01,V,X\n"
        (folder / "codelists/own.csv").write_text(f"code,label_vi,label_en\n{weeks}", encoding="utf-8")
        (folder / "codelists/index.yaml").write_text(
            "codelists:\n  own:\n    title: {vi: T, en: M}\n    source: {vi: P, en: C}\n", encoding="utf-8"
        )
        rows = "".join(f"2024-W22,{sex},1,2.25\n" for sex in "MF" for _ in range(9))
        (folder / f"visits-{edition}.csv").write_text(f"number,sex,days,cost\n{rows}", encoding="utf-8")
    ministry.publish(folder, "2024", folder)
    assert len(read(ministry, folder, "2024-W22")) == 1
    planned = plan(load_definition(folder), "2025-W01")
    with pytest.raises(
        DisclosureRuleInvalid, match=r"clinic-visits 2024\.1 and clinic-visits 2025-W01: have 2024-12-30"
    ):
        read(ministry, folder, planned.edition)
