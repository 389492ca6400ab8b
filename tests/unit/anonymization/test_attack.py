"""The equations that a reader writes down, and what follows when one of them is missing or wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from anonymization import protect
from anonymization.attack import Cell, Equations, counting_of, equations_of
from anonymization.attack_rules import secrets_of
from anonymization.audit import AuditReport, audit
from anonymization.published import Published, as_earlier, publish, with_contributors
from anonymization.table import Measure, Population, TableSet
from datasets.cell_rules import Facilities
from datasets.disclosure import DisclosureRules
from tests.unit.anonymization.builders import cube, flat, listed, release, rules, table

SQUARE = ((0, 1, 1), (0, 1, 2), (0, 2, 1), (0, 2, 2))


def shown(tables: TableSet, *hidden: Sequence[int], by: DisclosureRules | None = None) -> Published:
    """Withhold the nodes at these coordinates, population first."""
    places = np.column_stack([tables.nodes.population, tables.nodes.coordinates]).tolist()
    withheld = np.zeros(len(tables.nodes), dtype=np.bool_)
    withheld[[places.index(list(one)) for one in hidden]] = True
    return publish(tables, withheld, by or rules())


def attack(tables: TableSet, *hidden: Sequence[int], by: DisclosureRules | None = None) -> AuditReport:
    return audit(with_contributors(shown(tables, *hidden, by=by), tables))


def lost(report: AuditReport) -> int:
    return sum(one.cells for one in report.recovered if not one.shown)


def written(equations: Equations) -> set[tuple[frozenset[tuple[object, int]], float]]:
    """Return every equation as its unknowns with their coefficients, and its constant."""
    return {
        (frozenset((equations.unknowns[column], factor) for column, factor in row.items()), constant)
        for row, constant in zip(equations.rows, equations.constants, strict=True)
    }


# Sums -----------------------------------------------------------------------------------------------------------------


def test_a_sum_holds_although_all_of_it_is_withheld() -> None:
    """Every margin follows from the shown inside, and the total from two margins that are withheld as well."""
    tables = cube([[10, 20], [30, 40]])
    assert lost(attack(tables, (0, 0, 0), (0, 1, 0), (0, 2, 0), (0, 0, 1), (0, 0, 2))) == 5


def test_a_member_may_have_everybody_that_its_margin_counts() -> None:
    """Two persons, of whom both or one are in each of two places: a gap of nobody is possible."""
    own = listed("t", {"a": [0, 1, 2]}, {"all": [2, 1, 2]}, {"n": [2, 1, 2]})
    persons = TableSet((flat("a", 2),), (Population("all"),), (Measure("n", "all", additive=False),), (own,))
    assert lost(attack(persons, (0, 1), (0, 2))) == 0


def test_a_whole_is_its_part_and_the_rest_and_in_some_places_the_part_alone() -> None:
    """Rabies kills all 13, cholera 4 of 13, influenza 20 of 40."""
    disease = flat("disease", 3)
    cases = table("cases", [disease], {"all": [13, 13, 40], "died": [13, 4, 20]})
    known = replace(cases, wholly={"died": cases.coordinates["disease"] == 1})
    tables = release([disease], [known], part="died")
    (system,) = counting_of(shown(tables, (0, 1), (0, 2), (1, 1), (1, 2)))
    rabies, cholera = Cell("all", (1,)), Cell("all", (2,))
    died, of_cholera = Cell("died", (1,)), Cell("died", (2,))
    survived = Cell("died", (2,), rest=True)
    assert (frozenset({(rabies, 1), (died, -1)}), 0.0) in written(system)
    assert (frozenset({(cholera, 1), (of_cholera, -1), (survived, -1)}), 0.0) in written(system)
    influenza = Cell("died", (3,), rest=True)
    assert (frozenset({(influenza, -1)}), -20.0) in written(system)


# Rests ----------------------------------------------------------------------------------------------------------------


def test_readers_find_a_small_rest_without_being_told_what_is_secret() -> None:
    tables = cube([40, 50], [38, 10])
    assert lost(audit(shown(tables))) == 1
    assert audit(shown(tables, (1, 1), (1, 2))).passed


def crossed() -> TableSet:
    """All margins of two wards by ventilation, with deaths; only who is in intensive care is ventilated.

    Of 30 people in intensive care without ventilation 28 died: two are left.
    """
    ward, support = flat("ward", 2), flat("support", 2)
    inside = {"all": [[100, 0], [30, 18]], "died": [[50, 0], [28, 9]]}
    crossing = table("crossing", [ward, support], inside)
    empty = (crossing.coordinates["ward"] == 1) & (crossing.coordinates["support"] == 2)
    tables = [
        table(name, [dimension], {population: np.sum(one, axis=axis) for population, one in inside.items()})
        for name, dimension, axis in (("wards", ward, 1), ("support", support, 0))
    ]
    made = release([ward, support], tables, part="died")
    return replace(made, hidden=(replace(crossing, empty=empty),))


def test_a_small_rest_in_a_crossing_that_no_table_shows_is_a_secret() -> None:
    report = attack(crossed())
    assert [(one.table, one.population, one.cells) for one in report.recovered] == [
        ("crossing of ward, support", "died", 1)
    ]
    # Whoever is not told what is secret cannot say what is small in a crossing that nobody sees.
    assert audit(shown(crossed())).passed


# Methods and ranges ---------------------------------------------------------------------------------------------------


def test_where_nothing_is_protected_nothing_is_secret_and_nothing_is_attacked() -> None:
    none = rules().model_copy(update={"method": "none"})
    report = attack(cube([40, 50], [38, 10]), by=none)
    assert report.passed
    assert report.attacks == ()


def test_small_cells_that_are_seen_to_be_small_are_refused_only_where_ranges_are_asked_for() -> None:
    """They add up to four and six, so that none of them can be five."""
    tables = cube([[1, 3, 40], [4, 2, 35], [50, 60, 70]])
    interval = rules().model_copy(update={"guarantee": "interval"})
    exact = rules().model_copy(update={"guarantee": "exact"})
    assert attack(tables, *SQUARE, by=exact).passed
    (narrow,) = attack(tables, *SQUARE, by=interval).recovered
    assert (narrow.cells, narrow.narrow, narrow.shown) == (4, True, False)
    assert "4 withheld cells can be told to be small" in str(narrow.problem())
    everything = [(0, row, column) for row in (1, 2, 3) for column in (1, 2, 3)]
    assert attack(tables, *everything, by=interval).passed


def test_what_is_shown_or_derived_is_told_where_ranges_are_asked_for_too() -> None:
    tables = cube([[3, 20], [10, 11]])
    interval = rules().model_copy(update={"guarantee": "interval"})
    assert [(one.cells, one.shown, one.narrow) for one in attack(tables, by=interval).recovered] == [(1, True, False)]
    (derived,) = attack(tables, (0, 1, 1), by=interval).recovered
    assert (derived.cells, derived.shown, derived.narrow) == (1, False, False)


def test_small_rests_too_must_seem_large_enough() -> None:
    """Two of forty are left, and forty of fifty; in the narrow table two and one, three together."""
    interval = rules().model_copy(update={"guarantee": "interval"})
    assert attack(cube([40, 50], [38, 10]), (1, 1), (1, 2), by=interval).passed
    narrow = cube([40, 7, 30], [38, 6, 20])
    found = attack(narrow, (1, 1), (1, 2), by=interval).recovered
    assert [(one.population, one.narrow) for one in found] == [("died", True)]


@pytest.mark.parametrize(
    ("count", "facilities", "reach"),
    [(0, 0, 5.0), (3, 9, 5.0), (2, 1, 5.0), (4, 1, 6.0), (100, 1, 150.0), (5, 1, 8.0), (5, 3, None)],
)
def test_what_a_secret_must_seem_able_to_be(count: int, facilities: int, reach: float | None) -> None:
    """The threshold is five; a cell of fewer than three facilities must seem half as large again."""
    units = Facilities(column="hospital", fewest=3, range_percent=50)
    asked = rules(5, "protect").model_copy(update={"units": units, "guarantee": "interval"})
    tables = cube([count, 60])
    one = replace(tables.tables[0], units={"all": np.array([9, facilities, 9])})
    secrets = secrets_of(replace(tables, tables=(one,)), asked)
    assert secrets.possible.get(("all", (1,), False)) == reach
    assert (("all", (1,), False) in secrets.seen) is (reach is not None)


def test_a_zero_that_is_protected_must_seem_able_to_be_one() -> None:
    asked = rules(1, "protect").model_copy(update={"guarantee": "interval"})
    assert secrets_of(cube([0, 60]), asked).possible == {("all", (1,), False): 1.0}


# Earlier releases -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [True, False])
def test_sums_of_then_that_do_not_fit_any_more_prove_nothing(told: bool) -> None:
    first = as_earlier(shown(cube([[3, 20], [10, 11]]), *SQUARE), "2024.1")
    now = replace(cube([[3, 21], [10, 11]]), earlier=(first,))
    assert audit(with_contributors(shown(now, *SQUARE), now) if told else shown(now, *SQUARE)).passed


def test_each_explanation_of_what_has_changed_has_equations_of_its_own() -> None:
    """Withheld then and shown now: a reader looks it up, unless it has changed."""
    tables = cube([[3, 20, 30], [10, 11, 40]])
    first = as_earlier(shown(tables, *SQUARE), "2024.1")
    now = replace(tables, earlier=(first,))
    place = frozenset({("a", "a1"), ("b", "b2")})
    both: tuple[frozenset[tuple[str, frozenset[tuple[str, str]]]], ...] = (frozenset(), frozenset({("n_all", place)}))
    published = shown(now, (0, 1, 1), (0, 1, 3), (0, 2, 1), (0, 2, 3))
    explained = replace(published, moved=tuple((one,) for one in both))
    looked_up = [(frozenset({(Cell("all", (1, 2)), 1)}), 20.0) in written(one) for one in equations_of(explained)]
    assert looked_up == [True, False]


def test_a_cell_that_has_become_small_and_one_that_was_withheld_are_both_withheld() -> None:
    then, now = cube([[3, 20, 30], [10, 11, 40], [50, 60, 70]]), cube([[9, 20, 30], [10, 11, 40], [50, 60, 2]])
    first = as_earlier(shown(then, *SQUARE), "2024.1")
    gone = protect(replace(now, earlier=(first,)), rules()).table("cases").withheld("all").reshape(4, 4)
    assert gone[1, 1]
    assert gone[3, 3]
