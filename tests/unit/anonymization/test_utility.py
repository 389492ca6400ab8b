"""What protection cost: cells, totals, people and reasons of each table, as the office is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from anonymization import protect
from anonymization.chosen_cells import Chosen
from anonymization.protect import ProtectedTables
from anonymization.published import as_earlier
from anonymization.table import TableSet
from anonymization.utility import REASONS, TableCost, costs
from datasets.cell_rules import Facilities
from datasets.disclosure import DisclosureRules
from tests.unit.anonymization.amounts import Paid, amounts, asking
from tests.unit.anonymization.builders import cube, knowing_changes, rules


def exact(**keys: Any) -> DisclosureRules:
    return rules().model_copy(update={"guarantee": "exact", **keys})


def protected(tables: TableSet, asked: DisclosureRules) -> tuple[ProtectedTables, tuple[TableCost, ...]]:
    done = protect(tables, asked)
    return done, costs(tables, done)


def reasons(cost: TableCost) -> dict[str, int]:
    assert tuple(cost.reasons) == REASONS
    assert sum(cost.reasons.values()) == cost.withheld
    return {name: count for name, count in cost.reasons.items() if count}


def test_small_cells_and_those_that_would_tell_them_are_counted() -> None:
    _, (cost,) = protected(cube([[3, 20], [30, 47]]), exact())
    assert (cost.table, cost.population, cost.measures) == ("cases", "all", ("n_all",))
    assert reasons(cost) == {"few_people": 1, "to_protect_others": 3}
    assert (cost.cells, cost.withheld, cost.totals, cost.totals_withheld) == (9, 4, 5, 0)
    assert cost.people_withheld_percent == 100


def test_totals_and_people_are_those_of_the_cells_that_are_gone() -> None:
    done, (cost,) = protected(cube([[3, 1, 900], [20, 30, 40], [50, 60, 70]]), exact())
    gone = done.table("cases").withheld("all").reshape(4, 4)
    inner = np.array([[3, 1, 900], [20, 30, 40], [50, 60, 70]])
    assert cost.totals == 7
    assert cost.totals_withheld == gone[0].sum() + gone[1:, 0].sum()
    assert cost.people_withheld_percent == round(100 * inner[gone[1:, 1:]].sum() / inner.sum())
    assert 0 < cost.people_withheld_percent < 100


def test_every_member_says_what_it_loses() -> None:
    done, (cost,) = protected(cube([[3, 20, 30], [30, 47, 50]]), exact())
    gone = done.table("cases").withheld("all").reshape(3, 4)
    told = {(one.dimension, one.member): (one.cells, one.withheld) for one in cost.members}
    assert told == {
        **{("a", member): (4, int(gone[at].sum())) for at, member in enumerate(("_T", "a1", "a2"))},
        **{("b", member): (3, int(gone[:, at].sum())) for at, member in enumerate(("_T", "b1", "b2", "b3"))},
    }


def test_a_cell_of_few_facilities_and_few_people_has_few_people() -> None:
    tables = cube([[100, 40, 70], [3, 60, 50]])
    units = {"all": np.array([6, 5, 5, 4, 5, 5, 1, 4, 5, 1, 4, 4])}
    tables = replace(tables, tables=(replace(tables.tables[0], units=units),))
    _, (cost,) = protected(tables, exact(units=Facilities(column="hospital", fewest=3)))
    found = reasons(cost)
    assert (found["few_people"], found["few_facilities"]) == (1, 1)


def test_a_sum_of_which_few_have_nearly_all_is_told_apart() -> None:
    records = [Paid((place,), who, 100.0) for place in ("a2", "a3") for who in "vwxyz"]
    records += [Paid(("a1",), "v", 900.0), *(Paid(("a1",), who, 1.0) for who in "wxyz")]
    _, (cost,) = protected(amounts(records, [3]), asking("exact"))
    assert reasons(cost) == {"few_contributors": 1, "to_protect_others": 1}


def test_cells_that_the_definition_chose_are_told_apart() -> None:
    tables = replace(
        cube([[30, 20], [30, 47]]),
        always_withheld=(Chosen("a1 and b1", {"a": frozenset({1}), "b": frozenset({1})}, frozenset({"all"})),),
    )
    _, (cost,) = protected(tables, exact())
    assert reasons(cost) == {"by_choice": 1, "to_protect_others": 3}


def test_what_an_earlier_release_withheld_is_told_apart() -> None:
    before = cube([[3, 20, 30], [30, 47, 50]])
    done = protect(before, exact())
    now = cube([[30, 20, 30], [30, 47, 50]])
    earlier = knowing_changes(as_earlier(done.published, "2025.1"), before, now)
    tables = replace(now, earlier=(earlier,))
    _, (cost,) = protected(tables, exact())
    assert reasons(cost).get("withheld_before", 0) >= 3
    assert "few_people" not in reasons(cost)


def test_the_part_of_a_population_has_costs_of_its_own() -> None:
    _, both = protected(cube([[30, 20], [30, 47]], [[10, 3], [9, 8]]), exact())
    assert [(one.population, one.measures, one.cells) for one in both] == [
        ("all", ("n_all",), 9),
        ("died", ("n_died",), 9),
    ]
    assert reasons(both[1])["few_people"] == 1


def test_where_nothing_is_withheld_nothing_is_lost() -> None:
    reason = {"vi": "đã công bố", "en": "published"}
    asked = rules().model_copy(update={"method": "none", "reason": reason})
    for chosen, counts in ((asked, [[3, 20], [30, 40]]), (exact(), [[30, 20], [30, 40]]), (exact(), [[0, 0], [0, 0]])):
        _, (cost,) = protected(cube(counts), chosen)
        assert reasons(cost) == {}
        assert (cost.withheld, cost.totals_withheld, cost.people_withheld_percent) == (0, 0, 0)
        assert not any(one.withheld for one in cost.members)
