"""Dimensions: which members add up to which, and what is refused."""

from __future__ import annotations

import pytest

from anonymization.dimension import Dimension
from datasets.errors import DisclosureRuleInvalid


def test_a_hierarchy_gives_one_sum_for_each_parent() -> None:
    area = Dimension("area", ("_T", "p1", "d1", "d2", "p2"), ((-1, 0, 1, 1, 0),))
    assert area.sums == ((0, (1, 4)), (1, (2, 3)))
    assert area.total == 0
    assert area.size == 5


def test_without_a_total_the_roots_make_an_unpublished_one() -> None:
    area = Dimension("area", ("p1", "d1", "d2", "p2"), ((-1, 0, 0, -1),))
    assert area.sums == ((0, (1, 2)), (4, (0, 3)))
    assert area.total == 4
    assert area.size == 5


def test_a_flat_list_without_hierarchy_adds_up_to_an_unpublished_total() -> None:
    assert Dimension("sex", ("F", "M")).sums == ((2, (0, 1)),)


def test_overlapping_hierarchies_each_make_the_total_without_the_other() -> None:
    area = Dimension("area", ("_T", "old1", "old2", "new"), ((-1, 0, 0, -1), (-1, -1, -1, 0)))
    assert area.sums == ((0, (1, 2)), (0, (3,)))


def test_overlapping_hierarchies_without_a_total_do_not_count_anyone_twice() -> None:
    area = Dimension("area", ("r", "old1", "old2", "s", "new"), ((-1, 0, 0, -1, -1), (-1, -1, -1, -1, 3)))
    assert area.sums == ((0, (1, 2)), (3, (4,)), (5, (0,)), (5, (3,)))


@pytest.mark.parametrize(
    ("name", "members", "hierarchies", "rule"),
    [
        ("", ("a",), (), "must have a name"),
        ("area", (), (), "at least one member"),
        ("area", ("a", "a"), (), "must not repeat"),
        ("area", ("a", "b"), ((-1,),), "one parent for each member"),
        ("area", ("a", "b"), ((-1, 7),), "by the index of a member"),
        ("area", ("a", "b"), ((1, 0),), "cycle"),
        ("area", ("_T", "b"), ((1, -1),), "must be a root"),
        ("area", ("_T", "b"), (), "belong to no hierarchy"),
        ("area", ("_T", "b", "c"), ((-1, 0, -1),), "belong to no hierarchy"),
    ],
)
def test_what_is_not_a_dimension_is_refused(
    name: str, members: tuple[str, ...], hierarchies: tuple[tuple[int, ...], ...], rule: str
) -> None:
    with pytest.raises(DisclosureRuleInvalid, match=rule):
        Dimension(name, members, hierarchies)
