"""The part of a system around one column, small enough that a linear program over it takes a moment."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from anonymization.relations import Flags, Ints
from anonymization.secondary.interval.demand import Demand, Reals

UNSEEN = np.int64(2**40)

EAGER = 50.0
"""How many usual prices a column is worth that a rise along totals goes through."""


@dataclass(frozen=True)
class Neighbourhood:
    """Columns near one column, int64 (columns,), that one first, and the relations among them, row by row.

    Every relation that any of the columns stands in is here, so that what is balanced inside is balanced everywhere.
    `whole` says that nothing usable is left outside that could have been reached.
    """

    columns: Ints
    starts: Ints
    places: Ints
    coefficients: Reals
    whole: bool


class Map:
    """Finds neighbourhoods in one system; its working memory is used again and again."""

    def __init__(self, demand: Demand) -> None:
        self._rows, self._columns = demand.rows, demand.columns
        self._place = np.full(demand.width, -1, dtype=np.int64)
        self._count = np.zeros(len(self._rows[0]) - 1, dtype=np.int64)
        self._score = np.full(demand.width, UNSEEN)

    def around(self, column: int, terms: tuple[Flags, Reals], limit: int) -> Neighbourhood:
        """Return about `limit` usable columns, or all that can be reached, in which `column` may be able to move.

        Columns are taken up that balance relations which others have opened, cheap ones before dear ones, until none is
        open. What still stands alone in a relation cannot move and is left out; where that holds for `column` itself,
        nothing is left. `terms` are which columns are usable and what it costs to take one up, (columns,) each.
        """
        work = (self._place, self._score, self._count)
        found, whole = _grow(self._rows, self._columns, terms, (column, limit), work)
        kept = _movable(self._rows, self._columns, found, self._place, self._count)
        members = found[kept] if kept[0] else found[:0]
        rows = _local_rows(self._columns, members, self._count)
        self._place[found] = -1
        return Neighbourhood(members, *rows, whole=bool(whole))

    def along_totals(self, column: int, terms: tuple[Flags, Reals], limit: int) -> Neighbourhood:
        """Do as `around`, but begin with totals: where the columns near by are too small to fall, all that these are
        parts of can still rise with them. Prices beyond the usual one count as the usual one.
        """
        usable, price = terms
        usual = float(np.median(price[usable]))
        near = np.minimum(price, usual)
        finest = _finest(self._rows, self._columns, terms, column)
        near[_above(self._rows, self._columns, usable, finest)] -= EAGER * usual
        return self.around(column, (usable, near), limit)


@njit(cache=True)
def _finest(rows: Any, columns: Any, terms: Any, column: int) -> int:
    """Return a usable column without usable parts, of which `column` is a total, perhaps of totals; or itself.

    A total has a negative coefficient, its parts have positive ones.
    """
    (row_start, row_columns, row_values), (start, column_rows, values), (usable, price) = rows, columns, terms
    seen = np.zeros(len(usable), np.bool_)
    # What calls itself its own total, round and round, has no finest part.
    while not seen[column]:
        seen[column] = True
        cheapest: Any = np.int64(-1)
        for at in range(start[column], start[column + 1]):
            if values[at] < 0:
                for place in range(row_start[column_rows[at]], row_start[column_rows[at] + 1]):
                    part = row_columns[place]
                    if row_values[place] > 0 and usable[part] and (cheapest < 0 or price[part] < price[cheapest]):
                        cheapest = part
        if cheapest >= 0:
            column = cheapest
    return column


@njit(cache=True)
def _above(rows: Any, columns: Any, usable: Flags, column: int) -> Ints:
    """Return a column with everything usable that it is a part of, or of which that is a part."""
    (row_start, row_columns, row_values), (start, column_rows, values) = rows, columns
    found = np.zeros(len(usable), np.bool_)
    found[column] = True
    front = [np.int64(column)]
    while front:
        one = front.pop()
        for at in range(start[one], start[one + 1]):
            if values[at] > 0:
                for place in range(row_start[column_rows[at]], row_start[column_rows[at] + 1]):
                    total = row_columns[place]
                    if row_values[place] < 0 and usable[total] and not found[total]:
                        found[total] = True
                        front.append(total)
    return np.flatnonzero(found)


@njit(cache=True)
def _grow(rows: Any, columns: Any, terms: Any, wanted: Any, work: Any) -> tuple[Ints, bool]:
    """Return the columns taken up and whether no other can be reached; `place` is marked for them.

    `score` holds, for each column within reach, how many relations it would open less how many it would balance. A
    relation is open while a single column stands in it. An entry of the queue is out of date when the score differs.
    """
    (row_start, row_columns, _), (column_start, column_rows, _) = rows, columns
    (usable, price), (first, limit), (place, score, held) = terms, wanted, work
    unit = price.mean()
    room = min(len(place), 4 * limit)
    found, count, open_rows = np.empty(room, np.int64), 0, 0
    touched, reached = [np.int64(0) for _ in range(0)], [np.int64(first)]
    score[first] = column_start[first + 1] - column_start[first]
    queue = [(0.0, score[first], np.int64(first))]
    while queue and count < room and (count < limit or open_rows):
        _, known, column = heapq.heappop(queue)
        if place[column] >= 0 or known != score[column]:
            continue
        place[column] = count
        found[count] = column
        count += 1
        for at in range(column_start[column], column_start[column + 1]):
            row = column_rows[at]
            held[row] += 1
            if held[row] > 2:
                continue
            if held[row] == 1:
                touched.append(row)
            open_rows += 1 if held[row] == 1 else -1
            for other_at in range(row_start[row], row_start[row + 1]):
                other = row_columns[other_at]
                if usable[other] and place[other] < 0:
                    if score[other] == UNSEEN:
                        reached.append(other)
                        score[other] = column_start[other + 1] - column_start[other]
                    score[other] += -2 if held[row] == 1 else 1
                    heapq.heappush(queue, (score[other] * unit + price[other], score[other], other))
    whole = True
    for column in reached:
        if place[column] < 0:
            whole = False
        score[column] = UNSEEN
    for row in touched:
        held[row] = 0
    return found[:count].copy(), whole


@njit(cache=True)
def _movable(rows: Any, columns: Any, found: Ints, place: Ints, count: Ints) -> Flags:  # noqa: PLR0912 (one kernel)
    """Return which of the columns found do not stand alone in a relation, once those that do are taken away."""
    (row_start, row_columns, _), (column_start, column_rows, _) = rows, columns
    kept = np.ones(len(found), np.bool_)
    for column in found:
        for at in range(column_start[column], column_start[column + 1]):
            count[column_rows[at]] += 1
    front = [np.int64(column) for column in found]
    while front:
        column = front.pop()
        if not kept[place[column]]:
            continue
        alone = False
        for at in range(column_start[column], column_start[column + 1]):
            if count[column_rows[at]] == 1:
                alone = True
        if not alone:
            continue
        kept[place[column]] = False
        for at in range(column_start[column], column_start[column + 1]):
            row = column_rows[at]
            count[row] -= 1
            if count[row] == 1:
                for other_at in range(row_start[row], row_start[row + 1]):
                    other = row_columns[other_at]
                    if place[other] >= 0 and kept[place[other]]:
                        front.append(other)
    for column in found:
        for at in range(column_start[column], column_start[column + 1]):
            count[column_rows[at]] = 0
    return kept


@njit(cache=True)
def _local_rows(columns: Any, members: Ints, seen: Ints) -> tuple[Ints, Ints, Reals]:
    """Return the relations of the members, with columns numbered as the members are; `seen` is zero again after."""
    column_start, column_rows, column_values = columns
    size = 0
    for number in range(len(members)):
        size += column_start[members[number] + 1] - column_start[members[number]]
    held = np.empty(size, np.int64)
    distinct = 0
    for column in members:
        for at in range(column_start[column], column_start[column + 1]):
            row = column_rows[at]
            if seen[row] == 0:
                held[distinct] = row
                distinct += 1
            seen[row] += 1
    starts = np.zeros(distinct + 1, np.int64)
    for number in range(distinct):
        starts[number + 1] = starts[number] + seen[held[number]]
        seen[held[number]] = starts[number]
    places, values = np.empty(size, np.int64), np.empty(size, np.float64)
    for number in range(len(members)):
        column = members[number]
        for at in range(column_start[column], column_start[column + 1]):
            to = seen[column_rows[at]]
            places[to], values[to] = number, column_values[at]
            seen[column_rows[at]] += 1
    for number in range(distinct):
        seen[held[number]] = 0
    return starts, places, values
