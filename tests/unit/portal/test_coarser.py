"""Coarser boundaries: fewer points, the same areas, neighbours that still touch, and every island."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from datasets.boundary_files import boundaries_of
from portal.public.charts.coarser import coarser
from portal.public.charts.maps import degrees_of_pixel

SQUARE: dict[str, Any] = {
    "transform": {"scale": [1, 1], "translate": [0, 0]},
    "arcs": [[[0, 0], [5, 1], [5, -1], [0, 10], [-10, 0], [0, -10]], [[0, 0], [1, 0], [0, 1], [-1, -1]]],
}


def test_small_corners_go_and_large_ones_stay() -> None:
    (square, island) = coarser(SQUARE, 6)["arcs"]
    assert square == [[0, 0], [10, 0], [0, 10], [-10, 0], [0, -10]]
    assert island == SQUARE["arcs"][1], "an island stays, however small it is"
    assert coarser(SQUARE, 0)["arcs"] == SQUARE["arcs"]


@pytest.mark.parametrize("codelist", ["provinces", "provinces-legacy"])
@pytest.mark.parametrize("narrow", [False, True])
def test_areas_stay_what_they_are(codelist: str, *, narrow: bool) -> None:
    exact = boundaries_of(codelist)
    assert exact is not None
    pixel = degrees_of_pixel(narrow=narrow)
    drawn = replace(exact, topology=coarser(exact.topology, 0.5 * pixel**2))
    assert sum(map(len, drawn.topology["arcs"])) < 0.6 * sum(map(len, exact.topology["arcs"]))
    ends = [(arc[0], len(arc) > 1) for arc in exact.topology["arcs"]]
    assert [(arc[0], len(arc) > 1) for arc in drawn.topology["arcs"]] == ends
    for code, (longitude, latitude) in exact.places.items():
        assert drawn.places[code] == pytest.approx((longitude, latitude), abs=2 * pixel)
