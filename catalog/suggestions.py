"""Suggestions as somebody types: titles, members of code lists, keywords and other names that go on as was typed.

Every name is kept once for each of its words, in the order of the alphabet of folded words, so that what was typed is
the beginning of one stretch of that order; the best of a stretch are picked by weights that were worked out before.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from catalog.origin import is_harvested
from catalog.synonyms import SynonymTable
from catalog.terms import TermSource
from catalog.vietnamese import Word, pair, query_words, words
from datasets.text import LANGUAGES, Language

SuggestionKind = Literal["title", "member", "keyword", "publisher", "theme", "term"]
MAX_SUGGESTIONS = 20
MAX_NAMES = 300_000
"""Names that are kept; they go from record to record, ours first, and stop in the record in which there are more."""
_IMPORTANCE: dict[SuggestionKind, float] = {
    "title": 1.0,
    "theme": 1.6,
    "member": 1.5,
    "term": 1.4,
    "keyword": 1.3,
    "publisher": 1.1,
}
"""A name that many titles hold is the better beginning of a search than any one of the titles."""
_FROM_THE_START, _OWN_LANGUAGE = 2.0, 0.6
_OF_OTHERS = 0.05
"""What the title of a record of another catalog counts less: thousands of them leave room for ours."""
_LOOKED_AT = 12
"""How many times as many names are compared closely as are wanted."""
_MOST_WORDS = 8
"""Of a long title, so many words can be the beginning of what is typed."""
_LAST = "\U0010ffff"


@dataclass(frozen=True)
class Suggestion:
    """One way to go on."""

    text: str
    kind: SuggestionKind
    language: Language | None
    """The language of the text; nothing for other names, which may be abbreviations."""
    dataset: str
    """The dataset whose title it is; empty for all else."""
    records: int
    """In how many records it stands, or about as many."""


@dataclass
class _Names:
    """Names while they are gathered: the same text of the same kind once, with the number of its records."""

    found: dict[tuple[str, SuggestionKind, Language | None, str], int] = field(default_factory=dict)

    def add(self, text: str, kind: SuggestionKind, language: Language | None, dataset: str = "") -> None:
        self.add_many(text, kind, language, dataset, count=1)

    def add_many(
        self, text: str, kind: SuggestionKind, language: Language | None, dataset: str = "", *, count: int
    ) -> None:
        key = (text.strip(), kind, language, dataset)
        self.found[key] = self.found.get(key, 0) + count

    def add_both(self, text: Mapping[str, str], kind: SuggestionKind, dataset: str = "") -> None:
        self.add(text["vi"], kind, "vi", dataset)
        if text["en"] != text["vi"]:
            self.add(text["en"], kind, "en", dataset)


class Suggester:
    """All names of a catalog, to be looked up by how they begin. Holds nothing that changes."""

    def __init__(self, lines: Iterable[bytes], table: SynonymTable, source: TermSource) -> None:
        """``lines`` are the records as JSON, that need not be checked again: of 20,000 this saves 3 seconds."""
        names = _Names()
        for line in lines:
            _add_record(names, json.loads(line))
            if len(names.found) > MAX_NAMES:
                break
        for text, count in _other_names(table, source):
            names.add_many(text, "term", None, count=count)
        self._names = [Suggestion(*key, count) for key, count in names.found.items() if key[0]]
        places = sorted(_places(self._names))
        self._keys = [key for key, _, _ in places]
        self._owners = np.array([owner for _, owner, _ in places], np.int32)
        self._weights = {language: self._weigh(places, language) for language in LANGUAGES}

    def suggest(self, text: str, language: Language, limit: int) -> tuple[Suggestion, ...]:
        """Return names that go on as ``text``, the best first, none twice."""
        typed = query_words(text)
        if not typed:
            return ()
        key = " ".join(word.folded for word in typed)
        start, end = bisect_left(self._keys, key), bisect_right(self._keys, key + _LAST)
        weights = self._weights[language][start:end]
        looked_at = min(weights.size, limit * _LOOKED_AT)
        best = np.argpartition(-weights, looked_at - 1)[:looked_at] if looked_at else np.empty(0, np.int64)
        ordered = best[np.lexsort((self._owners[start:end][best], -weights[best]))]
        names = [self._names[at] for at in dict.fromkeys(self._owners[start:end][ordered].tolist())]
        return _distinct(sorted(names, key=lambda name: not _marks_fit(typed, name)), limit)

    def _weigh(self, places: Sequence[tuple[str, int, int]], language: Language) -> NDArray[np.float32]:
        own = np.array(
            [
                _IMPORTANCE[name.kind] * np.log2(1 + name.records)
                + _OWN_LANGUAGE * (name.language in (language, None))
                - _OF_OTHERS * is_harvested(name.dataset)
                for name in self._names
            ],
            np.float32,
        )
        at_start = np.array([at == 0 for _, _, at in places], np.float32)
        weights: NDArray[np.float32] = own[self._owners] + _FROM_THE_START * at_start
        return weights


def _add_record(names: _Names, record: Mapping[str, Any]) -> None:
    names.add_both(record["title"], "title", record["id"])
    names.add_both(record["theme_label"], "theme")
    names.add_both(record["publisher_name"], "publisher")
    for language in LANGUAGES:
        for keyword in record["keywords"][language]:
            names.add(keyword, "keyword", language)
    for member in record["members"]:
        names.add_both(member, "member")


def _other_names(table: SynonymTable, source: TermSource) -> Iterator[tuple[str, int]]:
    """Yield the names of the table that lead to a record: themselves, or by another name of the same thing."""
    for text, phrase in table.names:
        ways = (phrase, *table.same_as(phrase))
        count = max(_records(way, source) for way in ways)
        if count:
            yield text, count


def _records(phrase: Sequence[Word], source: TermSource) -> int:
    if len(phrase) == 1:
        marked, folded = phrase[0].accented, phrase[0].folded
        return source.frequency("accented", marked) if marked else source.frequency("syllables", folded)
    pairs = (pair(one.folded, other.folded) for one, other in pairwise(phrase))
    return min(source.frequency("pairs", each) for each in pairs)


def _places(names: Sequence[Suggestion]) -> Iterator[tuple[str, int, int]]:
    """Yield, for each name and each of its first words: the folded words from there on, the name, and the place."""
    for number, name in enumerate(names):
        folded = [word.folded for word in words(name.text)]
        for at in range(min(len(folded), _MOST_WORDS)):
            yield " ".join(folded[at:]), number, at


def _marks_fit(typed: Sequence[Word], name: Suggestion) -> bool:
    """Say whether the words that were typed with marks, but for the last, unfinished one, stand so in the name."""
    held = {word.accented for word in words(name.text)}
    wanted = [word.accented for word in typed if word.accented]
    last = [each for each in wanted[-1:] if typed[-1].accented == each]
    finished = wanted[: len(wanted) - len(last)]
    return all(each in held for each in finished) and all(any(one.startswith(each) for one in held) for each in last)


def _distinct(names: Iterable[Suggestion], limit: int) -> tuple[Suggestion, ...]:
    """Return names whose words differ, and of no kind more than half: a thing has many other names."""
    kept: dict[tuple[str, ...], Suggestion] = {}
    kinds: Counter[str] = Counter()
    for name in names:
        key = tuple(word.text for word in words(name.text))
        if key not in kept and (name.kind == "title" or kinds[name.kind] < (limit + 1) // 2):
            kept[key] = name
            kinds[name.kind] += 1
        if len(kept) == limit:
            break
    return tuple(kept.values())
