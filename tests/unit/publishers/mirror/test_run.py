"""One run of the mirror where the target does what few targets do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datasets.errors import DatasetNotFound
from publishers.mirror.run import mirror
from tests.support.ckan_packages import Failure
from tests.support.ckan_target import ADMIN_TOKEN, Ckan, ckan_target
from tests.support.mirrors import asked_of, mirrored, remote_of, told
from tests.support.releases import DemoStore, make_demo_store

DISEASES = "notifiable-diseases"
ONE = {"datasets": (DISEASES,)}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    return make_demo_store(tmp_path_factory.mktemp("mirrored") / "store")


@pytest.fixture
def ckan() -> Iterator[Ckan]:
    with ckan_target() as running:
        yield running


def problems(ckan: Ckan, demo: DemoStore, **asked: Any) -> list[str]:
    remote = remote_of(ckan.address)
    outcome = mirror(remote, demo.releases, asked_of(demo.releases, **{**ONE, **asked}))
    remote.close()
    return told(outcome)


def test_a_package_that_was_made_late_is_found(ckan: Ckan, demo: DemoStore) -> None:
    """The first attempt is answered with 500, carried out, and not yet seen when it is looked for."""
    show, hidden = ckan.package_show, iter([True, True])

    def late(user: str, asked: dict[str, Any]) -> Any:
        if next(hidden, False):
            raise Failure(404, "Not Found Error", message="Not found")
        return show(user, asked)

    ckan.package_show = late  # type: ignore[method-assign]
    faults = iter(["500"])
    ckan.fault = lambda call: next(faults, "") if call.action == "package_create" else ""
    mirrored(ckan, demo.releases, **ONE)
    assert [call.status for call in ckan.calls if call.action == "package_create"] == [200, 409]
    assert list(ckan.packages) == [DISEASES]


def test_a_refusal_is_not_tried_again_without_end(ckan: Ckan, demo: DemoStore) -> None:
    def refuses(user: str, asked: dict[str, Any]) -> Any:
        raise Failure(409, "Validation Error", name=["That URL is already in use."])

    ckan.package_create = refuses  # type: ignore[method-assign]
    faults = iter(["500"])
    ckan.fault = lambda call: next(faults, "") if call.action == "package_create" else ""
    assert "That URL is already in use." in problems(ckan, demo)[0]
    assert len([call for call in ckan.calls if call.action == "package_create"]) == 3


def test_a_target_that_keeps_something_else_is_told_of(ckan: Ckan, demo: DemoStore) -> None:
    mirrored(ckan, demo.releases, **ONE)
    ckan.package_patch("admin", {"id": DISEASES, "title": "Changed"})
    update = ckan.package_update

    def shouting(user: str, asked: dict[str, Any]) -> Any:
        return update(user, {**asked, "title": str(asked["title"]).upper()})

    ckan.package_update = shouting  # type: ignore[method-assign]
    (problem,) = problems(ckan, demo)
    assert "keeps these otherwise than they were sent: title" in problem
    assert "extension" in problem


def test_one_organisation_can_take_everything(ckan: Ckan, demo: DemoStore) -> None:
    assert "chung: is no organisation of the target" in problems(ckan, demo, naming={"organization": "chung"})[0]
    assert ckan.organizations == {}
    ckan.organization_create("admin", {"name": "chung", "title": "Chung"})
    mirrored(ckan, demo.releases, naming={"organization": "chung"})
    assert list(ckan.organizations) == ["chung"]
    assert {package["organization"]["name"] for package in ckan.packages.values()} == {"chung"}
    mirrored(ckan, demo.releases)
    assert {package["organization"]["name"] for package in ckan.packages.values()} == {"ministry-of-health"}


def test_an_organisation_that_may_not_be_seen_is_told(ckan: Ckan, demo: DemoStore) -> None:
    def denies(user: str, asked: dict[str, Any]) -> Any:
        raise Failure(403, "Authorization Error", message="Access denied: not yours")

    ckan.organization_show = denies  # type: ignore[method-assign]
    assert problems(ckan, demo)[0].startswith("organization_show ministry-of-health: CKAN says: ")


def test_an_answer_that_is_no_package_is_told(ckan: Ckan, demo: DemoStore) -> None:
    ckan.package_show = lambda user, asked: ["no", "package"]  # type: ignore[method-assign]
    assert "is answered with something that is no package of CKAN" in problems(ckan, demo)[0]


def test_an_answer_about_another_package_is_not_written_to(ckan: Ckan, demo: DemoStore) -> None:
    """Something on the way mixes up two answers; both packages are ours, and say so."""
    mirrored(ckan, demo.releases)
    before, show, other = ckan.state(), ckan.package_show, demo.releases.datasets()[0]
    ckan.package_show = lambda user, asked: show(user, {"id": other})  # type: ignore[method-assign]
    assert "is answered with a package of another name" in problems(ckan, demo)[0]
    assert ckan.state() == before


def test_a_resource_that_is_gone_meanwhile_is_told(ckan: Ckan, demo: DemoStore) -> None:
    create = ckan.package_create

    def forgets(user: str, asked: dict[str, Any]) -> Any:
        return {**create(user, asked), "resources": []}

    ckan.package_create = forgets  # type: ignore[method-assign]
    assert "is no longer a resource of its package" in problems(ckan, demo, rows=True)[0]
    assert problems(ckan, demo, rows=True) == []


@pytest.mark.parametrize("action", ["datastore_delete", "datastore_search"])
def test_rows_that_may_not_be_read_or_removed_are_told(ckan: Ckan, demo: DemoStore, action: str) -> None:
    mirrored(ckan, demo.releases, rows=True, **ONE)

    def denies(user: str, asked: dict[str, Any]) -> Any:
        raise Failure(403, "Authorization Error", message="Access denied: not yours")

    setattr(ckan, action, denies)
    ckan.tables.popitem()
    assert problems(ckan, demo, rows=True)[0].startswith(action)


@pytest.mark.parametrize("part", ["mark", "file"])
def test_a_token_that_the_target_keeps_in_a_package_is_not_shown(ckan: Ckan, demo: DemoStore, part: str) -> None:
    mirrored(ckan, demo.releases, **ONE)
    package = ckan.packages[DISEASES]
    if part == "mark":
        next(each for each in package["extras"] if each["key"] == "ytemo_mirror")["value"] = f"{'x' * 60}{ADMIN_TOKEN}"
    else:
        package["resources"].append({**package["resources"][0], "id": "x", "ytemo_file": f"\x1b[2J{ADMIN_TOKEN}"})
    remote = remote_of(ckan.address)
    outcome = mirror(remote, demo.releases, asked_of(demo.releases, datasets=(DISEASES,)))
    remote.close()
    said = "\n".join([*told(outcome), *remote.written])
    assert len(said) > 20
    assert ADMIN_TOKEN[:4] not in said
    assert "\x1b" not in said


def test_a_package_that_the_target_cannot_answer_does_not_hold_up_the_others(ckan: Ckan, demo: DemoStore) -> None:
    ckan.fault = lambda call: "before:500" if call.asked.get("id") == demo.releases.datasets()[0] else ""
    (problem,) = problems(ckan, demo, datasets=())
    assert f"package_show {demo.releases.datasets()[0]}: the target has a fault (HTTP 500)" in problem
    assert sorted(ckan.packages) == sorted(demo.releases.datasets()[1:])


def test_a_target_that_goes_down_is_left_and_what_was_written_is_known(ckan: Ckan, demo: DemoStore) -> None:
    names = demo.releases.datasets()
    ckan.fault = lambda _: "before:503" if ckan.packages else ""
    remote = remote_of(ckan.address)
    outcome = mirror(remote, demo.releases, asked_of(demo.releases))
    remote.close()
    assert outcome.changed == [names[0]]
    assert f"package_create {names[0]}" in remote.written
    assert [each.place for each in outcome.problems] == [ckan.address] * 2
    assert outcome.problems[1].rule == f"was not asked about {len(names) - 2} more: {', '.join(names[2:])}"


def test_a_misspelt_dataset_is_told_before_anything_is_asked(ckan: Ckan, demo: DemoStore) -> None:
    with pytest.raises(DatasetNotFound, match="notifiable-diseases"):
        problems(ckan, demo, datasets=("notifiable-disease", DISEASES))
    assert ckan.calls == []


def test_progress_names_each_dataset(ckan: Ckan, demo: DemoStore, tmp_path: Path) -> None:
    steps: list[str] = []
    mirrored(ckan, demo.releases, rows=True, progress=steps.append, **ONE)
    assert steps[0] == f"mirror {DISEASES}"
    assert f"mirror {DISEASES}: rows of data/by-month.csv" in steps
