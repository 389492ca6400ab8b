"""Counting the facilities behind every cell, against counting them one by one."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from publishers.tabulate.compile import unit_rows
from publishers.tabulate.plan import plan
from publishers.tabulate.tabulation import Tabulation, table_set
from tests.unit.publishers.tabulate.discharges import EDITION, cell, loaded, measure, record, table, tabulate

UNITS = {"policy": "vn_proposed", "units": {"column": "facility", "fewest": 3}}
DIED = {"where": {"outcome": ["died"]}}
Record = Mapping[str, object]
SEXES = {"_T": "FM", "F": "F", "M": "M", "U": ""}
PLACES = {"_T": ("P1", "P2", "P3", "X"), "R1": ("P1", "P3"), "R2": ("P2",)} | {
    one: (one,) for one in ("P1", "P2", "P3")
}


def made_up(seed: int, rows: int = 60) -> list[dict[str, object]]:
    chance = random.Random(seed)
    return [
        record(
            person=f"p{chance.randrange(25)}",
            place=chance.choice(["P1", "P2", "P3"]),
            sex=chance.choice(["female", "male"]),
            outcome=chance.choice(["alive", "alive", "died"]),
            days=chance.choice([0, 0, 1, 4]),
            facility=chance.choice(["a", "b", "c", "d", None]),
        )
        for _ in range(rows)
    ]


def facilities(records: Sequence[Record], inside: Callable[[Record], bool], place: str, sex: str) -> int:
    return len(
        {
            one["facility"]
            for one in records
            if one["place"] in PLACES[place]
            and str(one["sex"])[0].upper() in SEXES[sex]
            and one["facility"] is not None
            and inside(one)
        }
    )


def check(
    found: Tabulation, records: Sequence[Record], of: Mapping[str, Callable[[Record], bool]], *, left: bool
) -> None:
    counted = found.table("cube")
    given = counted.units_outside if left else counted.units
    assert set(given) == set(of)
    for population, inside in of.items():
        for place in PLACES:
            for sex in SEXES:
                got = int(given[population][cell(found, "cube", place, sex)])
                assert got == facilities(records, inside, place, sex), (population, place, sex)


@pytest.mark.parametrize("seed", range(4))
def test_facilities_of_persons_of_a_part_and_of_those_who_are_not_in_it(tmp_path: Path, seed: int) -> None:
    records = made_up(seed)
    died = {one["person"] for one in records if one["outcome"] == "died"}
    measures: dict[str, Any] = {"patients": measure("persons"), "deaths": measure("persons", **DIED)}
    found = tabulate(tmp_path, records, measures=measures, disclosure=UNITS)
    part = "persons, outcome is died"
    check(found, records, {"persons": lambda _: True, part: lambda one: one["outcome"] == "died"}, left=False)
    # A row of somebody who died elsewhere or later is no row of the rest.
    check(found, records, {part: lambda one: one["person"] not in died}, left=True)
    assert table_set(found).units.min() >= 0


@pytest.mark.parametrize("seed", range(2))
def test_facilities_of_rows(tmp_path: Path, seed: int) -> None:
    records = made_up(seed)
    measures = {"stays": measure("count"), "deaths": measure("count", **DIED)}
    found = tabulate(tmp_path, records, measures=measures, person=None, disclosure=UNITS)
    part = "rows, outcome is died"
    check(found, records, {"rows": lambda _: True, part: lambda one: one["outcome"] == "died"}, left=False)
    check(found, records, {part: lambda one: one["outcome"] != "died"}, left=True)


def test_facilities_that_report_nobody_are_behind_nothing(tmp_path: Path) -> None:
    records = made_up(7)
    people: dict[str, Any] = {"column": "days", "contributors": "value", "absent": "zero"}
    measures = {"cases": measure("sum", **people), "deaths": measure("sum", **people, **DIED)}
    found = tabulate(tmp_path, records, measures=measures, person=None, disclosure=UNITS)
    whole, part = "people, counted in days", "people, outcome is died, counted in days"
    some = {
        whole: lambda one: int(str(one["days"])) > 0,
        part: lambda one: one["outcome"] == "died" and one["days"] != 0,
    }
    check(found, records, some, left=False)
    check(found, records, {part: lambda one: one["outcome"] != "died" and one["days"] != 0}, left=True)


def test_nothing_is_counted_where_no_rule_asks(tmp_path: Path) -> None:
    found = tabulate(tmp_path, made_up(1))
    assert found.table("cube").units == {}
    assert found.table("cube").units_outside == {}
    assert "facility" not in found.plan.columns


def test_facilities_are_counted_for_cells_that_no_table_shows(tmp_path: Path) -> None:
    pairs = {"one": table("place", "sex"), "two": table("sex", "age"), "three": table("age", "place")}
    found = tabulate(tmp_path, made_up(3), tables=pairs, disclosure=UNITS)
    tables = table_set(found)
    assert len(tables.hidden) == 1
    assert tables.units.min() >= 0
    assert tables.units[~tables.shown].max() > 0


def test_facilities_may_be_numbered(tmp_path: Path) -> None:
    records = [{**one, "age": number % 5} for number, one in enumerate(made_up(2))]
    by_age = {"policy": "vn_proposed", "units": {"column": "age", "fewest": 3}}
    found = tabulate(tmp_path, records, disclosure=by_age)
    assert int(found.table("cube").units["persons"][cell(found, "cube", "_T", "_T")]) == 5


def test_the_statement_is_of_one_pass_and_sorts_by_facility() -> None:
    planned = plan(loaded(disclosure=UNITS), EDITION)
    statement = unit_rows(planned, order="hash(person)")
    assert statement.count("FROM source") == 1
    assert statement.endswith("ORDER BY place")
    assert planned.units == "facility"
    assert np.array(planned.columns).tolist() == ["facility", "person", "place", "sex"]


@pytest.mark.parametrize(
    "spellings",
    [
        ("Bệnh viện K", "BỆNH VIỆN K", "bệnh viện k"),
        ("a b", "a  b", "a\u00a0b"),
        ("7", "07", "007"),
        ("K-1", "k.1", "K 1"),
    ],
)
def test_spellings_of_one_facility_are_one(tmp_path: Path, spellings: tuple[str, ...]) -> None:
    records = [record(person=f"p{number}", facility=one) for number, one in enumerate(spellings)]
    tables = table_set(tabulate(tmp_path, records, disclosure=UNITS))
    assert set(tables.units[tables.contributors > 0].tolist()) == {1}


def test_names_of_signs_alone_are_no_facilities(tmp_path: Path) -> None:
    records = [record(person=one, facility=one) for one in ("*", "-", "0")]
    tables = table_set(tabulate(tmp_path, records, disclosure=UNITS))
    assert set(tables.units[tables.contributors > 0].tolist()) == {1}


def test_facilities_may_have_numbers(tmp_path: Path) -> None:
    """Many of them, in whatever order: each counts once, also where it has many rows."""
    numbers = [1, 10, 2, 100, 20, 3, 10, 1, 2] * 3
    records = [record(person=f"p{at}", days=one) for at, one in enumerate(numbers)]
    units = {"policy": "vn_proposed", "units": {"column": "days", "fewest": 3}}
    tables = table_set(tabulate(tmp_path, records, disclosure=units))
    assert set(tables.units[tables.contributors > 0].tolist()) == {len(set(numbers))}
