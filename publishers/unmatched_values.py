"""Guesses what values are that no member of a code list has: other spellings, names, codes of another list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from datasets.codelist import Codelist
from datasets.codelist_folders import builtin_codelist
from datasets.hints import fold
from publishers.lost_zeros import REMEDY, padded
from publishers.tabulate.recode import PlannedDimension

_OTHERS = {"provinces": "provinces-legacy", "provinces-legacy": "provinces"}
"""Lists of the same places at another time."""


def meaning(rows_of: Mapping[str, int], dimension: PlannedDimension) -> str:
    """Return the remedy for most of the rows with these values, which it never shows; empty where nothing fits."""
    known, codelist = dimension.members.leaf_of, dimension.codelist
    names = {fold(text) for member in codelist.members for text in (member.label.vi, member.label.en)}
    guesses: list[tuple[Callable[[str], bool], str]] = [
        (lambda value: any(one in known for one in padded(value)), REMEDY),
        (
            lambda value: fold(value) in names,
            f"its values are names of the code list, and its codes are wanted: export the codes, or write each name"
            f" with its code into dimensions.{dimension.name}.map",
        ),
    ]
    if codelist.id in _OTHERS:
        other = builtin_codelist(_OTHERS[codelist.id])
        guesses.append((lambda value: value in other.by_code, _of_other_list(other, dimension)))
    for fits, remedy in guesses:
        if 2 * sum(rows for value, rows in rows_of.items() if fits(value)) > sum(rows_of.values()):
            return remedy
    return ""


def _of_other_list(other: Codelist, dimension: PlannedDimension) -> str:
    ends = {member.valid_to for member in other.members if member.valid_to}
    begins = {member.valid_from for member in other.members if member.valid_from}
    if other.id == "provinces-legacy":
        when = f"in force until {_day(max(ends))}"
    else:
        when = f"in force since {_day(min(begins))}"
    return (
        f"its values are codes of the list {other.id}, {when}, and not of {dimension.codelist.id}: correct the source,"
        f" or publish the dimension by that list (dimensions.{dimension.name}.codelist)"
    )


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d/%m/%Y}"
