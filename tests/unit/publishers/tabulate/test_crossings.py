"""Columns that exclude each other in part: their crossing is counted for the protection although no table shows it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datasets.errors import DisclosureRuleInvalid
from publishers.tabulate import crossings, links
from publishers.tabulate.crossings import beside, with_exclusions
from publishers.tabulate.plan import plan
from publishers.tabulate.tabulation import Tabulation, table_set
from tests.unit.publishers.tabulate.discharges import EDITION, loaded, record, table, tabulate

APART: dict[str, dict[str, Any]] = {"places": table("place", "sex"), "ages": table("age", "sex")}
WHERE = {("P1", 5): 20, ("P1", 30): 15, ("P2", 30): 14, ("P3", 30): 9, ("P3", 70): 12}
"""Children are treated at P1 alone, the old at P3 alone."""


def tabulated(folder: Path, **changes: Any) -> Tabulation:
    records = [
        record(person=f"{place}{age}{sex}{n}", place=place, age=age, sex=sex)
        for (place, age), rows in WHERE.items()
        for sex in ("female", "male")
        for n in range(rows)
    ]
    return tabulate(folder, records, **{"tables": APART, **changes})


def test_the_crossing_of_both_beside_what_they_are_shown_beside(tmp_path: Path) -> None:
    tabulation = tabulated(tmp_path)
    assert list(tabulation.dependencies.excluding) == [("place", "age")]
    assert [(one.dimensions, one.exact_only) for one in tabulation.plan.hidden] == [(("place", "sex", "age"), True)]
    (hidden,) = table_set(tabulation).hidden
    assert hidden.exact_only
    assert hidden.empty is not None
    places, ages = (("_T", *tabulation.plan.dimension(name).members.codes) for name in ("place", "age"))
    both = (hidden.coordinates["sex"] == 0) & hidden.empty
    at = [(places[one], ages[two]) for one, two in np.array([hidden.coordinates[n][both] for n in ("place", "age")]).T]
    assert {one for one in at if one[0] in ("P1", "P2", "P3")} == {
        ("P1", "60+"),
        ("P2", "0-14"),
        ("P2", "60+"),
        ("P3", "0-14"),
    }
    assert ("R1", "0-14") not in at
    assert not hidden.contributors["persons"][hidden.empty].any()


def test_no_crossing_where_a_table_has_both_or_nothing_is_withheld(tmp_path: Path) -> None:
    assert tabulated(tmp_path, tables={**APART, "both": table("place", "age")}).plan.hidden[0].exact_only is False
    assert tabulated(tmp_path, tables={"all": table("place", "age", "sex")}).plan.hidden == ()
    public = {"policy": "already_public", "reason": {"vi": "vì", "en": "because"}}
    assert tabulated(tmp_path, disclosure=public).plan.hidden == ()


def test_chance_and_columns_that_determine_each_other_make_none(tmp_path: Path) -> None:
    records = [record(person=f"{place}{age}", place=place, age=age) for place, age in WHERE]
    assert tabulate(tmp_path, records, tables=APART).plan.hidden == ()
    nested = [record(person=f"{n}", place=("P1", "P2", "P3")[n % 3], age=(5, 30, 30)[n % 3]) for n in range(90)]
    found = tabulate(tmp_path, nested, tables=APART)
    assert found.dependencies.links
    assert found.plan.hidden == ()


def test_a_crossing_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crossings, "MAX_CROSSING", 100)
    with pytest.raises(DisclosureRuleInvalid, match="dimensions place and age: have members that never occur together"):
        tabulated(tmp_path)


def test_a_ring_that_is_too_large_leaves_the_crossing_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {"one": table("place", "sex"), "two": table("sex", "chapter"), "three": table("chapter", "age")}
    planned = plan(loaded(tables=tables), EDITION)
    whole = with_exclusions(planned, [("place", "age")])
    assert [one.dimensions for one in whole.hidden] == [("place", "sex", "age", "chapter")]
    monkeypatch.setattr(crossings, "MAX_CROSSING", 60)
    assert [one.dimensions for one in with_exclusions(planned, [("place", "age")]).hidden] == [("place", "age")]
    assert with_exclusions(planned, []) is planned
    assert with_exclusions(replace(planned, protected=False), [("place", "age")]).hidden == ()


def test_what_two_margins_have_in_common() -> None:
    shown = [frozenset(one) for one in ("", "a", "b", "ac", "bc", "abd")]
    assert set(beside(shown, "a", "b")) == {frozenset(), frozenset("c")}
    assert set(beside([*shown, frozenset("abc")], "a", "b")) == {frozenset()}


@pytest.mark.parametrize(
    ("rows", "nearly"),
    [
        pytest.param([[50, 1], [50, 0], [0, 40]], True, id="one wrong row"),
        pytest.param([[50, 9], [50, 0], [0, 40]], False, id="many wrong rows"),
        pytest.param([[50, 1], [50, 2], [50, 1]], False, id="a member that hardly anybody has"),
        pytest.param([[50, 0], [50, 0]], False, id="one member alone"),
    ],
)
def test_columns_that_tell_each_other_but_for_few_rows(rows: list[list[int]], nearly: bool) -> None:
    assert links._is_mostly_nested(np.array(rows)) is nearly
