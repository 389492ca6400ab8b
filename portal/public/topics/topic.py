"""Topics: what people look for by its name, such as dengue, in a list (YAML) that is reviewed like code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from catalog.synonyms import Phrase, synonym_table
from catalog.vietnamese import words
from datasets.errors import DefinitionInvalid, Problem, SettingInvalid
from datasets.hints import hint
from datasets.named_lists import read_list
from datasets.names import Identifier
from datasets.text import Bilingual, Model
from portal.public.explore.asked import FIRST, HELD, LAST, LEVEL, MEMBERS
from portal.public.explore.exploration import SHOWS
from portal.public.guide.text import Anchor, text

SHIPPED = Path(__file__).with_name("topics.yaml")
MAX_TOPICS = 200
_PLAIN = ("table", "show", "measure", "rows", "columns", "geography", "sort")
_OF_DIMENSIONS = (MEMBERS, LEVEL, FIRST, LAST, HELD)
_Term = Annotated[str, StringConstraints(min_length=2, max_length=100)]


class Question(Model):
    """What people ask of a topic, and the state of the explorer that answers."""

    ask: Bilingual = Field(description="The question, as people ask it.")
    dataset: Identifier = Field(description="The dataset that answers; while it is not public, nobody is shown this.")
    explore: Mapping[str, str] = Field(
        min_length=1, description="The parameters of the explorer, by names of measure and dimensions."
    )

    @field_validator("explore")
    @classmethod
    def _is_of_the_explorer(cls, given: Mapping[str, str]) -> Mapping[str, str]:
        for name in given:
            if name not in _PLAIN and not (name.startswith(_OF_DIMENSIONS) and name.partition(".")[2]):
                known = ", ".join((*_PLAIN, *(f"{each}DIMENSION" for each in _OF_DIMENSIONS)))
                raise ValueError(f"{name[:80]!a} is no parameter of the explorer, which are: {known}")
        if given.get("show", SHOWS[0]) not in SHOWS:
            raise ValueError(f"show must be one of: {', '.join(SHOWS)}")
        return given


class Topic(Model):
    """What people look for by its name."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)] = Field(
        description="Its name in the address of the page, such as dengue: small letters, digits and hyphens."
    )
    title: Bilingual = Field(description="What it is called.")
    sentence: Bilingual = Field(description="What it is about, in one plain sentence.")
    terms: tuple[_Term, ...] = Field(
        min_length=1,
        max_length=20,
        description="What datasets about it say in their title or keywords; synonyms of the search need no mention.",
    )
    glossary: tuple[Anchor, ...] = Field(default=(), max_length=20, description="Terms of the glossary that help.")
    questions: tuple[Question, ...] = Field(default=(), max_length=20, description="What people ask of it.")

    @field_validator("terms")
    @classmethod
    def _hold_words(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for each in given:
            if not words(each):
                raise ValueError(f"{each[:80]!a} must hold a word")
        return given

    @cached_property
    def names(self) -> tuple[Phrase, ...]:
        """What it is called by: its titles, its terms, and what the search takes for the same."""
        return with_synonyms((self.title.vi, self.title.en, *self.terms))

    @cached_property
    def wanted(self) -> tuple[Phrase, ...]:
        """What datasets about it name: its terms, and what the search takes for the same."""
        return with_synonyms(self.terms)


class TopicList(Model):
    """The file."""

    topics: tuple[Topic, ...] = Field(max_length=MAX_TOPICS, description="The topics, in the order they are shown in.")


def load_topics(path: Path = SHIPPED) -> tuple[Topic, ...]:
    """Read the list; raises SettingInvalid with each problem: file, line, key, rule and remedy."""
    try:
        found = read_list(path, TopicList, "topics").topics
    except DefinitionInvalid as error:
        raise SettingInvalid("The list of topics cannot be used", problems=error.problems) from None
    if problems := [*_unexplained(path, found), *_twice(path, found)]:
        raise SettingInvalid("The list of topics cannot be used", problems=problems)
    return found


def with_synonyms(texts: Sequence[str]) -> tuple[Phrase, ...]:
    """Return texts as phrases, with what the search takes for the same."""
    given = [words(each) for each in texts]
    same = (other for each in given for other in synonym_table().same_as(each))
    return tuple(dict.fromkeys((*given, *same)))


def _unexplained(path: Path, topics: tuple[Topic, ...]) -> list[Problem]:
    known = text("glossary").terms()
    return [
        Problem(f"{path}, key topics[{at}].glossary", f"{anchor} is no term of the glossary", hint(anchor, list(known)))
        for at, topic in enumerate(topics, start=1)
        for anchor in topic.glossary
        if anchor not in known
    ]


def _twice(path: Path, topics: tuple[Topic, ...]) -> list[Problem]:
    """Return the names that two topics have: who searches for one would not know which is meant."""
    owners: dict[Phrase, str] = {}
    problems = []
    for at, topic in enumerate(topics, start=1):
        for name in topic.names:
            owner = owners.setdefault(name, topic.id)
            if owner != topic.id:
                called = " ".join(word.text for word in name)
                rule = f"“{called}” is a name of {owner} too"
                remedy = "take it out of the terms of one of them, or make them one topic"
                problems.append(Problem(f"{path}, key topics[{at}] ({topic.id})", rule, remedy))
    return problems
