"""Every worked disclosure example does what its page says."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from anonymization import ProtectedTables, protect
from tests.spec.examples import WITHHELD, Example, Grid, read_example, sum_of

PAGES = sorted((Path(__file__).parent / "disclosure").glob("*.md"))


def published(
    example: Example, protected: ProtectedTables, of: Collection[tuple[str, str]], measure: Callable[[str], str]
) -> dict[tuple[str, str], Grid]:
    """What protect publishes of a measure of some populations, in the form of the page."""
    found = {}
    for name, population in of:
        table = protected.table(name)
        places = example.given[name, population]
        values = table.values[measure(population)].tolist()
        cells = zip(places, values, table.public_status(population).tolist(), strict=True)
        found[name, population] = {
            place: WITHHELD if status == "suppressed" else str(value) for place, value, status in cells
        }
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda one: one.stem)
def test_the_page_shows_what_is_published(page: Path) -> None:
    example = read_example(page)
    protected = protect(example.tables(), example.rules)
    assert published(example, protected, example.given, str) == example.published
    assert published(example, protected, example.contributions, sum_of) == example.published_sums


def test_there_are_pages_and_each_has_its_own_title() -> None:
    titles = [read_example(page).title for page in PAGES]
    assert len(titles) == len(set(titles)) >= 9


def test_a_page_without_rules_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "broken.md"
    page.write_text("# No rules\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line of rules"):
        read_example(page)
