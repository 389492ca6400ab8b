"""How raw values of one dimension become members: the table of raw values and leaves that a source is joined with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from datasets.codelist import Codelist
from datasets.periods import period_of
from publishers.tabulate.match import (
    UNKNOWN,
    Match,
    NumberRanges,
    Raw,
    TextRanges,
    match_values,
    number_ranges,
    text_ranges,
)
from publishers.tabulate.members import PublishedMembers


@dataclass(frozen=True)
class PlannedDimension:
    """How one dimension's raw values become members, and which members are published."""

    name: str
    column: str
    column_type: Literal["string", "integer", "number", "date"]
    match: Match
    mapping: Mapping[str, int] = field(repr=False)
    """Source texts that the definition maps, and their leaves."""
    missing: int
    """The leaf of a missing value; -2 where it is an error."""
    members: PublishedMembers
    codelist: Codelist = field(repr=False)
    total: bool
    is_time: bool
    """Whether its members are periods."""


@dataclass(frozen=True)
class Recode:
    """How the raw values of one dimension are matched.

    ``by_text``: the raw value is the column's text. Otherwise it is a scaled number, the first characters of a text, or
    a period written as a number such as 202603.
    """

    dimension: PlannedDimension
    by_text: bool
    ranges: NumberRanges | TextRanges | None

    @property
    def known_beforehand(self) -> bool:
        """Whether the raw values that have a member can be listed without looking at the source."""
        return self.dimension.match == "code" or (not self.by_text and self.ranges is None)

    @property
    def raw_type(self) -> Literal["VARCHAR", "BIGINT", "DOUBLE"]:
        """The SQL type of the raw values."""
        if self.by_text or isinstance(self.ranges, TextRanges):
            return "VARCHAR"
        if self.ranges is None or (self.ranges.decimals == 0 and self.dimension.column_type == "integer"):
            return "BIGINT"
        return "DOUBLE"

    def pairs(self, observed: Sequence[Raw | None] = ()) -> list[tuple[Raw, int]]:
        """Return the raw values that have a leaf, and their leaves; for ranges, of the ``observed`` raw values."""
        if self.dimension.match == "code":
            return list({**self.dimension.members.leaf_of, **self.dimension.mapping}.items())
        if self.known_beforehand:
            return [(period, leaf) for period, leaf in self._periods().items()]
        values = [value for value in observed if value is not None]
        leaves = match_values(values, self.dimension.mapping, self._find, missing=UNKNOWN)
        return [(value, leaf) for value, leaf in zip(values, leaves, strict=True) if leaf != UNKNOWN]

    def _find(self, value: Raw) -> int:
        """Find the leaf of one observed value; texts of numbers and dates are read first where a map needs texts."""
        if self.ranges is not None:
            if isinstance(self.ranges, NumberRanges) and self.by_text:
                return self.ranges.leaf(_cut_off(float(value), self.ranges.decimals))
            return self.ranges.leaf(value)
        date = period_of(str(value))
        if date is None:
            return UNKNOWN
        return self._periods().get(_period(date[0].year, date[0].month, self.dimension.match), UNKNOWN)

    def _periods(self) -> dict[int, int]:
        found = {}
        for code, leaf in self.dimension.members.leaf_of.items():
            period = period_of(code)
            if period is not None and self.dimension.codelist.by_code[code].level == self.dimension.match:
                found[_period(period[0].year, period[0].month, self.dimension.match)] = leaf
        return found


def recode(dimension: PlannedDimension) -> Recode:
    """Return how a dimension is recoded; raises DefinitionInvalid where its ranges cannot be used."""
    place = f"dimensions.{dimension.name}"
    ranges: NumberRanges | TextRanges | None = None
    if dimension.match == "range":
        find = text_ranges if dimension.column_type == "string" else number_ranges
        ranges = find(dimension.codelist, dimension.members.leaf_of, place=place)
    return Recode(dimension, dimension.match == "code" or bool(dimension.mapping), ranges)


def _period(year: int, month: int, match: str) -> int:
    return {"year": year, "quarter": year * 100 + (month + 2) // 3, "month": year * 100 + month}[match]


def _cut_off(value: float, decimals: int) -> float:
    return float(round(value * 10**decimals, 6) // 1)
