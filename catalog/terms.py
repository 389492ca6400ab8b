"""The terms of a catalog record: which words of which of its fields are indexed, and how much each field counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from catalog.facets import covered_years
from catalog.record import CatalogRecord
from catalog.vietnamese import pair, words
from datasets.text import Bilingual

TermField = Literal["syllables", "pairs", "accented"]
"""Folded words; folded words side by side; words with their marks."""

ANALYZER_VERSION = 4
"""Rises with every change to the terms made here or by ``catalog.vietnamese``: an older index is built anew."""

FREQUENCY_WORDS = {
    "daily": Bilingual(vi="theo ngày hằng ngày", en="daily"),
    "weekly": Bilingual(vi="theo tuần hằng tuần", en="weekly"),
    "monthly": Bilingual(vi="theo tháng hằng tháng", en="monthly"),
    "quarterly": Bilingual(vi="theo quý hằng quý", en="quarterly"),
    "yearly": Bilingual(vi="theo năm hằng năm", en="yearly annual"),
}
KIND_WORDS = {
    "statistics": Bilingual(vi="thống kê", en="statistics"),
    "register": Bilingual(vi="danh sách", en="register list"),
    "codelist": Bilingual(vi="danh mục", en="code list"),
}

WEIGHTS = {
    "title": 4.0,
    "keywords": 3.0,
    "theme": 2.0,
    "id": 2.0,
    "publisher": 1.5,
    "source": 0.5,
    "measures": 1.5,
    "dimensions": 1.5,
    "members": 1.2,
    "summary": 1.0,
    "geography": 1.0,
    "level": 2.0,
    "frequency": 1.0,
    "years": 1.0,
    "kind": 0.5,
    "formats": 0.5,
}
"""How much one occurrence of a word counts, by the part of the record that it stands in (BM25F: fields are weighted
before saturation; Robertson, Zaragoza and Taylor 2004)."""

_LENGTH = frozenset({"title", "keywords", "summary"})
"""The parts that make a record long; a list of 34 provinces says nothing about how wordy its record is."""

_WHOLE_WORDS = 8
"""How many words of a title its whole-title term holds."""


@dataclass(frozen=True)
class Postings:
    """The records that hold one term: ``documents`` int32, ascending; ``weights`` float32, summed over fields."""

    documents: NDArray[np.int32]
    weights: NDArray[np.float32]

    @classmethod
    def none(cls) -> Postings:
        return cls(np.empty(0, np.int32), np.empty(0, np.float32))


class TermSource(Protocol):
    """Where postings are read: a Whoosh index, or memory when there is none."""

    @property
    def size(self) -> int:
        """How many records there are."""
        ...

    @property
    def vocabulary(self) -> frozenset[str]:
        """All folded words."""
        ...

    def frequency(self, term_field: TermField, term: str) -> int:
        """Return in how many records ``term`` stands, or a few more; cheaper than its postings."""
        ...

    def postings(self, term_field: TermField, term: str) -> Postings:
        """Return the records that hold ``term``; empty where none does."""
        ...


@dataclass
class RecordTerms:
    """The weighted terms of one record, and its length in words."""

    syllables: dict[str, float] = field(default_factory=dict)
    pairs: dict[str, float] = field(default_factory=dict)
    accented: dict[str, float] = field(default_factory=dict)
    length: int = 0

    def fields(self) -> Mapping[TermField, dict[str, float]]:
        return {"syllables": self.syllables, "pairs": self.pairs, "accented": self.accented}


def record_terms(record: CatalogRecord) -> RecordTerms:
    """Return the terms under which ``record`` is found."""
    terms = RecordTerms()
    for part, text in record_texts(record):
        _add(terms, part, text)
    for year in covered_years(record):
        _count(terms.syllables, str(year), WEIGHTS["years"])
    if record.geography_code:
        _count(terms.pairs, level_term(record.geography_code), WEIGHTS["level"])
    return terms


def level_term(code: str) -> str:
    """Return the term, among the pairs, for the finest level of places of a record, whatever its texts call it."""
    return "@" + code


def is_level(term: str) -> bool:
    """Say whether a term stands for a level of places."""
    return term.startswith("@")


def whole(folded: Sequence[str]) -> str:
    """Return the term, among the pairs, for a whole title: who types it exactly wants that one."""
    return "=" + "".join(folded[:_WHOLE_WORDS])


def record_texts(record: CatalogRecord) -> Iterator[tuple[str, str]]:
    """Yield each searchable text with the name of its part; a text that is the same in both languages comes once."""
    yield from _both("title", [record.title])
    for keyword in dict.fromkeys((*record.keywords.vi, *record.keywords.en)):
        yield "keywords", keyword
    yield from _both("theme", [record.theme_label])
    yield from _both("summary", [record.summary])
    yield from _both("publisher", [record.publisher_name])
    yield from _both("dimensions", [dimension.title for dimension in record.dimensions])
    yield from _both("measures", [measure.title for measure in record.measures])
    yield from _both("members", record.members)
    yield from _both("geography", [record.geography_level] if record.geography_level else [])
    yield from _both("frequency", [FREQUENCY_WORDS[record.frequency]] if record.frequency in FREQUENCY_WORDS else [])
    yield from _both("kind", [KIND_WORDS[record.kind]] if record.kind in KIND_WORDS else [])
    yield from _both("source", [record.harvested.source_title] if record.harvested else [])
    yield "id", record.id
    yield from (("formats", name) for name in record.formats)


def _both(part: str, texts: Iterable[Bilingual]) -> Iterator[tuple[str, str]]:
    for text in texts:
        yield part, text.vi
        if text.en != text.vi:
            yield part, text.en


def _add(terms: RecordTerms, part: str, text: str) -> None:
    weight = WEIGHTS[part]
    found = words(text)
    before = ""
    for word in found:
        _count(terms.syllables, word.folded, weight)
        if word.accented:
            _count(terms.accented, word.accented, weight)
        if before:
            _count(terms.pairs, pair(before, word.folded), weight)
        before = word.folded
    if part == "title":
        _count(terms.pairs, whole([word.folded for word in found]), weight)
    if part in _LENGTH:
        terms.length += len(found)


def _count(weights: dict[str, float], term: str, weight: float) -> None:
    weights[term] = weights.get(term, 0.0) + weight
