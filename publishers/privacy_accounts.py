"""What releases spent of a population's privacy, and the most that they may: values, and the rules that they keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, NoReturn

from anonymization.perturbation.budget import Loss, composed, loss_of
from datasets.errors import DisclosureRuleInvalid, Problem
from datasets.perturbation_choice import PerturbationRules, PrivacyBudget, Unit
from datasets.release import PublicRelease
from datasets.text import Model


class Entry(Model):
    """One spending: of which edition, for which content, and how much."""

    number: int
    dataset: str
    edition: str
    start: date | None
    end: date | None
    content: str
    """A keyed digest of what was counted and how noise is drawn: it tells the same content again, and nothing else."""
    epsilon: float | None = None
    rho: float | None = None

    @property
    def loss(self) -> Loss:
        return loss_of(self.epsilon, self.rho)

    def meets(self, other: Entry) -> bool:
        """Say whether both may be of the same days; without days, of any."""
        if not (self.start and self.end and other.start and other.end):
            return True
        return self.start <= other.end and other.start <= self.end


@dataclass(frozen=True)
class Told:
    """What a signed release tells of its spending."""

    release: PublicRelease
    made: PerturbationRules
    budget: PrivacyBudget

    @classmethod
    def by(cls, release: PublicRelease) -> Told | None:
        """Return what a release tells; None where it spent nothing."""
        rules = release.description.disclosure.rules if release.description.disclosure else None
        made = rules.perturbation if rules else None
        return cls(release, made, made.budget) if made and made.budget else None

    @property
    def name(self) -> str:
        return f"{self.release.dataset} {self.release.name}"


class Account(Model):
    """Everything that was spent of one population, and the most that may be."""

    format: Literal["ytemo-privacy-budget/1"] = "ytemo-privacy-budget/1"
    population: str
    unit: Unit
    epsilon: float | None = None
    rho: float | None = None
    entries: tuple[Entry, ...] = ()

    @property
    def limit(self) -> Loss:
        return loss_of(self.epsilon, self.rho)

    @classmethod
    def opened(cls, budget: PrivacyBudget) -> Account:
        """Return the account of a population of which nothing was spent yet."""
        return cls(population=budget.population, unit=budget.unit, epsilon=budget.epsilon, rho=budget.rho)

    def at_most(self, budget: PrivacyBudget) -> Account:
        """Return the account with the limit of a definition; raise DisclosureRuleInvalid where it may not be that.

        It may be neither more than what readers were promised, nor less than what is spent.
        """
        limit, own = loss_of(budget.epsilon, budget.rho), self.limit
        place = f"disclosure.budget of {self.population}"
        if budget.unit != self.unit:
            refuse(place, f"was kept for unit {self.unit}, and this is {budget.unit}", f"write unit: {self.unit}")
        if limit.accountant != own.accountant:
            refuse(place, f"is {own}, and this is {limit}", "spend of the kind that earlier releases spent")
        if exceeds(limit, own):
            refuse(place, f"was promised to be {own}, and this is {limit}: it cannot be raised", f"write {own} or less")
        if exceeds(self.spent, limit):
            refuse(place, f"is {limit}, and {self.spent} are spent", f"write {self.spent} or more, up to {own}")
        return self.model_copy(update={"epsilon": budget.epsilon, "rho": budget.rho})

    def as_promised(self, told: Iterable[PrivacyBudget]) -> Account:
        """Return the account with the smallest limit that signed releases tell, where that is less than its own."""
        least = min((loss_of(one.epsilon, one.rho) for one in told), key=amount_of, default=self.limit)
        if not exceeds(self.limit, least):
            return self
        pure = least.accountant == "pure"
        return self.model_copy(update={"epsilon" if pure else "rho": amount_of(least)})

    def description(self) -> str:
        """Return what staff are shown: how much is spent and remains, and by which editions."""
        spent = self.spent
        first = (
            f"{self.population}: {spent} of {self.limit} spent for each {self.unit}, {_rest(self.limit, spent)} remains"
        )
        return "\n".join([first, *(f"  {one.number}. {one.dataset} {one.edition}: {one.loss}" for one in self.entries)])

    def contradiction(self, told: Told) -> str:
        """Return how a signed release tells otherwise of what it spent, of whom; empty where both tell the same."""
        release, made = told.release, told.made
        entry = next((one for one in self.entries if one.number == made.entry), None)
        if entry is None or (entry.dataset, entry.edition) != (release.dataset, release.edition):
            return f"is too old: it lacks what {told.name} spent"
        if (entry.epsilon, entry.rho) != (made.epsilon, made.rho):
            return f"says that {told.name} spent {entry.loss}, which is not what that release tells"
        if amount_of(self.spent_until(entry)) != made.spent:
            return f"says that {self.spent_until(entry)} were spent with {told.name}, which is not what it tells"
        kind = loss_of(told.budget.epsilon, told.budget.rho).accountant
        if (self.unit, self.limit.accountant) != (told.budget.unit, kind):
            return f"is kept for each {self.unit} with {self.limit}, and {told.name} promises something else"
        return ""

    def spent_until(self, entry: Entry) -> Loss:
        """Return what had been spent beside an entry when it was written, itself included."""
        return self.model_copy(update={"entries": self.entries[: entry.number]}).spent_beside(entry)

    def spent_beside(self, entry: Entry) -> Loss:
        """Return what was spent with an entry, itself included, by those that are of the same people."""
        total = Loss(self.limit.accountant)
        for one in self.entries:
            if self.unit == "person" or one.meets(entry):
                total = composed(total, one.loss)
        return total

    @property
    def spent(self) -> Loss:
        """The most that anybody has lost: everything, or of one period and all that overlap it."""
        totals = [self.spent_beside(one) for one in self.entries] or [Loss(self.limit.accountant)]
        return max(totals, key=amount_of)

    def with_entry(self, entry: Entry) -> Account:
        """Return the account after a spending; raise DisclosureRuleInvalid where it would spend more than the limit."""
        after = self.model_copy(update={"entries": (*self.entries, entry)})
        for one in after.entries:
            total = after.spent_beside(one)
            if exceeds(total, self.limit):
                before = self.spent_beside(one)
                left = _rest(self.limit, before)
                rule = f"would spend {entry.loss}: {before} of {self.limit} are spent, and {left} remain"
                remedy = "spend less, which means more noise, or publish nothing more of these people"
                refuse(f"the budget of {self.population}", rule, remedy)
        return after


def exceeds(loss: Loss, limit: Loss) -> bool:
    """Say whether a loss is more than a limit of the same kind."""
    return loss.epsilon > limit.epsilon or loss.rho > limit.rho


def amount_of(loss: Loss) -> float:
    """Return the epsilon or rho of a loss."""
    return float(loss.epsilon or loss.rho)


def _rest(limit: Loss, spent: Loss) -> str:
    if limit.accountant == "concentrated":
        return f"rho {max(limit.rho - spent.rho, 0)}"
    return f"epsilon {max(limit.epsilon - spent.epsilon, 0)}"


def refuse(place: str, rule: str, remedy: str) -> NoReturn:
    """Raise DisclosureRuleInvalid: the budget does not allow it."""
    problem = Problem(place, rule, remedy)
    raise DisclosureRuleInvalid("The privacy budget does not allow it", problems=[problem])
