"""Columns that exclude each other in part, against every table of whole numbers that agrees with what is shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from anonymization import protect
from anonymization.table import Measure, Population, Table, TableSet
from datasets.errors import DisclosureRisk
from tests.unit.anonymization.builders import flat, rules, table, with_margins

WARD, DIAGNOSIS, SEX = DIMENSIONS = (flat("ward", 3), flat("diagnosis", 3), flat("sex", 2))
Counts = npt.NDArray[np.int64]
SEEDS = range(40)


def made_up(seed: int) -> tuple[Counts, npt.NDArray[np.bool_]]:
    """Return counts of ward × diagnosis × sex, and which pairs of ward and diagnosis never occur."""
    random = np.random.default_rng(seed)
    never = random.random((3, 3)) < 0.4
    counts = random.choice([0, 1, 2, 4, 9, 15, 30], size=(3, 3, 2))
    return np.where(never[:, :, None], 0, counts), never


def release(inner: Counts, never: npt.NDArray[np.bool_]) -> TableSet:
    """Wards by sex and diagnoses by sex; nobody sees which ward treats what, but all know what it never does."""
    shown = (
        table("wards", (WARD, SEX), {"all": inner.sum(axis=1)}),
        table("diagnoses", (DIAGNOSIS, SEX), {"all": inner.sum(axis=0)}),
    )
    crossing = table("crossing", DIMENSIONS, {"all": inner})
    padded = np.zeros((4, 4), dtype=np.bool_)
    padded[1:, 1:] = never
    empty = padded[crossing.coordinates["ward"], crossing.coordinates["diagnosis"]]
    hidden = (replace(crossing, empty=empty, exact_only=True),)
    return TableSet(DIMENSIONS, (Population("all"),), (Measure("n_all", "all"),), shown, hidden=hidden)


def recovered(tables: TableSet, inner: Counts, never: npt.NDArray[np.bool_]) -> int:
    """Protect, and return how many withheld cells, and small ones that no table shows, have one possible value."""
    protected = protect(tables, rules())
    rows, values, hidden = [], [], []
    for name, first in (("wards", 0), ("diagnoses", 1)):
        own = protected.table(name)
        for place, gone in enumerate(own.withheld("all").tolist()):
            members = [0, 0, int(own.coordinates["sex"][place])]
            members[first] = int(own.coordinates[own.dimensions[0]][place])
            rows.append(_inside(members))
            values.append(float(rows[-1] @ inner.reshape(-1)))
            hidden.append(gone)
    matrix, known, gone = np.array(rows), np.array(values), np.array(hidden)
    shown = LinearConstraint(matrix, np.where(gone, 1.0, known), np.where(gone, np.inf, known))
    most = np.where(np.repeat(never, 2), 0.0, np.inf)
    small = [_inside([one + 1 for one in place]) for place in np.argwhere((inner > 0) & (inner < 5)).tolist()]
    return sum(_fixed(row, shown, Bounds(0, most)) for row in (*matrix[gone], *small))


def _inside(members: list[int]) -> npt.NDArray[np.float64]:
    leaves = np.zeros((3, 3, 2))
    leaves[tuple(slice(None) if one == 0 else one - 1 for one in members)] = 1.0
    return leaves.reshape(-1)


def _fixed(row: npt.NDArray[np.float64], shown: LinearConstraint, bounds: Bounds) -> bool:
    least, most = (
        milp(sign * row, constraints=shown, integrality=np.ones(len(row), dtype=np.int64), bounds=bounds).fun
        for sign in (1, -1)
    )
    assert least is not None
    return most is not None and round(least) == round(-most)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_fixed_by_what_never_occurs(seed: int) -> None:
    inner, never = made_up(seed)
    try:
        assert recovered(release(inner, never), inner, never) == 0
    except DisclosureRisk:
        # So few cells are possible that no pattern protects those of few people; then nothing is published.
        assert ((inner > 0) & (inner < 5)).any()


def test_who_does_not_reckon_with_it_gives_cells_away() -> None:
    blind = 0
    for seed in SEEDS:
        inner, never = made_up(seed)
        blind += recovered(replace(release(inner, never), hidden=()), inner, never)
    print(f"{blind} cells recovered")  # noqa: T201
    assert blind > 5


def test_the_crossing_is_what_the_tables_are_made_of() -> None:
    inner, never = made_up(3)
    (hidden,) = release(inner, never).hidden
    assert isinstance(hidden, Table)
    assert hidden.contributors["all"].tolist() == with_margins(DIMENSIONS, inner).reshape(-1).tolist()
