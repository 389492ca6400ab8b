"""Which versions of editions a reader adds up, found from shown numbers alone; shares nothing with protection."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence

Picture = tuple[int, ...]
"""For each cell of a sum the release it is taken from; the present one comes after all others."""

Owners = Sequence[Sequence[int]]
"""For each cell of a sum the releases that have it, in ascending order."""


def choices(owners: Owners, release: int) -> list[Picture]:
    """Return the sum as it was when a release came out, and as it is with what came out next.

    >>> choices([[2], [0, 3], [1, 4]], 2)
    [(2, 0, 1), (2, 3, 4)]
    """
    before = tuple(max((one for one in own if one <= release), default=own[0]) for own in owners)
    after = tuple(min((one for one in own if one >= release), default=own[-1]) for own in owners)
    return list(dict.fromkeys((before, after)))


class Pictures:
    """Tells from sums of shown numbers which releases go together."""

    def __init__(self, owners: Sequence[Owners], agrees: Callable[[int, Picture], bool | None]) -> None:
        """`agrees` says whether the numbers of a sum add up, or None where not all were shown."""
        self._owners = owners
        self._denied: set[frozenset[int]] = set()
        self._agreed: set[frozenset[int]] = set()
        for name, own in enumerate(owners):
            for picture in {newest(own), *(one for release in _all(own) for one in choices(own, release))}:
                fits = agrees(name, picture)
                if fits is not None:
                    (self._agreed if fits else self._denied).add(frozenset(picture))

    def of(self, name: int, says: Callable[[Picture], Sequence[Hashable]], wholes: int) -> Iterator[Picture]:
        """Yield what to take a sum from, each of which says something else.

        `says` gives what stands for each cell in a picture, the first `wholes` of which are the rest together.
        A whole is not its parts both before and after they were corrected.
        """
        own = self._owners[name]
        latest, older, seen = newest(own), [], [says(newest(own))]
        overruled = False
        for release in sorted(_all(own)):
            fits = [one for one in choices(own, release) if frozenset(one) not in self._denied]
            told = says(fits[0]) if fits else seen[0]
            if told == seen[0]:
                continue
            clash = (told[:wholes] == seen[0][:wholes]) != (told[wholes:] == seen[0][wholes:])
            if clash and self._certain(latest) and not self._certain(fits[0]):
                continue
            overruled = overruled or clash
            if told not in seen:
                seen.append(told)
                older.append(fits[0])
        yield from ([] if overruled else [latest])
        yield from older

    def _certain(self, picture: Picture) -> bool:
        return frozenset(picture) in self._agreed - self._denied


def newest(owners: Owners) -> Picture:
    """Return the sum as it is now."""
    return tuple(own[-1] for own in owners)


def _all(owners: Owners) -> Collection[int]:
    return {one for own in owners for one in own}
