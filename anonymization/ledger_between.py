"""Sums between releases that pass over cells which no release has.

The quarters are published by districts and the year by provinces: the year of a province is the sum of all quarters of
all its districts, although nobody publishes a quarter of a province. Every sum goes along one dimension, so that such a
sum is found only by way of the cells in between; these are put together here and eliminated again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from scipy import sparse

from anonymization.ledger_cells import Ledger
from anonymization.link import Link
from anonymization.relations import Across, Family, Ints, Nodes, from_entries, matrix_of, sums_along

Row = dict[int, int]


def sums_by_unseen(ledger: Ledger, links: Sequence[Link], cells: Ints) -> tuple[sparse.csr_array, Ints]:
    """Return sums among some cells that follow only by way of cells that are not among them.

    The matrix is int64 (sums, cells), with -1 at wholes and +1 at parts; where both sides are sums, either may be the
    whole. With it, int64 (sums,), the population of each.
    """
    unseen = _reckonable(ledger, cells)
    if not len(unseen):
        return sparse.csr_array((0, len(cells)), dtype=np.int64), np.zeros(0, dtype=np.int64)
    own = np.column_stack([ledger.population, ledger.coordinates])[cells]
    places = np.concatenate([own, unseen])
    matrix = _among(ledger, links, Nodes(places[:, 0], places[:, 1:], ()))
    rows = _without(matrix, len(cells))
    entries = [(number, column, sign) for number, row in enumerate(rows) for column, sign in sorted(row.items())]
    at, columns, signs = np.array(entries, dtype=np.int64).reshape(-1, 3).T
    population = np.array([own[min(row), 0] for row in rows], dtype=np.int64)
    return from_entries(signs, at, columns, (len(rows), len(cells))), population


def _among(ledger: Ledger, links: Sequence[Link], nodes: Nodes) -> sparse.csr_array:
    parts: list[Family] = []
    axes = {one.name: number for number, one in enumerate(ledger.axes)}
    for number, axis in enumerate(ledger.axes):
        parts += sums_along(nodes, number, axis)[0]
    for number, link in enumerate(links, start=len(ledger.axes)):
        across = Across(nodes, ledger.axes, axes[link.children[0]], axes[link.parents[0]])
        parts.append(across.family(link, number))
    return matrix_of(parts, len(nodes))


# Cells in between -----------------------------------------------------------------------------------------------------


def _reckonable(ledger: Ledger, cells: Ints) -> Ints:
    """Return the places of cells whose numbers would follow if all of some were known, int64 (unseen, 1 + axes).

    A whole follows from its parts, and a part from its whole and the other parts. Which one is found does not depend on
    what is shown: every cell counts as known.
    """
    places = np.column_stack([ledger.population, ledger.coordinates])[cells]
    known = {one.tobytes() for one in places}
    found: list[Ints] = []
    newest = places
    while len(newest):
        every = np.concatenate([places, *found])
        more = [_next(every, number, sum_) for number, axis in enumerate(ledger.axes) for sum_ in axis.sums]
        candidates = np.unique(np.concatenate([places[:0], *more]), axis=0)
        new = np.array([one.tobytes() not in known for one in candidates], dtype=np.bool_)
        newest = candidates[new]
        known.update(one.tobytes() for one in newest)
        found.append(newest)
    return np.concatenate([places[:0], *found])


def _next(places: Ints, axis: int, sum_: tuple[int, tuple[int, ...]]) -> Ints:
    """Return the places that one sum along an axis tells where all its other cells are there."""
    members = np.array([sum_[0], *sum_[1]], dtype=np.int64)
    own = places[np.isin(places[:, 1 + axis], members)]
    rest = own.copy()
    rest[:, 1 + axis] = 0
    distinct, group = np.unique(rest, axis=0, return_inverse=True)
    there = np.zeros((len(distinct), len(members)), dtype=np.bool_)
    order = np.argsort(members)
    there[group.reshape(-1), order[np.searchsorted(members[order], own[:, 1 + axis])]] = True
    lacking = np.flatnonzero(there.sum(axis=1) == len(members) - 1)
    found = distinct[lacking]
    found[:, 1 + axis] = members[np.argmin(there[lacking], axis=1)]
    return found


# Elimination ----------------------------------------------------------------------------------------------------------


def _without(matrix: sparse.csr_array, seen: int) -> list[Row]:
    """Return what sums say of the first columns once all others are eliminated; they need not be new."""
    matrix = _entangled(matrix, seen)
    rows: dict[int, Row] = {}
    touching: dict[int, set[int]] = defaultdict(set)
    for number, (start, end) in enumerate(zip(matrix.indptr[:-1].tolist(), matrix.indptr[1:].tolist(), strict=True)):
        rows[number] = dict(zip(matrix.indices[start:end].tolist(), matrix.data[start:end].tolist(), strict=True))
        for column in rows[number]:
            touching[column].add(number)
    unseen = (column for column in touching if column >= seen)
    for column in sorted(unseen, key=lambda one: (len(touching[one]), one)):
        _eliminate(column, rows, touching)
    return list({_called(row): row for _, row in sorted(rows.items(), reverse=True) if row}.values())[::-1]


def _called(row: Row) -> tuple[tuple[int, int], ...]:
    """Return a name that a sum has whichever side is the whole."""
    cells = sorted(row.items())
    sign = 1 if cells[0][1] > 0 else -1
    return tuple((cell, sign * value) for cell, value in cells)


def _entangled(matrix: sparse.csr_array, seen: int) -> sparse.csr_array:
    """Return the sums with unseen cells of which each stands in two sums at least: any other can be anything."""
    while True:
        height = matrix.shape[0]
        unseen = abs(matrix[:, seen:])
        alone = np.asarray(unseen.sum(axis=0)).reshape(-1) == 1
        kept = (np.asarray(unseen.sum(axis=1)).reshape(-1) > 0) & (unseen @ alone.astype(np.int64) == 0)
        matrix = sparse.csr_array(matrix[np.flatnonzero(kept)])
        if matrix.shape[0] == height:
            return matrix


def _eliminate(column: int, rows: dict[int, Row], touching: dict[int, set[int]]) -> None:
    """Add multiples of one sum to all others that have a cell, and drop it."""
    own = [number for number in sorted(touching[column]) if number in rows]
    if not own:
        return
    # As a whole it is replaced by its parts, so that wholes stay wholes.
    first = min(own, key=lambda one: (abs(rows[one][column]), rows[one][column] > 0, len(rows[one]), one))
    pivot = rows.pop(first)
    for number in own:
        if number != first:
            row = rows[number]
            factor, times = row[column], pivot[column]
            rows[number] = {place: value * abs(times) for place, value in row.items()}
            _add(rows[number], pivot, -factor if times > 0 else factor)
            for place in pivot:
                touching[place].add(number)
            for place in row.keys() | pivot.keys():
                if place not in rows[number]:
                    touching[place].discard(number)


def _add(row: Row, other: Row, factor: int) -> None:
    for place, value in other.items():
        row[place] = row.get(place, 0) + factor * value
        if not row[place]:
            del row[place]
