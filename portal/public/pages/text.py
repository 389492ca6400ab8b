"""Pages of text: help, glossary, accessibility, and how to ask for data and report a problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import Field

from datasets.text import Language, Model
from portal.public.guide.text import Place, Section, Term, Text, TextName, text
from portal.public.pages.parts import Choice
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording

_SHORT = 4
"""A page of so many parts needs no list of them."""
_LETTERS = "write"
"""The section that letters belong to."""
_PLACES: Mapping[Place, Callable[[Links, Language], str]] = {
    "about": Links.about,
    "accessibility": Links.accessibility,
    "datasets": Links.datasets,
    "developers": Links.developers,
    "feed": Links.feed,
    "glossary": Links.glossary,
    "help": Links.help,
    "marks": lambda links, language: f"{links.about(language)}#marks",
    "publishers": Links.publishers,
    "report": Links.report,
    "request": Links.request,
    "reuses": Links.reuses,
    "themes": Links.themes,
}


class TermView(Model):
    """A term and what it means."""

    anchor: str = Field(description="Its place on the page.")
    name: str = Field(description="The word.")
    other: str = Field(description="The word in the other language; empty where it is the same.")
    meaning: str = Field(description="What it means.")
    see: tuple[Choice, ...] = Field(description="Related terms.")


class LetterView(Model):
    """A letter to begin."""

    anchor: str = Field(description="Its place on the page.")
    to: str = Field(description="Who gets it.")
    email: str = Field(description="The address of mail.")
    address: str = Field(description="What opens the mail program.")
    text: str = Field(description="Subject and beginning, to copy.")


class SectionView(Model):
    """A part of the page."""

    anchor: str = Field(description="Its place on the page.")
    heading: str = Field(description="Its heading.")
    paragraphs: tuple[str, ...] = Field(description="What it says.")
    steps: tuple[str, ...] = Field(description="What to do, one after the other.")
    points: tuple[str, ...] = Field(description="What it lists.")
    terms: tuple[TermView, ...] = Field(description="Terms that it explains.")
    links: tuple[Choice, ...] = Field(description="Where it leads.")
    letters: tuple[LetterView, ...] = Field(description="Letters to begin.")


class TextPage(Page):
    """A page of text."""

    lead: str = Field(description="What it is about, in a sentence or two.")
    about: Choice | None = Field(description="The release that a letter is about.")
    sections: tuple[SectionView, ...] = Field(description="Its parts.")
    contents: bool = Field(description="Whether it begins with a list of its parts.")


@dataclass(frozen=True)
class Asked:
    """What the address of a page of text adds to it."""

    addresses: Mapping[Language, str]
    letters: tuple[LetterView, ...] = ()
    about: Choice | None = None
    indexed: bool = field(default=True)


def text_page(name: TextName, links: Links, words: Wording, asked: Asked | None = None) -> TextPage:
    """Return a page of text; ``asked`` brings the letters that it offers."""
    written = text(name)
    asked = asked or Asked({"vi": _PLACES[name](links, "vi"), "en": _PLACES[name](links, "en")})
    return TextPage(
        language=words.language,
        title=words.of(written.title),
        description=words.of(written.lead),
        section="help" if name == "help" else "",
        in_vietnamese=asked.addresses["vi"],
        in_english=asked.addresses["en"],
        indexed=asked.indexed,
        lead=words.of(written.lead),
        about=asked.about,
        sections=tuple(_section(each, written, asked, links, words) for each in written.sections),
        contents=len(written.sections) > _SHORT,
    )


def _section(section: Section, written: Text, asked: Asked, links: Links, words: Wording) -> SectionView:
    terms = written.terms()
    return SectionView(
        anchor=section.anchor,
        heading=words.of(section.heading),
        paragraphs=tuple(map(words.of, section.paragraphs)),
        steps=tuple(map(words.of, section.steps)),
        points=tuple(map(words.of, section.points)),
        terms=tuple(term_view(each, terms, links, words) for each in section.terms),
        links=tuple(
            Choice(label=words.of(each.text), url=_PLACES[each.to](links, words.language)) for each in section.links
        ),
        letters=asked.letters if section.anchor == _LETTERS else (),
    )


def term_view(term: Term, terms: Mapping[str, Term], links: Links, words: Wording) -> TermView:
    """Return a term as pages explain it; ``terms`` are all that it may lead to."""
    name, other = words.of(term.name), words.other(term.name)
    related = [terms[anchor] for anchor in term.see]
    return TermView(
        anchor=term.anchor,
        name=name,
        other="" if other == name else other,
        meaning=words.of(term.meaning),
        see=tuple(
            Choice(label=words.of(each.name), url=links.glossary(words.language, each.anchor)) for each in related
        ),
    )
