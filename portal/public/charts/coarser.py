"""Boundaries with as many points as a map of some size can show; what areas share stays shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

Arc = Sequence[Sequence[int]]
_LEAST_RING, _LEAST_LINE = 4, 2
"""So many points stay of an arc that ends where it begins, and of another one: an island stays an island."""


def coarser(topology: Mapping[str, Any], least: float) -> dict[str, Any]:
    """Return TopoJSON without the points whose triangle with their neighbours is smaller than ``least`` square degrees.

    Arcs are what areas share, so that no gap opens between neighbours. Smallest first (Visvalingam and Whyatt, Line
    generalisation by repeated elimination of points, The Cartographic Journal 30, 1993).
    """
    across, down = topology["transform"]["scale"]
    return {**topology, "arcs": [_steps(_kept(_points(arc), least / (across * down))) for arc in topology["arcs"]]}


def _points(arc: Arc) -> list[tuple[int, int]]:
    """Return the points of an arc, which holds the step to each from the one before."""
    x = y = 0
    points = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append((x, y))
    return points


def _steps(points: Sequence[tuple[int, int]]) -> list[list[int]]:
    before = [(0, 0), *points]
    return [[x - last_x, y - last_y] for (x, y), (last_x, last_y) in zip(points, before, strict=False)]


def _kept(points: Sequence[tuple[int, int]], least: float) -> list[tuple[int, int]]:
    """Return the points whose triangle is large enough, and those that an arc cannot be without."""
    before = [number - 1 for number in range(len(points))]
    after = [number + 1 for number in range(len(points))]

    def triangle(number: int) -> float:
        return _area(points[before[number]], points[number], points[after[number]])

    sizes = {number: triangle(number) for number in range(1, len(points) - 1)}
    smallest = [(size, number) for number, size in sizes.items()]
    heapify(smallest)
    spare = len(points) - (_LEAST_RING if points[0] == points[-1] else _LEAST_LINE)
    while smallest and spare > 0 and smallest[0][0] < least:
        size, number = heappop(smallest)
        if sizes.get(number) != size:
            continue  # It has been taken out, or its neighbours have.
        del sizes[number]
        spare -= 1
        before[after[number]], after[before[number]] = before[number], after[number]
        for neighbour in (before[number], after[number]):
            if neighbour in sizes:
                # No smaller than what has gone, so that a curve is not eaten up from one end.
                sizes[neighbour] = max(size, triangle(neighbour))
                heappush(smallest, (sizes[neighbour], neighbour))
    return [point for number, point in enumerate(points) if number in sizes or number in {0, len(points) - 1}]


def _area(one: tuple[int, int], two: tuple[int, int], three: tuple[int, int]) -> float:
    return abs((two[0] - one[0]) * (three[1] - one[1]) - (three[0] - one[0]) * (two[1] - one[1])) / 2
