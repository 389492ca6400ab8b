"""Differentially private counts from records to readers, and what they cost whatever happens on the way."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from datasets.definition_files import load_definition
from datasets.errors import DisclosureRuleInvalid, ReleaseWithdrawn, VerificationFailed
from datasets.release import PublicRelease
from datasets.release_store import ReleaseStore
from datasets.store_layout import StoreLayout
from datasets.text import Bilingual
from publishers import job as jobs
from publishers import private_counts
from publishers.ledger import Store
from publishers.limits import JobLimits
from tests.support.changed_clinic import RANDOM, Clinic
from tests.support.html_pages import Document
from tests.support.http import Client
from tests.support.private_clinic import PRIVATE, ledger, publish_until, shorten, spendings, told
from tests.support.shipped_portal import shipped_client

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
