"""Attacks sums of amounts: what sums of one column tell together, and how closely readers can bound them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import gcd

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.attack import Cell, Equations, Reader, equations_of
from anonymization.attack_intervals import too_narrow
from anonymization.attack_ranges import groups, subtract
from anonymization.published import Place, Published, PublishedMeasure
from anonymization.relations import Flags, Ints

Reals = npt.NDArray[np.float64]

SMALLEST = 1e-12
"""The narrowest range that programs can tell, relative to the largest sum: below it, nothing is proved."""

Secret = tuple[str, Place, bool]
Bounds = Mapping[Secret, tuple[float, float]]
"""How little and how much sums must seem able to be, by secret."""


@dataclass(frozen=True)
class Asked:
    """What is asked of the sums of one column, and how much of each of them the attackers have themselves."""

    bounds: Bounds
    held: Mapping[Secret, float]


def amounts_together(published: Published) -> Iterator[Equations]:
    """Yield the systems of sums of one column together: what a part leaves of its whole stands between them."""
    columns = dict.fromkeys(one.adds_up for one in published.measures if one.adds_up is not None)
    for own in (_measures(published, column) for column in columns):
        if len(own) > 1:
            yield from _together(published, own)


def systems_of_amounts(published: Published) -> Iterator[tuple[Equations, Asked]]:
    """Yield every system with sums that must have a range: each sum alone, and those of one column together."""
    for column, bounds in published.bounds.items():
        own, asked = _measures(published, column), Asked(bounds, published.held.get(column, {}))
        for measure in own:
            # A sum that happens to be the number of contributors is attacked as a sum all the same.
            alone = replace(published, measures=(replace(measure, counts_contributors=False),))
            yield from ((equations, asked) for equations in equations_of(alone))
        if len(own) > 1:
            yield from ((equations, asked) for equations in _together(published, own))


def _measures(published: Published, column: str) -> list[PublishedMeasure]:
    return [one for one in published.measures if one.adds_up == column]


def _together(published: Published, measures: list[PublishedMeasure]) -> Iterator[Equations]:
    bounds = published.bounds.get(measures[0].adds_up or "", {})
    signed = any(one.lowest < 0 for one in measures)
    for explanation in range(max(1, len(published.moved))):
        equations = Reader(published, measures).read(explanation)
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


def too_close(equations: Equations, fitting: tuple[sparse.csr_array, Reals, Reals], asked: Asked) -> set[Cell]:
    """Return the cells that one system bounds more closely than it may, from above or from below.

    `fitting` are the matrix, constants and lowest values of what holds together. Who makes estimates from above is a
    contributor, and knows what they have in every cell: none can be less.
    """
    matrix, constants, lowest = fitting
    if equations.integer:
        # Everybody knows that values are multiples of the unit.
        unit = equations.unit_of_all()
        lowest = np.ceil(lowest / unit) * unit
    cells = [one if isinstance(one, Cell) else None for one in equations.unknowns]
    ends = [None if one is None else asked.bounds.get(one) for one in cells]
    wanted: Flags = np.array([one is not None for one in ends], dtype=np.bool_)
    low, high = (np.array([0.0 if one is None else one[side] for one in ends]) for side in (0, 1))
    found = _bounded((matrix, constants, lowest), _Ends(wanted, np.maximum(low, lowest), high - low), falling=True)
    held = np.array([0.0 if one is None else asked.held.get(one, 0.0) for one in cells])
    lowest = np.where(np.isfinite(lowest), np.maximum(lowest, held), lowest)
    found |= _bounded((matrix, constants, lowest), _Ends(wanted, high, high - low), falling=False)
    return {cell for cell, close in zip(cells, found.tolist(), strict=True) if close and cell is not None}


@dataclass(frozen=True)
class _Ends:
    """What some unknowns must seem able to be, and how far apart their two ends are, (unknowns,) each."""

    wanted: Flags
    ends: Reals
    apart: Reals

    def of(self, columns: Ints) -> _Ends:
        return _Ends(self.wanted[columns], self.ends[columns], self.apart[columns])


def _bounded(system: tuple[sparse.csr_array, Reals, Reals], asked: _Ends, *, falling: bool) -> Flags:
    """Return which unknowns cannot be as high (or, `falling`, as low) as they must seem, bool (unknowns,)."""
    matrix, constants, lowest = system
    if not asked.wanted.any():
        return asked.wanted
    values = subtract(matrix, constants)
    found: Flags = asked.wanted & ~np.isnan(values)
    unknown = np.flatnonzero(np.isnan(values))
    rest, constants = matrix[:, unknown], constants - matrix @ np.nan_to_num(values)
    for rows, places in groups(rest):
        columns = unknown[places]
        if asked.wanted[columns].any():
            own = (rest[rows][:, places], constants[rows], lowest[columns])
            found[columns] |= _narrow(own, asked.of(columns), falling=falling)
    return found


def _narrow(system: tuple[sparse.csr_array, Reals, Reals], asked: _Ends, *, falling: bool) -> Flags:
    """Return the same for a group that hangs together.

    Values are counted in the narrowest range of the group, so that what programs are off by is little of any. A number
    that is to seem low is one whose opposite is to seem high.
    """
    matrix, constants, lowest = system
    places = np.flatnonzero(asked.wanted)
    scale = max(float(asked.apart[places].min()), SMALLEST * float(np.abs(constants).max(initial=0.0)))
    ends = np.full(len(lowest), -np.inf)
    if not falling:
        ends[places] = asked.ends[places]
        return too_narrow((matrix, constants / scale, lowest / scale), ends / scale)
    count = len(places)
    one = sparse.csr_array((np.ones(count), (np.arange(count), places)), shape=(count, len(lowest)))
    wide = sparse.hstack([matrix, sparse.csr_array((matrix.shape[0], count))])
    both = sparse.csr_array(sparse.vstack([wide, sparse.hstack([one, sparse.eye_array(count)])]))
    # An opposite has no least value of its own.
    least = np.concatenate([lowest, np.full(count, -np.inf)]) / scale
    sums = np.concatenate([constants, np.zeros(count)]) / scale
    narrow = too_narrow((both, sums, least), np.concatenate([ends, -asked.ends[places]]) / scale)
    found = np.zeros(len(lowest), dtype=np.bool_)
    found[places] = narrow[len(lowest) :]
    return found
