"""The account of each population's privacy: what every release spent of it, sealed, in the ministry's own folder.

It is written before noise is drawn, so that whatever happens afterwards, nothing is drawn that was not paid for. What
was drawn is kept beside it: the same content again is the same numbers, and costs nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from pydantic import ValidationError

from anonymization.relations import Ints
from datasets import disk
from datasets.bounded_files import read_regular
from datasets.errors import Problem, StoreUnavailable, VerificationFailed
from datasets.perturbation_choice import PrivacyBudget
from datasets.release import PublicRelease
from datasets.signing import Signer
from datasets.store_layout import StoreLayout, is_dataset_name
from datasets.verification import taken_out
from datasets.verified_reads import VerifiedReads
from publishers.privacy_accounts import Account, Entry, Told, amount_of, refuse

_RESTORE = "restore the folder private/budgets from its newest backup; what was spent is never taken to be nothing"
_LEDGER = "ledger.json"
_DRAWN = ".drawn"
_MOST_BYTES = 1 << 30
"""The largest file that is read: 134 million noisy counts."""
_DRAWN_NAME = re.compile(r"([1-9][0-9]*)\.drawn", re.ASCII)


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
        """Write a spending down, and return when it is on the disk; content that was drawn for last is given again.

        ``wanted`` is the entry but for its number. Raises DisclosureRuleInvalid where the budget does not allow it, and
        VerificationFailed where the account is missing, damaged, or older than what the store has published.
        """
        if not os.path.lexists(self._folder(budget.population) / _LEDGER):
            # Before a folder is made: the name is still free for one that was renamed.
            self._check_elsewhere(budget.population, ())
        with self._locked(budget.population):
            account, again = self._opened(budget, wanted)
            if again is not None:
                if account.limit != self._account(budget.population).limit:
                    self._write_account(account)  # the release will promise it
                return again
            entry = wanted.model_copy(update={"number": len(account.entries) + 1})
            after = account.with_entry(entry)
            self._write_account(after)
        return Spent(entry, amount_of(after.spent_beside(entry)), None)

    def check(self, budget: PrivacyBudget, wanted: Entry) -> None:
        """Raise what `spend` would, and write nothing."""
        account, again = self._opened(budget, wanted)
        if again is None:
            account.with_entry(wanted.model_copy(update={"number": len(account.entries) + 1}))

    def keep(self, population: str, spent: Spent, drawn: Mapping[str, Ints]) -> None:
        """Keep what was drawn for a spending, before anybody sees it."""
        names, file = sorted(drawn), io.BytesIO()
        for name in names:
            np.lib.format.write_array(file, drawn[name].astype("<i8"), allow_pickle=False)
        first = json.dumps([spent.entry.number, spent.entry.content, names])
        content = first.encode() + b"\n" + file.getvalue()
        self._write(population, f"{spent.entry.number}{_DRAWN}", self._sealed(content))

    def accounts(self) -> list[Account]:
        """Return the accounts of all populations in alphabetical order, with the limits that readers were promised.

        Raises VerificationFailed where a job of one of them would: where one is missing, damaged or out of date, or
        where something was taken out of the store.
        """
        if problems := taken_out(self.layout, self.signer.public_key):
            raise VerificationFailed("Something was taken out of the release store", problems=problems)
        told: dict[str, list[Told]] = {}
        for release in self._releases():
            if one := Told.by(release):
                told.setdefault(one.budget.population, []).append(one)
        found = [self._read(name, told.get(name, [])) for name in sorted({*self._populations(), *told})]
        return [one for one in found if one is not None]

    def content_of(self, description: bytes) -> str:
        """Return the keyed digest by which content is known again, 32 hexadecimal digits."""
        return hashlib.blake2b(description, digest_size=16, key=self._key(), person=b"ytemo content").hexdigest()

    # Reading ----------------------------------------------------------------------------------------------------------

    def _opened(self, budget: PrivacyBudget, wanted: Entry) -> tuple[Account, Spent | None]:
        """Return the account with the limit of a definition, and the last spending for this content if it was drawn.

        Only the last one of an edition is given again. Of an older one, or of another edition with the same counts, the
        same noise would tell readers that the counts are the same.
        """
        published = self._published(budget, wanted.dataset)
        account = (self._read(budget.population, published) or Account.opened(budget)).at_most(budget)
        own = [one for one in account.entries if (one.dataset, one.edition) == (wanted.dataset, wanted.edition)]
        if own and own[-1].content == wanted.content:
            entry, drawn = own[-1], self._drawn(budget.population, own[-1])
            return account, None if drawn is None else Spent(entry, amount_of(account.spent_until(entry)), drawn)
        return account, None

    def _populations(self) -> list[str]:
        """Return what may be folders of populations; a copy such as `inpatients.bak` is in nobody's way."""
        root = self.layout.budgets
        _check_folder(root)
        return [name for name in _names(root) if is_dataset_name(name)]

    def _read(self, population: str, published: Sequence[Told]) -> Account | None:
        """Return an account, with the limit that these releases of it promised; None where nothing was ever spent."""
        path = self._folder(population) / _LEDGER
        for folder in (self.layout.budgets, self._folder(population)):
            _check_folder(folder)
        if not os.path.lexists(path):
            if published or self._numbers_drawn(population):
                _damaged(path, "is missing, and something was published or drawn for")
            self._check_elsewhere(population, ())
            return None
        account = self._account(population)
        self._check_elsewhere(population, account.entries)
        for told in published:
            if rule := account.contradiction(told):
                _damaged(path, rule)
        return account.as_promised(told.budget for told in published)

    def _account(self, population: str) -> Account:
        path = self._folder(population) / _LEDGER
        try:
            account = Account.model_validate_json(self._unsealed(path))
        except ValidationError:
            _damaged(path, "is not an account that this version can read")
        numbers = [one.number for one in account.entries]
        if account.population != population:
            rule = f"is the account of {account.population}, and not of {population}"
            _damaged(path, rule, _of_another_name(self._folder(population), account.population))
        if numbers != list(range(1, len(numbers) + 1)):
            _damaged(path, f"is not the account of {population}")
        drawn = max(self._numbers_drawn(population), default=0)
        if drawn > len(numbers):
            _damaged(path, f"is too old: it has {len(numbers)} spendings, and number {drawn} was drawn for")
        return account

    def _check_elsewhere(self, population: str, entries: Sequence[Entry]) -> None:
        """Raise VerificationFailed where a folder of another name holds an account of these people that has more.

        Whoever renames the folder of an account would otherwise have a new one, of which nothing is spent. A copy that
        is no newer is in nobody's way, and neither is what cannot be read.
        """
        for name in _names(self.layout.budgets):
            folder = self.layout.budgets / name
            if name == population or not os.path.lexists(folder / _LEDGER):
                continue
            try:
                other = Account.model_validate_json(self._unsealed(folder / _LEDGER))
            except (ValidationError, VerificationFailed):
                continue
            if other.population == population and other.entries != tuple(entries[: len(other.entries)]):
                rule = f"has spendings of {population} that {self._folder(population) / _LEDGER} lacks"
                # Not to be moved away: that would hide them.
                _damaged(folder / _LEDGER, rule, f"{_name_back(population)}; otherwise, {_RESTORE}")

    def _published(self, budget: PrivacyBudget, dataset: str) -> list[Told]:
        """Return what every release tells that spent of this population, withdrawn or not.

        Raises DisclosureRuleInvalid where the dataset has spent of another one: its people would have two budgets; and,
        where a person over all periods is promised privacy, for every edition that was published without noise.
        """
        found = []
        for release in self._releases():
            told = Told.by(release)
            if told is not None and told.budget.population == budget.population:
                found.append(told)
            elif release.dataset == dataset:
                _check_alone(release, told, budget)
        return found

    def _releases(self) -> Iterator[PublicRelease]:
        """Yield every release of the store, withdrawn or under embargo or not."""
        reads = VerifiedReads(self.layout, self.signer.public_key)
        for name in reads.dataset_names():
            # A withdrawal without its release is read too, and refused: what was withdrawn has spent all the same.
            for edition, version in sorted({(file.edition, file.version) for file in reads.release_files(name)}):
                yield reads.release(name, edition, version)

    def _numbers_drawn(self, population: str) -> list[int]:
        names = _names(self._folder(population))
        return [int(found[1]) for name in names if (found := _DRAWN_NAME.fullmatch(name))]

    def _drawn(self, population: str, entry: Entry) -> Mapping[str, Ints] | None:
        path = self._folder(population) / f"{entry.number}{_DRAWN}"
        if not os.path.lexists(path):
            return None
        first, _, rest = self._unsealed(path).partition(b"\n")
        number, content, names = json.loads(first)
        if (number, content) != (entry.number, entry.content):
            _damaged(path, "is what was drawn for something else")
        file = io.BytesIO(rest)
        return {name: np.lib.format.read_array(file, allow_pickle=False).astype(np.int64) for name in names}

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
            found = read_regular(path, _MOST_BYTES)
        except OSError as error:
            _damaged(path, f"cannot be read: {error.strerror}")
        if found is None:
            _damaged(path, "cannot be read: it is a folder, a pipe or a device")
        seal, _, content = found.partition(b"\n")
        if not hmac.compare_digest(seal, self._seal(content)):
            _damaged(path, "is not what was written with this signing key")
        return content

    def _write_account(self, account: Account) -> None:
        self._write(account.population, _LEDGER, self._sealed(account.model_dump_json(indent=1).encode()))

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


def _check_alone(release: PublicRelease, told: Told | None, budget: PrivacyBudget) -> None:
    """Raise DisclosureRuleInvalid where an earlier release of the dataset spent of other people, or was not private."""
    name = f"{release.dataset} {release.name}"
    if told is not None:
        other = told.budget.population
        rule = f"spent of the population {other}, and this would of {budget.population}"
        refuse(name, rule, f"write population: {other}")
    if release.description.disclosure is not None and budget.unit == "person":
        method = release.description.disclosure.rules.method
        rule = f"was published with method {method}, and its people are promised privacy in all periods"
        refuse(name, rule, "write unit: person_and_period, or publish under another dataset of other people")


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names, not paths
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        _damaged(folder, f"cannot be read: {error.strerror}")


def _check_folder(folder: Path) -> None:
    """Raise VerificationFailed where a file or a dangling link is in the place of a folder."""
    if os.path.lexists(folder) and not folder.is_dir():
        _damaged(folder, "is not a folder")


def _damaged(path: Path, rule: str, remedy: str = _RESTORE) -> NoReturn:
    raise VerificationFailed(
        "What was spent of a privacy budget is not known", problems=[Problem(str(path), rule, remedy)]
    )


def _of_another_name(folder: Path, population: str) -> str:
    """Return what to do about the account of a population in a folder that does not have its name."""
    copy = f"if it is a copy that is not needed, move {folder} to another place than private/budgets"
    return f"{_name_back(population)}; {copy}; otherwise, {_RESTORE}"


def _name_back(population: str) -> str:
    return f"if the folder was renamed, give it its name back: {population}"


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        rule = f"cannot be written: {error.strerror}"
        remedy = "make room, or allow the job to write there; what was spent before stays spent"
        if isinstance(error, FileExistsError | NotADirectoryError):
            rule, remedy = "must be a folder, and a file or a link stands there", f"move it away, and {_RESTORE}"
        problem = Problem(str(folder), rule, remedy)
        raise StoreUnavailable("A privacy budget cannot be kept", problems=[problem]) from None
