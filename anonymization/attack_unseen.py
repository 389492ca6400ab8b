"""How a reader adds up releases by way of cells that none of them has; shares nothing with protection.

Whoever has the quarters by districts and the year by provinces makes the quarters of a province first. What stands for
a cell that nobody published are the published ones that it is made of; two ways to make one are a sum of their own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anonymization.dimension import TOTAL

if TYPE_CHECKING:
    from anonymization.attack_revised import Named
    from anonymization.ledger import Members

OneSum = tuple[str, str, tuple[str, ...]]
"""A dimension, a member of it, and the members that add up to it; `_T` is the total."""

Sides = tuple[tuple["Named", ...], tuple["Named", ...]]
"""Cells whose numbers together are those of others together."""


def sums_by_unseen(cells: Iterable[Named], sums: Iterable[OneSum]) -> Iterator[Sides]:
    """Yield the sums among cells that take more than one step, the whole first."""
    reader = _Reader(dict.fromkeys(cells), list(dict.fromkeys(sums)))
    return reader.sides()


@dataclass
class _Reader:
    """Makes cells that nobody published, from below."""

    cells: Mapping[Named, None]
    sums: list[OneSum]
    made: dict[Named, tuple[Named, ...]] = field(default_factory=dict)
    told: set[frozenset[tuple[Named, int]]] = field(default_factory=set)

    def sides(self) -> Iterator[Sides]:
        above: dict[tuple[str, str], list[OneSum]] = defaultdict(list)
        for one in self.sums:
            for child in one[2]:
                above[one[0], child].append(one)
        names = sorted({name for name, _ in above})
        waiting = list(self.cells)
        there: set[Named] = set()
        for cell in waiting:  # grows on the way
            there.add(cell)
            own = dict(cell.place)
            for name in names:
                member = own.get(name, TOTAL)
                rest = cell.place - {(name, member)}
                for _, parent, children in above.get((name, member), ()):
                    parts = [cell._replace(place=rest | _placed(name, child)) for child in children]
                    if all(part in there for part in parts):
                        whole = cell._replace(place=rest | _placed(name, parent))
                        if whole not in self.cells and whole not in self.made:
                            waiting.append(whole)
                        yield from self._found(whole, parts)

    def _found(self, whole: Named, parts: list[Named]) -> Iterator[Sides]:
        made_of = tuple(one for part in parts for one in self.made.get(part, (part,)))
        if whole in self.cells:
            if any(part in self.made for part in parts):
                yield from self._once((whole,), made_of)
        else:
            yield from self._once(self.made.setdefault(whole, made_of), made_of)

    def _once(self, wholes: tuple[Named, ...], parts: tuple[Named, ...]) -> Iterator[Sides]:
        """Yield a sum unless it was found another way, or says that something is itself."""
        signs = Counter(parts)
        signs.subtract(wholes)
        row = frozenset((cell, sign) for cell, sign in signs.items() if sign)
        if row and row not in self.told:
            self.told.add(row)
            yield wholes, parts


def _placed(name: str, member: str) -> Members:
    return frozenset() if member == TOTAL else frozenset({(name, member)})
