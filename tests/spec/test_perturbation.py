"""Every worked example of perturbation does what its page says, and the documentation leads to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spec.perturbation_examples import read_page

PAGES = sorted((Path(__file__).parent / "perturbation").glob("*.md"))
EXPLAINED = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "perturbation.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda one: one.stem)
def test_the_page_shows_what_is_published(page: Path) -> None:
    example = read_page(page)
    assert example.published() == example.grids["Published"]


@pytest.mark.parametrize("page", PAGES, ids=lambda one: one.stem)
def test_what_is_given_adds_up_and_the_documentation_links_the_page(page: Path) -> None:
    example = read_page(page)
    assert not (example.relations() @ example.counts("Given").reshape(-1)).any()
    assert f"tests/spec/perturbation/{page.name}" in EXPLAINED.read_text(encoding="utf-8")


def test_there_is_a_page_for_every_method() -> None:
    assert {read_page(page).method for page in PAGES} == {"nearest", "controlled", "small counts", "cell key"}


def test_a_page_without_a_method_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "broken.md"
    page.write_text("# No method\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line with the method"):
        read_page(page)
