"""The members of a dimension that are published, the tree they form, and the leaf under which each code is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datasets.codelist import Codelist
from datasets.errors import DefinitionInvalid, Problem

NO_PARENT = -1
"""The parent index of a member that stands directly below the total."""


@dataclass(frozen=True)
class PublishedMembers:
    """The published members of one dimension in the order of their code list, without the total.

    Leaves, the members below which nothing is published, are numbered along the tree, so that the leaves of any member
    are the half-open range ``spans[member]``: a margin is then a difference of two running sums.
    """

    codes: tuple[str, ...]
    levels: tuple[str, ...]
    """The published levels, coarsest first."""
    level_of: tuple[int, ...]
    """For each member, the index of its level."""
    parents: tuple[int, ...]
    """For each member, the index of its nearest published ancestor, or -1."""
    spans: tuple[tuple[int, int], ...]
    """For each member, its first leaf and the leaf after its last."""
    leaves: int
    leaf_of: Mapping[str, int] = field(repr=False)
    """For each code of the list that lies at or below a leaf, the number of that leaf."""

    def at_level(self, level: int) -> tuple[int, ...]:
        """Return the members of one level, in order."""
        return tuple(member for member, own in enumerate(self.level_of) if own == level)


def published_members(codelist: Codelist, wanted: Sequence[str], *, place: str) -> PublishedMembers:
    """Return the members of ``codelist`` at the ``wanted`` levels; at its finest level where none is named.

    Raises DefinitionInvalid where a level is unknown or a member's published ancestor is not at a coarser level.
    """
    levels = _ordered_levels(codelist, wanted, place)
    members = codelist.at_levels(levels)
    codes = tuple(member.code for member in members)
    index = {code: number for number, code in enumerate(codes)}
    level_of = tuple(levels.index(member.level) for member in members)
    parents = tuple(_nearest(codelist, member.parent, index) for member in members)
    _check_tree(level_of, parents, f"{place}: code list {codelist.id}")
    spans = _spans(parents)
    has_children = set(parents)
    found = {member.code: _nearest(codelist, member.code, index) for member in codelist.members}
    leaf_of = {code: spans[one][0] for code, one in found.items() if one != NO_PARENT and one not in has_children}
    return PublishedMembers(
        codes=codes,
        levels=levels,
        level_of=level_of,
        parents=parents,
        spans=spans,
        leaves=len(codes) - len(has_children - {NO_PARENT}),
        leaf_of=leaf_of,
    )


def _ordered_levels(codelist: Codelist, wanted: Sequence[str], place: str) -> tuple[str, ...]:
    if not wanted:
        return codelist.levels[-1:]
    unknown = [level for level in wanted if level not in codelist.levels]
    if unknown:
        known = ", ".join(level or "(none)" for level in codelist.levels)
        problem = Problem(
            f"{place}.levels",
            f"{unknown[0]} is not a level of the code list {codelist.id}",
            f"its levels are: {known}",
        )
        raise DefinitionInvalid("A dimension publishes a level that its code list does not have", problems=[problem])
    return tuple(level for level in codelist.levels if level in wanted)


def _nearest(codelist: Codelist, code: str, index: Mapping[str, int]) -> int:
    """Return the nearest published member at or above ``code``; a cycle ends as no member."""
    for _ in codelist.members:
        if code in index:
            return index[code]
        member = codelist.by_code.get(code)
        if member is None:
            return NO_PARENT
        code = member.parent
    return NO_PARENT


def _check_tree(level_of: Sequence[int], parents: Sequence[int], place: str) -> None:
    wrong = sum(
        1 for own, parent in zip(level_of, parents, strict=True) if parent != NO_PARENT and level_of[parent] >= own
    )
    if wrong:
        problem = Problem(
            place,
            f"{wrong} published members have a parent at their own or a finer level",
            "give each parent a level that the list names before the level of its children",
        )
        raise DefinitionInvalid("A code list is not a tree over its levels", problems=[problem])


def _spans(parents: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Number the leaves depth first and return each member's range of leaves."""
    children: dict[int, list[int]] = {}
    for member, parent in enumerate(parents):
        children.setdefault(parent, []).append(member)
    spans = [(0, 0)] * len(parents)

    def visit(member: int, first: int) -> int:
        after = first if member in children else first + 1
        for child in children.get(member, ()):
            after = visit(child, after)
        spans[member] = (first, after)
        return after

    after = 0
    for root in children.get(NO_PARENT, ()):
        after = visit(root, after)
    return tuple(spans)
