"""Takes back withheld values that the greedy search withheld needlessly, keeping every class at k records or more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from anonymization.relations import Ints

Move = tuple[int, int, int]
"""A kind of record, the set of columns that is withheld, and in how many of its records."""
Place = tuple[int, int]
"""A class: the set of columns that is withheld in it, and its number among those of this set."""


@dataclass
class Improvement:
    """Moves records to cheaper classes that there are, the dearest first, as long as that saves cells.

    A class keeps k records. `keys` and `costs` are those of the sets of columns, by number; set 0 withholds nothing.
    """

    keys: Sequence[Ints]
    costs: Ints
    k: int
    members: dict[Place, dict[int, int]] = field(default_factory=dict)
    sizes: dict[Place, int] = field(default_factory=dict)

    def improved(self, moves: Sequence[Move], sizes: Ints) -> list[Move]:
        """Return better moves for kinds of record of these sizes, int64 (kinds,)."""
        kept = sizes.copy()
        for kind, number, records in moves:
            kept[kind] -= records
            self._add(kind, (number, int(self.keys[number][kind])), records)
        for kind in kept.nonzero()[0].tolist():
            self._add(kind, (0, int(self.keys[0][kind])), int(kept[kind]))
        self._order = sorted(range(len(self.costs)), key=lambda number: (int(self.costs[number]), number))
        while self._pass():
            # Each pass that changes anything saves a cell, so this ends.
            continue
        found = [
            (kind, number, records)
            for (number, _), kinds in self.members.items()
            for kind, records in kinds.items()
            if number
        ]
        return sorted(found)

    def _pass(self) -> bool:
        """Try every class once, the dearest first; return whether anything was saved."""
        saved = False
        for place in sorted(self.members, key=lambda one: (-int(self.costs[one[0]]), one)):
            if place[0]:
                saved |= self._loosen(place)
        return saved

    def _loosen(self, place: Place) -> bool:
        """Move what the class can spare to cheaper classes."""
        saved = False
        for kind in sorted(self.members[place]):
            better = self._cheapest(kind, below=int(self.costs[place[0]]))
            there = self.members[place][kind]
            spare = min(there, self.sizes[place] - self.k)
            if better is not None and spare > 0:
                self._add(kind, better, spare)
                self._remove(kind, place, spare)
                saved = True
        return saved

    def _cheapest(self, kind: int, *, below: int) -> Place | None:
        for number in self._order:
            place = number, int(self.keys[number][kind])
            if self.costs[number] < below and place in self.members:
                return place
        return None

    def _add(self, kind: int, place: Place, records: int) -> None:
        kinds = self.members.setdefault(place, {})
        kinds[kind] = kinds.get(kind, 0) + records
        self.sizes[place] = self.sizes.get(place, 0) + records

    def _remove(self, kind: int, place: Place, records: int) -> None:
        kinds = self.members[place]
        kinds[kind] -= records
        self.sizes[place] -= records
        if not kinds[kind]:
            del kinds[kind]
