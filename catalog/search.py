"""Searching the catalog: a request in, hits with their reasons, facet counts and a suggestion out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from catalog.facets import FACETS
from catalog.generations import generations_of, read_current
from catalog.index import WhooshTerms
from catalog.interpretation import Interpretation, interpret
from catalog.memory_terms import MemoryTerms
from catalog.misspelling import lexicon
from catalog.ranking import Ranker
from catalog.reasons import Reason, reasons_of
from catalog.record import CatalogRecord
from catalog.shelf import COLUMNS, RECORDS, Shelf, damaged, read_shelf, shelf_of
from catalog.suggestions import Suggester, Suggestion
from catalog.synonyms import synonym_table
from catalog.terms import TermSource, record_terms
from catalog.vietnamese import MAX_QUERY_CHARACTERS, words
from datasets.errors import CatalogUnavailable, DatasetNotFound, Problem, QueryInvalid
from datasets.text import LANGUAGES, Bilingual, Language

Sort = Literal["relevance", "newest", "title", "complete"]
MAX_PAGE_SIZE = 100


@dataclass(frozen=True)
class SearchRequest:
    """What somebody asks of the catalog. Values of one filter widen, different filters narrow."""

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Sort = "relevance"
    page: int = 1
    page_size: int = 20
    lang: Language = "vi"

    def __post_init__(self) -> None:
        problems = [
            Problem(f"filter {name}", "is not one of: " + ", ".join(FACETS), "leave it out")
            for name in self.filters
            if name not in FACETS
        ]
        if self.sort not in get_args(Sort):
            problems.append(Problem("sort", "must be one of: " + ", ".join(get_args(Sort))))
        if self.page < 1:
            problems.append(Problem("page", "must be 1 or more", "leave it out for the first"))
        if not 1 <= self.page_size <= MAX_PAGE_SIZE:
            problems.append(Problem("page_size", f"must be between 1 and {MAX_PAGE_SIZE}", "ask for fewer at a time"))
        if self.lang not in LANGUAGES:
            problems.append(Problem("lang", "must be one of: " + ", ".join(LANGUAGES)))
        if problems:
            raise QueryInvalid("The search cannot be run.", problems=problems)


@dataclass(frozen=True)
class Hit:
    """One record that was found."""

    record: CatalogRecord
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class SearchResults:
    """One page of hits; ``total`` and ``facets`` speak of all of them."""

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    """For each facet its values with their counts, the other filters applied but not its own."""
    suggestion: str = ""
    """The query as it was understood, where a word had to be mended; otherwise empty."""


@dataclass(frozen=True)
class Suggestions:
    """How a search that is being typed may go on."""

    found: tuple[Suggestion, ...]
    meant: str = ""
    """What was typed, as it was understood where a word had to be mended."""


class Catalog:
    """The records of one generation and everything that can be asked of them. Safe for many threads at once."""

    def __init__(self, shelf: Shelf, terms: TermSource, *, degraded: bool = False) -> None:
        self._shelf = shelf
        self._terms = terms
        self._ranker = Ranker(terms, shelf.lengths, shelf.ours)
        self._table = synonym_table()
        self.degraded = degraded
        """Whether the answers come from memory because there is no usable index."""

    def __len__(self) -> int:
        return self._shelf.size

    def get(self, identifier: str) -> CatalogRecord:
        """Return the record of a dataset; raises DatasetNotFound."""
        number = self._shelf.number(identifier)
        if number is None:
            raise DatasetNotFound("No dataset has this identifier.")
        return self._shelf.record(number)

    def all(self) -> Iterator[CatalogRecord]:
        """Yield every record, the newest first."""
        for number in np.argsort(self._shelf.newest_rank):
            yield self._shelf.record(int(number))

    def label(self, facet: str, value: str) -> Bilingual:
        """Return what people call a value of a facet."""
        return self._shelf.label(facet, value)

    @cached_property
    def _suggester(self) -> Suggester:
        return Suggester(map(self._shelf.line, range(self._shelf.size)), self._table, self._terms)

    def prepare(self) -> Self:
        """Make what the first suggestion would have to wait for."""
        lexicon(self._terms.vocabulary)
        assert self._suggester
        assert self._shelf.newest_rank.size == self._shelf.boosts.size
        return self

    def suggest(self, text: str, lang: Language = "vi", limit: int = 8) -> Suggestions:
        """Return names that go on as ``text``; where none does, those of the text as it may have been meant."""
        typed = text[:MAX_QUERY_CHARACTERS]
        if found := self._suggester.suggest(typed, lang, limit):
            return Suggestions(found)
        mended = interpret(typed, self._table, self._terms).mended
        if found := self._suggester.suggest(" ".join(mended), lang, limit):
            return Suggestions(found, " ".join(mended))
        if not typed.strip():
            return Suggestions(())
        results = self.search(SearchRequest(typed, page_size=limit, lang=lang))
        titles = [(hit.record.title.of(lang), hit.record.id) for hit in results.hits]
        found = tuple(Suggestion(title, "title", lang, dataset, 1) for title, dataset in titles)
        return Suggestions(found, results.suggestion)

    def search(self, request: SearchRequest) -> SearchResults:
        """Return one page of the records that satisfy ``request``; no text ever is an error."""
        query = interpret(request.text, self._table, self._terms)
        if query.slots:
            ranking = self._ranker.rank(query)
            scores, found = ranking.scores * self._shelf.boosts, ranking.hits
        else:
            # Who asks for nothing sees everything; who asks for signs alone, such as %, asks for what nothing has.
            asked_nothing = not request.text.strip()
            scores, found = np.zeros(self._shelf.size, np.float32), np.full(self._shelf.size, asked_nothing)
        filters = {name: self._shelf.facets[name].having(values) for name, values in request.filters.items() if values}
        hits = _all_of(found, filters.values())
        order = self._order(request, np.flatnonzero(hits), scores)
        start = (request.page - 1) * request.page_size
        page = [
            Hit(record, round(float(scores[number]), 4), reasons_of(record, query))
            for number in order[start : start + request.page_size].tolist()
            for record in (self._shelf.record(number),)
        ]
        return SearchResults(
            total=int(order.size),
            hits=tuple(page),
            facets={
                name: facet.counts(_all_of(found, [mask for other, mask in filters.items() if other != name]))
                for name, facet in self._shelf.facets.items()
            },
            suggestion=self._suggestion(query, order, request.lang),
        )

    def _order(
        self, request: SearchRequest, numbers: NDArray[np.int64], scores: NDArray[np.float32]
    ) -> NDArray[np.int64]:
        newest = self._shelf.newest_rank[numbers]
        if request.sort == "title":
            return numbers[np.argsort(self._shelf.title_ranks[request.lang][numbers])]
        if request.sort == "complete":
            return numbers[np.lexsort((newest, -self._shelf.completeness[numbers]))]
        if request.sort == "newest":
            return numbers[np.argsort(newest)]
        return numbers[np.lexsort((newest, -scores[numbers]))]

    def _suggestion(self, query: Interpretation, order: NDArray[np.int64], lang: Language) -> str:
        """Write the mended query as the best hit writes it, so that ``tiem chugn`` suggests ``tiêm chủng``."""
        if not query.mended or not order.size:
            return ""
        best = self._shelf.record(int(order[0]))
        texts = [best.title.of(lang), *best.keywords.of(lang), best.title.vi, *best.keywords.vi, best.summary.vi]
        for text in texts:
            written = words(text)
            folded = tuple(word.folded for word in written)
            for start in range(len(folded) - len(query.mended) + 1):
                if folded[start : start + len(query.mended)] == query.mended:
                    return " ".join(word.text for word in written[start : start + len(query.mended)])
        return " ".join(query.mended)


def open_catalog(directory: Path) -> Catalog:
    """Open the current generation; raises CatalogUnavailable where it is missing or damaged: build it again."""
    contents = read_current(directory)
    shelf = read_shelf(contents.files, contents.name)
    return Catalog(shelf, WhooshTerms(contents, shelf))


def catalog_in_memory(records: Sequence[CatalogRecord]) -> Catalog:
    """Return a degraded catalog of ``records`` that needs no index: slower to make, with the same answers."""
    terms = [record_terms(record) for record in records]
    return Catalog(shelf_of(records, [each.length for each in terms]), MemoryTerms(terms), degraded=True)


def open_without_index(directory: Path) -> Catalog:
    """Open the newest generation whose records can be read, index or not, and search it from memory.

    Only our own JSON is read. Raises CatalogUnavailable where there is none.
    """
    for folder in generations_of(directory):
        try:
            files = {name: (folder / name).read_bytes() for name in (RECORDS, COLUMNS)}
            shelf = read_shelf(files, folder.name)
            terms = MemoryTerms(record_terms(shelf.record(at)) for at in range(shelf.size))
        except (OSError, ValueError, CatalogUnavailable):
            continue
        return Catalog(shelf, terms, degraded=True)
    raise damaged(directory.name, "must hold a generation with readable records")


def _all_of(found: NDArray[np.bool_], masks: Iterable[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    for mask in masks:
        found = found & mask
    return found
