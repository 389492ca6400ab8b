"""Accounts of budgets: what is spent stays spent, and what is not known is never taken to be nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datasets import disk
from datasets.errors import DisclosureRuleInvalid, StoreUnavailable, VerificationFailed
from datasets.perturbation_choice import PrivacyBudget
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from datasets.store_layout import StoreLayout
from publishers.privacy_accounts import Account, Entry
from publishers.privacy_budgets import Budgets, Spent
from tests.support.tiny_releases import add_tiny, tiny_package

ONE = PrivacyBudget(population="patients", rho=1)
DRAWN = {"visits": np.array([3, -1, 2]), "file": np.array([-7]), "allow_pickle": np.array([2**40])}


def entry(content: str = "a", rho: float | None = 0.4, **changes: Any) -> Entry:
    given = {"number": 0, "dataset": "stays", "edition": "2026", "start": None, "end": None, "content": content}
    return Entry.model_validate(given | {"rho": rho} | changes)


def days(first: str, last: str) -> dict[str, Any]:
    return {"start": date.fromisoformat(first), "end": date.fromisoformat(last)}


@pytest.fixture
def budgets(tmp_path: Path) -> Budgets:
    signer = Signer.generate(tmp_path / "private" / "signing-key.pem", tmp_path / "public-key.pem")
    return Budgets(StoreLayout(tmp_path), signer)


def folder(budgets: Budgets) -> Path:
    return budgets.layout.budgets / "patients"


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(DisclosureRuleInvalid, match="The privacy budget does not allow it") as caught:
        call()
    (problem,) = caught.value.problems
    return f"{problem.place}: {problem.rule}. {problem.remedy}"


def unknown(call: Callable[[], object]) -> str:
    with pytest.raises(VerificationFailed, match="What was spent of a privacy budget is not known") as caught:
        call()
    (problem,) = caught.value.problems
    assert "restore the folder private/budgets" in problem.remedy
    return problem.rule


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


def same(found: Any, expected: Any) -> bool:
    return found.keys() == expected.keys() and all(np.array_equal(found[name], expected[name]) for name in expected)


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


# Damage ---------------------------------------------------------------------------------------------------------------


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
