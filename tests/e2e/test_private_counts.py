"""Differentially private counts from records to readers, and what they cost whatever happens on the way."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from datasets.definition_files import load_definition
from datasets.errors import DisclosureRuleInvalid, ReleaseWithdrawn, StoreUnavailable, VerificationFailed
from datasets.perturbation_choice import PerturbationRules
from datasets.release import PublicRelease
from datasets.release_store import ReleaseStore
from datasets.store_layout import StoreLayout
from datasets.text import Bilingual
from publishers import job as jobs
from publishers import private_counts
from publishers.cli import app
from publishers.ledger import Store
from publishers.limits import JobLimits
from tests.support.changed_clinic import RANDOM, REASON, Clinic
from tests.support.html_pages import Document
from tests.support.http import Client
from tests.support.shipped_portal import shipped_client

PRIVATE: dict[str, Any] = {
    "policy": "vn_proposed",
    "method": "differential_privacy",
    "rho": 0.4,
    "cells_per_person": 1,
    "records_per_cell": 3,
    "budget": {"population": "clinic-patients", "rho": 1},
    "reason": REASON,
}


def told(release: PublicRelease) -> PerturbationRules:
    assert release.description.disclosure is not None
    made = release.description.disclosure.rules.perturbation
    assert made is not None
    return made


def ledger(clinic: Clinic) -> Path:
    return clinic.ministry.root / "private" / "budgets" / "clinic-patients" / "ledger.json"


def spendings(clinic: Clinic) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(ledger(clinic).read_bytes().partition(b"\n")[2])["entries"]
    return entries


def shorten(clinic: Clinic, edition: str = "2026") -> None:
    """Take a visit out of the source, so that other counts are published."""
    clinic.write(edition, clinic.lines(edition)[:-1])


# What readers see -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clinic, PublicRelease]:
    clinic = Clinic.at(tmp_path_factory.mktemp("private"), PRIVATE, rows=3_000)
    return clinic, clinic.publish()


@pytest.fixture(scope="module")
def served(published: tuple[Clinic, PublicRelease]) -> Iterator[Client]:
    with shipped_client(published[0].ministry) as client:
        yield client


def test_numbers_are_near_what_was_counted_and_add_up(published: tuple[Clinic, PublicRelease]) -> None:
    clinic, release = published
    report = json.loads(clinic.file(release, "disclosure-report.json"))
    within = report["privacy"]["within"]["visits"]
    assert 0 < within < 100
    shown, true = clinic.cells(release, "by-sex-age", "visits"), clinic.visits()
    # No patient of the tutorial has more than a handful of visits, all in one cell.
    assert all(abs(value - true.get(place, 0)) < 10 * within for place, value in shown.items())
    assert shown != {place: true.get(place, 0) for place in shown}
    assert min(shown.values()) >= 0
    assert shown[()] == shown[("F",)] + shown[("M",)]
    by_age = clinic.cells(release, "by-age", "visits")
    assert by_age == {place: shown[place] for place in by_age}
    people = clinic.cells(release, "by-sex-age", "people")
    assert people[()] == people[("F",)] + people[("M",)]
    assert release.description.measure("visits").additive


def test_the_release_says_what_is_promised_and_what_it_cost(published: tuple[Clinic, PublicRelease]) -> None:
    clinic, release = published
    disclosure = release.description.disclosure
    assert disclosure is not None
    assert not disclosure.audited
    assert disclosure.rules.method == "differential_privacy"
    assert (told(release).entry, told(release).spent, told(release).rho) == (1, 0.4, 0.4)
    report = json.loads(clinic.file(release, "disclosure-report.json"))
    # Of the true counts nothing is told without noise.
    assert report["averaging"] == {}
    readme = clinic.file(release, "README.md")
    for words in (
        "With those before, 0.4 of the budget of 1",
        "đã dùng 0.4 trong ngân sách 1",
        "95 % of counts are",
        "fewer visits than people",
        "lượt ít hơn số người",
    ):
        assert words in readme


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("", ("95 % số đếm lệch nhiều nhất ±", "Dù ai đã biết gì từ trước", "không bao giờ vượt quá rho 1")),
        ("/en", ("95 % of counts are within ±", "Whatever anybody knows beforehand", "never exceed rho 1")),
    ],
)
def test_the_page_states_accuracy_promise_and_budget(served: Client, prefix: str, words: tuple[str, ...]) -> None:
    page = Document(served.get(f"{prefix}/datasets/clinic-visits").text)
    assert page.problems == []
    text = " ".join(page.visible)
    assert all(each in text for each in words)
    assert "tried to recover" not in text
    if not prefix:
        assert "differential_privacy" not in text
        assert "perturbed" not in text


def test_nothing_of_the_accounts_is_served_or_packed(served: Client, published: tuple[Clinic, PublicRelease]) -> None:
    clinic, release = published
    content = spendings(clinic)[0]["content"]
    for path in clinic.ministry.root.rglob("*"):
        if path.is_file() and "private" not in path.relative_to(clinic.ministry.root).parts:
            assert content.encode() not in path.read_bytes()
    for address in ("/private/budgets/clinic-patients/ledger.json", "/budgets/clinic-patients/ledger.json"):
        assert served.get(address).status_code == 404
    assert not any("budget" in file.path for file in release.manifest.files)


# What it costs --------------------------------------------------------------------------------------------------------


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    return Clinic.at(tmp_path, PRIVATE, rows=200)


def withdraw(clinic: Clinic) -> None:
    signer, now = clinic.ministry.signer(), datetime(2026, 11, 24, tzinfo=UTC)
    store = ReleaseStore(clinic.ministry.root)
    store.withdraw("clinic-visits", "2026", 1, reason=Bilingual(vi="sai", en="wrong"), signer=signer, now=now)


def test_a_withdrawn_release_still_tells_that_something_was_spent(clinic: Clinic) -> None:
    clinic.publish()
    withdraw(clinic)
    shutil.rmtree(ledger(clinic).parent)
    shorten(clinic)
    with pytest.raises(VerificationFailed, match="is missing, and something was published"):
        clinic.publish()


def test_publishing_again_changes_nothing_and_costs_nothing(clinic: Clinic) -> None:
    first = clinic.publish()
    assert (clinic.publish().envelope_sha256, len(spendings(clinic))) == (first.envelope_sha256, 1)


def test_versions_editions_and_withdrawn_releases_spend_from_one_budget(clinic: Clinic) -> None:
    clinic.publish()
    withdraw(clinic)
    with pytest.raises(ReleaseWithdrawn):
        clinic.publish()
    assert len(spendings(clinic)) == 1
    shorten(clinic)
    second = clinic.publish()
    assert (second.version, told(second).entry, told(second).spent) == (2, 2, 0.8)
    clinic.write("2027", clinic.lines("2026"))
    for edition in ("2027", "2026"):
        shorten(clinic, edition)
        with pytest.raises(DisclosureRuleInvalid, match=r"rho 0\.8 of rho 1\.0 are spent, and rho 0\.2 remain"):
            clinic.publish(edition)
    clinic.define(PRIVATE | {"rho": 0.2})
    assert told(clinic.publish("2027")).spent == 1


def test_another_dataset_of_the_same_people_spends_from_the_same(clinic: Clinic, tmp_path: Path) -> None:
    clinic.publish()
    (tmp_path / "other").mkdir()
    other = Clinic.at(tmp_path / "other", PRIVATE, rows=150, id="clinic-stays")
    other.ministry = clinic.ministry
    release = other.publish()
    assert (release.dataset, told(release).entry, told(release).spent) == ("clinic-stays", 2, 0.8)
    other.define(PRIVATE | {"budget": {"population": "other-patients", "rho": 1}}, id="clinic-stays")
    shorten(other)
    with pytest.raises(DisclosureRuleInvalid, match="spent of the population clinic-patients"):
        other.publish()


class Killed(BaseException):
    """The process ends here."""


def publish_until(clinic: Clinic, where: Any, name: str) -> None:
    """Publish, and be killed where this is called."""

    def kill(*_: object, **__: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(where, name, kill)
        with pytest.raises(Killed):
            clinic.publish()


def test_who_is_killed_before_drawing_pays_again(clinic: Clinic) -> None:
    publish_until(clinic, private_counts, "draw_noise")
    assert len(spendings(clinic)) == 1
    release = clinic.publish()
    assert (release.version, told(release).entry, told(release).spent) == (1, 2, 0.8)


def test_who_is_killed_before_publishing_gets_the_same_numbers(clinic: Clinic, tmp_path: Path) -> None:
    publish_until(clinic, ReleaseStore, "add")
    twin = shutil.copytree(clinic.ministry.root, tmp_path / "twin")
    first = clinic.publish()
    assert (told(first).entry, told(first).spent, len(spendings(clinic))) == (1, 0.4, 1)
    clinic.ministry = type(clinic.ministry)(twin)
    again = clinic.publish()
    assert [one.sha256 for one in again.manifest.files] == [one.sha256 for one in first.manifest.files]


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


@pytest.mark.parametrize(("before", "after"), [(RANDOM, PRIVATE), (PRIVATE, RANDOM)], ids=["after", "before"])
def test_what_is_private_is_not_published_in_another_way_too(
    clinic: Clinic, before: dict[str, Any], after: dict[str, Any]
) -> None:
    clinic.define(before)
    clinic.publish()
    clinic.define(after)
    with pytest.raises(DisclosureRuleInvalid, match="was published with method") as caught:
        clinic.publish()
    # Another edition would be refused as well: see the test of all periods below.
    assert caught.value.problems[0].remedy.startswith("keep the method of that release in every edition")


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


# Looking at a package -------------------------------------------------------------------------------------------------


def test_a_package_to_look_at_holds_noise_alone_and_says_so(clinic: Clinic, tmp_path: Path) -> None:
    clinic.ministry.signer()
    store = Store.of(StoreLayout(clinic.ministry.root), clinic.ministry.signer())
    for number, given in enumerate((store, None)):
        work = tmp_path / f"work-{number}"
        job = jobs.Job(
            loaded=load_definition(clinic.folder),
            edition="2026",
            folder=clinic.folder,
            work=work,
            limits=JobLimits(1024, 2, work / "spill"),
            environ={},
            now=datetime(2026, 11, 24, tzinfo=UTC),
        )
        built = jobs.preview(job, given)
        assert [one.place for one in built.warnings if "has noise alone" in one.rule] == ["the package"]
        assert "random numbers alone and no counts" in (built.package.folder / "README.md").read_text(encoding="utf-8")
    assert not ledger(clinic).exists()


@pytest.mark.parametrize("first", [PRIVATE, RANDOM], ids=["private first", "rounded first"])
def test_people_of_all_periods_are_published_in_no_other_way_in_any(clinic: Clinic, first: dict[str, Any]) -> None:
    """Rounded numbers of one year tell of a person whom noise hides in another, unless only a year is promised."""
    second = RANDOM if first is PRIVATE else PRIVATE
    clinic.define(first)
    clinic.publish()
    clinic.write("2027", clinic.lines("2026"))
    clinic.define(second)
    with pytest.raises(DisclosureRuleInvalid, match=r"was published with method"):
        clinic.publish("2027")
    if second is PRIVATE:
        clinic.define(PRIVATE | {"budget": PRIVATE["budget"] | {"unit": "person_and_period"}})
        with pytest.raises(DisclosureRuleInvalid, match="such as the next year"):
            clinic.publish()
        assert told(clinic.publish("2027")).spent == 0.4
