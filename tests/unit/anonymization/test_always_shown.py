"""Cells that are always shown, and what further cells cost: kept, refused with the reason, or weighed."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from anonymization import always_shown, protect
from anonymization.chosen_cells import Chosen, weights_of
from anonymization.published import as_earlier
from anonymization.secondary.costs import Costs
from anonymization.table import TableSet
from datasets.cell_rules import Price
from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid
from tests.unit.anonymization.amounts import Paid, amounts
from tests.unit.anonymization.amounts import asking as of_amounts
from tests.unit.anonymization.builders import cube, flat, release, rules, table
from tests.unit.anonymization.test_few_facilities import ONE_HOSPITAL, two_by_three
from tests.unit.anonymization.test_few_facilities import asking as of_facilities

protection = importlib.import_module("anonymization.protect")


def chosen(name: str = "first", *, weight: float = 1.0, of: str = "all", **members: Iterable[int]) -> Chosen:
    return Chosen(name, {axis: frozenset(own) for axis, own in members.items()}, frozenset({of}), weight)


def showing(tables: TableSet, *choices: Chosen) -> TableSet:
    return replace(tables, always_shown=choices)


def withheld(tables: TableSet, chosen_rules: DisclosureRules | None = None, *, of: str = "all") -> list[list[bool]]:
    own = protect(tables, chosen_rules or rules()).table("cases").withheld(of)
    sizes = [len(one.members) for one in tables.dimensions]
    return np.reshape(own, sizes).tolist()  # type: ignore[no-any-return]  # numpy says any


SMALL = [[3, 20, 30], [10, 11, 60], [40, 41, 42]]


def test_cells_that_are_always_shown_are_not_withheld_and_others_are_instead() -> None:
    usual = withheld(cube(SMALL))
    assert usual[1][2]
    assert usual[2][1]
    assert usual[2][2]
    tables = showing(cube(SMALL), chosen(a=[2], b=[1, 2]))
    other = withheld(tables)
    assert not any(other[2][1:3])
    assert other[1][1]
    assert other[3][1]
    assert protect(tables, rules()).audit.passed


def test_a_dimension_that_is_left_out_stands_at_its_total() -> None:
    tables = cube([[3, 20], [10, 11]])
    at = chosen(a=[1]).nodes(tables)
    assert tables.nodes.coordinates[at].tolist() == [[1, 0]]
    assert tables.nodes.coordinates[chosen().nodes(tables)].tolist() == [[0, 0]]


def test_cells_of_another_population_are_not_chosen() -> None:
    tables = cube([20, 30], [10, 11])
    at = chosen(of="died", a=[0, 1, 2]).nodes(tables)
    assert tables.nodes.population[at].tolist() == [1, 1, 1]


def test_cells_that_no_table_shows_are_not_chosen() -> None:
    a, b = flat("a", 2), flat("b", 2)
    inner = np.array([[30, 40], [50, 60]])
    shown = [table("by_a", [a], {"all": inner.sum(axis=1)}), table("by_b", [b], {"all": inner.sum(axis=0)})]
    tables = replace(release([a, b], shown), hidden=(table("both", [a, b], {"all": inner}),))
    assert not chosen(a=[1], b=[1]).nodes(tables).any()
    assert chosen(a=[1]).nodes(tables).sum() == 1


def test_a_small_cell_cannot_be_always_shown() -> None:
    tables = showing(cube(SMALL), chosen("national", a=[0]), chosen("north", a=[1], b=[1, 2]))
    with pytest.raises(DisclosureRisk, match="both shown and withheld") as caught:
        protect(tables, rules())
    assert [str(one) for one in caught.value.problems] == [
        "north: 1 of its cells must be withheld by the rules: they are small. do not choose cells that can be small"
    ]


def test_what_cannot_be_shown_is_told_with_the_rule_that_it_breaks() -> None:
    """The remedy for a small cell is none for a large one of one hospital, or of one large contributor."""
    tables = showing(two_by_three(ONE_HOSPITAL), chosen("clinic", a=[1], b=[1]))
    with pytest.raises(DisclosureRisk) as caught:
        protect(tables, of_facilities())
    (problem,) = caught.value.problems
    assert problem.rule == "1 of its cells must be withheld by the rules: they come from fewer than 3 facilities"
    assert "more facilities are in" in problem.remedy

    paid = [Paid(("a1",), "large", 900.0), *(Paid(("a1",), f"p{at}", 1.0) for at in range(8))]
    paid += [Paid((place,), f"{place}-{at}", 10.0) for place in ("a2", "a3") for at in range(9)]
    with pytest.raises(DisclosureRisk) as caught:
        protect(showing(amounts(paid, [3]), chosen("rich", a=[1])), of_amounts())
    (problem,) = caught.value.problems
    assert problem.rule == "1 of its cells must be withheld by the rules: few have nearly all of a sum"


def test_what_an_earlier_release_withheld_cannot_be_always_shown() -> None:
    before = as_earlier(protect(cube(SMALL), rules()).published, "visits 2026.1")
    tables = showing(replace(cube(SMALL), earlier=(before,)), chosen("row", a=[1], b=[2]))
    with pytest.raises(DisclosureRisk, match="row: 1 of its cells were withheld by earlier releases"):
        protect(tables, rules())


NORTH = [[3, 20, 30], [40, 41, 42], [50, 51, 52]]


def test_the_choices_that_leave_a_cell_unprotected_are_named_and_no_others() -> None:
    harmless, row = chosen("harmless", a=[2]), chosen("row", a=[1], b=[0, 2, 3])
    with pytest.raises(DisclosureRisk) as caught:
        protect(showing(cube(NORTH), harmless, row), rules())
    told = str(caught.value)
    assert "- row: leaves no way to protect other cells. give up at least one of these choices" in told
    assert "harmless" not in told
    assert "1 cells could be derived exactly even if all other cells were withheld" in told


def test_choices_that_are_the_reason_together_are_named_together() -> None:
    beside, margin = chosen("beside", a=[1], b=[2, 3]), chosen("margin", a=[1])
    for both in ([beside, margin], [margin, chosen("harmless", a=[2]), beside]):
        with pytest.raises(DisclosureRisk) as caught:
            protect(showing(cube(NORTH), *both), rules())
        names = " and ".join(one.name for one in both if one.name != "harmless")
        assert f"- {names}: leave no way to protect other cells" in str(caught.value)
    assert protect(showing(cube(NORTH), beside), rules()).audit.passed
    assert protect(showing(cube(NORTH), margin), rules()).audit.passed


def test_of_two_choices_that_are_each_the_reason_one_is_named() -> None:
    row, column = chosen("row", a=[1], b=[0, 2, 3]), chosen("column", a=[0, 2, 3], b=[1])
    with pytest.raises(DisclosureRisk) as caught:
        protect(showing(cube(NORTH), row, column), rules())
    assert ("- row: leaves" in str(caught.value)) != ("- column: leaves" in str(caught.value))


def test_choices_that_are_not_the_reason_are_not_named() -> None:
    a = flat("a", 2)
    alone = replace(release([a], [table("cases", [a], {"all": [20, 30]})]), always_shown=(chosen("total"),))
    assert always_shown.conflict(alone, lambda _: False) == []


def test_in_a_large_release_all_choices_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(always_shown, "TRIED_CELLS", 10)
    tables = showing(cube(NORTH), chosen("row", a=[1], b=[0, 2, 3]), chosen("total"))
    with pytest.raises(DisclosureRisk, match="row and total: may be the reason; the release is too large to try"):
        protect(tables, rules())


def test_a_release_in_which_a_promised_cell_is_withheld_after_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protection, "withhold_secondary", lambda own, *_, **__: np.ones(len(own.nodes), np.bool_))
    with pytest.raises(DisclosureRisk, match="Cells that are always shown were withheld") as caught:
        protect(showing(cube(SMALL), chosen("total")), rules())
    assert "total: 1 of its cells were withheld" in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (chosen("x", a=[4]), "x: names members that dimension 'a' has not"),
        (chosen("x", c=[0]), "x: names members that dimension 'c' has not"),
        (chosen("x", of="dead"), "x: names a population that there is not"),
        (chosen("x", weight=0.0), "x: needs a weight above zero"),
        (chosen("x", weight=float("nan")), "x: needs a weight above zero. correct the weight"),
        (chosen("x", weight=float("inf")), "x: needs a weight above zero"),
    ],
)
def test_choices_that_cannot_be_are_refused(wrong: Chosen, rule: str) -> None:
    with pytest.raises(DisclosureRuleInvalid, match=rule):
        showing(cube(SMALL), wrong)
    with pytest.raises(DisclosureRuleInvalid, match=rule):
        replace(cube(SMALL), weighted=(wrong,))
    with pytest.raises(DisclosureRuleInvalid, match=rule):
        hiding(cube(SMALL), wrong)


def hiding(tables: TableSet, *choices: Chosen) -> TableSet:
    return replace(tables, always_withheld=choices)


def test_cells_that_are_never_shown_are_withheld_with_others_that_hide_them() -> None:
    tables = hiding(cube([[30, 20, 31], [10, 11, 60]]), chosen(a=[2], b=[2]))
    hidden = withheld(tables)
    assert hidden[2][2]
    assert sum(map(sum, hidden)) == 4
    assert not any(map(any, withheld(cube([[30, 20, 31], [10, 11, 60]]))))


def test_the_audit_finds_a_cell_that_is_shown_although_it_never_should(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = hiding(cube([[30, 20, 31], [40, 31, 60]], [[9, 8, 7], [9, 8, 7]]), chosen(of="died", a=[2], b=[1, 2]))
    monkeypatch.setattr(protection, "always_withheld", lambda own: np.zeros(len(own.nodes), np.bool_))
    with pytest.raises(DisclosureRisk, match=r"population 'died': 2 cells are shown that the rules withhold"):
        protect(tables, rules())


def test_the_audit_finds_a_cell_that_never_should_be_shown_and_can_be_worked_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protection, "withhold_secondary", lambda own, *_, **__: np.zeros(len(own.nodes), np.bool_))
    with pytest.raises(DisclosureRisk, match="1 withheld cells can be derived"):
        protect(hiding(cube([[30, 20], [10, 11]]), chosen(a=[1], b=[1])), rules())


def test_a_cell_cannot_be_shown_always_and_never() -> None:
    tables = showing(hiding(cube(SMALL), chosen("never", a=[2], b=[2])), chosen("always", a=[2], b=[1, 2]))
    with pytest.raises(DisclosureRisk) as caught:
        protect(tables, rules())
    assert [str(one) for one in caught.value.problems] == [
        "always: 1 of its cells are chosen to be withheld as well. take back one of the two"
    ]


def test_an_empty_cell_is_never_withheld_by_choice_where_zeros_are_shown() -> None:
    tables = hiding(cube([[0, 20, 30], [10, 11, 60]]), chosen("never", a=[1], b=[1, 2]))
    with pytest.raises(DisclosureRisk, match="never: 1 of its cells are empty, and true zeros are shown"):
        protect(tables, rules())
    assert withheld(tables, rules(zeros="protect"))[1][1:3] == [True, True]


def test_what_was_shown_before_cannot_be_hidden_by_choice() -> None:
    before = as_earlier(protect(cube([[30, 20], [10, 11]]), rules()).published, "visits 2026.1")
    tables = hiding(replace(cube([[30, 20], [10, 11]]), earlier=(before,)), chosen(a=[1], b=[1]))
    with pytest.raises(DisclosureRisk, match=r"1 cells must be withheld, but visits 2026\.1 showed them"):
        protect(tables, rules())


def costing(cost: Price, **keys: Any) -> DisclosureRules:
    return DisclosureRules(
        policy="test", method="suppression", threshold=5, zeros="publish", guarantee="exact", cost=cost, **keys
    )


def test_dear_cells_are_withheld_last() -> None:
    tables = cube(SMALL)
    assert withheld(tables)[1][2]
    dear = replace(tables, weighted=(chosen(weight=50.0, a=[1], b=[2]), chosen(weight=2.0, a=[0, 1], b=[2])))
    assert weights_of(dear)[chosen(a=[1], b=[2]).nodes(dear)].tolist() == [100.0]
    assert not withheld(dear)[1][2]
    # Three more cells protect the small one; the last column is cheaper than the one beside it.
    cheap = replace(tables, weighted=(chosen(weight=0.01, a=[0, 1, 2, 3], b=[3]),))
    assert withheld(cheap)[1] == [False, True, False, True]


def test_what_it_costs_to_withhold_cells() -> None:
    assert Costs("count", np.ones(3)).of(np.array([5.0, 1.0, 900.0])).tolist() == [1.0, 1.0, 1.0]
    assert Costs("value", np.array([1.0, 2.0])).of(np.array([5.0, 7.0])).tolist() == [5.0, 14.0]
    assert Costs("information", np.ones(2)).of(np.array([-99.0, 0.0])).round(3).tolist() == [4.605, 0.0]


def test_prices_are_divided_among_the_sums_in_which_cells_serve_unless_the_value_counts() -> None:
    # Two sums: the first has the sensitive column 0 and columns 1 and 2; the second, without one, columns 2 and 3.
    pattern = sparse.csr_array(np.array([[1, 1, 1, 0], [0, 0, 1, 1]]))
    protect_ = np.array([True, False, False, False])
    values, factor = np.array([3.0, 8.0, 9.0, 7.0]), np.array([1.0, 1.0, 2.0, 1.0])
    assert Costs("value", factor).shared(values, pattern, protect_).tolist() == [3.0, 8.0, 18.0, 7.0]
    assert Costs("count", factor).shared(values, pattern, protect_).tolist() == [0.5, 0.5, 1.0, 1.0]
    both = np.array([True, False, False, True])
    assert Costs("count", factor).shared(values, pattern, both).tolist() == [0.5, 0.5, 2 / 3, 0.5]
    told = Costs("information", factor).shared(values, pattern, protect_)
    assert told.tolist() == pytest.approx([np.log(4) / 2, np.log(9) / 2, np.log(10), np.log(8)])


@pytest.mark.parametrize("cost", ["value", "count", "information"])
def test_every_cost_gives_a_safe_release_and_the_same_one_again(cost: Price) -> None:
    first = protect(cube(SMALL), costing(cost))
    again = protect(cube(SMALL), costing(cost))
    assert first.audit.passed
    assert first.table("cases").statuses["all"].tolist() == again.table("cases").statuses["all"].tolist()


def test_what_is_kept_low_is_kept_low() -> None:
    random = np.random.default_rng(3)
    people: dict[str, int] = {"value": 0, "count": 0}
    cells: dict[str, int] = {"value": 0, "count": 0}
    for _ in range(15):
        inner = random.choice([3, 6, 7, 8, 200, 900], size=(5, 5))
        tables = cube(inner)
        for cost in ("value", "count"):
            hidden = protect(tables, costing(cost)).table("cases").withheld("all")
            people[cost] += int(tables.tables[0].contributors["all"][hidden].sum())
            cells[cost] += int(hidden.sum())
    assert people["value"] < people["count"]
    assert cells["count"] <= cells["value"]
