"""Accounts of budgets that are gone, old, damaged or in a wrong place: never taken for empty, and told."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from datasets import disk
from datasets.errors import StoreUnavailable, VerificationFailed
from datasets.perturbation_choice import PrivacyBudget
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from publishers.privacy_accounts import Account
from publishers.privacy_budgets import Budgets, Spent
from tests.support.privacy_budgets import DRAWN, ONE, budgets_at, entry, folder, same, unknown
from tests.support.tiny_releases import add_tiny, tiny_package


@pytest.fixture
def budgets(tmp_path: Path) -> Budgets:
    return budgets_at(tmp_path)


def spent_twice(budgets: Budgets) -> Spent:
    budgets.keep("patients", budgets.spend(ONE, entry("a", 0.1)), DRAWN)
    spent = budgets.spend(ONE, entry("b", 0.1))
    budgets.keep("patients", spent, DRAWN)
    return spent


def test_an_account_that_is_gone_is_not_empty(budgets: Budgets) -> None:
    spent_twice(budgets)
    (folder(budgets) / "ledger.json").unlink()
    for look in (lambda: budgets.spend(ONE, entry("c")), budgets.accounts):
        assert unknown(look) == "is missing, and something was published or drawn for"


def test_an_account_from_an_old_backup_is_not_taken(budgets: Budgets) -> None:
    budgets.spend(ONE, entry("a", 0.1))
    old = (folder(budgets) / "ledger.json").read_bytes()
    budgets.keep("patients", budgets.spend(ONE, entry("b", 0.1)), DRAWN)
    (folder(budgets) / "ledger.json").write_bytes(old)
    assert (
        unknown(lambda: budgets.spend(ONE, entry("c"))) == "is too old: it has 1 spendings, and number 2 was drawn for"
    )


@pytest.mark.parametrize("name", ["ledger.json", "2.drawn"])
def test_no_byte_can_be_changed_taken_away_or_added(budgets: Budgets, name: str) -> None:
    spent_twice(budgets)
    path = folder(budgets) / name
    whole = path.read_bytes()
    changed = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), 7)]
    for content in (*changed, b"", whole[:-1], whole + b" ", whole.replace(b"0.1", b"0.0")):
        path.write_bytes(content)
        if content != whole:
            assert unknown(lambda: budgets.spend(ONE, entry("b"))) == "is not what was written with this signing key"
    path.write_bytes(whole)
    assert same(budgets.spend(ONE, entry("b")).drawn, DRAWN)


def test_another_key_vouches_for_nothing(budgets: Budgets, tmp_path: Path) -> None:
    spent_twice(budgets)
    other = Budgets(budgets.layout, Signer.generate(tmp_path / "o.pem", tmp_path / "o.public.pem"))
    assert unknown(lambda: other.spend(ONE, entry("c"))) == "is not what was written with this signing key"


def test_files_of_another_population_or_spending_are_not_taken(budgets: Budgets) -> None:
    spent_twice(budgets)
    other = PrivacyBudget(population="staff-of-clinics", rho=1)
    budgets.spend(other, entry("z"))
    ledger = (folder(budgets) / "ledger.json").read_bytes()
    (budgets.layout.budgets / "staff-of-clinics" / "ledger.json").write_bytes(ledger)
    assert (
        unknown(lambda: budgets.spend(other, entry("c"))) == "is the account of patients, and not of staff-of-clinics"
    )
    (folder(budgets) / "2.drawn").write_bytes((folder(budgets) / "1.drawn").read_bytes())
    assert unknown(lambda: budgets.spend(ONE, entry("b"))) == "is what was drawn for something else"


def test_an_account_of_a_later_version_is_not_guessed_at(budgets: Budgets) -> None:
    spent_twice(budgets)
    path = folder(budgets) / "ledger.json"
    content = path.read_bytes().partition(b"\n")[2].replace(b"budget/1", b"budget/2")
    path.write_bytes(budgets._sealed(content))  # whoever has the key writes such a file
    assert unknown(lambda: budgets.spend(ONE, entry("c"))) == "is not an account that this version can read"


NO_FILES: dict[str, Callable[[Path], None]] = {
    "folder": lambda path: path.mkdir(),
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("kind", NO_FILES)
@pytest.mark.parametrize("name", ["ledger.json", "2.drawn"])
def test_what_is_no_file_is_told_and_makes_nobody_wait(budgets: Budgets, name: str, kind: str) -> None:
    spent_twice(budgets)
    (folder(budgets) / name).unlink()
    NO_FILES[kind](folder(budgets) / name)
    assert unknown(lambda: budgets.spend(ONE, entry("b"))) == "cannot be read: it is a folder, a pipe or a device"


@pytest.mark.parametrize("numbers", [[2], [1, 3]])
def test_numbers_that_are_not_in_a_row_are_no_account(budgets: Budgets, numbers: list[int]) -> None:
    budgets.spend(ONE, entry())
    entries = tuple(entry(str(number), number=number) for number in numbers)
    budgets._write_account(Account.opened(ONE).model_copy(update={"entries": entries}))
    assert unknown(lambda: budgets.spend(ONE, entry("c"))) == "is not the account of patients"


@pytest.mark.parametrize("name", ["patients-old", "patients.bak"])
def test_a_new_name_hides_no_spending(budgets: Budgets, name: str) -> None:
    """Also where nothing was drawn and nothing published, so that nothing else tells of it."""
    budgets.spend(ONE, entry())
    folder(budgets).rename(budgets.layout.budgets / name)
    for look in (budgets.spend, budgets.check):
        with pytest.raises(VerificationFailed) as caught:
            look(ONE, entry("b"))
        (problem,) = caught.value.problems
        assert problem.place == str(budgets.layout.budgets / name / "ledger.json")
        assert problem.rule == f"has spendings of patients that {folder(budgets) / 'ledger.json'} lacks"
        assert problem.remedy == (
            "if the folder was renamed, give it its name back: patients; otherwise, restore the folder private/budgets"
            " from its newest backup; what was spent is never taken to be nothing"
        ), "moved away, it would be hidden again"
    assert not folder(budgets).exists(), "the name is free"
    (budgets.layout.budgets / name).rename(folder(budgets))
    assert budgets.spend(ONE, entry("b", 0.2)).entry.number == 2


def test_an_old_account_in_the_place_of_a_newer_one_is_not_taken(budgets: Budgets) -> None:
    budgets.spend(ONE, entry())
    shutil.copytree(folder(budgets), budgets.layout.budgets / "older")
    budgets.spend(ONE, entry("b"))
    folder(budgets).rename(budgets.layout.budgets / "newer")
    (budgets.layout.budgets / "older").rename(folder(budgets))
    assert unknown(lambda: budgets.spend(ONE, entry("c"))).startswith("has spendings of patients that ")


def test_copies_and_what_cannot_be_read_are_in_no_job_s_way(budgets: Budgets) -> None:
    budgets.spend(ONE, entry("a", 0.1))
    shutil.copytree(folder(budgets), budgets.layout.budgets / "patients-old")
    for name, content in (("empty", None), ("other", b""), ("later", budgets._sealed(b"{}"))):
        (budgets.layout.budgets / name).mkdir()
        if content is not None:
            (budgets.layout.budgets / name / "ledger.json").write_bytes(content)
    (budgets.layout.budgets / "notes").write_text("what somebody put there", encoding="utf-8")
    assert [budgets.spend(ONE, entry(content, 0.1)).entry.number for content in "bc"] == [2, 3]


def test_staff_are_told_which_folder_has_the_name_of_no_account(budgets: Budgets) -> None:
    budgets.spend(ONE, entry())
    shutil.copytree(folder(budgets), budgets.layout.budgets / "patients-old")
    with pytest.raises(VerificationFailed) as caught:
        budgets.accounts()
    (problem,) = caught.value.problems
    assert problem.place == str(budgets.layout.budgets / "patients-old" / "ledger.json")
    assert problem.rule == "is the account of patients, and not of patients-old"
    assert f"if it is a copy that is not needed, move {budgets.layout.budgets / 'patients-old'} to" in problem.remedy
    shutil.rmtree(budgets.layout.budgets / "patients-old")
    assert [one.population for one in budgets.accounts()] == ["patients"]


def test_a_folder_that_may_not_be_read_is_told(budgets: Budgets, monkeypatch: pytest.MonkeyPatch) -> None:
    budgets.spend(ONE, entry())
    listdir = os.listdir

    def refuse(path: Path) -> list[str]:
        if budgets.layout.budgets in (path, path.parent):
            raise PermissionError(13, "Permission denied")
        return listdir(path)

    monkeypatch.setattr(os, "listdir", refuse)
    assert unknown(lambda: budgets.check(ONE, entry("b"))) == "cannot be read: Permission denied"


def test_what_was_taken_out_of_the_store_is_told_to_whoever_looks(budgets: Budgets, tmp_path: Path) -> None:
    """A release that is not there may have spent."""
    budgets.spend(ONE, entry())
    add_tiny(ReleaseStore(budgets.layout.root), tiny_package(tmp_path / "package"), budgets.signer)
    assert len(budgets.accounts()) == 1
    releases = budgets.layout.releases / "sexes"
    (releases / "2025.1.json").rename(releases / "2025.1.withdrawn.json")
    with pytest.raises(VerificationFailed, match="Something was taken out of the release store") as caught:
        budgets.accounts()
    assert "2025.1.withdrawn.json: withdraws a release whose envelope is missing" in str(caught.value)
    # A job looks at the whole store first; what it spends of would notice too.
    with pytest.raises(VerificationFailed, match="The release store is damaged"):
        budgets.spend(ONE, entry("b"))


@pytest.mark.parametrize("name", ["budgets", "budgets/patients"])
def test_a_file_in_the_place_of_a_folder_is_to_be_moved(budgets: Budgets, name: str) -> None:
    path = budgets.layout.budgets.parent / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    with pytest.raises(StoreUnavailable) as caught:
        budgets.spend(ONE, entry())
    (problem,) = caught.value.problems
    assert problem.rule == "must be a folder, and a file or a link stands there"
    assert problem.remedy.startswith("move it away, and restore the folder private/budgets")


@pytest.mark.parametrize("call", ["wait_for_lock", "make_folders", "write_new", "replace", "sync_folder"])
def test_a_disk_that_refuses_is_told_and_nothing_may_be_drawn(
    budgets: Budgets, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, call, refuse)
    with pytest.raises(StoreUnavailable, match="A privacy budget cannot be kept") as caught:
        budgets.spend(ONE, entry())
    assert caught.value.problems[0].rule == "cannot be written: No space left on device"
