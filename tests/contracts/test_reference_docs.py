"""The reference documentation names everything that the code has, and is what the code would write today."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import reference_docs

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def fresh() -> dict[str, str]:
    return reference_docs.pages()


@pytest.mark.parametrize(
    "name",
    [
        "settings.md",
        "definition.md",
        "errors.md",
        "cell-status.md",
        "policies.md",
        "commands.md",
        "table-rules.md",
        "query.md",
        "routes.md",
        "limits.md",
        "quality.md",
    ],
)
def test_a_generated_page_is_current(fresh: dict[str, str], name: str) -> None:
    written = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert written == fresh[name], f"docs/reference/{name} is behind the code: run make docs"


def test_every_generated_page_is_tested(fresh: dict[str, str]) -> None:
    assert set(fresh) == {path.name for path in (DOCS / "reference").glob("*.md")}


def test_every_error_tells_what_it_means() -> None:
    codes = [error.code for error in reference_docs.errors()]
    assert len(set(codes)) == len(codes)
    for error in reference_docs.errors():
        assert error.__doc__
        assert error.title


def test_every_glossary_term_of_the_style_guide_is_explained() -> None:
    glossary = (DOCS / "glossary.md").read_text(encoding="utf-8")
    terms = ("dataset", "definition", "edition", "version", "release", "distribution", "catalog record", "publisher",
             "publication job", "dimension", "measure", "cell", "contributors", "threshold", "sensitive cell",
             "primary suppression", "secondary suppression", "audit", "embargo", "withdrawal")  # fmt: skip
    missing = [term for term in terms if f"**{term}**" not in glossary]
    assert missing == []


@pytest.mark.parametrize("code", [0, 2, 40, 53, 70, 74, 130, 143])
def test_every_exit_code_is_explained(fresh: dict[str, str], code: int) -> None:
    assert f"| {code} |" in fresh["errors.md"]
