"""What a job reads of earlier releases: which count, how their members are named, and what stops it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymization.ledger import EarlierRelease
from datasets.codelist import Codelist, Member
from datasets.definition_files import load_definition
from datasets.errors import DisclosureRuleInvalid, VerificationFailed
from datasets.periods import period_of
from datasets.release import PublicRelease
from datasets.text import Bilingual
from datasets.verified_reads import VerifiedReads
from publishers import ledger
from publishers.ledger import Store, earlier_releases
from publishers.ledger_calendar import EDITION, Calendar, CutPeriods
from publishers.ledger_members import families
from publishers.ledger_people import all_releases, linked_by_time
from publishers.tabulate.plan import plan
from tests.e2e.test_ledger import METHODS
from tests.support.publication import Ministry
from tests.unit.anonymization.builders import cube

DEFINITION = """\
id: clinic-visits
kind: statistics
title: {vi: Lượt khám, en: Visits}
summary: {vi: Lượt khám., en: Visits.}
publisher:
  id: example-clinic
  name: {vi: Phòng khám ví dụ, en: Example clinic}
contact:
  name: {vi: Nhóm dữ liệu, en: Data desk}
  email: data@clinic.example
theme: examination-treatment
licence: CC-BY-4.0
frequency: monthly
coverage:
  area: {vi: Việt Nam, en: Viet Nam}
source:
  path: visits-{edition}.csv
  columns:
    day: {type: date}
    sex: {values: [F, M]}
    days: {type: integer, minimum: 0}
    cost: {type: number, minimum: 0}
dimensions:
  month:
    title: {vi: Tháng, en: Month}
    codelist: months
    column: day
    match: month
    levels: [month]
    role: time
  sex:
    title: {vi: Giới tính, en: Sex}
    codelist: sex
    role: sex
measures:
  visits:
    title: {vi: Lượt khám, en: Visits}
    unit: {vi: lượt, en: visits}
    type: count
  cost:
    title: {vi: Chi phí, en: Cost}
    unit: {vi: đồng, en: dong}
    type: sum
    column: cost
    decimals: 1
  mean_days:
    title: {vi: Số ngày trung bình, en: Mean days}
    unit: {vi: ngày, en: days}
    type: mean
    column: days
tables:
  by-month:
    title: {vi: Theo tháng và giới tính, en: By month and sex}
    dimensions: [month, sex]
  by-sex:
    title: {vi: Theo giới tính, en: By sex}
    dimensions: [sex]
disclosure:
  policy: vn_proposed
"""


UNREAD = cube([[20, 30], [40, 50]])
"""Present tables of a reader without marks, who does not look at them."""


def write(folder: Path, edition: str, months: list[int], *, text: str = DEFINITION) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.yaml").write_text(text, encoding="utf-8")
    (folder / "methods.md").write_text(METHODS, encoding="utf-8")
    lines = ["day,sex,days,cost"]
    for month in months:
        for number in range(20 + month):
            sex = "M" if number < (3 if month == 3 else 12 + month) else "F"
            lines.append(f"2024-{month:02d}-{1 + number % 28:02d},{sex},{number % 4},{number}.25")
    (folder / f"visits-{edition}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def published(ministry: Ministry, folder: Path, edition: str, months: list[int], *, text: str = DEFINITION) -> None:
    ministry.publish(write(folder, edition, months, text=text), edition, folder)


def read(ministry: Ministry, folder: Path, edition: str) -> tuple[EarlierRelease, ...]:
    loaded = load_definition(folder)
    store = Store.at(ministry.root, ministry.root / "public-key.pem")
    planned = plan(loaded, edition)
    found = store.releases_of_the_same_people(planned)
    return earlier_releases(store, found, definition=loaded.definition, plan=planned, tables=UNREAD).releases


def test_only_editions_of_the_same_time_count(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    for edition, months in (("2024-03", [3]), ("2024-05", [5])):
        published(ministry, tmp_path / "clinic", edition, months)
    assert [one.name for one in read(ministry, tmp_path / "clinic", "2024-03")] == ["clinic-visits 2024-03.1"]
    assert read(ministry, tmp_path / "clinic", "2024-04") == ()
    published(ministry, tmp_path / "clinic", "2024", list(range(1, 13)))
    assert read(ministry, tmp_path / "clinic", "2025") == ()


def test_parts_of_a_whole_that_is_out_count_for_each_other(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    for edition, months in (("2024", list(range(1, 13))), ("2024-03", [3]), ("2024-05", [5])):
        published(ministry, tmp_path / "clinic", edition, months)
    found = [one.name for one in read(ministry, tmp_path / "clinic", "2024-04")]
    assert found == ["clinic-visits 2024.1", "clinic-visits 2024-03.1", "clinic-visits 2024-05.1"]
    assert read(ministry, tmp_path / "clinic", "2025-01") == ()


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6)), max_size=8),
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6)), max_size=3),
)
def test_periods_are_linked_as_following_overlaps_one_by_one_tells(
    others: list[tuple[int, int]], present: list[tuple[int, int]]
) -> None:
    def period(start: int, length: int) -> tuple[date, date]:
        return date.fromordinal(1 + start), date.fromordinal(1 + start + length)

    periods, around = {period(*one) for one in others}, {period(*one) for one in present}
    found: set[tuple[date, date]] = set(around)
    for _ in periods:
        found |= {one for one in periods if any(one[0] <= end and start <= one[1] for start, end in found)}
    assert linked_by_time(periods, around) == found


def test_the_whole_of_a_month_is_that_month_of_the_year(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    published(ministry, tmp_path / "clinic", "2024-03", [3])
    (march,) = read(ministry, write(tmp_path / "clinic", "2024", list(range(1, 13))), "2024")
    by_sex = next(one for one in march.tables if one.name == "by-sex")
    (month,) = (one for one in march.dimensions if one.name == "month")
    assert by_sex.dimensions == ("sex", "month")
    assert {month.members[at] for at in by_sex.coordinates["month"].tolist()} == {"2024-03"}
    assert march.zeros == "publish"


def test_what_a_month_withheld_the_year_withholds_too(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    published(ministry, tmp_path / "clinic", "2024-03", [3])
    published(ministry, tmp_path / "clinic", "2024", list(range(1, 13)))
    march = next(one for one in read(ministry, tmp_path / "clinic", "2024") if one.name == "clinic-visits 2024-03.1")
    by_sex = next(one for one in march.tables if one.name == "by-sex")
    (sexes,) = (one.members for one in march.dimensions if one.name == "sex")
    hidden = {sexes[at] for at in by_sex.coordinates["sex"][by_sex.withheld["rows"]].tolist()}
    # Which cell hides the men, of whom there are three, depends on the seed.
    assert "M" in hidden
    assert len(hidden) > 1
    year = ministry.releases.get("clinic-visits", "2024")
    with ministry.releases.reading(year, year.description.tables[0].parquet) as file:
        rows = pq.read_table(file).to_pylist()
    status = {row["sex"]: row["visits_status"] for row in rows if row["month"] == "2024-03"}
    assert {sex for sex, one in status.items() if one == "suppressed"} >= hidden


def test_values_are_what_was_told(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    published(ministry, tmp_path / "clinic", "2024-05", [5])
    (may,) = read(ministry, tmp_path / "clinic", "2024-05")
    table = next(one for one in may.tables if one.name == "by-sex")
    assert set(table.values) == {"visits", "cost", "mean_days (count)"}
    assert table.values["visits"].tolist() == [25.0, 17.0, 8.0]
    assert np.isnan(table.values["mean_days (count)"]).all()
    assert table.rounding["cost"] == pytest.approx(0.05)


def test_a_release_without_any_present_measure_cannot_be_compared(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    published(ministry, tmp_path / "clinic", "2024-05", [5])
    start, end = DEFINITION.index("  cost:\n    title"), DEFINITION.index("tables:")
    renamed = (DEFINITION[:start] + DEFINITION[end:]).replace("  visits:\n    title", "  consultations:\n    title")
    write(tmp_path / "clinic", "2024-05", [5], text=renamed)
    with pytest.raises(
        DisclosureRuleInvalid, match=r"has none of the present measures.* Do not publish the same people as"
    ):
        read(ministry, tmp_path / "clinic", "2024-05")


def test_a_version_that_is_missing_stops_the_job(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    for months in ([5], [5, 5]):
        published(ministry, tmp_path / "clinic", "2024-05", months)
    (ministry.root / "releases" / "clinic-visits" / "2024-05.1.json").unlink()
    with pytest.raises(VerificationFailed, match="A release that was published before is missing"):
        read(ministry, tmp_path / "clinic", "2024-05")


def test_a_dimension_of_time_may_be_renamed(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    published(ministry, tmp_path / "clinic", "2024-03", [3])
    renamed = DEFINITION.replace("  month:\n", "  calendar_month:\n").replace("[month, sex]", "[calendar_month, sex]")
    (march,) = read(ministry, write(tmp_path / "clinic", "2024", list(range(1, 13)), text=renamed), "2024")
    assert {one.dimensions for one in march.tables} == {("calendar_month", "sex"), ("sex", "calendar_month")}
    (month,) = (one for one in march.dimensions if one.name == "calendar_month")
    assert set(month.members) == {"2024-03"}


def test_months_make_up_the_quarters_that_are_published_now(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    published(ministry, tmp_path / "clinic", "2024", list(range(1, 13)))
    quarters = DEFINITION.replace("    levels: [month]", "    levels: [quarter]")
    (year,) = read(ministry, write(tmp_path / "clinic", "2024", list(range(1, 13)), text=quarters), "2024")
    (month,) = (one for one in year.dimensions if one.name == "month")
    assert ("2024-Q1", ("2024-01", "2024-02", "2024-03")) in month.sums


def test_a_month_hangs_together_with_its_year_and_no_other() -> None:
    """After five years of months, quarters and years, a job reads no more than the job of one year does."""
    years = [str(year) for year in range(2021, 2026)]
    quarters = [f"{year}-Q{number}" for year in years for number in range(1, 5)]
    months = [f"{year}-{number:02d}" for year in years for number in range(1, 13)]
    periods = [period for one in (*months, *quarters, *years) if (period := period_of(one))]
    last = periods[len(months) - 1]
    assert len(linked_by_time(periods, [last])) == 1 + 4 + 12
    span = period_of("2021-2025")
    assert span is not None
    assert len(linked_by_time([*periods, span], [last])) == 1 + 5 * (1 + 4 + 12)


# Members --------------------------------------------------------------------------------------------------------------


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
    published(ministry, tmp_path / "clinic", "2024-05-final", [5], text=final)
    for one in read(ministry, write(tmp_path / "clinic", "2024", [5, 6], text=flat), "2024"):
        assert (one.whole, one.days) == (may.whole, may.days), "editions of the same days are one member"
    assert [one.whole for one in read(ministry, tmp_path / "clinic", "2024-05")] == [None, None]


def may_period(ministry: Ministry) -> date:
    return date.fromisoformat(ministry.releases.get("clinic-visits", "2024-05").description.period_start)


def member(code: str, parent: str = "", successor: str = "", level: str = "province") -> Member:
    return Member(code, Bilingual(vi=code, en=code), level, parent, successor=successor)


def test_published_members_stand_below_their_nearest_published_ancestor() -> None:
    list_ = Codelist("areas", Bilingual(vi="a", en="a"), (member("r"), member("p", "r"), member("d", "p"), member("o")))
    assert list(families(list_, {"_T": 0, "r": 1, "d": 2, "o": 3, "unlisted": 4})) == [
        ("_T", ("r", "o", "unlisted")),
        ("r", ("d",)),
    ]


def test_a_job_looks_once_for_what_was_published_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def counted(reads: VerifiedReads, dataset: str) -> Iterator[PublicRelease]:
        looked.append(dataset)
        return all_releases(reads, dataset)

    monkeypatch.setattr(ledger, "all_releases", counted)
    published(Ministry(tmp_path / "store"), tmp_path, "2024", [1, 2])
    assert looked == ["clinic-visits"]


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
