"""Which release a new one is held against: real jobs, embargoes, corrections, withdrawals and old editions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

import datasets
from datasets.errors import ReleaseRejected, VerificationFailed
from datasets.release_store import ReleaseStore
from datasets.text import Bilingual
from publishers import job as jobs
from publishers.ledger import Store
from publishers.promise_keeping import Promises
from tests.support.clinic import definition_text
from tests.support.renamed_clinic import FIRST, REASON, TOLD, Clinic, other_names

CODELISTS = Path(datasets.__path__[0]) / "codelists"


def visits_alone() -> dict[str, Any]:
    """Return what a definition has when the number of people is no longer published."""
    return {"measures": {"visits": yaml.safe_load(definition_text())["measures"]["visits"]}}


def announced(until: str) -> dict[str, Any]:
    return {"retiring": {"people": {"until": until, "reason": REASON}}}


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    clinic = Clinic.at(tmp_path)
    clinic.put("2027", FIRST)
    return clinic


def held_against(clinic: Clinic, edition: str, appears: datetime) -> str:
    """Return the release that a new one is held against."""
    store = Store.of(ReleaseStore(clinic.root).layout, clinic.signer())
    promises = Promises.made(store, "clinic-visits", edition, appears)
    return promises.standing.name if promises.standing else ""


def test_a_correction_follows_its_edition_and_a_new_edition_the_newest(clinic: Clinic) -> None:
    assert held_against(clinic, "2027", TOLD) == "clinic-visits 2027.1"
    assert held_against(clinic, "2028", TOLD) == "clinic-visits 2027.1"
    assert held_against(clinic, "2026", TOLD) == "", "an older edition that comes late takes nobody's place"
    assert held_against(clinic, "2027", FIRST - timedelta(days=1)) == ""


def test_an_older_edition_may_come_late_without_what_the_newest_has(clinic: Clinic) -> None:
    assert clinic.put("2026", TOLD, **visits_alone()).name == "2026.1"
    with pytest.raises(ReleaseRejected, match="people is missing, and callers use it in clinic-visits 2027"):
        clinic.put("2028", TOLD, **visits_alone())


def test_a_measure_goes_after_its_notice(clinic: Clinic) -> None:
    with pytest.raises(ReleaseRejected, match="is less than 90 days after readers are told"):
        clinic.put("2027", TOLD, **announced("2028-04-08"))
    clinic.put("2027", TOLD, **announced("2028-04-09"))
    with pytest.raises(ReleaseRejected, match="2028-04-08 is earlier than 2028-04-09"):
        clinic.put("2028", TOLD + timedelta(days=1), **announced("2028-04-08"))
    with pytest.raises(ReleaseRejected, match="people is missing"):
        clinic.put("2028", datetime(2028, 4, 9, 16, tzinfo=UTC), **visits_alone())
    after = datetime(2028, 4, 9, 17, tzinfo=UTC)
    assert clinic.put("2028", after, **visits_alone()).name == "2028.1"
    assert clinic.put("2027", after, **visits_alone()).name == "2027.3", "a correction by the definition of now"


def test_a_release_is_held_against_what_is_out_when_it_appears(clinic: Clinic) -> None:
    clinic.define(**other_names())
    clinic.clock[0] = TOLD
    store = ReleaseStore(clinic.root)
    job, ends = clinic.job("2028", store.stage("embargoed"), TOLD), TOLD + timedelta(days=10)
    jobs.publish(job, store=store, signer=clinic.signer(), releases=clinic.releases, available_from=ends)
    assert held_against(clinic, "2028", ends - timedelta(seconds=1)) == "clinic-visits 2027.1"
    assert held_against(clinic, "2028", ends) == "clinic-visits 2028.1"


def test_what_was_withdrawn_promises_nothing(clinic: Clinic) -> None:
    reason = Bilingual(vi="Lộ thông tin.", en="It told too much.")
    store = ReleaseStore(clinic.root)
    store.withdraw("clinic-visits", "2027", 1, reason=reason, signer=clinic.signer(), now=TOLD)
    assert clinic.put("2027", TOLD, **visits_alone()).name == "2027.2"


def test_a_release_that_cannot_be_read_stops_the_next(clinic: Clinic) -> None:
    envelope = clinic.root / "releases" / "clinic-visits" / "2027.1.json"
    envelope.chmod(0o644)
    envelope.write_bytes(envelope.read_bytes().replace(b"Clinic", b"Cl1nic", 1))
    with pytest.raises(VerificationFailed):
        held_against(clinic, "2028", TOLD)


def own_bands(clinic: Clinic, lines: list[str]) -> dict[str, Any]:
    """Put a code list beside the definition, and return what has the ages in its members."""
    folder = clinic.folder / "codelists"
    folder.mkdir(exist_ok=True)
    (folder / "own-bands.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    title = "{title: {vi: Nhóm tuổi, en: Age bands}, source: {vi: Phòng khám, en: The clinic}}"
    (folder / "index.yaml").write_text(f"codelists:\n  own-bands: {title}\n", encoding="utf-8")
    dimensions = yaml.safe_load(definition_text())["dimensions"]
    return {"dimensions": dimensions | {"age_group": dimensions["age_group"] | {"codelist": "own-bands"}}}


def test_a_list_that_gets_a_member_may_be_a_copy_of_its_own(clinic: Clinic) -> None:
    lines = (CODELISTS / "age-bands.csv").read_text(encoding="utf-8").splitlines()
    more = own_bands(clinic, [*lines, "U,Không rõ,Unknown,band,,,"])
    assert clinic.put("2028", TOLD, **more).name == "2028.1"
    assert clinic.put("2027", TOLD, **more).name == "2027.2", "a correction by the definition of now"
    back = clinic.put("2028", TOLD + timedelta(days=1), **own_bands(clinic, lines))
    assert back.name == "2028.2", "codes come and go within a list"


def test_a_list_of_others_is_another_meaning(clinic: Clinic) -> None:
    lines = (CODELISTS / "age-bands.csv").read_text(encoding="utf-8").splitlines()
    with pytest.raises(ReleaseRejected, match="age_group has codes of own-bands, not of age-bands"):
        clinic.put("2028", TOLD, **own_bands(clinic, [line for line in lines if not line.startswith("Y5T9,")]))


def test_nothing_is_read_or_spent_for_what_will_be_refused(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "build", lambda *given, **more: pytest.fail("the job began"))
    with pytest.raises(ReleaseRejected) as caught:
        clinic.put("2028", TOLD, **visits_alone())
    (problem,) = caught.value.problems
    assert problem.place == "tables.by-sex-age.fields"
    assert "retiring: {people: {until: 2028-04-09, reason: {vi: …, en: …}}}" in problem.remedy


def test_a_preview_warns_of_what_publication_would_refuse(clinic: Clinic, tmp_path: Path) -> None:
    clinic.define(**visits_alone())
    job = clinic.job("2028", tmp_path / "work", TOLD)
    built = jobs.preview(job, Store.of(ReleaseStore(clinic.root).layout, clinic.signer()))
    assert "people is missing, and callers use it in clinic-visits 2027.1" in [one.rule for one in built.warnings]
