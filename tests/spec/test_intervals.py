"""Every worked example of interval protection does what its page says."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import pytest

from anonymization import protect_system as protection
from anonymization.audit_system import audit_system
from anonymization.protect_system import protect_system
from datasets.disclosure import Guarantee
from datasets.errors import DisclosureRisk
from tests.spec.interval_examples import WITHHELD, Example, Grid, read_example
from tests.support.linear_oracle import narrow, safe

PAGES = sorted((Path(__file__).parent / "intervals").glob("*.md"))


@pytest.fixture(autouse=True)
def few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protection, "TRIES", 2_000)


def published(example: Example, guarantee: Guarantee) -> Grid:
    """What is shown under a guarantee, in the form of the page."""
    withheld = protect_system(example.system, guarantee=guarantee, effort=20_000).withheld
    return {
        place: WITHHELD if flag else value
        for (place, value), flag in zip(example.given.items(), withheld.tolist(), strict=False)
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda one: one.stem)
def test_the_page_shows_what_is_published(page: Path) -> None:
    example = read_example(page)
    for guarantee, grid in example.published.items():
        assert published(example, cast("Guarantee", guarantee)) == grid
    if example.refused:
        with pytest.raises(DisclosureRisk) as caught:
            protect_system(example.system, effort=20_000)
        assert example.refused in str(caught.value)
    else:
        assert "interval" in example.published


@pytest.mark.parametrize("page", PAGES, ids=lambda one: one.stem)
def test_what_a_page_publishes_exactly_leaves_a_range_too_narrow_where_it_publishes_otherwise(page: Path) -> None:
    example = read_example(page)
    for guarantee, grid in example.published.items():
        names = {" ".join(place) for place, value in grid.items() if value == WITHHELD}
        withheld = example.system.sensitive | np.array([cell in names for cell in example.system.cells])
        assert safe(example.system, withheld, guarantee)
        other = guarantee == "exact" and grid != example.published.get("interval", grid)
        assert bool(narrow(example.system, withheld)) == other
        assert audit_system(example.system, withheld).safe != other


def test_there_are_pages_and_each_has_its_own_title() -> None:
    titles = [read_example(page).title for page in PAGES]
    assert len(titles) == len(set(titles)) >= 6


def test_a_page_without_levels_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "broken.md"
    page.write_text("# No levels\n\nSensitive: 1 to 4\n", encoding="utf-8")
    with pytest.raises(ValueError, match="needs sensitive cells, levels"):
        read_example(page)
