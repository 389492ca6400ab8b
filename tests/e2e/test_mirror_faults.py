"""A mirror that is killed, and a target that fails in every way: the state is that of one undisturbed run."""

from __future__ import annotations

from typing import Any

import pytest

from publishers.mirror.run import mirror
from tests.support.ckan_target import Call, Ckan, ckan_target
from tests.support.killed_mirrors import killed_mirrors
from tests.support.mirrors import asked_of, mirrored, remote_of, resources, told
from tests.support.releases import (
    DemoStore,
)

pytestmark = pytest.mark.usefixtures("small_batches")
"""Tables of the demo store are loaded in several parts, as large ones are."""

DISEASES, VISITS = "notifiable-diseases", "hospital-visits"


@pytest.fixture(scope="module")
def whole(demo: DemoStore, small_batches: None) -> dict[str, Any]:
    """What a target holds after one undisturbed run."""
    with ckan_target() as running:
        mirrored(running, demo.releases, rows=True)
        return running.state()


def calls_of_one_run(demo: DemoStore) -> list[Call]:
    with ckan_target() as running:
        mirrored(running, demo.releases, rows=True)
        return running.calls


def empty(ckan: Ckan) -> None:
    for held in (ckan.organizations, ckan.packages, ckan.tables, ckan.calls):
        held.clear()


def test_a_large_table_is_loaded_in_parts(demo: DemoStore) -> None:
    actions = [call.action for call in calls_of_one_run(demo)]
    assert actions.count("datastore_upsert") >= 3
    assert actions.count("resource_patch") == 2 * actions.count("datastore_create")


def test_a_run_that_was_killed_at_any_call_is_taken_up(demo: DemoStore, ckan: Ckan, whole: dict[str, Any]) -> None:
    total = len(calls_of_one_run(demo))
    assert total > 20
    with killed_mirrors(demo.root, ckan.address) as run:
        for call in range(1, total + 1):
            for when in ("before", "after"):
                empty(ckan)
                assert run(call, when) == "killed"
                assert run(0, "never") == "ended 0"
                assert ckan.state() == whole, (call, when)


@pytest.mark.parametrize("fault", ["500", "503", "429", "cut", "gone", "before:500", "before:429", "before:gone"])
def test_one_failing_call_changes_nothing(demo: DemoStore, ckan: Ckan, whole: dict[str, Any], fault: str) -> None:
    """A fault ``before`` meets a call that is not carried out; any other spoils the answer to one that is."""
    for number in range(1, len(calls_of_one_run(demo)) + 1):
        empty(ckan)
        ckan.fault = lambda _, number=number: fault if len(ckan.calls) == number else ""  # type: ignore[misc]
        mirrored(ckan, demo.releases, rows=True)
        assert ckan.state() == whole, number


def test_answers_that_take_too_long_change_nothing(demo: DemoStore, ckan: Ckan, whole: dict[str, Any]) -> None:
    seen: set[str] = set()

    def slow_at_first(call: Call) -> str:
        first = call.action not in seen
        seen.add(call.action)
        return "slow" if first else ""

    ckan.fault = slow_at_first
    mirrored(ckan, demo.releases, rows=True)
    assert {"package_create", "datastore_create", "organization_create", "resource_patch"} <= seen
    assert ckan.state() == whole


def test_a_target_that_stays_broken_is_told_of_after_five_attempts(demo: DemoStore, ckan: Ckan) -> None:
    ckan.fault = lambda _: "before:503"
    waited: list[float] = []
    outcome = mirror(remote_of(ckan.address, sleep=waited.append), demo.releases, asked_of(demo.releases))
    first, rest = told(outcome)
    assert "did not answer in 5 attempts" in first
    assert "the target has a fault (HTTP 503)" in first
    assert "run the same command again" in first
    assert f"was not asked about {len(demo.releases.datasets()) - 1} more" in rest
    assert waited == [1.0, 2.0, 4.0, 8.0]
    assert [call.action for call in ckan.calls] == ["package_show"] * 5 + ["status_show"]


def test_what_ckan_refuses_is_told_and_the_others_go_on(demo: DemoStore, ckan: Ckan) -> None:
    mirrored(ckan, demo.releases, datasets=(VISITS,))
    first = ckan.package_create

    def refuses(user: str, asked: dict[str, Any]) -> Any:
        return first(user, {**asked, **({"tags": [{"name": "bad?tag"}]} if asked["name"] == DISEASES else {})})

    ckan.package_create = refuses  # type: ignore[method-assign]
    outcome = mirror(remote_of(ckan.address), demo.releases, asked_of(demo.releases))
    assert [problem.place for problem in outcome.problems] == [f"package_create {DISEASES}"]
    assert outcome.problems[0].rule.startswith('CKAN says: tags: Tag "bad?tag" can only contain')
    assert "run the command again" in outcome.problems[0].remedy
    assert sorted(ckan.packages) == sorted(set(demo.releases.datasets()) - {DISEASES})


def test_a_token_that_may_not_write_is_told_and_never_shown(demo: DemoStore, ckan: Ckan) -> None:
    outcome = mirror(remote_of(ckan.address, token="wrong-token-of-nobody"), demo.releases, asked_of(demo.releases))
    problems = told(outcome)
    assert len(problems) == len(demo.releases.datasets())
    assert all("not authorized" in each and "Give a token" in each for each in problems)
    assert "wrong-token" not in "\n".join(problems) + repr(remote_of(ckan.address, token="wrong-token-of-nobody"))
    assert ckan.packages == {}


def test_a_damaged_release_is_not_spread(own: DemoStore, ckan: Ckan) -> None:
    entry = own.releases.latest(DISEASES).manifest.files[0]
    damaged = own.root / "objects" / entry.sha256[:2] / entry.sha256
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes() + b"x")
    outcome = mirror(remote_of(ckan.address), own.releases, asked_of(own.releases))
    assert outcome.problems
    assert sorted(ckan.packages) == sorted(set(own.releases.datasets()) - {DISEASES})


def test_rows_that_went_missing_are_loaded_again(demo: DemoStore, ckan: Ckan, whole: dict[str, Any]) -> None:
    mirrored(ckan, demo.releases, rows=True)
    identifier = resources(ckan, DISEASES)["data/by-month.csv"]["id"]
    ckan.tables[identifier]["records"].pop()
    mirrored(ckan, demo.releases, rows=True)
    assert ckan.state() == whole
    del ckan.tables[identifier]
    mirrored(ckan, demo.releases, rows=True)
    assert ckan.state() == whole


def test_rows_of_a_load_that_was_broken_off_are_loaded_anew(demo: DemoStore, ckan: Ckan, whole: dict[str, Any]) -> None:
    mirrored(ckan, demo.releases, rows=True)
    resource = resources(ckan, DISEASES)["data/by-month.csv"]
    ckan.resource_patch("admin", {"id": resource["id"], "ytemo_rows": "loading"})
    del ckan.tables[resource["id"]]["records"][5:]
    mirrored(ckan, demo.releases, rows=True)
    assert ckan.state() == whole
