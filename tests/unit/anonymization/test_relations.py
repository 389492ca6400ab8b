"""Relations: one node for each distinct cell, one row for each sum."""

from __future__ import annotations

import numpy as np
import pytest

from anonymization.dimension import Dimension
from anonymization.link import Link
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


def test_nodes_stand_in_the_order_of_population_and_place_whatever_order_they_come_in() -> None:
    nodes = number_nodes([(1, np.array([[2, 0], [0, 1]])), (0, np.array([[1, 1], [0, 3]])), (1, np.array([[0, 1]]))])
    assert nodes.population.tolist() == [0, 0, 1, 1]
    assert nodes.coordinates.tolist() == [[0, 3], [1, 1], [0, 1], [2, 0]]
    assert [one.tolist() for one in nodes.of_block] == [[3, 2], [1, 0], [2]]


def test_every_sum_has_its_parts_on_one_side_and_its_total_on_the_other() -> None:
    """Two by one, with margins: nodes in the order of rows, the totals first."""
    relations = cube([[1], [2]]).relations
    assert relations.matrix.toarray().tolist() == [
        [-1, 0, 1, 0, 1, 0],
        [0, -1, 0, 1, 0, 1],
        [-1, 1, 0, 0, 0, 0],
        [0, 0, -1, 1, 0, 0],
        [0, 0, 0, 0, -1, 1],
    ]
    assert relations.matrix.dtype == np.int64
    assert relations.origin.tolist() == [0, 0, 1, 1, 1]


def test_sums_that_lack_one_or_two_of_three_parts_are_broken_and_those_that_lack_all_are_not() -> None:
    """At the first place of the other dimension all parts are there, then one is missing, then two, then all."""
    there = [(0, 0), (1, 0), (2, 0), (3, 0), (0, 1), (1, 1), (3, 1), (0, 2), (3, 2), (0, 3)]
    nodes = number_nodes([(0, np.array(there))])
    relations = relate(nodes, [flat("a", 3), Dimension("b", ("w", "x", "y", "z"))])
    assert relations.matrix.shape == (1, 10)
    row = dict(zip(map(tuple, nodes.coordinates.tolist()), relations.matrix.toarray()[0].tolist(), strict=True))
    assert {place: sign for place, sign in row.items() if sign} == {(0, 0): -1, (1, 0): 1, (2, 0): 1, (3, 0): 1}
    assert relations.broken == (2, 0)


def test_a_part_of_another_population_does_not_complete_a_sum() -> None:
    nodes = number_nodes([(0, np.array([[0], [1]])), (1, np.array([[2]]))])
    relations = relate(nodes, [flat("a", 2)])
    assert (relations.matrix.shape, relations.broken) == ((0, 3), (1,))


def test_a_link_adds_up_members_of_one_dimension_to_members_of_another_at_every_place() -> None:
    """Members 1 and 3 of a are member 2 of b, each at the total of the other dimension; c is at both of its places."""
    a, b, c = flat("a", 3), flat("b", 2), Dimension("c", ("f", "m"))
    places = [(1, 0, 0), (3, 0, 0), (0, 2, 0), (1, 0, 1), (3, 0, 1), (0, 2, 1), (2, 0, 0), (0, 1, 1)]
    nodes = number_nodes([(0, np.array(places))])
    relations = relate(nodes, [a, b, c], [Link(("a", (1, 3)), ("b", (2,)))])
    assert relations.origin.tolist() == [3, 3]
    rows = [
        {tuple(nodes.coordinates[node].tolist()): sign for node, sign in enumerate(row) if sign}
        for row in relations.matrix.toarray().tolist()
    ]
    assert rows == [
        {(1, 0, 0): 1, (3, 0, 0): 1, (0, 2, 0): -1},
        {(1, 0, 1): 1, (3, 0, 1): 1, (0, 2, 1): -1},
    ]


@pytest.mark.parametrize("missing", [(1, 0), (3, 0), (0, 2)])
def test_a_link_of_which_a_cell_is_missing_makes_no_sum(missing: tuple[int, int]) -> None:
    places = [place for place in ((1, 0), (3, 0), (0, 2), (2, 0)) if place != missing]
    link = Link(("a", (1, 3)), ("b", (2,)))
    relations = relate(number_nodes([(0, np.array(places))]), [flat("a", 3), flat("b", 2)], [link])
    assert relations.matrix.shape == (0, 3)


def test_a_link_between_crossed_dimensions_makes_no_sum_of_its_own() -> None:
    link = Link(("a", (1,)), ("b", (2,)))
    nodes = number_nodes([(0, np.array([(1, 0), (0, 2), (1, 2)]))])
    assert (relate(nodes, [flat("a", 3), flat("b", 2)], [link]).origin < 2).all()


def test_a_link_may_have_several_parents() -> None:
    link = Link(("a", (1, 2)), ("b", (1, 2)))
    nodes = number_nodes([(0, np.array([(1, 0), (2, 0), (0, 1), (0, 2)]))])
    relations = relate(nodes, [flat("a", 3), flat("b", 3)], [link])
    assert nodes.coordinates.tolist() == [[0, 1], [0, 2], [1, 0], [2, 0]]
    assert relations.matrix.toarray().tolist() == [[-1, -1, 1, 1]]
    assert relations.origin.tolist() == [2]
