"""The texts that explain the portal hold together, speak as the portal does, and name things by one word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from catalog.record import THEME_LABELS
from datasets.breaks import BREAK
from datasets.cell_status import STATUS_MEANINGS
from datasets.text import LANGUAGES, Bilingual, Language
from portal.public.guide.text import TEXTS, TextName, text
from portal.public.pages.text import text_page
from portal.public.pages.theme_texts import THEMES
from portal.shared.links import Links
from portal.shared.translations import translations
from portal.shared.wording import wording

NAMES: tuple[TextName, ...] = get_args(TextName)
DOCS = Path(__file__).parents[3] / "docs" / "glossary.md"
JOURNALISTS = ("so-lieu-cho-nha-bao.md", "use-data-in-journalism.md")
FOR_VISITORS = {"dataset", "edition", "version", "release", "publisher", "dimension", "measure", "cell", "threshold"}
"""The words of docs/glossary.md that pages use; the others are of those who make and protect data."""
OF_OTHERS = {"Data", "From Text/CSV", "File origin", "Load"}
"""What buttons of Excel are called."""
NOT_SAID = re.compile(r"\b(snapshots?|packages of data|masking|primary key|rows? of data|issues?)\b", re.IGNORECASE)


def texts_in(value: object) -> Iterator[Bilingual]:
    if isinstance(value, Bilingual):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from texts_in(getattr(value, name))
    elif isinstance(value, tuple):
        for each in value:
            yield from texts_in(each)


def test_every_file_is_a_text_that_is_shown() -> None:
    assert {file.stem for file in TEXTS.iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_anchors_are_unique_and_lead_somewhere(name: TextName) -> None:
    written = text(name)
    anchors = [each.anchor for each in written.sections] + [
        term.anchor for each in written.sections for term in each.terms
    ]
    assert len(anchors) == len(set(anchors))
    terms = written.terms()
    assert {anchor for term in terms.values() for anchor in term.see} <= set(terms)
    assert [anchor for anchor, term in terms.items() if anchor in term.see] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_is_quoted_is_what_the_portal_says(name: TextName) -> None:
    messages = translations("vi")
    for each in texts_in(text(name)):
        quoted = [re.findall("“([^”]+)”", written) for written in (each.en, each.vi)]
        ours = [pair for pair in zip(*quoted, strict=True) if pair[0] not in OF_OTHERS]
        assert [messages.gettext(en) for en, _ in ours] == [vi for _, vi in ours]


@pytest.mark.parametrize("name", NAMES)
def test_things_are_called_by_their_word(name: TextName) -> None:
    assert [each.en for each in texts_in(text(name)) if NOT_SAID.search(each.en)] == []


def test_the_glossary_explains_the_words_of_the_project() -> None:
    explained = {term.name.en.partition(",")[0].lower() for term in text("glossary").terms().values()}
    known = set(re.findall(r"^- \*\*(.+?)\*\*", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    assert known >= FOR_VISITORS
    assert explained >= FOR_VISITORS
    assert explained >= {"suppression", "withheld", "confidence interval", "rate", "icd-10", "licence"}


def test_marks_are_called_as_in_the_legend() -> None:
    labels = {f"[{each.letter}]": each.label for each in STATUS_MEANINGS.values() if each.letter} | {"[b]": BREAK}
    found = {mark: term for term in text("glossary").terms().values() for mark in re.findall(r"\[\w\]", term.name.en)}
    assert set(found) == set(labels)
    assert {mark for each in texts_in(text("help")) for mark in re.findall(r"\[\w\]", each.vi)} == set(labels)
    assert set(text("glossary").terms()["marks"].see) == {term.anchor for term in found.values()}
    for mark, term in found.items():
        for language in LANGUAGES:
            assert labels[mark].of(language).startswith(term.name.of(language).partition(",")[0])


@pytest.mark.parametrize("guide", JOURNALISTS)
def test_journalists_are_not_told_that_a_withheld_number_is_small(guide: str) -> None:
    page = (DOCS.parent / "how-to" / guide).read_text(encoding="utf-8")
    assert not re.search("quá nhỏ nên|too small to be published", page)
    assert re.search("phép trừ|subtraction", page)


def test_every_theme_has_a_sentence() -> None:
    assert list(THEMES) == list(THEME_LABELS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_page_of_text_says_all_of_it(name: TextName, language: Language) -> None:
    page = text_page(name, Links(), wording(language))
    said = page.model_dump_json()
    assert [
        each.of(language) for each in texts_in(text(name)) if each.of(language).replace('"', '\\"') not in said
    ] == []
    assert page.in_english == f"/en{page.in_vietnamese}"
