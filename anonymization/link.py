"""Members of two dimensions that hold the same records, as a region does and the provinces in it."""

from __future__ import annotations

from dataclasses import dataclass

Side = tuple[str, tuple[int, ...]]
"""A dimension's name and the indices of some of its members."""


@dataclass(frozen=True)
class Link:
    """Every record that has one of the `children` has one of the `parents`, and the other way round.

    Where one table shows provinces and another shows regions, from two columns of the source, the provinces of a region
    add up to the region although no code list says so: readers know it, and so must the protection. Members of one
    dimension never overlap, neither among the children nor among the parents. The parents are the shorter side.

    >>> Link(("province", (1, 2, 3)), ("region", (1,))).name
    'province 1,2,3 = region 1'
    """

    children: Side
    parents: Side

    @property
    def name(self) -> str:
        """A name by which it is told apart from the other links and from all dimensions of a release."""
        sides = (
            f"{name} {','.join(str(member) for member in members)}" for name, members in (self.children, self.parents)
        )
        return " = ".join(sides)
