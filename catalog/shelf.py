"""The shelf of records beside an index: our own JSON, one line a record, with the columns that filter and sort them.

Nothing here is pickled and nothing needs the search library, so records can be read when the index cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from catalog.completeness import completeness
from catalog.facets import FACETS, facet_labels, facet_values
from catalog.origin import is_harvested
from catalog.record import CatalogRecord
from catalog.vietnamese import words
from datasets.errors import CatalogUnavailable, Problem
from datasets.text import LANGUAGES, Bilingual, Language, Model, is_blank

RECORDS, COLUMNS = "records.jsonl", "columns.json"


FRESH, GOOD = 0.05, 0.05
"""The most that a new release, and a record of the best quality, add to a score: enough between equals, no more."""
_DAYS_FRESH = 365.0
OTHERS = FRESH + 2 * GOOD + 0.01
"""What the score of a record of another catalog falls: of equals ours comes first, however old it is (1 - GOOD)."""


_FEW = 8
"""Where a search finds fewer than one record in so many, counting goes from record to record."""
_KEPT = 500
"""How many records stay parsed; reading one of 20,000 anew takes 0.15 ms."""


MAX_VALUES = 300
"""Values of one facet that are told: records of others can hold a hundred thousand, such as licences of their own."""
_NAMELESS = Bilingual(vi="(không tên)", en="(no name)")
"""What a value is called that shows nothing."""


class FacetColumn(Model):
    """The values of one facet for all records: ``counts`` says how many of ``numbers`` belong to each record."""

    values: tuple[str, ...]
    counts: tuple[int, ...]
    numbers: tuple[int, ...] = Field(description="Places in values, record after record.")


class Columns(Model):
    """What filtering and sorting needs of every record, in the order of the records."""

    ids: tuple[str, ...]
    published_at: tuple[str, ...]
    lengths: tuple[int, ...]
    documents: tuple[int, ...] = Field(description="The document of each record among those that the index holds.")
    held: int = Field(ge=0, description="How many documents the index holds; some may stand for no record any more.")
    titles: dict[Language, tuple[str, ...]]
    completeness: tuple[float, ...]
    quality: tuple[float | None, ...]
    facets: dict[str, FacetColumn]
    labels: dict[str, dict[str, Bilingual]]


@dataclass(frozen=True)
class Stored:
    """How the records stand in the index: the words in each, the document of each, how many documents there are."""

    lengths: Sequence[int]
    documents: Sequence[int]
    held: int

    @classmethod
    def in_order(cls, lengths: Sequence[int]) -> Stored:
        return cls(lengths, range(len(lengths)), len(lengths))


class Facet:
    """The values of one facet, and which records have which."""

    def __init__(self, column: FacetColumn) -> None:
        self.values = column.values
        self._size = len(column.counts)
        self._records = np.repeat(np.arange(self._size, dtype=np.int32), column.counts)
        self._numbers = np.array(column.numbers, np.int32)
        self._number = {value: at for at, value in enumerate(self.values)}
        self._counts = np.array(column.counts, np.int64)
        self._starts = np.cumsum(self._counts) - self._counts
        known = (self._numbers >= 0) & (self._numbers < len(self.values))
        if self._records.size != self._numbers.size or not known.all():
            raise ValueError("the facet does not fit its records")

    def having(self, wanted: Iterable[str]) -> NDArray[np.bool_]:
        """Return a mask of the records that have any of the wanted values."""
        numbers = [self._number[value] for value in wanted if value in self._number]
        mask = np.zeros(self._size, np.bool_)
        mask[self._records[np.isin(self._numbers, numbers)]] = True
        return mask

    def counts(self, mask: NDArray[np.bool_]) -> tuple[tuple[str, int], ...]:
        """Return each value with the number of records under ``mask`` that have it, the most frequent first.

        Of more than ``MAX_VALUES`` the rarest are left out.
        """
        if not self.values:
            return ()
        rows = np.flatnonzero(mask)
        of_rows = self._of_few(rows) if rows.size < self._size // _FEW else self._numbers[mask[self._records]]
        counted = np.bincount(of_rows, minlength=len(self.values))
        held = np.flatnonzero(counted)
        # The values are in the order of the alphabet, so that equal counts stay in it.
        most = held[np.argsort(-counted[held], kind="stable")][:MAX_VALUES]
        return tuple((self.values[at], int(counted[at])) for at in most.tolist())

    def _of_few(self, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the values of some records without looking at all others."""
        counts = self._counts[rows]
        before = np.cumsum(counts) - counts
        places = np.repeat(self._starts[rows] - before, counts) + np.arange(counts.sum())
        found: NDArray[np.int32] = self._numbers[places]
        return found


class Shelf:
    """All records of one generation, parsed when asked for."""

    def __init__(self, records: bytes, columns: Columns) -> None:
        self._bytes = records
        ends = [0, *(np.flatnonzero(np.frombuffer(records, np.uint8) == ord("\n")) + 1).tolist()]
        self._ranges = tuple(pairwise(ends))
        self._columns = columns
        self.size = len(columns.ids)
        if len(self._ranges) != self.size:
            raise damaged(RECORDS, "must hold one line for each record of " + COLUMNS)
        self._numbers = {identifier: at for at, identifier in enumerate(columns.ids)}
        self.facets = {name: Facet(columns.facets[name]) for name in FACETS}
        self.lengths = np.array(columns.lengths, np.float32)

        self.held = columns.held
        self._kept = lru_cache(maxsize=_KEPT)(self._parsed)
        self.rows = _rows(columns)

    def record(self, number: int) -> CatalogRecord:
        return self._kept(number)

    def _parsed(self, number: int) -> CatalogRecord:
        return CatalogRecord.model_validate_json(self.line(number))

    def line(self, number: int) -> bytes:
        """Return the record as JSON."""
        start, end = self._ranges[number]
        return self._bytes[start : end - 1]

    def document(self, number: int) -> int:
        return self._columns.documents[number]

    def length(self, number: int) -> int:
        return self._columns.lengths[number]

    def number(self, identifier: str) -> int | None:
        return self._numbers.get(identifier)

    def label(self, facet: str, value: str) -> Bilingual:
        """Return what people call a facet's value; the value itself where it has no other name."""
        known = self._columns.labels.get(facet, {}).get(value)
        return known or (_NAMELESS if is_blank(value) else Bilingual(vi=value, en=value))

    @cached_property
    def newest_rank(self) -> NDArray[np.int32]:
        """The place of each record when the newest comes first; equal times go by identifier."""
        moments = [(_day(each), each) for each in self._columns.published_at]
        by_id = sorted(range(self.size), key=lambda at: self._columns.ids[at])
        return _ranks(sorted(by_id, key=lambda at: moments[at], reverse=True))

    @cached_property
    def completeness(self) -> NDArray[np.float32]:
        """How completely each record describes its dataset, from 0 to 1."""
        return np.array(self._columns.completeness, np.float32)

    @cached_property
    def boosts(self) -> NDArray[np.float32]:
        """The factor by which each record's score rises for being new, good and ours, from .79 to 1.1.

        New is measured against the newest record, not against the clock: what is asked twice is answered alike.
        """
        days = np.array([_day(each) for each in self._columns.published_at], np.float64)
        age = (days.max(initial=0.0) - days) / _DAYS_FRESH
        quality = np.array([0.5 if each is None else each for each in self._columns.quality], np.float64)
        raised = 1 + FRESH * np.exp(-age) + GOOD * (2 * quality - 1) - OTHERS * ~self.ours
        boosts: NDArray[np.float32] = raised.astype(np.float32)
        return boosts

    @cached_property
    def ours(self) -> NDArray[np.bool_]:
        """Which records are of our own datasets; the others were harvested."""
        return np.array([not is_harvested(each) for each in self._columns.ids], np.bool_)

    @cached_property
    def title_ranks(self) -> Mapping[Language, NDArray[np.int32]]:
        """The place of each record in the alphabet of its title's syllables, in each language."""
        return {
            language: _ranks(sorted(range(self.size), key=lambda at: (titles[at], self._columns.ids[at])))
            for language, titles in self._columns.titles.items()
        }


def write_shelf(directory: Path, records: Sequence[CatalogRecord], lines: Iterable[str], stored: Stored) -> None:
    """Write the records, ``lines`` of JSON, and their columns into ``directory``."""
    with (directory / RECORDS).open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(line + "\n" for line in lines)
    (directory / COLUMNS).write_text(columns_of(records, stored).model_dump_json(), encoding="utf-8")


def shelf_of(records: Sequence[CatalogRecord], lengths: Sequence[int]) -> Shelf:
    """Return a shelf in memory; ``lengths`` are the words in each record."""
    content = b"".join(record.model_dump_json().encode() + b"\n" for record in records)
    return Shelf(content, columns_of(records, Stored.in_order(lengths)))


def read_shelf(files: Mapping[str, bytes], place: str) -> Shelf:
    """Read what ``write_shelf`` wrote; raises CatalogUnavailable, naming ``place``, where it is missing or damaged."""
    try:
        return Shelf(files[RECORDS], Columns.model_validate_json(files[COLUMNS]))
    except (KeyError, ValueError) as error:
        raise damaged(place, "must hold readable records") from error


def columns_of(records: Sequence[CatalogRecord], stored: Stored) -> Columns:
    """Return the columns of ``records``."""
    return Columns(
        ids=tuple(record.id for record in records),
        published_at=tuple(record.published_at for record in records),
        lengths=tuple(stored.lengths),
        documents=tuple(stored.documents),
        held=stored.held,
        titles={language: tuple(_title_key(record.title.of(language)) for record in records) for language in LANGUAGES},
        completeness=tuple(map(completeness, records)),
        quality=tuple(record.quality for record in records),
        facets=_facet_columns(records),
        labels=facet_labels(records),
    )


def _facet_columns(records: Sequence[CatalogRecord]) -> dict[str, FacetColumn]:
    held = [facet_values(record) for record in records]
    columns = {}
    for name in FACETS:
        values = sorted({value for each in held for value in each[name]})
        number = {value: at for at, value in enumerate(values)}
        columns[name] = FacetColumn(
            values=tuple(values),
            counts=tuple(len(each[name]) for each in held),
            numbers=tuple(number[value] for each in held for value in each[name]),
        )
    return columns


def damaged(place: str, rule: str) -> CatalogUnavailable:
    """Return the error for an index that cannot be used."""
    problem = Problem(place, rule, "build the index again: it is made from the releases alone")
    return CatalogUnavailable("The catalog index cannot be used.", problems=[problem])


def _rows(columns: Columns) -> NDArray[np.int32]:
    """Return the record that each document stands for; -1 where that is none."""
    rows = np.full(columns.held, -1, np.int32)
    documents = np.array(columns.documents, np.int64)
    known = (documents >= 0) & (documents < columns.held)
    if documents.size != len(columns.ids) or not known.all():
        raise ValueError("the documents do not fit the records")
    rows[documents] = np.arange(documents.size, dtype=np.int32)
    return rows


def _day(moment: str) -> int:
    """Return the number of the day of an ISO moment; 0, long ago, where there is none or it is no date."""
    try:
        return date.fromisoformat(moment[:10]).toordinal()
    except ValueError:
        return 0


def _title_key(title: str) -> str:
    return " ".join(f"{word.folded} {word.text}" for word in words(title))


def _ranks(order: Sequence[int]) -> NDArray[np.int32]:
    ranks = np.empty(len(order), np.int32)
    ranks[np.array(order, np.int64)] = np.arange(len(order), dtype=np.int32)
    return ranks
