"""What a job reads of earlier releases: which count, how their members are named, and what stops it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.codelist import Codelist, Member
from datasets.errors import DisclosureRuleInvalid, VerificationFailed
from datasets.periods import period_of
from datasets.release import PublicRelease
from datasets.text import Bilingual
from datasets.verified_reads import VerifiedReads
from publishers import ledger
from publishers.ledger_members import families
from publishers.ledger_people import all_releases, linked_by_time
from tests.support.publication import Ministry
from tests.unit.publishers.visits_by_month import DEFINITION, published, read, write


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
