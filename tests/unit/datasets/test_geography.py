"""The crosswalk from 63 to 34 provinces, on a small list whose answers can be seen."""

from __future__ import annotations

import pytest

from datasets.codelist import Codelist, Member
from datasets.geography import Crosswalk
from datasets.text import Bilingual


def province(code: str, successor: str, valid_to: str = "2025-06-30") -> Member:
    label = Bilingual(vi=code, en=code)
    return Member(code, label, level="province", parent="R", valid_to=valid_to, successor=successor)


@pytest.fixture
def crosswalk() -> Crosswalk:
    region = Member("R", Bilingual(vi="Vùng", en="Region"), level="region")
    ended = province("28", "01", valid_to="2008-07-31")
    members = (region, province("01", "01"), province("02", "08"), province("08", "08"), ended)
    return Crosswalk(Codelist("provinces-legacy", region.label, members))


def test_every_old_province_has_a_successor(crosswalk: Crosswalk) -> None:
    assert [crosswalk.successor_of(code) for code in ("01", "02", "08", "28")] == ["01", "08", "08", "01"]


@pytest.mark.parametrize("code", ["99", "R", ""])
def test_what_is_no_old_province_has_none(crosswalk: Crosswalk, code: str) -> None:
    assert crosswalk.successor_of(code) is None


def test_parts_are_what_existed_on_the_eve_of_the_merger(crosswalk: Crosswalk) -> None:
    assert crosswalk.parts_of("01") == {"01"}
    assert crosswalk.parts_of("08") == {"02", "08"}
    assert crosswalk.parts_of("99") == frozenset()
    assert [crosswalk.ended_in(code) for code in ("01", "08", "99")] == [{"28"}, set(), set()]


def test_a_province_without_end_is_a_part() -> None:
    open_ended = Codelist("x", Bilingual(vi="x", en="x"), (province("01", "01", valid_to=""),))
    assert Crosswalk(open_ended).parts_of("01") == {"01"}


def test_what_had_ended_was_joined_to_the_one_part_of_its_successor(crosswalk: Crosswalk) -> None:
    assert {code: [each.code for each in found] for code, found in crosswalk.joined.items()} == {"01": ["28"]}


def test_of_several_parts_none_can_be_told(crosswalk: Crosswalk) -> None:
    ended = province("03", "08", valid_to="1999-12-31")
    members = (*crosswalk.legacy.members, ended)
    assert Crosswalk(Codelist("provinces-legacy", crosswalk.legacy.title, members)).joined.keys() == {"01"}
