"""The largest contributions to every cell, against adding up and sorting the records of each cell by itself."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datasets.errors import SourceInvalid
from publishers.tabulate.compile import contribution_rows
from publishers.tabulate.plan import plan
from publishers.tabulate.tabulation import Tabulation, table_set
from tests.unit.publishers.tabulate.discharges import EDITION, cell, loaded, measure, record, table, tabulate

Record = Mapping[str, Any]
SEXES = {"_T": "FM", "F": "F", "M": "M", "U": ""}
PLACES = {"_T": ("P1", "P2", "P3", "X"), "R1": ("P1", "P3"), "R2": ("P2",)} | {
    one: (one,) for one in ("P1", "P2", "P3", "X")
}
DIED = {"outcome": ["died"]}


def rule(**keys: Any) -> dict[str, Any]:
    """Three contributions of each cell are known."""
    concentration = {"column": "facility", "p_percent": {"p": 10, "coalition": 2}} | keys
    return {"policy": "vn_proposed", "concentration": concentration}


def made_up(seed: int, rows: int = 60) -> list[dict[str, object]]:
    chance = random.Random(seed)
    return [
        record(
            person=f"p{chance.randrange(25)}",
            place=chance.choice(["P1", "P2", "P3", "X"]),
            sex=chance.choice(["female", "male"]),
            outcome=chance.choice(["alive", "alive", "died"]),
            days=chance.choice([0, 1, 4, 30]),
            cost=chance.choice([None, 0.1, 2.25, -3.000001, 1e9]),
            facility=chance.choice(["a", "b", "c", "d", "e", None]),
        )
        for _ in range(rows)
    ]


def sizes(
    records: Sequence[Record], column: str, place: str, sex: str, inside: Callable[[Record], bool]
) -> list[float]:
    """Return the sizes in one cell, added up, and the three largest; what nobody has is taken for the largest's."""
    own: dict[str, float] = defaultdict(float)
    unknown = 0.0
    for one in records:
        if one["place"] in PLACES[place] and one["sex"][0].upper() in SEXES[sex] and inside(one):
            amount = one[column] or 0
            if one["facility"] is None:
                unknown += abs(amount)
            else:
                own[one["facility"]] += amount
    falling = [*sorted((abs(one) for one in own.values()), reverse=True), 0.0, 0.0, 0.0][:3]
    return [sum(map(abs, own.values())) + unknown, falling[0] + unknown, *falling[1:]]


def check(
    given: np.ndarray[Any, Any], found: Tabulation, records: Sequence[Record], column: str, inside: Callable[..., bool]
) -> None:
    for place in PLACES:
        for sex in SEXES:
            got = given[cell(found, "cube", place, sex)].tolist()
            assert got == pytest.approx(sizes(records, column, place, sex, inside)), (column, place, sex)


@pytest.mark.parametrize("seed", range(4))
def test_contributions_to_sums_to_parts_and_to_what_is_left(tmp_path: Path, seed: int) -> None:
    records = made_up(seed)
    measures = {
        "patients": measure("persons"),
        "days": measure("sum", column="days"),
        "days_of_the_dead": measure("sum", column="days", where=DIED),
        "stay": measure("mean", column="days"),
    }
    found = tabulate(tmp_path, records, measures=measures, disclosure=rule())
    counted = found.table("cube")
    assert set(counted.amounts) == {"days", "days_of_the_dead", "stay (sum)"}
    for name in ("days", "stay (sum)"):
        check(counted.amounts[name], found, records, "days", lambda _: True)
    check(counted.amounts["days_of_the_dead"], found, records, "days", lambda one: one["outcome"] == "died")
    assert set(counted.amounts_outside) == {"days_of_the_dead"}
    left = counted.amounts_outside["days_of_the_dead"]
    check(left, found, records, "days", lambda one: one["outcome"] != "died")
    (amounts,) = table_set(found).amounts
    assert amounts.column == "days"
    assert [one.name for one in amounts.measures] == ["days", "days_of_the_dead", "stay (sum)"]


@pytest.mark.parametrize("seed", range(3))
def test_amounts_that_are_no_whole_numbers_and_may_be_negative(tmp_path: Path, seed: int) -> None:
    records = made_up(seed)
    measures = {"stays": measure("count"), "cost": measure("sum", column="cost")}
    found = tabulate(tmp_path, records, measures=measures, person=None, disclosure=rule())
    check(found.table("cube").amounts["cost"], found, records, "cost", lambda _: True)
    assert found.table("cube").amounts_outside == {}


def test_the_order_of_records_does_not_matter(tmp_path: Path) -> None:
    records = made_up(5, 300)
    measures = {"cost": measure("sum", column="cost")}
    forwards, backwards = (
        tabulate(tmp_path, order, measures=measures, disclosure=rule()).table("cube").amounts["cost"]
        for order in (records, records[::-1])
    )
    assert np.array_equal(forwards, backwards)


def test_named_sums_are_looked_at_with_others_of_their_column(tmp_path: Path) -> None:
    measures = {
        "days": measure("sum", column="days"),
        "stay": measure("mean", column="days"),
        "cost": measure("sum", column="cost"),
        "people": measure("sum", column="age", contributors="value", absent="zero"),
    }
    found = tabulate(tmp_path, made_up(1), measures=measures, person=None, disclosure=rule(measures=["stay"]))
    assert set(found.table("cube").amounts) == {"days", "stay (sum)"}
    assert {one.name: one.adds_up for one in table_set(found).measures}["cost"] is None
    everything = tabulate(tmp_path, made_up(1), measures=measures, person=None, disclosure=rule())
    assert set(everything.table("cube").amounts) == {"days", "stay (sum)", "cost"}


def test_nothing_is_looked_at_where_no_rule_asks(tmp_path: Path) -> None:
    measures = {"days": measure("sum", column="days")}
    found = tabulate(tmp_path, made_up(1), measures=measures)
    assert found.table("cube").amounts == {}
    assert found.plan.amounts == ()
    assert found.plan.rests_of_amounts == ()
    assert "facility" not in found.plan.columns


def test_contributions_to_cells_that_no_table_shows(tmp_path: Path) -> None:
    pairs = {"one": table("place", "sex"), "two": table("sex", "age"), "three": table("age", "place")}
    measures = {"days": measure("sum", column="days")}
    found = tabulate(tmp_path, made_up(3), tables=pairs, measures=measures, disclosure=rule())
    tables = table_set(found)
    (amounts,) = tables.amounts
    assert len(tables.hidden) == 1
    assert np.isfinite(amounts.sizes).all()
    assert amounts.sizes[~tables.shown, 0].max() > 0


def test_persons_may_be_the_contributors(tmp_path: Path) -> None:
    records = [record(person=f"p{at // 3}", days=at) for at in range(12)]
    measures = {"days": measure("sum", column="days")}
    found = tabulate(tmp_path, records, measures=measures, disclosure=rule(column="person"))
    assert found.table("cube").amounts["days"][cell(found, "cube", "_T", "_T")].tolist() == [66, 30, 21, 12]


def test_spellings_of_one_contributor_are_one(tmp_path: Path) -> None:
    records = [record(facility=one, days=5) for one in ("K-1", "k.1", "K 1", "k 2")]
    measures = {"days": measure("sum", column="days")}
    found = tabulate(tmp_path, records, measures=measures, disclosure=rule())
    assert found.table("cube").amounts["days"][cell(found, "cube", "_T", "_T")].tolist() == [20, 15, 5, 0]


def test_sizes_that_float_cannot_tell_apart_are_refused(tmp_path: Path) -> None:
    records = [record(facility=str(at), cost=(-1) ** at * 2.0**52) for at in range(2)]
    measures = {"cost": measure("sum", column="cost")}
    with pytest.raises(SourceInvalid, match="cost: is too large to be added up exactly"):
        tabulate(tmp_path, records, measures=measures, disclosure=rule())
    records[1]["cost"] = 2.0**52 - 1
    found = tabulate(tmp_path, records, measures=measures, disclosure=rule())
    assert found.table("cube").amounts["cost"][0, 0] == 2.0**53 - 1


def test_the_statement_is_of_one_pass_and_sorts_by_contributor() -> None:
    planned = plan(loaded(measures={"days": measure("sum", column="days")}, disclosure=rule()), EDITION)
    (own,) = planned.amounts
    statement = contribution_rows(planned, own.parts, order="hash(person)")
    assert statement.count("FROM source") == 1
    assert statement.endswith("ORDER BY place")
    assert planned.columns == ("days", "facility", "person", "place", "sex")
