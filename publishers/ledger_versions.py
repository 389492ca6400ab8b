"""Tells which numbers that earlier releases withheld are the same, where the present release has none of them.

A quarter is published after its months, and each month has been corrected. Whoever knows which numbers of a month its
correction changed reads four releases together; the job of the quarter has neither of them. The job of the correction
knew, and left it with its marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from anonymization.ledger import EarlierRelease, EarlierTable
from anonymization.ledger_cells import cells_of_rows, present_cells
from anonymization.table import TableSet
from publishers.value_marks import Codes, Marker, Marks, called_then, contributors_of, places_of

Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SameNumbers:
    """Which numbers of an earlier release the present one has as well, whether or not either shows them.

    `content` says which release it is, `codes` are those of its rows, and `rows` flags by quantity and table.
    """

    content: str
    codes: Codes
    rows: Mapping[tuple[str, str], Flags]

    @classmethod
    def of(cls, release: EarlierRelease, codes: Codes, present: TableSet, content: str) -> SameNumbers:
        """Compare a release of which it is known what has changed with the present one, before it is protected."""
        nodes = present_cells(present, release)
        values = {one.name: (one.population, present.measure_on_nodes(one)[0]) for one in present.measures}
        rows = {}
        for table in release.tables:
            for name, changed in table.changed.items():
                rows[contributors_of(name), table.name] = (nodes[table.name, name] >= 0) & ~changed
            for name, then in table.values.items():
                population, now = values[name]
                at, gone = nodes[table.name, population], table.withheld[population]
                told = _alike(then.astype(np.float64), now[at].astype(np.float64), table.rounding.get(name, 0.0))
                same = np.where(gone, ~table.changed_values.get(name, gone), told)
                rows[name, table.name] = (at >= 0) & same
        return cls(content, codes, rows)

    def marked(self, marker: Marker) -> Iterator[tuple[str, npt.NDArray[np.uint64]]]:
        """Yield the names under which they are marked, and marks of the places: uint64 (rows that are the same,)."""
        for (name, table), same in self.rows.items():
            places = places_of(self.codes[table], len(same))
            own = [places[row] for row in np.flatnonzero(same).tolist()]
            yield (
                _called(self.content, name),
                marker.marks(_called(self.content, name), own, np.ones(len(own)).tolist()),
            )


def _called(content: str, name: str) -> str:
    return f"same as {content}: {name}"


def _alike(then: Reals, now: Reals, rounding: float) -> Flags:
    """Return which numbers are the same as far as they are told, bool; none where they are not."""
    slack = rounding + 1e-9 * np.maximum(np.abs(then), np.abs(now))
    return np.asarray(np.abs(then - now) <= slack)


def with_same(marks: Marks, marker: Marker, same: Iterable[SameNumbers]) -> Marks:
    """Add to the marks of a release which of its numbers are those of earlier ones."""
    names, parts = set(marks.names), [marks.values]
    for one in same:
        for name, own in one.marked(marker):
            names.add(name)
            parts.append(own)
    return replace(marks, names=frozenset(names), values=np.unique(np.concatenate(parts)))


@dataclass(frozen=True)
class ReadRelease:
    """An earlier release as it was read, the codes of its rows, its content, and its marks where there are any."""

    release: EarlierRelease
    codes: Codes
    content: str
    marks: tuple[Marks, Marker] | None = None


def with_versions(read: Sequence[ReadRelease], present: TableSet) -> list[EarlierRelease]:
    """Return the releases, in the order in which they came out, with which of their numbers are the same.

    Where no marks tell of two releases, what both withheld is taken to be the same unless a number that both showed is
    another, and then to be another.
    """
    rows, count = cells_of_rows(present, [one.release for one in read])
    if _at_most_once(rows, count):
        return [one.release for one in read]
    populations = {one.name: one.population for one in present.measures}
    found = [replace(one.release) for one in read]
    quantities = [(contributors_of(one.name), one.name) for one in present.populations] + list(populations.items())
    for name, population in quantities:
        own = [_OneQuantity(name, population, one, at) for one, at in zip(read, rows, strict=True)]
        versions = _Versions(own, populations, (len(present.nodes), count)).all()
        for number, (one, version) in enumerate(zip(own, versions, strict=True)):
            found[number] = one.written(found[number], version)
    return found


def _at_most_once(rows: Sequence[Mapping[tuple[str, str], Ints]], count: int) -> bool:
    times = np.zeros(count, dtype=np.int64)
    for own in rows:
        for at in np.unique(np.concatenate([np.zeros(0, np.int64), *own.values()])):
            times[at] += 1
    return bool((times <= 1).all())


@dataclass(frozen=True)
class _OneQuantity:
    """The numbers of one quantity in one release."""

    name: str
    population: str
    read: ReadRelease
    at: Mapping[tuple[str, str], Ints]

    @property
    def tables(self) -> list[EarlierTable]:
        """Return the tables that have it."""
        own = [one for one in self.read.release.tables if self.population in one.withheld]
        return [one for one in own if self._counts or self.name in one.values]

    @property
    def _counts(self) -> bool:
        return self.name == contributors_of(self.population)

    def carried(self, count: int) -> Flags:
        """Return which cells it has, bool (cells,)."""
        flags = np.zeros(count, dtype=np.bool_)
        for table in self.tables:
            flags[self.at[table.name, self.population]] = True
        return flags

    def shown(self, count: int, names: Iterable[str]) -> Iterator[tuple[Reals, float]]:
        """Yield the numbers that it showed of some measures, float64 (cells,), and how far they may be off."""
        for name in names:
            values, off = np.full(count, np.nan), 0.0
            for table in self.read.release.tables:
                if self.population in table.withheld and name in table.values:
                    told = ~table.withheld[self.population]
                    values[self.at[table.name, self.population][told]] = table.values[name][told]
                    off = max(off, table.rounding.get(name, 0.0))
            yield values, off

    def same_as(self, other: _OneQuantity, count: int) -> Flags | None:
        """Return which cells have the number that an earlier release had, bool (cells,); None where no marks tell."""
        if self.read.marks is None:
            return None
        marks, marker = self.read.marks
        called = called_then(marks.people, self._quantities())
        name = _called(other.read.content, called.get(self.name, self.name))
        if name not in marks.names:
            return None
        same = np.zeros(count, dtype=np.bool_)
        for table in other.tables:
            places = places_of(other.read.codes[table.name], len(table))
            told = marks.told(marker.marks(name, places, [1] * len(places)))
            same[other.at[table.name, self.population][told]] = True
        return same

    def _quantities(self) -> dict[str, str]:
        return {
            name: self.population
            for one in self.read.release.tables
            if self.population in one.withheld
            for name in one.values
        }

    def written(self, release: EarlierRelease, versions: Ints) -> EarlierRelease:
        """Return the release with the versions of this quantity, int64 (cells,)."""
        has = {one.name for one in self.tables}
        tables = []
        for one in release.tables:
            if one.name in has:
                own = versions[self.at[one.name, self.population]]
                if self._counts:
                    one = replace(one, versions={**one.versions, self.population: own})  # noqa: PLW2901
                else:
                    one = replace(one, versions_of_values={**one.versions_of_values, self.name: own})  # noqa: PLW2901
            tables.append(one)
        return replace(release, tables=tuple(tables))


@dataclass
class _Versions:
    """Numbers the versions of each cell as they came out."""

    own: Sequence[_OneQuantity]
    populations: Mapping[str, str]
    size: tuple[int, int]
    """How many nodes the present release has, and how many cells all have."""
    found: list[Ints] = field(default_factory=list)

    def all(self) -> list[Ints]:
        """Return the versions, int64 (cells,) for each release; -1 where it has no such cell."""
        nodes, count = self.size
        newest = np.full(count, -1, dtype=np.int64)
        for number, one in enumerate(self.own):
            carried = one.carried(count)
            version = np.full(count, -1, dtype=np.int64)
            for before in reversed(range(number)):
                both = carried & (version < 0) & (self.found[before] >= 0)
                if both.any():
                    same = one.same_as(self.own[before], count)
                    if same is None:
                        same = self._supposed(one, self.own[before], both) & (np.arange(count) >= nodes)
                    version[both & same] = self.found[before][both & same]
            new = carried & (version < 0)
            newest[new] += 1
            version[new] = newest[new]
            self.found.append(version)
        return self.found

    def _supposed(self, one: _OneQuantity, other: _OneQuantity, both: Flags) -> Flags:
        """Return which cells are taken to have the same number in two releases, bool (cells,)."""
        names = [name for name, population in self.populations.items() if population == one.population]
        count, differs, agrees = self.size[1], np.zeros(self.size[1], np.bool_), np.zeros(self.size[1], np.bool_)
        for (then, off), (now, also) in zip(other.shown(count, names), one.shown(count, names), strict=True):
            told = both & ~np.isnan(then) & ~np.isnan(now)
            alike = _alike(np.nan_to_num(then), np.nan_to_num(now), off + also)
            differs |= told & ~alike
            agrees |= told & alike
        return agrees & ~differs if differs.any() else both
