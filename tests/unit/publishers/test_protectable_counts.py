"""Counted tables through which a withheld cell could be worked out are refused; each case was found by an attacker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from datasets.disclosure import DisclosureRules, ZeroPolicy
from datasets.errors import DisclosureRuleInvalid
from publishers.protectable_counts import check_counts
from publishers.tabulate.tabulation import table_set
from tests.unit.publishers.tabulate import discharges as source
from tests.unit.publishers.tabulate.discharges import cell, definition, measure, record, table, tabulate

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
    assert "but for few rows, rows in which one is unknown" in refusal(tmp_path, records, tables=apart)
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


COSTS = {"stays": measure("count"), "cost": measure("sum", column="days")}


def of_days(*days: int) -> list[dict[str, object]]:
    return [record(person=str(n), sex="male" if n % 3 else "female", days=own) for n, own in enumerate(days)]


@pytest.mark.parametrize(
    "days",
    [
        pytest.param([0, 1] * 9, id="a flag"),
        pytest.param([0, 1000] * 9, id="a fee or none"),
        pytest.param([0, 0, 1] * 20 + [2], id="a flag with a wrong row"),
        pytest.param([0, 1, 1000] * 9, id="three values that a sum tells apart"),
        pytest.param([0, 1, 10, 20, 1000, 3000] * 9, id="more values of which some are far above others"),
    ],
)
def test_a_sum_that_counts_people(tmp_path: Path, days: list[int]) -> None:
    assert "it counts people unprotected" in refusal(tmp_path, of_days(*days), measures=COSTS)


@pytest.mark.parametrize(
    "days",
    [
        pytest.param([5] * 9, id="one value"),
        pytest.param([*range(1, 15)] * 3, id="days of stay"),
        pytest.param([0, 0, 0, 0, 10, 20, 30, 50, 80] * 5, id="many who pay nothing"),
    ],
)
def test_a_sum_that_does_not_count_people(tmp_path: Path, days: list[int]) -> None:
    check(tmp_path, of_days(*days), measures=COSTS)


def at_places(*tariff: tuple[str, Sequence[int]]) -> list[dict[str, object]]:
    days = [(place, own) for place, values in tariff for own in values]
    return [record(person=str(n), place=place, days=own) for n, (place, own) in enumerate(days)]


def test_a_sum_of_a_column_that_follows_a_dimension(tmp_path: Path) -> None:
    """A tariff by place: a sum of 33 over 12 stays in two places tells how many were in each."""
    records = at_places(*((place, [days] * 3) for place, days in [("P1", 1), ("P2", 2), ("P3", 3), ("X", 4)]))
    records += at_places(("R1", ())) + at_places(("P1", [1]))
    assert "whose value the members of place tell" in refusal(tmp_path, records, measures=COSTS)
    check(tmp_path, [*records, *at_places(("P1", range(3, 9)))], measures=COSTS)


def test_a_tariff_with_a_wrong_row_and_a_place_without_tariff(tmp_path: Path) -> None:
    varied = [*range(1, 10)] * 2
    records = at_places(("P1", [1] * 29 + [7]), ("P2", [2] * 12), ("P3", varied))
    assert "whose value the members of place tell" in refusal(tmp_path, records, measures=COSTS)
    check(tmp_path, at_places(("P1", [1] * 29 + [7] * 3), ("P2", [2] * 12), ("P3", varied)), measures=COSTS)
    check(tmp_path, at_places(("P1", [1] * 29 + [7]), ("P2", [2] * 9), ("P3", varied)), measures=COSTS)


def test_what_is_known_besides_reaches_the_protection(tmp_path: Path) -> None:
    """Ward A: 22 visits, 20 of them emergencies, of 10 people: two planned visits, of two of them."""
    records = [record(person=f"a{n}", place="P1", outcome="died") for n in range(10) for _ in range(2)]
    records += [record(person=f"a{n}", place="P1", outcome="alive") for n in range(2)]
    records += [record(person=f"b{n}", place="P2", outcome="died" if n % 2 else "alive") for n in range(60)]
    records += [record(person=f"c{n}", place="X", outcome="died", days=n % 7) for n in range(9)]
    measures = {"visits": measure("count"), "urgent": measure("count", where={"outcome": ["died"]})} | COSTS
    tabulation = tabulate(tmp_path, records, measures=measures, tables={"one": table("place")})
    (one,), part = table_set(tabulation).tables, "persons, outcome is died"
    at = [cell(tabulation, "one", code) for code in ("_T", "R1", "P1", "P2", "X")]
    assert one.outside[part][at].tolist() == [32, 2, 2, 30, 0]
    assert (one.contributors["persons"] - one.contributors[part])[at].tolist() == [30, 0, 0, 30, 0]
    # Everybody at X died; costs of P1 and P2 are usual.
    assert one.wholly[part][at].tolist() == [False, False, False, False, True]
    assert one.usual["cost"][at].tolist() == [False, True, True, True, False]
    assert not one.usual["visits"].any()
    only_persons = {"visits": measure("persons"), "urgent": measures["urgent"]}
    again = tabulate(tmp_path, records, measures=only_persons, tables={"one": table("place")})
    assert table_set(again).tables[0].outside == {}


def test_columns_that_determine_each_other_but_for_few_rows(tmp_path: Path) -> None:
    """Provinces and regions with three wrong rows of 328."""
    records = [record(person=str(n), place=place, icd=icd) for n, (place, icd) in enumerate(PLACES * 20)]
    wrong = [record(place="P1", icd="C20"), record(place="P2", icd="A09"), record(place="P3", icd="C20")]
    apart = {"places": table("place", "sex"), "chapters": table("chapter", "sex")}
    assert "but for few rows" in refusal(tmp_path, [*records, *wrong], tables=apart)
    check(tmp_path, [*records, *wrong], tables={"both": table("place", "chapter", "sex")})
    check(tmp_path, [*records, *(wrong * 8)], tables=apart)


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


def test_a_dimension_whose_members_add_up_to_a_crossing_of_two_others(tmp_path: Path) -> None:
    """Each place treats one sex at one age: places are the cells of sex × age under another name."""
    kinds = (("P1", "female", 5), ("P3", "female", 30), ("P2", "male", 5), ("X", "male", 30))
    records = [
        record(person=f"{place}{n}", place=place, sex=sex, age=age) for place, sex, age in kinds for n in range(9)
    ]
    told = "dimension place: determines age and sex, which a table crosses"
    assert told in refusal(tmp_path, records, tables={"one": table("place"), "two": table("sex", "age")})
    check(tmp_path, records, tables={"one": table("place"), "two": table("sex"), "three": table("age")})
    check(tmp_path, records, tables={"all": table("place", "sex", "age")})
    mixed = [*records, *(record(person=f"m{n}", place="P1", sex="male", age=5) for n in range(9))]
    check(tmp_path, mixed, tables={"one": table("place"), "two": table("sex", "age")})


# Zeros that everybody knows -------------------------------------------------------------------------------------------


def test_cells_between_a_place_and_what_it_cannot_have(tmp_path: Path) -> None:
    crossed = {"both": table("place", "chapter", "sex")}
    check(tmp_path, specialised(), tables=crossed)
    assert "place determines chapter" in refusal(tmp_path, specialised(), "protect", tables=crossed)


def test_cells_of_large_members_that_never_occur_together(tmp_path: Path) -> None:
    """Men in obstetrics: all know that there are none, whatever is withheld."""
    cells = {("P1", "female"): 30, ("P2", "female"): 40, ("P2", "male"): 50, ("P3", "female"): 25, ("P3", "male"): 3}
    records = [record(person=f"{one}{n}", place=one[0], sex=one[1]) for one, rows in cells.items() for n in range(rows)]
    check(tmp_path, records)
    assert "some of their members never occur together" in refusal(tmp_path, records, "protect")
    check(tmp_path, [*records, record(person="x", place="P1", sex="male")], "protect")


@pytest.mark.parametrize("rare", ["died", "alive"])
def test_members_of_which_all_or_none_are_in_a_part(tmp_path: Path, rare: str) -> None:
    """Nobody dies of tumours at P1, or everybody: a withheld zero hides nothing there."""
    usual = {"died": "alive", "alive": "died"}[rare]
    records = [record(person=f"{place}{n}", place=place, outcome=usual) for place in ("P1", "P2") for n in range(20)]
    records += [record(person=f"{rare}{n}", place="P2", outcome=rare) for n in range(20)]
    measures = {"stays": measure("count"), "deaths": measure("count", where={"outcome": ["died"]})}
    changes: dict[str, Any] = {"measures": measures, "tables": {"one": table("place")}}
    check(tmp_path, records, **changes)
    assert "of which all or none belong to the part" in refusal(tmp_path, records, "protect", **changes)
    check(tmp_path, [*records, record(person="x", outcome=rare)], "protect", **changes)
    protected = tabulate(tmp_path, records, disclosure={"policy": "vn_proposed", "zeros": "protect"}, **changes)
    assert not any(flags.any() for flags in table_set(protected).tables[0].wholly.values())


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
