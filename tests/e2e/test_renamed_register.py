"""A register whose fields are renamed, and which goes as a whole: figures of groups, lists of names, headers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from datasets.definition import Definition
from publishers.promise_checks import broken_promises
from publishers.promise_standing import Standing
from publishers.promises import offer_of_definition, offer_of_release
from tests.support.http import Client
from tests.support.portal import portal_client
from tests.support.releases import DemoStore, add_edition, codelist_contents, loaded, open_demo_store, register_contents

DATA = "/api/v1/datasets/licensed-facilities/tables/register/data"
REASON = {"vi": "Có nguồn khác.", "en": "There is another source."}
UNTIL = "2026-09-30"


def renamed_definition() -> Definition:
    """Return the definition of the register whose ``beds`` were called ``capacity`` and ``places`` before."""
    tree = register_contents().definition.model_dump(exclude_defaults=True)
    tree["renamed"] = {name: {"to": "beds", "until": UNTIL} for name in ("capacity", "places")}
    tree["retiring"] = {"tables.register": {"until": UNTIL, "reason": REASON}}
    return Definition.model_validate(tree)


@pytest.fixture(scope="module")
def facilities(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    store = open_demo_store(tmp_path_factory.mktemp("register") / "data")
    contents = replace(register_contents(), loaded=loaded(renamed_definition(), []))
    add_edition(store, contents, at=datetime(2025, 7, 1, tzinfo=UTC))
    return store


@pytest.fixture(scope="module")
def portal(facilities: DemoStore) -> Iterator[Client]:
    with portal_client(facilities) as client:
        yield client


def test_figures_of_groups_are_called_as_asked(portal: Client) -> None:
    answer = portal.json(f"{DATA}?group=capacity&aggregate=count,max(capacity)&order=capacity&capacity__gte=0")
    assert [row["capacity_max"] for row in answer["data"]] == [0, 15, 3200]
    assert [field["name"] for field in answer["fields"]] == ["capacity", "count", "capacity_max"]
    assert [field.get("renamed_to") for field in answer["fields"]] == ["beds", None, "beds_max"]
    largest = portal.json(f"{DATA}?group=capacity&aggregate=max(capacity)&order=-capacity_max&limit=1")
    assert largest["data"] == [{"capacity": 3200, "capacity_max": 3200}]


def test_each_older_name_can_be_asked_for_or_left_out(portal: Client) -> None:
    def columns(question: str) -> list[str]:
        return [field["name"] for field in portal.json(f"{DATA}?limit=1{question}")["fields"]]

    assert columns("") == ["licence_number", "name", "beds", "capacity", "places", "issued"]
    assert columns("&names=both") == columns("")
    assert columns("&names=places") == ["licence_number", "name", "beds", "places", "issued"]
    assert columns("&names=present") == ["licence_number", "name", "beds", "issued"]
    for wrong in ("names=nobeds", "names=beds", "select=capacity,places"):
        assert portal.get(f"{DATA}?{wrong}").status_code == 400


def test_every_answer_of_a_table_that_goes_says_so(portal: Client) -> None:
    answer = portal.get(f"{DATA}?select=name&names=present")
    assert answer.headers["sunset"] == "Wed, 30 Sep 2026 17:00:00 GMT"
    assert "deprecation" not in portal.get(f"{DATA}?select=name&release=2025-06.1").headers


def test_a_definition_offers_what_its_release_offers(facilities: DemoStore) -> None:
    release = facilities.releases.latest("licensed-facilities")
    offered, declared = offer_of_release(release.description), offer_of_definition(renamed_definition())
    assert declared == offered
    standing = Standing(date(2026, 9, 1), offered, offered, "licensed-facilities 2025-06.1")
    assert broken_promises(declared, standing) == ()


def test_the_lists_of_a_code_list_dataset_are_offered(facilities: DemoStore) -> None:
    contents = codelist_contents()
    add_edition(facilities, contents, at=datetime(2025, 7, 2, tzinfo=UTC))
    release = facilities.releases.latest("administrative-units")
    assert offer_of_release(release.description) == offer_of_definition(contents.definition)
    assert offer_of_release(release.description).codelists == {"provinces-demo"}
