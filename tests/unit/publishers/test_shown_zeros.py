"""Members without a row that become true zeros, and tables that show nothing: staff are told before readers ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from anonymization import protect
from anonymization.policies import resolve
from publishers import shown_zeros
from publishers.denominators import load_denominators
from publishers.public_table import public_tables
from publishers.shown_zeros import of_gaps, of_zeros
from publishers.tabulate.recode import PlannedDimension
from publishers.tabulate.tabulation import table_set
from tests.unit.publishers.tabulate import discharges
from tests.unit.publishers.tabulate.discharges import (
    EDITION,
    dated,
    definition,
    loaded,
    measure,
    record,
    table,
    tabulate,
)

TODAY = date(2024, 6, 1)
Records = Sequence[Mapping[str, object]]


def rows(places: Iterable[str] = ("P1", "P2", "P3", "X"), *, each: int = 8) -> Records:
    sexes = ("male", "female", None)
    return [
        record(person=f"{place}{sex}{at}", place=place, sex=sex)
        for place in places
        for sex in sexes
        for at in range(each)
    ]


def told(folder: Path, records: Records, *, today: date = TODAY, **changes: Any) -> list[str]:
    found = tabulate(folder, records, **changes)
    disclosure = definition(**changes).disclosure
    assert disclosure is not None
    protected = protect(table_set(found), resolve(disclosure), seed=1)
    given = loaded(folder, **changes)
    tables = public_tables(protected, found, given, load_denominators(given, folder, EDITION)).values()
    problems = [
        *of_zeros(definition(**changes), found.plan, tables, today=today),
        *of_gaps(definition(**changes), tables),
    ]
    assert all(one.remedy for one in problems)
    return [f"{one.place}: {one.rule}. {one.remedy}" for one in problems]


def test_where_every_member_has_rows_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert told(tmp_path, rows()) == []


def test_members_without_a_row_are_counted_by_dimension(tmp_path: Path) -> None:
    (place,) = told(tmp_path, rows(["P1", "P3"]))
    assert "dimension place: 3 of its members (R2, P2, X) are shown as true zeros" in place
    assert "absent: missing" in place
    assert "own code list" in place


def test_what_was_not_there_is_found_once_for_each_dimension(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = shown_zeros._not_there
    asked: list[str] = []

    def counting(planned: PlannedDimension, period: tuple[date, date] | None, today: date) -> frozenset[str]:
        asked.append(planned.name)
        return found(planned, period, today)

    monkeypatch.setattr(shown_zeros, "_not_there", counting)
    assert told(tmp_path, rows(["P1"]))
    assert asked
    assert len(asked) == len(set(asked)), "a list of many codes takes the square of its length otherwise"


def test_a_member_with_a_row_in_some_table_is_none_of_them(tmp_path: Path) -> None:
    two = {"stays": measure("count"), "died": measure("count", where={"outcome": ["died"]})}
    assert told(tmp_path, rows(), measures=two, person=None) == [], "zero in one measure alone"


@pytest.mark.parametrize("absent", ["zero", "missing"])
def test_who_has_said_what_no_record_means_is_not_asked_again(tmp_path: Path, absent: str) -> None:
    stays = {"stays": measure("count", absent=absent)}
    assert told(tmp_path, rows(["P1", "P3"]), measures=stays, person=None) == []


def test_withheld_zeros_are_not_told_of(tmp_path: Path) -> None:
    changes: dict[str, Any] = {"disclosure": {"policy": "vn_proposed", "zeros": "protect"}}
    assert not [one for one in told(tmp_path, rows(["P1", "P3"], each=90), **changes) if "zeros" in one]


def test_members_that_did_not_exist_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = dated(discharges.PLACES, {"P2": ("2025-01-01", "")})
    monkeypatch.setitem(discharges.CODELISTS, "places", changed)
    never, empty = told(tmp_path, rows(["P1", "P3"]))
    assert "2 of its members (R2, P2) did not exist in the period, or have not begun" in never
    assert "1 of its members (X) are shown as true zeros in every cell" in empty


def test_months_to_come_are_no_zeros(tmp_path: Path) -> None:
    by_month: dict[str, Any] = {"tables": {"cube": table("month", "sex")}}
    (empty,) = told(tmp_path, rows(), **by_month)
    assert "dimension month: 2 of its members (2024-02, 2024-03) are shown as true zeros" in empty
    future, empty = told(tmp_path, rows(), today=date(2024, 2, 10), **by_month)
    assert "1 of its members (2024-03) did not exist in the period, or have not begun" in future
    assert "(2024-02)" in empty


def test_a_table_that_shows_nothing(tmp_path: Path) -> None:
    everything: dict[str, Any] = {"disclosure": {"policy": "vn_proposed", "zeros": "protect"}}
    assert "table cube: shows no value at all" in told(tmp_path, rows(["P1"], each=1), **everything)[-1]


def test_a_grand_total_that_is_withheld(tmp_path: Path) -> None:
    (gap,) = [one for one in told(tmp_path, rows(["P1"], each=1)) if "table cube" in one]
    assert "does not even show the grand total of stays, patients" in gap


def test_people_who_are_counted_elsewhere_fill_no_gap_and_no_zero(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("place,population\nP1,900\nP2,900\nP3,900\nX,9\n", encoding="utf-8")
    source = {"vi": "Thống kê", "en": "Statistics"}
    people = measure("population", path="people.csv", dimensions=["place"], source=source)
    changes: dict[str, Any] = {
        "measures": {"stays": measure("count"), "people": people},
        "tables": {"cube": table("place")},
    }
    (place,) = told(tmp_path, rows(["P1", "P3"]), **changes)
    assert "dimension place: 3 of its members (R2, P2, X) are shown as true zeros" in place
    withheld = {**changes, "disclosure": {"policy": "vn_proposed", "zeros": "protect"}}
    assert "table cube: shows no value at all" in told(tmp_path, rows(["P1"], each=1), **withheld)[-1]
