"""Sums that are refused, told earlier, or left alone."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from anonymization import protect
from anonymization.assumptions import least_sums
from anonymization.ledger_conflicts import coarser
from anonymization.primary.amounts import concentrated
from anonymization.primary.cells import sensitive_cells
from anonymization.published import as_earlier, publish
from datasets.disclosure import Concentration
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid
from tests.unit.anonymization.amounts import Paid, amounts, asking
from tests.unit.anonymization.attacked_sums import DIED, ONE_LARGE, SEVERAL, attacked, close, gone, row
from tests.unit.anonymization.builders import cube


def test_a_rule_without_contributions_is_refused() -> None:
    with pytest.raises(DisclosureRuleInvalid, match=r"disclosure\.concentration: needs sums with their largest"):
        protect(cube([30, 40]), asking())
    with pytest.raises(DisclosureRuleInvalid, match="needs the 4 largest contributions of each cell, and 2 are given"):
        protect(amounts(ONE_LARGE, [4], known=2), asking(p_percent={"p": 10, "coalition": 3}))


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"amounts": {}}, "must come with the largest contributions to its cells"),
        ({"amounts_outside": {}}, "must come with the largest contributions to what it leaves of the whole"),
        ({"amounts": {"other": np.zeros((4, 2))}}, "measure of contributions 'other' is unknown"),
        ({"amounts": {"paid": np.zeros(4), "paid_died": np.zeros((4, 2))}}, "must have a total and the largest"),
        ({"amounts": {"paid": np.zeros((3, 2)), "paid_died": np.zeros((4, 2))}}, "must have a total and the largest"),
        ({"amounts": {"paid": np.zeros((4, 1)), "paid_died": np.zeros((4, 2))}}, "must have a total and the largest"),
        ({"amounts": {"paid": np.full((4, 2), np.nan), "paid_died": np.zeros((4, 2))}}, "must be finite sizes"),
        ({"amounts": {"paid": np.full((4, 2), -1.0), "paid_died": np.zeros((4, 2))}}, "must be finite sizes"),
        ({"amounts": {"paid": np.tile([9.0, 1, 2], (4, 1)), "paid_died": np.zeros((4, 2))}}, "not in falling order"),
        ({"amounts": {"paid": np.tile([2.0, 2, 1], (4, 1)), "paid_died": np.zeros((4, 2))}}, "more than their total"),
    ],
)
def test_contributions_that_contradict_themselves_are_refused(broken: dict[str, Any], message: str) -> None:
    tables = amounts(row(SEVERAL, SEVERAL, SEVERAL, died=[SEVERAL]), [3], part=True)
    with pytest.raises(DisclosureRuleInvalid, match=message):
        replace(tables, tables=(replace(tables.tables[0], **broken),))


def test_distinct_persons_are_no_amounts() -> None:
    tables = amounts(ONE_LARGE, [4])
    persons = (tables.measures[0], replace(tables.measures[1], additive=False))
    with pytest.raises(DisclosureRuleInvalid, match="distinct persons are no amounts"):
        replace(tables, measures=persons)


def test_a_sum_that_was_shown_before_cannot_be_hidden_again() -> None:
    tables = amounts(ONE_LARGE, [4])
    before = as_earlier(publish(tables, np.zeros(len(tables.nodes), np.bool_), asking()), "2026.1")
    with pytest.raises(DisclosureRisk, match=r"1 cells must be withheld, but 2026\.1 showed them"):
        protect(replace(tables, earlier=(before,)), asking())
    withheld = as_earlier(protect(tables, asking()).published, "2026.1")
    again = protect(replace(tables, earlier=(withheld,)), asking())
    assert again.audit.passed
    assert again.table("t").withheld("all").tolist() == protect(tables, asking()).table("t").withheld("all").tolist()


def test_coarser_releases_keep_their_contributions() -> None:
    records = [Paid((f"a{a}", f"b{b}"), who, paid) for a in (1, 2, 3) for b in (1, 2) for who, paid in SEVERAL.items()]
    tables = [one for _, one in coarser(amounts(records, [3, 2]))]
    assert len(tables) == 2
    assert all(len(one.tables[0].amounts["paid"]) == len(one.tables[0]) for one in tables)


def test_sums_that_are_not_there_are_not_sensitive() -> None:
    rule = Concentration.model_validate({"column": "hospital", "dominance": {"n": 1, "k": 50}})
    found = concentrated(np.array([[np.nan, np.nan], [0.0, 0.0], [10.0, 6.0]]), rule)
    assert found.sensitive.tolist() == [False, False, True]
    assert found.upper.tolist() == [0, 0, 2]


def test_least_sums_follow_from_what_is_known_of_parts() -> None:
    relation = cube([[3, 4], [5, 6]]).relations.matrix
    lowest = np.array([0.0, 1, 1, 1, 2, 2, 1, 2, 2])
    assert least_sums(relation, lowest)[0] == max(least_sums(relation, lowest)[[1, 2]].sum(), 8)
    assert least_sums(relation, np.full(9, -np.inf)).tolist() == [-np.inf] * 9


def test_a_sum_over_a_part_alone_leaves_nothing_that_could_be_told() -> None:
    tables = amounts(
        row(SEVERAL, SEVERAL, SEVERAL, died=[{"x": 1000.0, "y": 10.0, "z": 20.0}, *DIED[1:]]), [4], part=True
    )
    (own,) = tables.tables
    values = {name: one for name, one in own.values.items() if name != "paid"}
    contributions = {"paid_died": own.amounts["paid_died"]}
    tables = replace(
        tables,
        measures=tuple(one for one in tables.measures if one.name != "paid"),
        tables=(replace(own, values=values, amounts=contributions, amounts_outside={}),),
    )
    found = sensitive_cells(tables, asking())
    assert not found.rests.any()
    assert found.amounts[0].cells.sensitive.sum() == 1
    assert gone(tables, asking(), "all") == []
    assert gone(tables, asking(), "died")[0] == 1


def test_groups_of_cells_that_are_withheld_for_other_reasons_are_left_alone() -> None:
    places = [(f"a{a}", f"b{b}") for a in range(1, 5) for b in range(1, 5)]
    records = [Paid(place, who, paid) for place in places for who, paid in SEVERAL.items()]
    tables = amounts([*records, Paid(("a1", "b1"), "x", 2000.0)], [4, 4])
    flags = np.zeros((5, 5), dtype=np.bool_)
    # Two squares that have no sum in common; of what is in the second, nothing is asked.
    flags[1:3, 1:3] = flags[3:5, 3:5] = True
    withheld = {"all": np.flatnonzero(flags).tolist()}
    assert close(attacked(tables, asking(p_percent={"p": 25}), withheld)) == 1
    assert not attacked(tables, asking(p_percent={"p": 16}), withheld).recovered


def test_sums_of_sums_are_followed_as_deep_as_hierarchies_go(monkeypatch: pytest.MonkeyPatch) -> None:
    relation = cube([[3, 4], [5, 6]]).relations.matrix
    lowest = np.array([0.0, 0, 0, 0, 2, 2, 0, 2, 2])
    assert least_sums(relation, lowest)[0] == 8
    monkeypatch.setattr(importlib.import_module("anonymization.assumptions"), "DEEPEST", 1)
    assert least_sums(relation, lowest)[[0, 1]].tolist() == [0, 4]
