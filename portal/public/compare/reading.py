"""Count and list the cells that differ: in the bounded pool of the engine, no more at a time than it can bear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from datasets.cell_status import CellStatus
from datasets.errors import QueryTimeout
from datasets.public_releases import PublicReleases
from portal.public.bounded_memory import BoundedMemory
from portal.public.compare.matching import Matched
from portal.public.compare.pairing import Pair
from portal.query.difference import KINDS, OF_BOTH, Compared, Kind, Sides, counting, listing
from portal.query.run import Session

MOST_VALUES = 16_000_000
"""Keys and cells of both releases, of all tables together, that one page compares."""
_LARGE = 1_500_000
"""Of so many values, one comparison is made at a time: others would wait behind it for every thread there is."""
_REMEMBERED = 500
"""Tables whose counts are remembered."""


@dataclass(frozen=True)
class ColumnCounts:
    """Of one column: how many cells differ in each way, and how many do not."""

    by_kind: Mapping[Kind, int]
    unchanged: int

    def of(self, kinds: Sequence[Kind]) -> int:
        return sum(self.by_kind[kind] for kind in kinds)

    @property
    def differing(self) -> int:
        return self.of(KINDS)


@dataclass(frozen=True)
class Difference:
    """One cell that differs. What has no value in one of the releases has None there."""

    column: Compared
    kind: Kind
    key: tuple[str, ...]
    then: str | None
    now: str | None
    then_status: CellStatus | None
    now_status: CellStatus | None


class Differences:
    """Compares tables of two releases within ``session``; what opening a file raises is raised."""

    def __init__(self, releases: PublicReleases, pair: Pair, session: Session) -> None:
        self._releases = releases
        self._pair = pair
        self._session = session

    def counts(self, table: Matched) -> tuple[ColumnCounts, ...]:
        """Return what is counted of each column of a table."""
        return _KEPT.get(self._tag(table)) or self._count(table)

    def listed(
        self, table: Matched, *, column: int | None, kinds: Sequence[Kind], rows: int, skip: int
    ) -> tuple[Difference, ...]:
        """Return ``rows`` of the cells that differ in one of ``kinds``: by measure, the largest first."""
        statement = listing(self._sides(table), column=column, kinds=kinds, rows=rows, skip=skip)
        with _one_large(table):
            found = self._session.read(statement)
        keys = len(table.keys)
        return tuple(_difference(table, row, keys) for row in zip(*(each.to_pylist() for each in found), strict=True))

    def _count(self, table: Matched) -> tuple[ColumnCounts, ...]:
        with _one_large(table):
            (row,) = self._session.read(counting(self._sides(table))).to_pylist()
        found = []
        for number in range(len(table.columns)):
            counts: dict[Kind, int] = {kind: row[f"{kind}{number}"] for kind in KINDS}
            found.append(ColumnCounts(counts, row[f"both{number}"] - sum(counts[kind] for kind in OF_BOTH)))
        return _KEPT.keep(self._tag(table), tuple(found))

    def _tag(self, table: Matched) -> str:
        return " ".join((*self._pair.key, table.name))

    def _sides(self, table: Matched) -> Sides:
        old = self._releases.file(self._pair.old, table.old.parquet).path
        new = self._releases.file(self._pair.new, table.new.parquet).path
        places = self._session.folder.of(old), self._session.folder.of(new)
        return Sides(*places, table.keys, table.columns, table.without_total, table.partly)


def _difference(table: Matched, row: Sequence[object], keys: int) -> Difference:
    number, *key, kind, then, now, then_status, now_status = row
    assert isinstance(number, int)
    return Difference(
        column=table.columns[number],
        kind=next(each for each in KINDS if each == kind),
        key=tuple(str(part) for part in key[:keys]),
        then=None if then is None else str(then),
        now=None if now is None else str(now),
        then_status=None if then_status is None else CellStatus(str(then_status)),
        now_status=None if now_status is None else CellStatus(str(now_status)),
    )


_KEPT: BoundedMemory[tuple[ColumnCounts, ...]] = BoundedMemory(_REMEMBERED, lambda _: 1)
"""What was counted last: releases never change."""
_LARGE_ONE = Lock()


@contextmanager
def _one_large(table: Matched) -> Iterator[None]:
    if table.values < _LARGE:
        yield
        return
    if not _LARGE_ONE.acquire(blocking=False):
        raise QueryTimeout("Another large comparison is being made; ask again in a moment")
    try:
        yield
    finally:
        _LARGE_ONE.release()
