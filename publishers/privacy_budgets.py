"""The account of each population's privacy: what every release spent of it, sealed, in the ministry's own folder.

It is written before noise is drawn, so that whatever happens afterwards, nothing is drawn that was not paid for. What
was drawn is kept beside it: the same content again is the same numbers, and costs nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, NoReturn

import numpy as np
from pydantic import ValidationError

from anonymization.perturbation.budget import Loss, composed, loss_of
from anonymization.relations import Ints
from datasets import disk
from datasets.errors import DisclosureRuleInvalid, Problem, StoreUnavailable, VerificationFailed
from datasets.perturbation_choice import PrivacyBudget, Unit
from datasets.signing import Signer
from datasets.store_layout import StoreLayout
from datasets.text import Model
from datasets.verified_reads import VerifiedReads

_RESTORE = "restore the folder private/budgets from its newest backup; what was spent is never taken to be nothing"
_LEDGER = "ledger.json"
_DRAWN = ".drawn"


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
        """Return the account with the limit of a definition; raise DisclosureRuleInvalid where it may not be that."""
        limit, own = loss_of(budget.epsilon, budget.rho), self.limit
        place = f"disclosure.budget of {self.population}"
        if budget.unit != self.unit:
            _refuse(place, f"was kept for unit {self.unit}, and this is {budget.unit}", f"write unit: {self.unit}")
        if limit.accountant != own.accountant:
            _refuse(place, f"is {own}, and this is {limit}", "spend of the kind that earlier releases spent")
        if limit.epsilon > own.epsilon or limit.rho > own.rho:
            _refuse(
                place, f"was promised to be {own}, and this is {limit}: it cannot be raised", f"write {own} or less"
            )
        return self.model_copy(update={"epsilon": budget.epsilon, "rho": budget.rho})

    def spent_beside(self, entry: Entry) -> Loss:
        """Return what was spent with an entry, itself included, by those that are of the same people."""
        total = Loss(self.limit.accountant)
        for one in self.entries:
            if self.unit == "person" or one.meets(entry):
                total = composed(total, one.loss)
        return total

    def with_entry(self, entry: Entry) -> Account:
        """Return the account after a spending; raise DisclosureRuleInvalid where it would spend more than the limit."""
        after = self.model_copy(update={"entries": (*self.entries, entry)})
        for one in after.entries:
            total = after.spent_beside(one)
            if total.epsilon > self.limit.epsilon or total.rho > self.limit.rho:
                before = self.spent_beside(one)
                left = _rest(self.limit, before)
                rule = f"would spend {entry.loss}: {before} of {self.limit} are spent, and {left} remain"
                remedy = "spend less, which means more noise, or publish nothing more of these people"
                _refuse(f"the budget of {self.population}", rule, remedy)
        return after


@dataclass(frozen=True)
class Spent:
    """A spending that is on the disk, and what was drawn for it; None where it is still to be drawn."""

    entry: Entry
    total: float
    drawn: Mapping[str, Ints] | None


@dataclass(frozen=True)
class Budgets:
    """The accounts of all populations of a store."""

    layout: StoreLayout
    signer: Signer

    def spend(self, budget: PrivacyBudget, wanted: Entry) -> Spent:
        """Write a spending down, and return when it is on the disk; of content that was drawn for, return that.

        ``wanted`` is the entry but for its number. Raises DisclosureRuleInvalid where the budget does not allow it, and
        VerificationFailed where the account is missing, damaged, or older than what the store has published.
        """
        with self._locked(budget.population):
            account, again = self._opened(budget, wanted)
            if again is not None:
                return again
            entry = wanted.model_copy(update={"number": len(account.entries) + 1})
            after = account.with_entry(entry)
            self._write(budget.population, _LEDGER, self._sealed(after.model_dump_json(indent=1).encode()))
        return Spent(entry, _amount(after.spent_beside(entry)), None)

    def check(self, budget: PrivacyBudget, wanted: Entry) -> None:
        """Raise what `spend` would, and write nothing."""
        account, again = self._opened(budget, wanted)
        if again is None:
            account.with_entry(wanted.model_copy(update={"number": len(account.entries) + 1}))

    def keep(self, population: str, spent: Spent, drawn: Mapping[str, Ints]) -> None:
        """Keep what was drawn for a spending, before anybody sees it."""
        file = io.BytesIO()
        np.savez(file, allow_pickle=False, **{name: one.astype("<i8") for name, one in drawn.items()})
        content = f"{spent.entry.number} {spent.entry.content}\n".encode() + file.getvalue()
        self._write(population, f"{spent.entry.number}{_DRAWN}", self._sealed(content))

    def content_of(self, description: bytes) -> str:
        """Return the keyed digest by which content is known again, 32 hexadecimal digits."""
        return hashlib.blake2b(description, digest_size=16, key=self._key(), person=b"ytemo content").hexdigest()

    # Reading ----------------------------------------------------------------------------------------------------------

    def _opened(self, budget: PrivacyBudget, wanted: Entry) -> tuple[Account, Spent | None]:
        """Return the account with the limit of a definition, and the last spending for this content if it was drawn."""
        account = self._read(budget, wanted.dataset).at_most(budget)
        for entry in reversed(account.entries):
            if entry.content == wanted.content and (drawn := self._drawn(budget.population, entry)) is not None:
                until = account.model_copy(update={"entries": account.entries[: entry.number]})
                return account, Spent(entry, _amount(until.spent_beside(entry)), drawn)
        return account, None

    def _read(self, budget: PrivacyBudget, dataset: str) -> Account:
        path = self._folder(budget.population) / _LEDGER
        published = self._published(budget, dataset)
        if not os.path.lexists(path):
            if published or self._numbers_drawn(budget.population):
                _damaged(path, "is missing, and something was published or drawn for")
            return Account.opened(budget)
        try:
            account = Account.model_validate_json(self._unsealed(path))
        except ValidationError:
            _damaged(path, "is not an account that this version can read")
        numbers = [one.number for one in account.entries]
        if account.population != budget.population or numbers != list(range(1, len(numbers) + 1)):
            _damaged(path, f"is not the account of {budget.population}")
        drawn = max(self._numbers_drawn(budget.population), default=0)
        if drawn > len(numbers):
            _damaged(path, f"is too old: it has {len(numbers)} spendings, and number {drawn} was drawn for")
        for name, number in published:
            own = [f"{one.dataset} {one.edition}" for one in account.entries if one.number == number]
            if own != [name.rpartition(".")[0]]:
                _damaged(path, f"is too old: it lacks what {name} spent")
        return account

    def _published(self, budget: PrivacyBudget, dataset: str) -> list[tuple[str, int]]:
        """Return every release that spent of this population, withdrawn or not, with the number of its spending.

        Raises DisclosureRuleInvalid where the dataset has spent of another one: its people would have two budgets.
        """
        reads, found = VerifiedReads(self.layout, self.signer.public_key), []
        for name in reads.dataset_names():
            for file in reads.release_files(name):
                disclosure = (
                    None if file.withdrawn else reads.release(name, file.edition, file.version).description.disclosure
                )
                made = None if disclosure is None else disclosure.rules.perturbation
                if made is None or made.budget is None:
                    continue
                release = f"{name} {file.edition}.{file.version}"
                if made.budget.population == budget.population:
                    found.append((release, made.entry or 0))
                elif name == dataset:
                    rule = f"spent of the population {made.budget.population}, and this would of {budget.population}"
                    _refuse(release, rule, f"write population: {made.budget.population}")
        return found

    def _numbers_drawn(self, population: str) -> list[int]:
        folder = self._folder(population)
        names = os.listdir(folder) if folder.is_dir() else []  # noqa: PTH208 - names, not paths
        return [int(name.removesuffix(_DRAWN)) for name in names if name.endswith(_DRAWN) and name[0].isdigit()]

    def _drawn(self, population: str, entry: Entry) -> Mapping[str, Ints] | None:
        path = self._folder(population) / f"{entry.number}{_DRAWN}"
        if not os.path.lexists(path):
            return None
        first, _, rest = self._unsealed(path).partition(b"\n")
        if first != f"{entry.number} {entry.content}".encode():
            _damaged(path, "is what was drawn for something else")
        with np.load(io.BytesIO(rest), allow_pickle=False) as arrays:
            return {name: arrays[name].astype(np.int64) for name in arrays.files}

    # Files ------------------------------------------------------------------------------------------------------------

    def _folder(self, population: str) -> Path:
        return self.layout.budgets / population

    def _key(self) -> bytes:
        return hashlib.sha256(self.signer.sign(b"ytemo: budgets of privacy")).digest()

    def _seal(self, content: bytes) -> bytes:
        return hashlib.blake2b(content, digest_size=16, key=self._key(), person=b"ytemo budgets").hexdigest().encode()

    def _sealed(self, content: bytes) -> bytes:
        return self._seal(content) + b"\n" + content

    def _unsealed(self, path: Path) -> bytes:
        try:
            seal, _, content = path.read_bytes().partition(b"\n")
        except OSError as error:
            _damaged(path, f"cannot be read: {error.strerror}")
        if not hmac.compare_digest(seal, self._seal(content)):
            _damaged(path, "is not what was written with this signing key")
        return content

    def _write(self, population: str, name: str, content: bytes) -> None:
        """Put a file in its place, whole or not at all; it is on the disk when this returns."""
        folder = self._folder(population)
        part = folder / f".{name}.part"
        with _disk_errors(folder):
            disk.unlink(part)
            disk.write_new(part, content, mode=0o600)
            disk.replace(part, folder / name)
            disk.sync_folder(folder)

    @contextmanager
    def _locked(self, population: str) -> Iterator[None]:
        """Let one job at a time read and write an account: datasets of one population may be published at once."""
        folder = self._folder(population)
        with _disk_errors(folder):
            for one in (self.layout.budgets, folder):
                disk.make_folders(one, mode=0o700)
            descriptor = disk.wait_for_lock(folder / "lock")
        try:
            yield
        finally:
            os.close(descriptor)


def _amount(loss: Loss) -> float:
    return float(loss.epsilon or loss.rho)


def _rest(limit: Loss, spent: Loss) -> str:
    if limit.accountant == "concentrated":
        return f"rho {max(limit.rho - spent.rho, 0)}"
    return f"epsilon {max(limit.epsilon - spent.epsilon, 0)}"


def _refuse(place: str, rule: str, remedy: str) -> NoReturn:
    problem = Problem(place, rule, remedy)
    raise DisclosureRuleInvalid("The privacy budget does not allow it", problems=[problem])


def _damaged(path: Path, rule: str) -> NoReturn:
    raise VerificationFailed(
        "What was spent of a privacy budget is not known", problems=[Problem(str(path), rule, _RESTORE)]
    )


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        rule = f"cannot be written: {error.strerror}"
        problem = Problem(str(folder), rule, "make room, or allow the job to write there; nothing was drawn")
        raise StoreUnavailable("A privacy budget cannot be kept", problems=[problem]) from None
