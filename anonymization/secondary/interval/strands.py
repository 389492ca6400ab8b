"""What must move for a column to move: relations in which it would stand alone, seen without any linear program."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from anonymization.relations import Flags, Ints
from anonymization.secondary.interval.demand import Demand


class Strands:
    """How many withheld columns each relation has, kept up to date; tells what publishing one more would pin down."""

    def __init__(self, demand: Demand, withheld: Flags) -> None:
        self._rows, self._columns = demand.rows, demand.columns
        self._protected = (demand.lower > 0) | (demand.upper > 0)
        self._moving = withheld.copy()
        self._count = np.zeros(len(self._rows[0]) - 1, dtype=np.int64)
        for column in np.flatnonzero(withheld).tolist():
            self._add(column, 1)

    def set(self, columns: Ints, *, withheld: bool) -> None:
        """Note that columns are withheld from now on, or published."""
        for column in columns[self._moving[columns] != withheld].tolist():
            self._moving[column] = withheld
            self._add(column, 1 if withheld else -1)

    def pins(self, column: int) -> bool:
        """Say whether publishing a column leaves a protected one alone in a relation, there or further on."""
        return bool(_pins(self._rows, self._columns, (self._moving, self._count, self._protected), column))

    def _add(self, column: int, step: int) -> None:
        start, rows = self._columns[0], self._columns[1]
        self._count[rows[start[column] : start[column + 1]]] += step


@njit(cache=True)
def _pins(rows: Any, columns: Any, state: Any, first: int) -> bool:
    (row_start, row_columns, _), (column_start, column_rows, _) = rows, columns
    moving, count, protected = state
    front, gone, found = [np.int64(first)], [np.int64(first)], False
    moving[first] = False
    while front and not found:
        column = front.pop()
        for at in range(column_start[column], column_start[column + 1]):
            row = column_rows[at]
            count[row] -= 1
            if count[row] != 1:
                continue
            for other_at in range(row_start[row], row_start[row + 1]):
                other = row_columns[other_at]
                if moving[other]:
                    moving[other] = False
                    front.append(other)
                    gone.append(other)
                    found = found or protected[other]
    # Take everything back: those still in front have not been counted out yet.
    waiting = set(front)
    for column in gone:
        moving[column] = True
        if column not in waiting:
            for at in range(column_start[column], column_start[column + 1]):
                count[column_rows[at]] += 1
    return found
