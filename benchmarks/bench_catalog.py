"""Measure the search of a large catalog beside SQLite FTS5 and tantivy, on the same records and the same analyzer.

Run: python -m benchmarks.bench_catalog [--records 20000]
The peers are given the folded words that our analyzer makes, of records and of questions; they do the rest their own
way, and answer with the identifiers of the first 20 hits and their number. Ours also reads synonyms, mends words, gives
reasons, whole records and counts for all facets each time: its question with facets is its only kind.
Figures are milliseconds of processor time of the process, all threads together; compare the ratios on a busy machine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice, product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from benchmarks.catalog_peers import PEERS, Peer
from benchmarks.catalog_records import PLACES, TOPICS, made_up_records
from catalog.index import build_index
from catalog.record import CatalogRecord
from catalog.search import Catalog, SearchRequest, open_catalog
from datasets.text import Bilingual

ROUNDS = 300
KINDS = ("two terms", "phrase", "typo", "5 facets", "suggest")


def main() -> None:
    """Print one table: a row for each thing that is done, a column for each engine."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--records", type=int, default=20_000)
    records = list(made_up_records(arguments.parse_args().records))
    columns = {"ytemo (Whoosh)": measured_ours(records)}
    for name, peer in PEERS.items():
        try:
            columns[name] = measured_peer(peer, records)
        except ImportError as error:
            tell(f"{name} is left out: {error}")
    show(columns, len(records))


def measured_ours(records: Sequence[CatalogRecord]) -> dict[str, str]:
    """Build, update, open and ask our own catalog."""
    with tempfile.TemporaryDirectory(prefix="ytemo-bench-") as folder:
        directory = Path(folder)
        rows = {"build, s": f"{spent(lambda: build_index(records, directory))[0] / 1000:.1f}"}
        changed = [*records[:-1], renamed(records[-1])]
        rows["update one record"] = f"{spent(lambda: build_index(changed, directory))[0]:.0f}"
        took, catalog = spent(lambda: open_catalog(directory))
        rows["open"] = f"{took:.0f}"
        rows["prepare suggestions"] = f"{spent(catalog.prepare)[0]:.0f}"
        rows["first question after opening"] = f"{spent(lambda: ask(catalog, 'two terms', 'soi lao'))[0]:.1f}"
        rows |= asked(lambda kind, text: ask(catalog, kind, text))
    return rows


def measured_peer(peer: Callable[[Path], Peer], records: Sequence[CatalogRecord]) -> dict[str, str]:
    """Build, update and ask a peer."""
    with tempfile.TemporaryDirectory(prefix="ytemo-bench-") as folder:
        engine = peer(Path(folder))
        rows = {"build, s": f"{spent(lambda: engine.build(records))[0] / 1000:.1f}"}
        rows["update one record"] = f"{spent(lambda: engine.update(renamed(records[-1])))[0]:.1f}"
        rows |= asked(engine.ask)
    return rows


def ask(catalog: Catalog, kind: str, text: str) -> object:
    """Ask our catalog as the API does."""
    if kind == "suggest":
        return catalog.suggest(text)
    filters = {"theme": ("pharmacy", "vaccination")} if kind == "5 facets" else {}
    return catalog.search(SearchRequest(text, filters=filters))


def asked(answer: Callable[[str, str], object]) -> dict[str, str]:
    """Return the median and the 99th percentile of every kind of question, each engine asked the same ones."""
    rows = {}
    for kind in KINDS:
        took = [spent(lambda kind=kind, text=text: answer(kind, text))[0] for text in questions(kind)]  # type: ignore[misc]
        rows[kind] = f"{np.percentile(took, 50):.2f} / {np.percentile(took, 99):.2f}"
    return rows


def questions(kind: str) -> Iterator[str]:
    """Yield the questions of one kind."""
    chance = Random(kind)  # noqa: S311
    pairs = [(topic[0], place[0]) for topic, place in product(TOPICS, PLACES)]
    chance.shuffle(pairs)
    for topic, place in islice(cycle(pairs), ROUNDS):
        words = topic.split(" ")
        if kind == "phrase":
            yield topic
        elif kind == "typo":
            at = chance.randrange(max(1, len(words[0]) - 1))
            yield " ".join((words[0][:at] + words[0][at + 1 :] + "h", *words[1:], place))
        elif kind == "suggest":
            yield topic[: chance.randint(2, max(3, len(topic) - 1))]
        else:
            yield f"{words[-1]} {place.split(' ')[-1]}"


def renamed(record: CatalogRecord) -> CatalogRecord:
    return record.model_copy(update={"title": Bilingual(vi="Đậu mùa khỉ theo tuần", en="Mpox by week")})


def spent(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the milliseconds of processor time that ``work`` took, and what it returned."""
    start = time.process_time()
    result = work()
    return (time.process_time() - start) * 1000, result


def show(columns: dict[str, dict[str, str]], records: int) -> None:
    """Print the figures."""
    names = list(dict.fromkeys(name for rows in columns.values() for name in rows))
    tell(f"{records} records; processor ms, p50 / p99 of {ROUNDS} questions")
    tell(f"{'':30}" + "".join(f"{name:>20}" for name in columns))
    for name in names:
        tell(f"{name:30}" + "".join(f"{rows.get(name, ''):>20}" for rows in columns.values()))


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
