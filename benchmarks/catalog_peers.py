"""SQLite FTS5 and tantivy over the folded words of our analyzer, to be measured beside our own index."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from catalog.facets import facet_values
from catalog.misspelling import one_edit_away
from catalog.record import CatalogRecord
from catalog.terms import record_texts
from catalog.vietnamese import words

FACETS = ("theme", "publisher", "geography", "frequency", "licence")
FIRST = 20
Answer = tuple[list[str], int, dict[str, list[tuple[str, int]]]]
"""The identifiers of the first hits, how many there are, and the counts of each facet."""


class Peer(Protocol):
    """An engine that can be built, changed and asked."""

    def build(self, records: Sequence[CatalogRecord]) -> None: ...

    def update(self, record: CatalogRecord) -> None: ...

    def ask(self, kind: str, text: str) -> Answer: ...


class Fts5:
    """SQLite with one row for each record; words that are not known are replaced by those one letter away."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "fts5.db", isolation_level=None)
        self._known: frozenset[str] = frozenset()

    def build(self, records: Sequence[CatalogRecord]) -> None:
        run = self._database.execute
        run("PRAGMA journal_mode = WAL")
        run("CREATE VIRTUAL TABLE found USING fts5(title, rest, prefix = '2 3')")
        run(f"CREATE TABLE record (number INTEGER PRIMARY KEY, id TEXT UNIQUE, {', '.join(FACETS)})")
        run("CREATE VIRTUAL TABLE terms USING fts5vocab(found, row)")
        run("BEGIN")
        for number, record in enumerate(records):
            self._add(number, record)
        run("COMMIT")
        self._known = frozenset(term for (term,) in run("SELECT term FROM terms"))

    def update(self, record: CatalogRecord) -> None:
        run = self._database.execute
        run("BEGIN")
        ((number,),) = run("SELECT number FROM record WHERE id = ?", [record.id]).fetchall()
        run("DELETE FROM record WHERE number = ?", [number])
        run("DELETE FROM found WHERE rowid = ?", [number])
        self._add(number, record)
        run("COMMIT")

    def ask(self, kind: str, text: str) -> Answer:
        folded = [word.folded for word in words(text)]
        if kind == "suggest":
            match = " AND ".join((*(f'"{word}"' for word in folded[:-1]), f'"{folded[-1]}"*'))
        elif kind == "phrase":
            match = f'"{" ".join(folded)}"'
        else:
            match = " AND ".join(self._known_ways(word) for word in folded)
        run = self._database.execute
        matching = "found MATCH ?"
        parts: tuple[Any, ...] = (match,)
        if kind == "5 facets":
            matching += " AND theme IN ('pharmacy', 'vaccination')"
        joined = f"FROM found JOIN record ON number = found.rowid WHERE {matching}"
        ordered = f"SELECT id {joined} ORDER BY bm25(found, 4.0, 1.0) LIMIT {FIRST}"
        first = [identifier for (identifier,) in run(ordered, parts)]
        ((total,),) = run(f"SELECT count(*) {joined}", parts).fetchall()
        counted = FACETS if kind == "5 facets" else ()
        counts = {each: run(f"SELECT {each}, count(*) {joined} GROUP BY 1", parts).fetchall() for each in counted}
        return first, total, counts

    def _known_ways(self, word: str) -> str:
        if word in self._known:
            return f'"{word}"'
        near = sorted({each for each in one_edit_away(word) if each in self._known}) or [word]
        return "(" + " OR ".join(f'"{each}"' for each in near) + ")"

    def _add(self, number: int, record: CatalogRecord) -> None:
        title, rest = folded_texts(record)
        self._database.execute("INSERT INTO found (rowid, title, rest) VALUES (?, ?, ?)", [number, title, rest])
        values = facet_values(record)
        row = [number, record.id, *(values[name][0] if values[name] else None for name in FACETS)]
        self._database.execute(f"INSERT INTO record VALUES ({', '.join('?' * len(row))})", row)


class Tantivy:
    """tantivy with a field for titles and one for the rest, and fast fields for the facets."""

    def __init__(self, folder: Path) -> None:
        import tantivy  # noqa: PLC0415  it may not be installed

        self._tantivy: Any = tantivy
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        for name in ("title", "rest"):
            builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
        for name in FACETS:
            builder.add_text_field(name, tokenizer_name="raw", fast=True)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema, path=str(folder))

    def build(self, records: Sequence[CatalogRecord]) -> None:
        writer = self._index.writer(heap_size=200_000_000, num_threads=1)
        for record in records:
            writer.add_document(self._document(record))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def update(self, record: CatalogRecord) -> None:
        writer = self._index.writer(heap_size=50_000_000, num_threads=1)
        writer.delete_documents_by_term("id", record.id)
        writer.add_document(self._document(record))
        writer.commit()
        self._index.reload()

    def ask(self, kind: str, text: str) -> Answer:
        folded = [word.folded for word in words(text)]
        query = self._all([self._either(each, kind) for each in self._parts(folded, kind)])
        if kind == "5 facets":
            themes = [self._term("theme", each) for each in ("pharmacy", "vaccination")]
            query = self._all([query, self._any(themes)])
        searcher = self._index.searcher()
        found: Any = searcher.search(query, FIRST, count=True)
        first = [searcher.doc(address)["id"][0] for _, address in found.hits]
        counts = dict(self._counts(searcher, query)) if kind == "5 facets" else {}
        return first, found.count, counts

    def _parts(self, folded: Sequence[str], kind: str) -> list[list[str]]:
        return [list(folded)] if kind == "phrase" and len(folded) > 1 else [[word] for word in folded]

    def _either(self, terms: Sequence[str], kind: str) -> Any:
        make = self._tantivy.Query
        if len(terms) > 1:
            ways = [make.phrase_query(self._schema, field, list(terms)) for field in ("title", "rest")]
        elif kind == "typo":
            ways = [make.fuzzy_term_query(self._schema, field, terms[0], distance=1) for field in ("title", "rest")]
        elif kind == "suggest":
            ways = [make.fuzzy_term_query(self._schema, "title", terms[0], distance=0, prefix=True)]
        else:
            ways = [self._term(field, terms[0]) for field in ("title", "rest")]
        boosted = [make.boost_query(ways[0], 4.0), *ways[1:]]
        return self._any(boosted)

    def _counts(self, searcher: Any, query: Any) -> Iterator[tuple[str, list[tuple[str, int]]]]:
        asked = {name: {"terms": {"field": name, "size": 100}} for name in FACETS}
        for name, answer in searcher.aggregate(query, asked).items():
            yield name, [(bucket["key"], bucket["doc_count"]) for bucket in answer["buckets"]]

    def _term(self, field: str, term: str) -> Any:
        return self._tantivy.Query.term_query(self._schema, field, term)

    def _any(self, queries: Sequence[Any]) -> Any:
        return self._tantivy.Query.boolean_query([(self._tantivy.Occur.Should, each) for each in queries])

    def _all(self, queries: Sequence[Any]) -> Any:
        return self._tantivy.Query.boolean_query([(self._tantivy.Occur.Must, each) for each in queries])

    def _document(self, record: CatalogRecord) -> Any:
        title, rest = folded_texts(record)
        values = {name: list(values[:1]) for name, values in facet_values(record).items() if name in FACETS}
        return self._tantivy.Document(id=[record.id], title=[title], rest=[rest], **values)


def folded_texts(record: CatalogRecord) -> tuple[str, str]:
    """Return the folded words of the titles, and those of all other parts of a record."""
    parts: dict[bool, list[str]] = {True: [], False: []}
    for part, text in record_texts(record):
        parts[part == "title"] += [word.folded for word in words(text)]
    return " ".join(parts[True]), " ".join(parts[False])


PEERS: Mapping[str, Callable[[Path], Peer]] = {"SQLite FTS5": Fts5, "tantivy": Tantivy}
