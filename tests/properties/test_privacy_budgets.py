"""No order of jobs, datasets, versions and crashes spends more than a budget, or draws what was not paid for.

The oracle adds fractions up: of a person, everything that was ever spent; of a person in a period, day by day.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import disk
from datasets.errors import DisclosureRuleInvalid
from datasets.perturbation_choice import PrivacyBudget, Unit
from datasets.signing import Signer
from datasets.store_layout import StoreLayout
from publishers.privacy_accounts import Entry
from publishers.privacy_budgets import Budgets

Crash = Literal["", "before it is written", "before it is drawn", "before it is kept"]
START = date(2026, 1, 1)


@dataclass(frozen=True)
class Wanted:
    """One run of a job: for whom, for which days, what it counted, what it spends, and where it is killed."""

    dataset: str
    first: int
    days: int
    content: str
    tenths: int
    crash: Crash

    def entry(self) -> Entry:
        return Entry(
            number=0,
            dataset=self.dataset,
            edition=f"{self.first}-{self.days}",
            start=START + timedelta(self.first),
            end=START + timedelta(self.first + self.days - 1),
            # What is drawn depends on the edition and on the loss too.
            content=f"{self.dataset} {self.first} {self.days} {self.tenths} {self.content}",
            rho=self.tenths / 10,
        )


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_before(call: str, *, really: bool) -> Iterator[None]:
    original = getattr(disk, call)

    def kill(*_: Any, **__: Any) -> None:
        raise Killed

    if really:
        setattr(disk, call, kill)
    try:
        yield
    finally:
        setattr(disk, call, original)


def overlap(one: Entry, other: Entry) -> bool:
    assert one.start and one.end and other.start and other.end  # noqa: PT018 (for the type checker)
    days = [{at.start.toordinal() + n for n in range((at.end - at.start).days + 1)} for at in (one, other)]  # type: ignore[operator, union-attr]
    return bool(days[0] & days[1])


def fits(paid: list[Entry], unit: Unit, limit: Fraction) -> bool:
    """Say whether nobody can have lost more: together with each entry, all that may be of the same people."""
    return all(
        sum(Fraction(round((one.rho or 0) * 10), 10) for one in paid if unit == "person" or overlap(one, each)) <= limit
        for each in paid
    )


runs = st.builds(
    Wanted,
    dataset=st.sampled_from(["stays", "visits"]),
    first=st.integers(0, 3),
    days=st.integers(1, 3),
    content=st.sampled_from("ab"),
    tenths=st.integers(1, 4),
    crash=st.sampled_from(["", "", "before it is written", "before it is drawn", "before it is kept"]),
)


@settings(max_examples=60, deadline=None)
@given(runs=st.lists(runs, min_size=1, max_size=12), unit=st.sampled_from(["person", "person_and_period"]))
def test_a_budget_is_never_exceeded_and_nothing_is_drawn_unpaid(runs: list[Wanted], unit: Unit) -> None:
    budget, limit = PrivacyBudget(population="patients", unit=unit, rho=1.0), Fraction(1)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        signer = Signer.generate(root / "key.pem", root / "public-key.pem")
        paid: list[Entry] = []
        last: dict[str, tuple[str, int | None]] = {}
        draws: list[int] = []
        for number, run in enumerate(runs):
            budgets, wanted = Budgets(StoreLayout(root), signer), run.entry()
            allowed = fits([*paid, wanted], unit, limit)
            try:
                with killed_before("replace", really=run.crash == "before it is written"):
                    spent = budgets.spend(budget, wanted)
            except DisclosureRuleInvalid:
                assert not allowed
                content, kept = last.get(f"{run.dataset} {wanted.edition}", ("", None))
                assert content != wanted.content or kept is None
                continue
            except Killed:
                assert allowed
                continue
            edition = f"{run.dataset} {wanted.edition}"
            content, kept = last.get(edition, ("", None))
            if spent.drawn is not None:
                assert (content, [kept]) == (wanted.content, spent.drawn["visits"].tolist())
                continue
            assert allowed
            assert content != wanted.content or kept is None
            paid.append(wanted)
            last[edition] = wanted.content, None
            if run.crash == "before it is drawn":
                continue
            draws.append(number)
            if run.crash == "before it is kept":
                continue
            last[edition] = wanted.content, number
            budgets.keep("patients", spent, {"visits": np.array([number])})
        assert fits(paid, unit, limit)
        assert len(draws) <= len(paid)


def is_possible(paid: list[Entry], wanted: Entry, unit: Unit, limits: tuple[int, int], *, again: bool) -> bool:
    """Say whether a run may go on with a limit, in tenths, after another that readers were promised."""
    promised, limit = limits
    if paid and (limit > promised or not fits(paid, unit, Fraction(limit, 10))):
        return False
    return again or fits([*paid, wanted], unit, Fraction(limit, 10))


@settings(max_examples=60, deadline=None)
@given(
    runs=st.lists(st.tuples(runs, st.integers(4, 14)), min_size=1, max_size=12),
    unit=st.sampled_from(["person", "person_and_period"]),
)
def test_the_limit_is_that_of_the_last_run_that_went_on_and_holds(runs: list[tuple[Wanted, int]], unit: Unit) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        budgets = Budgets(StoreLayout(root), Signer.generate(root / "key.pem", root / "public-key.pem"))
        paid: list[Entry] = []
        last: dict[tuple[str, str], str] = {}
        promised = 0
        for run, limit in runs:
            budget, wanted = PrivacyBudget(population="patients", unit=unit, rho=limit / 10), run.entry()
            again = last.get((wanted.dataset, wanted.edition)) == wanted.content
            allowed = is_possible(paid, wanted, unit, (promised, limit), again=again)
            try:
                budgets.check(budget, wanted)
                spent = budgets.spend(budget, wanted)
            except DisclosureRuleInvalid:
                assert not allowed
                continue
            assert allowed
            assert (spent.drawn is not None) == again
            promised = limit
            if not again:
                paid.append(wanted)
                last[wanted.dataset, wanted.edition] = wanted.content
                budgets.keep("patients", spent, {"visits": np.array([0])})
            (account,) = budgets.accounts()
            assert (account.rho, len(account.entries)) == (promised / 10, len(paid))
            assert fits(paid, unit, Fraction(promised, 10))
