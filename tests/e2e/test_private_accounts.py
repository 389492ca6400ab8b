"""Accounts of privacy budgets: lost, old, exchanged or cheaper ones are not taken, and staff see what is spent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from datasets.errors import DisclosureRuleInvalid, StoreUnavailable, VerificationFailed
from publishers import private_counts
from publishers.cli import app
from tests.support.changed_clinic import RANDOM, Clinic
from tests.support.private_clinic import PRIVATE, ledger, publish_until, shorten, told


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    return Clinic.at(tmp_path, PRIVATE, rows=200)


def test_a_lost_or_old_account_stops_every_job_until_it_is_restored(clinic: Clinic) -> None:
    clinic.publish()
    old = ledger(clinic).read_bytes()
    shorten(clinic)
    clinic.publish()
    new = ledger(clinic).read_bytes()
    shorten(clinic)
    clinic.define(PRIVATE | {"rho": 0.1})
    drawn = ledger(clinic).with_name("2.drawn")
    kept = drawn.read_bytes()
    drawn.unlink()
    ledger(clinic).write_bytes(old)
    with pytest.raises(VerificationFailed, match=r"it lacks what clinic-visits 2026\.2 spent"):
        clinic.publish()
    shutil.rmtree(ledger(clinic).parent)
    with pytest.raises(VerificationFailed, match="is missing, and something was published"):
        clinic.publish()
    ledger(clinic).parent.mkdir(mode=0o700, exist_ok=True)
    ledger(clinic).write_bytes(new)
    drawn.write_bytes(kept)
    assert told(clinic.publish()).spent == 0.9


def limited(limit: float, **changes: Any) -> dict[str, Any]:
    return PRIVATE | {"budget": PRIVATE["budget"] | {"rho": limit}} | changes


def test_a_limit_that_readers_were_promised_is_kept_whatever_the_account_says(clinic: Clinic) -> None:
    clinic.publish()
    first = ledger(clinic).read_bytes()
    clinic.define(limited(0.5))
    assert told(clinic.publish()).entry == 1  # the same numbers, and another promise
    lowered = json.loads(ledger(clinic).read_bytes().partition(b"\n")[2])
    assert (lowered["rho"], len(lowered["entries"])) == (0.5, 1)
    shorten(clinic)
    for account in (ledger(clinic).read_bytes(), first):
        ledger(clinic).write_bytes(account)
        clinic.define(PRIVATE)
        with pytest.raises(DisclosureRuleInvalid, match=r"was promised to be rho 0\.5, and this is rho 1\.0"):
            clinic.publish()
        clinic.define(limited(0.5))
        with pytest.raises(DisclosureRuleInvalid, match=r"rho 0\.4 of rho 0\.5 are spent"):
            clinic.publish()
    clinic.define(limited(0.3, rho=0.1))
    with pytest.raises(DisclosureRuleInvalid, match=r"is rho 0\.3, and rho 0\.4 are spent"):
        clinic.publish()


def kept_elsewhere(clinic: Clinic, folder: Path, disclosure: dict[str, Any]) -> Clinic:
    """Return the same dataset in a store to try things on, which has the keys of the true one."""
    clinic.ministry.signer()
    folder.mkdir()
    tried = Clinic.at(folder, disclosure, rows=200)
    shutil.copytree(clinic.ministry.root / "private", tried.ministry.root / "private")
    shutil.copy(clinic.ministry.root / "public-key.pem", tried.ministry.root)
    return tried


def take_account(clinic: Clinic, tried: Clinic) -> None:
    shutil.rmtree(ledger(clinic).parent)
    shutil.copytree(ledger(tried).parent, ledger(clinic).parent)


UNIT = {"population": "clinic-patients", "rho": 1, "unit": "person_and_period"}
EPSILON = {"rho": None, "epsilon": 0.4, "budget": {"population": "clinic-patients", "epsilon": 1}}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rho": 0.001}, r"says that clinic-visits 2026\.1 spent rho 0\.001, which is not what that release tells"),
        (EPSILON, r"says that clinic-visits 2026\.1 spent epsilon 0\.4, which is not what that release tells"),
        ({"budget": UNIT}, r"for each person_and_period with rho 1\.0, and clinic-visits 2026\.1 promises something"),
    ],
    ids=["less", "kind", "unit"],
)
def test_an_account_of_another_store_with_this_key_is_not_taken(
    clinic: Clinic, tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    tried = kept_elsewhere(
        clinic, tmp_path / "tried", {name: one for name, one in (PRIVATE | changes).items() if one is not None}
    )
    for one in (tried, clinic):
        one.publish()
    take_account(clinic, tried)
    with pytest.raises(VerificationFailed, match=says):
        clinic.publish()


def test_an_account_that_was_cheaper_before_is_not_taken(clinic: Clinic, tmp_path: Path) -> None:
    """What a killed job spent stands in no release; the next release tells what was spent in all."""
    tried = kept_elsewhere(clinic, tmp_path / "tried", PRIVATE | {"rho": 0.1})
    for one in (tried, clinic):
        publish_until(one, private_counts, "draw_noise")
        one.define(PRIVATE)
        assert told(one.publish()).entry == 2
    take_account(clinic, tried)
    says = r"says that rho 0\.5 were spent with clinic-visits 2026\.1, which is not what it tells"
    with pytest.raises(VerificationFailed, match=says):
        clinic.publish()


def test_staff_see_what_is_spent(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YTEMO_DATA_DIR", str(clinic.ministry.root))
    clinic.ministry.signer()
    assert CliRunner().invoke(app, ["budgets"]).stdout == "No release has spent of a privacy budget.\n"
    clinic.publish()
    shorten(clinic)
    clinic.define(PRIVATE | {"rho": 0.1})
    clinic.publish()
    assert CliRunner().invoke(app, ["budgets"]).stdout == (
        "clinic-patients: rho 0.5 of rho 1.0 spent for each person, rho 0.5 remains\n"
        "  1. clinic-visits 2026: rho 0.4\n"
        "  2. clinic-visits 2026: rho 0.1\n"
    )
    (population,) = json.loads(CliRunner().invoke(app, ["budgets", "--json"]).stdout)["populations"]
    assert (population["population"], population["spent"], population["rho"]) == ("clinic-patients", "rho 0.5", 1.0)
    assert [one["edition"] for one in population["entries"]] == ["2026", "2026"]


def put_file(path: Path) -> None:
    shutil.rmtree(path)
    path.write_bytes(b"")


def put_link(path: Path) -> None:
    path.unlink() if path.is_file() else shutil.rmtree(path)
    path.symlink_to("nowhere")


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda account: account.write_bytes(b""), "is not what was written with this signing key"),
        (lambda account: account.unlink(), "is missing, and something was published or drawn for"),
        (lambda account: shutil.rmtree(account.parent), "is missing, and something was published or drawn for"),
        (lambda account: shutil.rmtree(account.parent.parent), "is missing, and something was published or drawn for"),
        (put_link, "cannot be read: No such file or directory"),
        (lambda account: put_file(account.parent), "is not a folder"),
        (lambda account: put_link(account.parent), "is not a folder"),
        (lambda account: put_file(account.parent.parent), "is not a folder"),
    ],
    ids=["empty", "ledger", "folder", "all folders", "link", "file", "linked folder", "file of all"],
)
def test_staff_are_never_told_that_nothing_was_spent_where_something_was(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, break_it: Any, says: str
) -> None:
    monkeypatch.setenv("YTEMO_DATA_DIR", str(clinic.ministry.root))
    clinic.publish()
    break_it(ledger(clinic))
    found = CliRunner().invoke(app, ["budgets"])
    assert found.exit_code != 0
    assert "No release has spent" not in found.output
    assert says in found.output
    shorten(clinic)
    with pytest.raises((VerificationFailed, StoreUnavailable)):
        clinic.publish()


def test_what_jobs_do_not_mind_stops_nobody_from_looking(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YTEMO_DATA_DIR", str(clinic.ministry.root))
    (tmp_path / "other").mkdir()
    other = Clinic.at(tmp_path / "other", RANDOM, rows=150, id="clinic-stays")
    other.ministry = clinic.ministry
    other.publish()
    clinic.publish()
    kept = ledger(clinic).parent
    shutil.copytree(kept, kept.with_name("clinic-patients.bak"))
    (kept.parent / "READ.me").write_text("what somebody put there", encoding="utf-8")
    found = CliRunner().invoke(app, ["budgets"])
    assert (found.exit_code, found.stdout.count("spent for each person")) == (0, 1)
    shorten(clinic)
    clinic.publish()
