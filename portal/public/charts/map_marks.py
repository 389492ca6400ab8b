"""Where a map has room for the marks of areas without a value: inside their area, and over no other mark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import asinh, degrees, radians, tan

_WIDTH, _HEIGHT = 18, 13
"""The box around a mark such as [c], with a little room, in pixels."""


@dataclass(frozen=True)
class Place:
    """The middle of the largest part of an area."""

    code: str
    longitude: float
    latitude: float
    size: float
    """Of that part, in square degrees."""


def with_room(places: Iterable[Place], pixel: float) -> Iterator[Place]:
    """Yield the places that have room for a mark where a pixel is so many degrees, the largest areas first."""
    taken: list[tuple[float, float]] = []
    for place in sorted(places, key=lambda each: -each.size):
        if place.size < _WIDTH * _HEIGHT * pixel**2:
            return
        across, down = place.longitude / pixel, degrees(asinh(tan(radians(place.latitude)))) / pixel
        if all(abs(across - x) >= _WIDTH or abs(down - y) >= _HEIGHT for x, y in taken):
            taken.append((across, down))
            yield place
