"""The sums that earlier releases add to what readers know of one family of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.ledger_between import sums_by_unseen
from anonymization.ledger_cells import CONTRIBUTORS, FLOAT_ROUNDING, Ledger
from anonymization.ledger_pictures import Taken, first_of_each, pictures, that_hold
from anonymization.link import Link
from anonymization.relations import Across, Family, Flags, Ints, from_entries, matrix_of, sums_along

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FamilyOfValues:
    """What sums are found for: contributors, or a measure.

    `name` is the measure's, or `CONTRIBUTORS`. `values` are float64 (nodes,) and `present` bool (nodes,). `carried`
    holds, for each earlier release, which cells of the ledger it has in this family, and `before` the values that it
    showed, not a number where it showed none. `tells` are the present values and those shown before of additive
    measures, by which readers see which releases add up.
    """

    name: str
    values: Reals
    present: Flags
    carried: tuple[Flags, ...]
    before: tuple[Reals, ...]
    tells: tuple[tuple[Reals, tuple[Reals, ...]], ...] = ()


@dataclass(frozen=True)
class EarlierSums:
    """One row for each further sum; the columns are the nodes and then cells of earlier releases.

    `matrix` is int64 (sums, nodes + cells). `axis` is int64 (sums,): the axis of the ledger that is summed over or,
    counted on from the last axis, the link, and behind all of these `several_axes`; `population` int64 (sums,). `here`
    flags sums of present cells alone. Of the cells of earlier releases, `unknown` says which nobody saw, `zeros` which
    of these may be empty; `now` are the present values of the others and `then` those that were shown, float64
    (cells,), not a number where there is none.
    """

    matrix: sparse.csr_array
    axis: Ints
    population: Ints
    here: Flags
    unknown: Flags
    zeros: Flags
    now: Reals
    then: Reals

    def __len__(self) -> int:
        return self.matrix.shape[0]

    def only(self, kept: Flags) -> EarlierSums:
        """Return some of the sums."""
        about = {name: getattr(self, name)[kept] for name in ("axis", "population", "here")}
        return replace(self, matrix=self.matrix[np.flatnonzero(kept)], **about)


def earlier_sums(ledger: Ledger, links: Sequence[Link], family: FamilyOfValues, *, explanation: int = 0) -> EarlierSums:
    """Return the sums of earlier releases, and those between them and the present one, that say something new.

    A cell that was withheld before stands for the present cell where there is one, unless it has changed since in this
    `explanation`. A cell that was shown is a known number. What the present release says itself,
    or what holds among shown numbers alone, is left out.
    """
    columns = _Columns(ledger, family, explanation)
    parts = [_own_sums(ledger, links, columns, number) for number in range(len(ledger.entries))]
    parts.append(_sums_between(ledger, links, columns))
    matrix = sparse.csr_array(sparse.vstack([part.matrix for part in parts]))
    axis, population, here = (np.concatenate(own) for own in zip(*(part.about for part in parts), strict=True))
    return columns.told(Sums(matrix, axis, population, here))


@dataclass(frozen=True)
class Sums:
    """Sums over some columns, what they run along, which population they are about, and one flag of each."""

    matrix: sparse.csr_array
    axis: Ints
    population: Ints
    flag: Flags

    @property
    def about(self) -> tuple[Ints, Ints, Flags]:
        """Everything but the matrix."""
        return self.axis, self.population, self.flag

    def only(self, kept: Flags, flag: Flags) -> Sums:
        """Return some of the sums, with another flag (for all of them)."""
        return Sums(self.matrix[np.flatnonzero(kept)], self.axis[kept], self.population[kept], flag[kept])

    def and_then(self, others: Sums) -> Sums:
        """Return these sums and others over the same columns."""
        matrix = sparse.csr_array(sparse.vstack([self.matrix, others.matrix]))
        both = zip(self.about, others.about, strict=True)
        return Sums(matrix, *(np.concatenate(pair) for pair in both))

    def placed(self, columns: Ints, width: int) -> Sums:
        """Return the same sums over other columns."""
        entries = self.matrix.tocoo()
        rows, places = entries.row.astype(np.int64), columns[entries.col]
        matrix = from_entries(entries.data, rows, places, (self.matrix.shape[0], width))
        return Sums(matrix, *self.about)


class _Columns:
    """The columns of a family: nodes, then each earlier release's own cells."""

    def __init__(self, ledger: Ledger, family: FamilyOfValues, explanation: int) -> None:
        self.ledger, self.family = ledger, family
        self.moved = [entry.moved[explanation][family.name] for entry in ledger.entries]
        self.here = np.zeros(len(ledger), dtype=np.bool_)
        self.here[: ledger.nodes] = family.present
        self.shown = [entry.shown & own for entry, own in zip(ledger.entries, family.carried, strict=True)]
        self.withheld = [entry.withheld & own for entry, own in zip(ledger.entries, family.carried, strict=True)]
        self.width = ledger.nodes + len(ledger) * len(ledger.entries)
        self._unseen = np.zeros(self.width - ledger.nodes, dtype=np.bool_)
        self._home = self._homes()

    def column(self, entry: int, cells: Ints) -> Ints:
        """Return the columns that stand for an earlier release's cells: the present ones where they are the same."""
        same = self.here[cells] & ~self.shown[entry][cells] & ~self.moved[entry][cells]
        return np.where(same, np.minimum(cells, self.ledger.nodes - 1), self._home[entry][cells])

    def columns(self, picture: Ints, cells: Ints) -> Ints:
        """Return the columns for cells of the releases that a picture takes them from."""
        found = np.minimum(cells, self.ledger.nodes - 1)
        for entry in range(len(self.ledger.entries)):
            own = picture == entry
            found[own] = self.column(entry, cells[own])
        return np.asarray(found)

    def unknown(self) -> Flags:
        """Return which columns behind the nodes nobody saw, bool (width - nodes,)."""
        return self._unseen

    def _homes(self) -> list[Ints]:
        """Return the columns of each release's cells that are not the present ones: its own, or those of another.

        A number that several releases withheld has one column, and where one of them showed it, its column there.
        """
        versions = [entry.versions[self.family.name] for entry in self.ledger.entries]
        everywhere = np.arange(len(self.ledger))
        homes = [self._own(entry, everywhere) for entry in range(len(versions))]
        apart = [own & (~self.here | moved) for own, moved in zip(self.withheld, self.moved, strict=True)]
        for version in np.unique(np.concatenate([np.zeros(0, np.int64), *(np.unique(own) for own in versions)])):
            # The newest release that showed a cell tells it; an earlier one may have been revised.
            told, first = (np.full(len(self.ledger), -1, dtype=np.int64) for _ in range(2))
            for entry, own in enumerate(versions):
                told[self.shown[entry] & (own == version)] = entry
                first[apart[entry] & (own == version) & (first < 0)] = entry
            stands = np.where(told >= 0, told, first)
            for entry, own in enumerate(versions):
                alike = np.flatnonzero(apart[entry] & (own == version))
                homes[entry][alike] = self._own(stands[alike], alike)
                self._unseen[(homes[entry][alike] - self.ledger.nodes)[told[alike] < 0]] = True
        return homes

    def told(self, sums: Sums) -> EarlierSums:
        """Return sums, flagged where all is present, with only the columns that they use."""
        nodes, cells = self.ledger.nodes, len(self.ledger)
        used = np.unique(sums.matrix.indices)
        used = used[used >= nodes] - nodes
        cell, release = used % cells, used // cells
        now, then, zeros = np.full(len(used), np.nan), np.full(len(used), np.nan), np.ones(len(used), dtype=np.bool_)
        present = self.here[cell]
        now[present] = self.family.values[cell[present]]
        for number, entry in enumerate(self.ledger.entries):
            own = release == number
            then[own] = self.family.before[number][cell[own]]
            if entry.release.zeros == "publish":
                somebody = self.column(number, np.flatnonzero(self.withheld[number]))
                zeros[np.isin(used + nodes, somebody)] = False
        columns = np.concatenate([np.arange(nodes), used + nodes])
        return EarlierSums(sums.matrix[:, columns], *sums.about, self.unknown()[used], zeros, now, then)

    def _own(self, entry: int | Ints, cells: Ints) -> Ints:
        return np.asarray(self.ledger.nodes + entry * len(self.ledger) + cells)


def _own_sums(ledger: Ledger, links: Sequence[Link], columns: _Columns, number: int) -> Sums:
    """Return the sums among the cells of one earlier release that have a withheld cell and are not in the present."""
    entry = ledger.entries[number]
    cells = np.flatnonzero(columns.family.carried[number])
    found = sums_among(ledger, links, cells)
    here = ~_touched(found.matrix, ~columns.here[cells])
    revised = _touched(found.matrix, (entry.changed[columns.family.name] | columns.moved[number])[cells])
    kept = _touched(found.matrix, columns.withheld[number][cells]) & ~(here & found.flag & ~revised)
    return found.only(kept, here).placed(columns.column(number, cells), columns.width)


def _sums_between(ledger: Ledger, links: Sequence[Link], columns: _Columns) -> Sums:
    """Return the sums across releases: those of which one release has some cells and another the others."""
    anywhere = columns.here | np.logical_or.reduce([np.zeros(len(ledger), np.bool_), *columns.family.carried])
    cells = np.flatnonzero(anywhere)
    if columns.here[cells].all():
        return sums_among(ledger, links, cells[:0]).placed(cells[:0], columns.width)
    found = sums_among(ledger, links, cells)
    kept = _touched(found.matrix, ~columns.here[cells])
    for carried in columns.family.carried:
        kept &= _touched(found.matrix, ~carried[cells])
    found = found.only(kept, ~kept).and_then(_sums_by_unseen(ledger, links, columns, cells))
    carried_by = [own[cells] for own in columns.family.carried]
    taken: list[Taken] = []
    newest: Ints | None = None
    for picture in pictures(carried_by, columns.here[cells]):
        places = columns.columns(picture, cells)
        if newest is not None and np.array_equal(places, newest):
            taken.append(replace(taken[0], picture=picture))
            continue
        newest = places if newest is None else newest
        placed = found.placed(places, columns.width)
        # What the present value stands for may have changed in another measure.
        firm = ~_touched(found.matrix, (picture < len(carried_by)) & (places < ledger.nodes))
        taken.append(Taken(picture, placed.matrix, *_told(placed, columns, firm)))
    return _chosen(found, taken, carried_by)


def _sums_by_unseen(ledger: Ledger, links: Sequence[Link], columns: _Columns, cells: Ints) -> Sums:
    """Return the sums that pass over cells which no release has, but those of present cells alone."""
    matrix, population = sums_by_unseen(ledger, links, cells)
    kept = _touched(matrix, ~columns.here[cells])
    several = np.full(len(population), several_axes(ledger, links), dtype=np.int64)
    return Sums(matrix, several, population, ~kept).only(kept, ~kept)


def several_axes(ledger: Ledger, links: Sequence[Link]) -> int:
    """Return what stands for the axis of a sum that runs along several: the number behind the last axis and link."""
    return len(ledger.axes) + len(links)


def _chosen(found: Sums, taken: Sequence[Taken], carried: Sequence[Flags]) -> Sums:
    """Return the sums of all pictures that hold, each once."""
    places, rows = [], []
    for one, kept in zip(taken, that_hold(found.matrix, taken, carried), strict=True):
        places.append(one.matrix[np.flatnonzero(kept)])
        rows.append(np.flatnonzero(kept))
    order = np.concatenate(rows)
    matrix = sparse.csr_array(sparse.vstack(places))
    once = first_of_each(matrix, order)
    order = order[once]
    return Sums(matrix[once], found.axis[order], found.population[order], found.flag[order])


def _told(sums: Sums, columns: _Columns, firm: Flags) -> tuple[Flags, Flags, Flags]:
    """Return which sums are not denied, and which of the `firm` ones a measure denies or agrees with, bool (sums,)."""
    seen, holds = _seen_and_holds(sums, columns, columns.family.values, columns.family.before)
    wrong, right = np.zeros_like(seen), np.zeros_like(seen)
    for values, before in columns.family.tells:
        told, agrees = _seen_and_holds(sums, columns, values, before)
        wrong, right = wrong | (firm & told & ~agrees), right | (firm & agrees)
    return holds | ~seen, wrong, right


def _seen_and_holds(sums: Sums, columns: _Columns, now: Reals, before: Sequence[Reals]) -> tuple[Flags, Flags]:
    """Return of which sums everything was shown, or is present, and which of these hold, bool (sums,) each."""
    unseen = np.concatenate([np.zeros(columns.ledger.nodes, dtype=np.bool_), columns.unknown()])
    values = np.concatenate([now, *before])
    silent, values = np.isnan(values), np.nan_to_num(values)
    excess = np.abs(sums.matrix @ values)
    slack = FLOAT_ROUNDING * (abs(sums.matrix) @ np.abs(values))
    seen = ~_touched(sums.matrix, unseen | silent)
    return seen, seen & (excess <= slack)


def sums_among(ledger: Ledger, links: Sequence[Link], cells: Ints) -> Sums:
    """Return every sum among some cells, flagged where the present release knows such sums itself."""
    nodes, axes = ledger.cells(cells), {one.name: number for number, one in enumerate(ledger.axes)}
    parts: list[Family] = []
    flags: list[Flags] = [np.zeros(0, dtype=np.bool_)]
    if len(cells):
        for number, axis in enumerate(ledger.axes):
            found, _ = sums_along(nodes, number, axis)
            parts += found
            flags += [
                np.full(len(one.parents), sum_ in axis.present) for one, sum_ in zip(found, axis.sums, strict=True)
            ]
        for number, link in enumerate(links, start=len(ledger.axes)):
            across = Across(nodes, ledger.axes, axes[link.children[0]], axes[link.parents[0]])
            parts.append(across.family(link, number))
            flags.append(np.ones(len(parts[-1].parents), dtype=np.bool_))
    none = np.zeros(0, dtype=np.int64)
    origin = np.concatenate([none, *(np.full(len(one.parents), one.origin) for one in parts)])
    population = np.concatenate([none, *(nodes.population[one.parents[:, 0]] for one in parts)])
    return Sums(matrix_of(parts, len(cells)), origin, population, np.concatenate(flags))


def _touched(matrix: sparse.csr_array, flags: Flags) -> Flags:
    return np.asarray(abs(matrix) @ flags.astype(np.int64) > 0)


def contributors_of(ledger: Ledger, values: npt.NDArray[np.int64] | Reals, measures: Sequence[str]) -> FamilyOfValues:
    """Return the family of contributors; `measures` are those whose values are the contributors.

    They are taken to be known of every cell that was shown, whether or not a measure told them.
    """
    carried = tuple(entry.shown | entry.withheld for entry in ledger.entries)
    before = _before(ledger, measures)
    return FamilyOfValues(CONTRIBUTORS, values.astype(np.float64), np.ones(len(values), np.bool_), carried, before)


def measure_of(ledger: Ledger, values: npt.NDArray[np.int64] | Reals, present: Flags, measure: str) -> FamilyOfValues:
    """Return the family of a measure."""
    carried = tuple(entry.carries[measure] for entry in ledger.entries)
    return FamilyOfValues(measure, values.astype(np.float64), present, carried, _before(ledger, [measure]))


def with_tells(
    ledger: Ledger, family: FamilyOfValues, measures: Mapping[str, tuple[npt.NDArray[np.int64] | Reals, Flags]]
) -> FamilyOfValues:
    """Return the family with additive measures, each with its values on the nodes and where there are any."""
    tells = tuple(
        (np.where(present, values.astype(np.float64), np.nan), _before(ledger, [name]))
        for name, (values, present) in measures.items()
    )
    return replace(family, tells=tells)


def _before(ledger: Ledger, measures: Sequence[str]) -> tuple[Reals, ...]:
    found = []
    for entry in ledger.entries:
        shown = np.full(len(ledger), np.nan)
        for name in measures:
            own = ~np.isnan(entry.values[name])
            shown[own] = entry.values[name][own]
        found.append(shown)
    return tuple(found)
