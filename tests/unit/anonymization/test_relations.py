"""Relations: one node for each distinct cell, one row for each sum."""

from __future__ import annotations

import numpy as np

from anonymization.dimension import Dimension
from anonymization.relations import number_nodes, relate
from tests.unit.anonymization.builders import cube, flat, release, table


def test_the_same_cell_in_two_blocks_is_one_node() -> None:
    nodes = number_nodes([(0, np.array([[0, 1], [2, 0]])), (0, np.array([[2, 0], [1, 1]]))])
    assert len(nodes) == 3
    assert nodes.of_block[0][1] == nodes.of_block[1][0]


def test_a_dense_table_has_a_row_for_every_line_in_every_direction() -> None:
    tables = cube([[1, 2, 3], [4, 5, 6]])
    relations = tables.relations
    assert relations.matrix.shape == (7, 12)
    assert not (relations.matrix @ tables.contributors).any()
    assert sorted(relations.origin.tolist()) == [0] * 4 + [1] * 3
    assert relations.broken == (0, 0)


def test_populations_are_not_added_to_one_another() -> None:
    tables = cube([5, 6], [1, 2])
    assert tables.relations.matrix.shape == (2, 6)


def test_a_table_that_lacks_a_dimension_without_total_is_the_sum_over_its_members() -> None:
    area = Dimension("area", ("north", "south"))
    sex = flat("sex", 2)
    tables = release(
        [area, sex], [table("by_area", [area, sex], {"all": [[1, 2], [3, 4]]}), table("all", [sex], {"all": [4, 6]})]
    )
    relations = tables.relations
    assert int((relations.origin == 0).sum()) == 3
    assert not (relations.matrix @ tables.contributors).any()


def test_a_family_with_missing_children_is_counted_as_broken() -> None:
    nodes = number_nodes([(0, np.array([[0], [1]]))])
    relations = relate(nodes, [flat("a", 2)])
    assert relations.matrix.shape == (0, 2)
    assert relations.broken == (1,)


def test_no_dimension_gives_no_relation() -> None:
    nodes = number_nodes([(0, np.zeros((1, 0), dtype=np.int64))])
    assert relate(nodes, []).matrix.shape == (0, 1)
