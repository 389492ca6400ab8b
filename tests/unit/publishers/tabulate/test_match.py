"""How values find their range."""

from __future__ import annotations

import pytest

from datasets.codelist import Codelist
from datasets.errors import DefinitionInvalid
from publishers.tabulate.match import UNKNOWN, number_ranges, text_ranges
from tests.unit.publishers.tabulate.discharges import AGES, members, text


def ranged(**ranges: tuple[str, str]) -> Codelist:
    rows = [(code, "", "") for code in ranges]
    return Codelist(id="ranged", title=text("r"), members=members(*rows, ranges=ranges))


def leaves(codelist: Codelist) -> dict[str, int]:
    return {member.code: number for number, member in enumerate(codelist.members)}


@pytest.mark.parametrize(("age", "leaf"), [(0, 0), (14, 0), (15, 1), (59, 1), (60, 2), (130, 2), (-1, UNKNOWN)])
def test_ages_find_their_group(age: int, leaf: int) -> None:
    assert number_ranges(AGES, leaves(AGES), place="dimensions.age").leaf(age) == leaf


def test_decimals_of_the_ends_scale_the_values() -> None:
    found = number_ranges(ranged(low=("", "18.4"), high=("18.5", "")), {"low": 0, "high": 1}, place="dimensions.bmi")
    assert found.decimals == 1
    assert [found.leaf(value) for value in (184.0, 185.0, -50.0)] == [0, 1, 0]


def test_a_value_between_two_ranges_is_unknown() -> None:
    found = number_ranges(ranged(a=("0", "4"), b=("10", "14")), {"a": 0, "b": 1}, place="dimensions.d")
    assert found.leaf(7) == UNKNOWN


def test_bands_inside_their_group_may_overlap_it() -> None:
    found = number_ranges(ranged(group=("0", "14"), band=("0", "4")), {"group": 0, "band": 0}, place="dimensions.d")
    assert found.leaf(12) == 0


@pytest.mark.parametrize(("code", "leaf"), [("A00", 0), ("B99", 0), ("C00", 1), ("B209", 0), ("E00", UNKNOWN)])
def test_texts_are_compared_as_far_as_the_ends_go(code: str, leaf: int) -> None:
    found = text_ranges(ranged(I=("A00", "B99"), II=("C00", "D48")), {"I": 0, "II": 1}, place="dimensions.icd")
    assert found.width == 3
    assert found.leaf(code) == leaf


@pytest.mark.parametrize(
    ("codelist", "rule"),
    [
        (ranged(a=("0", "5"), b=("5", "9")), "ranges overlap"),
        (ranged(a=("0", ""), b=("5", "9")), "ranges overlap"),
        (ranged(a=("", "")), "no member with range_from"),
        (ranged(a=("A00", "B99")), "must be numbers"),
    ],
)
def test_ranges_that_cannot_be_used_are_refused(codelist: Codelist, rule: str) -> None:
    with pytest.raises(DefinitionInvalid, match=rule):
        number_ranges(codelist, leaves(codelist), place="dimensions.d")


def test_overlapping_texts_are_refused() -> None:
    codelist = ranged(a=("A00", "B99"), b=("B50", "C10"))
    with pytest.raises(DefinitionInvalid, match="ranges overlap"):
        text_ranges(codelist, leaves(codelist), place="dimensions.d")
