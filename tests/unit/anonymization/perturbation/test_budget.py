"""Privacy budgets: exact sums, one accountant each, and a reason whenever something is refused."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import opendp.prelude as dp
import pytest

from anonymization.perturbation.budget import (
    Budget,
    Loss,
    Spending,
    approximate,
    composed,
    concentrated,
    concentrated_as_approximate,
    pure,
    pure_as_approximate,
    pure_as_concentrated,
)
from datasets.errors import DisclosureRuleInvalid


def test_ten_tenths_are_one_and_not_a_little_more() -> None:
    budget = Budget("patients", pure(1))
    for number in range(10):
        budget = budget.spend("patients", Spending(f"stays/{number}", pure(0.1)))
    assert budget.total == pure(1)
    assert budget.remaining == pure(0)
    with pytest.raises(DisclosureRuleInvalid, match=r"would spend epsilon 0\.000001 where epsilon 0\.0 of epsilon 1"):
        budget.spend("patients", Spending("stays/11", pure("0.000001")))


def test_a_budget_is_a_value() -> None:
    before = Budget("patients", concentrated(1))
    after = before.spend("patients", Spending("stays/1", concentrated("0.25")))
    assert before.spent == ()
    assert str(after.remaining) == "rho 0.75"
    assert after == Budget("patients", concentrated(1), (Spending("stays/1", concentrated("0.25")),))


def test_delta_is_spent_as_epsilon_is() -> None:
    budget = Budget("patients", approximate(1, "1e-6")).spend("patients", Spending("a", approximate("0.5", "6e-7")))
    assert str(budget.remaining) == "epsilon 0.5, delta 4E-7"
    with pytest.raises(DisclosureRuleInvalid, match=r"would spend epsilon 0\.1, delta 6E-7"):
        budget.spend("patients", Spending("b", approximate("0.1", "6e-7")))


@pytest.mark.parametrize(
    ("spending", "reason"),
    [
        (Spending("a", pure("0.1")), "has been spent already"),
        (Spending("", pure("0.1")), "must have an identifier"),
        (Spending("b", concentrated("0.1")), "measured as concentrated privacy, its budget as pure"),
        (Spending("b", approximate("0.1", 0)), "measured as approximate privacy, its budget as pure"),
        (Spending("b", pure("0.6")), r"would spend epsilon 0\.6 where epsilon 0\.5 of epsilon 1 remain"),
    ],
)
def test_what_a_budget_refuses(spending: Spending, reason: str) -> None:
    budget = Budget("patients", pure(1), (Spending("a", pure("0.5")),))
    with pytest.raises(DisclosureRuleInvalid, match=reason):
        budget.spend("patients", spending)
    with pytest.raises(DisclosureRuleInvalid, match=reason):
        Budget("patients", pure(1), (*budget.spent, spending))


def test_the_budget_of_others_is_not_touched() -> None:
    with pytest.raises(DisclosureRuleInvalid, match="of the population 'births', the budget of 'patients'"):
        Budget("patients", pure(1)).spend("births", Spending("a", pure(0.1)))
    with pytest.raises(DisclosureRuleInvalid, match="must name the population"):
        Budget("", pure(1))


@pytest.mark.parametrize(
    "make",
    [
        lambda: pure(-0.1),
        lambda: pure("nan"),
        lambda: pure(math.inf),
        lambda: pure("much"),
        lambda: pure("1e999"),
        lambda: pure("1e-999"),
        lambda: pure("0." + "1" * 300),
        lambda: concentrated(-1),
        lambda: approximate(1, 1),
        lambda: approximate(1, -1e-9),
        lambda: Loss("pure", delta=Decimal("0.1")),
        lambda: Loss("renyi"),  # type: ignore[arg-type]
        lambda: composed(approximate(1, "0.6"), approximate(1, "0.6")),
        lambda: composed(pure(1), concentrated(1)),
        lambda: pure_as_concentrated(concentrated(1)),
        lambda: pure_as_approximate(approximate(1, 0)),
        lambda: concentrated_as_approximate(pure(1), delta="1e-6"),
        lambda: concentrated_as_approximate(concentrated(1), delta=0),
        lambda: concentrated_as_approximate(concentrated(1), delta=1),
    ],
)
def test_what_is_no_loss(make: object) -> None:
    assert callable(make)
    with pytest.raises(DisclosureRuleInvalid):
        make()


def test_conversions_are_asked_for_by_name() -> None:
    assert pure_as_concentrated(pure("0.2")) == concentrated("0.02")
    assert pure_as_approximate(pure("0.2")) == approximate("0.2", 0)
    assert concentrated_as_approximate(concentrated(0), delta="1e-6") == approximate(0, "1e-6")


@pytest.mark.parametrize("rho", [0.001, 0.1, 0.5, 3.0])
@pytest.mark.parametrize("delta", [1e-9, 1e-6, 0.01])
def test_the_conversion_of_zcdp_never_promises_more_than_opendp(rho: float, delta: float) -> None:
    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="f64")
    gaussian = dp.m.make_gaussian(*space, scale=math.sqrt(1 / (2 * rho)))
    profile: Any = dp.c.make_zCDP_to_approxDP(gaussian)
    tight = profile.map(1.0).epsilon(delta)
    ours = float(concentrated_as_approximate(concentrated(rho), delta=delta).epsilon)
    assert tight <= ours <= 1.5 * tight + 0.1
    assert ours == pytest.approx(rho + 2 * math.sqrt(rho * math.log(1 / delta)))
