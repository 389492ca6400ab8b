"""Dimensions of statistical tables: their members, and which members add up to which."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from datasets.errors import DisclosureRuleInvalid, Problem

TOTAL = "_T"
"""The member that stands for the total of its dimension (the SDMX convention)."""

ROOT = -1
"""The parent index of a member that has no parent in a hierarchy."""

Sum = tuple[int, tuple[int, ...]]
"""A parent's index and the indices of the children that add up to it."""


@dataclass(frozen=True)
class Dimension:
    """A classifying field: its members in order, and one or more hierarchies over them.

    Each hierarchy gives, for every member, the index of its parent, or -1 where it has none. A second hierarchy is
    needed only where two overlap, as the provinces before and after a merger do. A parent is the sum of its children.

    >>> sex = Dimension("sex", ("_T", "F", "M"), ((-1, 0, 0),))
    >>> sex.sums
    ((0, (1, 2)),)

    Raises `DisclosureRuleInvalid` for repeated members, a parent that does not exist, a cycle, or, where there is a
    total, a member that no hierarchy relates to anything: a forgotten relation would be a hole in the protection.
    """

    name: str
    members: tuple[str, ...]
    hierarchies: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        problems = [*self._member_problems(), *self._hierarchy_problems()]
        if not problems:
            problems = self._total_problems()
        if problems:
            raise DisclosureRuleInvalid(f"Dimension {self.name!r} is not valid.", problems=problems)

    @cached_property
    def total(self) -> int:
        """The index of the total; without a published total, the index after the last member, which stands for it."""
        return self.members.index(TOTAL) if TOTAL in self.members else len(self.members)

    @property
    def has_total(self) -> bool:
        """Whether the total is one of the members."""
        return TOTAL in self.members

    @property
    def size(self) -> int:
        """How many indices a coordinate can take, the unpublished total included."""
        return len(self.members) + (not self.has_total)

    @cached_property
    def sums(self) -> tuple[Sum, ...]:
        """Every relation "parent = sum of its children", each once, the unpublished total included."""
        found = {one for hierarchy in self.hierarchies for one in _families(hierarchy)}
        if not self.has_total:
            found |= {(self.total, roots) for roots in self._roots()}
        return tuple(sorted(found))

    def _roots(self) -> list[tuple[int, ...]]:
        """For each hierarchy, the members that together make the unpublished total."""
        related = [_related(hierarchy) for hierarchy in self.hierarchies]
        anywhere = set().union(*related)
        roots = []
        for hierarchy, here in zip(self.hierarchies, related, strict=True):
            # A member related only in another hierarchy lies outside this one: counting it would count people twice.
            roots.append(tuple(i for i, up in enumerate(hierarchy) if up == ROOT and (i in here or i not in anywhere)))
        return roots or [tuple(range(len(self.members)))]

    def _member_problems(self) -> list[Problem]:
        place = f"dimension {self.name!r}"
        if not self.name or not self.members:
            return [Problem(place, "must have a name and at least one member")]
        if len(set(self.members)) < len(self.members):
            return [Problem(place, "must not repeat a member", "give every member once")]
        return []

    def _hierarchy_problems(self) -> list[Problem]:
        problems = []
        for number, hierarchy in enumerate(self.hierarchies, start=1):
            place = f"dimension {self.name!r}, hierarchy {number}"
            if len(hierarchy) != len(self.members):
                problems.append(Problem(place, "must give one parent for each member", "use -1 for a root"))
            elif not all(ROOT <= up < len(self.members) for up in hierarchy):
                problems.append(Problem(place, "must name parents by the index of a member", "use -1 for a root"))
            elif _has_cycle(hierarchy):
                problems.append(Problem(place, "must not contain a cycle", "no member may be its own ancestor"))
        return problems

    def _total_problems(self) -> list[Problem]:
        if not self.has_total:
            return []
        place = f"dimension {self.name!r}"
        if any(hierarchy[self.total] != ROOT for hierarchy in self.hierarchies):
            return [Problem(place, f"the total {TOTAL} must be a root", "give it the parent -1")]
        related = set().union(*(_related(hierarchy) for hierarchy in self.hierarchies))
        lonely = len(self.members) - len(related | {self.total})
        if lonely:
            rule = f"{lonely} members belong to no hierarchy although there is a total"
            return [Problem(place, rule, f"say what they add up to; for a flat list, {TOTAL}")]
        return []


def _families(hierarchy: tuple[int, ...]) -> list[Sum]:
    children: dict[int, list[int]] = {}
    for member, parent in enumerate(hierarchy):
        if parent != ROOT:
            children.setdefault(parent, []).append(member)
    return [(parent, tuple(members)) for parent, members in children.items()]


def _related(hierarchy: tuple[int, ...]) -> set[int]:
    return {member for parent, members in _families(hierarchy) for member in (parent, *members)}


def _has_cycle(hierarchy: tuple[int, ...]) -> bool:
    for member in range(len(hierarchy)):
        above = member
        for _ in hierarchy:
            above = hierarchy[above] if above != ROOT else ROOT
        if above != ROOT:
            return True
    return False
