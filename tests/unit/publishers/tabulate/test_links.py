"""Columns that determine each other are found in the data, whether or not a table crosses them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anonymization.link import Link
from publishers.tabulate import links
from publishers.tabulate.tabulation import Tabulation, table_set
from tests.unit.publishers.tabulate.discharges import record, table, tabulate

Tables = dict[str, dict[str, Any]]
APART: Tables = {"places": table("place", "sex"), "chapters": table("chapter", "sex")}
CROSSED: Tables = {"both": table("place", "chapter", "sex")}
SPECIALISED = (("P1", "A09"), ("P3", "A10"), ("P2", "C20"), ("X", "C21"))
"""Infections are treated in region R1, tumours elsewhere."""


def discharges(folder: Path, tables: Tables, pairs: tuple[tuple[str, str], ...] = SPECIALISED) -> Tabulation:
    records = [record(person=str(n), place=place, icd=icd) for n, (place, icd) in enumerate(pairs * 3)]
    return tabulate(folder, records, tables=tables)


def sides(tabulation: Tabulation) -> set[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The links between place and chapter, by codes."""
    codes = {name: ("_T", *tabulation.plan.dimension(name).members.codes) for name in ("place", "chapter")}

    def named(side: tuple[str, tuple[int, ...]]) -> tuple[str, ...]:
        return tuple(codes[side[0]][member] for member in side[1])

    links = [
        link for link in tabulation.dependencies.links if {link.children[0], link.parents[0]} == {"place", "chapter"}
    ]
    return {tuple(sorted((named(link.children), named(link.parents)))) for link in links}  # type: ignore[misc]


@pytest.mark.parametrize("tables", [APART, CROSSED], ids=["apart", "crossed"])
def test_places_that_have_a_chapter_to_themselves_add_up_to_it(tmp_path: Path, tables: Tables) -> None:
    found = sides(discharges(tmp_path, tables))
    # By province, and by region; X has no region and stands beside them.
    assert found == {(("I",), ("P1", "P3")), (("II",), ("P2", "X")), (("I",), ("R1",)), (("II",), ("R2", "X"))}


def test_one_row_that_joins_two_groups_leaves_only_the_grand_total(tmp_path: Path) -> None:
    mixed = discharges(tmp_path, APART, (*SPECIALISED, ("P2", "A09")))
    assert sides(mixed) == set()
    assert ("chapter", "place") not in mixed.dependencies.nested


def test_links_reach_the_protection(tmp_path: Path) -> None:
    tables = table_set(discharges(tmp_path, APART))
    assert (tables.relations.origin >= len(tables.dimensions)).any()
    assert not (tables.relations.matrix @ tables.contributors).any()


def test_rows_of_an_unknown_member_come_between_but_do_not_undo_what_is_known(tmp_path: Path) -> None:
    records = [
        record(person=str(n), place=place, sex=sex)
        for n, (place, sex) in enumerate([("P1", "female"), ("P3", "female"), ("P2", "male"), ("X", "male")] * 2)
    ]
    tables = {"places": table("place", "chapter"), "sexes": table("sex", "chapter")}
    whole = tabulate(tmp_path, records, tables=tables).dependencies
    assert ("place", "sex") in whole.nested
    assert whole.nearly_linked == ()
    stray = [*records, record(person="q", place="P1", sex=None), record(person="r", place="P2", sex=None)]
    found = tabulate(tmp_path, stray, tables=tables).dependencies
    assert not [link for link in found.links if {link.children[0], link.parents[0]} == {"place", "sex"}]
    assert ("place", "sex") in found.nearly_linked
    assert ("place", "sex") in found.nested


@pytest.mark.parametrize(
    "stray",
    [
        pytest.param([("P1", "C20")], id="one wrong row"),
        pytest.param([("P1", "C20"), ("P2", "A09")], id="two wrong rows of a chapter"),
    ],
)
def test_a_wrong_row_comes_between_too(tmp_path: Path, stray: list[tuple[str, str]]) -> None:
    tables = {"places": table("place", "sex"), "chapters": table("chapter", "sex")}
    found = discharges(tmp_path, tables, (*SPECIALISED, *stray)).dependencies
    assert (("place", "chapter") in found.nearly_linked) is (len(stray) == 1)


def test_an_unknown_region_beside_a_region_that_is_always_known(tmp_path: Path) -> None:
    """One region without unknown rows stands apart; the others are tied together by theirs."""
    pairs = [("P1", "female"), ("P3", "female"), ("P2", "male"), ("P1", None), ("P2", None)]
    records = [record(person=str(n), place=place, sex=sex) for n, (place, sex) in enumerate(pairs * 2)]
    tables = {"places": table("place", "chapter"), "sexes": table("sex", "chapter")}
    assert ("place", "sex") in tabulate(tmp_path, records, tables=tables).dependencies.nearly_linked


@pytest.mark.parametrize(
    ("together", "nearly"),
    [
        pytest.param([[1, 0], [1, 0], [0, 1]], False, id="nested as it is"),
        pytest.param([[1, 0, 1], [1, 0, 0], [0, 1, 1], [0, 1, 0]], True, id="an unknown region that has a code"),
        pytest.param([[1, 0], [1, 1], [0, 1]], True, id="one province with a row in another region"),
        pytest.param([[1, 1, 0], [1, 0, 1], [0, 1, 1]], False, id="no region to speak of"),
        pytest.param([[1, 1], [1, 1], [1, 0]], False, id="two provinces in both regions"),
        pytest.param([[1, 0], [1, 0]], False, id="one region alone"),
    ],
)
def test_what_one_member_more_or_less_hides(together: list[list[int]], nearly: bool) -> None:
    assert links._is_nested_but_for_one(np.array(together, dtype=np.bool_)) is nearly


def test_a_link_is_named_by_its_members() -> None:
    assert Link(("a", (1, 2)), ("b", (3,))).name == "a 1,2 = b 3"
