"""A release describes what can be asked of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from datasets.cell_rules import Denominators
from datasets.codelist import Codelist, Member
from datasets.errors import FileNotFound
from datasets.public_releases import PublicRelease, PublicReleases
from portal.query.schema import Cube, Register, read_schema, table_names
from tests.support.cubes import axis, both
from tests.support.releases import make_demo_store


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> PublicReleases:
    return make_demo_store(Path(tmp_path_factory.mktemp("store")) / "data").releases


def schema(releases: PublicReleases, release: PublicRelease, table: str) -> Cube | Register:
    return read_schema(
        release.description,
        table,
        release=release.envelope_sha256,
        codelist=lambda identifier: releases.codelist(release, identifier),
    )


def test_a_cube_has_the_members_that_are_published(releases: PublicReleases) -> None:
    release = releases.latest("notifiable-diseases")
    found = schema(releases, release, "by-month")
    assert isinstance(found, Cube)
    assert table_names(release.description) == ("by-month", "by-province")
    assert found.field_names[:5] == ("province", "month", "sex", "cases", "mean_stay")
    province = found.axes["province"]
    assert province.members == ("N", "01", "22", "S", "48", "79")
    assert province.finest == ("01", "22", "48", "79")
    assert province.children == {"_T": frozenset("NS"), "N": frozenset({"01", "22"}), "S": frozenset({"48", "79"})}
    assert found.axes["month"].finest[0] == "2024-01"
    assert found.axes["sex"].levels == ("",)
    assert found.fewest is None
    disclosure = release.description.disclosure
    assert disclosure is not None
    asked = disclosure.rules.model_copy(update={"denominators": Denominators(events=20)})
    told = release.description.model_copy(update={"disclosure": disclosure.model_copy(update={"rules": asked})})
    manifest = release.manifest.model_copy(update={"description": told})
    found = schema(releases, replace(release, manifest=manifest), "by-month")
    assert isinstance(found, Cube)
    assert found.fewest == Denominators(events=20)


def test_a_register_is_a_table_of_its_own(releases: PublicReleases) -> None:
    release = releases.latest("licensed-facilities")
    found = schema(releases, release, "register")
    assert isinstance(found, Register)
    assert table_names(release.description) == ("register",)
    assert list(found.fields) == ["licence_number", "name", "beds", "issued"]


@pytest.mark.parametrize(
    ("dataset", "known"),
    [("notifiable-diseases", "Known here: by-month, by-province"), ("administrative-units", "None is known here")],
)
def test_an_unknown_table_is_answered_with_those_there_are(releases: PublicReleases, dataset: str, known: str) -> None:
    with pytest.raises(FileNotFound, match=known):
        schema(releases, releases.latest(dataset), "register")


def test_a_code_list_that_goes_in_circles_ends() -> None:
    circle = axis("unit", [("a", "x", "b"), ("b", "x", "a"), ("c", "x", "unlisted")], total=False)
    assert list(circle.ancestors("a")) == ["b", "_T"]
    assert list(circle.ancestors("c")) == ["unlisted", "_T"]
    assert circle.children == {"a": frozenset("b"), "b": frozenset("a")}


def test_a_register_keeps_the_code_lists_of_its_fields(releases: PublicReleases) -> None:
    release = releases.latest("licensed-facilities")
    register = release.description.register_
    assert register is not None
    coded = register.model_copy(
        update={"fields": (register.fields[0].model_copy(update={"codelist": "provinces-demo"}),)}
    )
    description = release.description.model_copy(update={"register_": coded})
    asked = Codelist("provinces-demo", both("provinces"), (Member("01", both("Ha Noi")),))
    found = read_schema(description, "register", release="r", codelist=lambda _: asked)
    assert isinstance(found, Register)
    assert found.codelists == {"licence_number": asked}
