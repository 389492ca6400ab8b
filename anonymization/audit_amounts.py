"""Attacks sums of amounts: what sums of one column tell together, and how closely readers can bound them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import gcd

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.attack import Cell, Equations, _Reader, equations_of
from anonymization.attack_intervals import too_narrow
from anonymization.attack_ranges import groups, subtract
from anonymization.published import Place, Published, PublishedMeasure
from anonymization.relations import Flags, Ints

Reals = npt.NDArray[np.float64]

NEARLY = 1 - 1e-6
"""The part of a range that counts as all of it: programs are solved in floating point."""

Bounds = Mapping[tuple[str, Place, bool], tuple[float, float]]
"""How little and how much sums must seem able to be, by secret."""


def amounts_together(published: Published) -> Iterator[Equations]:
    """Yield the systems of sums of one column together: what a part leaves of its whole stands between them."""
    columns = dict.fromkeys(one.adds_up for one in published.measures if one.adds_up is not None)
    for own in (_measures(published, column) for column in columns):
        if len(own) > 1:
            yield from _together(published, own)


def systems_of_amounts(published: Published) -> Iterator[tuple[Equations, Bounds]]:
    """Yield every system with sums that must have a range: each sum alone, and those of one column together."""
    for column, bounds in published.bounds.items():
        own = _measures(published, column)
        for measure in own:
            # A sum that happens to be the number of contributors is attacked as a sum all the same.
            alone = replace(published, measures=(replace(measure, counts_contributors=False),))
            yield from ((equations, bounds) for equations in equations_of(alone))
        if len(own) > 1:
            yield from ((equations, bounds) for equations in _together(published, own))


def _measures(published: Published, column: str) -> list[PublishedMeasure]:
    return [one for one in published.measures if one.adds_up == column]


def _together(published: Published, measures: list[PublishedMeasure]) -> Iterator[Equations]:
    bounds = published.bounds.get(measures[0].adds_up or "", {})
    signed = any(one.lowest < 0 for one in measures)
    for explanation in range(max(1, len(published.moved))):
        equations = _Reader(published, measures).read(explanation)
        if equations.integer:
            equations.unit = gcd(*(one.unit for one in measures))
        for column, cell in enumerate(equations.unknowns):
            if isinstance(cell, Cell) and cell.rest:
                if signed or bounds.get(cell, (0.0, 0.0))[0] < 0:
                    equations.lowest[column] = -np.inf
                if cell not in published.secret:
                    # How small a rest is says nothing where it is no number of people.
                    equations.unknowns[column] = None
        yield equations


def too_close(equations: Equations, fitting: tuple[sparse.csr_array, Reals, Reals], bounds: Bounds) -> set[Cell]:
    """Return the cells that one system bounds more closely than `bounds` allow, from above or from below.

    `fitting` are the matrix, constants and lowest values of what holds together.
    """
    matrix, constants, lowest = fitting
    if equations.integer:
        # Everybody knows that values are multiples of the unit.
        unit = equations.unit_of_all()
        lowest = np.ceil(lowest / unit) * unit
    asked = [bounds.get(cell) if isinstance(cell, Cell) else None for cell in equations.unknowns]
    wanted: Flags = np.array([one is not None for one in asked], dtype=np.bool_)
    low = np.array([-np.inf if one is None else one[0] for one in asked])
    high = np.array([np.inf if one is None else one[1] for one in asked])
    values = subtract(matrix, constants)
    found: Flags = wanted & ~np.isnan(values)
    unknown = np.flatnonzero(np.isnan(values))
    rest, constants = matrix[:, unknown], constants - matrix @ np.nan_to_num(values)
    for rows, places in groups(rest):
        columns = unknown[places]
        if wanted[columns].any():
            own = (rest[rows][:, places], constants[rows], lowest[columns])
            found[columns] |= _narrow(own, np.maximum(low[columns], lowest[columns]), high[columns])
    cells = (equations.unknowns[column] for column in np.flatnonzero(found).tolist())
    return {cell for cell in cells if isinstance(cell, Cell)}


def _narrow(system: tuple[sparse.csr_array, Reals, Reals], low: Reals, high: Reals) -> Flags:
    """Return which unknowns of a group that hangs together cannot seem as low or as high as they must, bool.

    Values are counted in the narrowest range of the group, so that what programs are off by is little of any. A number
    that is to seem low is one whose opposite is to seem high.
    """
    matrix, constants, lowest = system
    width = len(low)
    ranges = (high - low)[np.isfinite(high)]
    scale = max(float(ranges.min()), 1e-12 * float(np.abs(constants).max(initial=0.0)), 1e-300)
    asked: Ints = np.flatnonzero(np.isfinite(high) & np.isfinite(low))
    count = len(asked)
    one = sparse.csr_array((np.ones(count), (np.arange(count), asked)), shape=(count, width))
    wide = sparse.hstack([matrix, sparse.csr_array((matrix.shape[0], count))])
    both = sparse.csr_array(sparse.vstack([wide, sparse.hstack([one, sparse.eye_array(count)])]))
    # An opposite has no least value of its own.
    most = np.concatenate([np.where(np.isfinite(high), high, -np.inf), -low[asked]]) / scale
    program = (
        both,
        np.concatenate([constants, np.zeros(count)]) / scale,
        np.concatenate([lowest, np.full(count, -np.inf)]) / scale,
    )
    narrow = too_narrow(program, most)
    found = narrow[:width].copy()
    found[asked] |= narrow[width:]
    return found
