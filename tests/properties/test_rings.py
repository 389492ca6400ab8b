"""Three tables of pairs of dimensions share cells that no table shows: that these are counts can fix shown ones."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from anonymization import protect
from anonymization.dimension import Dimension
from anonymization.table import Measure, Population, Table, TableSet
from datasets.errors import DisclosureRisk
from tests.unit.anonymization.builders import flat, listed, rules, with_margins

DIMENSIONS = (flat("a", 2), flat("b", 2), flat("c", 3))
Counts = npt.NDArray[np.int64]


FOUND = np.array([[[16, 18, 23], [0, 0, 20]], [[0, 21, 0], [1, 7, 4]]])
"""Counts of which an attacker worked out all eight withheld cells before the crossing was taken into account."""


def release(inner: Counts) -> TableSet:
    """Tables of a × b, b × c and a × c with all margins, of the counts of a × b × c."""
    whole = with_margins(DIMENSIONS, inner)
    tables = tuple(_table(axes, whole) for axes in combinations(range(3), 2))
    hidden = (_table((0, 1, 2), whole),)
    return TableSet(DIMENSIONS, (Population("all"),), (Measure("n", "all"),), tables, hidden=hidden)


def made_up(seed: int) -> Counts:
    random = np.random.default_rng(seed)
    counts = random.poisson(random.choice([5, 12]) * random.exponential(size=(2, 2, 3)))
    return np.where(random.random((2, 2, 3)) < random.choice([0.2, 0.4]), 0, counts)


def _table(axes: tuple[int, ...], whole: Counts) -> Table:
    own: list[Dimension] = [DIMENSIONS[axis] for axis in axes]
    places = np.array(list(np.ndindex(*(len(one.members) for one in own))))
    at = np.zeros((len(places), 3), dtype=np.int64)
    at[:, list(axes)] = places
    counts = whole[tuple(at.T)].tolist()
    members = {one.name: places[:, axis].tolist() for axis, one in enumerate(own)}
    return listed("x".join(members), members, {"all": counts}, {"n": counts})


def recovered(tables: TableSet, inner: Counts) -> int:
    """Return how many withheld cells, and small ones that no table shows, have one value in every table that agrees.

    Tables of whole numbers that agree with what is shown, that is.
    """
    protected = protect(tables, rules(10))
    rows, values, withheld = [], [], []
    for table in protected.tables:
        gone = table.withheld("all")
        for place in range(len(table)):
            row = _cells_under({name: int(at[place]) for name, at in table.coordinates.items()})
            rows.append(row)
            values.append(float(row @ inner.reshape(-1)))
            withheld.append(bool(gone[place]))
    for small in np.argwhere((inner > 0) & (inner < 10)).tolist():
        rows.append(_cells_under({name: at + 1 for name, at in zip("abc", small, strict=True)}))
        values.append(float(rows[-1] @ inner.reshape(-1)))
        withheld.append(False)
    seen = sum(len(table) for table in protected.tables)
    matrix, known, hidden = np.array(rows), np.array(values), np.array(withheld)
    # Zeros are shown, so that every withheld cell has somebody in it.
    shown = LinearConstraint(matrix[:seen], np.where(hidden, 1.0, known)[:seen], np.where(hidden, np.inf, known)[:seen])
    return sum(_fixed(matrix[row], shown) for row in (*np.flatnonzero(hidden), *range(seen, len(matrix))))


def _cells_under(place: dict[str, int]) -> npt.NDArray[np.float64]:
    inside = np.ones((2, 2, 3))
    for axis, dimension in enumerate(DIMENSIONS):
        member = place.get(dimension.name, 0)
        if member:
            np.moveaxis(inside, axis, 0)[[one for one in range(inside.shape[axis]) if one != member - 1]] = 0
    return inside.reshape(-1)


def _fixed(row: npt.NDArray[np.float64], limits: LinearConstraint) -> bool:
    least, most = (
        milp(sign * row, constraints=limits, integrality=np.ones(12, dtype=np.int64), bounds=Bounds(0)).fun
        for sign in (1, -1)
    )
    assert least is not None
    # Without a greatest value, the cell can grow for ever.
    return most is not None and round(least) == round(-most)


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_fixed_by_cells_that_no_table_shows(seed: int) -> None:
    inner = made_up(seed)
    try:
        assert recovered(release(inner), inner) == 0
    except DisclosureRisk:
        # Twelve cells of few people can be too few for any protection; then nothing is published.
        assert (inner < 10).sum() > 6


def test_what_an_attacker_found_is_found_no_more() -> None:
    blind = replace(release(FOUND), hidden=())
    assert recovered(blind, FOUND) >= 8
    assert recovered(release(FOUND), FOUND) == 0
