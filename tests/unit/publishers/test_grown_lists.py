"""A copy of a code list is the same list while every code stands for what it stood for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from datasets.codelist import Codelist, Member
from datasets.codelist_folders import builtin_codelist
from datasets.text import Bilingual
from publishers.grown_lists import grown

TITLE = Bilingual(vi="Nhóm tuổi", en="Age bands")
CHILD = Member("Y0T14", Bilingual(vi="Trẻ em", en="Children"), level="band", range_from="0", range_to="14")
ADULT = Member("Y15", Bilingual(vi="Người lớn", en="Adults"), level="band", range_from="15")
THEN = Codelist("age-bands", TITLE, (Member("_T", TITLE), CHILD, ADULT))
UNKNOWN = Member("U", Bilingual(vi="Không rõ", en="Unknown"), level="band")


def is_same(*members: Member) -> bool:
    return bool(grown([THEN], {"own-bands": Codelist("own-bands", TITLE, members)}))


def test_a_copy_may_grow_and_be_sorted_anew() -> None:
    assert is_same(CHILD, ADULT)
    assert is_same(UNKNOWN, ADULT, CHILD)
    assert is_same(replace(CHILD, valid_to="2027-12-31", label=Bilingual(vi="Thiếu nhi", en="Children")), ADULT)


@pytest.mark.parametrize(
    "changed",
    [
        replace(CHILD, code="C"),
        replace(CHILD, label=Bilingual(vi="Người già", en="Old people")),
        replace(CHILD, range_to="15"),
        replace(CHILD, level="group"),
    ],
)
def test_a_code_that_stands_for_others_makes_another_list(changed: Member) -> None:
    assert not is_same(changed, ADULT)
    assert not is_same(ADULT)


def test_neither_list_of_provinces_takes_the_place_of_the_other() -> None:
    old, new = builtin_codelist("provinces-legacy"), builtin_codelist("provinces")
    assert grown([old, new], {one.id: one for one in (old, new)}) == frozenset()
    assert grown([new], {"own-provinces": new}) == frozenset(), "geography=legacy could no longer be asked"


def test_a_list_of_nothing_is_no_promise() -> None:
    assert grown([Codelist("empty", TITLE, ())], {"age-bands": THEN}) == frozenset()
