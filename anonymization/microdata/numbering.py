"""Numbers distinct keys in their order, in time that grows with the records where the keys are small."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from anonymization.relations import Ints

_ROOM = 1 << 20
"""Keys below this, or below twice the records, are marked in a table; larger ones are sorted."""


def fits(room: int, records: int) -> bool:
    """Return whether a table of `room` entries is worth its memory for so many records."""
    return room <= max(_ROOM, 2 * records)


def numbered(keys: Ints) -> Ints:
    """Return int64 keys, none negative, as consecutive numbers from 0 in the same order.

    >>> numbered(np.array([70, 10, 70]))
    array([1, 0, 1])
    """
    room = int(keys.max()) + 1
    if not fits(room, len(keys)):
        return np.unique(keys, return_inverse=True)[1].reshape(-1)
    seen = np.zeros(room, dtype=np.bool_)
    seen[keys] = True
    numbers: Ints = (np.cumsum(seen) - 1)[keys]
    return numbers


def number_rows(columns: Iterable[Ints], rows: int) -> Ints:
    """Return one number for each distinct row of these columns of codes from 0, in the order of the rows' values.

    Numbers are made consecutive only when the next column would make the keys too large for a table, so that nothing
    overflows and narrow columns cost one multiplication each.
    """
    keys, room = np.zeros(rows, dtype=np.int64), 1
    for column in columns:
        width = int(column.max()) + 1
        if not fits(room * width, rows):
            keys = numbered(keys)
            room = int(keys.max()) + 1
        keys, room = keys * width + column, room * width
    return numbered(keys)
