"""The change from 63 provinces to 34 on 1 July 2025: which new province each old one became part of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from datasets.codelist import Codelist, Member

LAST_DAY = "2025-06-30"
"""The last day of the 63 provinces."""


@dataclass(frozen=True)
class Crosswalk:
    """Old provinces and their successors, read from the ``successor`` column of a code list.

    The 63 nest in the 34: no old province was divided. A province that had ended before the merger (Hà Tây, 2008) has a
    successor too, but is no part that a new province was made of.
    """

    legacy: Codelist
    level: str = "province"

    @cached_property
    def _members(self) -> tuple[Member, ...]:
        return self.legacy.at_levels([self.level])

    @cached_property
    def _successors(self) -> Mapping[str, str]:
        return {member.code: member.successor for member in self._members}

    @cached_property
    def _parts(self) -> Mapping[str, frozenset[str]]:
        return _by_successor(member for member in self._members if not _had_ended(member))

    @cached_property
    def _ended(self) -> Mapping[str, frozenset[str]]:
        return _by_successor(member for member in self._members if member.successor and _had_ended(member))

    @cached_property
    def joined(self) -> Mapping[str, tuple[Member, ...]]:
        """What had ended before the merger, by the one old province that it can only have been joined to."""
        found: dict[str, tuple[Member, ...]] = {}
        for member in self._members:
            parts = self.parts_of(member.successor)
            if _had_ended(member) and len(parts) == 1:
                (whole,) = parts
                found[whole] = (*found.get(whole, ()), member)
        return found

    @cached_property
    def settled(self) -> date:
        """The first day from which the old provinces had the borders of their last day.

        Before it some did not exist yet, or not any more: what they were parted from or joined to had another size.
        """
        days = [date.fromisoformat(member.valid_from) for member in self._members if member.valid_from]
        ended = [member.valid_to for member in self._members if _had_ended(member)]
        return max([*days, *(date.fromisoformat(day) + timedelta(days=1) for day in ended)], default=date.min)

    def existed(self, code63: str) -> bool:
        """Return whether an old province was there on the eve of the merger."""
        return any(code63 in parts for parts in self._parts.values())

    def successor_of(self, code63: str) -> str | None:
        """Return the code of the new province that holds the old one; None for a code that the list does not know."""
        return self._successors.get(code63) or None

    def parts_of(self, code34: str) -> frozenset[str]:
        """Return the codes of the old provinces that make up a new one; empty for an unknown code."""
        return self._parts.get(code34, frozenset())

    def ended_in(self, code34: str) -> frozenset[str]:
        """Return the codes of what lies in a new province and had ended before it was made."""
        return self._ended.get(code34, frozenset())


def _had_ended(member: Member) -> bool:
    """Return whether an old province was no longer there on the eve of the merger."""
    return bool(member.valid_to) and member.valid_to < LAST_DAY


def _by_successor(members: Iterable[Member]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for member in members:
        found.setdefault(member.successor, set()).add(member.code)
    return {code: frozenset(codes) for code, codes in found.items()}
