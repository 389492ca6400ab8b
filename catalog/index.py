"""The index on disk: Whoosh keeps the postings of each term, our own JSON beside it keeps the records."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.analysis.tokenizers import IDTokenizer
from whoosh.fields import FieldType, Schema
from whoosh.filedb.filestore import FileStorage, RamStorage
from whoosh.formats import Existence
from whoosh.reading import TermNotFound

from catalog.carried import NOTHING, WHOOSH, Carried, carried
from catalog.generations import Contents, Generation, make_generation
from catalog.record import CatalogRecord
from catalog.shelf import Shelf, Stored, damaged, write_shelf
from catalog.terms import Postings, RecordTerms, TermField, record_terms
from datasets.errors import CatalogUnavailable, Problem

FIELDS: tuple[TermField, ...] = ("syllables", "pairs", "accented")
_BATCH = 4_000
"""Records in one segment of Whoosh, few enough to be sorted in memory: on disk it took 2.6 times as long (measured)."""
_MEMORY_MB = 1_024
"""Where Whoosh would start to sort on disk, by its own estimate of what it holds."""
_CACHED_POSTINGS = 4_000_000
"""How many postings are kept decoded, 8 bytes each; beyond that the cache starts anew."""

_CACHED_FREQUENCIES = 200_000


class WeightedTerms(FieldType):
    """A field that takes its terms and weights ready made, because analysis is ours (``catalog.vietnamese``)."""

    def __init__(self) -> None:
        super().__init__(Existence(), IDTokenizer())  # type: ignore[arg-type]

    def index(self, value: Any, **_: Any) -> Generator[tuple[bytes, int, float, bytes], Any, None]:
        """Yield the UTF-8 term, its frequency (not used), its weight and no further value."""
        for term, weight in value.items():
            yield term.encode(), 1, weight, b""


def schema() -> Schema:
    return Schema(**{name: WeightedTerms() for name in FIELDS})


def build_index(records: Sequence[CatalogRecord], directory: Path, *, stamp: str = "") -> Generation:
    """Build a new generation of the index of ``records`` under ``directory`` and make it the current one.

    Records that the current generation holds already, unchanged, are taken over from it. ``stamp`` says what the
    records were made from. Raises CatalogUnavailable where two records share an identifier or the folder cannot be
    written.
    """
    seen: set[str] = set()
    for record in records:
        if record.id in seen:
            problem = Problem(f"record {record.id}", "must be the only one with this identifier", "rename one of them")
            raise CatalogUnavailable("The catalog index could not be built.", problems=[problem])
        seen.add(record.id)
    lines = [record.model_dump_json() for record in records]
    kept = carried(directory, lines, [record.id for record in records]) or NOTHING
    return make_generation(directory, lambda path: _fill(path, records, lines, kept), stamp=stamp)


def _fill(path: Path, records: Sequence[CatalogRecord], lines: Sequence[str], kept: Carried) -> int:
    (path / WHOOSH).mkdir()
    for name, content in kept.files.items():
        (path / name).write_bytes(content)
    documents, lengths = dict(kept.documents), dict(kept.lengths)
    added = [number for number in range(len(records)) if number not in documents]
    documents |= {number: kept.held + at for at, number in enumerate(added)}
    _write_postings(path / WHOOSH, _with_lengths(records, added, lengths), new=not kept.files)
    stored = Stored(
        lengths=[lengths[number] for number in range(len(records))],
        documents=[documents[number] for number in range(len(records))],
        held=kept.held + len(added),
    )
    write_shelf(path, records, lines, stored)
    return len(records)


def _with_lengths(
    records: Sequence[CatalogRecord], added: Iterable[int], lengths: dict[int, int]
) -> Iterator[RecordTerms]:
    for number in added:
        terms = record_terms(records[number])
        lengths[number] = terms.length
        yield terms


def _write_postings(folder: Path, records: Iterable[RecordTerms], *, new: bool) -> None:
    storage = FileStorage(str(folder))  # type: ignore[no-untyped-call]
    index = storage.create_index(schema()) if new else storage.open_index(schema=schema())  # type: ignore[no-untyped-call]
    remaining = iter(records)
    while batch := tuple(islice(remaining, _BATCH)):
        writer = index.writer(limitmb=_MEMORY_MB)
        for terms in batch:
            writer.add_document(syllables=terms.syllables, pairs=terms.pairs, accented=terms.accented)
        writer.commit(merge=False)
    for lock in folder.glob("*LOCK"):
        lock.unlink()


class WhooshTerms:
    """Postings read from one generation. Many threads may ask; Whoosh itself is entered by one at a time."""

    def __init__(self, contents: Contents, shelf: Shelf) -> None:
        self.size = shelf.size
        self._rows = shelf.rows
        self._lock = threading.Lock()
        self._cache: dict[tuple[TermField, str], Postings] = {}
        self._cached = 0
        self._frequencies: dict[tuple[TermField, str], int] = {}
        storage = RamStorage()  # type: ignore[no-untyped-call]
        folder = WHOOSH + "/"
        storage.files = {
            name.removeprefix(folder): content for name, content in contents.files.items() if name.startswith(folder)
        }
        try:
            self._reader = storage.open_index(schema=schema()).reader()  # type: ignore[no-untyped-call]
            held = self._reader.doc_count_all()
            self.vocabulary = frozenset(term.decode() for term in self._reader.lexicon("syllables"))
        except Exception as error:
            # Whoosh raises whatever its pickles and structs raise.
            raise damaged(contents.name, "must be an index that Whoosh can read") from error
        if held != shelf.held:
            raise damaged(contents.name, "must hold as many records in Whoosh as in JSON")

    def postings(self, term_field: TermField, term: str) -> Postings:
        """Return the records that hold ``term``; empty where none does."""
        key = (term_field, term)
        found = self._cache.get(key)
        if found is None:
            with self._lock:
                found = self._cache.get(key) or self._read(term_field, term)
                if self._cached > _CACHED_POSTINGS:
                    self._cache, self._cached = {}, 0
                self._cache[key] = found
                self._cached += found.documents.size + 16
        return found

    def frequency(self, term_field: TermField, term: str) -> int:
        """Return how many documents hold ``term``, those that stand for no record any more among them."""
        found = self._frequencies.get((term_field, term))
        if found is None:
            with self._lock:
                found = self._count(term_field, term)
                if len(self._frequencies) > _CACHED_FREQUENCIES:
                    self._frequencies = {}
                self._frequencies[term_field, term] = found
        return found

    def _count(self, term_field: TermField, term: str) -> int:
        try:
            return int(self._reader.doc_frequency(term_field, term.encode()))
        except Exception as error:
            raise damaged(term_field, "must be an index that Whoosh can read") from error

    def _read(self, term_field: TermField, term: str) -> Postings:
        documents: list[int] = []
        weights: list[float] = []
        try:
            matcher = self._reader.postings(term_field, term.encode())
            while matcher.is_active():
                documents.append(matcher.id())
                weights.append(matcher.weight())
                matcher.next()
        except TermNotFound:
            return Postings.none()
        except Exception as error:
            raise damaged(term_field, "must be an index that Whoosh can read") from error
        rows = self._rows[np.array(documents, np.int64)]
        kept = np.flatnonzero(rows >= 0)
        order = kept[np.argsort(rows[kept])]
        return Postings(rows[order], np.array(weights, np.float32)[order])
