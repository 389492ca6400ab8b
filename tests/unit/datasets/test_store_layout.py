"""Names of the store's files are exact: no text of a stranger becomes a path."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets.store_layout import ReleaseFile, StoreLayout, parse_release_file

LAYOUT = StoreLayout(Path("/store"))


def test_each_thing_has_its_place() -> None:
    name = "ab" + "0" * 62

    assert LAYOUT.object(name) == Path("/store/objects/ab") / name
    assert LAYOUT.envelope("sexes", "2025-Q1", 3) == Path("/store/releases/sexes/2025-Q1.3.json")
    assert LAYOUT.withdrawal("sexes", "2025-Q1", 3) == Path("/store/releases/sexes/2025-Q1.3.withdrawn.json")
    assert LAYOUT.staging == Path("/store/staging")
    assert LAYOUT.derived == Path("/store/derived")


@pytest.mark.parametrize("name", ["", "..", "../../etc", "ab", "AB" + "0" * 62, "ab" + "0" * 62 + "\n"])
def test_an_object_is_named_by_a_hash(name: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        LAYOUT.object(name)


@pytest.mark.parametrize("dataset", ["", "..", "a/b", "Sexes", "sexes\n", "a" * 65])
def test_a_dataset_is_no_path(dataset: str) -> None:
    with pytest.raises(ValueError, match="letters"):
        LAYOUT.dataset(dataset)


@pytest.mark.parametrize("edition", ["", "..", "2025/1", "2025.1"])
def test_an_edition_is_no_path(edition: str) -> None:
    with pytest.raises(ValueError, match="letters"):
        LAYOUT.envelope("sexes", edition, 1)


def test_names_say_which_release_they_are() -> None:
    assert parse_release_file("2025-03.12.json") == ReleaseFile("2025-03", 12, withdrawn=False)
    assert parse_release_file("2025.1.withdrawn.json") == ReleaseFile("2025", 1, withdrawn=True)


@pytest.mark.parametrize(
    "name", ["2025.json", "2025.0.json", "2025.01.json", "2025.1.json~", ".2025.1.json", "x.y.json"]
)
def test_other_names_are_strangers(name: str) -> None:
    assert parse_release_file(name) is None
