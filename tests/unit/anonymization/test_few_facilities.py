"""Cells that come from too few facilities: withheld, protected, attacked, and refused where that cannot be."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from anonymization import protect
from anonymization.audit import audit
from anonymization.primary.cells import SensitiveCells, sensitive_cells
from anonymization.published import as_earlier, publish, with_contributors
from anonymization.table import TableSet
from datasets.cell_rules import Facilities
from datasets.disclosure import DisclosureRules, Guarantee
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid
from tests.unit.anonymization.builders import cube, flat, release, rules, table

protection = importlib.import_module("anonymization.protect")
Flags = npt.NDArray[np.bool_]


def asking(guarantee: Guarantee = "exact", **keys: Any) -> DisclosureRules:
    """The threshold 5, and three facilities."""
    units = Facilities(column="hospital", **({"fewest": 3} | keys))
    return DisclosureRules(
        policy="test", method="suppression", threshold=5, zeros="publish", guarantee=guarantee, units=units
    )


def facilities(tables: TableSet, units: dict[str, Any], outside: dict[str, Any] | None = None) -> TableSet:
    """Say of the only table from how many facilities its cells come."""
    (own,) = tables.tables
    shaped = {name: np.reshape(one, -1) for name, one in units.items()}
    left = {name: np.reshape(one, -1) for name, one in (outside or {}).items()}
    return replace(tables, tables=(replace(own, units=shaped, units_outside=left),))


def two_by_three(units: Any) -> TableSet:
    return facilities(cube([[100, 40, 70], [30, 60, 50]]), {"all": units})


ONE_HOSPITAL = [[6, 5, 5, 4], [5, 1, 4, 4], [5, 4, 4, 4]]


def test_a_large_cell_of_one_hospital_is_withheld_with_others() -> None:
    protected = protect(two_by_three(ONE_HOSPITAL), asking())
    own = protected.table("cases").statuses["all"].reshape(3, 4)
    assert own[1, 1] == protection.CellStatus.SUPPRESSED_PRIMARY
    assert (own == protection.CellStatus.SUPPRESSED_SECONDARY).sum() == 3
    assert protected.audit.passed
    assert (protect(two_by_three(ONE_HOSPITAL), rules()).table("cases").statuses["all"] < 2).all()


def test_people_of_unknown_facility_come_from_none() -> None:
    protected = protect(two_by_three([[6, 4, 5, 4], [5, 0, 4, 4], [5, 4, 4, 4]]), asking())
    assert protected.table("cases").statuses["all"].reshape(3, 4)[1, 1] == protection.CellStatus.SUPPRESSED_PRIMARY


def test_an_empty_cell_comes_from_no_facility_and_is_shown() -> None:
    tables = facilities(cube([[0, 40, 70], [30, 60, 50]]), {"all": [[6, 5, 5, 4], [5, 0, 4, 4], [5, 5, 4, 4]]})
    assert not protect(tables, asking()).table("cases").withheld("all").any()


def test_the_audit_refuses_what_protection_does_not_see(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(tables: TableSet, chosen: DisclosureRules) -> SensitiveCells:
        return sensitive_cells(tables, chosen.model_copy(update={"units": None}))

    for module in ("protect", "secondary.withhold", "secondary.knowledge"):
        monkeypatch.setattr(importlib.import_module(f"anonymization.{module}"), "sensitive_cells", without)
    with pytest.raises(DisclosureRisk, match=r"table 'cases' \(a, b\), population 'all': 1 cells are shown that"):
        protect(two_by_three(ONE_HOSPITAL), asking())


def test_without_secondary_suppression_the_audit_finds_the_hospital(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protection, "withhold_secondary", lambda own, *_, **__: np.zeros(len(own.nodes), np.bool_))
    with pytest.raises(DisclosureRisk, match="1 withheld cells can be derived"):
        protect(two_by_three(ONE_HOSPITAL), asking())


def interval(tables: TableSet, withheld: list[int], **keys: Any) -> int:
    """Withhold some cells of the only table; return how many the audit finds too closely bounded."""
    flags = np.zeros(len(tables.nodes), dtype=np.bool_)
    flags[tables.nodes.of_block[0][withheld]] = True
    report = audit(with_contributors(publish(tables, flags, asking("interval", **keys)), tables))
    return sum(one.cells for one in report.recovered if one.narrow)


def test_the_number_of_a_hospital_must_seem_able_to_be_larger_by_a_percentage() -> None:
    # Two cells beside each other, in one dimension: 100 of one hospital, and 9 that hide it.
    counts, units = [100, 9, 30, 40], [6, 1, 3, 3, 3]
    tables = facilities(cube(counts), {"all": units})
    assert interval(tables, [1, 2]) == 1
    assert interval(tables, [1, 2], range_percent=8) == 0
    assert interval(tables, [1, 2], range_percent=8.1) == 1
    assert interval(tables, [1, 3]) == 0


def test_protection_gives_the_number_its_range() -> None:
    tables = facilities(cube([100, 9, 30, 40]), {"all": [6, 1, 3, 3, 3]})
    protected = protect(tables, asking("interval"))
    beside = protected.table("cases").withheld("all")
    assert beside[1]
    assert beside.tolist() != [False, True, True, False, False]
    assert protect(tables, asking("exact")).table("cases").withheld("all").tolist() == [False, True, True, False, False]


def test_a_small_cell_of_one_hospital_needs_both_ranges() -> None:
    tables = facilities(cube([3, 9, 30, 40]), {"all": [6, 1, 3, 3, 3]})
    found = sensitive_cells(tables, asking("interval"))
    assert found.reach[tables.nodes.of_block[0]].tolist() == [0, 5, 0, 0, 0]
    tables = facilities(cube([4, 9, 30, 40]), {"all": [6, 1, 3, 3, 3]})
    assert sensitive_cells(tables, asking(range_percent=100)).reach[tables.nodes.of_block[0]][1] == 8


def test_what_is_left_of_a_whole_must_come_from_several_facilities() -> None:
    whole, died = [50, 60, 70], [20, 30, 25]
    several = [9, 4, 4, 4]
    tables = facilities(cube(whole, died), {"all": several, "died": several}, {"died": [9, 2, 4, 4]})
    withheld = protect(tables, asking()).table("cases")
    assert withheld.withheld("all")[1] | withheld.withheld("died")[1]
    shown = facilities(cube(whole, died), {"all": several, "died": several}, {"died": [9, 3, 4, 4]})
    assert not protect(shown, asking()).table("cases").withheld("all").any()


def test_the_audit_finds_the_rest_that_comes_from_one_facility() -> None:
    several = [9, 4, 4, 4]
    tables = facilities(cube([50, 60, 70], [20, 30, 25]), {"all": several, "died": several}, {"died": [9, 1, 4, 4]})
    nothing = np.zeros(len(tables.nodes), dtype=np.bool_)
    report = audit(with_contributors(publish(tables, nothing, asking()), tables))
    assert [(one.population, one.cells) for one in report.recovered] == [("died", 1)]
    assert audit(with_contributors(publish(tables, nothing, asking(fewest=2)), tables)).recovered
    everywhere = facilities(cube([50, 60, 70], [20, 30, 25]), {"all": several, "died": several}, {"died": several})
    assert audit(with_contributors(publish(everywhere, nothing, asking()), everywhere)).passed


def test_a_rest_that_is_nobody_comes_from_nowhere() -> None:
    several = [9, 4, 4, 4]
    tables = facilities(cube([50, 60, 70], [50, 30, 25]), {"all": several, "died": several}, {"died": [9, 0, 4, 4]})
    assert not protect(tables, asking()).table("cases").withheld("died").any()


def test_two_tables_that_share_a_cell_are_protected_together() -> None:
    a, b = flat("a", 3), flat("b", 2)
    inner = np.array([[100, 40], [70, 30], [60, 50]])
    by_a = replace(table("by_a", [a], {"all": inner.sum(axis=1)}), units={"all": np.array([9, 1, 5, 5])})
    both = table("both", [a, b], {"all": inner})
    of_both = np.array([9, 8, 8, 1, 1, 1, 5, 4, 4, 5, 4, 4])
    tables = release([a, b], [by_a, replace(both, units={"all": of_both})])
    protected = protect(tables, asking())
    assert protected.table("by_a").withheld("all").tolist()[1]
    assert protected.table("by_a").withheld("all").sum() == 2
    assert protected.audit.passed


def test_a_hospital_that_an_earlier_release_showed_is_a_refusal() -> None:
    tables = two_by_three(ONE_HOSPITAL)
    before = as_earlier(protect(tables, rules()).published, "visits 2026.1")
    with pytest.raises(DisclosureRisk, match=r"1 cells must be withheld, but visits 2026\.1 showed them"):
        protect(replace(tables, earlier=(before,)), asking())


def test_coarser_releases_that_would_be_possible_are_tried_with_their_facilities() -> None:
    tables = two_by_three(ONE_HOSPITAL)
    before = as_earlier(protect(tables, rules()).published, "visits 2026.1")
    with pytest.raises(DisclosureRisk) as caught:
        protect(replace(tables, earlier=(before,)), asking())
    advice = caught.value.problems[-1]
    assert advice.rule == "would succeed"
    assert "with the table 'cases' without b" in advice.remedy


def test_rules_about_facilities_need_them() -> None:
    with pytest.raises(DisclosureRuleInvalid, match=r"disclosure\.units: needs the facilities of every cell"):
        protect(cube([20, 30]), asking())
    several = [9, 4, 4, 4]
    tables = facilities(cube([50, 60, 70], [20, 30, 25]), {"all": several, "died": several})
    with pytest.raises(DisclosureRuleInvalid, match="needs the facilities"):
        protect(tables, asking())


@pytest.mark.parametrize(
    ("units", "rule"),
    [
        ([3, 2, -1], "1 cells have a negative number of facilities"),
        ([3, 2], "all arrays must be one-dimensional and of one length"),
        ([3, 0, 3], "1 cells have facilities but nobody"),
        ([9, 3, 3], "margins are above the sum of their cells or below one of them"),
        ([2, 3, 1], "margins are above the sum of their cells or below one of them"),
    ],
)
def test_facilities_that_cannot_be_are_refused(units: list[int], rule: str) -> None:
    counts = [20, 0] if "nobody" in rule else [20, 30]
    with pytest.raises(DisclosureRuleInvalid, match=rule):
        facilities(cube(counts), {"all": units})


def test_facilities_of_an_unknown_population_are_refused() -> None:
    with pytest.raises(DisclosureRuleInvalid, match="population of facilities 'dead' is unknown"):
        facilities(cube([20, 30]), {"dead": [3, 3, 3]})


def test_tables_that_disagree_about_facilities_are_refused() -> None:
    a, b = flat("a", 2), flat("b", 2)
    by_a = replace(table("by_a", [a], {"all": [60, 60]}), units={"all": np.array([5, 4, 4])})
    both = replace(table("both", [a, b], {"all": [[30, 30], [30, 30]]}), units={"all": np.array([5, 4, 4] + [4] * 6)})
    assert release([a, b], [by_a, both])
    other = replace(by_a, units={"all": np.array([6, 4, 4])})
    with pytest.raises(DisclosureRuleInvalid, match="facilities: 1 cells differ from the same cells in another table"):
        release([a, b], [other, both])
    by_a, both = (
        replace(
            table(name, own, {"all": whole, "died": died}),
            units_outside={"died": np.full(3 ** len(own), outside)},
        )
        for name, own, whole, died, outside in (
            ("by_a", [a], [60, 60], [20, 20], 4),
            ("both", [a, b], [[30, 30], [30, 30]], [[10, 10], [10, 10]], 5),
        )
    )
    with pytest.raises(DisclosureRuleInvalid, match="facilities outside: 3 cells differ"):
        release([a, b], [by_a, both], part="died")
