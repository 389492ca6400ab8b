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


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        (("", ("a",), ()), [("dimension ''", "must have a name and at least one member", "")]),
        (("area", ("a", "b", "a"), ()), [("dimension 'area'", "must not repeat a member", "give every member once")]),
        (
            ("area", ("a", "b"), ((-1, 0), (-1,), (-1, 2), (-2, 0), (1, 0))),
            [
                ("dimension 'area', hierarchy 2", "must give one parent for each member", "use -1 for a root"),
                ("dimension 'area', hierarchy 3", "must name parents by the index of a member", "use -1 for a root"),
                ("dimension 'area', hierarchy 4", "must name parents by the index of a member", "use -1 for a root"),
                ("dimension 'area', hierarchy 5", "must not contain a cycle", "no member may be its own ancestor"),
            ],
        ),
        (
            ("area", ("b", "_T"), ((-1, 0),)),
            [("dimension 'area'", "the total _T must be a root", "give it the parent -1")],
        ),
        (
            ("area", ("_T", "a", "b", "c"), ((-1, 0, -1, -1),)),
            [
                (
                    "dimension 'area'",
                    "2 members belong to no hierarchy although there is a total",
                    "say what they add up to; for a flat list, _T",
                )
            ],
        ),
    ],
)
def test_every_problem_is_told_with_its_place_and_its_remedy(
    given: tuple[str, tuple[str, ...], tuple[tuple[int, ...], ...]], problems: list[tuple[str, str, str]]
) -> None:
    with pytest.raises(DisclosureRuleInvalid, match=f"Dimension {given[0]!r} is not valid") as caught:
        Dimension(*given)
    assert [(one.place, one.rule, one.remedy) for one in caught.value.problems] == problems


def test_a_member_may_be_its_own_ancestor_in_no_length_of_cycle() -> None:
    for hierarchy in ((0, 0), (1, 2, 0), (-1, 2, 3, 1)):
        with pytest.raises(DisclosureRuleInvalid, match="cycle"):
            Dimension("area", tuple("abcd"[: len(hierarchy)]), (hierarchy,))
    # A chain as long as there are members has none.
    assert Dimension("area", ("a", "b", "c"), ((1, 2, -1),)).sums == ((1, (0,)), (2, (1,)), (3, (2,)))


def test_sizes_count_the_unpublished_total() -> None:
    with_total, without = Dimension("sex", ("F", "_T"), ((1, -1),)), Dimension("sex", ("F", "M"))
    assert (with_total.total, with_total.has_total, with_total.size) == (1, True, 2)
    assert (without.total, without.has_total, without.size) == (2, False, 3)
