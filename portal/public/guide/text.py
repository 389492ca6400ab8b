"""The texts that explain the portal: written once, in both languages, as data that pages and tests read alike."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from datasets.text import Bilingual, Model
from datasets.yaml_text import plain, read_yaml

TEXTS = Path(__file__).parent / "texts"
Anchor = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
Place = Literal[
    "about",
    "accessibility",
    "datasets",
    "developers",
    "feed",
    "glossary",
    "help",
    "marks",
    "publishers",
    "report",
    "request",
    "reuses",
    "themes",
]
"""Where a text may lead; portal.public.pages.text knows the addresses."""


class Pointer(Model):
    """A link from a text to a page of the portal."""

    to: Place
    text: Bilingual


class Term(Model):
    """A word that visitors meet, and what it means here."""

    anchor: Anchor
    name: Bilingual
    meaning: Bilingual
    see: tuple[Anchor, ...] = Field(default=(), description="The anchors of related terms.")


class Section(Model):
    """A part of a text, under a heading of its own; what it holds is shown in the order of these fields."""

    anchor: Anchor
    heading: Bilingual
    paragraphs: tuple[Bilingual, ...] = ()
    steps: tuple[Bilingual, ...] = Field(default=(), description="What to do, one after the other.")
    points: tuple[Bilingual, ...] = ()
    terms: tuple[Term, ...] = ()
    links: tuple[Pointer, ...] = ()


class Text(Model):
    """One page of text."""

    title: Bilingual
    lead: Bilingual
    sections: tuple[Section, ...] = Field(min_length=1)

    def terms(self) -> dict[str, Term]:
        """Return the terms that it explains, by their anchors."""
        return {term.anchor: term for section in self.sections for term in section.terms}


TextName = Literal["accessibility", "glossary", "help", "report", "request"]


@cache
def text(name: TextName) -> Text:
    """Return a text of the portal."""
    return Text.model_validate(plain(read_yaml(TEXTS / f"{name}.yaml", first="title")))
