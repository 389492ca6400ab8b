"""Sums of which few contributors have nearly all: withheld, given a range, attacked, or refused."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from anonymization import protect
from anonymization.assumptions import least_sums
from anonymization.primary.cells import SensitiveCells, sensitive_cells
from anonymization.table import Measure, TableSet
from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRisk
from tests.unit.anonymization.amounts import Paid, amounts, asking
from tests.unit.anonymization.attacked_sums import DIED, ONE_LARGE, SEVERAL, attacked, close, gone, row
from tests.unit.anonymization.builders import rules

protection = importlib.import_module("anonymization.protect")


def test_a_sum_of_one_large_contributor_is_withheld_and_given_its_range() -> None:
    tables = amounts(ONE_LARGE, [4])
    found = sensitive_cells(tables, asking())
    assert found.cells.tolist() == [False, True, False, False, False]
    assert found.amounts[0].cells.upper.tolist() == [0, 70, 0, 0, 0]
    assert found.amounts[0].cells.lower.tolist() == [0, 70, 0, 0, 0]
    assert found.reach.tolist() == [0] * 5
    protected = protect(tables, asking())
    assert protected.table("t").statuses["all"][1] == protection.CellStatus.SUPPRESSED_PRIMARY
    assert protected.table("t").withheld("all").sum() == 2
    assert protected.audit.passed
    assert not protect(amounts(ONE_LARGE, [4]), asking(p_percent={"p": 3})).table("t").withheld("all").any()
    assert not protect(tables, rules(2)).table("t").withheld("all").any()


def test_a_small_sum_beside_it_does_not_hide_it() -> None:
    few = {"h": 15.0, "i": 15.0, "j": 15.0}
    tables = amounts(row({"x": 1000.0, "y": 30.0, "z": 40.0}, few, SEVERAL, SEVERAL), [4])
    # In a2, each of three hospitals has 15 of 45, and knows it: a1 can seem larger to them by 30 at most.
    assert close(attacked(tables, asking(), {"all": [1, 2]})) == 1
    assert close(attacked(tables, asking(), {"all": [1, 3]})) == 0
    assert close(attacked(tables, asking(p_percent={"p": 6}), {"all": [1, 2]})) == 0
    assert close(attacked(tables, asking(p_percent={"p": 6.1}), {"all": [1, 2]})) == 1
    assert close(attacked(tables, asking(dominance={"n": 1, "k": 97.5}), {"all": [1, 2]})) == 0
    assert gone(tables, asking("exact")) == [1, 2]
    assert gone(tables, asking()) not in ([1, 2], [1])


def test_a_sum_cannot_seem_less_than_what_is_known_of_it() -> None:
    # Each of two records of a1 is at least one, whatever else is withheld: no range below asks for less.
    tables = amounts(row({"x": 2.0}, SEVERAL, SEVERAL), [3])
    assert gone(tables, asking(p_percent={"p": 100}, threshold=1))
    assert least_sums(tables.relations.matrix, np.ones(4)).tolist() == [3, 1, 1, 1]


def test_two_hospitals_that_are_alone_do_not_hide_each_other() -> None:
    tables = amounts(row({"x": 1000.0}, {"y": 1100.0}, SEVERAL, SEVERAL, died=[{"x": 10.0}, {"y": 20.0}]), [4])
    # Their sum is shown, from which each takes away its own.
    assert close(attacked(tables, asking(), {"all": [1, 2]})) == 2
    assert close(attacked(tables, asking(), {"all": [1, 2, 3]})) == 0
    assert len(gone(tables, asking())) > 2
    # Outsiders, whom the (1,k) rule has in mind, know of neither.
    outsiders = asking(dominance={"n": 1, "k": 95})
    assert close(attacked(tables, outsiders, {"all": [1, 2]})) == 0
    assert gone(tables, outsiders) == [1, 2]


def test_sums_are_bounded_from_below_too() -> None:
    # For a1 b1 to be less by 70, a2 b2 must be less as well, and has 47. For it to be larger, there is room.
    records = [Paid(("a1", "b1"), "x", 1000.0), Paid(("a1", "b1"), "y", 30.0)]
    usual = [("a1", "b2"), ("a1", "b3"), ("a2", "b1"), ("a2", "b3")]
    records += [Paid(place, who, paid) for place in usual for who, paid in SEVERAL.items()]
    records += [Paid(("a2", "b2"), who, paid / 5) for who, paid in SEVERAL.items()]
    tables = amounts(records, [2, 3])
    square = np.zeros((3, 4), dtype=np.bool_)
    square[1:, 1:3] = True
    report = attacked(tables, asking(), {"all": np.flatnonzero(square).tolist()})
    assert close(report) == 1
    assert protect(tables, asking()).audit.passed


def test_the_audit_refuses_what_protection_does_not_see(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(tables: TableSet, chosen: DisclosureRules) -> SensitiveCells:
        return sensitive_cells(tables, chosen.model_copy(update={"concentration": None}))

    for module in ("protect", "secondary.withhold", "secondary.knowledge"):
        monkeypatch.setattr(importlib.import_module(f"anonymization.{module}"), "sensitive_cells", without)
    with pytest.raises(DisclosureRisk, match=r"table 't' \(a\), population 'all': 1 cells are shown that"):
        protect(amounts(ONE_LARGE, [4]), asking())


def test_the_audit_refuses_a_range_that_protection_does_not_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    few = {"h": 15.0, "i": 15.0, "j": 15.0}
    tables = amounts(row({"x": 1000.0, "y": 30.0, "z": 40.0}, few, SEVERAL, SEVERAL), [4])
    module = importlib.import_module("anonymization.secondary.withhold")
    monkeypatch.setattr(module.AmountRanges, "widen", lambda _, held, candidates: (held, held & False & candidates))
    with pytest.raises(DisclosureRisk, match="1 withheld sums can be estimated too closely"):
        protect(tables, asking())


@pytest.mark.parametrize(
    ("keys", "sensitive"),
    [
        ({"dominance": {"n": 1, "k": 93}}, True),
        ({"dominance": {"n": 1, "k": 93.5}}, False),
        ({"dominance": [{"n": 1, "k": 99}, {"n": 2, "k": 97}]}, True),
        ({"dominance": {"n": 2, "k": 97.2}}, False),
        ({"p_percent": {"p": 3}}, False),
        ({"p_percent": {"p": 3.1}}, True),
        ({"p_percent": {"p": 0.1, "coalition": 2}}, True),
        ({"p_q": {"p": 3, "q": 100}}, False),
        ({"p_q": {"p": 3, "q": 99}}, True),
    ],
)
def test_protection_and_audit_judge_alike(keys: dict[str, Any], sensitive: bool) -> None:
    tables = amounts(ONE_LARGE, [4])
    assert sensitive_cells(tables, asking(**keys)).cells[1] == sensitive
    shown = attacked(tables, asking(**keys), {})
    assert [(one.cells, one.shown) for one in shown.recovered] == [(1, True)] * sensitive


def test_a_rule_by_rounding_alone_is_no_disclosure() -> None:
    # A third of a third: the primary rule may see a little more than there is, the audit must not.
    tables = amounts(row({"x": 0.1 + 0.2, "y": 0.3}, SEVERAL, SEVERAL), [3])
    assert not attacked(tables, asking(dominance={"n": 1, "k": 50}), {}).recovered


# Parts and what they leave --------------------------------------------------------------------------------------------


REST = row({"x": 1000.0}, SEVERAL, SEVERAL, SEVERAL, died=DIED)
"""Of those who did not die, one hospital has everything in a1; nobody is conspicuous in the whole or in the part."""
MILD: dict[str, Any] = {"p_percent": {"p": 10}}


def test_what_is_left_of_a_whole_must_not_be_one_contributor_s() -> None:
    tables = amounts(REST, [4], part=True)
    found = sensitive_cells(tables, asking(p_percent={"p": 10}))
    assert found.rests.sum() == 1
    assert found.amounts[0].rests.upper.tolist().count(100.0) == 1
    shown = attacked(tables, asking(**MILD), {"all": [1, 2]})
    assert [one.population for one in shown.recovered] == []
    assert attacked(tables, asking("exact", **MILD), {}).recovered
    protected = protect(tables, asking(**MILD)).table("t")
    assert protected.withheld("all")[1] or protected.withheld("died")[1]


def test_the_rest_keeps_its_range_although_whole_and_part_are_both_withheld() -> None:
    small = {"h": 5.0, "i": 6.0, "j": 5.0, "k": 6.0}
    records = row({"x": 1000.0}, small, SEVERAL, SEVERAL, died=DIED)
    tables = amounts(records, [4], part=True)
    # The rests of a1 and a2 add up to what is shown, so that the first is at most 22 larger than it is.
    beside = {"all": [1, 2], "died": [1, 2]}
    assert close(attacked(tables, asking(**MILD), beside)) == 1
    assert close(attacked(tables, asking(p_percent={"p": 2}), beside)) == 0
    assert close(attacked(tables, asking(**MILD), {"all": [1, 3], "died": [1, 3]})) == 0
    protected = protect(tables, asking(**MILD))
    assert protected.audit.passed


def test_a_rest_that_is_told_by_whole_and_part_together_is_found() -> None:
    records = row({"x": 1000.0}, {}, SEVERAL, died=DIED[:3])
    tables = amounts(records, [3], part=True)
    # Whole and part are hidden side by side; that nobody in a2 survived is known where it is zero in both.
    report = attacked(tables, asking("exact", **MILD), {"all": [1, 2], "died": [1, 2]})
    assert not report.recovered
    everybody = replace(tables.tables[0], wholly={"died": np.array([False, False, True, False])})
    known = replace(tables, tables=(everybody,))
    assert attacked(known, asking("exact", **MILD), {"all": [1, 2], "died": [1, 2]}).recovered


FREE = row({"x": 0.0}, *[dict.fromkeys("hijk", 0.0)] * 3, died=DIED)
"""Those who did not die paid nothing, as the totals of whole and part tell; in a1 that is one person."""


def test_a_rest_of_nothing_is_told_by_the_sums_although_the_counts_have_room() -> None:
    report = attacked(amounts(FREE, [4], part=True), asking("exact", **MILD), {"all": [1, 2], "died": [1, 2]})
    assert [(one.population, one.cells) for one in report.recovered] == [("died", 1)]


def test_what_hides_a_rest_reckons_with_the_sums_of_whole_and_part() -> None:
    protected = protect(amounts(FREE, [4], part=True), asking("exact", **MILD))
    assert protected.audit.passed
    assert protected.table("t").withheld("died")[0], "beside the total of the whole, that of the part tells all rests"


# Amounts of all kinds -------------------------------------------------------------------------------------------------


def test_amounts_that_may_be_negative_have_no_least_value() -> None:
    records = [*row({"x": 1000.5, "y": -3.0}, SEVERAL, SEVERAL), Paid(("a3",), "q", -900.25)]
    tables = amounts(records, [3])
    assert not tables.measures[1].integer
    protected = protect(tables, asking())
    assert protected.table("t").withheld("all")[1]
    assert close(attacked(tables, asking(), {"all": [1, 2]})) == 0


def test_rests_may_be_negative() -> None:
    records = row(
        {"x": -1000.0}, SEVERAL, SEVERAL, died=[{**SEVERAL, "m": 2000.0, "o": 2100.0, "p": 900.0}, SEVERAL, SEVERAL]
    )
    tables = amounts(records, [3], part=True)
    assert tables.measures[2].name == "paid"
    assert not (tables.measure_on_nodes(tables.measures[2])[0] < 0).any()
    protected = protect(tables, asking(**MILD)).table("t")
    assert protected.withheld("all")[1] or protected.withheld("died")[1]


def test_amounts_of_very_different_sizes_are_told_apart() -> None:
    large = {"h": 5e11, "i": 6e11, "j": 7e11, "k": 5e11}
    records = [
        Paid((f"a{a}", f"b{b}"), who, paid)
        for a, own in enumerate([{"x": 1e6, "y": 3e3}, large, large], 1)
        for b in (1, 2)
        for who, paid in own.items()
    ]
    tables = amounts(records, [3, 2])
    protected = protect(tables, asking())
    assert protected.audit.passed
    assert protected.table("t").withheld("all").reshape(4, 3)[1].all()


def test_a_sum_that_is_the_number_of_people_has_its_range_all_the_same() -> None:
    records = [
        Paid((f"a{at}",), who, 1.0) for at, names in enumerate(["x" * 40, "hijk" * 5, "hijk" * 6], 1) for who in names
    ]
    tables = amounts(records, [3])
    assert len(tables.counting) == 2
    protected = protect(tables, asking(p_percent={"p": 20}))
    assert protected.table("t").withheld("all")[1]
    assert close(attacked(tables, asking(p_percent={"p": 60}), {"all": [1, 2]})) == 1


def test_sums_of_one_column_shown_twice_are_attacked_together() -> None:
    tables = amounts(ONE_LARGE, [4])
    (own,) = tables.tables
    twice = replace(
        tables,
        measures=(*tables.measures, Measure("mean (sum)", "all", adds_up="paid")),
        tables=(
            replace(
                own,
                values={**own.values, "mean (sum)": own.values["paid"]},
                amounts={**own.amounts, "mean (sum)": own.amounts["paid"]},
            ),
        ),
    )
    assert [one.name for one in twice.amounts[0].measures] == ["paid", "mean (sum)"]
    assert gone(twice, asking()) == gone(tables, asking())


@pytest.mark.parametrize("known", [False, True])
def test_a_part_without_sums_is_no_bound_for_those_of_the_whole(known: bool) -> None:
    cells = [{"x": 1000.0, "y": 30.0, "z": 40.0}, SEVERAL, SEVERAL, SEVERAL]
    records = row(died=cells) if known else row(*cells, died=[{"d": 5.0}] * 4)
    tables = amounts(records, [4], part=True)
    (own,) = tables.tables
    counts = {name: one for name, one in own.values.items() if name != "paid_died"}
    twice = replace(
        tables,
        measures=(*(one for one in tables.measures if one.name != "paid_died"), Measure("mean", "all", adds_up="paid")),
        tables=(
            replace(
                own,
                values=counts | {"mean": own.values["paid"]},
                amounts={"paid": own.amounts["paid"], "mean": own.amounts["paid"]},
                amounts_outside={},
                wholly={"died": np.full(5, known)},
            ),
        ),
    )
    assert gone(twice, asking(threshold=1))[0] == 1
    assert len(gone(twice, asking(threshold=1))) == 2
