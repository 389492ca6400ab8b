"""How a raw value of the source finds its member: by code, by range, or by the period of a date."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from datasets.codelist import Codelist
from datasets.errors import DefinitionInvalid, Problem

UNKNOWN = -1
"""The leaf of a value that no member stands for."""
MISSING = -2
"""The leaf of a missing value where no member is declared for it."""

Match = Literal["code", "range", "year", "quarter", "month"]
Raw = str | int | float


@dataclass(frozen=True)
class Range:
    """One member's range, both ends included. An empty text or an infinite number stands for an open end."""

    first: Raw
    last: Raw
    leaf: int


@dataclass(frozen=True)
class NumberRanges:
    """Ranges over numbers. Values are cut off at the ends' own decimals: who is 4.9 years old is in 0 to 4."""

    ranges: tuple[Range, ...]
    decimals: int

    def leaf(self, value: Raw) -> int:
        """Return the leaf of ``value``, a number already scaled by ten to the power of ``decimals`` and cut off."""
        at = bisect_right(self.ranges, float(value), key=lambda one: float(one.first)) - 1
        return self.ranges[at].leaf if at >= 0 and float(value) <= float(self.ranges[at].last) else UNKNOWN


@dataclass(frozen=True)
class TextRanges:
    """Ranges over texts, such as ICD-10 categories: as many characters are compared as an end has."""

    ranges: tuple[Range, ...]
    width: int
    """The most characters that matter."""

    def leaf(self, value: Raw) -> int:
        """Return the leaf of the text ``value``."""
        text = str(value)
        for one in self.ranges:
            first, last = str(one.first), str(one.last)
            if text[: len(first)] >= first and (not last or text[: len(last)] <= last):
                return one.leaf
        return UNKNOWN


def number_ranges(codelist: Codelist, leaf_of: Mapping[str, int], *, place: str) -> NumberRanges:
    """Return the ranges of a code list as scaled numbers, sorted; raises DefinitionInvalid where they overlap."""
    ends = [end for _, first, last in _ends(codelist, leaf_of) for end in (first, last) if end]
    try:
        decimals = max((len(end.partition(".")[2]) for end in ends if float(end) is not None), default=0)
    except ValueError:
        problem = Problem(place, "range_from and range_to must be numbers where the column holds numbers")
        raise DefinitionInvalid(f"The ranges of code list {codelist.id} cannot be used", problems=[problem]) from None
    scale = 10**decimals
    found = [
        Range(_scaled(first, scale, "-inf"), _scaled(last, scale, "inf"), leaf)
        for leaf, first, last in _ends(codelist, leaf_of)
    ]
    ordered = _outermost(sorted(found, key=lambda one: (float(one.first), -float(one.last))))
    _check_apart(ordered, codelist, place, lambda one, after: float(one.last) >= float(after.first))
    return NumberRanges(ordered, decimals)


def text_ranges(codelist: Codelist, leaf_of: Mapping[str, int], *, place: str) -> TextRanges:
    """Return the ranges of a code list as texts, sorted; raises DefinitionInvalid where they overlap."""
    found = [Range(first, last, leaf) for leaf, first, last in _ends(codelist, leaf_of)]
    ordered = tuple(sorted(found, key=lambda one: (str(one.first), str(one.last))))
    _check_apart(ordered, codelist, place, lambda one, after: not one.last or str(one.last) >= str(after.first))
    return TextRanges(ordered, max((len(str(end)) for one in ordered for end in (one.first, one.last)), default=1))


def match_values(
    values: Iterable[Raw | None], mapping: Mapping[str, int], find: Callable[[Raw], int], *, missing: int
) -> list[int]:
    """Return the leaf of each value: by ``mapping`` of its text first, then by ``find``; ``missing`` for None."""
    return [
        missing if value is None else mapping[str(value)] if str(value) in mapping else find(value) for value in values
    ]


def _ends(codelist: Codelist, leaf_of: Mapping[str, int]) -> list[tuple[int, str, str]]:
    return [
        (leaf_of[member.code], member.range_from, member.range_to)
        for member in codelist.members
        if member.code in leaf_of and (member.range_from or member.range_to)
    ]


def _scaled(end: str, scale: int, open_end: str) -> float:
    return round(float(end) * scale) if end else float(open_end)


def _outermost(ordered: list[Range]) -> tuple[Range, ...]:
    """Leave out ranges inside a range of the same leaf: where groups are published, their bands change nothing."""
    kept: list[Range] = []
    for one in ordered:
        if not kept or one.leaf != kept[-1].leaf or float(one.last) > float(kept[-1].last):
            kept.append(one)
    return tuple(kept)


def _check_apart(
    ordered: tuple[Range, ...], codelist: Codelist, place: str, overlap: Callable[[Range, Range], bool]
) -> None:
    rule = ""
    if not ordered:
        rule = "has no member with range_from or range_to at or below the published levels"
    elif any(one.leaf != after.leaf and overlap(one, after) for one, after in pairwise(ordered)):
        rule = "has members whose ranges overlap"
    if rule:
        problem = Problem(place, f"the code list {codelist.id} {rule}", "correct range_from and range_to in its file")
        raise DefinitionInvalid("A dimension matches by range but its ranges cannot be used", problems=[problem])
