"""Protect: statuses, what is gone, what is refused, and that nothing else makes protected tables."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from anonymization import ProtectedTables, audit, protect
from anonymization.dimension import Dimension
from anonymization.protect import CellStatus
from anonymization.published import WITHHELD_INTEGER
from anonymization.table import Measure, Population, Table, TableSet
from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRisk
from datasets.text import Bilingual
from tests.unit.anonymization.builders import cube, flat, listed, release, rules, table

protection = importlib.import_module("anonymization.protect")
YEARBOOK = Bilingual(vi="niên giám", en="yearbook")


def test_statuses_and_values_of_a_small_cell() -> None:
    protected = protect(cube([[3, 20, 0], [10, 11, 30]]), rules())
    own = protected.table("cases")
    assert own.statuses["all"].reshape(3, 4).tolist() == [[0, 0, 0, 0], [0, 2, 3, 1], [0, 3, 3, 0]]
    assert own.values["n_all"].reshape(3, 4)[1].tolist() == [23, WITHHELD_INTEGER, WITHHELD_INTEGER, 0]
    assert own.public_status("all").reshape(3, 4)[1].tolist() == ["observed", "suppressed", "suppressed", "zero"]
    assert len(own) == 12
    summary = protected.summary[0]
    assert (summary.observed, summary.zero, summary.withheld) == (7, 1, 4)
    assert summary.share_withheld == pytest.approx(4 / 12)
    assert protected.audit.passed


def test_withheld_values_are_nowhere_in_the_result() -> None:
    inner = [[3, 2017], [1009, 4001]]
    protected = protect(cube(inner), rules())
    everything = repr([one.values for one in protected.tables] + [one.values for one in protected.published.tables])
    assert not any(str(count) in everything for count in (2017, 1009, 4001))
    assert "contributors" not in everything


def test_the_released_view_can_be_audited_again() -> None:
    protected = protect(cube([[3, 20], [10, 11]], [[1, 9], [3, 2]]), rules())
    assert audit(protected.published).passed


def test_nothing_else_makes_protected_tables() -> None:
    protected = protect(cube([6, 7]), rules())
    with pytest.raises(TypeError, match="protect alone"):
        ProtectedTables(
            protected.published, protected.tables, protected.rules, protected.audit, protected.summary, object()
        )
    with pytest.raises((TypeError, ValueError)):
        replace(protected, summary=())  # type: ignore[call-arg]  # the point of the test


def test_method_none_shows_everything_and_claims_no_attack() -> None:
    shown = DisclosureRules(policy="already_public", method="none", threshold=1, zeros="publish", reason=YEARBOOK)
    protected = protect(cube([1, 0, 9]), shown)
    assert protected.table("cases").statuses["all"].tolist() == [CellStatus.OBSERVED] * 2 + [1, 0]
    assert protected.audit.attacks == ()


def test_method_none_does_not_even_attack_small_rests() -> None:
    shown = DisclosureRules(policy="already_public", method="none", threshold=5, zeros="publish", reason=YEARBOOK)
    assert protect(cube([40, 50], [38, 10]), shown).audit.passed


def test_without_secondary_suppression_the_audit_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protection, "withhold_secondary", lambda own, *_, **__: np.zeros(len(own.nodes), np.bool_))
    with pytest.raises(DisclosureRisk, match=r"table 'cases' \(a, b\), population 'all': 1 withheld cells"):
        protect(cube([[3, 20], [10, 11]]), rules())


@pytest.mark.parametrize("refused", [1, 2])
def test_a_refusal_is_asked_once_more_with_other_prices(monkeypatch: pytest.MonkeyPatch, refused: int) -> None:
    asked: list[int] = []
    withhold = protection.withhold_secondary

    def unlucky(tables: TableSet, *rest: Any, seed: int) -> Any:
        asked.append(seed)
        if len(asked) <= refused:
            raise DisclosureRisk("Some withheld cells cannot be protected.")
        return withhold(tables, *rest, seed=seed)

    monkeypatch.setattr(protection, "withhold_secondary", unlucky)
    if refused == 1:
        assert protect(cube([[3, 20], [10, 11]]), rules(), seed=7).audit.passed
        assert asked == [7, 8]
    else:
        with pytest.raises(DisclosureRisk, match="cannot be protected"):
            protect(cube([[3, 20], [10, 11]]), rules(), seed=7)


def test_overlapping_provinces_are_protected_together() -> None:
    members = ("_T", "old1", "old2", "old3", "old4", "new1", "new2")
    mergers = ((-1, 0, 0, 0, 0, -1, -1), (-1, 5, 5, 6, 6, 0, 0))
    area = Dimension("area", members, mergers)
    counts = np.array([[3], [20], [30], [41]])
    own = table("t", [area], {"all": counts[:, 0]})
    protected = protect(release([area], [own]), rules())
    status = dict(zip(members, protected.table("t").public_status("all").tolist(), strict=True))
    assert status["old1"] == status["old2"] == "suppressed"
    assert status["new1"] == "observed"


def test_a_table_without_a_total_is_linked_to_the_table_of_totals() -> None:
    area, sex = Dimension("area", ("north", "south")), flat("sex", 2)
    tables = release(
        [area, sex],
        [table("by_area", [area, sex], {"all": [[3, 20], [30, 40]]}), table("country", [sex], {"all": [33, 60]})],
    )
    protected = protect(tables, rules())
    assert protected.table("by_area").withheld("all").sum() == 4
    assert not protected.table("country").withheld("all").any()


def test_amounts_share_the_pattern_of_their_population() -> None:
    a = flat("a", 3)
    counts = [36, 3, 13, 20]
    own = listed("t", {"a": range(4)}, {"all": counts}, {"n": counts, "cost": [30.0, 5.5, 4.5, 20.0]})
    tables = TableSet((a,), (Population("all"),), (Measure("n", "all"), Measure("cost", "all", integer=False)), (own,))
    protected = protect(tables, rules()).table("t")
    assert np.isnan(protected.values["cost"]).tolist() == [False, True, True, False]
    assert (protected.values["n"] == WITHHELD_INTEGER).tolist() == [False, True, True, False]


def test_amounts_of_nothing_ask_for_cells_that_counts_did_not_need() -> None:
    a = flat("a", 3)
    counts = [36, 3, 13, 20]
    own = listed("t", {"a": range(4)}, {"all": counts}, {"n": counts, "cost": [20.0, 0.0, 0.0, 20.0]})
    tables = TableSet((a,), (Population("all"),), (Measure("n", "all"), Measure("cost", "all", integer=False)), (own,))
    # The two cheapest cells cost nothing together, so both costs would be known to be nothing.
    assert protect(tables, rules()).table("t").withheld("all").sum() == 3


def test_distinct_persons_are_protected() -> None:
    a, b = flat("a", 2), flat("b", 2)
    encounters = cube([[3, 20], [10, 11]]).tables[0]
    persons = np.array([40, 12, 29, 21, 3, 19, 19, 9, 10])
    values = {"persons": persons, "n": encounters.values["n_all"]}
    own = Table("t", ("a", "b"), encounters.coordinates, {"all": persons}, values)
    tables = TableSet(
        (a, b), (Population("all"),), (Measure("persons", "all", additive=False), Measure("n", "all")), (own,)
    )
    protected = protect(tables, rules())
    assert protected.audit.passed
    assert protected.table("t").statuses["all"][4] == CellStatus.SUPPRESSED_PRIMARY


def test_wards_that_share_nobody_in_a_year_share_nobody_in_a_month() -> None:
    """Group 1 has 80 people, the sum of its wards: its 5 of January, one in each ward, are given away by being shown.

    In group 2 people move between wards, so that wards do not always add up to their group.
    """
    ward = Dimension("ward", ("_T", "g1", "g2", *"abcde", "x", "y"), ((-1, 0, 0, 1, 1, 1, 1, 1, 2, 2),))
    month = flat("month", 2)
    year, january, february = (
        [130, 80, 50, *[16] * 5, 30, 30],
        [43, 5, 38, *[1] * 5, 20, 20],
        [113, 75, 38, *[15] * 5, 20, 20],
    )
    counts = [count for columns in zip(year, january, february, strict=True) for count in columns]
    places = {"ward": [row // 3 for row in range(30)], "month": [row % 3 for row in range(30)]}
    own = listed("t", places, {"all": counts}, {"n": counts})
    tables = TableSet((ward, month), (Population("all"),), (Measure("n", "all", additive=False),), (own,))
    protected = protect(tables, rules())
    assert "ward" not in protected.published.measures[0].exact
    withheld = protected.table("t").withheld("all").reshape(10, 3)
    assert withheld[3:8, 1].all()
    assert withheld[1, 1]


def test_everything_withheld_and_nothing_withheld() -> None:
    assert protect(cube([[1, 1], [1, 1]]), rules()).table("cases").withheld("all").all()
    assert not protect(cube([[5, 5], [5, 0]]), rules()).table("cases").withheld("all").any()
    assert protect(cube([0, 0]), rules(zeros="protect")).table("cases").withheld("all").all()


def test_costs_of_the_size_of_a_state_budget_are_protected_as_amounts() -> None:
    a = flat("a", 4)
    counts = [1000, 3, 13, 20, 964]
    costs = [92_000_000_007_500, 1_000_000, 6_500, 1_000_000_000_000, 90_999_999_001_000]
    own = listed("t", {"a": range(5)}, {"all": counts}, {"n": counts, "cost": costs})
    tables = TableSet((a,), (Population("all"),), (Measure("n", "all"), Measure("cost", "all")), (own,))
    protected = protect(tables, rules())
    assert [one.integer for one in protected.published.measures] == [True, False]
    assert protected.table("t").withheld("all").tolist() == [False, True, True, False, False]
