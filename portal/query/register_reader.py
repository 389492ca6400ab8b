"""Answer planned questions about a register from its rows in memory: the same rows, in the order that DuckDB gives."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portal.query.memory_reader import MemoryReader
from portal.query.model import Aggregate
from portal.query.ordering import Term
from portal.query.plan import Plan
from portal.query.register_rows import Mask, RegisterRows, Rows, Values
from portal.query.row_tests import Condition, Every, RowTest, Some, single_conditions
from portal.query.statement import ROW, order_columns

_COMPARED = {"eq": np.equal, "gt": np.greater, "gte": np.greater_equal, "lt": np.less, "lte": np.less_equal}
_FIRST_DAY = date(1970, 1, 1).toordinal()
_SCATTERED = 4
"""Up to so many combinations of groups for each row, or ``_ALWAYS``, are counted in a list of all combinations."""
_ALWAYS = 65_536


class _Found(Protocol):
    """The rows of an answer: where each is stored (or the first one that it gathers), and its columns."""

    @property
    def rows(self) -> Rows: ...

    def __len__(self) -> int: ...

    def term(self, name: str) -> Term: ...

    def array(self, name: str) -> pa.Array: ...

    def take(self, places: NDArray[Any] | slice) -> _Found: ...


@dataclass(frozen=True)
class _Stored:
    """Rows as they are stored; what they hold is looked up only when it is asked for."""

    register: RegisterRows
    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def term(self, name: str) -> Term:
        values = self.register.columns[name]
        return values.numbers[self.rows], None if values.missing is None else values.missing[self.rows]

    def array(self, name: str) -> pa.Array:
        return self.register.columns[name].take(self.rows)

    def take(self, places: NDArray[Any] | slice) -> _Stored:
        return _Stored(self.register, self.rows[places])


@dataclass(frozen=True)
class _Figure:
    """A column of groups: numbers that sort as its values do, and what makes values of them."""

    numbers: NDArray[Any]
    missing: Mask | None
    values: Values | None = None
    """The column that the numbers are of; None where they are what they are."""

    def take(self, places: NDArray[Any] | slice) -> _Figure:
        return _Figure(self.numbers[places], None if self.missing is None else self.missing[places], self.values)


@dataclass(frozen=True)
class _Gathered:
    """Groups of rows."""

    rows: Rows
    figures: Mapping[str, _Figure]

    def __len__(self) -> int:
        return len(self.rows)

    def term(self, name: str) -> Term:
        return self.figures[name].numbers, self.figures[name].missing

    def array(self, name: str) -> pa.Array:
        figure = self.figures[name]
        if figure.values is None:
            return pa.array(figure.numbers, mask=figure.missing)
        return figure.values.array(figure.numbers, figure.missing)

    def take(self, places: NDArray[Any] | slice) -> _Gathered:
        return _Gathered(self.rows[places], {name: each.take(places) for name, each in self.figures.items()})


class RegisterReader(MemoryReader[_Found]):
    """Reads the answers to plans from the rows of their register."""

    def __init__(self, register: RegisterRows) -> None:
        super().__init__()
        self._register = register

    def _look(self, plan: Plan) -> _Found:
        rows = _fitting(plan.conditions, self._register)
        return _gathered(plan, self._register, rows) if plan.grouped else _Stored(self._register, rows)

    def _terms(self, plan: Plan, found: _Found) -> list[Term]:
        return [_turned(*found.term(key.column), descending=key.descending) for key in plan.keys]

    def _table(self, plan: Plan, found: _Found) -> pa.Table:
        columns = {column.name: found.array(column.name) for column in plan.stored}
        for name, key in zip(order_columns(plan), plan.keys, strict=True):
            columns[name] = columns[key.column] if key.column in columns else found.array(key.column)
        columns[ROW] = pa.array(found.rows)
        return pa.table(columns)


def can_read(plan: Plan, register: RegisterRows) -> bool:
    """Return whether the rows in memory answer a question exactly as DuckDB does."""
    tests = [single for test in plan.conditions for single in single_conditions(test)]
    return (
        not plan.distinct
        and not any(isinstance(test, Condition) and test.operator.key == "contains" for test in tests)
        and all(register.columns[name].type == "string" for name in plan.groups)
        and all(not each.field or _is_exact(each, register.columns[each.field]) for each in plan.aggregates)
    )


def rows_looked_at(plan: Plan, register: RegisterRows) -> int:
    """Return how many rows are looked at for an answer: those of the rarest word that it names, or all."""
    listed = [part for part in _together(plan.conditions) if _is_listed(part, register)]
    return min((_many(part, register) for part in listed), default=register.rows)


def groups_at_most(plan: Plan, register: RegisterRows) -> int:
    """Return how many groups an answer can have, as far as the words of their columns tell."""
    columns = [register.columns[name] for name in plan.groups]
    return math.prod(len(each.words) + 1 for each in columns if each.words is not None)


def _is_exact(aggregate: Aggregate, values: Values) -> bool:
    if aggregate.function in {"sum", "avg"}:
        return values.adds_up
    return values.type == "string" if aggregate.function == "count_distinct" else values.type != "number"


def _turned(numbers: NDArray[Any], missing: Mask | None, *, descending: bool) -> Term:
    # Places of words are narrow; the smallest of a type has no opposite in it.
    return (-numbers.astype(np.int64) if numbers.dtype.kind == "i" else -numbers) if descending else numbers, missing


# Conditions -----------------------------------------------------------------------------------------------------------


def _fitting(tests: Sequence[RowTest], register: RegisterRows) -> Rows:
    """Return the rows for which every test holds, in stored order."""
    parts = list(_together(tests))
    rows: Rows | None = None
    best = min(
        (part for part in parts if _is_listed(part, register)), key=lambda part: _many(part, register), default=None
    )
    if best is not None:
        parts.remove(best)
        rows = _listed(best, register)
    for part in parts:
        if rows is None:
            rows = np.flatnonzero(_holds(part, register, slice(None)))
        else:
            rows = rows[_holds(part, register, rows)]
    return np.arange(register.rows) if rows is None else rows


def _together(tests: Sequence[RowTest]) -> Iterator[RowTest]:
    """Yield the tests that all hold, those within others too."""
    for test in tests:
        if isinstance(test, Every):
            yield from _together(test.parts)
        else:
            yield test


def _is_listed(test: RowTest, register: RegisterRows) -> bool:
    """Return whether the rows of a test can be looked up: it names texts."""
    return (
        isinstance(test, Condition)
        and test.operator.key in {"eq", "in"}
        and not test.negated
        and register.columns[test.column].words is not None
    )


def _many(test: RowTest, register: RegisterRows) -> int:
    assert isinstance(test, Condition)
    values = register.columns[test.column]
    return sum(int(np.diff(values.by_word[1][place : place + 2])[0]) for place in _places(test, values))


def _listed(test: RowTest, register: RegisterRows) -> Rows:
    assert isinstance(test, Condition)
    values = register.columns[test.column]
    lists = [values.of_word(place) for place in _places(test, values)]
    if len(lists) == 1:
        return lists[0]
    return np.sort(np.concatenate([np.empty(0, np.int64), *lists]))


def _places(test: Condition, values: Values) -> list[int]:
    """Return the places of the words that a test names, as far as there are such words."""
    spans = [(values.place(str(text)), values.place(str(text), behind=True)) for text in test.values]
    return sorted({first for first, end in spans if first < end})


def _holds(test: RowTest, register: RegisterRows, rows: Rows | slice) -> Mask:
    if isinstance(test, Condition):
        values = register.columns[test.column]
        if test.operator.key == "null":
            number = register.rows if isinstance(rows, slice) else len(rows)
            empty = np.zeros(number, np.bool_) if values.missing is None else values.missing[rows]
            null: Mask = (empty == test.values[0]) ^ test.negated
            return null
        holds = _compares(test, values, rows) ^ test.negated
        return holds if values.missing is None else holds & ~values.missing[rows]
    assert isinstance(test, Every | Some)
    join, start = (np.logical_and, True) if isinstance(test, Every) else (np.logical_or, False)
    found = np.full(register.rows if isinstance(rows, slice) else len(rows), start)
    for part in test.parts:
        join(found, _holds(part, register, rows), out=found)
    return found


def _compares(test: Condition, values: Values, rows: Rows | slice) -> Mask:
    numbers, key = values.numbers[rows], test.operator.key
    if values.words is not None:
        return _compares_words(test, values, numbers)
    wanted = np.array([each.toordinal() - _FIRST_DAY if isinstance(each, date) else each for each in test.values])
    if key == "in":
        return np.isin(numbers, wanted)
    compared: Mask = numbers != wanted[0] if key == "ne" else _COMPARED[key](numbers, wanted[0])
    return compared


def _compares_words(test: Condition, values: Values, numbers: NDArray[Any]) -> Mask:
    key, text = test.operator.key, str(test.values[0])
    if key == "in":
        return np.isin(numbers, _places(test, values))
    letters = len(text) if key == "prefix" else None
    first, end = values.place(text, letters=letters), values.place(text, letters=letters, behind=True)
    if key in {"gt", "gte"}:
        return numbers >= (end if key == "gt" else first)
    if key in {"lt", "lte"}:
        return numbers < (first if key == "lt" else end)
    among = (numbers >= first) & (numbers < end)
    return ~among if key == "ne" else among


# Groups ---------------------------------------------------------------------------------------------------------------


def _gathered(plan: Plan, register: RegisterRows, rows: Rows) -> _Gathered:
    columns = [register.columns[name] for name in plan.groups]
    if not columns:
        first = rows[:1] if len(rows) else np.zeros(1, np.int64)
        places, number, figures = np.zeros(len(rows), np.int64), 1, {}
    else:
        places, first, number = _groups(columns, rows)
        figures = {name: _word_of(each, first) for name, each in zip(plan.groups, columns, strict=True)}
    for aggregate in plan.aggregates:
        figures[aggregate.name] = _figure(aggregate, register, rows, places, number)
    found = _Gathered(first, figures)
    # Groups come in the order of their first rows.
    return found.take(np.argsort(first, kind="stable"))


def _groups(columns: Sequence[Values], rows: Rows) -> tuple[Rows, Rows, int]:
    """Return the number of each row's group, the first row of each group, and how many groups there are."""
    combined = np.zeros(len(rows), np.int64)
    sizes = [len(each.words) + 1 for each in columns if each.words is not None]
    for values, size in zip(columns, sizes, strict=True):
        combined = combined * size + values.kinds(rows)
    if math.prod(sizes) <= max(_ALWAYS, _SCATTERED * len(rows)):
        first = np.full(math.prod(sizes), -1, np.int64)
        # The last of those written to one place stays: the first row of each combination.
        first[combined[::-1]] = rows[::-1]
        present = np.flatnonzero(first >= 0)
        numbers = np.zeros(len(first), np.int64)
        numbers[present] = np.arange(len(present))
        return numbers[combined], first[present], len(present)
    _, begins, places = np.unique(combined, return_index=True, return_inverse=True)
    return places, rows[begins], len(begins)


def _word_of(values: Values, rows: Rows) -> _Figure:
    return _Figure(values.numbers[rows], None if values.missing is None else values.missing[rows], values)


def _figure(aggregate: Aggregate, register: RegisterRows, rows: Rows, places: Rows, number: int) -> _Figure:
    if not aggregate.field:
        return _Figure(np.bincount(places, minlength=number), None)
    values = register.columns[aggregate.field]
    known = values.known(rows)
    if known is not None:
        rows, places = rows[known], places[known]
    numbers = values.numbers[rows]
    counted = np.bincount(places, minlength=number)
    if aggregate.function == "count_distinct":
        assert values.words is not None
        different = np.unique(places * (len(values.words) + 1) + numbers) // (len(values.words) + 1)
        return _Figure(np.bincount(different, minlength=number), None)
    missing = counted == 0
    if aggregate.function in {"sum", "avg"}:
        total = np.bincount(places, weights=numbers, minlength=number)
        figures = total.astype(np.int64) if aggregate.function == "sum" else total / np.maximum(counted, 1)
        return _Figure(figures, missing)
    chosen = np.zeros(number, numbers.dtype)
    # What is written last stays: the smallest, or the largest.
    order = np.argsort(numbers, kind="stable")
    order = order[::-1] if aggregate.function == "min" else order
    chosen[places[order]] = numbers[order]
    return _Figure(chosen, missing, values)
