"""What differs between a package that is held and one that is wanted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from publishers.mirror.documents import Wanted
from publishers.mirror.held import Held, NotAPackage, made

WANTED = Wanted(
    fields={"name": "a", "title": "A", "owner_org": "moh", "version": ""},
    tags=("sởi",),
    extras={"ytemo_mirror": "key", "release": "2024.1"},
    ours=frozenset({"ytemo_mirror", "release", "theme"}),
    resources=({"ytemo_file": "a.csv", "name": "a.csv", "format": "CSV", "size": 5, "hash": "1"},),
)


def held(**changes: Any) -> Held:
    document = {
        "id": "1", "name": "a", "title": "A", "organization": {"name": "moh"}, "version": None,
        "tags": [{"name": "sởi"}], "extras": [{"key": key, "value": value} for key, value in WANTED.extras.items()],
        "resources": [{**WANTED.resources[0], "id": "r", "format": "csv", "size": "5"}],
    }  # fmt: skip
    return Held.of({**document, **changes})


def test_a_package_as_ckan_writes_it_does_not_differ() -> None:
    assert held().changes(WANTED) == ()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title": "B"}, ("title",)),
        ({"organization": None}, ("owner_org",)),
        ({"tags": None}, ("tags",)),
        ({"extras": [{"key": "ytemo_mirror", "value": "key"}, {"key": "theme", "value": "x"}]},
         ("extra release", "extra theme")),
        ({"resources": []}, ("resource a.csv",)),
        ({"resources": [{**WANTED.resources[0], "id": "r"}, {"ytemo_file": "b.csv", "id": "s"}]}, ("resource b.csv",)),
        ({"resources": [{**WANTED.resources[0], "id": "r", "hash": "2"}]}, ("resource a.csv",)),
    ],
)  # fmt: skip
def test_what_differs_is_named(changes: dict[str, Any], told: tuple[str, ...]) -> None:
    assert held(**changes).changes(WANTED) == told


@pytest.mark.parametrize("changes", [{"title": "B"}, {"tags": []}, {"resources": []}, {"extras": []}])
def test_what_is_sent_to_mend_it_does_not_differ(changes: dict[str, Any]) -> None:
    sent = held(**changes).mended(WANTED)
    sent["resources"] = [{"id": "r", **each} for each in sent["resources"]]
    assert Held.of({**sent, "organization": {"name": sent["owner_org"]}}).changes(WANTED) == ()


def test_what_is_made_does_not_differ() -> None:
    sent = made(WANTED)
    answer = {**sent, "id": "1", "organization": {"name": "moh"}, "resources": [{"id": "r", **sent["resources"][0]}]}
    assert Held.of(answer).changes(WANTED) == ()


def test_rows_are_stale_when_their_file_is_another_or_gone() -> None:
    loaded = {**WANTED.resources[0], "id": "r", "ytemo_rows": "1:x", "datastore_active": True}
    assert held(resources=[loaded]).stale_rows(WANTED) == ()
    for stale in ({**loaded, "hash": "2"}, {**loaded, "ytemo_file": "b.csv"}):
        package = held(resources=[stale])
        assert package.stale_rows(WANTED) == (stale,)
        sent = package.mended(WANTED)["resources"][0]
        assert "ytemo_rows" not in sent
        assert not sent.get("datastore_active")
    assert held(resources=[loaded]).mended(WANTED)["resources"][0]["ytemo_rows"] == "1:x"


def test_a_resource_that_lost_its_mark_is_known_by_its_address() -> None:
    edited = {"id": "r", "url": "https://here.example/a.csv", "hash": "1", "datastore_active": True}
    package = held(resources=[edited, {"id": "s", "url": "https://there.example/story"}])
    wanted = replace(WANTED, known={"https://here.example/a.csv": "a.csv"})
    assert package.changes(wanted) == ("resource a.csv",)
    assert package.stale_rows(wanted) == (edited,)
    sent = package.mended(wanted)["resources"]
    assert [(each["id"], each.get("ytemo_file")) for each in sent] == [("r", "a.csv"), ("s", None)]
    # Where ours is there, a second link to the same file is somebody's own.
    ours = {**WANTED.resources[0], "id": "r"}
    assert held(resources=[edited | {"id": "t"}, ours]).mended(wanted)["resources"][1]["id"] == "t"


def test_of_two_resources_of_one_file_the_first_is_kept() -> None:
    package = held(resources=[{**WANTED.resources[0], "id": name} for name in ("r", "s")])
    assert package.changes(WANTED) == ("resource a.csv",)
    assert [each["id"] for each in package.mended(WANTED)["resources"]] == ["r"]


def test_one_id_of_two_resources_does_not_stop_the_run() -> None:
    loaded = {**WANTED.resources[0], "id": "r", "hash": "2", "ytemo_rows": "1:x"}
    wanted = replace(WANTED, resources=(*WANTED.resources, {"ytemo_file": "b.csv", "hash": "3"}))
    package = held(resources=[loaded, {"id": "r", "ytemo_file": "b.csv"}])
    assert len(package.mended(wanted)["resources"]) == 2


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"id": 5},
        {"id": "1", "extras": {"a": "b"}},
        {"id": "1", "extras": ["a"]},
        {"id": "1", "tags": [{}]},
        {"id": "1", "resources": [{"name": "no id"}]},
        {"id": "1", "resources": [{"id": ["r"]}]},
        {"id": "1", "tags": [{"name": {}}]},
        {"id": "1", "extras": [{"key": ["a"], "value": "b"}]},
    ],
)
def test_what_is_no_package_is_refused(document: object) -> None:
    with pytest.raises(NotAPackage):
        Held.of(document)
