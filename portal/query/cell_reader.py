"""Answer planned questions from cells in memory: the same rows, in the same order, as DuckDB would give."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datasets.cell_status import CellStatus, status_column
from datasets.release import MeasureDescription
from portal.query.cells import Cells, Integers, MeasureCells, Texts
from portal.query.memory_reader import MemoryReader
from portal.query.model import too_large
from portal.query.ordering import Term
from portal.query.plan import Key, Plan
from portal.query.ranks import RANKS, WEAKEST_FIRST, has_value
from portal.query.ratio_cells import divided, uneven
from portal.query.ratios import Ratio, is_repeated
from portal.query.row_tests import Among, Condition, Every, RowTest
from portal.query.schema import Axis
from portal.query.selection import Use
from portal.query.statement import ROW, order_columns

MAX_COMBINATIONS = 2_000_000
"""Up to so many cells are looked up at once; more are left to DuckDB, which can be interrupted."""

_ABSENT = np.int8(RANKS[CellStatus.MISSING])
_STATUSES = Texts([status.value for status in WEAKEST_FIRST])
_NOWHERE = np.iinfo(np.int64).max
_LARGEST = 2.0**62
_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": np.equal,
    "ne": np.not_equal,
    "gt": np.greater,
    "gte": np.greater_equal,
    "lt": np.less,
    "lte": np.less_equal,
}


class _Found(Protocol):
    """The rows of an answer: where each is stored (or the first cell that it adds up), its codes and its measures."""

    @property
    def rows(self) -> Integers: ...

    def __len__(self) -> int: ...

    def positions(self, name: str) -> Integers: ...

    def measure(self, name: str) -> MeasureCells: ...

    def take(self, places: NDArray[Any] | slice) -> _Found: ...


@dataclass(frozen=True)
class _Stored:
    """Rows as they are stored; what they hold is looked up only when it is asked for."""

    cells: Cells
    rows: Integers
    keys: Integers

    def __len__(self) -> int:
        return len(self.rows)

    def positions(self, name: str) -> Integers:
        return self.cells.positions(name, self.keys)

    def measure(self, name: str) -> MeasureCells:
        stored = self.cells.measures[name]
        return MeasureCells(stored.values[self.rows], stored.ranks[self.rows])

    def take(self, places: NDArray[Any] | slice) -> _Stored:
        return _Stored(self.cells, self.rows[places], self.keys[places])


@dataclass(frozen=True)
class _Grid:
    """All cells of some members of each dimension, none of which is missing: a few are found without the others."""

    cells: Cells
    steps: tuple[Integers, ...]
    """What each member of each dimension adds to a key."""

    def __len__(self) -> int:
        return math.prod(map(len, self.steps))

    @cached_property
    def keys(self) -> Integers:
        return _outer_sum(self.steps).ravel()

    @cached_property
    def rows(self) -> Integers:
        return self.cells.find(self.keys)[0]

    def positions(self, name: str) -> Integers:
        return self.take(slice(None)).positions(name)

    def measure(self, name: str) -> MeasureCells:
        return self.take(slice(None)).measure(name)

    def take(self, places: NDArray[Any] | slice) -> _Stored:
        numbers = np.arange(len(self))[places]
        along = np.unravel_index(numbers, tuple(map(len, self.steps)))
        keys = np.zeros(len(numbers), np.int64)
        for steps, chosen in zip(self.steps, along, strict=True):
            keys += steps[chosen]
        return _Stored(self.cells, self.cells.find(keys)[0], keys)


@dataclass(frozen=True)
class _Sums:
    """Rows that were added up."""

    rows: Integers
    places: Mapping[str, Integers]
    measures: Mapping[str, MeasureCells]

    def __len__(self) -> int:
        return len(self.rows)

    def positions(self, name: str) -> Integers:
        return self.places[name]

    def measure(self, name: str) -> MeasureCells:
        return self.measures[name]

    def take(self, places: NDArray[Any] | slice) -> _Sums:
        return _Sums(
            self.rows[places],
            {name: positions[places] for name, positions in self.places.items()},
            {name: MeasureCells(each.values[places], each.ranks[places]) for name, each in self.measures.items()},
        )


class CellReader(MemoryReader[_Found]):
    """Reads the answers to plans from the cells of their table."""

    def __init__(self, cells: Cells) -> None:
        super().__init__()
        self._cells = cells

    def _look(self, plan: Plan) -> _Found:
        found: _Found = self._sums(plan) if plan.sums else self._stored(plan)
        if plan.conditions:
            found = found.take(_holds(Every(plan.conditions), found, self._cells.axes))
        return found

    def _terms(self, plan: Plan, found: _Found) -> list[Term]:
        return [_term(key, found) for key in plan.keys]

    def _table(self, plan: Plan, found: _Found) -> pa.Table:
        return _table(plan, found, self._cells.codes)

    def _stored(self, plan: Plan) -> _Grid | _Stored:
        if plan.whole:
            rows = np.arange(self._cells.rows)
            return _Stored(self._cells, rows, self._cells.keys_of(rows))
        grid = _Grid(self._cells, self._steps(plan, self._cells.used))
        if self._cells.used is not None:
            return grid if reads_as_stored(plan) else _Stored(self._cells, grid.rows, grid.keys)
        rows, present = self._cells.find(grid.keys)
        if present.all():
            return _Stored(self._cells, rows, grid.keys)
        return _Stored(self._cells, rows[present], grid.keys[present])

    def _steps(self, plan: Plan, used: Mapping[str, NDArray[np.bool_]] | None) -> tuple[Integers, ...]:
        """Return what the members of each dimension add to a key, those of ``used`` positions only."""
        steps = []
        for use in plan.uses:
            positions = _member_positions(use)
            kept = positions if used is None else positions[used[use.name][positions]]
            steps.append(kept * self._cells.strides[use.name])
        return tuple(steps)

    def _sums(self, plan: Plan) -> _Sums:
        """Add cells up: no value unless each that counts is there and has one; the status is the weakest of all."""
        rows, present = self._cells.find(_outer_sum(self._steps(plan, None)))
        over = tuple(number for number, use in enumerate(plan.uses) if use.role == "summed")

        def cells(measure: MeasureDescription) -> MeasureCells:
            return _at(self._cells.measures[measure.name], rows, present)

        def added(measure: MeasureDescription, found: MeasureCells) -> MeasureCells:
            summed, times = _added(measure, found, over), plan.repeated(measure)
            return summed if times == 1 else replace(summed, values=summed.values // times)

        def rate(ratio: Ratio) -> MeasureCells:
            above, below = cells(ratio.above), cells(ratio.below)
            same = tuple(number for number in over if is_repeated(ratio.below, plan.uses[number]))
            apart = uneven(above, below, over, same)
            return divided(ratio, added(ratio.above, above), added(ratio.below, below), apart)

        ratios = {ratio.name: rate(ratio) for ratio in plan.ratios}
        measures = {
            measure.name: ratios.get(measure.name) or added(measure, cells(measure)) for measure in plan.measures
        }
        left = np.indices(present.any(axis=over, keepdims=True).shape, np.int64)
        places = {
            use.name: _member_positions(use)[left[number]].ravel() for number, use in enumerate(plan.uses) if use.shown
        }
        sums = _Sums(np.where(present, rows, _NOWHERE).min(axis=over).ravel(), places, measures)
        return sums.take(sums.rows != _NOWHERE) if places else sums


def can_read(plan: Plan) -> bool:
    """Return whether a question is about a cube by its own codes, and small enough to be answered from memory."""
    if not plan.uses or plan.distinct or any(use.parts for use in plan.uses):
        return False
    # The people of members that had ended are counted elsewhere, which is told to DuckDB alone.
    if any(use.ended for use in plan.uses) and any(measure.type in {"population", "rate"} for measure in plan.measures):
        return False
    return combinations(plan) <= MAX_COMBINATIONS or (plan.whole and reads_as_stored(plan))


def reads_as_stored(plan: Plan) -> bool:
    """Return whether an answer is all cells that are looked up, in the order in which they are stored."""
    return not plan.keys and not plan.conditions


def combinations(plan: Plan) -> int:
    """Return how many cells are looked up for an answer."""
    return math.prod(len(_members(use)) for use in plan.uses)


def _outer_sum(steps: Sequence[Integers]) -> Integers:
    """Return the key of every cell that a question touches, one axis of the result for each dimension."""
    keys = np.zeros(1, np.int64)
    # From the last dimension on, so that each step works along long rows.
    for each in reversed(steps):
        keys = (each[:, np.newaxis] + keys).ravel()
    return keys.reshape(tuple(map(len, steps)))


def _members(use: Use) -> Collection[str]:
    return use.axis.positions if use.members is None else use.members


def _member_positions(use: Use) -> Integers:
    positions, members = use.axis.positions, use.members
    if members is None:
        return np.arange(len(positions))
    first, last = positions[members[0]], positions[members[-1]]
    if last - first + 1 == len(members):
        # In published order there is room for no others between them.
        return np.arange(first, last + 1)
    return np.fromiter(map(positions.__getitem__, members), np.int64, len(members))


def _at(stored: MeasureCells, rows: Integers, present: NDArray[np.bool_]) -> MeasureCells:
    """Return the cells at some rows; one that is not there is missing."""
    ranks = np.where(present, stored.ranks[rows], _ABSENT)
    return MeasureCells(np.where(has_value(ranks), stored.values[rows], 0), ranks)


def _added(measure: MeasureDescription, cells: MeasureCells, over: tuple[int, ...]) -> MeasureCells:
    weakest, totals = cells.ranks.min(axis=over).ravel(), cells.values.sum(axis=over).ravel()
    if measure.field_type == "integer" and np.any(np.abs(cells.values.sum(axis=over, dtype=np.float64)) > _LARGEST):
        raise too_large()
    if measure.decimals is not None:
        totals = np.round(totals, measure.decimals)
    return MeasureCells(np.where(has_value(weakest), totals, 0), weakest)


def _holds(test: RowTest, found: _Found, axes: Mapping[str, Axis]) -> NDArray[np.bool_]:
    if isinstance(test, Condition):
        return _compares(test, found)
    if isinstance(test, Among):
        chosen = np.zeros(len(axes[test.column].positions), np.bool_)
        chosen[[axes[test.column].positions[code] for code in test.members]] = True
        among: NDArray[np.bool_] = chosen[found.positions(test.column)]
        return among
    join, start = (np.logical_and, True) if isinstance(test, Every) else (np.logical_or, False)
    holds = np.full(len(found.rows), start)
    for part in test.parts:
        join(holds, _holds(part, found, axes), out=holds)
    return holds


def _compares(condition: Condition, found: _Found) -> NDArray[np.bool_]:
    operator, wanted = condition.operator.key, np.asarray(condition.values)
    if condition.status_of:
        compared: NDArray[Any] = found.measure(condition.status_of).ranks
        known = np.ones(compared.shape, np.bool_)
        wanted = np.array([RANKS[CellStatus(str(value))] for value in condition.values])
    else:
        cells = found.measure(condition.column)
        compared, known = cells.values, has_value(cells.ranks)
    if operator == "null":
        empty: NDArray[np.bool_] = (~known == wanted[0]) ^ condition.negated
        return empty
    holds: NDArray[np.bool_] = (
        np.isin(compared, wanted) if operator == "in" else _COMPARISONS[operator](compared, wanted[0])
    )
    return known & (holds ^ condition.negated)


def _term(key: Key, found: _Found) -> Term:
    if key.codes is not None:
        positions = found.positions(key.column)
        return -positions if key.descending else positions, None
    cells = found.measure(key.column)
    return -cells.values if key.descending else cells.values, ~has_value(cells.ranks)


def _table(plan: Plan, found: _Found, codes: Mapping[str, Texts]) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    for use in plan.uses:
        if use.shown:
            columns[use.name] = codes[use.name].column(found.positions(use.name))
    for measure in plan.measures:
        cells = found.measure(measure.name)
        columns[measure.name] = pa.array(cells.values, mask=~has_value(cells.ranks))
        columns[status_column(measure.name)] = _STATUSES.column(cells.ranks)
    for name, key in zip(order_columns(plan), plan.keys, strict=True):
        columns[name] = columns[key.column] if key.codes is None else pa.array(found.positions(key.column))
    columns[ROW] = pa.array(found.rows, mask=found.rows == _NOWHERE)
    names = [column.name for column in plan.stored]
    return pa.table({name: columns[name] for name in [*names, *order_columns(plan), ROW]})
