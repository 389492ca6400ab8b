"""Noise for a whole release: what is tried before it is drawn, what is made of it, and what is told."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from anonymization.link import Link
from anonymization.perturbation.budget import concentrated, loss_of, pure, shared
from anonymization.perturbation.noise import Contributions, NoiseRule, accuracy_of, add_noise
from anonymization.perturbation.private_noise import DrawnNoise, PlannedMeasure, draw_noise, plan_noise
from anonymization.perturbation.release import NearestRounding, PerturbedTables, perturb_tables
from anonymization.perturbation.report import PerturbationReport, describe_perturbed
from anonymization.policies import resolve
from anonymization.table import Measure, TableSet
from anonymization.words import Text
from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRuleInvalid
from datasets.perturbation_choice import ConventionalRounding, DifferentialPrivacy
from tests.unit.anonymization.builders import flat, release, table

REASON = {"vi": "một phép thử", "en": "a test"}
GAUSSIAN = NoiseRule(concentrated(0.5), Contributions(4))
GEOMETRIC = NoiseRule(pure(1), Contributions(4))
SIDES = [flat("a", 3), flat("b", 4)]


def rules(**changes: Any) -> DisclosureRules:
    given = {
        "policy": "vn_proposed",
        "method": "differential_privacy",
        "rho": 0.5,
        "cells_per_person": 1,
        "budget": {"population": "patients", "rho": 2},
        "reason": REASON,
    }
    return resolve(DifferentialPrivacy.model_validate(given | changes))


def tables(most: int = 40) -> TableSet:
    inner = np.random.default_rng(1).integers(0, most, (3, 4))
    return release(SIDES, [table("ab", SIDES, {"all": inner})])


def refused(call: Any) -> str:
    with pytest.raises(DisclosureRuleInvalid) as caught:
        call()
    (problem,) = caught.value.problems
    assert problem.remedy
    return f"{problem.place}: {problem.rule}"


# Bounds and shares ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 40])
@pytest.mark.parametrize("loss", [pure("0.1"), concentrated("1e-6"), concentrated(3)])
def test_shares_are_together_no_more_than_the_whole_and_nearly_all_of_it(loss: Any, parts: int) -> None:
    one = shared(loss, parts)
    assert 0 <= (loss.epsilon - parts * one.epsilon) + (loss.rho - parts * one.rho) < 1e-40
    assert one.accountant == loss.accountant


def test_a_loss_is_an_epsilon_or_a_rho() -> None:
    assert (loss_of(0.1, None), loss_of(None, 0.1)) == (pure("0.1"), concentrated("0.1"))
    for given in ((None, None), (1.0, 1.0)):
        assert refused(lambda given=given: loss_of(*given)) == "loss: must be an epsilon or a rho"


@pytest.mark.parametrize("together", [1, 4, 25])
def test_what_comes_together_in_one_cell_counts_by_its_square(together: int) -> None:
    """Of k finest cells in one margin, the noise there has to hide k records, not the root of k."""
    plain = add_noise(np.zeros(1, dtype=np.int64), replace(GAUSSIAN, contributions=Contributions(100)))
    heaped = add_noise(np.zeros(1, dtype=np.int64), replace(GAUSSIAN, contributions=Contributions(100, 1, together)))
    assert heaped.scale / plain.scale == pytest.approx(math.sqrt(together), rel=1e-6)
    laplace = [replace(GEOMETRIC, contributions=Contributions(100, 1, n)) for n in (1, together)]
    assert accuracy_of(laplace[0]) == accuracy_of(laplace[1])
    assert refused(lambda: Contributions(1, 1, 0)).startswith("together: must be")


@pytest.mark.parametrize("rule", [GAUSSIAN, GEOMETRIC])
def test_accuracy_is_known_before_anything_is_drawn(rule: NoiseRule) -> None:
    assert accuracy_of(rule) == add_noise(np.zeros(3, dtype=np.int64), rule).within > 0


# Planning -------------------------------------------------------------------------------------------------------------


def plan(found: TableSet, rule: NoiseRule = GAUSSIAN, *, adds_up: bool = True) -> Any:
    return plan_noise(found, {one.name: PlannedMeasure(rule, adds_up) for one in found.measures})


def test_every_measure_needs_a_rule_and_counts() -> None:
    found = tables()
    assert refused(lambda: plan_noise(found, {})) == "measures.n_all: has no noise"
    (measure,) = found.measures
    other = replace(found, measures=(Measure(measure.name, measure.population, integer=False),))
    assert refused(lambda: plan(other)) == "measures.n_all: has values that are no counts"


def test_what_records_tell_of_links_is_refused() -> None:
    ward, doctor = flat("ward", 2), flat("doctor", 2)
    found = release([ward, doctor], [table("both", [ward, doctor], {"all": np.array([[3, 0], [0, 4]])})])
    linked = replace(found, links=(Link(("ward", (1,)), ("doctor", (1,))),))
    hidden = replace(found, hidden=(replace(found.tables[0], name="hidden"),))
    for one in (linked, hidden):
        assert refused(lambda one=one: plan(one)) == "tables: are linked by what their records tell"


# Drawing --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [GAUSSIAN, GEOMETRIC])
def test_what_is_published_follows_from_what_was_drawn_alone(rule: NoiseRule) -> None:
    found = tables()
    planned = plan(found, rule)
    noisy = draw_noise(found, planned)
    one = perturb_tables(found, rules(), DrawnNoise(planned, noisy))
    other = perturb_tables(tables(most=7), rules(), DrawnNoise(planned, noisy))
    values = one.table("ab").values["n_all"]
    assert values.tolist() == other.table("ab").values["n_all"].tolist()
    assert values.min() >= 0
    cube = values.reshape(4, 5)
    assert np.array_equal(cube[0], cube[1:].sum(axis=0))
    assert np.array_equal(cube[:, 0], cube[:, 1:].sum(axis=1))
    assert (dict(one.averaging), dict(one.accuracies)) == ({}, {"n_all": accuracy_of(rule)})
    assert ("Gaussian" in one.statement.en) == (rule is GAUSSIAN)
    assert ("Gauss" in one.statement.vi) == (rule is GAUSSIAN)


def test_what_does_not_add_up_is_only_lifted_to_zero() -> None:
    found = tables()
    planned = plan(found, adds_up=False)
    noisy = {"n_all": np.arange(-5, 15)}
    shown = perturb_tables(found, rules(), DrawnNoise(planned, noisy)).table("ab").values["n_all"]
    assert shown.tolist() == [max(one, 0) for one in range(-5, 15)]


def test_noise_around_zeros_tells_nothing_of_the_counts() -> None:
    found = tables(most=10**6)
    planned = plan(found)
    assert abs(int(draw_noise(found, planned, of_nobody=True)["n_all"][0])) < 1_000
    assert abs(int(draw_noise(found, planned)["n_all"][0])) > 100_000


def test_other_cells_than_were_drawn_are_refused() -> None:
    found = tables()
    drawn = DrawnNoise(plan(found), {"n_all": np.zeros(3, dtype=np.int64)})
    assert refused(lambda: perturb_tables(found, rules(), drawn)) == "measures.n_all: has other cells than were drawn"


def test_rules_and_noise_belong_together() -> None:
    found = tables()
    planned = plan(found)
    rounded = resolve(
        ConventionalRounding.model_validate(
            {"policy": "vn_proposed", "method": "conventional_rounding", "base": 5, "reason": REASON}
        )
    )
    drawn = DrawnNoise(planned, draw_noise(found, planned))
    for given, method in ((rounded, drawn), (rules(), NearestRounding(5))):
        assert "is not what changes the counts" in refused(lambda g=given, m=method: perturb_tables(found, g, m))


# Reports --------------------------------------------------------------------------------------------------------------


def published(made: DisclosureRules, **finished: Any) -> PerturbedTables:
    found = tables()
    planned = plan(found, GAUSSIAN if made.perturbation and made.perturbation.rho else GEOMETRIC)
    assert made.perturbation is not None
    made = made.model_copy(update={"perturbation": made.perturbation.model_copy(update=finished)})
    return perturb_tables(found, made, DrawnNoise(planned, draw_noise(found, planned)))


def words(report: PerturbationReport, language: str) -> str:
    return " ".join(getattr(one, language) for one in (*report.text, report.promised, report.not_promised))


def test_the_report_states_loss_accuracy_bounds_and_budget() -> None:
    report = describe_perturbed(published(rules(), entry=2, spent=1.5))
    told, within = report.privacy, accuracy_of(GAUSSIAN)
    assert told is not None
    assert (told.rho, told.delta, told.budget, told.spent, told.entry) == (0.5, 1e-6, 2, 1.5, 2)
    # rho + 2 sqrt(rho log(1 / delta)), rounded up.
    assert told.epsilon == math.ceil(100 * (0.5 + 2 * math.sqrt(0.5 * math.log(1e6)))) / 100
    assert (told.within, told.confidence, report.averaging) == ({"n_all": within}, 0.95, {})
    text = words(report, "en")
    for said in (
        f"n_all: 95 % of counts are within ±{within}",
        "at most 1 of the finest cells and at most 1 in each",
        "spends rho 0.5. With those before, 1.5 of the budget of 2 of patients are spent",
        f"at most exp({told.epsilon}) times as likely (but for a chance of 1e-06; rho is 0.5)",
        "all records of one person",
        "All releases that name the population patients together never exceed rho 2; what is published elsewhere",
        "the distance from the counts within the bounds of each person, not from those of all records",
        "groups such as a family",
    ):
        assert said in text
    assert "their losses add up" not in text
    vietnamese = words(report, "vi")
    assert "contradict" not in text  # there is one measure alone
    for said in (
        f"±{within}",
        "đã giới hạn theo từng người",
        "nhóm người patients cộng lại",
        "đã dùng 1.5 trong ngân sách 2",
        f"exp({told.epsilon})",
        "một gia đình",
    ):
        assert said in vietnamese


def test_geometric_noise_has_no_delta_and_a_period_is_said_to_be_one() -> None:
    budget = {"population": "patients", "epsilon": 4, "unit": "person_and_period"}
    made = rules(rho=None, epsilon=1, budget=budget)
    report = describe_perturbed(published(made, entry=1, spent=1.0))
    assert report.privacy is not None
    assert (report.privacy.epsilon, report.privacy.rho, report.privacy.delta) == (1, None, None)
    text = words(report, "en")
    assert "at most exp(1) times as likely. All releases that name the population patients together" in text
    assert "never exceed epsilon 4; what is published elsewhere is not counted" in text
    assert "the records of one person in one period" in text
    assert "their losses add up" in text
    assert "mất mát của các kỳ cộng lại" in words(report, "vi")


def test_a_chosen_delta_is_the_one_that_is_told() -> None:
    report = describe_perturbed(published(rules(delta=1e-9), entry=1, spent=0.5))
    assert report.privacy is not None
    assert report.privacy.delta == 1e-9
    assert report.privacy.epsilon == math.ceil(100 * (0.5 + 2 * math.sqrt(0.5 * math.log(1e9)))) / 100


def test_noise_alone_is_said_to_be_that() -> None:
    report = describe_perturbed(published(rules()))
    assert "random numbers alone and no counts" in words(report, "en")
    assert "chỉ có số ngẫu nhiên" in words(report, "vi")


def test_names_may_be_given_to_measures() -> None:
    told = describe_perturbed(published(rules(), entry=1, spent=0.5)).privacy
    assert told is not None
    title = Text(vi="Lượt khám", en="Visits")
    assert told.text({"n_all": title})[0].en.startswith("Visits: 95 %")
    assert told.text({"n_all": title})[0].vi.startswith("Lượt khám: 95 %")
