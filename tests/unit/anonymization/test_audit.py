"""The audit against patterns that are known to leak, each withheld by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from anonymization import attack_ranges
from anonymization.audit import AuditReport, audit
from anonymization.published import publish, with_contributors
from anonymization.table import Measure, Population, TableSet
from datasets.disclosure import ZeroPolicy
from datasets.errors import DisclosureRuleInvalid
from tests.unit.anonymization.builders import cube, flat, listed, release, rules, table


def attack(
    tables: TableSet, hidden: Sequence[Sequence[int]], *, threshold: int = 5, zeros: ZeroPolicy = "publish"
) -> AuditReport:
    """Withhold the nodes at these coordinates (population first), then audit."""
    places = np.column_stack([tables.nodes.population, tables.nodes.coordinates]).tolist()
    withheld = np.zeros(len(tables.nodes), dtype=np.bool_)
    withheld[[places.index(list(one)) for one in hidden]] = True
    return audit(with_contributors(publish(tables, withheld, rules(threshold, zeros)), tables))


def lost(report: AuditReport) -> int:
    """How many withheld cells gave way; these tests show others that are small."""
    return sum(one.cells for one in report.recovered if not one.shown)


def test_a_single_withheld_cell_falls_to_subtraction() -> None:
    report = attack(cube([[3, 20], [10, 11]]), [(0, 1, 1)])
    assert not report.passed
    assert (report.cells, report.withheld, lost(report)) == (9, 1, 1)
    problem = str(report.recovered[0].problem())
    assert "table 'cases' (a, b), population 'all': 1 withheld cells" in problem


def test_a_rectangle_holds() -> None:
    report = attack(cube([[3, 20], [10, 11]]), [(0, 1, 1), (0, 1, 2), (0, 2, 1), (0, 2, 2)])
    assert report.passed
    assert len(report.attacks) == 3


def test_two_ones_that_add_up_to_two_fall_only_where_zeros_are_shown() -> None:
    tables = cube([[1, 1, 20], [9, 9, 30]])
    hidden = [(0, 1, 1), (0, 1, 2), (0, 2, 1), (0, 2, 2)]
    assert lost(attack(tables, hidden)) == 4
    assert attack(tables, hidden, zeros="protect").passed


def test_a_cell_that_another_table_shows_falls() -> None:
    a, b = flat("a", 2), flat("b", 2)
    by_a = table("by_a", [a], {"all": [23, 21]})
    tables = release([a, b], [by_a, table("both", [a, b], {"all": [[3, 20], [9, 12]]})])
    hidden = [(0, 1, 1), (0, 1, 2), (0, 2, 1), (0, 2, 2)]
    assert attack(tables, hidden).passed
    seen = publish(tables, np.zeros(len(tables.nodes), dtype=np.bool_), rules())
    one = seen.tables[0]
    torn = replace(one, withheld={"all": np.array([False, True, True])}, values={"n_all": one.values["n_all"]})
    assert lost(audit(replace(seen, tables=(torn, seen.tables[1])))) == 4


def test_a_small_rest_falls_although_nothing_is_withheld() -> None:
    tables = cube([40, 50], [38, 10])
    assert lost(attack(tables, [])) == 1
    assert attack(tables, [(1, 1), (1, 2)]).passed
    assert attack(tables, [], threshold=2).passed


def test_a_rest_of_nobody_falls_where_zeros_are_protected() -> None:
    tables = cube([40, 50], [40, 10])
    assert attack(tables, []).passed
    assert lost(attack(tables, [], zeros="protect")) == 1


def persons(counts: Sequence[int]) -> TableSet:
    """Distinct persons of a total and two members that may share persons."""
    own = listed("t", {"a": [0, 1, 2]}, {"all": counts}, {"n": list(counts)})
    return TableSet((flat("a", 2),), (Population("all"),), (Measure("n", "all", additive=False),), (own,))


def test_distinct_persons_are_bounded_but_not_subtracted() -> None:
    assert attack(persons([20, 4, 18]), [(0, 1)]).passed
    # Nobody else is there, so the member has everyone.
    assert lost(attack(persons([20, 20, 20]), [(0, 1)])) == 0
    assert lost(attack(persons([1, 1, 1]), [(0, 1), (0, 2)])) == 2


def test_distinct_persons_that_always_add_up_are_subtracted() -> None:
    assert lost(attack(persons([22, 4, 18]), [(0, 1)])) == 1


def test_amounts_are_attacked_by_their_own_values() -> None:
    amounts = (Measure("cost", "all", integer=False),)
    own = listed("t", {"a": [0, 1, 2]}, {"all": [30, 10, 20]}, {"cost": [9.5, 0.5, 9.0]})
    tables = TableSet((flat("a", 2),), (Population("all"),), amounts, (own,))
    assert attack(tables, [(0, 1), (0, 2)]).passed
    assert lost(attack(tables, [(0, 1)])) == 1
    free = replace(own, values={"cost": np.zeros(3)})
    nothing = TableSet((flat("a", 2),), (Population("all"),), amounts, (free,))
    assert lost(attack(nothing, [(0, 1), (0, 2)])) == 2


def test_signed_amounts_have_no_lowest_value() -> None:
    amounts = (Measure("balance", "all", integer=False),)
    own = listed("t", {"a": [0, 1, 2]}, {"all": [30, 10, 20]}, {"balance": [0.0, -5.0, 5.0]})
    tables = TableSet((flat("a", 2),), (Population("all"),), amounts, (own,))
    assert attack(tables, [(0, 1), (0, 2)]).passed


def test_a_large_group_is_attacked_from_the_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attack_ranges, "MODERATE_GROUP", 3)
    monkeypatch.setattr(attack_ranges, "SMALL_GROUP", 1)
    safe = cube([[3, 20], [10, 11]])
    hidden = [(0, 1, 1), (0, 1, 2), (0, 2, 1), (0, 2, 2)]
    assert attack(safe, hidden).passed
    assert lost(attack(cube([[1, 1, 20], [9, 9, 30]]), hidden)) == 4


def test_a_moderate_group_is_pushed_together_then_singly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attack_ranges, "SMALL_GROUP", 1)
    hidden = [(0, 1, 1), (0, 1, 2), (0, 2, 1), (0, 2, 2)]
    assert attack(cube([[3, 20], [10, 11]]), hidden).passed
    assert lost(attack(cube([[1, 1, 20], [9, 9, 30]]), hidden)) == 4


def test_what_is_not_attacked_for_lack_of_time_counts_as_recovered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attack_ranges, "SINGLE_ATTACKS", 0)
    hidden = [(0, 1, 1), (0, 1, 2), (0, 2, 1), (0, 2, 2)]
    assert lost(attack(cube([[3, 20], [10, 11]]), hidden)) == 4


def test_a_table_that_contradicts_itself_is_not_passed() -> None:
    seen = publish(cube([[3, 20], [10, 11]]), np.array([False] * 4 + [True, True] + [False, True, True]), rules())
    own = seen.tables[0]
    values = own.values["n_all"].copy()
    values[3] = 1
    assert lost(audit(replace(seen, tables=(replace(own, values={"n_all": values}),)))) == 4


def test_a_large_table_that_contradicts_itself_is_not_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attack_ranges, "MODERATE_GROUP", 3)
    monkeypatch.setattr(attack_ranges, "SMALL_GROUP", 1)
    seen = publish(cube([[3, 20], [10, 11]]), np.array([False] * 4 + [True, True] + [False, True, True]), rules())
    own = seen.tables[0]
    values = own.values["n_all"].copy()
    values[3] = 1
    assert lost(audit(replace(seen, tables=(replace(own, values={"n_all": values}),)))) == 4


def test_an_unknown_that_no_equation_touches_is_safe() -> None:
    own = listed("t", {}, {"all": [3]}, {"n": [3]})
    tables = TableSet((), (Population("all"),), (Measure("n", "all"),), (own,))
    assert attack(tables, [(0,)]).passed


def test_a_table_that_does_not_stand_up_to_the_equations_is_no_proof() -> None:
    group = attack_ranges.Group(
        sparse.csr_array(np.array([[1.0, 1.0]])), np.array([5.0]), np.zeros(2), np.ones(2, dtype=np.bool_), integer=True
    )
    tables = attack_ranges._Tables(group, whole=True)
    assert not tables._keep(np.array([2.0, 2.0]))
    assert not tables._keep(np.array([-1.0, 6.0]))
    assert tables._keep(np.array([2.0, 3.0]))
    assert tables.open().all()


def test_only_amounts_published_are_attacked_without_counts() -> None:
    amounts = (Measure("cost", "all", integer=False),)
    own = listed("t", {"a": [0, 1, 2]}, {"all": [30, 10, 20]}, {"cost": [9.5, 0.5, 9.0]})
    tables = TableSet((flat("a", 2),), (Population("all"),), amounts, (own,))
    assert lost(audit(publish(tables, np.array([False, True, False]), rules()))) == 1


def test_a_measure_of_one_table_alone_and_cells_without_relatives_are_attacked_as_far_as_they_go() -> None:
    a, b = flat("a", 2), flat("b", 2)
    everyone = listed("all", {"a": [0, 1, 2]}, {"all": [60, 20, 40]}, {"n": [60, 20, 40]})
    dead = listed("dead", {"b": [1, 2]}, {"died": [3, 9]}, {"d": [3, 9]})
    sick = listed("sick", {"a": [0], "b": [1]}, {"all": [31]}, {})
    populations = (Population("all"), Population("died", "all"))
    tables = TableSet((a, b), populations, (Measure("n", "all"), Measure("d", "died")), (everyone, dead))
    assert attack(tables, [(1, 0, 1)]).passed
    with pytest.raises(DisclosureRuleInvalid, match="some but not all"):
        TableSet((a, b), populations, (Measure("n", "all"),), (everyone, sick))


def test_a_large_group_without_any_possible_table_is_no_proof() -> None:
    group = attack_ranges.Group(
        sparse.csr_array(np.array([[1.0, 1.0], [1.0, 1.0]])),
        np.array([5.0, 6.0]),
        np.zeros(2),
        np.ones(2, dtype=np.bool_),
        integer=True,
    )
    tables = attack_ranges._Tables(group, whole=False)
    tables.step_inside()
    assert tables.open().all()


def test_steps_inside_end_when_they_bring_nothing_new_or_after_some(monkeypatch: pytest.MonkeyPatch) -> None:
    group = attack_ranges.Group(
        sparse.csr_array(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])),
        np.array([5.0, 2.0]),
        np.zeros(3),
        np.ones(3, dtype=np.bool_),
        integer=False,
    )
    tables = attack_ranges._Tables(group, whole=False)
    tables.step_inside()
    assert tables.open().tolist() == [False, False, True]
    monkeypatch.setattr(attack_ranges, "STEPS", 1)
    fewer = attack_ranges._Tables(group, whole=False)
    fewer.step_inside()
    assert fewer.open().tolist() == [False, False, True]


def test_a_table_below_a_lowest_value_is_no_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    group = attack_ranges.Group(
        sparse.csr_array(np.array([[1.0, 1.0]])), np.array([5.0]), np.zeros(2), np.ones(2, dtype=np.bool_), integer=True
    )
    monkeypatch.setattr(attack_ranges, "_inside", lambda _: np.array([-1.0, 6.0]))
    tables = attack_ranges._Tables(group, whole=False)
    tables.step_inside()
    assert tables.open().all()
