"""The part of a release around some cells: their members, all that stands above them, and nothing else."""

from __future__ import annotations

import numpy as np

from anonymization.dimension import TOTAL, Dimension
from anonymization.secondary.places import Places
from anonymization.table import TableSet
from tests.unit.anonymization.builders import cube, flat, release, table


def boxed(tables: TableSet, *cells: tuple[int, ...]) -> set[tuple[int, ...]]:
    """Return the coordinates, population first, of the box around cells at these coordinates."""
    rows = [tuple(row) for row in np.column_stack([tables.nodes.population, tables.nodes.coordinates]).tolist()]
    found = Places(tables.nodes, tables.dimensions).box([rows.index(one) for one in cells])
    assert found.dtype == np.int64
    return {rows[node] for node in found.tolist()}


def test_a_box_has_its_own_margins() -> None:
    tables = cube(np.arange(9).reshape(3, 3))
    assert boxed(tables, (0, 1, 2)) == {(0, row, column) for row in (0, 1) for column in (0, 2)}
    assert boxed(tables, (0, 1, 2), (0, 3, 0)) == {(0, row, column) for row in (0, 1, 3) for column in (0, 2)}
    assert boxed(tables, (0, 0, 0)) == {(0, 0, 0)}


def test_a_box_holds_all_levels_above_a_member_and_no_sister() -> None:
    area = Dimension("area", (TOTAL, "north", "south", "a", "b", "c"), ((-1, 0, 0, 1, 1, 2),))
    tables = release([area], [table("t", [area], {"all": [1, 2, 3]})])
    assert boxed(tables, (0, 3)) == {(0, 0), (0, 1), (0, 3)}
    assert boxed(tables, (0, 3), (0, 5)) == {(0, 0), (0, 1), (0, 2), (0, 3), (0, 5)}


def test_a_member_of_two_hierarchies_has_what_is_above_it_in_both() -> None:
    area = Dimension("area", (TOTAL, "old", "new", "a", "b"), ((-1, 0, -1, 1, 1), (-1, -1, 0, 2, 2)))
    tables = release([area], [table("t", [area], {"all": [1, 2]})])
    assert boxed(tables, (0, 3)) == {(0, 0), (0, 1), (0, 2), (0, 3)}


def test_a_box_reaches_into_every_population_and_leaves_out_what_is_not_there() -> None:
    assert boxed(cube([4, 5], [1, 2]), (0, 2)) == {(population, at) for population in (0, 1) for at in (0, 2)}
    a, b = flat("a", 2), flat("b", 2)
    tables = release([a, b], [table("by_a", [a], {"all": [3, 4]}), table("by_b", [b], {"all": [5, 2]})])
    assert boxed(tables, (0, 1, 0), (0, 0, 1)) == {(0, 0, 0), (0, 1, 0), (0, 0, 1)}
