"""A portal is mirrored to a CKAN, twice; what others made there stays."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow.parquet
import pytest

from datasets.public_releases import PublicReleases
from datasets.text import Bilingual
from publishers.mirror.run import mirror
from tests.support.ckan_packages import Failure
from tests.support.ckan_target import ADMIN_TOKEN, PLAIN_TOKEN, Ckan, ckan_target
from tests.support.mirrors import asked_of, mirrored, remote_of, resources, told
from tests.support.portal import portal_client
from tests.support.releases import (
    EMBARGO,
    DemoStore,
    add_edition,
    disease_contents,
    disease_definition,
    fill_demo_store,
    open_demo_store,
)
from tests.support.shared import SHARED

pytestmark = pytest.mark.usefixtures("small_batches")
"""Tables of the demo store are loaded in several parts, as large ones are."""

DISEASES, VISITS = "notifiable-diseases", "hospital-visits"
RECORDED = (
    r"^(organization_(create|show|patch|update)|group_create$|package_(create|show|patch|update|delete|private)"
    r"|resource_(create|show|patch|update|delete)|datastore_(create|upsert|info|delete|records_delete)"
    r"|datastore_search(|_404|_missing_409|_limit0|_page2|_after_delete_404)$|dataset_purge|package_list$"
    r"|bad_json|json_not|action_unknown|get_on_write|status_show)"
)
"""The calls of the suite by which a CKAN is written to, and those that read what was written."""


def extras(ckan: Ckan, package: str) -> dict[str, str]:
    return {each["key"]: each["value"] for each in ckan.packages[package]["extras"]}


# The target -----------------------------------------------------------------------------------------------------------


def test_the_target_answers_as_a_real_ckan_was_recorded(ckan: Ckan) -> None:
    suite = SHARED / "checks" / "ckan_client_suite.py"
    tokens = ["--token", ADMIN_TOKEN, "--plain-token", PLAIN_TOKEN]
    command = [sys.executable, str(suite), ckan.address, *tokens, "--set", "all", "--only", RECORDED]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.stdout.endswith("88 passed, 0 failed\n"), ended.stdout + ended.stderr


# What is mirrored -----------------------------------------------------------------------------------------------------


def test_every_public_dataset_is_a_package(demo: DemoStore, ckan: Ckan) -> None:
    outcome = mirrored(ckan, demo.releases)
    assert sorted(ckan.packages) == sorted(outcome.changed) == sorted(demo.releases.datasets())
    package, told_of = ckan.packages[VISITS], extras(ckan, VISITS)
    about = demo.releases.latest(VISITS).description
    assert (package["title"], told_of["title_en"]) == (about.title.vi, about.title.en)
    assert package["notes"].startswith("Số liệu minh hoạ, không phải số liệu thật.")
    assert about.summary.vi in package["notes"]
    assert about.summary.en in package["notes"]
    assert "never zero" in package["notes"]
    assert package["organization"]["name"] == "ministry-of-health"
    assert package["license_id"] == "cc-by"
    assert {"release": "2024.2", "licence": "CC-BY-4.0", "synthetic": "true", "theme": about.theme}.items() <= (
        told_of.items()
    )
    assert extras(ckan, DISEASES)["synthetic"] == "false"
    assert told_of["withdrawn_releases"] == "2024.1 (2025-03-03): Sai mẫu số quý 2. / Wrong denominator in quarter 2."


def test_every_resource_leads_to_a_file_with_its_hash(demo: DemoStore, ckan: Ckan) -> None:
    mirrored(ckan, demo.releases)
    formats = set()
    with portal_client(demo) as client:
        for package in ckan.packages.values():
            for each in package["resources"]:
                answer = client.get(urlsplit(each["url"]).path)
                assert answer.status_code == 200, each["url"]
                formats.add(each["format"])
                if each["format"] != "ZIP":
                    assert each["hash"] == f"sha256:{hashlib.sha256(answer.content).hexdigest()}"
                    assert each["size"] == len(answer.content)
    assert formats == {"CSV", "PARQUET", "XLSX", "ZIP"}


def test_rows_hold_null_where_a_cell_is_withheld(demo: DemoStore, ckan: Ckan) -> None:
    mirrored(ckan, demo.releases, rows=True)
    release = demo.releases.latest(DISEASES)
    table = next(each for each in release.description.tables if each.id == "by-month")
    with demo.releases.reading(release, table.parquet) as file:
        expected = pyarrow.parquet.read_table(file).to_pylist()
    held = ckan.tables[resources(ckan, DISEASES)[table.csv]["id"]]
    assert [{key: value for key, value in each.items() if key != "_id"} for each in held["records"]] == expected
    withheld = [each for each in held["records"] if each["cases_status"] == "suppressed"]
    assert withheld
    assert all(each["cases"] is None for each in withheld)
    label = next(each["info"] for each in held["fields"] if each["id"] == "cases")
    assert label == {"label": "Số ca mắc", "notes": "Cases"}


def test_what_is_under_embargo_leaves_no_trace(demo: DemoStore, ckan: Ckan) -> None:
    mirrored(ckan, demo.releases)
    assert extras(ckan, DISEASES)["release"] == "2024.2"
    assert "2025.1" not in json.dumps([call.asked for call in ckan.calls if DISEASES in json.dumps(call.asked)])
    later = PublicReleases(demo.root, demo.public_key, lambda: EMBARGO)
    mirrored(ckan, later)
    assert extras(ckan, DISEASES)["release"] == "2025.1"


# Twice, and what changes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [False, True])
def test_a_second_run_writes_nothing(demo: DemoStore, ckan: Ckan, rows: bool) -> None:
    mirrored(ckan, demo.releases, rows=rows)
    state, written = ckan.state(), len(ckan.writes())
    assert written > 0
    outcome = mirrored(ckan, demo.releases, rows=rows)
    assert len(ckan.writes()) == written
    assert ckan.state() == state
    assert outcome.changed == []


def test_a_new_release_takes_the_place_of_the_old_one(own: DemoStore, ckan: Ckan) -> None:
    mirrored(ckan, own.releases, rows=True)
    before, others = resources(ckan, DISEASES), len(ckan.writes())
    add_edition(own, disease_contents(disease_definition(), "2024", correction=5), at=datetime(2026, 2, 2, tzinfo=UTC))
    outcome = mirrored(ckan, own.releases, rows=True)
    assert outcome.changed == [DISEASES]
    assert all(DISEASES in json.dumps(call.asked) or "resource_id" in call.asked or "ytemo_rows" in call.asked
               for call in ckan.writes()[others:])  # fmt: skip
    after = resources(ckan, DISEASES)
    assert {path: each["id"] for path, each in after.items()} == {path: each["id"] for path, each in before.items()}
    assert all("/2024.3" in each["url"] for each in after.values())
    changed = [path for path in after if path.endswith(".csv") and after[path]["hash"] != before[path]["hash"]]
    assert changed
    with ckan_target() as fresh:
        mirrored(fresh, own.releases, rows=True)
        assert rows_of(fresh) == rows_of(ckan)
        # The bytes of what stands there are the same as if nothing had been there before.
        assert fresh.state() == ckan.state()


def rows_of(ckan: Ckan) -> dict[str, Any]:
    names = {each["id"]: f"{package['name']} {each['name']}" for package in ckan.packages.values()
             for each in package["resources"]}  # fmt: skip
    return {names[identifier]: table for identifier, table in ckan.tables.items()}


def test_rows_of_an_older_release_do_not_stay_where_rows_are_no_longer_asked_for(own: DemoStore, ckan: Ckan) -> None:
    mirrored(ckan, own.releases, rows=True)
    add_edition(own, disease_contents(disease_definition(), "2024", correction=5), at=datetime(2026, 2, 2, tzinfo=UTC))
    mirrored(ckan, own.releases)
    changed = {path: each for path, each in resources(ckan, DISEASES).items() if path.startswith("data/by-month")}
    assert not changed["data/by-month.csv"]["datastore_active"]
    assert "ytemo_rows" not in changed["data/by-month.csv"]
    assert not any(DISEASES in name and "by-month" in name for name in rows_of(ckan))


def withdraw(demo: DemoStore, dataset: str, edition: str, version: int) -> None:
    reason = Bilingual(vi="Sai số liệu.", en="The figures are wrong.")
    moment = datetime(2026, 2, 20, tzinfo=UTC)
    demo.store.withdraw(dataset, edition, version, reason=reason, signer=demo.signer, now=moment)


def test_what_is_withdrawn_is_withdrawn_there(own: DemoStore, ckan: Ckan) -> None:
    mirrored(ckan, own.releases, rows=True)
    identifier = ckan.packages[VISITS]["id"]
    withdraw(own, VISITS, "2024", 2)
    mirrored(ckan, own.releases, rows=True)
    assert extras(ckan, VISITS)["release"] == "2023.1"
    assert "2024.2 (2026-02-20): Sai số liệu. / The figures are wrong." in extras(ckan, VISITS)["withdrawn_releases"]
    withdraw(own, VISITS, "2023", 1)
    outcome = mirrored(ckan, own.releases, rows=True)
    package = ckan.packages[VISITS]
    assert outcome.withdrawn == [VISITS]
    assert (package["id"], package["state"], package["resources"]) == (identifier, "active", [])
    assert package["notes"].startswith("Đã thu hồi.\n\nSai số liệu.")
    assert "The figures are wrong." in package["notes"]
    assert extras(ckan, VISITS)["withdrawn"] == "true"
    assert "release" not in extras(ckan, VISITS)
    assert set(ckan.tables) <= {each["id"] for package in ckan.packages.values() for each in package["resources"]}
    written = len(ckan.writes())
    assert mirrored(ckan, own.releases, rows=True).withdrawn == [VISITS]
    assert len(ckan.writes()) == written


def test_what_was_withdrawn_before_it_was_mirrored_is_not_made(own: DemoStore, ckan: Ckan) -> None:
    for edition, version in (("2024", 2), ("2023", 1)):
        withdraw(own, VISITS, edition, version)
    mirrored(ckan, own.releases)
    assert VISITS not in ckan.packages
    assert DISEASES in ckan.packages


# What others made -----------------------------------------------------------------------------------------------------


def test_packages_and_organisations_of_others_are_left_alone(demo: DemoStore, ckan: Ckan) -> None:
    ckan.organization_create("admin", {"name": "ministry-of-health", "title": "Ours"})
    ckan.package_create("admin", {"name": DISEASES, "title": "By hand", "owner_org": "ministry-of-health"})
    before = json.dumps([ckan.organizations, ckan.packages[DISEASES]])
    outcome = mirror(remote_of(ckan.address), demo.releases, asked_of(demo.releases))
    assert told(outcome) == [
        f"{DISEASES}: is a package of the target that this mirror did not make. "
        "Choose names of your own with --prefix, or have it renamed there"
    ]
    assert json.dumps([ckan.organizations, ckan.packages[DISEASES]]) == before
    mirrored(ckan, demo.releases, naming={"prefix": "byt-"})
    assert json.dumps([ckan.organizations, ckan.packages[DISEASES]]) == before
    assert f"byt-{DISEASES}" in ckan.packages


def test_two_portals_do_not_take_each_others_packages(demo: DemoStore, ckan: Ckan, tmp_path: Path) -> None:
    mirrored(ckan, demo.releases)
    state, other = ckan.state(), open_demo_store(tmp_path / "other")
    fill_demo_store(other)
    outcome = mirror(remote_of(ckan.address), other.releases, asked_of(other.releases))
    assert len(outcome.problems) == len(demo.releases.datasets())
    assert all(demo.releases.public_key.id in problem.rule for problem in outcome.problems)
    assert ckan.state() == state


def test_what_people_add_to_a_package_stays_and_what_they_change_is_put_right(demo: DemoStore, ckan: Ckan) -> None:
    mirrored(ckan, demo.releases)
    right = ckan.state()
    package = ckan.packages[DISEASES]
    theirs = {"key": "region_of_interest", "value": "ASEAN"}
    ckan.resource_create("admin", {"package_id": DISEASES, "url": "https://example.org/story", "name": "A story"})
    ckan.package_patch("admin", {"id": DISEASES, "title": "Changed", "extras": [*package["extras"], theirs]})
    mirrored(ckan, demo.releases)
    package = ckan.packages[DISEASES]
    assert package["title"] == right["packages"][DISEASES]["title"]
    assert theirs in package["extras"]
    assert [each["name"] for each in package["resources"]][-1] == "A story"
    written = len(ckan.writes())
    mirrored(ckan, demo.releases)
    assert len(ckan.writes()) == written


def edit_files(ckan: Ckan) -> None:
    """Edit each table as CKAN's own form does: it sends the fields that it shows, and the others are gone."""
    for package in ckan.packages.values():
        for each in [each for each in package["resources"] if each["format"] == "CSV"]:
            shown = {key: each[key] for key in ("id", "url", "format", "name")}
            ckan.resource_update("admin", {**shown, "description": "Edited by hand"})


def test_a_resource_that_was_edited_by_hand_is_put_right_and_not_made_twice(demo: DemoStore, ckan: Ckan) -> None:
    mirrored(ckan, demo.releases, rows=True)
    right = ckan.state()
    edit_files(ckan)
    assert "data/by-month.csv" not in resources(ckan, DISEASES)
    mirrored(ckan, demo.releases, rows=True)
    assert ckan.state() == right


def test_rows_of_a_resource_that_was_edited_by_hand_are_withdrawn_too(own: DemoStore, ckan: Ckan) -> None:
    mirrored(ckan, own.releases, rows=True)
    edit_files(ckan)
    for edition, version in (("2024", 2), ("2023", 1)):
        withdraw(own, VISITS, edition, version)
    mirrored(ckan, own.releases, rows=True)
    assert ckan.packages[VISITS]["resources"] == []
    assert set(ckan.tables) <= {each["id"] for package in ckan.packages.values() for each in package["resources"]}


def test_extras_keep_out_of_the_way_of_a_schema(demo: DemoStore, ckan: Ckan) -> None:
    """A schema of the target has a field `theme`; CKAN then takes no extra of this name."""
    create = ckan.package_create

    def with_schema(user: str, asked: dict[str, Any]) -> Any:
        if any(each["key"] == "theme" for each in asked["extras"]):
            raise Failure(409, "Validation Error", extras=[{"key": ["There is a schema field with the same name"]}])
        return create(user, asked)

    ckan.package_create = with_schema  # type: ignore[method-assign]
    refused = mirror(remote_of(ckan.address), demo.releases, asked_of(demo.releases))
    assert all("There is a schema field with the same name" in each for each in told(refused))
    naming = {"extras_prefix": "moh_"}
    mirrored(ckan, demo.releases, naming=naming)
    assert extras(ckan, DISEASES)["moh_release"] == "2024.2"
    assert all(key.startswith(("moh_", "ytemo_")) for key in extras(ckan, DISEASES))
    written = len(ckan.writes())
    mirrored(ckan, demo.releases, naming=naming)
    assert len(ckan.writes()) == written


def test_rows_that_another_loader_put_there_are_not_touched(demo: DemoStore, ckan: Ckan) -> None:
    mirrored(ckan, demo.releases)
    identifier = resources(ckan, DISEASES)["data/by-month.csv"]["id"]
    fields = [{"id": "a", "type": "text"}]
    ckan.datastore_create(
        "admin", {"resource_id": identifier, "force": True, "fields": fields, "records": [{"a": "x"}]}
    )
    outcome = mirror(remote_of(ckan.address), demo.releases, asked_of(demo.releases, rows=True))
    assert [problem.place for problem in outcome.problems] == [f"{DISEASES} data/by-month.csv"]
    assert "XLoader" in outcome.problems[0].remedy
    assert ckan.tables[identifier]["records"] == [{"_id": 1, "a": "x"}]


# A rehearsal ----------------------------------------------------------------------------------------------------------


def test_a_rehearsal_says_what_the_run_then_writes(demo: DemoStore, ckan: Ckan) -> None:
    asked = asked_of(demo.releases, rows=True)
    rehearsal = remote_of(ckan.address, rehearsal=True)
    mirror(rehearsal, demo.releases, asked)
    assert ckan.writes() == []
    remote = remote_of(ckan.address)
    mirror(remote, demo.releases, asked)
    assert rehearsal.written == remote.written
    assert re.fullmatch(r"[a-z_]+", ckan.writes()[0].action)
