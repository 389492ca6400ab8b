"""Pages and counts of rows in memory, whatever the rows are of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic

import numpy as np
import pyarrow as pa

from portal.query.cursor import garbled
from portal.query.ordering import Found, Term, first_in_order
from portal.query.plan import Plan


class MemoryReader(ABC, Generic[Found]):
    """Reads the answers to plans; a page of one and its count look for the rows once."""

    def __init__(self) -> None:
        self._last: tuple[Plan, Found] | None = None

    def page(self, plan: Plan, *, rows: int, skip: int = 0) -> pa.Table:
        """Return rows of the answer from where the cursor points, with their order values and stored places."""
        found = self._found(plan)
        if plan.after is None:
            found, start = self._ordered(plan, found, skip + rows), skip
        else:
            found = self._ordered(plan, found, len(found))
            start = _start(plan, found) + skip
        return self._table(plan, found.take(slice(start, start + rows)))

    def count(self, plan: Plan, *, paged: bool = False) -> int:
        """Return the number of rows of the whole answer; with ``paged``, of those from where the cursor points."""
        found = self._found(plan)
        if not paged or plan.after is None:
            return len(found)
        return len(found) - _start(plan, self._ordered(plan, found, len(found)))

    @abstractmethod
    def _look(self, plan: Plan) -> Found:
        """Return the rows of the whole answer, in stored order."""

    @abstractmethod
    def _terms(self, plan: Plan, found: Found) -> Sequence[Term]:
        """Return what rows are sorted by, the most important term first."""

    @abstractmethod
    def _table(self, plan: Plan, found: Found) -> pa.Table:
        """Return the columns of some rows: stored ones, order values, places."""

    def _found(self, plan: Plan) -> Found:
        if self._last is not None and self._last[0] is plan:
            return self._last[1]
        found = self._look(plan)
        self._last = plan, found
        return found

    def _ordered(self, plan: Plan, found: Found, wanted: int) -> Found:
        return first_in_order(found, self._terms(plan, found), wanted)


def _start(plan: Plan, found: Found) -> int:
    """Return the place behind the row that the cursor names."""
    assert plan.after is not None
    places = np.flatnonzero(found.rows == plan.after.row)
    if not len(places):
        raise garbled()
    return int(places[0]) + 1
