"""Writes the workbook of a table into a package, without what its writer says when it breaks down."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from datasets.codelist import Codelist
from datasets.text import Bilingual
from datasets.workbook import workbook


def write_workbook(
    rows: pa.Table,
    path: Path,
    *,
    labels: Mapping[str, Codelist],
    columns: Sequence[Mapping[str, str]],
    notes: Iterable[tuple[str, Bilingual]],
) -> None:
    """Write what ``datasets.workbook.workbook`` makes of the same arguments to ``path``, which must not exist."""
    with _unheard():
        content = workbook(rows, labels=labels, columns=columns, notes=notes)
    with path.open("xb") as file:
        file.write(content)


@contextmanager
def _unheard() -> Iterator[None]:
    """Keep what a panic prints by itself from standard error; what anybody else says meanwhile comes after.

    The writer has no other way to be quiet, and staff would take its words for a fault of ytemo's.
    """
    heard = os.memfd_create("stderr")
    kept = os.dup(2)
    try:
        os.dup2(heard, 2)
        try:
            yield
        except (OSError, RuntimeError):
            os.ftruncate(heard, 0)
            raise
        finally:
            os.dup2(kept, 2)
            os.lseek(heard, 0, os.SEEK_SET)
            while words := os.read(heard, 1 << 16):
                os.write(kept, words)
    finally:
        os.close(heard)
        os.close(kept)
