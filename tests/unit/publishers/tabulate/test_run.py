"""Counting records with DuckDB: persons, sums, members, absences, errors and limits."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from datasets.codelist import Codelist
from datasets.errors import SettingInvalid, SourceInvalid, SourceUnreadable
from publishers.limits import JobLimits
from publishers.tabulate import persons as persons_module
from publishers.tabulate import run as run_module
from publishers.tabulate.plan import plan
from publishers.tabulate.run import run
from publishers.tabulate.tabulation import ESTIMATED, MISSING, NOT_APPLICABLE, REPORTED, table_set
from tests.unit.publishers.tabulate.discharges import (
    CODELISTS,
    EDITION,
    PLACES,
    cell,
    dated,
    definition,
    loaded,
    measure,
    members,
    record,
    table,
    tabulate,
    text,
    write,
)


def test_a_person_with_several_stays_counts_once_in_each_cell(tmp_path: Path) -> None:
    records = [record(place=place) for place in ("P1", "P1", "P2", "C1")] + [record(person="b", place="P3")]
    found = tabulate(tmp_path, records)
    patients = found.table("cube").values["patients"]
    at = {place: int(patients[cell(found, "cube", place, "_T")]) for place in ("_T", "R1", "R2", "P1", "P2", "P3")}
    assert at == {"_T": 2, "R1": 2, "R2": 1, "P1": 1, "P2": 1, "P3": 1}
    assert found.table("cube").values["stays"][0] == 5
    assert found.rows == 5


def test_rows_come_in_published_order(tmp_path: Path) -> None:
    found = tabulate(tmp_path, [record()], tables={"cube": table("sex", "place")})
    positions = found.table("cube").cells.positions
    assert positions["sex"].tolist() == [sex for sex in range(4) for _ in range(7)]
    assert positions["place"].tolist() == list(range(7)) * 4


def test_a_source_without_rows_has_every_cell_at_zero(tmp_path: Path) -> None:
    found = tabulate(tmp_path, [])
    assert len(found.table("cube").cells) == 28
    assert not found.table("cube").values["stays"].any()


def test_a_table_of_the_grand_total_alone(tmp_path: Path) -> None:
    found = tabulate(tmp_path, [record(), record()], tables={"cube": table("sex", margins=[[]])})
    assert found.table("cube").values["stays"].tolist() == [2]
    assert found.table("cube").values["patients"].tolist() == [1]


def test_sums_of_fractions_are_exact_and_do_not_depend_on_order(tmp_path: Path) -> None:
    costs = [0.1, 1e12, 0.2, -1e12, 0.3] * 40
    totals = set()
    for order in (costs, costs[::-1], sorted(costs)):
        found = tabulate(
            tmp_path, [record(cost=cost) for cost in order], measures={"cost": measure("sum", column="cost")}
        )
        totals.add(float(found.table("cube").values["cost"][0]))
    assert totals == {24.0}


def test_two_persons_who_share_a_place_in_the_order_stay_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "TEXT_ORDER", "length(person)")
    records = [record(person=person, place=place) for place in ("P1", "P2", "P1") for person in ("a", "b", "a", "cc")]
    found = tabulate(tmp_path, records)
    assert found.table("cube").values["patients"][0] == 3


def test_ages_and_periods_find_their_members(tmp_path: Path) -> None:
    days = [date(2024, 1, 1), date(2024, 3, 31), date(2024, 3, 1)]
    records = [record(day=day, age=age) for day, age in zip(days, (14, 15, 99), strict=True)]
    found = tabulate(tmp_path, records, tables={"cube": table("age", "month")})
    stays = found.table("cube").values["stays"]
    assert stays[cell(found, "cube", "15-59", "2024-03")] == 1
    assert stays[cell(found, "cube", "_T", "2024-Q1")] == 3
    assert stays[cell(found, "cube", "_T", "2024-02")] == 0


@pytest.mark.parametrize(
    ("match", "codelist", "code"),
    [("year", "years", "2024"), ("quarter", "quarters", "2024-Q2"), ("month", "months", "2024-05")],
)
def test_dates_are_counted_under_their_period(tmp_path: Path, match: str, codelist: str, code: str) -> None:
    given = {name: one.model_dump() for name, one in definition().dimensions.items()}
    given["month"] |= {"match": match, "codelist": codelist, "levels": []}
    path = write(tmp_path / "extract.parquet", [record(day=date(2024, 5, 31)), record(day=date(2024, 1, 1))])
    limits = JobLimits(memory_mb=64, threads=1, temp=tmp_path)
    found = run(plan(loaded(dimensions=given, tables={"cube": table("month")}), "2024"), path, limits)
    assert found.table("cube").values["stays"][cell(found, "cube", code)] == (2 if match == "year" else 1)


def test_numbers_with_decimals_find_their_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spans = {"low": ("", "18.4"), "high": ("18.5", "")}
    weights = Codelist(id="weights", title=text("w"), members=members(("low", "", ""), ("high", "", ""), ranges=spans))
    monkeypatch.setitem(CODELISTS, "weights", weights)
    weight = definition().dimensions["age"].model_dump() | {"codelist": "weights", "column": "cost"}
    costs = [18.4, 18.49, 18.5, 0.57]
    found = tabulate(
        tmp_path,
        [record(cost=cost) for cost in costs],
        dimensions={"weight": weight},
        tables={"cube": table("weight")},
    )
    assert found.table("cube").values["stays"].tolist() == [4, 3, 1]


def test_a_person_with_very_many_rows_is_still_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persons_module, "_CARRY_LIMIT", 1)
    records = [record(place=f"P{number % 3 + 1}", person="b" if number == 5 else "a") for number in range(50)]
    found = tabulate(tmp_path, records)
    assert found.table("cube").values["patients"][0] == 2
    assert found.table("cube").values["patients"][cell(found, "cube", "R1", "_T")] == 2


def test_a_map_may_give_the_members_of_ranges_and_dates(tmp_path: Path) -> None:
    given = {name: one.model_dump() for name, one in definition().dimensions.items()}
    given["chapter"]["map"] = {"lost": "II"}
    given["age"]["map"] = {"999": "60+"}
    given["month"]["map"] = {"2000-01-01": "2024-02"}
    records = [record(icd="lost", age=999, day=date(2000, 1, 1)), record(icd="A00", age=3)]
    found = tabulate(tmp_path, records, dimensions=given, tables={"cube": table("chapter", "age", "month")})
    stays = found.table("cube").values["stays"]
    assert stays[cell(found, "cube", "II", "60+", "2024-02")] == 1
    assert stays[cell(found, "cube", "I", "0-14", "2024-01")] == 1


def test_the_tables_are_ready_for_protection(tmp_path: Path) -> None:
    measures = {"dead": measure("count", where={"outcome": ["died"]}), "stays": measure("count")}
    tables = table_set(tabulate(tmp_path, [record(), record(outcome="died")], measures=measures))
    assert [one.name for one in tables.populations] == ["persons, outcome is died", "persons"]
    place = tables.dimensions[0]
    assert place.members == ("_T", "R1", "R2", "P1", "P2", "P3", "X")
    assert place.hierarchies == ((-1, 0, 0, 1, 2, 1, 0),)


def test_a_dimension_without_a_total_has_none_in_protection(tmp_path: Path) -> None:
    given = {name: one.model_dump() for name, one in definition().dimensions.items()}
    given["sex"]["total"] = False
    tables = table_set(tabulate(tmp_path, [record()], dimensions=given))
    assert tables.dimensions[1].members == ("F", "M", "U")
    assert tables.tables[0].coordinates["sex"].tolist() == [0, 1, 2] * 7


# What is refused -----------------------------------------------------------------------------------------------------

SECRET = "Nguyễn Thị Bí Mật"


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"place": SECRET}, "discharges-{edition}.csv, column place: has a value in 1 row that finds no member"),
        ({"place": "R1"}, "column place: has a value in 1 row"),
        ({"place": None}, "column place: has no value in 1 row"),
        ({"icd": "Z99"}, "column icd: has a value in 1 row that finds no member of the code list chapters"),
        ({"day": date(2023, 12, 31)}, "column day: has a value in 1 row"),
        ({"cost": float("inf")}, "column cost: has a number in 1 row"),
        ({"cost": float("nan")}, "column cost: has a number in 1 row"),
        ({"cost": 1e17}, "column cost: has a number in 1 row"),
    ],
)
def test_rows_that_cannot_be_counted_stop_the_job(tmp_path: Path, values: dict[str, object], problem: str) -> None:
    measures = {"stays": measure("count"), "cost": measure("sum", column="cost")}
    tables = {"cube": table("place", "chapter", "month")}
    with pytest.raises(SourceInvalid) as caught:
        tabulate(tmp_path, [record(), record(**values)], measures=measures, tables=tables)
    assert problem.replace("{edition}", EDITION) in str(caught.value)
    assert SECRET not in str(caught.value)
    assert all(one.remedy for one in caught.value.problems)


def test_every_dimension_reports_its_unknown_values_at_once(tmp_path: Path) -> None:
    records = [record(place="??"), record(place="??"), record(sex="??")]
    with pytest.raises(SourceInvalid, match=r"(?s)column place.*in 2 rows.*column sex.*in 1 row"):
        tabulate(tmp_path, records)


def test_rows_without_a_person_stop_the_job(tmp_path: Path) -> None:
    source = definition().source
    assert source is not None
    tree = source.model_dump(exclude={"database", "query"})
    tree["columns"]["person"]["required"] = False
    with pytest.raises(SourceInvalid, match="column person: has no value in 1 row"):
        tabulate(tmp_path, [record(), record(person=None)], source=tree)


@pytest.mark.parametrize(("column", "value", "rule"), [("days", -1, "are less than zero"), ("cost", 0.5, "not whole")])
def test_people_already_counted_must_be_whole(tmp_path: Path, column: str, value: float, rule: str) -> None:
    counted = measure("sum", column=column, contributors="value", absent="zero")
    with pytest.raises(SourceInvalid, match=rule):
        tabulate(tmp_path, [record(**{column: value})], measures={"people": counted})


def test_a_sum_beyond_64_bits_stops_the_job(tmp_path: Path) -> None:
    records = [record(days=2**62), record(days=2**62)]
    with pytest.raises(SourceInvalid, match="exceeds 2 to the power of 63") as caught:
        tabulate(tmp_path, records, measures={"days": measure("sum", column="days")})
    assert str(2**63) not in str(caught.value)


def test_an_extract_that_is_gone_is_said_so(tmp_path: Path) -> None:
    limits = JobLimits(memory_mb=64, threads=1, temp=tmp_path)
    with pytest.raises(SourceUnreadable, match="IOException"):
        run(plan(loaded(), EDITION), tmp_path / "nowhere.parquet", limits)


def test_too_little_memory_names_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: Any) -> None:
        raise duckdb.OutOfMemoryException(SECRET)

    monkeypatch.setattr(run_module, "part_sums", exhausted)
    with pytest.raises(SettingInvalid, match="YTEMO_JOB_MEMORY_MB") as caught:
        tabulate(tmp_path, [record()])
    assert SECRET not in str(caught.value)


def test_it_works_within_little_memory(tmp_path: Path) -> None:
    records = [record(person=f"{number % 7001:06}", place=f"P{number % 3 + 1}") for number in range(40_000)]
    path = write(tmp_path / "extract.parquet", records)
    found = run(plan(loaded(), EDITION), path, JobLimits(memory_mb=64, threads=1, temp=tmp_path))
    assert found.table("cube").values["patients"][0] == 7001


def test_progress_is_told_step_by_step(tmp_path: Path) -> None:
    steps: list[str] = []
    path = write(tmp_path / "extract.parquet", [record()])
    limits = JobLimits(memory_mb=64, threads=1, temp=tmp_path)
    run(plan(loaded(), EDITION), path, limits, lambda step, _done: steps.append(step))
    assert list(dict.fromkeys(steps)) == [
        "tabulate: members",
        "tabulate: sums",
        "tabulate: persons",
        "tabulate: tables",
    ]


# Absent records ------------------------------------------------------------------------------------------------------


def absences(tmp_path: Path, absent: str) -> dict[tuple[str, str], int]:
    """Return what is said of cells by place and month where P1 and P2 report January and P1 February."""
    people = measure("sum", column="days", contributors="value", absent=absent)
    months = {"P1": (1, 2), "P2": (1,)}
    records = [record(place=place, day=date(2024, month, 1)) for place, own in months.items() for month in own]
    found = tabulate(tmp_path, records, measures={"people": people}, tables={"cube": table("place", "month")})
    codes = found.table("cube").absences["people"]
    places, periods = ("_T", "R2", "P1", "P2", "X"), ("_T", "2024-Q1", "2024-01", "2024-02", "2024-03")
    return {(place, month): int(codes[cell(found, "cube", place, month)]) for place in places for month in periods}


def test_a_margin_over_a_missing_cell_is_missing_or_estimated(tmp_path: Path) -> None:
    missing, partial = absences(tmp_path, "missing"), absences(tmp_path, "partial")
    assert missing["P1", "2024-01"] == partial["P1", "2024-01"] == REPORTED
    assert missing["P2", "2024-02"] == partial["P2", "2024-02"] == MISSING
    assert (missing["P2", "2024-Q1"], partial["P2", "2024-Q1"]) == (MISSING, ESTIMATED)
    assert (missing["_T", "2024-01"], partial["_T", "2024-01"]) == (MISSING, ESTIMATED)
    assert (missing["R2", "2024-01"], partial["R2", "2024-01"]) == (REPORTED, REPORTED)
    assert missing["X", "_T"] == partial["X", "_T"] == MISSING
    assert missing["_T", "2024-03"] == partial["_T", "2024-03"] == MISSING


def test_a_member_that_did_not_exist_is_not_applicable_and_spoils_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dates = {"P2": ("2024-02-01", ""), "P3": ("", "2023-12-31"), "X": ("", "2020-01-01")}
    monkeypatch.setitem(CODELISTS, "places", dated(PLACES, dates))
    people = measure("sum", column="days", contributors="value", absent="missing")
    records = [record(place="P1", day=date(2024, month, 1)) for month in (1, 2, 3)]
    found = tabulate(tmp_path, records, measures={"people": people}, tables={"cube": table("place", "month")})
    codes = found.table("cube").absences["people"]

    def at(*codes_of_cell: str) -> int:
        return int(codes[cell(found, "cube", *codes_of_cell)])

    assert at("P2", "2024-01") == at("X", "_T") == NOT_APPLICABLE
    assert at("R1", "2024-Q1") == at("_T", "2024-01") == REPORTED
    assert at("P2", "2024-02") == at("_T", "2024-02") == MISSING


def test_a_member_with_records_from_before_it_was_formed_is_not_reported_where_it_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dates = {"P1": ("2024-03-01", ""), "P2": ("2024-03-01", ""), "P3": ("", "2024-01-31")}
    monkeypatch.setitem(CODELISTS, "places", dated(PLACES, dates))
    people = measure("sum", column="days", contributors="value", absent="partial")
    records = [record(place="P1", day=date(2024, 1, 1)), record(place="P3", day=date(2024, 3, 1))]
    found = tabulate(tmp_path, records, measures={"people": people}, tables={"cube": table("month", "place")})
    codes = found.table("cube").absences["people"]

    def at(place: str) -> list[int]:
        return [int(codes[cell(found, "cube", f"2024-0{month}", place)]) for month in (1, 2, 3)]

    assert at("P1") == [REPORTED, MISSING, MISSING]
    assert at("P2") == [NOT_APPLICABLE, NOT_APPLICABLE, MISSING], "it has no records from before"
    assert at("P3") == [MISSING, MISSING, REPORTED]


def test_absences_look_at_the_dimensions_of_the_table_alone(tmp_path: Path) -> None:
    people = measure("sum", column="days", contributors="value", absent="missing")
    records = [record(sex=sex, place="P1") for sex in ("male", "female", None)]
    tables = {"small": table("sex"), "large": table("sex", "place")}
    found = tabulate(tmp_path, records, measures={"people": people}, tables=tables)
    assert not found.table("small").absences["people"].any()
    large = found.table("large").absences["people"]
    at = {place: int(large[cell(found, "large", "F", place)]) for place in ("P1", "P2", "R1", "_T")}
    assert at == {"P1": REPORTED, "P2": MISSING, "R1": MISSING, "_T": MISSING}
