"""The history of a dataset for programs: what each release changed, nothing of what is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from datasets.release_store import ReleaseStore
from datasets.text import Bilingual
from tests.support.http import Client
from tests.support.releases import DemoStore
from tests.support.renamed_clinic import FIRST, LAST_DAY, OVER, TOLD, Clinic, other_names

DISEASES = "/api/v1/datasets/notifiable-diseases/changes"
VISITS = "/api/v1/datasets/hospital-visits/changes"
CLINIC = "/api/v1/datasets/clinic-visits/changes"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    clinic = Clinic.at(tmp_path_factory.mktemp("history"))
    clinic.put("2026", FIRST)
    clinic.put("2026", FIRST + timedelta(days=1), title={"vi": "Tên khác", "en": "Another title"})
    clinic.put("2026", TOLD, **other_names())
    clinic.clock[0] = TOLD + timedelta(days=30)
    return clinic


@pytest.fixture(scope="module")
def portal(clinic: Clinic) -> Iterator[Client]:
    with clinic.portal() as client:
        yield client


def test_each_release_tells_what_it_changed(client: Client) -> None:
    found = client.json(DISEASES)
    assert [each["release"] for each in found["releases"]] == ["2024.2", "2024.1", "2023.1"]
    assert (found["total"], found["returned"], found["truncated"], found["next"]) == (3, 3, False, None)
    corrected, second, first = (each["comparison"] for each in found["releases"])
    assert (corrected["previous"], corrected["same_edition"]) == ("2024.1", True)
    changed = corrected["tables"]["by-month"]
    assert (
        changed["by_measure"]["cases"]["values"]
        == changed["values_changed"] - changed["by_measure"]["mean_stay"]["values"]
    )
    assert changed["by_measure"]["cases"]["statuses"] == 0
    assert (second["previous"], second["same_edition"]) == ("2023.1", False)
    assert first["previous"] == ""
    assert client.json(found["releases"][0]["links"]["api"].removeprefix("https://data.example.org"))


def test_of_a_withdrawn_release_its_reason_is_told_and_nothing_else(client: Client) -> None:
    withdrawn = client.json(VISITS)["releases"][1]
    assert withdrawn["withdrawn"]["reason"]["en"] == "Wrong denominator in quarter 2."
    assert withdrawn["comparison"] is None
    assert (withdrawn["renamed"], withdrawn["retiring"], withdrawn["links"]) == ([], [], None)


def test_what_is_under_embargo_leaves_no_trace(client: Client, demo: DemoStore) -> None:
    assert (demo.root / "releases" / "notifiable-diseases" / "2025.1.json").exists()
    assert "2025.1" not in client.get(DISEASES).text


def test_the_history_has_pages_and_validators(client: Client) -> None:
    first = client.json(f"{DISEASES}?limit=2")
    assert [each["release"] for each in first["releases"]] == ["2024.2", "2024.1"]
    assert first["next"] == f"https://data.example.org{DISEASES}?limit=2&after=2024.1"
    second = client.json(first["next"].removeprefix("https://data.example.org"))
    assert [each["release"] for each in second["releases"]] == ["2023.1"]
    assert client.json(f"{DISEASES}?after=1999.1")["releases"] == []
    answer = client.get(DISEASES)
    assert client.get(DISEASES, if_none_match=answer.headers["etag"]).status_code == 304
    assert client.get(DISEASES.replace("notifiable", "none")).status_code == 404
    assert client.get(f"{DISEASES}?limit=0").status_code == 422


def test_renamed_columns_are_compared_cell_by_cell(portal: Client) -> None:
    newest, retitled, _ = portal.json(CLINIC)["releases"]
    table = newest["comparison"]["tables"]["by-sex-age"]
    assert table["columns_renamed"] == {"people": "persons", "people_status": "persons_status", "sex": "gender"}
    assert (table["columns_added"], table["columns_removed"]) == ([], [])
    assert (table["rows_added"], table["rows_removed"], table["values_changed"]) == (0, 0, 0)
    assert retitled["comparison"]["tables"]["by-sex-age"]["columns_renamed"] == {}
    assert {one["old"]: one["new"] for one in newest["renamed"]} == {"sex": "gender", "people": "persons"}


def test_the_notices_of_the_newest_release_come_first(portal: Client, clinic: Clinic) -> None:
    before = portal.get(CLINIC)
    notices = {each["name"]: each for each in before.json()["notices"]}
    assert notices["people"] == {
        "name": "people",
        "renamed_to": "persons",
        "announced": TOLD.isoformat().replace("+00:00", "Z"),
        "until": LAST_DAY,
        "over": False,
        "reason": None,
    }
    assert notices["visits"]["renamed_to"] is None
    assert notices["visits"]["reason"]["en"] == "Use the number of people."
    clinic.clock[0] = OVER
    after = portal.get(CLINIC, if_none_match=before.headers["etag"])
    assert {each["over"] for each in after.json()["notices"]} == {True}


def test_a_damaged_changelog_hides_no_release(tmp_path: Path) -> None:
    clinic = Clinic.at(tmp_path)
    release = clinic.put("2026", FIRST)
    entry = release.manifest.file("changelog.json")
    assert entry is not None
    path = clinic.root / "objects" / entry.sha256[:2] / entry.sha256
    path.chmod(0o644)
    sound = path.read_bytes()
    path.write_bytes(b"{}")
    with clinic.portal() as client:
        answer = client.get(CLINIC)
        (told,) = answer.json()["releases"]
        assert told["comparison"] is None
        assert told["summary"]["en"] == "First release of this dataset."
        assert "etag" not in answer.headers, "who keeps it would not ask again when the file is restored"
        path.write_bytes(sound)
        assert client.json(CLINIC)["releases"][0]["comparison"] is not None


def test_a_withdrawn_history_is_told_too(tmp_path: Path) -> None:
    clinic = Clinic.at(tmp_path)
    clinic.put("2026", FIRST)
    reason = Bilingual(vi="Sai.", en="Wrong.")
    ReleaseStore(clinic.root).withdraw(
        "clinic-visits", "2026", 1, reason=reason, signer=clinic.signer(), now=datetime(2027, 1, 11, tzinfo=UTC)
    )
    with clinic.portal() as client:
        found = client.json(CLINIC)
        assert found["notices"] == []
        assert found["releases"][0]["withdrawn"]["reason"]["en"] == "Wrong."
