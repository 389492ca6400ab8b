"""Names of facilities: which are one, which are none, and that the tabulation takes them so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from publishers.tabulate.contributor_names import UNKNOWN_WORDS, same_name
from tests.unit.publishers.tabulate.discharges import cell, measure, record, tabulate


def named(name: str | int | None) -> object:
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT {same_name('x')} FROM (SELECT ? AS x)", [name]).fetchall()
    return rows[0][0]


@pytest.mark.parametrize(
    "name", ["h108", "H 108", "h\uff11\uff10\uff18", "\uff48\uff11\uff10\uff18", "00-h108.", "h¹⁰⁸"]
)
def test_one_facility_written_in_many_ways(name: str) -> None:
    assert named(name) == "h108"


def test_different_facilities_stay_different() -> None:
    names = ["h108", "h18", "h1080", "hò", "ho", "Bệnh viện Khác Biệt", "NA1", "108", "1"]
    assert len({named(name) for name in names}) == len(names)
    assert named(108) == named("0108") == "108"
    assert named(0) == named("-000") == "0"


@pytest.mark.parametrize("name", [None, "", " ", "-", "?", "...", "\u3000", "—/—"])
def test_a_name_without_letter_or_digit_is_none(name: str | None) -> None:
    assert named(name) is None


@pytest.mark.parametrize(
    "name", ["N/A", "#N/A", "NULL", "Không rõ", "KHÔNG  RÕ", "khong ro", "khác", "Unknown", "ｎ／ａ"]
)
def test_a_word_for_unknown_is_none(name: str) -> None:
    assert named(name) is None


def test_every_word_of_the_list_is_none() -> None:
    assert {named(word) for word in UNKNOWN_WORDS} == {None}


def test_a_second_way_to_write_a_facility_is_no_second_facility(tmp_path: Path) -> None:
    names = ["h108", "h\uff11\uff10\uff18", "không rõ", "?", "h2"]
    records = [record(person=f"p{at}", place="P1", sex="male", facility=name) for at, name in enumerate(names)]
    units = {"policy": "vn_proposed", "units": {"column": "facility", "fewest": 3}}
    found = tabulate(tmp_path, records, disclosure=units)
    assert found.table("cube").units["persons"][cell(found, "cube", "P1", "M")] == 2


def test_a_second_way_to_write_a_contributor_does_not_hide_how_much_it_has(tmp_path: Path) -> None:
    given: list[tuple[str | None, float]] = [("h108", 40), ("h\uff11\uff10\uff18", 50), ("h2", 7), ("h3", 3)]
    unknown: list[tuple[str | None, float]] = [("N/A", 20), ("-", 5), (None, 1)]
    rule: dict[str, Any] = {"column": "facility", "p_percent": {"p": 10, "coalition": 2}}
    for rows, sizes in ((given, [100, 90, 7, 3]), ([*given, *unknown], [126, 116, 7, 3])):
        records = [
            record(person=f"p{at}", place="P1", sex="male", facility=name, cost=float(paid))
            for at, (name, paid) in enumerate(rows)
        ]
        found = tabulate(
            tmp_path,
            records,
            measures={"cost": measure("sum", column="cost")},
            disclosure={"policy": "vn_proposed", "concentration": rule},
        )
        assert found.table("cube").amounts["cost"][cell(found, "cube", "P1", "M")].tolist() == pytest.approx(sizes)
