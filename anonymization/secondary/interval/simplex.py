"""The dual simplex method on a full tableau: for linear programs too small to be handed to a solver."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from anonymization.relations import Ints
from anonymization.secondary.interval.demand import Reals

OPTIMAL, IMPOSSIBLE, UNDECIDED = 0, 1, 2

_TINY, _PIVOT = 1e-9, 1e-7


@njit(cache=True)
def cheapest(rows: Any, price: Reals, limits: Any, wanted: int) -> tuple[int, Reals]:  # noqa: PLR0912, PLR0915 (one kernel)
    """Return whether column 0 can change by 1 in the `wanted` direction, and the cheapest changes, float64 (columns,).

    `rows` are starts, places and coefficients of relations that must stay as they are; `limits` are how far each column
    can rise and fall; `price` is positive. Each column is a rise and a fall, whose tableau columns are each other's
    negative, so that one is kept. The basis begins with the relations' own variables, fixed at zero, which never
    come back. Lemke (1954), with bounds as in Maros, Computational Techniques of the Simplex Method (2003), 10.
    """
    starts, places, coefficients = rows
    height, width = len(starts) - 1, len(price)
    tableau = np.zeros((height, width))
    for row in range(height):
        for at in range(starts[row], starts[row + 1]):
            tableau[row, places[at]] = coefficients[at]
    upper = np.empty((2, width))
    upper[0], upper[1] = limits[0], limits[1]
    first = 0 if wanted > 0 else 1
    # The target stands at 1 and is no variable any more: its column is the right-hand side.
    level = -tableau[:, 0] * (1.0 if wanted > 0 else -1.0)
    tableau[:, 0] = 0.0
    upper[0, 0] = upper[1, 0] = 0.0
    reduced = np.empty((2, width))
    reduced[0], reduced[1] = price, price
    raised = np.zeros((2, width), np.bool_)
    basic, half = np.full(height, -1, np.int64), np.zeros(height, np.int64)
    inside = np.zeros((2, width), np.bool_)
    for _ in range(20 * (height + 10)):
        row, need = _most_infeasible(level, basic, half, upper)
        if row < 0:
            changes = _values(level, basic, half, upper, raised)
            changes[0] = 1.0 if first == 0 else -1.0
            return OPTIMAL, changes
        side, column = _entering(tableau[row], need, (reduced, raised, inside, upper))
        if column < 0:
            return IMPOSSIBLE, np.zeros(width)
        pivot = tableau[row, column] * (1.0 if side == 0 else -1.0)
        if abs(pivot) < _PIVOT:
            return UNDECIDED, np.zeros(width)
        old, old_half = basic[row], half[row]
        bound = 0.0
        if need < 0:
            bound = upper[old_half, old] if old >= 0 else 0.0
        # How far the entering variable moves for the leaving one to stand at the bound that it breaks.
        step = (level[row] - bound) / pivot
        sign = 1.0 if side == 0 else -1.0
        for other in range(height):
            if tableau[other, column] != 0.0:
                level[other] -= step * tableau[other, column] * sign
        begin = upper[side, column] if raised[side, column] else 0.0
        level[row] = begin + step
        slope = reduced[side, column] / pivot
        lead = tableau[row]
        for at in range(width):
            if lead[at] != 0.0:
                reduced[0, at] -= slope * lead[at]
                reduced[1, at] += slope * lead[at]
        lead /= pivot
        for other in range(height):
            if other != row and tableau[other, column] != 0.0:
                factor = tableau[other, column] * sign
                for at in range(width):
                    if lead[at] != 0.0:
                        value = tableau[other, at] - factor * lead[at]
                        tableau[other, at] = 0.0 if abs(value) < 1e-11 else value
        if old >= 0:
            inside[old_half, old] = False
            raised[old_half, old] = need < 0
        basic[row], half[row] = column, side
        inside[side, column] = True
        raised[side, column] = False
        reduced[side, column] = 0.0
    return UNDECIDED, np.zeros(width)


@njit(cache=True)
def _most_infeasible(level: Reals, basic: Ints, half: Ints, upper: Any) -> tuple[int, int]:
    """Return the row whose variable breaks its bounds most, and 1 where it must rise, -1 where it must fall."""
    worst, found, need = _TINY, -1, 0
    for row in range(len(level)):
        top = upper[half[row], basic[row]] if basic[row] >= 0 else 0.0
        if -level[row] > worst:
            worst, found, need = -level[row], row, 1
        elif level[row] - top > worst:
            worst, found, need = level[row] - top, row, -1
    return found, need


@njit(cache=True)
def _entering(lead: Reals, need: int, state: Any) -> tuple[int, int]:
    """Return the variable whose reduced cost allows it to take over: side and column, or -1 where there is none."""
    reduced, raised, inside, upper = state
    best, strength, side, column = np.inf, 0.0, 0, -1
    for at in range(len(lead)):
        if abs(lead[at]) < _TINY:
            continue
        for which in range(2):
            if inside[which, at] or upper[which, at] <= 0.0:
                continue
            entry = lead[at] if which == 0 else -lead[at]
            # A rise of the variable lowers the row by its entry; one at its bound can only fall.
            helps = -entry * need if not raised[which, at] else entry * need
            if helps <= _TINY:
                continue
            ratio = abs(reduced[which, at]) / abs(entry)
            if ratio < best - 1e-12 or (ratio <= best + 1e-12 and abs(entry) > strength):
                best, strength, side, column = ratio, abs(entry), which, at
    return side, column


@njit(cache=True)
def _values(level: Reals, basic: Ints, half: Ints, upper: Any, raised: Any) -> Reals:
    changes = np.zeros(upper.shape[1])
    for at in range(len(changes)):
        if raised[0, at]:
            changes[at] += upper[0, at]
        if raised[1, at]:
            changes[at] -= upper[1, at]
    for row in range(len(level)):
        if basic[row] >= 0:
            changes[basic[row]] += level[row] if half[row] == 0 else -level[row]
    return changes
