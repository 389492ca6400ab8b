"""The table of synonyms and abbreviations: how one phrase of a query leads to the other names of the same thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from catalog.record import LEVEL_LABELS, GeographyLevel
from catalog.terms import level_term
from catalog.vietnamese import Word, words
from datasets.errors import DefinitionInvalid, Problem
from datasets.text import Model

TABLE = Path(__file__).with_name("synonyms.yaml")

Relation = Literal["same", "related", "level", "within"]
"""A name of the same thing; another thing that is wanted too; the level of places that is meant; that of a place."""
Phrase = tuple[Word, ...]
Folded = tuple[str, ...]


def level_phrase(level: GeographyLevel) -> Phrase:
    """Return what stands for a level of places among phrases; no text can be it."""
    return (Word(LEVEL_LABELS[level].vi, level_term(level), ""),)


class RelatedTerms(Model):
    """Terms that also find others, one way."""

    find: tuple[str, ...]
    also: tuple[str, ...]


class LevelTerms(Model):
    """What people call a level of places, and places of it: a table by province tells of each, named in it or not."""

    same: tuple[str, ...]
    places: tuple[str, ...] = ()


class SynonymFile(Model):
    """What the file holds; unknown keys are refused."""

    same: tuple[tuple[str, ...], ...]
    related: tuple[RelatedTerms, ...]
    levels: Mapping[GeographyLevel, LevelTerms] = Field(default={})
    function_words: tuple[str, ...]
    generic_words: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One phrase of the table and where it leads."""

    phrase: Phrase
    leads_to: tuple[tuple[Phrase, Relation], ...]


@dataclass(frozen=True)
class Match:
    """The phrases of the table that a stretch of a query may be."""

    length: int
    """How many words of the query it covers."""
    meaning: Literal["term", "function", "generic"]
    entries: tuple[Entry, ...]


class SynonymTable:
    """Phrases by their folded words; spelling with marks decides between phrases that fold alike."""

    def __init__(self, content: SynonymFile) -> None:
        self._entries: Mapping[Folded, tuple[Entry, ...]] = _entries(content)
        self.names = tuple((text, phrase) for row in content.same for text in row if (phrase := words(text)))
        """All names that have others for the same thing, as they are written, with their words."""
        self._function = {_folded(words(text)): words(text) for text in content.function_words}
        self._generic = {_folded(words(text)): words(text) for text in content.generic_words}
        everything = [*self._entries, *self._function, *self._generic]
        self._longest = max(len(folded) for folded in everything)
        self.vocabulary = frozenset(word for folded in everything for word in folded)
        """All folded words of the table: none of them is a typing mistake."""
        self.accented = frozenset(
            word.accented
            for phrase in (*self._phrases(), *self._function.values(), *self._generic.values())
            for word in phrase
            if word.accented
        )
        """All words of the table with their marks."""
        self.pairs = frozenset(pair for folded in everything for pair in pairwise(folded))

    def same_as(self, phrase: Phrase) -> tuple[Phrase, ...]:
        """Return the other names of the same thing."""
        entries = (entry for entry in self._entries.get(_folded(phrase), ()) if entry.phrase == phrase)
        return tuple(target for entry in entries for target, relation in entry.leads_to if relation == "same")

    def _phrases(self) -> Iterator[Phrase]:
        return (entry.phrase for entries in self._entries.values() for entry in entries)

    def matches(self, query: Sequence[Word], at: int) -> Iterator[Match]:
        """Yield the phrases of the table that start at word ``at`` of the query, the longest first."""
        for length in range(min(self._longest, len(query) - at), 0, -1):
            stretch = tuple(query[at : at + length])
            folded = _folded(stretch)
            entries = tuple(entry for entry in self._entries.get(folded, ()) if _may_be(stretch, entry.phrase))
            if entries:
                yield Match(length, "term", entries)
            elif folded in self._function and _may_be(stretch, self._function[folded]):
                yield Match(length, "function", ())
            elif folded in self._generic and _may_be(stretch, self._generic[folded]):
                yield Match(length, "generic", ())


@cache
def synonym_table(path: Path = TABLE) -> SynonymTable:
    """Read the table of ``path`` once; raises DefinitionInvalid where the file is not such a table."""
    remedy = "see the comment at the head of catalog/synonyms.yaml"
    try:
        content = SynonymFile.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader))  # noqa: S506  BaseLoader makes texts only
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problem = Problem(path.name, "must be a readable YAML file", remedy)
        raise DefinitionInvalid("The synonym table cannot be read.", problems=[problem]) from error
    except ValidationError as error:
        problems = [
            Problem(f"{path.name}, {'.'.join(map(str, item['loc']))}", item["msg"], remedy) for item in error.errors()
        ]
        raise DefinitionInvalid("The synonym table is not valid.", problems=problems) from error
    return SynonymTable(content)


def _entries(content: SynonymFile) -> dict[Folded, tuple[Entry, ...]]:
    found: dict[Phrase, dict[Phrase, Relation]] = {}
    for row in content.same:
        _add(found, row, row, "same")
    for related in content.related:
        _add(found, related.find, related.also, "related")
    for level, names in content.levels.items():
        _lead(found, names.same, [level_phrase(level)], "level")
        _lead(found, names.places, [level_phrase(level)], "within")
    _inherit(found)
    entries: dict[Folded, tuple[Entry, ...]] = {}
    for phrase, leads_to in found.items():
        folded = _folded(phrase)
        entries[folded] = (*entries.get(folded, ()), Entry(phrase, tuple(leads_to.items())))
    return entries


def _add(
    found: dict[Phrase, dict[Phrase, Relation]], sources: Iterable[str], targets: Iterable[str], relation: Relation
) -> None:
    _lead(found, sources, [phrase for phrase in map(words, targets) if phrase], relation)


def _lead(
    found: dict[Phrase, dict[Phrase, Relation]],
    sources: Iterable[str],
    targets: Iterable[Phrase],
    relation: Relation,
) -> None:
    for source in filter(None, map(words, sources)):
        leads_to = found.setdefault(source, {})
        for target in targets:
            if target != source:
                leads_to.setdefault(target, relation)


def _inherit(found: dict[Phrase, dict[Phrase, Relation]]) -> None:
    """Relate all names of a thing to all names of what any of them is related to, one step and no further."""
    additions: dict[Phrase, dict[Phrase, Relation]] = {}
    for phrase, leads_to in found.items():
        equals = [phrase, *_names(leads_to)]
        told: dict[Phrase, Relation]
        told = {also: kind for equal in equals for also, kind in found.get(equal, {}).items() if kind != "same"}
        additions[phrase] = told | {
            name: kind for also, kind in told.items() for name in _names(found.get(also, {})) if name not in told
        }
    for phrase, targets in additions.items():
        for target in sorted(targets.keys() - {phrase}, key=_folded):
            found[phrase].setdefault(target, targets[target])


def _names(leads_to: Mapping[Phrase, Relation]) -> list[Phrase]:
    return [target for target, relation in leads_to.items() if relation == "same"]


def _folded(phrase: Sequence[Word]) -> Folded:
    return tuple(word.folded for word in phrase)


def _may_be(typed: Sequence[Word], meant: Sequence[Word]) -> bool:
    """A word typed with marks must be the word meant; one typed without marks may be any that folds alike."""
    return all(not word.accented or word.accented == other.accented for word, other in zip(typed, meant, strict=True))
