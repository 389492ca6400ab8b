"""Counted tables through which a withheld cell could be worked out are refused; each case was found by an attacker."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from datasets.disclosure import DisclosureRules, ZeroPolicy
from datasets.errors import DisclosureRuleInvalid
from publishers.protectable_counts import check_counts
from tests.unit.publishers.tabulate import discharges as source
from tests.unit.publishers.tabulate.discharges import definition, measure, record, table, tabulate

TODAY = date(2026, 11, 25)
PLACES = (("P1", "A09"), ("P3", "A10"), ("P2", "C20"), ("X", "C21"))
"""Infections are treated in region R1, tumours elsewhere."""


def check(folder: Path, records: list[dict[str, object]], zeros: ZeroPolicy = "publish", **changes: Any) -> None:
    tabulation = tabulate(folder, records, **changes)
    rules = DisclosureRules(policy="test", method="suppression", threshold=5, zeros=zeros)
    check_counts(tabulation, definition(**changes), rules, today=TODAY)


def refusal(folder: Path, records: list[dict[str, object]], zeros: ZeroPolicy = "publish", **changes: Any) -> str:
    with pytest.raises(DisclosureRuleInvalid) as caught:
        check(folder, records, zeros, **changes)
    assert all(problem.remedy for problem in caught.value.problems)
    return str(caught.value)


def specialised(**more: object) -> list[dict[str, object]]:
    return [record(person=str(n), place=place, icd=icd, **more) for n, (place, icd) in enumerate(PLACES * 3)]


def test_columns_that_determine_each_other_beside_a_dimension_without_a_total(tmp_path: Path) -> None:
    """Region 1: the provinces add up to 68, its men are 65 and shown, so its women, withheld, are 3."""
    dimensions = {name: one.model_dump(exclude_defaults=True) for name, one in definition().dimensions.items()}
    dimensions["sex"]["total"] = False
    tables = {"chapters": table("chapter", "sex"), "places": table("place")}
    assert "shown beside others but not by themselves" in refusal(
        tmp_path, specialised(), dimensions=dimensions, tables=tables
    )
    check(tmp_path, specialised(), tables={"chapters": table("chapter", "sex"), "places": table("place", "sex")})


def test_columns_that_determine_each_other_but_for_unknown_members(tmp_path: Path) -> None:
    records = [record(person=str(n), place=place, sex=sex) for n, (place, sex) in enumerate(_two_by_two() * 2)]
    records += [record(person="q", place="P1", sex=None), record(person="r", place="P2", sex=None)]
    apart = {"places": table("place", "chapter"), "sexes": table("sex", "chapter")}
    assert "but for rows in which one is unknown" in refusal(tmp_path, records, tables=apart)
    check(tmp_path, records, tables={"both": table("place", "sex", "chapter")})


def _two_by_two() -> list[tuple[str, str]]:
    return [("P1", "female"), ("P3", "female"), ("P2", "male"), ("X", "male")]


def test_a_dimension_that_tells_who_belongs_to_a_part(tmp_path: Path) -> None:
    """Whoever has a tumour dies, and nobody else does: deaths of a place are its tumours."""
    records = [one | {"outcome": "died" if str(one["icd"]) > "B" else "alive"} for one in specialised()]
    measures = {"stays": measure("count"), "deaths": measure("count", where={"outcome": ["died"]})}
    tables = {"chapters": table("chapter", "sex", measures=["stays"]), "places": table("sex", measures=["deaths"])}
    assert "members tell of every row whether it belongs to the part" in refusal(
        tmp_path, records, measures=measures, tables=tables
    )
    check(tmp_path, [*records, record(icd="A09", outcome="died")], measures=measures, tables=tables)


@pytest.mark.parametrize("values", [(0, 1), (1, 2), (0, 1000)])
def test_a_sum_of_two_values_counts_people(tmp_path: Path, values: tuple[int, int]) -> None:
    measures = {"stays": measure("count"), "died": measure("sum", column="days")}
    records = [record(person=str(n), sex="male" if n % 3 else "female", days=values[n % 2]) for n in range(9)]
    assert "has just two values: it counts people unprotected" in refusal(tmp_path, records, measures=measures)
    check(tmp_path, [*records, record(days=500)], measures=measures)


def test_a_sum_of_a_column_that_follows_a_dimension(tmp_path: Path) -> None:
    """A tariff of 1, 2 and 3 by place: a sum of 33 over 12 stays in two places tells how many were in each."""
    measures = {"stays": measure("count"), "cost": measure("sum", column="days")}
    places = [("P1", 1), ("P2", 2), ("P3", 3)] * 3
    records = [record(person=str(n), place=place, days=days) for n, (place, days) in enumerate(places)]
    assert "whose value the members of place tell" in refusal(tmp_path, records, measures=measures)
    check(tmp_path, [*records, record(place="P1", days=3)], measures=measures)


def test_a_ring_through_columns_that_determine_each_other(tmp_path: Path) -> None:
    """Place and chapter stand for each other: place × sex, sex × age and chapter × age are a ring of three."""
    ring = {"one": table("place", "sex"), "two": table("sex", "age"), "three": table("chapter", "age")}
    records = [
        one | {"sex": sex, "age": age, "person": f"{one['person']}{sex}{age}"}
        for one in specialised()
        for sex in ("female", "male")
        for age in (5, 30)
    ]
    assert "dimensions chapter and place: determine each other, and tables cross them with others in a ring" in refusal(
        tmp_path, records, tables=ring
    )
    check(tmp_path, records, tables={"one": table("place", "sex"), "three": table("chapter", "sex")})


# Zeros that everybody knows -------------------------------------------------------------------------------------------


def test_cells_between_a_place_and_what_it_cannot_have(tmp_path: Path) -> None:
    crossed = {"both": table("place", "chapter", "sex")}
    check(tmp_path, specialised(), tables=crossed)
    assert "place determines chapter" in refusal(tmp_path, specialised(), "protect", tables=crossed)


def test_marks_of_absent_records(tmp_path: Path) -> None:
    counted = measure("sum", column="days", contributors="value", absent="partial")
    changes: dict[str, Any] = {"measures": {"days": counted}, "person": None}
    records = [record(place=place, sex=sex, days=9) for place, sex in _two_by_two()]
    check(tmp_path, records, **changes)
    assert "tells which withheld cells are empty" in refusal(tmp_path, records, "protect", **changes)


def test_members_that_did_not_exist_yet_or_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [record(place=place, sex=sex) for place in ("P1", "P2", "P3", "X") for sex in ("female", "male")]
    check(tmp_path, records, "protect")
    monkeypatch.setitem(source.CODELISTS, "places", source.dated(source.PLACES, {"X": ("", "2020-12-31")}))
    assert "did not exist in the period" in refusal(tmp_path, records, "protect")
    check(tmp_path, records, "publish")


def test_months_that_have_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {"months": table("month", "sex")}
    records = [record(sex=sex, day=date(2024, month, 1)) for sex in ("female", "male") for month in (1, 2, 3)]
    check(tmp_path, records, "protect", tables=tables)
    monkeypatch.setattr("tests.unit.publishers.test_protectable_counts.TODAY", date(2024, 2, 20))
    assert "dimension month: has members that did not exist" in refusal(tmp_path, records, "protect", tables=tables)
