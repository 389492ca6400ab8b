"""The cells that differ between two releases as CSV: codes with their names, both values with their statuses."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from datasets.names import SYNTHETIC
from portal.public.compare.matching import Matched
from portal.public.compare.pairing import Pair
from portal.public.compare.reading import Difference
from portal.public.compare.reckoning import change
from portal.public.pages.values import member_label
from portal.query.schema import Cube
from portal.shared.wording import Wording

VALUES = ("before", "before_status", "after", "after_status", "difference", "percent")


def csv_text(pair: Pair, table: Matched, cells: Iterable[Difference], words: Wording) -> str:
    """Return a file; an empty field is no value, and its status says why. Names are in one language."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    synthetic = pair.new.description.synthetic
    writer.writerow(told_apart([*_headings(table), *([SYNTHETIC] if synthetic else [])]))
    for cell in cells:
        writer.writerow([*_row(table, cell, words), *(["true"] if synthetic else [])])
    return text.getvalue()


def _headings(table: Matched) -> Iterator[str]:
    for _, name in table.keys:
        yield name
        if _has_names(table, name):
            yield f"{name}_label"
    yield from ("column", "change", *VALUES)


def told_apart(headings: Iterable[str]) -> list[str]:
    """Return headings none of which stands twice: a dimension may be called as a column of ours, which gives way."""
    found: list[str] = []
    for heading in headings:
        free = heading
        while free in found:
            free += "_"
        found.append(free)
    return found


def _has_names(table: Matched, name: str) -> bool:
    return isinstance(table.new, Cube) or name in table.new.codelists


def _row(table: Matched, cell: Difference, words: Wording) -> Iterator[str]:
    for (then, now), code in zip(table.keys, cell.key, strict=True):
        yield code
        if _has_names(table, now):
            yield key_label(table, then, now, code, words)
    reckoned = change(cell)
    yield cell.column.name
    yield cell.kind
    yield cell.then or ""
    yield cell.then_status or ""
    yield cell.now or ""
    yield cell.now_status or ""
    yield "" if reckoned is None else f"{reckoned.difference:f}"
    yield "" if reckoned is None or reckoned.percent is None else f"{reckoned.percent:f}"


def key_label(table: Matched, then: str, now: str, code: str, words: Wording) -> str:
    """Return what a code is called now, or was called where the list does not have it any more."""
    old = table.old.axes[then].codelist if isinstance(table.old, Cube) else table.old.codelists.get(then)
    new = table.new.axes[now].codelist if isinstance(table.new, Cube) else table.new.codelists.get(now)
    if old is None or new is None:
        return code
    return member_label(code, old if code not in new.by_code and code in old.by_code else new, words)
