"""Tables are read with their margins or get them, and what does not fit is told by row, column and code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from datasets.errors import SourceInvalid, YtemoError
from publishers.standalone.table_input import describe_cell
from tests.support.standalone_tables import INNER, ROWS, RULES, brute_force, read, values


def test_margins_are_added_up(tmp_path: Path) -> None:
    table = read(tmp_path)
    assert values(table) == brute_force()
    assert table.computed == 12
    assert table.measures[0].contributors.tolist() == table.measures[0].values.tolist()
    assert (table.relations().matrix @ table.measures[0].values == 0).all()
    assert describe_cell(table.dimensions)(0) == "area=_T, sex=_T"


def test_a_table_of_one_dimension(tmp_path: Path) -> None:
    rules = RULES.replace("  sex: {}\n", "")
    table = read(tmp_path, "a,5\nb,2\nc,9\n", rules, "area,cases")
    assert values(table) == {("_T",): 16, ("north",): 7, ("south",): 9, ("a",): 5, ("b",): 2, ("c",): 9}
    assert table.computed == 3


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    upside_down = "\n".join(reversed(ROWS.splitlines())) + "\n"
    assert values(read(tmp_path, upside_down)) == values(read(tmp_path))


def test_given_margins_are_kept_and_other_names_of_totals_understood(tmp_path: Path) -> None:
    rows = ROWS + "all,F,16\nall,M,11\nnorth,both,14\n"
    rules = RULES.replace("area: {", "area: {total: all, ").replace("sex: {}", "sex: {total: both, column: gender}")
    table = read(tmp_path, rows, rules, "area,gender,cases")
    assert values(table) == brute_force()
    assert table.computed == 9


def test_absent_cells_are_a_mistake_unless_they_are_zeros(tmp_path: Path) -> None:
    rows = ROWS.replace("b,M,0\n", "")
    with pytest.raises(SourceInvalid, match=r"complete\n  - t.csv: the cell area=b, sex=M is missing[^\n]*$"):
        read(tmp_path, rows)
    assert values(read(tmp_path, rows, RULES + "absent: zero\n")) == brute_force()


def test_contributors_weights_and_chosen_cells(tmp_path: Path) -> None:
    rows = "".join(f"{area},{sex},{cases},{cases and 1},2\n" for (area, sex), cases in INNER.items())
    rules = (
        RULES.replace("cases: {}", "cases: {contributors: people, kind: sum}").replace(
            "policy: vn_proposed", "policy: vn_proposed, cost: weights"
        )
        + "weights: price\nfrozen: [{area: [_T, north], sex: _T}]\nstructural_zeros:\n  - {area: b, sex: M}\n"
    )
    table = read(tmp_path, rows, rules, "area,sex,cases,people,price")
    by_codes = {table.codes(cell): cell for cell in range(len(table))}
    assert table.measures[0].contributors[by_codes["_T", "_T"]] == 5
    assert not table.measures[0].counts
    assert "whoever is in several cells counts several times" in table.notes[0].en
    assert table.weights is not None
    assert table.weights[by_codes["north", "F"]] == 4
    assert {table.codes(int(cell)) for cell in np.flatnonzero(table.frozen)} == {("_T", "_T"), ("north", "_T")}
    assert {table.codes(int(cell)) for cell in np.flatnonzero(table.structural)} == {("b", "M")}


def test_two_hierarchies_that_overlap(tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("code,parent\na,one\nb,two\nc,two\none,\ntwo,\n")
    rules = RULES.replace("south: [c]}}]", "south: [c]}}, {file: new.csv}]")
    table = read(tmp_path, rules=rules)
    found = values(table)
    assert found["two", "F"] == found["b", "F"] + found["c", "F"]
    assert found["_T", "M"] == found["one", "M"] + found["two", "M"] == 11
    assert table.relations().matrix.shape[0] == 4 * 2 + 2 * 3 + 8 + 2 * 2


def test_populations_of_areas(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("code,population\na,100\nb,50\nc,20\nsouth,25\n")
    rules = RULES + "population: {dimension: area, file: people.csv}\n"
    table = read(tmp_path, rules=rules)
    assert table.population is not None
    people = {table.codes(cell): int(table.population[cell]) for cell in range(len(table))}
    assert (people["north", "F"], people["south", "_T"], people["_T", "M"]) == (150, 25, 175)
    (tmp_path / "people.csv").write_text("code,population\na,100\nb,50\n")
    with pytest.raises(SourceInvalid, match="the code c has no population"):
        read(tmp_path, rules=rules)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("b,M,10,3,5,-4", "is negative. write how large a contribution is"),
        ("b,M,10,3,6,5", "is more than the whole cell. correct the row"),
        ("b,M,10,1,5,4", "is of more contributors than the cell has. correct the row"),
    ],
)
def test_largest_contributions_that_cannot_be(tmp_path: Path, row: str, told: str) -> None:
    rules = RULES.replace("cases: {}", "cases: {kind: sum, contributors: n, largest: [one, two]}")
    rows = "".join(f"{area},{sex},{cases},9,1,1\n" for (area, sex), cases in brute_force().items() if cases)
    with pytest.raises(SourceInvalid) as refused:
        read(tmp_path, f"{rows}{row}\n", rules, "area,sex,cases,n,one,two")
    assert [str(one) for one in refused.value.problems] == [f"t.csv row 19, column one and two: {told}"]


def test_populations_that_are_missing_are_told_without_what_follows_from_them(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("code,population\na,10\nc,30\n")
    rules = RULES.replace("policy: vn_proposed", "policy: vn_proposed, population_floor: 9")
    with pytest.raises(SourceInvalid) as refused:
        read(tmp_path, rules=rules + "population: {dimension: area, file: people.csv}\n")
    assert [str(one) for one in refused.value.problems] == ["people.csv: the code b has no population. add it"]


@pytest.mark.parametrize(
    ("kind", "row", "told"),
    [
        ("count", "b,M,3,4", "t.csv row 5, column people: is more than the count cases that they make up"),
        ("count", "b,M,3,0", "t.csv row 5, column people: is 0, but cases is not. say how many people"),
        ("sum", "b,M,-3,0", "t.csv row 5, column people: is 0, but cases is not. say how many people"),
        ("sum", "b,M,3,4", ""),
        ("count", "b,M,0,0", ""),
    ],
)
def test_a_number_and_those_behind_it_must_fit(tmp_path: Path, kind: str, row: str, told: str) -> None:
    rules = RULES.replace("cases: {}", f"cases: {{kind: {kind}, contributors: people}}")
    rows = "".join(f"{area},{sex},{cases},{cases}\n" for (area, sex), cases in INNER.items())
    rows = rows.replace("b,M,0,0", row)
    if not told:
        assert len(read(tmp_path, rows, rules, "area,sex,cases,people")) == 18
        return
    with pytest.raises(SourceInvalid, match=told):
        read(tmp_path, rows, rules, "area,sex,cases,people")


SUMS = "dimensions: {area: {}, sex: {}}\nsafety: {policy: vn_proposed}\n"


@pytest.mark.parametrize("records", [False, True])
def test_sums_of_decimals_have_no_more_of_them(tmp_path: Path, records: bool) -> None:
    """What adding up leaves behind the last decimal would tell of the parts, and no number in a table looks so."""
    inner = [("a", "F", "0.1"), ("a", "M", "0.2"), ("b", "F", "1.1"), ("b", "M", "-1.4"), ("c", "F", "3.3")]
    rows = "".join(f"{area},{sex},{number},9\n" for area, sex, number in [*inner, ("c", "M", "-3.3")])
    rules = SUMS + "measures: {v: {kind: sum, contributors: n}}\n"
    if records:
        rules = SUMS + "measures: {v: {kind: sum}}\nrecords: {contributor: n}\n"
    found = values(read(tmp_path, rows, rules, "area,sex,v,n"))
    assert found["a", "_T"] == 0.3
    assert found["b", "_T"] == -0.3
    assert found["c", "_T"] == 0
    assert found["_T", "_T"] == 0
    assert found["_T", "M"] == -4.5


def test_sums_of_very_many_decimals_are_left_alone(tmp_path: Path) -> None:
    rules = SUMS + "measures: {v: {kind: sum, contributors: n}}\n"
    found = values(read(tmp_path, "a,F,1e-20,9\nb,F,2e-20,9\n", rules, "area,sex,v,n"))
    assert found["_T", "F"] == pytest.approx(3e-20, rel=1e-12)
    large = values(read(tmp_path, "a,F,9e15,9\nb,F,0.00000001,9\n", rules, "area,sex,v,n"))
    assert large["a", "F"] == 9e15


def test_largest_contributions_need_all_margins(tmp_path: Path) -> None:
    rules = RULES.replace("cases: {}", "cases: {kind: sum, contributors: n, largest: [top]}")
    rows = "".join(f"{area},{sex},{cases},{min(int(cases), 3)},{cases / 2}\n" for (area, sex), cases in INNER.items())
    with pytest.raises(SourceInvalid, match="the largest contributions of 12 margins are not in the table"):
        read(tmp_path, rows, rules, "area,sex,cases,n,top")
    every = "".join(
        f"{area},{sex},{cases},{min(int(cases), 3)},{cases / 2}\n" for (area, sex), cases in brute_force().items()
    )
    contributions = read(tmp_path, every, rules, "area,sex,cases,n,top").measures[0].contributions
    assert contributions is not None
    assert contributions.target.max() == 13.5


RECORDS = """
dimensions:
  area: {hierarchies: [{parents: {north: [a, b], south: [c]}}]}
  sex: {}
measures:
  visits: {kind: count}
  cost: {kind: sum}
records: {contributor: person, holding: family, unit: clinic}
safety: {policy: vn_proposed}
"""


def test_records_are_counted_in_every_margin_by_persons(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    records = [
        (str(area), str(sex), f"p{random.integers(9)}", f"h{random.integers(3)}", int(random.integers(1, 50)))
        for area, sex in zip(random.choice(list("abc"), 40), random.choice(list("FM"), 40), strict=True)
    ]
    rules = RECORDS.replace("visits: {kind: count}", "visits: {kind: count, column: one}").replace(
        "holding: family, ", ""
    )
    rows = "".join(f"{area},{sex},{who},{where},{cost},1\n" for area, sex, who, where, cost in records)
    table = read(tmp_path, rows, rules, "area,sex,person,clinic,cost,one")
    parts = {"_T": "abc", "north": "ab", "south": "c", "a": "a", "b": "b", "c": "c"}
    sexes = {"_T": "FM", "F": "F", "M": "M"}
    visits, cost = table.measures
    assert cost.contributions is not None
    assert table.units is not None
    assert table.largest_unit is not None
    for cell in range(len(table)):
        area, sex = table.codes(cell)
        here = [one for one in records if one[0] in parts[area] and one[1] in sexes[sex]]
        assert visits.values[cell] == len(here)
        assert visits.contributors[cell] == len({who for _, _, who, _, _ in here})
        assert cost.values[cell] == sum(one[4] for one in here)
        shares = sorted(
            (sum(one[4] for one in here if one[2] == who) for who in {one[2] for one in here}), reverse=True
        )
        assert cost.contributions.target[cell] == (shares[0] if shares else 0)
        clinics = {one[3] for one in here}
        assert table.units[cell] == len(clinics)
        assert table.largest_unit[cell] == max((len({o[2] for o in here if o[3] == one}) for one in clinics), default=0)


def test_a_holding_is_one_contributor(tmp_path: Path) -> None:
    rows = "a,F,p1,x,h1,5\na,F,p2,x,h1,6\na,M,p3,,h1,7\nb,F,p4,,h2,8\nc,M,p5,,h2,9\n"
    table = read(tmp_path, rows, RECORDS, "area,sex,person,family,clinic,cost")
    by_codes = {table.codes(cell): cell for cell in range(len(table))}
    assert table.measures[1].contributors[by_codes["a", "F"]] == 1
    assert table.measures[1].contributors[by_codes["a", "_T"]] == 2


@pytest.mark.parametrize(
    ("row", "rules", "told"),
    [
        ("north,F,p9,,h1,5\n", RECORDS, "t.csv row 3, column area: is a sum of other codes"),
        ("a,F,p9,,h1,x\n", RECORDS, "t.csv row 3, column cost: is not a number"),
        ("a,F,,,h1,5\n", RECORDS, "t.csv row 3, column person: is empty. say who it is"),
        (
            "a,F,p9,,h1,5\n",
            RECORDS.replace("kind: sum", "kind: sum, largest: [cost]"),
            "leave contributors and largest",
        ),
    ],
)
def test_bad_records(tmp_path: Path, row: str, rules: str, told: str) -> None:
    with pytest.raises(YtemoError) as refused:
        read(tmp_path, "a,F,p1,,h1,5\n" + row, rules, "area,sex,person,family,clinic,cost")
    assert told in str(refused.value)
