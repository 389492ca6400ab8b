"""Datasets that come and go: listed page by page, left out once they are withdrawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from datasets.errors import DatasetNotFound
from portal.public.live_catalog import LiveCatalog
from portal.public.mcp import shelf
from portal.public.mcp.arguments import DescribeArguments, SearchArguments
from portal.public.mcp.describing import describe, text_of
from portal.public.mcp.searching import search
from portal.public.mcp.shelf import list_datasets, quote_figure, read_dataset
from portal.public.mcp.sources import Sources
from portal.shared.links import Links
from tests.support.public_scene import PublicScene


@pytest.fixture
def scene(tmp_path: Path) -> PublicScene:
    return PublicScene(tmp_path)


def sources_of(scene: PublicScene) -> Sources:
    """Return what the tools answer from; no table is read."""
    catalog = LiveCatalog(scene.releases, scene.root / "derived" / "catalog")
    catalog.refresh()
    return Sources(scene.releases, catalog, cast("Any", None), Links("https://data.example.vn"))


def test_datasets_are_listed_page_by_page(scene: PublicScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "PAGE_SIZE", 2)
    for name in ("ages", "places", "sexes"):
        scene.add(dataset=name)
    sources = sources_of(scene)
    first = list_datasets(sources, "")
    assert ([each.name for each in first.resources], first.next_cursor) == (["ages", "places"], "places")
    second = list_datasets(sources, first.next_cursor or "")
    assert ([each.name for each in second.resources], second.next_cursor) == (["sexes"], None)
    assert str(second.resources[0].uri) == "ytemo://datasets/sexes"


def test_what_is_withdrawn_after_the_index_was_built_is_left_out(scene: PublicScene) -> None:
    scene.add(dataset="ages")
    scene.add(dataset="sexes")
    sources = sources_of(scene)
    assert search(sources, SearchArguments()).total == 2
    scene.withdraw(1)
    answer = search(sources, SearchArguments())
    assert (answer.total, [each.dataset for each in answer.datasets], answer.more) == (1, ["ages"], False)
    assert [each.name for each in list_datasets(sources, "").resources] == ["ages"]


@pytest.mark.parametrize("uri", ["", "ytemo://datasets/", "ytemo://datasets/a/releases/", "https://a", "ytemo://x/a\n"])
def test_other_addresses_are_no_resources(scene: PublicScene, uri: str) -> None:
    with pytest.raises(DatasetNotFound, match="No resource has this address"):
        read_dataset(sources_of(scene), uri)


def test_a_code_list_is_described_with_its_codes(scene: PublicScene) -> None:
    scene.add()
    sources = sources_of(scene)
    told = describe(sources, DescribeArguments(dataset="sexes"))
    assert (told.tables, told.statuses, told.notes) == ((), (), ())
    assert told.about is not None
    assert told.about.protection is None
    (name,) = [each.name for each in told.code_lists]
    asked = DescribeArguments(dataset="sexes", codes_of=name, find="nu", lang="vi")
    codes = describe(sources, asked)
    assert codes.codes is not None
    assert [each.code for each in codes.codes.codes] == ["F"]
    assert "- F: Nữ" in text_of(codes, asked)


def test_a_question_is_asked_as_it_was_written() -> None:
    (message,) = quote_figure({"question": "100% of %(x)s?", "lang": "en"}).messages
    assert message.role == "user"
    assert "100% of %(x)s?" in message.model_dump_json()
    with pytest.raises(ValueError, match="question: must be given"):
        quote_figure({"question": "x" * 501})
