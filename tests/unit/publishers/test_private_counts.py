"""How much one person can change, what can be private at all, and the order of paying, drawing and keeping."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from anonymization.perturbation import noise, private_noise
from anonymization.perturbation.report import describe_perturbed
from datasets.errors import DisclosureRuleInvalid
from datasets.perturbation_choice import DifferentialPrivacy
from datasets.signing import Signer
from datasets.store_layout import StoreLayout
from publishers import private_counts
from publishers.cautions import of_definition
from publishers.extract.extract import Extract
from publishers.limits import JobLimits
from publishers.perturbed import Secret, check_perturbable, finished_rules
from publishers.privacy_budgets import Budgets
from publishers.private_counts import Purse, planned_measures, within_bounds
from publishers.private_counts import private_counts as counted
from publishers.tabulate.plan import plan
from publishers.tabulate.tabulation import Tabulation
from tests.unit.publishers.tabulate.discharges import EDITION, loaded, measure, record, table, tabulate, write
from tests.unit.publishers.tabulate.test_bounds import made_up

Ints = npt.NDArray[np.int64]
REASON = {"vi": "một phép thử", "en": "a test"}
GAUSSIAN: dict[str, Any] = {
    "policy": "vn_proposed",
    "method": "differential_privacy",
    "rho": "0.4",
    "cells_per_person": "2",
    "records_per_cell": "3",
    "budget": {"population": "patients", "rho": "1"},
    "reason": REASON,
}
GEOMETRIC: dict[str, Any] = {name: own for name, own in GAUSSIAN.items() if name != "rho"} | {
    "epsilon": "0.5",
    "budget": {"population": "patients", "epsilon": "2"},
}
TABLES = {"cube": table("place", "sex"), "ages": table("age", measures=["stays"])}
SECRET = Secret(bytes(32), lasting=True)


def choice(**changes: Any) -> DifferentialPrivacy:
    return DifferentialPrivacy.model_validate(GAUSSIAN | changes)


def problems(**changes: Any) -> list[str]:
    try:
        check_perturbable(loaded(**({"disclosure": GAUSSIAN} | changes)))
    except DisclosureRuleInvalid as error:
        return [f"{one.place}: {one.rule}. {one.remedy}" for one in error.problems]
    return []


# What can be private --------------------------------------------------------------------------------------------------


def test_counts_and_persons_can_be_private_parts_of_them_and_columns_that_tell_of_each_other_too() -> None:
    died = measure("count", where={"sex": ["female"]})
    assert problems(measures={"stays": measure("count"), "patients": measure("persons"), "died": died}) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"person": None, "measures": {"stays": measure("count")}}, "person: is missing"),
        ({"measures": {"days": measure("mean", column="days")}}, "measures.days.type: is a mean"),
        ({"measures": {"days": measure("sum", column="days")}}, "measures.days.type: adds up amounts"),
        ({"measures": {"stays": measure("count", absent="missing")}}, "measures.stays.absent: marks where"),
        (
            {"measures": {"days": measure("sum", column="days", contributors="value", absent="zero")}},
            "measures.days.contributors: is already counted",
        ),
    ],
)
def test_what_no_noise_hides_is_refused(changes: dict[str, Any], says: str) -> None:
    found = problems(**changes)
    assert any(one.startswith(says) for one in found), found
    assert not any(one.endswith(". ") for one in found)


def test_readers_may_not_be_told_how_many_rows_were_left_out() -> None:
    source = loaded().definition.model_dump(mode="json")["source"] | {"max_bad_rows": 3}
    (found,) = problems(source=source)
    assert found.startswith("source.max_bad_rows: is above 0, and readers are told how many")


SAYS = "is an epsilon of {}: what is published may be exp("


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rho": 1.35}, ""),  # rho + 2 sqrt(rho log(1 / delta)) is 9.99
        ({"rho": 1.36}, SAYS.format("10.03, at a delta of 1e-06")),
        ({"rho": 0.9}, ""),
        ({"rho": 0.9, "delta": 1e-12}, SAYS.format("10.88, at a delta of 1e-12")),
        ({"rho": 1000}, SAYS.format("1,235.08, at a delta of 1e-06")),
        ({"epsilon": 10}, ""),
        ({"epsilon": 10.5}, SAYS.format("10.5")),
    ],
)
def test_staff_are_warned_of_a_loss_that_promises_nothing(changes: dict[str, float], says: str) -> None:
    kind = "epsilon" if "epsilon" in changes else "rho"
    spends = {name: one for name, one in GAUSSIAN.items() if name != "rho"} | changes
    given = loaded(disclosure=spends | {"budget": {"population": "patients", kind: 1000}})
    found = [one for one in of_definition(given.definition) if "times as likely" in one.rule]
    assert [(one.place.rpartition(".")[2], one.rule[: len(says)]) for one in found] == ([(kind, says)] if says else [])
    assert all("epsilon is 10 at most" in one.remedy for one in found)


# How much one person can change ---------------------------------------------------------------------------------------


def cells_of(tabulation: Tabulation, name: str) -> Ints:
    """Return the cells of a measure in all tables, each once: the two tables here share the total alone."""
    found = [one.values[name].astype(np.int64) for one in tabulation.tables if name in one.values]
    if len(found) == 1:
        return found[0]
    assert found[0][0] == found[1][0]
    return np.concatenate([found[0], found[1][1:]])


def bounded_counts(folder: Path, records: list[dict[str, object]]) -> Mapping[str, Ints]:
    given = loaded(disclosure=GAUSSIAN, tables=TABLES)
    extracted = Extract(write(folder / "all.parquet", records), len(records), 0, ())
    limits = JobLimits(256, 1, folder / "temp")
    kept, _ = within_bounds(extracted, given, EDITION, folder / "kept.parquet", limits)
    import pyarrow.parquet as pq  # noqa: PLC0415 (for this test alone)

    found = tabulate(folder, pq.read_table(kept.path).to_pylist(), disclosure=GAUSSIAN, tables=TABLES)
    return {name: cells_of(found, name) for name in ("stays", "patients")}


def test_no_person_changes_more_than_the_noise_is_made_for(tmp_path: Path) -> None:
    """Somebody with many records in many cells is taken away, and all cells of both tables are compared."""
    planned = planned_measures(plan(loaded(disclosure=GAUSSIAN, tables=TABLES), EDITION), choice())
    records = made_up(3, 5, 90) + [record(person="p0", place="P2", sex="male", age=70)] * 20
    whole = bounded_counts(tmp_path, records)
    reached = {"stays": 0, "patients": 0}
    for person in {one["person"] for one in records}:
        without = bounded_counts(tmp_path, [one for one in records if one["person"] != person])
        for name, own in whole.items():
            change, allowed = own - without[name], planned[name].rule.contributions
            assert np.abs(change).sum() <= allowed.cells * allowed.per_cell
            assert (change**2).sum() <= allowed.cells * allowed.together * allowed.per_cell**2
            reached[name] = max(reached[name], int(np.abs(change).sum()))
    # place has two levels and a total, sex one and a total: six margins, and that of age is one more.
    assert planned["stays"].rule.contributions == noise.Contributions(2 * 7, per_cell=3, together=2)
    assert planned["patients"].rule.contributions == noise.Contributions(2 * 6)
    assert reached["stays"] == 2 * 7 * 3
    assert reached["patients"] > 6


def test_the_loss_is_shared_among_measures_and_persons_add_up_where_each_is_in_one_cell() -> None:
    planned = plan(loaded(disclosure=GAUSSIAN, tables=TABLES), EDITION)
    found = planned_measures(planned, choice())
    assert [one.rule.loss.rho for one in found.values()] == [Decimal("0.2"), Decimal("0.2")]
    assert (found["stays"].adds_up, found["patients"].adds_up) == (True, False)
    assert planned_measures(planned, choice(cells_per_person="1"))["patients"].adds_up
    geometric = planned_measures(planned, DifferentialPrivacy.model_validate(GEOMETRIC))
    assert [one.rule.loss.epsilon for one in geometric.values()] == [Decimal("0.25"), Decimal("0.25")]
    assert {one.rule.confidence for one in geometric.values()} == {0.95}


def test_staff_are_told_of_records_beyond_the_bounds(tmp_path: Path) -> None:
    given = loaded(disclosure=GAUSSIAN, tables=TABLES)
    other = [record(person=f"other {number}") for number in range(36)]
    loses = "LOSES 40.0 % OF ITS ROWS: 2 of 5 are beyond cells_per_person: 2, records_per_cell: 3 and are not counted"
    for records, rule in (
        ([record()] * 5, loses),
        # One of twenty is left out, and a little more than that.
        ([*other[:35], *[record()] * 5], "has 2 of 40 rows beyond"),
        ([*other[:34], *[record()] * 5], "LOSES 5.1 % OF ITS ROWS: 2 of 39 are beyond"),
        ([record()] * 3, ""),
    ):
        extracted = Extract(write(tmp_path / "all.parquet", records), len(records), 0, ())
        limits = JobLimits(256, 1, tmp_path / "temp")
        kept, warnings = within_bounds(extracted, given, EDITION, tmp_path / "kept.parquet", limits)
        assert kept.rows == len(records) - (2 if rule else 0)
        assert [one.rule[: len(rule)] for one in warnings] == ([rule] if rule else [])


# Paying, drawing, keeping ---------------------------------------------------------------------------------------------


@pytest.fixture
def budgets(tmp_path: Path) -> Budgets:
    return Budgets(
        StoreLayout(tmp_path), Signer.generate(tmp_path / "private" / "key.pem", tmp_path / "public-key.pem")
    )


def draw(folder: Path, purse: Purse, records: list[dict[str, object]] | None = None, **changes: Any) -> Any:
    changes = {"disclosure": GAUSSIAN, "tables": TABLES} | changes
    given = loaded(**changes)
    tabulation = tabulate(folder, records or [record(person=f"p{n}") for n in range(500)], **changes)
    return counted(tabulation, given, finished_rules(given, SECRET), purse)


def values(found: Any, name: str = "stays") -> list[int]:
    return [int(one) for one in found.table("cube").values[name]]


@pytest.mark.parametrize("disclosure", [GAUSSIAN, GEOMETRIC], ids=["gaussian", "geometric"])
def test_counts_are_near_add_up_and_are_the_same_again(
    tmp_path: Path, budgets: Budgets, disclosure: dict[str, Any]
) -> None:
    found = draw(tmp_path, Purse(budgets, pays=True), disclosure=disclosure)
    again = draw(tmp_path, Purse(budgets, pays=True), disclosure=disclosure)
    assert (values(again), values(again, "patients")) == (values(found), values(found, "patients"))
    assert again.rules == found.rules
    made = found.rules.perturbation
    assert (made.entry, made.spent) == (1, made.rho or made.epsilon)
    assert abs(values(found)[0] - 500) < 20 * found.accuracies["stays"]
    assert min(values(found) + values(found, "patients")) >= 0
    # The first rows are the totals, by sex: F, M and unknown add up to all.
    assert values(found)[0] == sum(values(found)[1:4])
    other = draw(
        tmp_path, Purse(budgets, pays=True), [record(person=f"p{n}") for n in range(501)], disclosure=disclosure
    )
    assert (other.rules.perturbation.entry, values(other) == values(found)) == (2, False)


def test_the_same_counts_with_another_loss_or_bound_are_paid_for(tmp_path: Path, budgets: Budgets) -> None:
    spent = []
    for changes in ({}, {"rho": "0.1"}, {"records_per_cell": "9", "rho": "0.1"}):
        found = draw(tmp_path, Purse(budgets, pays=True), disclosure=GAUSSIAN | changes)
        spent.append((found.rules.perturbation.entry, found.rules.perturbation.spent))
    assert spent == [(1, 0.4), (2, 0.5), (3, 0.6)]


def test_the_same_counts_of_other_cells_are_paid_for(tmp_path: Path, budgets: Budgets) -> None:
    """A girl and a man of 30: by sex and by age, the same three numbers stand in a row."""
    records = [record(person=f"p{n}", sex=sex, age=age) for n, (sex, age) in enumerate([("female", 5), ("male", 30)])]
    shown = []
    for margin in ("sex", "age"):
        tables = {"cube": table("sex", "age", margins=[[margin]])}
        found = draw(tmp_path, Purse(budgets, pays=True), records, tables=tables)
        shown.append((found.rules.perturbation.entry, len(values(found))))
    assert shown == [(1, 3), (2, 3)]


def test_a_package_to_look_at_has_noise_around_zeros_and_costs_nothing(tmp_path: Path, budgets: Budgets) -> None:
    records = [record(person=f"p{n}") for n in range(5_000)]
    for purse in (Purse(budgets, pays=False), Purse(None, pays=False)):
        found = draw(tmp_path, purse, records)
        assert values(found)[0] < 20 * found.accuracies["stays"] < 4_000
        assert (found.rules.perturbation.entry, found.rules.perturbation.spent) == (None, None)
    assert not budgets.layout.budgets.exists()
    with pytest.raises(AssertionError):
        draw(tmp_path, Purse(None, pays=True))
    report = describe_perturbed(found)
    assert any("random numbers alone and no counts" in one.en for one in report.text)
    assert report.privacy is not None
    assert report.privacy.spent is None


def test_a_package_to_look_at_is_refused_where_publishing_would_be(tmp_path: Path, budgets: Budgets) -> None:
    for number in (1, 2):
        draw(tmp_path, Purse(budgets, pays=True), [record()] * number)
    with pytest.raises(DisclosureRuleInvalid, match=r"rho 0\.8 of rho 1\.0 are spent"):
        draw(tmp_path, Purse(budgets, pays=False))


def ledger(budgets: Budgets) -> list[dict[str, Any]]:
    path = budgets.layout.budgets / "patients" / "ledger.json"
    found: list[dict[str, Any]] = json.loads(path.read_bytes().partition(b"\n")[2])["entries"] if path.exists() else []
    return found


def test_it_is_paid_before_it_is_drawn_and_kept_before_it_is_seen(
    tmp_path: Path, budgets: Budgets, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = []
    original, keep = private_noise.draw_noise, Budgets.keep

    def drawing(*given: Any, **options: Any) -> Any:
        order.append(f"drawn with {len(ledger(budgets))} paid")
        return original(*given, **options)

    def keeping(*given: Any) -> None:
        keep(*given)
        order.append("kept")

    monkeypatch.setattr(private_counts, "draw_noise", drawing)
    monkeypatch.setattr(Budgets, "keep", keeping)
    draw(tmp_path, Purse(budgets, pays=True))
    assert order == ["drawn with 1 paid", "kept"]


@pytest.mark.parametrize(
    "break_it",
    [
        {"opendp": True},
        {"tables": {"cube": table("place"), "ages": table("age")} | {"sexes": table("sex")}, "limit": 10},
    ],
    ids=["without OpenDP", "tables that cannot be made to add up"],
)
def test_what_fails_fails_before_anything_is_paid(
    tmp_path: Path, budgets: Budgets, monkeypatch: pytest.MonkeyPatch, break_it: dict[str, Any]
) -> None:
    from anonymization.perturbation import consistency  # noqa: PLC0415 (to make it refuse)

    if "opendp" in break_it:
        monkeypatch.setitem(__import__("sys").modules, "opendp.prelude", None)
    else:
        monkeypatch.setattr(consistency, "_WHOLE_BY_SEARCH", break_it["limit"])
    with pytest.raises(DisclosureRuleInvalid) as caught:
        draw(tmp_path, Purse(budgets, pays=True), tables=break_it.get("tables", TABLES))
    assert caught.value.problems[0].remedy
    assert ledger(budgets) == []


def test_links_that_records_tell_of_do_not_shape_the_numbers(tmp_path: Path, budgets: Budgets) -> None:
    """Everybody of P1 is 30 years old here, which noise has to hide."""
    records = [record(person=f"p{n}", place="P1" if n % 2 else "P2", age=30 if n % 2 else 70) for n in range(100)]
    changes: dict[str, Any] = {"disclosure": GAUSSIAN, "tables": {"both": table("place", "age")}}
    given, tabulation = loaded(**changes), tabulate(tmp_path, records, **changes)
    assert tabulation.dependencies.nested or tabulation.dependencies.links
    found = counted(tabulation, given, finished_rules(given, SECRET), Purse(budgets, pays=True))
    plain = replace(tabulation, dependencies=replace(tabulation.dependencies, links=(), nested=()))
    again = counted(plain, given, finished_rules(given, SECRET), Purse(budgets, pays=True))
    assert found.table("both").values["stays"].tolist() == again.table("both").values["stays"].tolist()
    assert len(ledger(budgets)) == 1
