"""Which members are published, and under which leaf each code counts."""

from __future__ import annotations

import pytest

from datasets.codelist import Codelist
from datasets.errors import DefinitionInvalid
from publishers.tabulate.members import published_members
from tests.unit.publishers.tabulate.discharges import PLACES, members, text


def test_the_finest_level_is_published_where_none_is_named() -> None:
    found = published_members(PLACES, (), place="dimensions.place")
    assert found.codes == ("C1", "C2")
    assert found.leaf_of == {"C1": 0, "C2": 1}


def test_levels_keep_the_order_of_the_list_and_point_to_their_parents() -> None:
    found = published_members(PLACES, ("province", "region"), place="dimensions.place")
    assert found.levels == ("region", "province")
    assert found.codes == ("R1", "R2", "P1", "P2", "P3", "X")
    assert found.parents == (-1, -1, 0, 1, 0, -1)
    assert [found.codes[member] for member in found.at_level(0)] == ["R1", "R2"]


def test_the_leaves_of_a_member_are_a_range() -> None:
    found = published_members(PLACES, ("region", "province"), place="dimensions.place")
    leaves = dict(zip(found.codes, found.spans, strict=True))
    for parent, children in {"R1": ["P1", "P3"], "R2": ["P2"]}.items():
        inside = set(range(*leaves[parent]))
        assert inside == {leaves[child][0] for child in children}
    assert found.leaves == 4


def test_a_code_below_the_published_levels_counts_under_its_ancestor() -> None:
    found = published_members(PLACES, ("region", "province"), place="dimensions.place")
    assert found.leaf_of["C2"] == found.leaf_of["P1"]


def test_a_code_above_the_finest_level_counts_nowhere() -> None:
    assert "R1" not in published_members(PLACES, ("region", "province"), place="dimensions.place").leaf_of


def test_an_unknown_level_names_the_levels_that_exist() -> None:
    with pytest.raises(DefinitionInvalid, match=r"dimensions\.place\.levels.*region, province, commune"):
        published_members(PLACES, ("district",), place="dimensions.place")


def test_a_parent_at_the_same_level_is_refused() -> None:
    twisted = Codelist(id="twisted", title=text("t"), members=members(("a", "x", ""), ("b", "x", "a")))
    with pytest.raises(DefinitionInvalid, match="1 published members have a parent"):
        published_members(twisted, (), place="dimensions.d")


def test_a_cycle_of_parents_ends() -> None:
    circle = Codelist(id="circle", title=text("t"), members=members(("a", "x", "b"), ("b", "x", "a"), ("c", "y", "a")))
    assert published_members(circle, ("y",), place="dimensions.d").leaf_of == {"c": 0}
