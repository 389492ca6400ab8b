"""What a build takes over from the generation before it, so that one changed record does not cost a whole build.

Whoosh's files never change once written: a new generation gets a copy of them and one more segment for the records
that are new or changed. Documents that no record stands for any more stay in the segments and are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.generations import Contents, read_current
from catalog.shelf import Shelf, read_shelf
from datasets.errors import CatalogUnavailable

MAX_PASSED_OVER = 0.2
"""The share of documents that may be passed over, or be new, before everything is built from nothing again."""
MAX_SEGMENTS = 16
"""Segments of one index: each term is looked up in every one."""
WHOOSH = "whoosh"
"""The folder of a generation that holds Whoosh's files."""


@dataclass(frozen=True)
class Carried:
    """The part of a new generation that is there already."""

    files: Mapping[str, bytes]
    """Whoosh's files by their path in the generation, verified."""
    held: int
    """How many documents they hold."""
    documents: Mapping[int, int]
    """The document of each record that is unchanged, by its number among the new records."""
    lengths: Mapping[int, int]


NOTHING = Carried({}, 0, {}, {})


def carried(directory: Path, lines: Sequence[str], identifiers: Sequence[str]) -> Carried | None:
    """Return what can be taken over for records with these identifiers and JSON ``lines``; None where all is built."""
    try:
        contents = read_current(directory)
        shelf = read_shelf(contents.files, contents.name)
    except CatalogUnavailable:
        return None
    documents, lengths = {}, {}
    for number, (identifier, line) in enumerate(zip(identifiers, lines, strict=True)):
        before = shelf.number(identifier)
        if before is not None and shelf.line(before) == line.encode():
            documents[number] = shelf.document(before)
            lengths[number] = shelf.length(before)
    if not _is_worth_it(contents, shelf, len(lines), len(documents)):
        return None
    files = {name: content for name, content in contents.files.items() if name.startswith(WHOOSH + "/")}
    return Carried(files, shelf.held, documents, lengths)


def _is_worth_it(contents: Contents, shelf: Shelf, records: int, unchanged: int) -> bool:
    segments = sum(name.endswith(".seg") for name in contents.files)
    after = shelf.held + records - unchanged
    return segments < MAX_SEGMENTS and after > 0 and (after - unchanged) <= MAX_PASSED_OVER * after
