"""What makes a code list sound: codes, validity, parents and ranges, each with its line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice

from datasets.codelist import Member
from datasets.errors import Problem
from datasets.names import TOTAL

MOST_PROBLEMS = 50
"""So many are told of one list: nobody reads more, and a spoilt file has one in every line."""

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_MOST_NEAR = 5_000


def first_problems(problems: Iterator[Problem], place: str) -> list[Problem]:
    """Return the first ``MOST_PROBLEMS``, and say so where there are more."""
    found = list(islice(problems, MOST_PROBLEMS + 1))
    if len(found) > MOST_PROBLEMS:
        found[-1] = Problem(place, f"has more problems than these {MOST_PROBLEMS}", "correct them and check again")
    return found


def codelist_problems(lines: Sequence[tuple[int, Member]], place: str) -> Iterator[Problem]:
    """Yield the problems of the members, which come with their lines; no more than codes are repeated in them."""
    first: dict[str, int] = {}
    for line, member in lines:
        where = f"{place} line {line}"
        if member.code != TOTAL and not _CODE.fullmatch(member.code):
            rule = "the code must be 1 to 64 letters, digits, dots, hyphens, plus signs and underscores"
            yield Problem(where, rule, "start it with a letter or digit; it appears in addresses")
        if member.code in first:
            yield Problem(where, f"the code {member.code} is also on line {first[member.code]}", "codes are unique")
        first.setdefault(member.code, line)
        yield from _validity(member, where)
    by_code = {member.code: member for _, member in lines}
    circular = _circular(by_code)
    for line, member in lines:
        yield from _parent(member, by_code, circular, f"{place} line {line}")
    yield from _ranges(lines, place)


def _validity(member: Member, where: str) -> Iterator[Problem]:
    days = []
    for name in ("valid_from", "valid_to"):
        text = getattr(member, name)
        try:
            days.append(date.fromisoformat(text) if text else None)
        except ValueError:
            yield Problem(where, f"{name} must be a date such as 2025-07-01", "correct it or leave it empty")
    if len(days) == 2 and days[0] and days[1] and days[1] < days[0]:
        yield Problem(where, "valid_to is before valid_from", "exchange them")


def _parent(member: Member, by_code: Mapping[str, Member], circular: Collection[str], where: str) -> Iterator[Problem]:
    if not member.parent:
        return
    parent = by_code.get(member.parent)
    if parent is None:
        named = member.parent if _CODE.fullmatch(member.parent) else "named here"
        # To look for the nearest of very many codes takes longer than it helps.
        near = difflib.get_close_matches(member.parent[:64], by_code, n=1) if len(by_code) <= _MOST_NEAR else []
        hint = f"did you mean {near[0]}?" if near else "add the parent to the list, or leave the field empty"
        yield Problem(where, f"the parent {named} is not a code of this list", hint)
    elif parent.level == member.level:
        yield Problem(where, f"the parent {member.parent} is of the same level", "give the parent a coarser level")
    elif member.code in circular:
        yield Problem(where, f"{member.code} is its own ancestor", "correct the parents")


def _circular(by_code: Mapping[str, Member]) -> frozenset[str]:
    """Return the codes whose line of ancestors never ends; each code is passed once, however long the lines are."""
    sound: set[str] = set()
    circular: set[str] = set()
    for code in by_code:
        line: dict[str, None] = {}
        at = code
        while at in by_code and at not in sound and at not in circular and at not in line:
            line[at] = None
            at = by_code[at].parent
        (circular if at in circular or at in line else sound).update(line)
    return frozenset(circular)


def _ranges(lines: Sequence[tuple[int, Member]], place: str) -> Iterator[Problem]:
    """Ranges include both ends; an empty ``range_to`` has no end. Within a level they may not overlap."""
    by_level: dict[str, list[tuple[int, Member]]] = {}
    for line, member in lines:
        if member.range_from:
            by_level.setdefault(member.level, []).append((line, member))
        elif member.range_to:
            yield Problem(f"{place} line {line}", "range_to without range_from", "write where the range begins")
    for ranged in by_level.values():
        numeric = all(_is_number(text) for _, member in ranged for text in (member.range_from, member.range_to) if text)
        yield from _overlaps(ranged, place, numeric=numeric)


def _overlaps(ranged: Iterable[tuple[int, Member]], place: str, *, numeric: bool) -> Iterator[Problem]:
    def order(text: str) -> tuple[float, str]:
        return (float(text), "") if numeric else (0.0, text)

    last = (float("inf"), chr(0x10FFFF))
    previous: tuple[tuple[float, str], Member] | None = None
    for line, member in sorted(ranged, key=lambda item: order(item[1].range_from)):
        start, end = order(member.range_from), order(member.range_to) if member.range_to else last
        if end < start:
            yield Problem(f"{place} line {line}", "range_to is before range_from", "exchange them")
        elif previous is not None and start <= previous[0]:
            rule = f"the range of {member.code} overlaps that of {previous[1].code}"
            yield Problem(f"{place} line {line}", rule, "ranges of one level include both ends and stay apart")
        if previous is None or end > previous[0]:
            previous = (end, member)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) is not None
