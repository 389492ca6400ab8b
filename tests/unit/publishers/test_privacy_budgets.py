"""Accounts of budgets: what is spent stays spent, and what is not known is never taken to be nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datasets.perturbation_choice import PrivacyBudget
from datasets.signing import Signer
from publishers.privacy_budgets import Budgets
from tests.support.privacy_budgets import DRAWN, ONE, budgets_at, days, entry, folder, refused, same, unknown


@pytest.fixture
def budgets(tmp_path: Path) -> Budgets:
    return budgets_at(tmp_path)


# Spending -------------------------------------------------------------------------------------------------------------


def test_every_spending_is_added_and_what_would_be_too_much_is_refused_with_what_remains(budgets: Budgets) -> None:
    spent = [budgets.spend(ONE, entry(content)) for content in "ab"]
    assert [(one.entry.number, one.total, one.drawn) for one in spent] == [(1, 0.4, None), (2, 0.8, None)]
    assert refused(lambda: budgets.spend(ONE, entry("c"))) == (
        "the budget of patients: would spend rho 0.4: rho 0.8 of rho 1.0 are spent, and rho 0.2 remain."
        " spend less, which means more noise, or publish nothing more of these people"
    )
    assert budgets.spend(ONE, entry("c", 0.2)).total == 1
    assert "rho 0.0 remain" in refused(lambda: budgets.spend(ONE, entry("d", 1e-6)))


def test_ten_tenths_are_one(budgets: Budgets) -> None:
    totals = [budgets.spend(ONE, entry(str(number), 0.1)).total for number in range(10)]
    assert totals == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]


def test_other_datasets_and_editions_of_the_population_spend_from_the_same(budgets: Budgets) -> None:
    budgets.spend(ONE, entry(dataset="stays", edition="2025", **days("2025-01-01", "2025-12-31")))
    budgets.spend(ONE, entry(dataset="visits", edition="2026", **days("2026-01-01", "2026-12-31")))
    years = days("2020-01-01", "2020-12-31")
    assert "rho 0.2 remain" in refused(lambda: budgets.spend(ONE, entry("c", dataset="births", **years)))
    other = PrivacyBudget(population="staff-of-clinics", rho=1)
    assert budgets.spend(other, entry("c", dataset="births")).total == 0.4


def test_where_a_person_in_a_period_is_promised_only_periods_that_overlap_add_up(budgets: Budgets) -> None:
    own = PrivacyBudget(population="patients", rho=1, unit="person_and_period")
    year, next_year = days("2026-01-01", "2026-12-31"), days("2027-01-01", "2027-12-31")
    for content, period in (("a", year), ("b", next_year), ("c", year), ("d", next_year)):
        assert budgets.spend(own, entry(content, **period)).total == (0.4 if content in "ab" else 0.8)
    assert "rho 0.2 remain" in refused(lambda: budgets.spend(own, entry("e", **year)))
    # A day of both years is in all five, although each of the two has room for it by itself.
    both = days("2026-12-31", "2027-01-01")
    assert "rho 1.6 of rho 1.0 are spent, and rho 0 remain" in refused(
        lambda: budgets.spend(own, entry("e", 0.1, **both))
    )
    # Without days, it is of any.
    assert "remain" in refused(lambda: budgets.spend(own, entry("e", 0.3)))


def test_a_long_period_counts_with_all_that_lie_in_it_whichever_comes_first(budgets: Budgets) -> None:
    own = PrivacyBudget(population="patients", rho=1, unit="person_and_period")
    budgets.spend(own, entry("quarter", **days("2026-01-01", "2026-03-31")))
    budgets.spend(own, entry("january", **days("2026-01-01", "2026-01-31")))
    february = days("2026-02-01", "2026-02-28")
    # The quarter holds all three, January and February do not meet.
    assert "rho 0.8 of rho 1.0 are spent" in refused(lambda: budgets.spend(own, entry("february", **february)))
    assert budgets.spend(own, entry("february", 0.2, **february)).total == 0.6


# The limit ------------------------------------------------------------------------------------------------------------


def test_the_limit_can_be_lowered_and_never_raised(budgets: Budgets) -> None:
    budgets.spend(ONE, entry())
    budgets.spend(ONE.model_copy(update={"rho": 0.9}), entry("b", 0.1))
    assert "was promised to be rho 0.9, and this is rho 1.0: it cannot be raised. write rho 0.9 or less" in refused(
        lambda: budgets.spend(ONE, entry("c", 0.1))
    )
    low = ONE.model_copy(update={"rho": 0.3})
    assert refused(lambda: budgets.spend(low, entry("c", 0.1))) == (
        "disclosure.budget of patients: is rho 0.3, and rho 0.5 are spent. write rho 0.5 or more, up to rho 0.9"
    )
    assert budgets.spend(ONE.model_copy(update={"rho": 0.6}), entry("c", 0.1)).total == 0.6


def test_a_limit_is_lowered_also_where_what_was_drawn_is_given_again(budgets: Budgets) -> None:
    budgets.keep("patients", budgets.spend(ONE, entry()), DRAWN)
    low, lower = (ONE.model_copy(update={"rho": rho}) for rho in (0.5, 0.3))
    assert same(budgets.spend(low, entry()).drawn, DRAWN)
    (account,) = budgets.accounts()
    assert (account.rho, len(account.entries)) == (0.5, 1)
    for call in (budgets.spend, budgets.check):
        assert "was promised to be rho 0.5" in refused(lambda call=call: call(ONE, entry("b")))  # type: ignore[misc]
        assert "is rho 0.3, and rho 0.4 are spent" in refused(lambda call=call: call(lower, entry()))  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"unit": "person_and_period"}, "was kept for unit person, and this is person_and_period. write unit: person"),
        ({"rho": None, "epsilon": 5.0}, "is rho 1.0, and this is epsilon 5.0. spend of the kind"),
    ],
)
def test_a_budget_keeps_its_unit_and_kind(budgets: Budgets, changes: dict[str, Any], says: str) -> None:
    budgets.spend(ONE, entry())
    other = ONE.model_copy(update=changes)
    wanted = entry("b", None, epsilon=0.1) if "epsilon" in changes else entry("b")
    assert says in refused(lambda: budgets.spend(other, wanted))


def test_epsilon_is_added_up_alike(budgets: Budgets) -> None:
    own = PrivacyBudget(population="patients", epsilon=0.5)
    assert budgets.spend(own, entry("a", None, epsilon=0.3)).total == 0.3
    more = PrivacyBudget(population="patients", epsilon=0.6)
    assert "cannot be raised" in refused(lambda: budgets.spend(more, entry("b", None, epsilon=0.1)))
    assert "epsilon 0.3 of epsilon 0.5 are spent, and epsilon 0.2 remain" in refused(
        lambda: budgets.spend(own, entry("b", None, epsilon=0.3))
    )


# What was drawn -------------------------------------------------------------------------------------------------------


def test_content_that_was_drawn_for_is_given_again_and_costs_nothing(budgets: Budgets) -> None:
    first = budgets.spend(ONE, entry("a"))
    budgets.keep("patients", first, DRAWN)
    budgets.spend(ONE, entry("b", edition="2025"))
    (folder(budgets) / "7 (copy).drawn").write_bytes(b"what somebody put there")
    again = budgets.spend(ONE, entry("a"))
    assert (again.entry, again.total) == (first.entry, first.total)
    assert same(again.drawn, DRAWN)
    # Also where nothing more could be spent.
    budgets.spend(ONE, entry("c", 0.2, dataset="visits"))
    assert same(budgets.spend(ONE, entry("a")).drawn, DRAWN)


@pytest.mark.parametrize("other", [{"edition": "2025"}, {"dataset": "visits"}])
def test_the_same_counts_elsewhere_are_drawn_for_anew(budgets: Budgets, other: dict[str, str]) -> None:
    """The same noise would tell readers that they are the same."""
    budgets.keep("patients", budgets.spend(ONE, entry("a")), DRAWN)
    found = budgets.spend(ONE, entry("a", **other))  # type: ignore[arg-type]
    assert (found.entry.number, found.drawn) == (2, None)


def test_what_was_counted_before_is_drawn_for_anew_after_something_else(budgets: Budgets) -> None:
    for number, content in enumerate("aba", 1):
        spent = budgets.spend(ONE, entry(content, 0.1))
        assert (spent.entry.number, spent.drawn) == (number, None)
        budgets.keep("patients", spent, DRAWN)
    assert same(budgets.spend(ONE, entry("a", 0.1)).drawn, DRAWN)


def test_content_that_was_paid_for_and_not_kept_is_paid_for_again(budgets: Budgets) -> None:
    assert [budgets.spend(ONE, entry("a")).entry.number for _ in range(2)] == [1, 2]
    assert "rho 0.2 remain" in refused(lambda: budgets.spend(ONE, entry("a")))


def test_looking_spends_nothing_and_tells_the_same(budgets: Budgets) -> None:
    budgets.check(ONE, entry())
    assert not budgets.layout.budgets.exists()
    budgets.keep("patients", budgets.spend(ONE, entry()), DRAWN)
    budgets.check(ONE, entry("b"))
    assert "rho 0.6 remain" in refused(lambda: budgets.check(ONE, entry("b", 0.7)))
    budgets.check(ONE, entry("a"))
    assert budgets.spend(ONE, entry("b")).entry.number == 2


def test_only_the_ministry_can_read_what_is_kept(budgets: Budgets) -> None:
    budgets.keep("patients", budgets.spend(ONE, entry()), DRAWN)
    for path in (budgets.layout.budgets, folder(budgets), *folder(budgets).iterdir()):
        assert path.stat().st_mode & 0o077 == 0
    assert {path.name for path in folder(budgets).iterdir()} == {"ledger.json", "1.drawn", "lock"}


def test_content_is_known_again_by_whoever_has_the_key_alone(budgets: Budgets, tmp_path: Path) -> None:
    other = Budgets(budgets.layout, Signer.generate(tmp_path / "o.pem", tmp_path / "o.public.pem"))
    names = [one.content_of(text) for one in (budgets, other) for text in (b"a", b"b")]
    assert len(set(names)) == 4
    assert budgets.content_of(b"a") == names[0]


def test_accounts_are_told_with_the_most_that_anybody_has_lost(budgets: Budgets) -> None:
    assert budgets.accounts() == []
    own = PrivacyBudget(population="clinics", rho=2, unit="person_and_period")
    for year in ("2025", "2026"):
        budgets.spend(own, entry(year, 0.4, **days(f"{year}-01-01", f"{year}-12-31")))
    budgets.spend(own, entry("again", 0.3, **days("2026-05-01", "2026-05-31")))
    for content in "ab":
        budgets.spend(ONE, entry(content))
    (budgets.layout.budgets / "empty").mkdir()
    found = [(one.population, str(one.spent), len(one.entries)) for one in budgets.accounts()]
    assert found == [("clinics", "rho 0.7", 3), ("patients", "rho 0.8", 2)]
    (folder(budgets) / "ledger.json").write_bytes(b"")
    assert unknown(budgets.accounts) == "is not what was written with this signing key"
