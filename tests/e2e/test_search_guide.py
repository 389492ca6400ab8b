"""Every example of the guide to the search, asked of the demo portal."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from catalog.facets import FACETS
from tests.support.http import Client

GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "search-the-catalog.md").read_text(encoding="utf-8")
ROWS = [line.split("|")[1:3] for line in GUIDE.splitlines() if line.startswith("| `")]
EXAMPLES = [(typed.strip(" `"), dataset.strip(" `")) for typed, dataset in ROWS]
ADDRESSES = [line.removeprefix("GET ") for line in GUIDE.splitlines() if line.startswith("GET ")]


@pytest.mark.parametrize(("typed", "dataset"), EXAMPLES)
def test_what_the_guide_types_finds_what_it_says(shipped: Client, typed: str, dataset: str) -> None:
    assert shipped.json(f"/api/v1/search?q={quote(typed)}")["hits"][0]["dataset"] == dataset


def test_the_guide_has_examples() -> None:
    assert len(EXAMPLES) > 8
    assert len(ADDRESSES) == 2
    assert all(f"`{facet}`" in GUIDE for facet in FACETS if facet not in ("kind", "theme"))


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_addresses_of_the_guide_answer(shipped: Client, address: str) -> None:
    assert shipped.json(address)


def test_what_it_does_not_do_is_true(shipped: Client) -> None:
    assert shipped.json("/api/v1/search?q=how+long+do+people+live")["total"] < 5
