"""What the explorer draws, over the shipped datasets: small, honest where chance is large, and in the page's words."""

from __future__ import annotations

import gzip

import pytest

from tests.support.http import Client

STAYS = "/datasets/hospital-discharges/releases/2025.1/explore"
DENGUE = "/datasets/dengue-cases/releases/1994-2009.1/explore"
MOST_BYTES = 15_000
"""Of a compressed map: with it a first visit of the explorer stays within 100 kB (``make bench``)."""


@pytest.mark.parametrize("path", [STAYS, DENGUE])
@pytest.mark.parametrize("width", ["", "&width=narrow"])
def test_a_map_is_light(shipped: Client, path: str, width: str) -> None:
    drawing = shipped.get(f"{path}.svg?show=map{width}")
    assert len(gzip.compress(drawing.content, 6)) < MOST_BYTES
