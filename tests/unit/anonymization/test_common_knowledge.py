"""What everybody knows besides what is shown: cells that have to be empty, parts that are all, and usual values.

Each case was found by an attacker. It is withheld by hand first, where the audit has to see it, and then protected.
"""

from __future__ import annotations

import importlib
from dataclasses import replace

import numpy as np
import pytest

from anonymization import protect
from anonymization.assumptions import unit_of
from anonymization.audit import AuditReport, audit
from anonymization.published import Published, publish, with_contributors
from anonymization.secondary.knowledge import what_is_known
from anonymization.table import Measure, Population, Table, TableSet
from datasets.errors import DisclosureRisk, Problem
from tests.unit.anonymization.builders import flat, listed, release, rules, table

WARD, SUPPORT = flat("ward", 2), flat("support", 2)
DISEASE, SEX = flat("disease", 3), flat("sex", 2)


def attack(tables: TableSet, *hidden: tuple[int, ...]) -> AuditReport:
    """Withhold the nodes at these coordinates (population first), then audit."""
    return audit(with_contributors(_published(tables, *hidden), tables))


def _published(tables: TableSet, *hidden: tuple[int, ...]) -> Published:
    places = np.column_stack([tables.nodes.population, tables.nodes.coordinates]).tolist()
    withheld = np.zeros(len(tables.nodes), dtype=np.bool_)
    withheld[[places.index(list(one)) for one in hidden]] = True
    return publish(tables, withheld, rules())


def withheld(tables: TableSet, name: str, population: str = "all") -> list[int]:
    """Protect, and return the rows of a table that are withheld."""
    return np.flatnonzero(protect(tables, rules()).table(name).withheld(population)).tolist()


# Members that exclude each other --------------------------------------------------------------------------------------


def wards(*, ventilated: int = 18, alone: int = 2, empty: bool = True) -> TableSet:
    """General ward and intensive care; only who is in intensive care is ventilated."""
    inside = [[100, 0], [alone, ventilated]]
    crossing = table("crossing", [WARD, SUPPORT], {"all": inside})
    known = (crossing.coordinates["ward"] == 1) & (crossing.coordinates["support"] == 2)
    shown = [
        table("wards", [WARD], {"all": np.sum(inside, axis=1)}),
        table("support", [SUPPORT], {"all": np.sum(inside, axis=0)}),
    ]
    return replace(release([WARD, SUPPORT], shown), hidden=(replace(crossing, empty=known if empty else None),))


def test_a_member_inside_another_gives_away_those_outside() -> None:
    """Intensive care 20, ventilated 18, nobody elsewhere is: two are not."""
    report = attack(wards())
    assert [(one.table, one.dimensions, one.cells) for one in report.recovered] == [
        ("crossing of ward, support", ("ward", "support"), 1)
    ]
    assert "1 withheld cells can be derived" in str(report.recovered[0].problem())
    assert attack(wards(empty=False)).passed
    assert attack(wards(alone=5)).passed
    assert attack(wards(), (0, 1, 0), (0, 2, 0)).passed


def test_a_small_cell_that_no_table_shows_is_protected() -> None:
    assert withheld(wards(), "wards") or withheld(wards(), "support")
    for safe in (wards(empty=False), wards(alone=5), wards(alone=0)):
        assert withheld(safe, "wards") == withheld(safe, "support") == []


def test_small_cells_that_nothing_can_protect_name_the_crossing(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object, **__: object) -> None:
        raise DisclosureRisk("Some withheld cells cannot be protected.", problems=found)

    monkeypatch.setattr(importlib.import_module("anonymization.protect"), "withhold_secondary", lost)
    found: list[Problem] = []
    with pytest.raises(DisclosureRisk, match="the crossing of ward, support: has small cells that no table shows"):
        protect(wards(), rules())
    found = [Problem("table wards", "has 1 cell")]
    with pytest.raises(DisclosureRisk, match="table wards"):
        protect(wards(), rules())


def test_a_cell_that_is_shown_cannot_be_said_to_be_empty() -> None:
    tables = wards()
    assert not (tables.empty & tables.shown).any()
    assert tables.empty.sum() == 1
    assert tables.loose.sum() == 0
    assert replace(tables, hidden=(replace(tables.hidden[0], exact_only=True),)).loose.sum() == 4


def persons(made: TableSet) -> TableSet:
    """The same wards, but one person in intensive care was there twice, once with ventilation and once without."""

    def once(table_: Table) -> Table:
        at = table_.coordinates
        care = at["ward"] != 1 if "ward" in at else np.full(len(table_), 1)
        own = table_.contributors["all"] - (care & (at["support"] == 0 if "support" in at else 1))
        return replace(table_, contributors={"all": own}, values={"n_all": own})

    shown, hidden = (tuple(once(one) for one in some) for some in (made.tables, made.hidden))
    return TableSet(made.dimensions, made.populations, (Measure("n_all", "all", additive=False),), shown, hidden=hidden)


def test_sums_of_persons_that_do_not_hold_are_left_out_of_some_crossings() -> None:
    """Of 19 people in intensive care, 18 are ventilated: nobody says how many of them were without as well."""
    ring = persons(wards())
    loose = replace(ring, hidden=(replace(ring.hidden[0], exact_only=True),))
    assert loose.loose.sum() == 4
    rows = [what_is_known(one, rules())[0].matrix.shape[0] for one in (ring, loose)]
    assert rows[0] > rows[1]
    # The others tell all the same: 102 people were not ventilated, and 100 of them in the general ward.
    assert not attack(ring).passed
    assert not attack(loose).passed
    assert protect(loose, rules()).audit.passed


# Parts that are all ---------------------------------------------------------------------------------------------------


def fatal(*, known: bool = True) -> TableSet:
    """Rabies kills all 13, cholera 4 of 13, influenza 20 of 40."""
    cases = table("cases", [DISEASE], {"all": [13, 13, 40], "died": [13, 4, 20]})
    wholly = {"died": cases.coordinates["disease"] == 1} if known else {}
    return release([DISEASE], [replace(cases, wholly=wholly)], part="died")


def test_a_disease_of_which_all_die_hides_no_deaths() -> None:
    """Deaths of cholera = 37 - 20 - 13 cases of rabies."""
    report = attack(fatal(), (1, 1), (1, 2))
    assert [one.population for one in report.recovered] == ["died"]
    assert attack(fatal(known=False), (1, 1), (1, 2)).passed
    gone = [withheld(fatal(), "cases", population) for population in ("all", "died")]
    assert (1 in gone[0]) == (1 in gone[1])
    assert 2 in gone[1]


def test_a_zero_rest_that_all_know_needs_no_protection() -> None:
    assert protect(fatal(), rules(zeros="protect")).audit.passed


# People with rows in the part and outside -----------------------------------------------------------------------------


def visits(*, outside: int | None) -> TableSet:
    """Ten people with 22 visits, all of whom have emergencies, 20 together; sixty people with one visit each."""
    persons, emergencies = [70, 10, 60], [40, 10, 30]
    values = {"visits": [82, 22, 60], "emergency": [50, 20, 30]}
    one = listed("visits", {"ward": [0, 1, 2]}, {"all": persons, "urgent": emergencies}, values)
    left = {} if outside is None else {"urgent": np.array([30 + outside, outside, 30])}
    populations = (Population("all"), Population("urgent", complement_of="all"))
    measures = (Measure("visits", "all"), Measure("emergency", "urgent"))
    return TableSet((WARD,), populations, measures, (replace(one, outside=left),))


@pytest.mark.parametrize(("outside", "safe"), [(2, False), (4, False), (5, True), (0, True), (None, True)])
def test_few_people_with_rows_outside_the_part(outside: int | None, safe: bool) -> None:
    tables = visits(outside=outside)
    assert attack(tables).passed is safe
    gone = withheld(tables, "visits") + withheld(tables, "visits", "urgent")
    assert bool(gone) is not safe
    assert attack(tables, (1, 1), (1, 2)).passed


# Usual values and units -----------------------------------------------------------------------------------------------

FEES = Measure("fees", "all")


def fees(*, usual: bool = True, factor: int = 1) -> TableSet:
    """Children pay nothing; women: 3 children, 20 adults, 15 old; men: 40, 30 and 22."""
    people = [[3, 20, 15], [40, 30, 22]]
    paid = [[0, 138, 75], [0, 165, 132]]
    counts, sums = (table("fees", [SEX, DISEASE], {"all": inner}) for inner in (people, np.multiply(paid, factor)))
    known = {"fees": counts.coordinates["disease"] == 1} if usual else {}
    one = replace(counts, values={"n_all": counts.contributors["all"], "fees": sums.contributors["all"]}, usual=known)
    return TableSet((SEX, DISEASE), (Population("all"),), (Measure("n_all", "all"), FEES), (one,))


RECTANGLE = [(0, sex, age) for sex in (0, 1, 2) for age in (1, 3)]


def test_a_member_with_one_usual_value_hides_no_sum() -> None:
    """Fees of old women = those of all women - those of adults."""
    assert not attack(fees(), *RECTANGLE).passed
    assert attack(fees(usual=False), *RECTANGLE).passed
    assert len(withheld(fees(), "fees")) > len(withheld(fees(usual=False), "fees"))


def test_a_usual_value_of_an_unseen_cell_is_known_too() -> None:
    made = fees()
    shown = tuple(_summed(made.tables[0], name, axis) for axis, name in enumerate(("sex", "disease")))
    hidden = replace(made.tables[0], name="crossing")
    tables = TableSet(made.dimensions, made.populations, made.measures, shown, hidden=(hidden,))
    assert with_contributors(publish(tables, np.zeros(len(tables.nodes), np.bool_), rules()), tables).supposed["fees"]
    assert not attack(tables).passed
    assert protect(tables, rules()).audit.passed


def _summed(whole: Table, name: str, axis: int) -> Table:
    other = {"sex": "disease", "disease": "sex"}[name]
    rows = np.flatnonzero(whole.coordinates[other] == 0)
    return Table(
        f"by {name} {axis}",
        (name,),
        {name: whole.coordinates[name][rows]},
        {"all": whole.contributors["all"][rows]},
        {measure: own[rows] for measure, own in whole.values.items()},
    )


@pytest.mark.parametrize("unit", [2, 10_000])
def test_prices_in_whole_units_differ_by_a_unit(unit: int) -> None:
    """Two withheld sums that add up to 20,000 and are both multiples of 10,000 above nothing are both 10,000."""
    people = [[2, 3, 20], [3, 2, 20], [20, 20, 20]]
    paid = np.array([[1, 1, 49], [1, 1, 39], [51, 44, 44]]) * unit
    one, other = flat("a", 3), flat("b", 3)
    counts, sums = (table("fees", [one, other], {"all": inner}) for inner in (people, paid))
    full = replace(counts, values={"fees": sums.contributors["all"]})
    tables = TableSet((one, other), (Population("all"),), (FEES,), (full,))
    block = [(0, a, b) for a in (1, 2) for b in (1, 2)]
    assert not attack(tables, *block).passed
    assert set(withheld(tables, "fees")) > {5, 6, 9, 10}
    fine = replace(full, values={"fees": sums.contributors["all"] + counts.contributors["all"]})
    assert attack(replace(tables, tables=(fine,)), *block).passed


@pytest.mark.parametrize(
    ("values", "unit"), [([20, 30, 0], 10), ([0, 0], 1), ([], 1), ([7, 14.0], 7), ([-4, 6], 2), ([3, 10], 1)]
)
def test_the_unit_is_the_greatest_common_divisor(values: list[float], unit: int) -> None:
    assert unit_of(FEES, values) == unit
    assert unit_of(replace(FEES, additive=False), values) == 1
    assert unit_of(replace(FEES, integer=False), values) == 1
