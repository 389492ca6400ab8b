"""Whether a new dimension shows the people of dimensions that are gone: its numbers have the marks of their cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from anonymization.table import Table, TableSet
from datasets.names import TOTAL
from publishers.ledger_members import View
from publishers.value_marks import Marker, Marks, places_of

LEAST = 3
"""Smaller numbers are the same by chance too often to tell anything."""
ROWS = 60
"""How many cells of a member are looked at."""
FEWEST = 6
"""In fewer cells of all members, nothing is told."""
_NEVER = "?"
"""Stands before the name of a dimension that was not there then."""
MOSTLY = 0.4
"""The part of the cells of a member that must be those of one group then: late reports have changed some of them."""

Codes = Mapping[str, Sequence[str]]
"""The codes of the rows of one earlier table, by the dimension that it had."""


def shows_the_same(
    new: str,
    gone: tuple[Sequence[str], int],
    *,
    then: tuple[Sequence[Codes], Mapping[str, tuple[str, View]]],
    present: TableSet,
    known: tuple[Marks, Marker],
) -> bool:
    """Say whether most members of a new dimension have, beside what both releases have, the numbers of a group then.

    A group is of some dimensions that are `gone`, at least as many as are asked. `then` has the codes of the earlier
    tables, and what each of its dimensions is called now and how it looked.
    """
    tables, placed = then
    names, least = gone
    groups = {group for codes in tables for group in _groups(codes, names) if len(group) - group.count(TOTAL) >= least}
    found = []
    for table in present.tables:
        cells = _cells(table, present, new, {called: (name, view) for name, (called, view) in placed.items()})
        found += [(len(own), _is_a_group(own, groups, names, known)) for own in cells.values() if own]
    same = [is_same for _, is_same in found]
    return sum(rows for rows, _ in found) >= FEWEST and sum(same) >= 2 and 2 * sum(same) >= len(same)


def _groups(codes: Codes, gone: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the cells of the dimensions that are gone, but the whole."""
    columns = [codes.get(name, ()) for name in gone]
    length = max((len(one) for one in columns), default=0)
    filled = [one or [TOTAL] * length for one in columns]
    yield from (group for group in zip(*filled, strict=True) if set(group) != {TOTAL})


_Cell = tuple[Mapping[str, str], str, float]
"""The codes of then of what both releases have, a quantity, and its number."""


def _cells(table: Table, present: TableSet, new: str, placed: Mapping[str, tuple[str, View]]) -> dict[int, list[_Cell]]:
    """Return some cells of each member of a new dimension, without those by anything else that was not there then."""
    if new not in table.dimensions:
        return {}
    axes = {one.name: one for one in present.dimensions}
    found: dict[int, list[_Cell]] = {}
    name, values = next(iter(table.values.items()))
    codes: dict[str, tuple[str, list[str | None]]] = {}
    for own in table.dimensions:
        if own in placed:
            called, view = placed[own]
            code_of = {each: code for code, each in view.names.items()} | {TOTAL: TOTAL}
            codes[own] = (called, [code_of.get(member) for member in axes[own].members])
        elif own != new:
            codes[own] = (f"{_NEVER}{own}", [TOTAL if member == TOTAL else None for member in axes[own].members])
    for row in np.flatnonzero(values >= LEAST).tolist():
        member = int(table.coordinates[new][row])
        if axes[new].members[member] == TOTAL or len(found.get(member, ())) >= ROWS:
            continue
        at = {called: known[table.coordinates[own][row]] for own, (called, known) in codes.items()}
        there = {called: code for called, code in at.items() if code is not None}
        if len(there) == len(at):
            found.setdefault(member, []).append((there, name, float(values[row])))
    return found


def _is_a_group(
    cells: Sequence[_Cell], groups: set[tuple[str, ...]], gone: Sequence[str], known: tuple[Marks, Marker]
) -> bool:
    marks, marker = known
    name = cells[0][1]
    numbers = [number for _, _, number in cells]
    for group in groups:
        at = [{**there, **dict(zip(gone, group, strict=True))} for there, _, _ in cells]
        places = [
            place
            for one in at
            for place in places_of({key: [code] for key, code in one.items() if key[:1] != _NEVER}, 1)
        ]
        if marks.told(marker.marks(name, places, numbers)).mean() >= MOSTLY:
            return True
    return False
