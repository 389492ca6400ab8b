"""Which records are in which class: leftovers join where it costs least, and needless losses are taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from anonymization.relations import Ints

Move = tuple[int, int, int]
"""A kind of record, the set of columns that is withheld, and in how many of its records."""
Place = tuple[int, int]
"""A class: the set of columns that is withheld in it, as bits, and its number among those of this set."""


@dataclass
class Assignment:
    """The kinds of record, and how many records of each, in every class; each class has k records or more.

    `keys` and `costs` are those of the sets of columns: `keys[number]` is int64 (kinds,), the class that a kind would
    be in; set 0 withholds nothing.
    """

    keys: Sequence[Ints]
    costs: Ints
    k: int
    members: dict[Place, dict[int, int]] = field(default_factory=dict)
    sizes: dict[Place, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._order = sorted(range(len(self.costs)), key=lambda number: (int(self.costs[number]), number))

    def add(self, kind: int, number: int, records: int) -> None:
        """Put so many records of a kind into its class of this set of columns."""
        place = number, int(self.keys[number][kind])
        kinds = self.members.setdefault(place, {})
        kinds[kind] = kinds.get(kind, 0) + records
        self.sizes[place] = self.sizes.get(place, 0) + records

    def join(self, kind: int, records: int) -> None:
        """Put records that are too few for a class into one that there is, withheld further where it must be.

        The cheapest is chosen: all that is lost anew counts, of these records and of those that they join.
        """
        _, number, place = min(self._joins(kind, records))
        moved = self.members.pop(place)
        del self.sizes[place]
        for other, there in [*moved.items(), (kind, records)]:
            self.add(other, number, there)

    def improve(self) -> None:
        """Move records to cheaper classes that there are, the dearest first, as long as that saves cells."""
        while self._pass():
            # Each pass that changes anything saves a cell, so this ends.
            continue

    def moves(self) -> list[Move]:
        """Return what is withheld in which records."""
        found = [
            (kind, number, records)
            for (number, _), kinds in self.members.items()
            for kind, records in kinds.items()
            if number
        ]
        return sorted(found)

    def _joins(self, kind: int, records: int) -> Iterator[tuple[int, int, Place]]:
        """Yield for each class and set of columns, where they fit together, the cost of joining them."""
        places = sorted(self.members)
        numbers = np.array([number for number, _ in places])
        sizes = np.array([self.sizes[place] for place in places])
        one_of = np.array([min(self.members[place]) for place in places])
        for number, keys in enumerate(self.keys):
            cost = int(self.costs[number])
            fits = np.flatnonzero((keys[one_of] == keys[kind]) & (numbers & ~number == 0))
            if len(fits):
                losses = cost * (records + sizes[fits]) - self.costs[numbers[fits]] * sizes[fits]
                best = int(np.argmin(losses))
                yield int(losses[best]), number, places[fits[best]]

    def _pass(self) -> bool:
        """Try every class once; return whether anything was saved."""
        saved = False
        for place in sorted(self.members, key=lambda one: (-int(self.costs[one[0]]), one)):
            if place[0]:
                saved |= self._loosen(place)
        return saved

    def _loosen(self, place: Place) -> bool:
        """Move what the class can spare to cheaper classes."""
        saved = False
        for kind in sorted(self.members[place]):
            number = self._cheapest(kind, below=int(self.costs[place[0]]))
            there = self.members[place][kind]
            spare = min(there, self.sizes[place] - self.k)
            if number is not None and spare > 0:
                self.add(kind, number, spare)
                self.sizes[place] -= spare
                self.members[place][kind] -= spare
                if not self.members[place][kind]:
                    del self.members[place][kind]
                saved = True
        return saved

    def _cheapest(self, kind: int, *, below: int) -> int | None:
        for number in self._order:
            if self.costs[number] < below and (number, int(self.keys[number][kind])) in self.members:
                return number
        return None
